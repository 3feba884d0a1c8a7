#ifndef HISTORY_QUERY_PERIOD_H
#define HISTORY_QUERY_PERIOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/query.h"

/*
 * What a period of the history comes to: sums, by sender, by client.  Each question is
 * one statement over the rows of since <= at < until (UTC seconds).  Lists are in the
 * pool that is given.  One thread.
 */
struct query_period {
	int64_t since, until;
	const char *from; /* that author domain alone; NULL: all */
};

struct query_totals {
	int64_t messages, pass, fail, none, temperror;
	int64_t bad_from;                               /* no author domain to judge by */
	int64_t accept, header, hold, reject, tempfail; /* what enforce does, or would */
	int64_t sealed; /* refused, marked or held with an ARC-Seal */
};

/* An author domain. */
struct query_sender {
	const char *domain;
	int64_t mail, pass, fail, refused, marked, held, deferred;
	int64_t by_list; /* failures with a List-Id */
	int64_t faulty;  /* failures with a permerror of SPF or DKIM */
	int64_t sealed;  /* refused, marked or held with an ARC-Seal */
};

/*
 * Those of which most is, or would be, refused, marked or held come first, ${limit} of
 * them; totals: of all.  One pass over the rows.
 */
struct query_senders {
	struct query_totals totals;
	struct query_sender *list;
	size_t count;
};

enum store_status query_period_senders(struct query *query,
    const struct query_period *period, size_t limit, struct pool *pool,
    struct query_senders *found);

/* A client of whose mail for one author domain some fails. */
struct query_client {
	const char *address;
	int64_t failures, days; /* on how many days */
	int64_t
	    broken; /* failures with an aligned signature whose body alone was changed */
	int64_t explained; /* those that only=forwarded lets in, of TrustedForwarders */
	int64_t unasked;   /* those of which that is not known: it was not looked for */
	bool is_relay;     /* it was one of TrustedRelays, then and there */
};

/* Most failures first. */
enum store_status query_period_clients(struct query *query,
    const struct query_period *period, const char *domain, struct pool *pool,
    struct query_client **clients, size_t *count);

/* Mail of that author domain passed from that client. */
struct query_pair {
	const char *client, *domain;
};

/* All pairs of ${clients}, a JSON array of addresses. */
enum store_status query_period_passing(struct query *query,
    const struct query_period *period, const char *clients, struct pool *pool,
    struct query_pair **pairs, size_t *count);

/* An Override as it stood when it decided, and how many messages it did. */
struct query_decided {
	const char *override; /* DOMAIN ACTION ..., as a conf file says it */
	int64_t messages;
};

/* Most messages first. */
enum store_status query_period_decided(struct query *query,
    const struct query_period *period, struct pool *pool, struct query_decided **decided,
    size_t *count);

#endif
