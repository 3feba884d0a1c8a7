#include <stdio.h>

#include "ctl/audit/audit_csv.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/result.h"
#include "ctl/csv.h"
#include "ctl/text.h"

#define CELLS 11

/* The servers that receive, where the rule is about them. */
static const char *
hosts_of(const struct facts *f, enum audit_rule rule, struct pool *pool)
{
	bool about = rule == AUDIT_INBOUND || rule == AUDIT_STARTTLS ||
		     rule == AUDIT_DANE || rule == AUDIT_MTA_STS;

	return about && f->kind == PLAN_MAIL ? result_hosts(f, pool) : "";
}

static void
put_line(FILE *out, const char *const cells[CELLS], char separator)
{
	for (size_t i = 0; i < CELLS; i++) {
		if (i > 0)
			fputc(separator, out);
		csv_phrase(out, cells[i], separator);
	}
	fputs("\r\n", out);
}

static void
put_verdict(FILE *out, const struct result *r, const struct facts *f,
    const struct rules_verdict *v, char separator, struct pool *pool)
{
	int from = compare_before(r->earlier, f->domain, v);
	char made[EARLIER_TIME_SIZE], until[16] = "";
	const char *cells[CELLS] = {
		earlier_time_text((int64_t)r->made, made),
		f->domain,
		plan_kind_word(f->kind),
		audit_rule_name(v->rule),
		audit_rule_sort_word(audit_rule_sort(v->rule)),
		rules_verdict_code(v->verdict),
		v->phrase != NULL ? result_text(v->phrase, pool) : "",
		until,
		v->explain != NULL ? v->explain->reason : "",
		from != -1 ? rules_verdict_code((enum audit_verdict)from) : "",
		hosts_of(f, v->rule, pool),
	};

	if (v->explain != NULL)
		snprintf(until, sizeof until, "%04d-%02d-%02d", v->explain->until / 10000,
		    v->explain->until / 100 % 100, v->explain->until % 100);
	put_line(out, cells, separator);
}

void
audit_csv_write(FILE *out, const struct result *r, char separator, struct pool *pool)
{
	static const char *const names[CELLS] = { "made", "domain", "kind", "rule",
		"sort", "verdict", "phrase", "until", "reason", "changed", "hosts" };

	put_line(out, names, separator);
	for (size_t i = 0; i < r->count; i++) {
		const struct result_domain *d = &r->domains[i];

		for (size_t j = 0; j < d->count; j++)
			put_verdict(out, r, d->facts, &d->verdicts[j], separator, pool);
	}
}
