#ifndef CTL_AUDIT_RULES_H
#define CTL_AUDIT_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/audit/audit_rule.h"
#include "ctl/audit/rules_row.h"

struct facts;
struct plan;
struct plan_explain;
struct pool;
struct server;

enum audit_verdict {
	AUDIT_MET,
	AUDIT_FOLLOWED,
	AUDIT_NOT_APPLICABLE,
	AUDIT_EXPLAINED,
	AUDIT_UNTESTED,
	AUDIT_NOT_FOLLOWED,
	AUDIT_NOT_MET
};
#define AUDIT_VERDICTS 7

/* One rule of one domain. */
struct rules_verdict {
	enum audit_rule rule;
	enum audit_verdict verdict;
	const struct rules_check *checks; /* in the pool */
	size_t count;
	const struct rules_check *phrase;   /* the one that says it shortest; or NULL */
	const struct plan_explain *explain; /* of the plan; NULL: none */
	bool is_expired;                    /* the explanation is */
	bool is_needless;                   /* the rule is met without it */
};

struct rules_options {
	const struct plan *plan;
	const struct server *server;
	const bool *wanted; /* AUDIT_RULES of them; NULL: all */
	int today;          /* YYYYMMDD */
};

/*
 * The verdicts on a domain, one a rule that is wanted, in their order.  Pure: the same
 * facts, the same verdicts.
 */
struct rules_verdict *rules_judge(const struct facts *facts,
    const struct rules_options *options, struct pool *pool, size_t *count);

/* Of several domains: the worst of the two, as the rule of an organisation has it. */
enum audit_verdict rules_worse(enum audit_verdict a, enum audit_verdict b);

const char *rules_verdict_code(enum audit_verdict verdict); /* "not_met" */
const char *rules_verdict_word(
    enum audit_verdict verdict);                      /* to be translated; what stands
							before "|" says of what */
const char *rules_level_code(enum audit_level level); /* "wrong" */

/* Does it ask for something to be mended: not met, or explained until yesterday? */
bool rules_is_failing(const struct rules_verdict *v, bool strict);
bool rules_is_open(const struct rules_verdict *v, bool strict); /* could not be tested */

#endif
