#ifndef MAIL_SPF_RECORD_H
#define MAIL_SPF_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/netlist.h"

struct pool;

#define SPF_RECORD_MAX 16384      /* octets; a longer text is an error */
#define SPF_RECORD_TERMS_MAX 2048 /* as many addresses do not fit in it */

/* RFC 7208 sections 5 and 6. */
enum spf_term_kind {
	SPF_TERM_ALL,
	SPF_TERM_INCLUDE,
	SPF_TERM_A,
	SPF_TERM_MX,
	SPF_TERM_PTR,
	SPF_TERM_IP4,
	SPF_TERM_IP6,
	SPF_TERM_EXISTS,
	SPF_TERM_REDIRECT,
	SPF_TERM_EXP,
	SPF_TERM_UNKNOWN /* a modifier that nobody knows: checked and left alone */
};

struct spf_term {
	enum spf_term_kind kind;
	char qualifier;         /* '+', '-', '~' or '?'; NUL: a modifier */
	const char *text;       /* as published: visible ASCII */
	const char *domain;     /* its domain-spec, macros and all; NULL: none is given */
	struct network network; /* of ip4 and ip6 */
	unsigned prefix4, prefix6; /* of a and mx */
};

struct spf_record {
	const char *error; /* a phrase of ours; NULL: the record is good */
	const char *bad;   /* the term at fault, escaped to printable ASCII; or NULL */
	const struct spf_term *terms; /* in order of the record */
	size_t count;
	const struct spf_term *redirect, *exp; /* among the terms; NULL */
};

/* Is this TXT an SPF record: does it begin with "v=spf1" and a space or its end? */
bool spf_record_is(const char *text, size_t len);

/*
 * Read an SPF record by the grammar of RFC 7208 section 12.  Any octets, a NUL
 * behind them; one bad term spoils it all (section 4.6).  Lives in ${pool}, its size in
 * proportion to the record's.
 */
struct spf_record spf_record_parse(const char *text, size_t len, struct pool *pool);

/* Does the term cost one of the ten lookups (RFC 7208 section 4.6.4)? */
bool spf_record_is_lookup(const struct spf_term *term);

#endif
