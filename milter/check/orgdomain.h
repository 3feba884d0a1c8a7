#ifndef CHECK_ORGDOMAIN_H
#define CHECK_ORGDOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/dmarc_record.h"

struct dmarc_trace;
struct pool;
struct questions;

/*
 * The public suffix list (libpsl), for RFC 7489 and for recognising a public
 * suffix.  Read-only after it is loaded: any thread.
 */
struct orgdomain_list;

/* ${path} NULL: the system's list.  NULL with ${why}: cannot be read. */
struct orgdomain_list *orgdomain_list_open(const char *path, char *why, size_t whysize);
void orgdomain_list_close(struct orgdomain_list *list); /* NULL: nothing */

/* The registrable domain of ${domain} (normal form), a pointer into it; itself if none.
 */
const char *orgdomain_registrable(const struct orgdomain_list *list, const char *domain);
bool orgdomain_is_public_suffix(const struct orgdomain_list *list, const char *domain);

/*
 * Do both names, in normal form, belong to one owner by their looks: one is the other or
 * lies below it, and the upper one has two labels or more and is no public suffix?
 * ${list} NULL: that is not known, so only of equal names.
 */
bool orgdomain_are_related(
    const struct orgdomain_list *list, const char *a, const char *b);

/* Do both belong to one owner, as both are the same registrable domain or below it?
 * ${list} NULL: only of equal names. */
bool orgdomain_are_of_one(
    const struct orgdomain_list *list, const char *a, const char *b);

/*
 * The DMARC records that one message makes us look for, each name once, and the
 * organizational domains that follow from them (RFC 9989 section 4.10).  Names are
 * in normal form and live as long as the search, which is the pool's.  ${what} is
 * the word for the trace.  All but the first block on DNS.  One thread at a time.
 */
struct orgdomain_search;

enum orgdomain_found { ORGDOMAIN_NONE, ORGDOMAIN_RECORD, ORGDOMAIN_ERROR };

/* What stands at _dmarc.NAME. */
struct orgdomain_entry {
	const char *name;
	enum orgdomain_found found;
	bool several;               /* NONE, because there is more than one record */
	bool exists;                /* rcode 0: NAME itself exists */
	bool secure;                /* DNSSEC vouches for the answer, also for none */
	const char *reason;         /* ERROR: for people; else NULL */
	const char *near;           /* a text that looks like a record; else NULL */
	const char *text;           /* RECORD: as published; else NULL */
	struct dmarc_record record; /* RECORD */
};

/* The records on the way up from a name, itself included: longest name first. */
struct orgdomain_walk {
	bool failed; /* ORGDOMAIN_ERROR on the way: nothing else is known */
	bool secure; /* all answers were */
	const struct orgdomain_entry *records[DMARC_WALK_MAX];
	size_t count;
	const char *ignored; /* orgdomain_ignored() of the first that has it */
};

/* With a ${list} organizational domains come from there (RFC 7489); NULL: by walk. */
struct orgdomain_search *orgdomain_search_new(struct questions *q,
    const struct orgdomain_list *list, struct dmarc_trace *trace, struct pool *pool);
const struct orgdomain_entry *orgdomain_at(
    struct orgdomain_search *s, const char *name, const char *what);
struct orgdomain_walk orgdomain_walk(
    struct orgdomain_search *s, const char *start, const char *what);

/* Ask early for the part of ${name}'s walk that lies below ${above}.  Never blocks. */
void orgdomain_prefetch(struct orgdomain_search *s, const char *name, const char *above);

/* The organizational domain of ${name}, a pointer into it; NULL: ORGDOMAIN_ERROR. */
const char *orgdomain_of(struct orgdomain_search *s, const char *name, const char *what);

/* For people: what stands there and does not count as a record; NULL: nothing. */
const char *orgdomain_ignored(const struct orgdomain_entry *e);

/* libpsl's version, which is in use, in ${text}. */
void orgdomain_library_version(char *text, size_t size);

#endif
