#ifndef CHECK_SPF_H
#define CHECK_SPF_H

#include <stddef.h>
#include <time.h>

#include "base/ip.h"
#include "mail/evidence.h"

struct pool;
struct questions;

/* Who is checked (RFC 7208 section 2.3, 2.4). */
struct spf_identity {
	enum spf_scope scope;
	struct ip client;  /* the result is none unless IP_V4 or IP_V6 */
	const char *helo;  /* as said; "" if none */
	const char *local; /* local part; "" becomes "postmaster" */
	const char
	    *domain; /* normal form; NULL: none to be checked, the result is none */
	const char *receiver; /* our host name, for %{r}; NULL or "": unknown */
	time_t now;           /* for %{t} */
	int void_lookups_max; /* RFC 7208 section 4.6.4 leaves it to us */
};

/*
 * check_host() of RFC 7208: vetted records into libspf2.  A finding whatever
 * happens: no DNS is temperror, a bad record permerror.  Blocks on DNS up to the
 * deadline of ${q}.  What it returns lives in ${pool}.  Any thread.
 */
struct spf_evidence spf_check(
    struct questions *q, const struct spf_identity *identity, struct pool *pool);

/* libspf2's version, which is in use, in ${text}. */
void spf_library_version(char *text, size_t size);

#endif
