#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "dmarc_case.h"
#include "dmarc_row.h"

#define AT DMARC_AT

static const struct dmarc_options by_walk = { .discovery = DMARC_TREEWALK };

/* In place of the library's own, which it calls unless it is told what to say. */
static int said; /* 0: what the library says */

int __real_opendmarc_get_policy_to_enforce(void *context); /* NOLINT */
int __wrap_opendmarc_get_policy_to_enforce(void *context); /* NOLINT */

int
__wrap_opendmarc_get_policy_to_enforce(void *context) /* NOLINT */
{
	return said != 0 ? said : __real_opendmarc_get_policy_to_enforce(context);
}

static void
test_the_stricter_judge_holds(void **state)
{
	enum { ABSENT = 14, PASS, REJECT, QUARANTINE, NONE }; /* <opendmarc/dmarc.h> */
	static const struct {
		const char *policy, *spf;
		int said;
		enum dmarc_result result;
		enum dmarc_policy acted_on;
		bool differ;
	} rows[] = {
		{ "reject", "pass", PASS, DMARC_PASS, DMARC_P_REJECT, false },
		{ "reject", "pass", REJECT, DMARC_FAIL, DMARC_P_REJECT, true },
		{ "none", "pass", REJECT, DMARC_FAIL, DMARC_P_REJECT, true },
		{ "reject", "pass", NONE, DMARC_FAIL, DMARC_P_REJECT, true },
		{ "reject", "pass", ABSENT, DMARC_TEMPERROR, DMARC_P_REJECT, true },
		{ "reject", "fail", PASS, DMARC_FAIL, DMARC_P_REJECT, true },
		{ "reject", "fail", QUARANTINE, DMARC_FAIL, DMARC_P_REJECT, true },
		{ "none", "fail", QUARANTINE, DMARC_FAIL, DMARC_P_QUARANTINE, true },
		{ "none", "fail", NONE, DMARC_FAIL, DMARC_P_NONE, false },
		{ "none", "fail", -1, DMARC_TEMPERROR, DMARC_P_NONE, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char zone[100];
		struct dmarc_case *c;
		struct dmarc_evidence d;

		snprintf(zone, sizeof zone, AT("example.nl", "p=%s"), rows[i].policy);
		c = dmarc_case_new(zone, "example.nl");
		dmarc_case_spf(c, rows[i].spf, "example.nl");
		said = rows[i].said;
		d = dmarc_case_check(c, &by_walk);
		said = 0;
		assert_int_equal(d.result, rows[i].result);
		assert_int_equal(d.policy, rows[i].acted_on);
		assert_int_equal(d.judges_differ, rows[i].differ);
		if (d.result == DMARC_TEMPERROR)
			assert_false(d.policy_known);
		dmarc_case_free(c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_stricter_judge_holds),
	};

	return cmocka_run_group_tests_name("dmarc_judge", tests, NULL, NULL);
}
