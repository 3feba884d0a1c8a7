#ifndef CTL_REPORT_REPORT_JOB_H
#define CTL_REPORT_REPORT_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/report/destination.h"
#include "ctl/report/made_report.h"
#include "ctl/report/selection.h"
#include "history/report_rows.h"
#include "history/report_state.h"
#include "mail/dmarc_record.h"

struct parts;
struct pool;
struct sender;

/* What is known to decide on every report of a run. */
struct report_job_asker {
	struct selection selection;
	const struct sender *sender;
	const struct parts *parts;
	bool last_try; /* the day is not tried again */
	bool is_full;  /* this run sends no more */
};

/* One policy on one day: is there a report, where to, and which. */
struct report_job {
	struct pool *pool; /* the caller's */
	int64_t day;
	struct report_policy policy;
	struct dmarc_record record;
	struct report_state state; /* of before */
	bool has_state;
	bool of_another; /* its mails went out, in another sender's name */
	struct destinations destinations;
	struct made_report made;
	size_t mail_bytes;  /* of one mail; 0: there is none */
	const char *reason; /* why there is no report, a constant; NULL: there is one */
};

/*
 * Policy ${id} on ${day}, and what became of its report before; nothing is decided yet.
 * STORE_REFUSED: there is nothing to report on.
 */
enum store_status report_job_open(
    const struct report_job_asker *asker, int64_t id, struct report_job *job);

/* Was the last word on it spoken before? */
bool report_job_is_final(const struct report_job *job);

/* Decide, and make the report.  Blocks on DNS. */
enum store_status report_job_decide(
    const struct report_job_asker *asker, struct report_job *job);
void report_job_clear(struct report_job *job);

#endif
