#ifndef HISTORY_QUERY_OVERVIEW_H
#define HISTORY_QUERY_OVERVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/query.h"

/*
 * What the overview page shows.  Sums by day and by sender come from the counts by day,
 * and from those rows that are not yet among them; what the counts do not have is read
 * from the rows, a page at a time.  Days are numbers of UTC days since 1970.  Lists are
 * in the pool that is given.  One thread.
 */
struct query_day {
	int64_t day;
	int64_t mail, pass, fail, none; /* by the result of DMARC */
	int64_t undecided;              /* no answer from the DNS, or a broken record */
	int64_t authorless; /* no author domain to judge by; not in the above */
	int64_t refused, marked, held, deferred; /* or would be */
	int64_t let_in;   /* in Mode monitor, and enforce would not have */
	int64_t asked;    /* failed where the domain asks to reject or quarantine it */
	int64_t followed; /* of these: refused, marked or held */
	int64_t excepted; /* of these: accepted, in enforce too, by an exception */
};

/* ${count} days from ${first} on, also those without mail.  ${would}: refused and so on
 * are what enforce would do with all of it, and not what was done. */
enum store_status query_overview_days(struct query *query, int64_t first, size_t count,
    bool would, struct pool *pool, struct query_day **days);

struct query_sums {
	const char *domain;
	int64_t mail, pass, fail, refused, marked, held;
	int64_t days; /* on how many there was mail.  UNPROTECTED and POLICY_NONE have
		       * this and mail alone; the others do not have it */
};

enum query_senders_kind {
	QUERY_REFUSED, /* author domains of which something is, or would be; most first */
	QUERY_MIXED,   /* some passes, some fails; most failures first */
	QUERY_UNPROTECTED, /* no DMARC record; most mail first */
	QUERY_POLICY_NONE, /* domains of records with p=none; most mail first */
	QUERY_KINDS
};

struct query_senders_list {
	struct query_sums *rows;
	size_t count;
};

/* The first ${limit} of each kind.  ${would}: as above. */
enum store_status query_overview_senders(struct query *query, int64_t first, size_t limit,
    bool would, struct pool *pool, struct query_senders_list lists[QUERY_KINDS]);

/* The settings that the newest message was judged by, and since which day Mode has been
 * what it is there; 0: as long as there is a history. */
struct query_state {
	struct query_settings settings; /* text NULL: there is no message */
	int64_t mode_day;
	bool monitor; /* that Mode */
};
enum store_status query_overview_state(
    struct query *query, struct pool *pool, struct query_state *state);

/* A message that fails, or whose SPF record has a fault, or that an exception decided. */
struct query_noted {
	const char *rule, *override /* NULL: none */, *client, *header_from;
	bool has_spf_fault;
	const char *spf_domain, *spf_reason;
	bool fails, has_list;
	const char *client_confirmed; /* its name; NULL: not asked */
	const char *lists[2];         /* that signed; NULL: not by that name */
	bool is_faulty;               /* a permerror of SPF or DKIM */
};

/* What is read from rows; texts hold until it returns. */
struct query_overview_seen {
	void (*noted)(void *cookie, const struct query_noted *noted);
	/* A message is signed with an RSA key of fewer than ${QUERY_GOOD_BITS} bits. */
	void (*weak_key)(
	    void *cookie, const char *domain, const char *selector, int64_t bits);
	void *cookie;
};

/* RFC 8301 section 3.2: signers should use that many. */
#define QUERY_GOOD_BITS 2048

enum store_status query_overview_rows(
    struct query *query, int64_t first, const struct query_overview_seen *seen);

#endif
