#ifndef HISTORY_QUERY_OVERVIEW_H
#define HISTORY_QUERY_OVERVIEW_H

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
	int64_t refused, marked, held, deferred; /* by enforce, or it would */
	int64_t let_in;   /* of these: were not, as Mode was monitor */
	int64_t asked;    /* failed where the domain asks to reject or quarantine it */
	int64_t followed; /* of these: refused, marked or held */
	int64_t excepted; /* of these: accepted, in enforce too, by an exception */
};

/* Days with mail from ${first} on, in their order. */
enum store_status query_overview_days(struct query *query, int64_t first,
    struct pool *pool, struct query_day **days, size_t *count);

struct query_sums {
	const char *domain;
	int64_t mail, pass, fail, refused, marked, held;
	int64_t days; /* on how many there was mail; UNPROTECTED, POLICY_NONE */
};

enum query_senders_kind {
	QUERY_REFUSED, /* author domains of which something is, or would be; most first */
	QUERY_MIXED,   /* some passes, some fails; most failures first */
	QUERY_UNPROTECTED, /* no DMARC record; most mail first */
	QUERY_POLICY_NONE, /* domains of records with p=none; most mail first */
	QUERY_KINDS
};

enum store_status query_overview_senders(struct query *query,
    enum query_senders_kind kind, int64_t first, size_t limit, struct pool *pool,
    struct query_sums **list, size_t *count);

/* The settings that the newest message was judged by, and since which day Mode has been
 * what it is there; 0: as long as there is a history. */
struct query_state {
	struct query_settings settings; /* text NULL: there is no message */
	int64_t mode_day;
};
enum store_status query_overview_state(
    struct query *query, struct pool *pool, struct query_state *state);

/*
 * What is read from rows.  Each is called with sums of a page of rows, so that the same
 * may come again; texts hold until it returns.
 */
struct query_overview_seen {
	/* Messages that an exception decided; client is of trusted_forwarder, lists
	 * (NULL: did not sign) of mailing_list. */
	void (*decided)(void *cookie, const char *rule, const char *override,
	    const char *client, const char *lists[2], int64_t n);
	/* RSA keys of fewer than ${QUERY_GOOD_BITS} bits. */
	void (*weak_key)(void *cookie, const char *domain, const char *selector,
	    int64_t bits, int64_t n);
	void (*spf_fault)(
	    void *cookie, const char *domain, const char *reason, int64_t n);
	/* Failures of one of ${mixed} (a JSON array of author domains). */
	void (*failure)(void *cookie, const char *domain, const char *client, int64_t n,
	    int64_t by_list, int64_t faulty);
	const char *mixed;
	void *cookie;
};

/* RFC 8301 section 3.2: signers should use that many. */
#define QUERY_GOOD_BITS 2048

enum store_status query_overview_rows(
    struct query *query, int64_t first, const struct query_overview_seen *seen);

#endif
