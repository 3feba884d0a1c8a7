#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "config.h"
#include "ctl/audit/answer_text.h"
#include "ctl/audit/audit_html.h"
#include "ctl/audit/audit_html_domain.h"
#include "ctl/audit/audit_html_host.h"
#include "ctl/audit/audit_text.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/ncsc.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/result.h"
#include "ctl/audit/server.h"
#include "ctl/calendar.h"
#include "ctl/html.h"
#include "ctl/text.h"

/* More domains than this have no column each. */
#define COLUMNS_MAX 4

struct counts {
	size_t of[AUDIT_VERDICTS];
	size_t rules; /* that bind */
};

/* The rules that bind, over all domains. */
static struct counts
count(const struct result *r)
{
	struct counts c = { 0 };
	enum audit_verdict verdict;

	for (size_t i = 0; i < AUDIT_RULES; i++) {
		enum audit_rule rule = (enum audit_rule)i;

		if (audit_rule_sort(rule) != AUDIT_SORT_RULE ||
		    !result_summary(r, rule, &verdict) || verdict == AUDIT_NOT_APPLICABLE)
			continue;
		c.of[verdict]++;
		c.rules++;
	}
	return c;
}

static void
put_header(struct html *h, const struct result *r, const char *title)
{
	char made[CALENDAR_TEXT_SIZE];

	html_open(h, "header", NULL);
	html_put(h, "h1", NULL, title);
	html_open(h, "p", "soft");
	html_printf(h, _("made on %s"), calendar_moment((int64_t)r->made, made));
	html_text(h, " \u00b7 ");
	html_printf(
	    h, ngettext("%zu domain", "%zu domains", (unsigned long)r->count), r->count);
	html_text(h, " \u00b7 ");
	html_printf(h, _("rules: %s"), AUDIT_RULES_VERSION);
	html_close(h, "header");
}

/* The first screen: one sentence, and four numbers. */

static void
put_sentence(struct html *h, const struct counts *c)
{
	size_t bad = c->of[AUDIT_NOT_MET], open = c->of[AUDIT_UNTESTED];

	html_open(h, "div", bad > 0 ? "note bad" : open > 0 ? "note look" : "note good");
	html_open(h, "p", NULL);
	html_open(h, "strong", NULL);
	if (bad > 0)
		html_printf(h,
		    ngettext("%zu of %zu rules is not met.",
			"%zu of %zu rules are not met.", (unsigned long)bad),
		    bad, c->rules);
	else if (open > 0)
		html_printf(h,
		    ngettext("No rule is broken; %zu could not be tested from here.",
			"No rule is broken; %zu could not be tested from here.",
			(unsigned long)open),
		    open);
	else
		html_text(h, _("All rules are met or explained."));
	html_close(h, "strong");
	if (bad > 0)
		html_printf(h, " %s", _("What has to be done is shown below."));
	html_close(h, "div");
}

static void
put_state(struct html *h, const struct result *r)
{
	struct counts c = count(r);

	put_sentence(h, &c);
	html_open(h, "div", "figures");
	html_figure(h, (int64_t)c.of[AUDIT_MET], _("rules met"));
	html_figure(h, (int64_t)c.of[AUDIT_NOT_MET], _("rules not met"));
	html_figure(h, (int64_t)c.of[AUDIT_EXPLAINED], _("rules explained"));
	html_figure(h, (int64_t)c.of[AUDIT_UNTESTED], _("rules not tested"));
	html_close(h, "div");
	html_put(h, "p", "soft",
	    _("Dutch public bodies have to comply with these rules for mail or explain "
	      "why they do not (Uniforme Beveiligingsvoorschriften). This does not apply "
	      "to advice."));
}

/* Rules and domains */

static void
put_rule_name(struct html *h, enum audit_rule rule)
{
	html_cell(h);
	html_text(h, _(audit_rule_title(rule)));
	html_text(h, " ");
	html_open(h, "span", "soft");
	html_printf(h, "(%s%s%s)", audit_rule_name(rule),
	    audit_rule_sort(rule) == AUDIT_SORT_RULE ? "" : ", ",
	    audit_rule_sort(rule) == AUDIT_SORT_RULE     ? ""
	    : audit_rule_sort(rule) == AUDIT_SORT_ADVICE ? _("advice")
							 : _("addition"));
	html_close(h, "span");
}

static const struct rules_verdict *
verdict_on(const struct result_domain *d, enum audit_rule rule)
{
	for (size_t i = 0; i < d->count; i++) {
		if (d->verdicts[i].rule == rule)
			return &d->verdicts[i];
	}
	return NULL;
}

/* A row a rule that was looked at: its name, and the cells of ${put_cells}. */
static void
put_rows(struct html *h, const struct result *r,
    void (*put_cells)(
	struct html *, const struct result *, enum audit_rule, enum audit_verdict))
{
	enum audit_verdict verdict;

	for (size_t i = 0; i < AUDIT_RULES; i++) {
		enum audit_rule rule = (enum audit_rule)i;

		if (!result_summary(r, rule, &verdict))
			continue;
		html_row(h);
		put_rule_name(h, rule);
		put_cells(h, r, rule, verdict);
	}
	html_table_end(h);
}

static void
put_marks(struct html *h, const struct result *r, enum audit_rule rule,
    enum audit_verdict in_all)
{
	(void)in_all;
	for (size_t i = 0; i < r->count; i++) {
		html_cell(h);
		audit_html_domain_mark(h, verdict_on(&r->domains[i], rule)->verdict);
	}
}

/* A column a domain. */
static void
put_matrix(struct html *h, const struct result *r)
{
	struct html_column columns[COLUMNS_MAX + 1] = { { _("rule"), false } };

	for (size_t i = 0; i < r->count; i++)
		columns[i + 1].label = r->domains[i].facts->domain;
	html_table(h, _("each rule, for each domain"), columns, r->count + 1);
	put_rows(h, r, put_marks);
}

static void
put_count(struct html *h, const struct result *r, enum audit_rule rule,
    enum audit_verdict a, enum audit_verdict b)
{
	int64_t n = 0;

	for (size_t i = 0; i < r->count; i++) {
		enum audit_verdict v = verdict_on(&r->domains[i], rule)->verdict;

		n += v == a || v == b;
	}
	html_cell(h);
	html_number(h, n);
}

static void
put_in_all(struct html *h, const struct result *r, enum audit_rule rule,
    enum audit_verdict in_all)
{
	html_cell(h);
	audit_html_domain_mark(h, in_all);
	put_count(h, r, rule, AUDIT_MET, AUDIT_FOLLOWED);
	put_count(h, r, rule, AUDIT_NOT_MET, AUDIT_NOT_FOLLOWED);
	put_count(h, r, rule, AUDIT_EXPLAINED, AUDIT_EXPLAINED);
	put_count(h, r, rule, AUDIT_UNTESTED, AUDIT_UNTESTED);
	put_count(h, r, rule, AUDIT_NOT_APPLICABLE, AUDIT_NOT_APPLICABLE);
}

/* Many domains: how many of them. */
static void
put_counts(struct html *h, const struct result *r)
{
	const struct html_column columns[] = { { _("rule"), false },
		{ _("in all"), false }, { _("met"), true }, { _("not met"), true },
		{ _("explained"), true }, { _("could not be tested"), true },
		{ _("not applicable"), true } };

	html_table(h, _("each rule, in how many domains"), columns,
	    sizeof columns / sizeof *columns);
	put_rows(h, r, put_in_all);
}

static void
put_table(struct html *h, const struct result *r)
{
	if (r->count <= COLUMNS_MAX)
		put_matrix(h, r);
	else
		put_counts(h, r);
}

/* What is to be done: rules that are not met, with the line that mends. */

static bool
is_to_do(const struct rules_verdict *v)
{
	return v->verdict == AUDIT_NOT_MET || v->verdict == AUDIT_NOT_FOLLOWED;
}

static void
put_task(struct html *h, const struct result_domain *d, const struct rules_verdict *v,
    const struct rules_check *c, struct pool *pool)
{
	html_open(h, "li", NULL);
	html_domain(h, d->facts->domain);
	html_printf(h, ", %s: ", _(audit_rule_title(v->rule)));
	html_text(h, result_text(c, pool));
	if (c->mend != NULL) {
		html_open(h, "p", NULL);
		html_put(h, "code", NULL, answer_text_plain(c->mend, pool));
		html_close(h, "p");
	}
	html_close(h, "li");
}

/* Does it bind?  What is forged does in any case. */
static bool
is_binding(const struct rules_verdict *v)
{
	return audit_rule_sort(v->rule) == AUDIT_SORT_RULE || v->verdict == AUDIT_NOT_MET;
}

static void
put_tasks(struct html *h, const struct result_domain *d, bool binds, struct pool *pool)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct rules_verdict *v = &d->verdicts[i];

		if (!is_to_do(v) || is_binding(v) != binds)
			continue;
		for (size_t j = 0; j < v->count; j++) {
			if (v->checks[j].row->level == AUDIT_WRONG)
				put_task(h, d, v, &v->checks[j], pool);
		}
	}
}

static size_t
count_tasks(const struct result *r, bool binds)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++) {
		for (size_t j = 0; j < r->domains[i].count; j++) {
			const struct rules_verdict *v = &r->domains[i].verdicts[j];

			n += is_to_do(v) && is_binding(v) == binds;
		}
	}
	return n;
}

static void
put_list(struct html *h, const struct result *r, bool binds, struct pool *pool)
{
	if (count_tasks(r, binds) == 0) {
		html_put(h, "p", NULL, _("Nothing."));
		return;
	}
	html_open(h, "ul", NULL);
	for (size_t i = 0; i < r->count; i++)
		put_tasks(h, &r->domains[i], binds, pool);
	html_close(h, "ul");
}

static void
put_to_do(struct html *h, const struct result *r, struct pool *pool)
{
	html_put(h, "h2", NULL, _("What has to be done"));
	put_list(h, r, true, pool);
	html_put(h, "h3", NULL, _("What is only recommended"));
	put_list(h, r, false, pool);
}

static void
put_changes(struct html *h, const struct result *r, struct pool *pool)
{
	if (r->earlier == NULL)
		return;
	html_put(h, "h2", NULL, _("What changed"));
	html_open(h, "p", "soft");
	html_printf(
	    h, _("since the audit of %s"), answer_text_safe(r->earlier->made, pool));
	html_close(h, "p");
	if (r->change_count == 0)
		html_put(h, "p", NULL, _("Nothing."));
	html_open(h, "ul", NULL);
	for (size_t i = 0; i < r->change_count; i++)
		html_put(h, "li", NULL, audit_text_change(&r->changes[i], pool));
	html_close(h, "ul");
}

static void
put_domains(struct html *h, const struct result *r, struct pool *pool)
{
	html_put(h, "h2", NULL, _("Each domain, with the evidence"));
	for (size_t i = 0; i < r->count; i++)
		audit_html_domain_put(h, &r->domains[i], pool);
}

static void
put_hosts(struct html *h, const struct result *r, struct pool *pool)
{
	if (r->host_count == 0)
		return;
	html_put(h, "h2", NULL, _("Each mail server, as seen from here"));
	for (size_t i = 0; i < r->host_count; i++)
		audit_html_host_put(h, r->hosts[i], pool);
}

static void
put_limits(struct html *h, const struct audit_html *page)
{
	const struct result *r = page->result;
	char made[CALENDAR_TEXT_SIZE];

	html_put(h, "h2", NULL, _("What this page does not show"));
	html_put(h, "p", NULL,
	    r->is_connected
		? _("These aspects of encryption were not tested: SSL 2.0, pre-shared "
		    "keys, "
		    "early data, how often a client may renegotiate, OCSP, CAA and RPKI. "
		    "Nor "
		    "was it tested whether all outgoing mail is signed, or whether "
		    "forged mail "
		    "is actually refused.")
		: _("No server was connected to: whether servers encrypt, and with which "
		    "settings and certificates, was not tested. Nor was it tested "
		    "whether all "
		    "outgoing mail is signed, or whether forged mail is actually "
		    "refused."));
	if (r->is_connected) {
		html_open(h, "p", NULL);
		html_printf(
		    h, _("Encryption is rated by the guideline %s."), NCSC_GUIDELINE);
		html_close(h, "p");
	}
	if (r->server->proof.verdict != SERVER_PROVEN_NOT) {
		html_open(h, "p", NULL);
		html_printf(h,
		    _("What became of the test messages of %s, which beschermctl prove "
		      "sent, is "
		      "shown under rule MAIL-BESCHERM-010."),
		    r->server->proof.day);
		html_close(h, "p");
	}
	html_open(h, "p", NULL);
	html_printf(h,
	    _("This is what was seen from %s on %s. DNS may give others different "
	      "answers, and its answers may have changed since."),
	    r->host, calendar_moment((int64_t)r->made, made));
	html_close(h, "p");
	if (!r->validates)
		html_put(h, "p", NULL,
		    _("The DNS resolver of this host does not check DNSSEC."));
	html_open(h, "footer", NULL);
	html_open(h, "p", NULL);
	html_printf(h, _("Made by beschermctl %s."), PACKAGE_VERSION);
	if (page->digest != NULL) {
		html_printf(h, " %s ", _("SHA-256 of the same audit as JSON:"));
		html_put(h, "code", NULL, page->digest);
	}
	html_close(h, "footer");
}

void
audit_html_write(FILE *out, const struct audit_html *page, struct pool *pool)
{
	static const struct html_attribute whole[] = { { "id", "main" }, { "", NULL } };
	const struct result *r = page->result;
	const char *title = _("Rules for safe mail");
	struct html h;

	if (r->plan->organisation != NULL)
		title = pool_printf(
		    pool, _("Rules for safe mail: %s"), r->plan->organisation);
	html_begin(&h, out, page->language, title);
	put_header(&h, r, title);
	html_open_with(&h, "main", whole);
	put_state(&h, r);
	put_table(&h, r);
	put_to_do(&h, r, pool);
	put_changes(&h, r, pool);
	put_domains(&h, r, pool);
	put_hosts(&h, r, pool);
	put_limits(&h, page);
	html_end(&h);
}
