#ifndef AUDIT_RUN_H
#define AUDIT_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/audit/ask.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/rules.h"
#include "ctl/audit/server.h"

struct dkim_key_cache;
struct pool;
struct resolver;

#define AUDIT_NOW 1800000000

/*
 * A row of the decision tables of the audit: a zone, what the plan says of d.example, and
 * what a rule comes to.
 */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
struct audit_row {
	const char *zone;
	enum plan_kind kind;
	enum audit_rule rule;
	enum audit_verdict verdict;
	const char *id; /* of a check that must be there, at this level */
	enum audit_level level;
	const char *text;              /* the beginning of its text; NULL: any */
	const char *selectors, *flows; /* one each; NULL: none */
};

/* A domain that sends, of which no selectors and flows are told. */
#define AUDIT_SENDS(zone, rule, verdict, id, level, text)                   \
	{                                                                   \
		zone, PLAN_SEND, rule, verdict, id, level, text, NULL, NULL \
	}

/* Asserts each row. */
#define AUDIT_CHECK(rows) audit_run_check_rows(rows, sizeof(rows) / sizeof *(rows))
void audit_run_check_rows(const struct audit_row *rows, size_t count);

/* The same step by step, of the zone, kind, selectors and flows of ${row}. */
struct audit_run {
	struct pool *pool;
	struct plan plan;
	struct plan_domain domains[2];
	struct resolver *resolver;
	struct dkim_key_cache *keys;
	struct server server;
};

void audit_run_begin(struct audit_run *r, const struct audit_row *row);
struct facts *audit_run_ask(struct audit_run *r);
const struct rules_verdict *audit_run_judge(
    struct audit_run *r, const struct facts *f, enum audit_rule rule);
void audit_run_end(struct audit_run *r);

/* Is the check there that ${row} names, at its level and with its text? */
bool audit_run_has_check(
    const struct rules_verdict *v, const struct audit_row *row, struct pool *pool);

/* Prints the verdict and what it rests on. */
void audit_run_tell(const struct rules_verdict *v, struct pool *pool);

#endif
