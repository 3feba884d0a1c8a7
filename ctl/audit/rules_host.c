#include "ctl/audit/rules_host.h"
#include "base/pool.h"
#include "ctl/audit/rules_row.h"
#include "ctl/text.h"

enum host_case { HOST_FINE, HOST_LITERAL, HOST_ALIAS, HOST_NO_ADDRESS, HOST_UNKNOWN };

static const struct rules_row host_rows[] = {
	[HOST_FINE] = { "tls.host", AUDIT_INFO, N_("mail goes to %s"), NULL },
	[HOST_LITERAL] = { "tls.host", AUDIT_WRONG,
	    N_("the MX names the address %s; it must name a host"), NULL },
	[HOST_ALIAS] = { "tls.host", AUDIT_WRONG,
	    N_("the MX %s is an alias (CNAME); it must have addresses of its own"),
	    NULL },
	[HOST_NO_ADDRESS] = { "tls.host", AUDIT_WRONG, N_("the MX %s has no address"),
	    NULL },
	[HOST_UNKNOWN] = { "tls.host", AUDIT_UNKNOWN,
	    N_("there was no answer for the addresses of %s: %s"), NULL },
};

static enum host_case
host_case(const struct facts_host *h)
{
	if (h->is_literal)
		return HOST_LITERAL;
	if (h->alias.status == DNS_FOUND)
		return HOST_ALIAS;
	if (h->address_count > 0)
		return HOST_FINE;
	return rules_row_failed(&h->a) || rules_row_failed(&h->aaaa) ? HOST_UNKNOWN
								     : HOST_NO_ADDRESS;
}

void
rules_host_judge(struct rules_case *c, const struct facts_host *h)
{
	enum host_case which = host_case(h);
	struct rules_about about = {
		.one = h->name, .seen = &h->a, .seen_too = &h->alias
	};

	if (which != HOST_ALIAS)
		about.seen_too = &h->aaaa;
	if (which == HOST_UNKNOWN)
		about.two = rules_row_why(rules_row_failed(&h->a) ? &h->a : &h->aaaa);
	rules_row_add(c, &host_rows[which], about);
}

static const struct rules_row no_hosts = { "tls.none", AUDIT_WRONG,
	N_("the domain should receive mail, but no MX names a host for it"), NULL };
static const struct rules_row mx_unknown = { "tls.mx", AUDIT_UNKNOWN,
	N_("there was no answer for MX: %s"), NULL };

bool
rules_host_any(struct rules_case *c)
{
	const struct facts *f = c->f;

	if (rules_row_failed(&f->mx))
		rules_row_add(c, &mx_unknown,
		    (struct rules_about){ .one = rules_row_why(&f->mx), .seen = &f->mx });
	else if (f->host_count == 0 || (f->mx_count == 1 && f->hosts[0].is_null))
		rules_row_add(c, &no_hosts, (struct rules_about){ .seen = &f->mx });
	else
		return true;
	return false;
}

const char *
rules_host_place(
    struct rules_case *c, const struct probed_host *h, const struct probed_address *a)
{
	return pool_printf(c->pool, "%s [%s]", h->name, a->address);
}

static bool
is_reached(const struct probed_address *a)
{
	return a->end != PROBED_NOT_TRIED && a->end != PROBED_UNREACHED;
}

bool
rules_host_is_aside(const struct probed_host *h, const struct probed_address *a)
{
	bool reached = false;

	for (size_t i = 0; i < h->address_count; i++)
		reached = reached || is_reached(&h->addresses[i]);
	return a->no_family && reached;
}
