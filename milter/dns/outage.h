#ifndef DNS_OUTAGE_H
#define DNS_OUTAGE_H

#include "dns/resolver.h"
#include "dns/unbound.h"

/*
 * Does any name server answer?  Lookups that fail say little: the domain may be dead, and
 * libunbound tells no difference.  So when one failed and none was answered beside it, a
 * thread asks for the root, by an engine of its own that has nothing cached.  Without an
 * answer that is an outage, told once; the thread goes on asking until it is over, which
 * is told, too.  Any thread.
 */
struct outage;
struct trouble;

/* ${options} and ${trouble} live as long.  An outage of ${trouble} is gone on with. */
struct outage *outage_new(const struct unbound_options *options, struct trouble *trouble);
void outage_free(struct outage *o); /* NULL: nothing */

/* What became of a lookup; never waits.  NULL: nothing. */
void outage_note(struct outage *o, const struct dns_answer *answer);

#endif
