#ifndef CTL_AUDIT_RULES_ROW_H
#define CTL_AUDIT_RULES_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/audit/audit_rule.h"
#include "ctl/audit/facts.h"

struct pool;

/*
 * What a rule finds, as values.  The rules are tables: a function says which row fits
 * the facts, and the row says what that means.
 */

enum audit_level { AUDIT_OK, AUDIT_INFO, AUDIT_LOOK, AUDIT_UNKNOWN, AUDIT_WRONG };

struct rules_row {
	const char *id; /* "spf.end" */
	enum audit_level level;
	const char *text; /* to be translated, then %s are the words of the check */
	const char *mend; /* a line of DNS, %s: the domain; NULL: none */
};

#define RULES_WORDS 3

struct rules_check {
	const struct rules_row *row;
	const char *words[RULES_WORDS]; /* from outside, perhaps; a phrase of ours is
					   translated as well */
	const struct facts_lookup *evidence[2]; /* NULL: none */
	const char *mend;
};

#define RULES_CHECKS_MAX 64

/* One rule under way. */
struct rules_case {
	const struct facts *f;
	struct pool *pool;
	struct rules_check checks[RULES_CHECKS_MAX];
	size_t count;
	size_t left_out;
};

/* What a check is about. */
struct rules_about {
	const char *one, *two, *three;
	const struct facts_lookup *seen, *seen_too;
	const char *mend; /* in place of the row's */
};

void rules_row_add(
    struct rules_case *c, const struct rules_row *row, struct rules_about about);

/* A number as a word. */
const char *rules_row_number(struct rules_case *c, unsigned long long n);

/* No answer, or a forged one; and why, a phrase of ours. */
bool rules_row_failed(const struct facts_lookup *lookup);
const char *rules_row_why(const struct facts_lookup *lookup);

#endif
