#ifndef CTL_REPORT_DELIVERY_H
#define CTL_REPORT_DELIVERY_H

#include <stdint.h>
#include <time.h>

#include "history/store.h"

struct config;
struct query;
struct report_job;
struct sender;

/*
 * Hand the mails of reports to the MTA, at most one a second, and keep in the history
 * what became of each: killed at any step, each destination has the mail at least once,
 * and always the same.
 */
struct delivery {
	struct query *history;
	const struct config *config;
	const struct sender *sender;
	int64_t now;
	int64_t mails;      /* that were handed over, or tried */
	int later_in_a_row; /* mails that the MTA took not yet, one after the other */
	int64_t mails_sent, mails_failed, mails_waiting;
	struct timespec last_at; /* of the last; 0: none yet */
};

/* *state: sent, waiting or failed, a constant. */
enum store_status delivery_send(
    struct delivery *delivery, const struct report_job *job, const char **state);

/* There is no report: only noted.  *state: skipped or waiting. */
enum store_status delivery_skip(
    struct delivery *delivery, const struct report_job *job, const char **state);

#endif
