#ifndef RESOLVER_ZONE_H
#define RESOLVER_ZONE_H

#include "dns/resolver.h"

/*
 * The second implementation of dns/resolver.h: answers from a zone text, at once or
 * after a delay.  Lines "name [TTL] [IN] TYPE rdata", # and ; begin a comment; A, AAAA,
 * MX, TXT, PTR, CNAME, each but CNAME also raw ("\# 4 c0000201", RFC 3597), SOA and TLSA
 * raw only, and what the
 * server does: NODATA NXDOMAIN SERVFAIL TIMEOUT TOOLARGE BOGUS, for all types or for the
 * one named behind it; SECURE marks the answers of a name. CNAMEs are followed, "*" is a
 * wildcard, a name not there is NXDOMAIN, NODATA if some name lies below it.  TIMEOUT is
 * DNS_TEMPFAIL at once.  Any thread. resolver_open() reads ${zone_file} as such a text.
 */

/* NULL with ${why}: "line N: ...". */
struct resolver *resolver_zone_new(const char *text, char *why, size_t whysize);

/* Answer from another text, with nothing asked yet.  No lookup is held.  False with
 * ${why}: nothing has changed. */
bool resolver_zone_change(
    struct resolver *r, const char *text, char *why, size_t whysize);

/* From now on answers for ${name} take so long.  Before the first lookup. */
void resolver_zone_delay(struct resolver *r, const char *name, int ms);

/* From now on there is no place for early lookups, or for any. */
void resolver_zone_full(struct resolver *r, bool for_early, bool for_all);

/* How many lookups were begun: in all, for a name and type. */
size_t resolver_zone_asked_all(struct resolver *r);
size_t resolver_zone_asked(struct resolver *r, const char *name, enum dns_type type);

#endif
