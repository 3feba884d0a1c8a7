#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/judge/explain_parts.h"
#include "policy/rule.h"

static void
test_every_rule_is_explained(void **state)
{
	(void)state;
	for (enum rule r = 0; r < RULE_COUNT; r++) {
		if (explain_rule_of(r)->about == NULL)
			fail_msg("rule %u (%s): ctl/judge/explain_rule.c does not say "
				 "what it is about",
			    (unsigned)r, rule_name(r));
	}
}

/* Where nothing that the policy asks for comes out, a reader wants to know why. */
static void
test_local_policy_says_why(void **state)
{
	(void)state;
	for (enum rule r = 0; r < RULE_COUNT; r++) {
		const struct rule_row *row = rule_row(r);

		if (row->is_local && row->asked == 0 && explain_rule_of(r)->why == NULL)
			fail_msg("rule %s: ctl/judge/explain_rule.c does not say why "
				 "local policy decides",
			    row->name);
	}
}

/* What tests/ctl/test_languages.py looks up in each catalogue. */
static int
print_texts(void)
{
	for (enum rule r = 0; r < RULE_COUNT; r++) {
		if (explain_rule_of(r)->about != NULL)
			printf("%s\t%s\n", rule_name(r), explain_rule_of(r)->about);
		if (explain_rule_of(r)->why != NULL)
			printf("%s\t%s\n", rule_name(r), explain_rule_of(r)->why);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_rule_is_explained),
		cmocka_unit_test(test_local_policy_says_why),
	};

	if (argc > 1 && strcmp(argv[1], "texts") == 0)
		return print_texts();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
