#include "ctl/audit/rules_here.h"
#include "base/ip.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/server.h"

static bool
has_address(const struct server *s, const struct facts_host *h)
{
	struct ip ip;

	for (size_t i = 0; i < h->address_count; i++) {
		if (ip_parse(h->addresses[i], &ip) && !ip_is_loopback(&ip) &&
		    netlist_has(&s->addresses, &ip))
			return true;
	}
	return false;
}

bool
rules_here_is(const struct server *s, const struct facts_host *h)
{
	return s->is_known && !h->is_null &&
	       (wordlist_has(&s->names, h->name) || has_address(s, h));
}

bool
rules_here_any(const struct server *s, const struct facts *f)
{
	for (size_t i = 0; i < f->host_count; i++) {
		if (rules_here_is(s, &f->hosts[i]))
			return true;
	}
	return false;
}
