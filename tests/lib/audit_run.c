#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "audit_run.h"
#include "base/pool.h"
#include "check/dkim_key.h"
#include "ctl/audit/result.h"
#include "resolver_zone.h"

static const char nothing[] = "else.example A 192.0.2.99\n";

void
audit_run_begin(struct audit_run *r, const struct audit_row *row)
{
	char why[200];
	char zone[16384];
	static char name[] = "d.example", other[] = "e.example";

	snprintf(zone, sizeof zone, "%s%s", nothing, row->zone);
	*r = (struct audit_run){ .pool = pool_new() };
	r->domains[0] = (struct plan_domain){ .name = name, .kind = row->kind };
	r->domains[1] = (struct plan_domain){ .name = other, .kind = PLAN_SEND };
	if (row->selectors != NULL)
		wordlist_add(&r->domains[0].selectors, row->selectors);
	if (row->flows != NULL) {
		wordlist_add(&r->domains[0].flows, row->flows);
		wordlist_add(&r->domains[1].flows,
		    strcmp(row->flows, "shared") == 0 ? "shared" : "other");
		if (strcmp(row->flows, "several") == 0)
			wordlist_add(&r->domains[0].flows, "more");
	}
	r->plan.domains = r->domains;
	r->plan.domain_count = 2;
	r->resolver = resolver_zone_new(zone, why, sizeof why);
	if (r->resolver == NULL)
		fail_msg("%s", why);
	r->keys = dkim_key_cache_new(0);
}

void
audit_run_end(struct audit_run *r)
{
	resolver_close(r->resolver);
	dkim_key_cache_free(r->keys);
	for (size_t i = 0; i < 2; i++) {
		wordlist_clear(&r->domains[i].selectors);
		wordlist_clear(&r->domains[i].flows);
	}
	wordlist_clear(&r->server.names);
	netlist_clear(&r->server.addresses);
	pool_free(r->pool);
}

struct facts *
audit_run_ask(struct audit_run *r)
{
	const struct ask_options options = { .resolver = r->resolver,
		.keys = r->keys,
		.plan = &r->plan,
		.now = AUDIT_NOW };

	return ask_domain(&options, &r->domains[0], NULL, r->pool);
}

const struct rules_verdict *
audit_run_judge(struct audit_run *r, const struct facts *f, enum audit_rule rule)
{
	bool wanted[AUDIT_RULES] = { false };
	const struct rules_options options = { .plan = &r->plan,
		.server = &r->server,
		.wanted = wanted,
		.today = 20270115 };
	const struct rules_verdict *v;
	size_t count;

	wanted[rule] = true;
	v = rules_judge(f, &options, r->pool, &count);
	assert_int_equal(count, 1);
	return v;
}

bool
audit_run_has_check(
    const struct rules_verdict *v, const struct audit_row *row, struct pool *pool)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct rules_check *c = &v->checks[i];

		if (strcmp(c->row->id, row->id) == 0 && c->row->level == row->level &&
		    (row->text == NULL ||
			strstr(result_text(c, pool), row->text) != NULL))
			return true;
	}
	return false;
}

void
audit_run_tell(const struct rules_verdict *v, struct pool *pool)
{
	print_message("# %s\n", rules_verdict_code(v->verdict));
	for (size_t i = 0; i < v->count; i++)
		print_message("#   %s %s %s\n", v->checks[i].row->id,
		    rules_level_code(v->checks[i].row->level),
		    result_text(&v->checks[i], pool));
}

static void
audit_run_check_row(const struct audit_row *row, size_t number)
{
	const struct rules_verdict *v;
	struct audit_run r;

	audit_run_begin(&r, row);
	v = audit_run_judge(&r, audit_run_ask(&r), row->rule);
	if (v->verdict != row->verdict ||
	    (row->id != NULL && !audit_run_has_check(v, row, r.pool))) {
		print_message("# row %zu: %s\n", number, row->zone);
		audit_run_tell(v, r.pool);
		fail_msg("row %zu: %s, and %s is meant, with %s", number,
		    rules_verdict_code(v->verdict), rules_verdict_code(row->verdict),
		    row->id != NULL ? row->id : "-");
	}
	if (v->verdict != AUDIT_NOT_APPLICABLE && v->phrase == NULL)
		fail_msg("row %zu: %s, and nothing says why", number,
		    rules_verdict_code(v->verdict));
	audit_run_end(&r);
}

void
audit_run_check_rows(const struct audit_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		audit_run_check_row(&rows[i], i);
}
