#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "config/config.h"
#include "ctl/report/report_job.h"
#include "ctl/report/report_mail.h"
#include "ctl/report/sender.h"
#include "mail/address.h"
#include "parts.h"

#define MEGABYTE ((size_t)1024 * 1024)

/* The file may hold anything: its domains become names of files and of the DNS. */
static bool
is_domain(const char *text, struct pool *pool)
{
	const char *domain = address_domain(text, strlen(text), pool);

	return domain != NULL && strcmp(domain, text) == 0;
}

enum store_status
report_job_open(const struct report_job_asker *asker, int64_t id, struct report_job *job)
{
	struct query *history = asker->selection.history;
	struct report_state another;
	enum store_status status =
	    report_rows_policy(history, job->day, id, job->pool, &job->policy);

	if (status == STORE_OK && !is_domain(job->policy.domain, job->pool))
		status = STORE_REFUSED;
	if (status != STORE_OK)
		return status;
	job->record =
	    dmarc_record_parse(job->policy.record, strlen(job->policy.record), job->pool);
	made_report_id(asker->sender, &job->policy, job->day, job->made.id);
	another = (struct report_state){
		.id = job->made.id,
		.day = job->day,
		.policy_id = id,
	};
	status = report_state_of_another(history, &another, &job->of_another);
	if (status != STORE_OK)
		return status;
	return report_state_find(
	    history, job->made.id, job->pool, &job->state, &job->has_state);
}

/*
 * What only settings say is asked anew, as these may have changed.  Who gets reports of
 * two senders about one day counts its mail twice.
 */
bool
report_job_is_final(const struct report_job *job)
{
	static const char *const final_reasons[] = { "withdrawn", "no_destination" };
	const char *reason = job->state.reason != NULL ? job->state.reason : "";

	if (job->of_another)
		return true;
	if (!job->has_state || strcmp(job->state.state, "waiting") == 0)
		return false;
	if (strcmp(job->state.state, "skipped") != 0)
		return true;
	for (size_t i = 0; i < sizeof final_reasons / sizeof final_reasons[0]; i++) {
		if (strcmp(reason, final_reasons[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_suppressed(const char *address, void *cookie)
{
	const struct selection *s = cookie;
	bool suppressed = false;

	/* In doubt a mail less: it is asked again tomorrow. */
	return report_state_is_suppressed(s->history, address, s->now, &suppressed) !=
		   STORE_OK ||
	       suppressed;
}

static void
find_destinations(const struct report_job_asker *asker, struct report_job *job)
{
	struct selection selection = asker->selection;
	const struct destination_asker destinations = {
		.parts = asker->parts,
		.config = selection.config,
		.is_suppressed = is_suppressed,
		.cookie = &selection,
		.last_try = asker->last_try,
	};

	job->destinations =
	    destination_find(&destinations, job->policy.domain, job->pool);
	job->reason = job->destinations.reason;
}

static const char *
first_address(const struct destinations *d)
{
	for (size_t i = 0; i < d->count; i++) {
		if (d->list[i].word == NULL)
			return d->list[i].address;
	}
	return "";
}

/* Nobody is told that: there is no error report any more (RFC 9990). */
static void
refuse_size(const struct report_job_asker *asker, struct report_job *job)
{
	const struct report_mail mail = {
		.sender = asker->sender,
		.report = &job->made,
		.domain = job->policy.domain,
		.to = first_address(&job->destinations),
		.n = 1,
	};
	struct destinations *d = &job->destinations;
	struct text text = { 0 };

	report_mail_write(&text, &mail);
	job->mail_bytes = text.len;
	text_free(&text);
	if (job->mail_bytes <=
	    (size_t)asker->selection.config->report_maximum_mb * MEGABYTE)
		return;
	job->reason = "too_large";
	for (size_t i = 0; i < d->count; i++) {
		if (d->list[i].word == NULL)
			d->list[i].word = "too_large";
	}
	d->to = 0;
}

enum store_status
report_job_decide(const struct report_job_asker *asker, struct report_job *job)
{
	const struct selection *s = &asker->selection;
	const struct made_report_source source = { asker->sender, &job->policy,
		&job->record, job->day };
	enum store_status status =
	    selection_refuse(s, &job->policy, &job->record, &job->reason);

	if (asker->is_full && job->reason == NULL)
		job->reason = "cap"; /* so nobody need be asked */
	if (status == STORE_OK && job->reason == NULL)
		find_destinations(asker, job);
	if (status == STORE_OK)
		status = made_report_make(s->history, &source, job->pool, &job->made);
	if (status != STORE_OK)
		return status;
	if (job->made.rows == 0)
		return STORE_REFUSED;
	if (job->reason == NULL)
		refuse_size(asker, job);
	return STORE_OK;
}

void
report_job_clear(struct report_job *job)
{
	made_report_clear(&job->made);
}
