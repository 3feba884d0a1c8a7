#ifndef HISTORY_REPORT_ROWS_H
#define HISTORY_REPORT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/store.h"

struct pool;
struct query;

/*
 * What an aggregate report is made of (RFC 9990): the messages of one day that were
 * judged by one policy record, equal ones as one row.  Only reads; messages without an
 * address or a disposition are in none.  Of a shared history: those of all hosts, where
 * the id of a record is the same for all.
 */
struct report_policy {
	int64_t id;
	int64_t messages, active; /* active: may be the cause of a report */
	const char *domain, *record, *method, *faults; /* faults: NULL; the rest not */
};

/* Once, before the others. */
enum store_status report_rows_begin(struct query *query);

/*
 * The policies of ${day}, one of each domain before the second of any, those with most
 * aligned mail first; their ids in ${pool}.
 */
enum store_status report_rows_policies(
    struct query *query, int64_t day, struct pool *pool, int64_t **ids, size_t *count);

/* Policy ${id} as of ${day}, in ${pool}.  STORE_REFUSED: it is not there. */
enum store_status report_rows_policy(struct query *query, int64_t day, int64_t id,
    struct pool *pool, struct report_policy *policy);

/* Between the parts of one entry, and behind each but the last, in the lists below. */
#define REPORT_ROWS_PART '\x1f'
#define REPORT_ROWS_ENTRY '\x1e'

/* Texts may be any octets, as a file may hold anything; "" where there is nothing. */
struct report_row {
	int64_t count;
	const char *source; /* the client, or before our relays */
	const char *disposition;
	bool dkim_aligned, spf_aligned;
	const char *departures; /* type, comment */
	const char *header_from, *mail_from;
	const char *spf_domain, *spf, *spf_reason;
	const char *signatures; /* result, domain, selector, reason */
};

/* Largest counts first; the order is the same whenever it is asked. */
typedef void report_rows_take(const struct report_row *row, void *cookie);
enum store_status report_rows_each(
    struct query *query, int64_t day, int64_t id, report_rows_take *take, void *cookie);

/*
 * On how many days since ${since} (UTC seconds) did aligned mail of policy domain
 * ${domain} come in and was accepted, and when was the first?
 */
struct report_known {
	int64_t days, first_at; /* 0: never */
};
enum store_status report_rows_known(
    struct query *query, const char *domain, int64_t since, struct report_known *known);

#endif
