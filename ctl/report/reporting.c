#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/oserror.h"
#include "base/pool.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/report/bounces.h"
#include "ctl/report/delivery.h"
#include "ctl/report/report_job.h"
#include "ctl/report/report_metrics.h"
#include "ctl/report/reporting.h"
#include "ctl/report/sender.h"
#include "ctl/report/sole_sender.h"
#include "ctl/report/told_report.h"
#include "ctl/text.h"
#include "parts.h"

#define DAY ((int64_t)86400)
#define HOUR ((int64_t)3600)
#define TRY_DAYS 3 /* that a report is tried for */

struct run {
	const struct reporting_options *options;
	const struct config *config;
	const struct parts *parts;
	struct pool *pool;
	struct query *history;
	struct sender sender;
	struct delivery delivery;
	int64_t now, closed_day, first_day;
	int64_t seen, sent, waiting, failed, skipped;
	int64_t planned; /* mails that a run would send */
	bool write_failed;
	bool another_told;
};

static bool
sends(const struct run *r)
{
	return !r->options->dry_run && r->options->out_dir == NULL;
}

/* Whole reports alone, so that no destination is served before another. */
static void
refuse_beyond_cap(struct run *r, struct report_job *job)
{
	if (job->reason != NULL)
		return;
	if (r->planned + (int64_t)job->destinations.to > r->config->report_maximum)
		job->reason = "cap";
	else
		r->planned += (int64_t)job->destinations.to;
}

static void
count(struct run *r, const char *state)
{
	r->sent += strcmp(state, "sent") == 0;
	r->waiting += strcmp(state, "waiting") == 0;
	r->failed += strcmp(state, "failed") == 0;
	r->skipped += strcmp(state, "skipped") == 0;
}

static enum store_status
deliver(struct run *r, const struct report_job *job)
{
	const char *state = "waiting";
	enum store_status status = job->reason == NULL
				       ? delivery_send(&r->delivery, job, &state)
				       : delivery_skip(&r->delivery, job, &state);

	if (status != STORE_OK)
		return status;
	count(r, state);
	if (strcmp(state, "skipped") != 0)
		told_report_state(job, state);
	return STORE_OK;
}

static enum store_status
do_job(struct run *r, const struct report_job_asker *asker, struct report_job *job)
{
	enum store_status status = report_job_decide(asker, job);

	if (status != STORE_OK)
		return status == STORE_REFUSED ? STORE_OK : status;
	r->seen++;
	refuse_beyond_cap(r, job);
	if (sends(r))
		return deliver(r, job);
	told_report_plan(job);
	if (r->options->out_dir != NULL && job->reason == NULL &&
	    !told_report_file(job, r->options->out_dir))
		r->write_failed = true;
	return STORE_OK;
}

static void
warn_another(struct run *r, const struct report_job *job)
{
	if (!job->of_another || r->another_told)
		return;
	complaint_print("%s", _("warning: there are reports that were sent in the name "
				"of another sender (ReportFrom, ReportSubmitter); about "
				"these days no others are sent"));
	r->another_told = true;
}

static bool
is_wanted(struct run *r, const struct report_job *job)
{
	const char *domain = r->options->domain;

	if (domain != NULL && strcmp(job->policy.domain, domain) != 0)
		return false;
	if (r->options->out_dir != NULL)
		return true;
	warn_another(r, job);
	return !report_job_is_final(job);
}

static enum store_status
do_policy(struct run *r, int64_t day, int64_t id)
{
	const struct report_job_asker asker = {
		.selection = { r->config, r->parts->suffixes, r->history, r->now },
		.sender = &r->sender,
		.parts = r->parts,
		.last_try = day <= r->closed_day - TRY_DAYS + 1,
		.is_full = r->planned >= r->config->report_maximum,
	};
	struct report_job job = { .pool = pool_new(), .day = day };
	enum store_status status = report_job_open(&asker, id, &job);

	if (status == STORE_OK && is_wanted(r, &job))
		status = do_job(r, &asker, &job);
	report_job_clear(&job);
	pool_free(job.pool);
	return status == STORE_REFUSED ? STORE_OK : status;
}

static enum store_status
do_day(struct run *r, int64_t day)
{
	struct pool *pool = pool_new();
	int64_t *ids;
	size_t count = 0;
	enum store_status status =
	    report_rows_policies(r->history, day, pool, &ids, &count);

	for (size_t i = 0; i < count && status == STORE_OK; i++)
		status = do_policy(r, day, ids[i]);
	pool_free(pool);
	return status;
}

static enum store_status
do_days(struct run *r)
{
	int64_t gone = 0;
	const int64_t oldest = r->closed_day - TRY_DAYS + 1;
	enum store_status status;

	status = report_rows_begin(r->history);
	if (status == STORE_OK && r->options->has_day)
		return do_day(r, r->options->day);
	if (status == STORE_OK && sends(r))
		status = report_state_give_up(r->history, oldest, &gone);
	r->failed += gone;
	for (int64_t day = oldest > r->first_day ? oldest : r->first_day;
	     day <= r->closed_day && status == STORE_OK; day++)
		status = do_day(r, day);
	return status;
}

static int
check_sender(struct run *r)
{
	if (sender_is_ready(&r->sender))
		return EX_OK;
	if (r->sender.trouble != NULL) {
		/* In whose name is not known either, and so no id. */
		complaint_print("%s: %s", r->sender.domain, r->sender.trouble);
		return EX_TEMPFAIL;
	}
	complaint_print(
	    _("%s cannot send reports yet: \"beschermctl report --check\" says why"),
	    r->sender.address);
	if (!sends(r))
		return EX_OK;
	sender_advise(&r->sender);
	return EX_CONFIG;
}

/* Only told: a virtual machine without NTP says so too, and who may not ask knows none.
 */
static void
warn_unsynchronized(void)
{
	struct timex timex = { 0 };
	int state = adjtimex(&timex);

	if (state == TIME_ERROR || (state != -1 && (timex.status & STA_UNSYNC) != 0))
		complaint_print(
		    _("warning: %s"), _("nothing says that the clock is right"));
}

static bool
is_near(int64_t a, int64_t b)
{
	return a <= b + HOUR && b <= a + HOUR;
}

/* Days are closed for good: not by a clock that is wrong. */
static bool
is_clock_right(const struct run *r, const struct report_clock *clock)
{
	const char *host = clock->newest_host != NULL ? clock->newest_host : "";

	if (!is_near(r->now, time(NULL)))
		complaint_print("%s", _("the clocks of this host and of the server of "
					"HistoryShared differ; --force runs all the "
					"same"));
	else if (clock->reported_at > r->now)
		complaint_print("%s", _("the clock went back to before the last run; "
					"--force runs all the same"));
	else if (clock->newest_at > r->now + HOUR)
		complaint_print("%s%s%s", host, *host != '\0' ? ": " : "",
		    _("there are messages from the future: is the clock right? --force "
		      "runs all "
		      "the same"));
	else
		return true;
	return false;
}

static int
check_clock(const struct run *r, const struct report_clock *clock)
{
	return is_clock_right(r, clock) || r->options->force ? EX_OK : EX_TEMPFAIL;
}

static int
read_clock(struct run *r, struct report_clock *clock, const struct access *access)
{
	int64_t yesterday;

	if (report_state_clock(r->history, r->pool, clock) != STORE_OK)
		return access_failed(access);
	r->now = clock->now != 0 ? clock->now : time(NULL);
	yesterday = r->now / DAY - 1;
	r->closed_day = clock->closed_day > yesterday ? clock->closed_day : yesterday;
	r->first_day = clock->first_day;
	return EX_OK;
}

static int
check_day(const struct run *r)
{
	const int64_t day = r->options->has_day ? r->options->day : r->closed_day;

	if (day > r->closed_day) {
		complaint_print("%s", _("that day is not over: what is known so far"));
		return sends(r) ? EX_DATAERR : EX_OK;
	}
	if (day < r->first_day) {
		complaint_print("%s", _("that day is before the tables of HistoryShared "
					"were created: each host "
					"had its own reports"));
		return EX_DATAERR;
	}
	return EX_OK;
}

/* What others are to ship before ${day} can be closed; the time is another then. */
static int
wait_for_hosts(struct run *r, struct report_clock *clock, const struct access *access)
{
	const int64_t end = (r->closed_day + 1) * DAY;
	int64_t waited = 0;
	int code;

	if (clock->closed_day >= r->closed_day || r->options->force)
		return EX_OK;
	if (!sends(r))
		return sole_sender_look(access, end);
	code = sole_sender_wait(access, end, &waited);
	if (code != EX_OK || waited == 0)
		return code;
	r->sender = sender_look(r->parts, r->config, r->pool);
	code = check_sender(r);
	if (code == EX_OK)
		code = read_clock(r, clock, access);
	return code == EX_OK ? check_clock(r, clock) : code;
}

static int
close_days(struct run *r, struct access *access)
{
	struct report_clock clock;
	int code = read_clock(r, &clock, access);

	if (code == EX_OK)
		code = check_day(r);
	if (code == EX_OK && sends(r)) {
		warn_unsynchronized();
		code = check_clock(r, &clock);
	}
	if (code == EX_OK)
		code = wait_for_hosts(r, &clock, access);
	if (code != EX_OK || !sends(r))
		return code;
	r->delivery.now = r->now;
	if (report_state_close(r->history, r->now / DAY - 1, r->now) != STORE_OK)
		return access_failed(access);
	return EX_OK;
}

static int
check_sendmail(const struct run *r)
{
	if (!sends(r) || access(r->config->report_sendmail, X_OK) == 0)
		return EX_OK;
	complaint_print("%s: %s", r->config->report_sendmail, oserror_text(errno));
	return EX_UNAVAILABLE;
}

static int
check_settings(const struct config *config)
{
	if (config->reports == CONFIG_REPORTS_NO) {
		complaint_print(
		    "%s", _("no reports are sent: the setting Reports is no"));
		return EX_CONFIG;
	}
	if (*config->report_from == '\0') {
		complaint_print("%s", _("the setting ReportFrom is missing"));
		return EX_CONFIG;
	}
	for (size_t i = 0; config->reports_incomplete && i < config->warnings.count; i++)
		complaint_print(_("warning: %s"), config->warnings.words[i]);
	if (config->reports_incomplete)
		complaint_print("%s", _("the lists of ReportDomains and ReportExclude "
					"must be complete first"));
	return config->reports_incomplete ? EX_CONFIG : EX_OK;
}

static int
exit_code(const struct run *r)
{
	if (r->write_failed)
		return EX_CANTCREAT;
	if (!sends(r))
		return r->seen > 0 ? EX_OK : EX_DATAERR;
	if (r->waiting > 0)
		return EX_TEMPFAIL;
	return r->sent > 0 || r->failed > 0 ? EX_OK : EX_DATAERR;
}

static void
add_metrics(const struct run *r)
{
	const struct report_metrics metrics = {
		.at = r->now,
		.reports_sent = r->sent,
		.reports_failed = r->failed,
		.reports_waiting = r->waiting,
		.mails_sent = r->delivery.mails_sent,
		.mails_failed = r->delivery.mails_failed,
	};

	report_metrics_add(r->config, &metrics);
}

static int
run(struct run *r, struct access *access)
{
	int code = close_days(r, access);

	if (code != EX_OK)
		return code;
	/* What cannot be read now is read another time; it has been said. */
	if (sends(r) && *r->config->report_bounces != '\0')
		bounces_read(access);
	if (do_days(r) != STORE_OK)
		return access_failed(access);
	if (sends(r))
		add_metrics(r);
	if (sends(r))
		printf("reports: sent=%" PRId64 " waiting=%" PRId64 " failed=%" PRId64
		       " skipped=%" PRId64 " mails=%" PRId64 "\n",
		    r->sent, r->waiting, r->failed, r->skipped, r->delivery.mails);
	return exit_code(r);
}

int
reporting_do(struct access *access, const struct parts *parts,
    const struct reporting_options *options)
{
	struct pool *pool = pool_new();
	struct run r = {
		.options = options,
		.config = access->config,
		.parts = parts,
		.history = access->query,
		.pool = pool,
	};
	int fd = -1, code = check_settings(r.config);

	if (code == EX_OK)
		code = check_sendmail(&r);
	if (code == EX_OK && sends(&r))
		code = sole_sender_begin(access, &fd);
	if (code == EX_OK) {
		r.sender = sender_look(parts, r.config, pool);
		code = check_sender(&r);
	}
	r.delivery = (struct delivery){
		.history = r.history,
		.config = r.config,
		.sender = &r.sender,
	};
	if (code == EX_OK)
		code = run(&r, access);
	if (fd != -1)
		close(fd);
	pool_free(pool);
	return code;
}
