#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/config_table.h"
#include "policy/rule.h"
#include "policy/verdict.h"

/* What a rule is called in messages: its name may be what is missing. */
static const char *
called(enum rule rule)
{
	static char text[40];

	if (rule_row(rule)->name != NULL)
		return rule_row(rule)->name;
	snprintf(text, sizeof text, "number %u of enum rule", (unsigned)rule);
	return text;
}

static void
check_name_is_its_own(enum rule rule)
{
	for (enum rule other = 0; other < rule; other++) {
		if (strcmp(rule_name(rule), rule_name(other)) == 0)
			fail_msg("rule %s: there are two of that name", called(rule));
	}
}

static void
test_every_rule_has_a_row(void **state)
{
	(void)state;
	for (enum rule r = 0; r < RULE_COUNT; r++) {
		if (rule_row(r)->name == NULL)
			fail_msg("rule %s: no row in policy/rule.c", called(r));
		if (rule_row(r)->name[strspn(
			rule_row(r)->name, "abcdefghijklmnopqrstuvwxyz_")] != '\0')
			fail_msg("rule %s: a name is of small letters and _", called(r));
		check_name_is_its_own(r);
	}
}

static void
test_settings_are_there(void **state)
{
	(void)state;
	for (enum rule r = 0; r < RULE_COUNT; r++) {
		const char *setting = rule_row(r)->setting;

		if (setting != NULL && config_table_find(setting) == NULL)
			fail_msg("rule %s: there is no setting %s", called(r), setting);
	}
}

/* RFC 9990 section 3.1.6, those of its types that we give. */
static bool
is_type(const char *type)
{
	static const char *const types[] = { RULE_NO_DEPARTURE, "local_policy",
		"mailing_list", "other", "trusted_forwarder" };
	size_t i = 0;

	while (i < sizeof types / sizeof types[0] && strcmp(types[i], type) != 0)
		i++;
	return i < sizeof types / sizeof types[0];
}

static const char *
wrong_departure(const struct rule_row *row)
{
	if (row->departure == NULL)
		return "no type of RFC 9990 (departure) in policy/rule.c";
	if (!is_type(row->departure))
		return "its departure is no type of RFC 9990";
	if (row->is_local && *row->departure == '\0')
		return "local policy without a type of RFC 9990";
	return NULL;
}

static void
test_departures_are_types(void **state)
{
	(void)state;
	for (enum rule r = 0; r < RULE_COUNT; r++) {
		const char *wrong = wrong_departure(rule_row(r));

		if (wrong != NULL)
			fail_msg("rule %s: %s", called(r), wrong);
	}
}

static void
test_actions(void **state)
{
	(void)state;
	for (enum rule r = 0; r < RULE_COUNT; r++) {
		const struct rule_row *row = rule_row(r);

		if (row->may == 0 || row->may >= RULE_ACTION(ACTION_COUNT))
			fail_msg("rule %s: no action that it may lead to in "
				 "policy/rule.c",
			    called(r));
		if ((row->asked & ~row->may) != 0)
			fail_msg("rule %s: an action is asked for that it does not "
				 "lead to",
			    called(r));
	}
}

/* What scripts/check-docs compares RULES of the manual with. */
static int
print_table(void)
{
	for (enum rule r = 0; r < RULE_COUNT; r++) {
		const struct rule_row *row = rule_row(r);

		printf("%s\t%s\t%s\t", called(r), row->setting ? row->setting : "-",
		    row->departure && *row->departure ? row->departure : "-");
		for (enum action a = 0; a < ACTION_COUNT; a++) {
			if ((row->may & RULE_ACTION(a)) != 0)
				printf("%s ", verdict_action_name(a));
		}
		printf("\n");
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_rule_has_a_row),
		cmocka_unit_test(test_settings_are_there),
		cmocka_unit_test(test_departures_are_types),
		cmocka_unit_test(test_actions),
	};

	if (argc > 1 && strcmp(argv[1], "table") == 0)
		return print_table();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
