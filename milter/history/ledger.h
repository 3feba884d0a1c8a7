#ifndef HISTORY_LEDGER_H
#define HISTORY_LEDGER_H

#include "history/store.h"

/*
 * What is written into the history's file: rows of messages with what they refer to, and
 * gaps.  One thread.
 */
struct ledger;

/* How long what is kept (days), and how large the file may be (octets). */
struct ledger_limits {
	int days, trace_days, count_days;
	int64_t file_bytes;
};

/* What is known of the file's last writer; all 0: nothing. */
struct ledger_before {
	bool ours;                /* it was this process */
	uint64_t lost;            /* what it could not write, */
	int64_t begin_at, end_at; /* in this time */
};

/*
 * ${host} is noted in the file, and so is a gap: of what ${before} tells as lost, or
 * where the last writer did not close it in order, so that it may lack its last rows.
 * NULL with *status and ${why}, which names ${path}.
 */
struct ledger *ledger_open(const char *path, const char *host,
    const struct ledger_before *before, enum store_status *status, char *why,
    size_t whysize);

/* ${orderly}: says in the file that nothing is missing.  NULL: nothing. */
void ledger_close(struct ledger *ledger, bool orderly);

const char *ledger_error(const struct ledger *ledger);
void ledger_limit(struct ledger *ledger, const struct ledger_limits *limits);

/* The settings that messages from now on were judged by; *id for ledger_add(). */
enum store_status ledger_settings(
    struct ledger *ledger, const char *version, const char *text, int64_t *id);

/*
 * One batch: begin, add each, commit; after a failure, and a rollback, nothing of it is
 * in the file, however it is opened next.  STORE_REFUSED by ledger_add(): that one can
 * never be, the others can.
 */
enum store_status ledger_begin(struct ledger *ledger);
enum store_status ledger_add(
    struct ledger *ledger, const struct fact *fact, int64_t settings_id);
enum store_status ledger_commit(struct ledger *ledger);
void ledger_rollback(struct ledger *ledger, enum store_status failed);

/* ${lost} messages are not there; -1: nobody knows how many. */
enum store_status ledger_gap(struct ledger *ledger, int64_t begin_at, int64_t end_at,
    int64_t lost, const char *cause);

/* *at: when the oldest message was judged, 0: there is none. */
enum store_status ledger_oldest(struct ledger *ledger, int64_t *at);

/* Make room by dropping some of the oldest messages, whatever their age: *gone. */
enum store_status ledger_shorten(struct ledger *ledger, int64_t *gone);

/* One step of what can wait, as ledger_tidy_step() does.  *more: there is more to do. */
enum store_status ledger_tidy(struct ledger *ledger, int64_t now, bool *more);

#endif
