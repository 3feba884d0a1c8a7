#ifndef CTL_AUDIT_RESERVED_H
#define CTL_AUDIT_RESERVED_H

struct ip;

/*
 * Addresses that no mail server of the internet has: who names one in public DNS would
 * have us knock at doors within.  Pure.  A phrase of ours that says what it is; NULL: an
 * address of the internet.
 */
const char *reserved_phrase(const struct ip *ip);

#endif
