#include <time.h>

#include "base/buf.h"
#include "base/log.h"
#include "dns/resolver.h"
#include "dns/trouble.h"

#define NAMES_OCTETS 400

void
trouble_no_dnssec(struct trouble *t, const char *why)
{
	if (!atomic_exchange(&t->no_dnssec, true))
		log_warning(
		    "DNSSEC is not in force: %s; install unbound and write Nameservers "
		    "127.0.0.1, or DNSSEC off to leave it at that",
		    why);
}

void
trouble_no_anchor(struct trouble *t, const char *anchor_file)
{
	if (!atomic_exchange(&t->no_dnssec, true))
		log_warning("DNSSEC is not in force: %s cannot be read; "
			    "apt install dns-root-data",
		    anchor_file);
}

void
trouble_dnssec_settled(struct trouble *t)
{
	atomic_store(&t->no_dnssec, false);
}

/* Never 0. */
static long long
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec + 1;
}

void
trouble_outage_begins(
    struct trouble *t, const char *const *nameservers, unsigned long count)
{
	char names[NAMES_OCTETS];
	long long none = 0;
	struct buf b;

	if (!atomic_compare_exchange_strong(&t->outage_since, &none, now_s()))
		return;
	buf_init(&b, names, sizeof names);
	for (unsigned long i = 0; i < count; i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "", nameservers[i]);
	log_error("no name server answers: %s",
	    count > 0 ? names : "see " RESOLVER_SERVERS_FILE);
}

void
trouble_outage_ends(struct trouble *t)
{
	long long since = atomic_exchange(&t->outage_since, 0);

	/* As loud as its beginning: who heard that one waits for this. */
	if (since != 0)
		log_error("the name servers answer again, after %lld s", now_s() - since);
}
