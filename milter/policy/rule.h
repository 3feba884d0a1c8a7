#ifndef POLICY_RULE_H
#define POLICY_RULE_H

#include <stdbool.h>

/*
 * The rules that decide about a message, in the order in which verdict.c asks them, and
 * the one table of what is known about each.
 *
 * To add one: a value here, a row in rule.c, a step in verdict.c, a text in
 * ctl/judge/explain_rule.c and its Dutch in po/nl.po, an entry in RULES of
 * man/beschermd.conf.5, a row in tests/unit/test_verdict.c and a case.  What is
 * forgotten fails `make check`, which says what it is.
 */
enum rule {
	RULE_IGNORED_CLIENT,
	RULE_AUTHENTICATED,
	RULE_NO_AUTHOR,
	RULE_BAD_FROM,
	RULE_DMARC_PASS,
	RULE_UNAUTHENTICATED,
	RULE_DMARC_NONE,
	RULE_POLICY_NONE,
	RULE_OVERRIDE,
	RULE_DMARC_TEMPERROR,
	RULE_TRUSTED_FORWARDER,
	RULE_MAILING_LIST,
	RULE_POLICY_QUARANTINE,
	RULE_POLICY_REJECT,
	RULE_COUNT /* keep it last */
};

/* For a rule that does what the domain asks for, or has nothing to do with it. */
#define RULE_NO_DEPARTURE ""

struct rule_row {
	const char *name;    /* for log, results and history: never changes */
	const char *setting; /* that governs it; NULL: none, or the Overrides */
	/* RFC 9990 section 3.1.6: the type of PolicyOverrideReason where it departs from
	 * what the domain asks for.  Never NULL. */
	const char *departure;
	bool is_local;  /* local policy, unless what is done is ${asked} */
	unsigned asked; /* actions that follow from DMARC result and policy alone */
	unsigned may;   /* actions that it may lead to, ${asked} among them */
};

/* Sets of actions (verdict.h): a bit for each. */
#define RULE_ACTION(action) (1U << (action))

const struct rule_row *rule_row(enum rule rule);
const char *rule_name(enum rule rule);
enum rule rule_find(const char *name); /* RULE_COUNT: none is called so */

#endif
