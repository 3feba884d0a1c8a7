#include <time.h>

#include "base/buf.h"
#include "base/log.h"
#include "dns/dname.h"
#include "dns/resolver.h"
#include "dns/trouble.h"

#define NAMES_OCTETS 400
#define BOGUS_SECONDS 10

/* Never 0. */
static long long
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec + 1;
}

/*
 * Somebody forges, or a zone is broken: worth a line, not one a lookup.  Which name it
 * was is for debug alone: SPF may ask for one that holds a local part.
 */
void
trouble_bogus(struct trouble *t, const char *name)
{
	long long now = now_s(), last = atomic_load(&t->bogus_told);
	unsigned long long count = atomic_fetch_add(&t->bogus, 1) + 1;

	if ((last == 0 || now - last >= BOGUS_SECONDS) &&
	    atomic_compare_exchange_strong(&t->bogus_told, &last, now))
		log_warning("DNSSEC validation failed: %s (%llu so far)",
		    dname_domain(name), count);
}

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
trouble_dnssec_required(struct trouble *t, const char *why)
{
	if (!atomic_exchange(&t->no_dnssec, true))
		log_error(
		    "DNSSEC is required: %s; mail is deferred until there is one", why);
}

void
trouble_dnssec_settled(struct trouble *t)
{
	atomic_store(&t->no_dnssec, false);
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
