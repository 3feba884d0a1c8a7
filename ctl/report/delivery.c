#include <stdbool.h>
#include <string.h>

#include "base/deadline.h"
#include "base/hostname.h"
#include "base/pool.h"
#include "base/text.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/report/delivery.h"
#include "ctl/report/hand_over.h"
#include "ctl/report/report_job.h"
#include "ctl/report/report_mail.h"
#include "ctl/report/sender.h"
#include "ctl/text.h"
#include "history/report_state.h"

#define PACE_MS 1000
/* An MTA that is down need not be waited for with every mail. */
#define LATER_MAX 3

/* Mails of before, and those that this run adds. */
struct mails {
	struct report_mail_state *before;
	size_t before_count;
	int64_t last_n;
	size_t sent, failed, waiting;
};

static bool
is_final(const struct report_mail_state *mail)
{
	return strcmp(mail->state, "sent") == 0 || strcmp(mail->state, "failed") == 0;
}

static enum store_status
read_before(struct delivery *d, const struct report_job *job, struct mails *m)
{
	enum store_status status = report_state_mails(
	    d->history, job->made.id, job->pool, &m->before, &m->before_count);

	for (size_t i = 0; i < m->before_count; i++) {
		if (m->before[i].n > m->last_n)
			m->last_n = m->before[i].n;
	}
	return status;
}

static void
pace(struct delivery *d)
{
	struct timespec now, next;
	double wait_ms;

	if (d->last_at.tv_sec != 0 || d->last_at.tv_nsec != 0) {
		next = deadline_after(d->last_at, PACE_MS);
		clock_gettime(CLOCK_MONOTONIC, &now);
		wait_ms = deadline_ms_between(&now, &next);
		if (wait_ms > 0) {
			now = deadline_after((struct timespec){ 0 }, wait_ms);
			nanosleep(&now, NULL);
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &d->last_at);
}

static enum hand_over_result
hand_over(struct delivery *d, const struct report_job *job, const char *address,
    int64_t n, int64_t made_at)
{
	const struct report_mail mail = {
		.sender = d->sender,
		.report = &job->made,
		.domain = job->policy.domain,
		.to = address,
		.n = n,
		.at = made_at,
	};
	struct text text = { 0 };
	enum hand_over_result result;
	int code;

	report_mail_write(&text, &mail);
	pace(d);
	result = hand_over_mail(d->config->report_sendmail, d->sender->address, address,
	    text.data, text.len, &code);
	text_free(&text);
	d->mails++;
	if (result != HAND_OVER_SENT && code == -1)
		complaint_print(_("%s: did not end in time"), d->config->report_sendmail);
	else if (result != HAND_OVER_SENT)
		complaint_print(
		    _("%s: exited with %d"), d->config->report_sendmail, code);
	return result;
}

static void
count(struct delivery *d, struct mails *m, const char *state)
{
	bool sent = strcmp(state, "sent") == 0, failed = strcmp(state, "failed") == 0;

	m->sent += sent;
	m->failed += failed;
	m->waiting += !sent && !failed;
	d->mails_sent += sent;
	d->mails_failed += failed;
	d->mails_waiting += !sent && !failed;
}

/* "sending" is in the file before the MTA can have it, and the rest after. */
static enum store_status
send_one(struct delivery *d, const struct report_job *job, struct mails *m,
    struct report_mail_state *mail, int64_t made_at)
{
	static const char *const states[] = {
		[HAND_OVER_SENT] = "sent",
		[HAND_OVER_REFUSED] = "failed",
		[HAND_OVER_LATER] = "waiting",
	};
	enum hand_over_result result;
	enum store_status status;

	mail->state = "sending";
	mail->reason = NULL;
	status = report_state_put_mail(d->history, job->made.id, mail, d->now);
	if (status != STORE_OK)
		return status;
	result = hand_over(d, job, mail->address, mail->n, made_at);
	d->later_in_a_row = result == HAND_OVER_LATER ? d->later_in_a_row + 1 : 0;
	mail->state = states[result];
	count(d, m, mail->state);
	return report_state_put_mail(d->history, job->made.id, mail, d->now);
}

static struct report_mail_state *
find_before(const struct mails *m, const char *address)
{
	for (size_t i = 0; i < m->before_count; i++) {
		if (strcmp(m->before[i].address, address) == 0)
			return &m->before[i];
	}
	return NULL;
}

static enum store_status
send_all(
    struct delivery *d, const struct report_job *job, struct mails *m, int64_t made_at)
{
	const struct destinations *to = &job->destinations;
	enum store_status status = STORE_OK;

	for (size_t i = 0; i < to->count && status == STORE_OK; i++) {
		struct report_mail_state mail = { .address = to->list[i].address };
		const struct report_mail_state *before = find_before(m, mail.address);

		if (to->list[i].word != NULL) {
			m->waiting += strcmp(to->list[i].word, "waiting") == 0;
			continue;
		}
		if (before != NULL && is_final(before)) {
			m->sent += strcmp(before->state, "sent") == 0;
			m->failed += strcmp(before->state, "failed") == 0;
			continue;
		}
		if (d->later_in_a_row == LATER_MAX) {
			m->waiting++;
			continue;
		}
		mail.n = before != NULL ? before->n : ++m->last_n;
		status = send_one(d, job, m, &mail, made_at);
	}
	return status;
}

static bool
is_among(const struct destinations *to, const char *address)
{
	for (size_t i = 0; i < to->count; i++) {
		if (strcmp(to->list[i].address, address) == 0)
			return to->list[i].word == NULL ||
			       strcmp(to->list[i].word, "waiting") == 0;
	}
	return false;
}

/* Who waited for its mail and is no destination any more. */
static enum store_status
drop_gone(struct delivery *d, const struct report_job *job, struct mails *m)
{
	enum store_status status = STORE_OK;

	for (size_t i = 0; i < m->before_count && status == STORE_OK; i++) {
		struct report_mail_state *mail = &m->before[i];

		if (is_final(mail) || is_among(&job->destinations, mail->address))
			continue;
		mail->state = "failed";
		mail->reason = "withdrawn";
		status = report_state_put_mail(d->history, job->made.id, mail, d->now);
	}
	return status;
}

static struct report_state
state_of(const struct delivery *d, const struct report_job *job, char *host)
{
	return (struct report_state){
		.id = job->made.id,
		.day = job->day,
		.policy_id = job->policy.id,
		.host = hostname_get(host),
		.rows = job->made.rows,
		.messages = job->made.messages,
		.left_out = job->made.left_out,
		.xml_sha256 = job->made.xml_sha256,
		.mail_bytes = (int64_t)job->mail_bytes,
		.state = "waiting",
		.tries = job->has_state ? job->state.tries + 1 : 1,
		.made_at = job->has_state ? job->state.made_at : d->now,
	};
}

/*
 * Under its id a report may have gone out before: then only the same text may.  Rows may
 * have been forgotten since, or a setting changed that the text tells.
 */
static bool
is_other_text(const struct report_job *job, const struct mails *m)
{
	return m->before_count > 0 && job->has_state && job->state.xml_sha256 != NULL &&
	       strcmp(job->state.xml_sha256, job->made.xml_sha256) != 0;
}

static void
conclude(struct report_state *s, const struct mails *m)
{
	if (m->waiting > 0)
		s->state = "waiting";
	else
		s->state = m->sent > 0 ? "sent" : "failed";
}

enum store_status
delivery_send(struct delivery *d, const struct report_job *job, const char **state)
{
	char host[HOSTNAME_SIZE];
	struct report_state s = state_of(d, job, host);
	struct mails m = { 0 };
	enum store_status status = read_before(d, job, &m);

	if (status == STORE_OK && is_other_text(job, &m)) {
		complaint_print(_("report %s about %s: its rows or the settings changed "
				  "since it was first "
				  "sent: given up"),
		    s.id, job->policy.domain);
		s.state = *state = "failed";
		s.reason = "changed";
		s.xml_sha256 = job->state.xml_sha256;
		return report_state_put(d->history, &s);
	}
	if (status == STORE_OK)
		status = report_state_put(d->history, &s);
	if (status == STORE_OK)
		status = drop_gone(d, job, &m);
	if (status == STORE_OK)
		status = send_all(d, job, &m, s.made_at);
	conclude(&s, &m);
	*state = s.state;
	return status == STORE_OK ? report_state_put(d->history, &s) : status;
}

enum store_status
delivery_skip(struct delivery *d, const struct report_job *job, const char **state)
{
	char host[HOSTNAME_SIZE];
	struct report_state s = state_of(d, job, host);
	bool waits =
	    strcmp(job->reason, "waiting") == 0 || strcmp(job->reason, "cap") == 0;

	/* Most are nobody's business every day: not a write for each. */
	*state = "skipped";
	if (job->has_state && job->state.reason != NULL &&
	    strcmp(job->state.state, *state) == 0 &&
	    strcmp(job->state.reason, job->reason) == 0)
		return STORE_OK;

	/* What was tried before waits under the text of then. */
	if (job->has_state)
		s.xml_sha256 = job->state.xml_sha256;
	s.state = *state = waits ? "waiting" : "skipped";
	s.reason = job->reason;
	return report_state_put(d->history, &s);
}
