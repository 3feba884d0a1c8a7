#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "ctl/audit/answer_text.h"
#include "ctl/audit/audit_text.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/result.h"
#include "ctl/calendar.h"
#include "ctl/page.h"
#include "ctl/text.h"

#define RULE_COLUMNS 18
#define WORD_COLUMNS 20
#define CHECK_COLUMNS 6

static const char *
told(const char *text, struct pool *pool)
{
	return text == NULL || *text == '\0' ? _("nothing")
					     : answer_text_safe(text, pool);
}

static const char *
verdict_change(const struct compare_change *c, struct pool *pool)
{
	const char *rule = audit_rule_name(c->rule);
	const char *from = result_verdict(c->from);
	const char *to = result_verdict(c->to);

	switch (c->kind) {
	case COMPARE_WORSE:
		return pool_printf(pool, _("%s: %s went from \"%s\" to \"%s\""),
		    c->domain, rule, from, to);
	case COMPARE_BETTER:
		return pool_printf(pool, _("%s: %s was fixed: from \"%s\" to \"%s\""),
		    c->domain, rule, from, to);
	case COMPARE_UNTESTED:
		return pool_printf(pool,
		    _("%s: %s was \"%s\", now \"%s\": the verdict is not worse"),
		    c->domain, rule, from, to);
	default:
		return pool_printf(pool, _("%s: %s was \"%s\" and is now \"%s\""),
		    c->domain, rule, from, to);
	}
}

const char *
audit_text_change(const struct compare_change *c, struct pool *pool)
{
	const char *before = told(c->before, pool), *after = told(c->after, pool);

	switch (c->kind) {
	case COMPARE_WORSE:
	case COMPARE_BETTER:
	case COMPARE_UNTESTED:
	case COMPARE_OTHER:
		return verdict_change(c, pool);
	case COMPARE_MX:
		return pool_printf(
		    pool, _("%s: MX was %s and is now %s"), c->domain, before, after);
	case COMPARE_SPF:
		return pool_printf(
		    pool, _("%s: SPF was %s and is now %s"), c->domain, before, after);
	case COMPARE_DMARC:
		return pool_printf(
		    pool, _("%s: DMARC was %s and is now %s"), c->domain, before, after);
	case COMPARE_TLSA:
		return pool_printf(
		    pool, _("%s: TLSA was %s and is now %s"), c->domain, before, after);
	case COMPARE_CERTIFICATE:
		return pool_printf(pool, _("%s: its certificate was %s and is now %s"),
		    c->domain, before, after);
	case COMPARE_KEY_NEW:
		return pool_printf(
		    pool, _("%s: a new DKIM key at selector %s"), c->domain, after);
	case COMPARE_KEY_GONE:
		return pool_printf(pool, _("%s: the DKIM key at selector %s is gone"),
		    c->domain, before);
	case COMPARE_DOMAIN_NEW:
		return pool_printf(pool, _("%s is new in this audit"), c->domain);
	case COMPARE_DOMAIN_GONE:
		return pool_printf(pool, _("%s is no longer in this audit"), c->domain);
	}
	return "";
}

static void
put_changes(const struct page *p, const struct result *r, struct pool *pool)
{
	if (r->earlier == NULL)
		return;
	page_heading(p, _("What changed"));
	page_text(
	    p, 2, _("since the audit of %s"), answer_text_safe(r->earlier->made, pool));
	if (r->change_count == 0)
		page_text(p, 2, "%s", _("nothing"));
	for (size_t i = 0; i < r->change_count; i++)
		page_text(p, 2, "%s", audit_text_change(&r->changes[i], pool));
}

static enum page_colour
colour_of(enum audit_verdict verdict)
{
	static const enum page_colour colours[AUDIT_VERDICTS] = {
		[AUDIT_MET] = PAGE_GREEN,
		[AUDIT_FOLLOWED] = PAGE_GREEN,
		[AUDIT_NOT_APPLICABLE] = PAGE_PLAIN,
		[AUDIT_EXPLAINED] = PAGE_YELLOW,
		[AUDIT_UNTESTED] = PAGE_YELLOW,
		[AUDIT_NOT_FOLLOWED] = PAGE_YELLOW,
		[AUDIT_NOT_MET] = PAGE_RED,
	};

	return colours[verdict];
}

/* Columns of UTF-8. */
static int
columns_of(const char *text)
{
	int n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void
put_explain(const struct page *p, const struct rules_verdict *v)
{
	char until[CALENDAR_TEXT_SIZE];

	if (v->explain == NULL)
		return;
	calendar_date(v->explain->until, until);
	if (v->is_needless)
		page_text(p, CHECK_COLUMNS, _("the explanation is no longer needed: %s"),
		    v->explain->reason);
	else if (v->is_expired)
		page_text(p, CHECK_COLUMNS, _("the explanation expired on %s: %s"), until,
		    v->explain->reason);
	else
		page_text(p, CHECK_COLUMNS, _("explained until %s: %s"), until,
		    v->explain->reason);
}

/* What is no good news, each on a line; and what was asked for is told with its mend. */
static void
put_checks(const struct page *p, const struct rules_verdict *v, struct pool *pool)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct rules_check *c = &v->checks[i];

		if (c->row->level < AUDIT_LOOK || c == v->phrase)
			continue;
		page_text(p, CHECK_COLUMNS, "%s %s",
		    c->row->level == AUDIT_LOOK ? _("look:") : "-", result_text(c, pool));
	}
	for (size_t i = 0; i < v->count; i++) {
		if (v->checks[i].mend != NULL)
			page_line(p, PAGE_PLAIN, "%*s%s%s", CHECK_COLUMNS, "", _("fix: "),
			    v->checks[i].mend);
	}
}

static void
put_verdict(const struct page *p, const struct rules_verdict *v, struct pool *pool)
{
	const char *word = result_verdict(v->verdict);
	const char *phrase = v->phrase != NULL ? result_text(v->phrase, pool) : "";

	page_line(p, colour_of(v->verdict), "  %-*s %s", RULE_COLUMNS,
	    audit_rule_name(v->rule), word);
	if (*phrase != '\0')
		page_text(p, 4, "%s", phrase);
	put_checks(p, v, pool);
	put_explain(p, v);
}

/* Rules that are not for this domain, on one line. */
static void
put_rest(const struct page *p, const struct result_domain *d, struct pool *pool)
{
	const char *names = "";

	for (size_t i = 0; i < d->count; i++) {
		if (d->verdicts[i].verdict == AUDIT_NOT_APPLICABLE)
			names =
			    pool_printf(pool, "%s%s%s", names, *names != '\0' ? ", " : "",
				audit_rule_name(d->verdicts[i].rule));
	}
	if (*names != '\0')
		page_text(p, 2, _("not applicable: %s"), names);
}

static void
put_domain(const struct page *p, const struct result_domain *d, struct pool *pool)
{
	const struct facts *f = d->facts;

	page_heading(p, f->domain);
	page_text(p, 2, f->guessed ? _("%s (guessed)") : "%s", result_kind(f));
	if (result_unknown_name(f) != NULL)
		page_text(p, 2, "%s", result_unknown_name(f));
	for (size_t i = 0; i < d->count; i++) {
		if (d->verdicts[i].verdict != AUDIT_NOT_APPLICABLE)
			put_verdict(p, &d->verdicts[i], pool);
	}
	put_rest(p, d, pool);
}

static void
put_summary(const struct page *p, const struct result *r)
{
	page_heading(p, _("In all"));
	for (size_t i = 0; i < AUDIT_RULES; i++) {
		enum audit_rule rule = (enum audit_rule)i;
		const char *word;
		enum audit_verdict verdict;

		if (!result_summary(r, rule, &verdict))
			continue;
		word = result_verdict(verdict);
		page_line(p, colour_of(verdict), "  %-*s %s%*s %s", RULE_COLUMNS,
		    audit_rule_name(rule), word, WORD_COLUMNS - columns_of(word), "",
		    _(audit_rule_title(rule)));
	}
}

void
audit_text_write(const struct page *p, const struct result *r, struct pool *pool)
{
	put_changes(p, r, pool);
	for (size_t i = 0; i < r->count; i++)
		put_domain(p, &r->domains[i], pool);
	put_summary(p, r);
}
