#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/pool.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/history/stored_evidence.h"
#include "ctl/history/stored_explain.h"
#include "ctl/history/stored_settings.h"
#include "ctl/history/told_row.h"
#include "ctl/json.h"
#include "ctl/judge/explain.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/reason.h"
#include "ctl/page.h"
#include "ctl/suffixes.h"
#include "ctl/text.h"
#include "ctl/when.h"
#include "history/query.h"
#include "policy/judged_json.h"
#include "policy/verdict.h"

const char stored_explain_usage[] =
    "explain [-c FILE] [-o KEY=VALUE]... [--at TIME] [--shared] [--json] QUEUE-ID";
const char stored_explain_help[] =
    N_("Why a message was judged as it was, from the history: nothing is asked of "
       "the DNS.\n"
       "\n"
       "  -c FILE            settings (the installed file)\n"
       "  -o KEY=VALUE       a setting that overrides the file; may be given "
       "several times\n"
       "  --at TIME          of several with that queue id, the last one before "
       "TIME\n"
       "  --shared           in what all hosts ship to HistoryShared\n"
       "  --json             as it is kept\n");

#define WHY_OCTETS 512

enum { OPT_AT = 256, OPT_JSON };

static const struct option long_options[] = {
	{ "at", required_argument, NULL, OPT_AT },
	{ "json", no_argument, NULL, OPT_JSON },
	ACCESS_LONG_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

struct options {
	struct access access;
	struct query_filter filter;
	bool json;
	const char *queue_id;
};

static bool
take_option(void *cookie, int option, char *value)
{
	struct options *o = cookie;

	switch (option) {
	case OPT_AT:
		if (!access_time("--at", value, &o->filter.until))
			return false;
		o->filter.until++; /* that second is in */
		return true;
	case OPT_JSON:
		o->json = true;
		return true;
	default:
		return access_option(&o->access, option, value);
	}
}

static bool
parse(struct options *o, int argc, char **argv)
{
	o->filter.until = INT64_MAX;
	if (!access_options(argc, argv, long_options, take_option, o))
		return false;
	if (optind + 1 != argc)
		return false;
	o->queue_id = o->filter.queue_id = argv[optind];
	return true;
}

static void
print_signatures(const struct page *p, const struct query_row *row, struct pool *pool)
{
	char domain[PAGE_QUOTE_SIZE], selector[PAGE_QUOTE_SIZE], reason[PAGE_QUOTE_SIZE];
	size_t count;
	const struct dkim_evidence *signatures =
	    json_read_signatures(told_row_text(row, FACT_SIGNATURES), pool, &count);

	if (count == 0)
		page_row(p, "DKIM", "%s", _("There is no signature."));
	for (size_t i = 0; i < count; i++) {
		const struct dkim_evidence *d = &signatures[i];
		bool has_reason = d->reason != NULL && *d->reason != '\0';

		page_row(p, i == 0 ? "DKIM" : "", "%s %s (%s)%s%s",
		    evidence_dkim_name(d->result), page_quote(d->domain, domain),
		    page_quote(d->selector, selector), has_reason ? ": " : "",
		    has_reason ? reason_quote(d->reason, reason) : "");
	}
}

/* What the steps would have told is not there: why, and what there is. */
static void
print_row(const struct query_row *row, const struct config *now, struct pool *pool)
{
	const struct page p = { .out = stdout };
	char when[WHEN_TEXT_SIZE], action[TOLD_ROW_ACTION_SIZE], text[PAGE_QUOTE_SIZE];
	bool accepted = strcmp(told_row_text(row, FACT_WOULD), "accept") == 0;

	page_row(&p, _("Message"), "%s, %s",
	    page_quote(told_row_text(row, FACT_QUEUE_ID), text),
	    when_format(row->columns[FACT_AT].number, when));
	page_row(&p, _("Verdict"), "%s", told_row_action(row, action));
	page_row(&p, _("Rule"), "%s", page_quote(told_row_text(row, FACT_RULE), text));
	if (*told_row_text(row, FACT_REASON) != '\0')
		page_row(&p, _("Reason"), "%s",
		    page_quote(told_row_text(row, FACT_REASON), text));
	page_row(&p, _("Author"), "%s",
	    page_quote(told_row_text(row, FACT_HEADER_FROM), text));
	page_row(
	    &p, _("Client"), "%s", page_quote(told_row_text(row, FACT_CLIENT), text));
	page_row(&p, "SPF", "%s %s", told_row_text(row, FACT_SPF),
	    page_quote(told_row_text(row, FACT_SPF_DOMAIN), text));
	print_signatures(&p, row, pool);
	if (*told_row_text(row, FACT_POLICY) != '\0')
		page_row(&p, "DMARC", _("%s (policy: %s)"),
		    told_row_text(row, FACT_DMARC), told_row_text(row, FACT_POLICY));
	else
		page_row(&p, "DMARC", "%s", told_row_text(row, FACT_DMARC));
	if (row->columns[FACT_SEALED].text != NULL)
		page_row(&p, _("Sealed"),
		    _("%s, as an ARC-Seal says: a forwarder may be behind it (not "
		      "verified)"),
		    page_quote(row->columns[FACT_SEALED].text, text));
	if (now->history_trace == CONFIG_TRACE_NONE)
		page_row(&p, _("Note"), "%s",
		    _("its steps are not kept, because HistoryTrace is none"));
	else if (accepted && now->history_trace == CONFIG_TRACE_DOUBTFUL)
		page_row(&p, _("Note"), "%s",
		    _("its steps are not kept, because nothing was wrong with it "
		      "(HistoryTrace "
		      "doubtful)"));
	else
		page_row(&p, _("Note"),
		    _("its steps are no longer kept: after %d days they are removed "
		      "(HistoryTraceDays)"),
		    now->history_trace_days);
}

/* By the settings of today, as it would be added to them. */
static bool
takes_override(const struct config *now, const char *domain)
{
	char why[WHY_OCTETS];

	return *domain != '\0' && suffixes_take_override(now, domain, why, sizeof why);
}

/* The Override that the row tells of, if the settings still find it. */
static void
print_trace(const struct query_row *row, const char *text, const struct config *then,
    const struct config *now, struct pool *pool)
{
	struct json_trace trace = { .ev = stored_evidence(row, pool) };
	struct judged judged = {
		.file = told_row_text(row, FACT_QUEUE_ID),
		.config = then,
		.takes_override = takes_override(now, trace.ev.from.domain),
		.client_source = JUDGED_MTA,
		.helo_source = JUDGED_MTA,
		.mail_from_source = JUDGED_MTA,
	};
	struct verdict verdict;

	if (!json_read_trace(text, &trace, pool)) {
		complaint_print("%s", _("its steps were kept by another version of "
					"beschermd, which describes them "
					"in other words"));
		return;
	}
	verdict = verdict_decide(then, &trace.ev);
	judged.ev = &trace.ev;
	judged.verdict = &verdict;
	judged.actions = &trace.actions;
	judged.reason = judged_json_reason(&trace.ev, pool);
	judged.reply = trace.reply;
	judged.facts = trace.questions;
	judged.fact_count = trace.question_count;
	explain_print(stdout, &judged, isatty(STDOUT_FILENO));
}

static int
print_page(
    struct options *o, const struct query_row *row, const char *trace, struct pool *pool)
{
	struct query_settings stored;
	struct config *then = NULL;

	if (trace == NULL) {
		print_row(row, o->access.config, pool);
		return EX_OK;
	}
	if (query_settings(o->access.query, row, pool, &stored) != STORE_OK)
		return access_failed(&o->access);
	if (stored.text != NULL)
		then = stored_settings_read(stored.text);
	if (then == NULL) {
		complaint_print("%s", _("the settings by which it was judged can no "
					"longer be read: --json shows "
					"what is kept"));
		print_row(row, o->access.config, pool);
		return EX_OK;
	}
	print_trace(row, trace, then, o->access.config, pool);
	config_free(then);
	return EX_OK;
}

/* A line of what is kept, which must not be more than a line. */
static int
print_json(const struct query_row *row, const char *trace)
{
	if (trace == NULL)
		told_row_json(stdout, row);
	else if (json_holds_object(trace))
		puts(trace);
	else
		return EX_DATAERR;
	return EX_OK;
}

/* Queue ids come again: who means another one says when. */
static void
note_others(const struct query_page *page)
{
	char when[WHEN_TEXT_SIZE];

	for (size_t i = 1; i < page->count && i <= 5; i++)
		complaint_print(
		    _("another message had this queue id: --at \"%s\" shows it"),
		    when_format(page->rows[i].columns[FACT_AT].number, when));
}

static int
explain(struct options *o, struct pool *pool)
{
	struct query_page page = { .at = INT64_MAX, .id = INT64_MAX, .pool = pool };
	const char *trace;

	if (query_next(o->access.query, &o->filter, QUERY_PAGE_ROWS, &page) != STORE_OK)
		return access_failed(&o->access);
	if (page.count == 0) {
		complaint_print("%s", _("nothing found"));
		return EX_DATAERR;
	}
	note_others(&page);
	if (query_trace(o->access.query, &page.rows[0], pool, &trace) != STORE_OK)
		return access_failed(&o->access);
	if (o->json)
		return print_json(&page.rows[0], trace);
	return print_page(o, &page.rows[0], trace, pool);
}

int
stored_explain_run(int argc, char **argv)
{
	struct options o = { 0 };
	struct pool *pool = pool_new();
	int code = EX_USAGE;

	if (parse(&o, argc, argv)) {
		code = access_open(&o.access);
		if (code == EX_OK)
			code = explain(&o, pool);
	}
	access_close(&o.access);
	pool_free(pool);
	return code;
}
