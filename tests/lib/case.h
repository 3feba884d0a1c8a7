#ifndef CASE_H
#define CASE_H

#include <stdbool.h>
#include <stddef.h>

struct pool;
struct signer;

/*
 * A .case file: one scenario as text.  tests/cases/README.md says how it is written.
 * Read once, with everything generated and signed; all of it lives in its pool.
 */
struct case_expect {
	bool negated;
	const char *key, *value;
	int line;
};

enum case_kind {
	CASE_CLIENT,  /* text: address; extra: its name, or "" */
	CASE_HELO,    /* text, said ${count} times */
	CASE_AUTH,    /* text: login name; "" ends it */
	CASE_MESSAGE, /* text: reverse-path as typed */
	CASE_ABORT /* a message begun with this reverse-path is dropped after its header
		    */
};

struct case_event {
	enum case_kind kind;
	const char *text, *extra;
	long count;
	int line;
	/* CASE_MESSAGE and CASE_ABORT */
	const char *header; /* fields with LF folds, each ends with LF */
	const char *body;   /* CRLF lines */
	size_t body_len;
	const struct case_expect *expects;
	size_t expect_count;
};

struct case_file {
	const char *goal; /* the comment on top, on one line */
	const char *conf; /* text of the configuration */
	const char *zone; /* zone text, keys included */
	const char *host; /* of the MTA (macro j) */
	const char *mta;  /* what it is (macro v): begins with Postfix or Sendmail */
	const char *only; /* reason why only tests/scenario can run it; NULL: all can */
	const struct case_event *events;
	size_t event_count;
};

/* Keys are ${signer}'s.  NULL with ${why}: which line, and what is wrong. */
const struct case_file *case_read(const char *path, struct signer *signer,
    struct pool *pool, char *why, size_t whysize);

/* The same of a text, which is cut into pieces on the way. */
const struct case_file *case_parse(
    char *text, struct signer *signer, struct pool *pool, char *why, size_t size);

/*
 * Take the next field off ${*header}: its name, and all behind the colon without the
 * final LF.  False: none is left.
 */
bool case_next_field(
    const char **header, struct pool *pool, const char **name, const char **value);

#endif
