#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

struct from_evidence;
struct pool;
struct wordlist;

/* A header field as the MTA hands it over. */
struct header_field {
	const char *name;  /* without the colon, case as received */
	const char *value; /* all behind the colon: leading space and LF folds kept */
};

struct header_limits {
	size_t bytes;  /* of names and values together (MaximumHeaderBytes) */
	size_t fields; /* MaximumHeaders */
};

/*
 * Forged results beyond this many make the From bad (FROM_HEADER_FLOOD): an MTA looks
 * through the whole header anew for each that is removed.
 */
#define HEADER_FORGED_MAX 50

/* Results beyond this many that are not ASCII are taken for forged unread: names in other
 * letters take some 0.1 ms to compare, and a header may hold any number. */
#define HEADER_COMPARED_MAX 100

/*
 * The header of one message.  Fields beyond the limits are not kept, but every
 * field is looked at: a second From, a forged Authentication-Results or a
 * List-Id counts wherever it stands, or a thousand junk fields would hide it.
 */
struct header_list {
	/* What is kept, in order of arrival.  Set by header_list_new(). */
	struct header_field *fields;
	size_t count;
	size_t bytes;
	bool overflow; /* some field was not kept */

	/* What was seen among all fields, kept or not. */
	size_t from_count;
	const char *from;      /* value of the first From; NULL */
	const char *from_name; /* how its name was written; NULL */
	const char *list_id;   /* value of the first List-Id, List-Post; NULL */
	const char *list_post;
	size_t authres_count; /* Authentication-Results fields, whosever */
	int *forged;          /* which of them (from 1, rising) claim to be ours */
	size_t forged_count;  /* at most HEADER_FORGED_MAX */
	bool flood;           /* there were more */

	bool postfix; /* the MTA is: set by who made the list, before the first field */

	struct header_limits limits;
	const char *authserv_id;        /* ours */
	const struct wordlist *trusted; /* authserv-ids of earlier local filters; NULL */
	struct pool *pool;
};

/*
 * A list that takes fields within ${limits} and notes as forged what claims to be
 * from ${authserv_id}, ${trusted} (may be NULL) considered: see authres_id_claims().
 * It and all it keeps live in ${pool}; ${trusted} must outlive it.
 */
struct header_list *header_list_new(struct pool *pool, struct header_limits limits,
    const char *authserv_id, const struct wordlist *trusted);

/*
 * Take one field, strings copied.  White space between name and colon is no part of
 * the name (RFC 5322 section 4.5).  Returns whether it was kept: nothing is from the
 * first field on that does not fit.
 */
bool header_list_add(struct header_list *list, const char *name, const char *value);

/* Is it called ${name}: any case, without white space before the colon? */
bool header_field_is(const struct header_field *field, const char *name);

/*
 * The one author domain (RFC 9989 section 4.4: one From field, one domain).
 * FROM_MALFORMED too where from_guard() says what the MTA would make of the field.
 */
struct from_evidence header_author(const struct header_list *list, struct pool *pool);

/*
 * The one domain that all addresses of a From field's value share, in normal
 * form, in ${pool}.  RFC 5322 with its obsolete forms, read strictly: what two
 * readers could read differently is FROM_MALFORMED.
 */
struct from_evidence header_from_domain(const char *value, struct pool *pool);

/*
 * The domain of a List-Id value (RFC 2919: all of the list-id), and of the mailto in a
 * List-Post value (RFC 2369); NULL: none.  An id without angle brackets, which RFC 2919
 * does not know but lists write, is the last word.
 */
const char *header_list_id(const char *value, struct pool *pool);
const char *header_list_post(const char *value, struct pool *pool);

#endif
