#ifndef HISTORY_REPORT_STATE_H
#define HISTORY_REPORT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/store.h"

struct pool;
struct query;

/*
 * What became of each aggregate report, so that none is lost and none is made twice,
 * wherever its maker is killed.  Each call is one transaction.  Of a shared history it
 * stands there, so that it holds for whichever host sends next.
 */

/* The last day (UTC) that gets no more rows, and when the last run was; 0: never. */
struct report_clock {
	int64_t closed_day, reported_at;
	int64_t newest_at;       /* of all messages, */
	const char *newest_host; /* of that host; NULL: our own */
	int64_t now;             /* of a shared history the server's; else 0 */
	int64_t first_day;       /* that is reported; 0: any */
};
enum store_status report_state_clock(
    struct query *query, struct pool *pool, struct report_clock *clock);

/* Close all days up to ${day}; a run at ${now} begins. */
enum store_status report_state_close(struct query *query, int64_t day, int64_t now);

/* Texts are constants, or in the pool. */
struct report_state {
	const char *id;
	int64_t day, policy_id;
	const char *host;       /* who reports */
	int64_t rows, messages; /* in it */
	int64_t left_out;       /* rows that had no room */
	const char *xml_sha256; /* of its text; NULL: none was made */
	int64_t mail_bytes;     /* of one mail */
	const char *state;      /* waiting, sent, failed, skipped */
	const char *reason;     /* NULL */
	int64_t tries, next_at,
	    made_at; /* made_at: first of all, and the Date of mails */
};

/* *found: is there one of that id? */
enum store_status report_state_find(struct query *query, const char *id,
    struct pool *pool, struct report_state *state, bool *found);

/* Under another id, that is in the name of another sender, is a mail of that policy's
 * report of ${day} on its way, or was? */
enum store_status report_state_of_another(
    struct query *query, const struct report_state *state, bool *found);
enum store_status report_state_put(struct query *query, const struct report_state *state);

/* What waited longer than any try is made for, with days before ${day}, has failed. */
enum store_status report_state_give_up(struct query *query, int64_t day, int64_t *count);

/* One mail of a report: sending, waiting, sent, failed. */
struct report_mail_state {
	const char *address;
	int64_t n; /* which of the report, from 1 */
	const char *state, *reason;
};
enum store_status report_state_mails(struct query *query, const char *id,
    struct pool *pool, struct report_mail_state **mails, size_t *count);
enum store_status report_state_put_mail(struct query *query, const char *id,
    const struct report_mail_state *mail, int64_t at);

/* Count ${add} more under ${name}, a key of table meta: *total since the file began. */
enum store_status report_state_count(
    struct store *store, const char *name, int64_t add, int64_t *total);

/* Addresses that get nothing for a while, as a mail to them came back. */
enum store_status report_state_is_suppressed(
    struct query *query, const char *address, int64_t now, bool *suppressed);
enum store_status report_state_suppress(
    struct query *query, const char *address, const char *reason, int64_t now);

#endif
