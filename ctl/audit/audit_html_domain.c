#include <stdio.h>

#include "base/pool.h"
#include "ctl/audit/answer_text.h"
#include "ctl/audit/audit_html_domain.h"
#include "ctl/audit/result.h"
#include "ctl/calendar.h"
#include "ctl/html.h"
#include "ctl/text.h"
#include "dns/question_name.h"

void
audit_html_domain_mark(struct html *h, enum audit_verdict verdict)
{
	static const char *const classes[AUDIT_VERDICTS] = {
		[AUDIT_MET] = "mark good",
		[AUDIT_FOLLOWED] = "mark good",
		[AUDIT_NOT_APPLICABLE] = "soft",
		[AUDIT_EXPLAINED] = "mark look",
		[AUDIT_UNTESTED] = "mark plain",
		[AUDIT_NOT_FOLLOWED] = "mark look",
		[AUDIT_NOT_MET] = "mark bad",
	};

	html_put(h, "span", classes[verdict], result_verdict(verdict));
}

static const char *
level_word(enum audit_level level)
{
	static const char *const words[] = {
		[AUDIT_OK] = N_("well"),
		[AUDIT_INFO] = N_("for information"),
		[AUDIT_LOOK] = N_("look"),
		[AUDIT_UNKNOWN] = N_("not known"),
		[AUDIT_WRONG] = N_("wrong"),
	};

	return _(words[level]);
}

static const char *
level_class(enum audit_level level)
{
	static const char *const classes[] = {
		[AUDIT_OK] = "mark good",
		[AUDIT_INFO] = "mark plain",
		[AUDIT_LOOK] = "mark look",
		[AUDIT_UNKNOWN] = "mark plain",
		[AUDIT_WRONG] = "mark bad",
	};

	return classes[level];
}

/* Which answers below it goes by. */
static void
put_evidence(struct html *h, const struct facts *f, const struct rules_check *c)
{
	for (size_t i = 0; i < 2; i++) {
		size_t n = result_evidence(f, c->evidence[i]);

		if (n > 0)
			html_printf(h, " [%zu]", n);
	}
}

static void
put_checks(struct html *h, const struct facts *f, const struct rules_verdict *v,
    struct pool *pool)
{
	html_open(h, "ul", NULL);
	for (size_t i = 0; i < v->count; i++) {
		const struct rules_check *c = &v->checks[i];

		html_open(h, "li", NULL);
		html_put(
		    h, "span", level_class(c->row->level), level_word(c->row->level));
		html_text(h, " ");
		html_text(h, result_text(c, pool));
		put_evidence(h, f, c);
		if (c->mend != NULL) {
			html_open(h, "p", NULL);
			html_put(h, "code", NULL, answer_text_plain(c->mend, pool));
			html_close(h, "p");
		}
		html_close(h, "li");
	}
	html_close(h, "ul");
}

static void
put_explain(struct html *h, const struct rules_verdict *v)
{
	char until[CALENDAR_TEXT_SIZE];

	if (v->explain == NULL)
		return;
	calendar_date(v->explain->until, until);
	html_open(h, "div", v->is_expired ? "note bad" : "note look");
	html_open(h, "p", NULL);
	if (v->is_needless)
		html_printf(
		    h, _("the explanation is no longer needed: %s"), v->explain->reason);
	else if (v->is_expired)
		html_printf(
		    h, _("the explanation expired on %s: %s"), until, v->explain->reason);
	else
		html_printf(h, _("explained until %s: %s"), until, v->explain->reason);
	html_close(h, "div");
}

static void
put_verdict(struct html *h, const struct facts *f, const struct rules_verdict *v,
    struct pool *pool)
{
	html_open(h, "h4", NULL);
	html_printf(h, "%s %s ", audit_rule_name(v->rule), _(audit_rule_title(v->rule)));
	audit_html_domain_mark(h, v->verdict);
	html_close(h, "h4");
	html_put(h, "p", "soft", _(audit_rule_asks(v->rule)));
	put_explain(h, v);
	put_checks(h, f, v, pool);
}

static void
put_not_applicable(struct html *h, const struct result_domain *d)
{
	bool begun = false;

	for (size_t i = 0; i < d->count; i++) {
		if (d->verdicts[i].verdict != AUDIT_NOT_APPLICABLE)
			continue;
		if (!begun) {
			html_open(h, "p", "soft");
			html_printf(h, "%s: ", _("not applicable"));
		}
		html_printf(
		    h, "%s%s", begun ? ", " : "", audit_rule_name(d->verdicts[i].rule));
		begun = true;
	}
	if (begun)
		html_close(h, "p");
}

static void
put_answer(struct html *h, const struct facts_answer *a, size_t n, struct pool *pool)
{
	const struct facts_lookup *l = &a->lookup;

	html_row(h);
	html_cell(h);
	html_printf(h, "[%zu]", n);
	html_cell(h);
	html_domain(h, l->name);
	html_cell(h);
	html_text(h, question_name_of_type(l->type));
	html_cell(h);
	if (a->count == 0) {
		html_text(h, question_name_of_status(l->status));
		if (l->reason != NULL)
			html_printf(h, ": %s", _(l->reason));
	}
	for (size_t i = 0; i < a->count; i++) {
		if (i > 0)
			html_text(h, " \u00b7 ");
		html_put(h, "code", NULL, answer_text_plain(a->records[i], pool));
	}
	html_cell(h);
	html_text(h, l->secure ? _("yes") : _("no"));
}

static void
put_answers(struct html *h, const struct facts *f, struct pool *pool)
{
	const struct html_column columns[] = { { _("no."), false }, { _("name"), false },
		{ _("type"), false }, { _("answer"), false }, { "DNSSEC", false } };

	html_open(h, "details", NULL);
	html_put(h, "summary", NULL, _("What DNS answered"));
	html_table(h, _("all answers on which this is based"), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < f->answer_count; i++)
		put_answer(h, &f->answers[i], i + 1, pool);
	html_table_end(h);
	html_close(h, "details");
}

void
audit_html_domain_put(struct html *h, const struct result_domain *d, struct pool *pool)
{
	const struct facts *f = d->facts;

	html_open(h, "h3", NULL);
	html_domain(h, f->domain);
	html_close(h, "h3");
	html_open(h, "p", "soft");
	html_printf(h, f->guessed ? _("%s (guessed)") : "%s", result_kind(f));
	html_close(h, "p");
	if (result_unknown_name(f) != NULL)
		html_put(h, "p", "note look", result_unknown_name(f));
	for (size_t i = 0; i < d->count; i++) {
		if (d->verdicts[i].verdict != AUDIT_NOT_APPLICABLE)
			put_verdict(h, f, &d->verdicts[i], pool);
	}
	put_not_applicable(h, d);
	put_answers(h, f, pool);
}
