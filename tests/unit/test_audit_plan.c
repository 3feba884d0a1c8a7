#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "config/config.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/plan_file.h"

#define TODAY 20261130
#define LABEL63 "a12345678901234567890123456789012345678901234567890123456789012"

/* The files of a test: a.conf is read, the others are there to be named. */
static const struct {
	const char *path, *text;
} others[] = {
	{ "names", "one.example\n# a remark\ntwo.example\n" },
	{ "bad", "one.example\n192.0.2.1\na..example\nother.example\n" },
	{ "more.conf", "Domain more.example\n" },
	{ "ring.conf", "Include ring.conf\n" },
};
static const char *main_text;

static char *
read_file(const char *path, size_t *len, char *why, size_t whysize)
{
	const char *text = strcmp(path, "a.conf") == 0 ? main_text : NULL;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		if (strcmp(path, others[i].path) == 0)
			text = others[i].text;
	}
	if (text == NULL) {
		snprintf(why, whysize, "%s: No such file or directory", path);
		return NULL;
	}
	*len = strlen(text);
	return mem_strdup(text);
}

/* NOLINTBEGIN(readability-non-const-parameter): as config_reader has it */
static bool
list_files(const char *pattern, struct wordlist *paths, char *why, size_t whysize)
/* NOLINTEND(readability-non-const-parameter) */
{
	(void)why;
	(void)whysize;
	if (strcmp(pattern, "*.conf") == 0)
		wordlist_add(paths, "more.conf");
	return true;
}

static const struct config_reader reader = { read_file, list_files };
static char why[4096];

static struct plan *
read_plan(const char *text)
{
	main_text = text;
	return plan_file_read("a.conf", &reader, TODAY, why, sizeof why);
}

static const struct {
	const char *text, *why;
} faults[] = {
	{ "Nonsense x\n",
	    "a.conf:1: unknown setting \"Nonsense\": there are Organisation" },
	{ "Domian a.example\n", "\"Domian\"; did you mean Domain?" },
	{ "\n\nDomain\n", "a.conf:3: Domain: has no value" },
	{ "Domain 192.0.2.1\n", "\"192.0.2.1\" is a number or an address" },
	{ "Domain 2001:db8::1\n", "\"2001:db8::1\" is a number or an address" },
	{ "Domain example\n", "\"example\" is a top-level domain" },
	{ "Domain nl.\n", "\"nl.\" is a top-level domain" },
	{ "Domain .school.example\n", "it begins with a dot" },
	{ "Domain *.school.example\n", "is not a domain" },
	{ "Domain joe@school.example\n", "is not a domain; write school.example" },
	{ "Domain a..example\n", "is not a domain" },
	{ "Domain " LABEL63 "x.example\n", "is not a domain" },
	{ "Domain " LABEL63 "." LABEL63 "." LABEL63 "." LABEL63 ".ab\n",
	    "is not a domain" },
	{ "Domain \x80\xff.example\n", "is not a domain" },
	{ "Domain \"a.example\n", "a quote is not closed" },
	{ "Domain a.example kind=maybe\n", "\"maybe\" is not one of kind=mail" },
	{ "Domain a.example sort=mail\n", "is not one of kind=, selectors=, flow=" },
	{ "Domain a.example selectors=a,,b\n", "\"\" is not a selector" },
	{ "Domain a.example selectors=a b\n", "\"b\" is not one of" },
	{ "Domain a.example selectors=a/b\n", "\"a/b\" is not a selector" },
	{ "Domain a.example flow=\n", "is not a name for a flow" },
	{ "Domain a.example flow=\"a,,b\"\n", "is not a name for a flow" },
	{ "Domain a.example flow=\"a\x1b[31m\"\n", "is not a name for a flow" },
	{ "Domain a.example\nDomain A.Example.\n",
	    "a.conf:2: Domain: \"A.Example.\" is already listed in a.conf:1" },
	{ "Domains a.example\n", "is not file: and a path" },
	{ "Domains file:nowhere\n", "nowhere: No such file" },
	{ "Domains file:bad\n", "bad:2: \"192.0.2.1\" is a number" },
	{ "Domains file:bad\n", "\nbad:3: \"a..example\" is not a domain" },
	{ "Domains file:bad\nServer 192.0.2.1\n", "\na.conf:2: Server: \"192.0.2.1\"" },
	{ "Domain a.example kind=none kind=mail\n", "\"kind=mail\" was already given" },
	{ "Domain a.example flow=x flow=x\n", "\"flow=x\" was already given" },
	{ "Domain a.example selectors=x selectors=y\n", "\"selectors=y\" was already" },
	{ "Domains file:names kind=x\n", "\"x\" is not one of kind=" },
	{ "Domain two.example\nDomains file:names\n", "names:3: \"two.example\" "
						      "is already listed in a.conf:1" },
	{ "Organisation \"A\" b\n", "a quote is not closed" },
	{ "Organisation \"A\x1b[2J\"\n", "is not a name" },
	{ "Organisation \"a\nb\"\n", "a quote is not closed" },
	{ "Organisation a\nOrganisation b\n", "a.conf:2: Organisation: was already given" },
	{ "Server 192.0.2.1\n", "is a number or an address" },
	{ "Include ring.conf\n", "ring.conf:1: Include: ring.conf includes "
				 "itself" },
	{ "Include nowhere.conf\n", "a.conf:1: nowhere.conf: No such file" },
	{ "Domain a.example\nExplain a.example\n",
	    "a.conf:2: Explain: needs DOMAIN RULE" },
	{ "Domain a.example\nExplain a.example 007 reason=x\n", "needs DOMAIN" },
	{ "Domain a.example\nExplain a.example 007 until=2027-01-01\n", "needs DOMAIN" },
	{ "Domain a.example\nExplain a.example 017 until=2027-01-01 reason=x\n",
	    "\"017\" is not a rule" },
	{ "Domain a.example\nExplain a.example 007 until=2027-02-29 reason=x\n",
	    "\"2027-02-29\" is not a day" },
	{ "Domain a.example\nExplain a.example 007 until=soon reason=x\n",
	    "\"soon\" is not a day" },
	{ "Domain a.example\n"
	  "Explain a.example 007 until=2027-01-01 until=2027-02-01 reason=x\n",
	    "\"2027-02-01\" was already given" },
	{ "Domain a.example\nExplain a.example 007 until=2027-01-01 reason=x reason=y\n",
	    "\"y\" was already given" },
	{ "Domain a.example\nExplain a.example 007 why=x\n",
	    "is not one of until=, reason=" },
	{ "Domain a.example\nExplain a.example 007 until=2027-01-01 "
	  "reason=\"\"\n",
	    "is not a reason" },
	{ "Domain a.example\nExplain b.example 007 until=2027-01-01 reason=x\n",
	    "a.conf:2: Explain: b.example is not a domain of this list" },
	{ "Domain a.example\nExplain .a.example 007 until=2027-01-01 reason=x\n",
	    "Explain: .a.example is not a domain" },
	{ "Domain a.example\nExplain * 007 until=2027-01-01 reason=x\n"
	  "Explain * MAIL-BESCHERM-007 until=2027-01-02 reason=y\n",
	    "a.conf:3: Explain: this rule is already explained in a.conf:2" },
};

static void
test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		struct plan *plan = read_plan(faults[i].text);

		if (plan != NULL || strstr(why, faults[i].why) == NULL)
			fail_msg("row %zu: %s\nand not: %s", i,
			    plan != NULL ? "it is good" : why, faults[i].why);
	}
}

static void
test_all_faults_are_told(void **state)
{
	(void)state;
	assert_null(read_plan("Domain x\nDomain good.example\nServer y\n"));
	assert_non_null(strstr(why, "a.conf:1: Domain: "));
	assert_non_null(strstr(why, "\na.conf:3: Server: "));
	assert_null(strstr(why, "a.conf:2"));
}

static void
test_good(void **state)
{
	struct plan *plan = read_plan(
	    "# a school\n"
	    "Organisation \"Scholengroep Voorbeeld\"\n"
	    "Domain  School.Example.  kind=mail selectors=s2026a,s2026b "
	    "flow=\"medewerkers\"\n"
	    "Domain  nieuws.school.example kind=send selectors=k2 flow=\"a b, c\"\n"
	    "Domain  b\xc3\xbc"
	    "cher.example\n"
	    "Domains file:names kind=none # parked\n"
	    "Server  MX1.school.example\n"
	    "Include *.conf\n");

	(void)state;
	if (plan == NULL) {
		fail_msg("%s", why);
		return;
	}
	assert_string_equal(plan->organisation, "Scholengroep Voorbeeld");
	assert_int_equal(plan->domain_count, 6);
	assert_string_equal(plan->domains[0].name, "school.example");
	assert_int_equal(plan->domains[0].kind, PLAN_MAIL);
	assert_int_equal(plan->domains[0].selectors.count, 2);
	assert_string_equal(plan->domains[0].selectors.words[1], "s2026b");
	assert_int_equal(plan->domains[1].kind, PLAN_SEND);
	assert_int_equal(plan->domains[1].flows.count, 2);
	assert_string_equal(plan->domains[1].flows.words[0], "a b");
	assert_string_equal(plan->domains[1].flows.words[1], "c");
	assert_string_equal(plan->domains[2].name, "xn--bcher-kva.example");
	assert_int_equal(plan->domains[2].kind, PLAN_GUESS);
	assert_string_equal(plan->domains[3].name, "one.example");
	assert_int_equal(plan->domains[4].kind, PLAN_NONE);
	assert_string_equal(plan->domains[4].file, "names");
	assert_int_equal(plan->domains[4].line, 3);
	assert_string_equal(plan->domains[5].name, "more.example");
	assert_string_equal(plan->servers.words[0], "mx1.school.example");
	plan_free(plan);
}

static void
test_closest_explanation(void **state)
{
	struct plan *plan =
	    read_plan("Domain a.b.example\nDomain b.example\nDomain c.example\n"
		      "Explain * 007 until=2027-01-01 reason=any\n"
		      "Explain .b.example 007 until=2027-01-01 reason=below\n"
		      "Explain b.example BESCHERM-007 until=2027-01-01 reason=exact\n"
		      "Explain c.example beveilig-002 until=2029-01-01 reason=far\n");

	(void)state;
	if (plan == NULL) {
		fail_msg("%s", why);
		return;
	}
	assert_string_equal(
	    plan_explains(plan, "a.b.example", AUDIT_DMARC)->reason, "below");
	assert_string_equal(
	    plan_explains(plan, "b.example", AUDIT_DMARC)->reason, "exact");
	assert_string_equal(plan_explains(plan, "c.example", AUDIT_DMARC)->reason, "any");
	assert_string_equal(plan_explains(plan, "c.example", AUDIT_DANE)->reason, "far");
	assert_null(plan_explains(plan, "b.example", AUDIT_DANE));
	assert_int_equal(plan->warnings.count, 1);
	assert_string_equal(
	    plan->warnings.words[0], "a.conf:7: 2029-01-01 is more than two years ahead");
	plan_free(plan);
}

static void
test_command_line(void **state)
{
	struct plan *plan = read_plan("Domain a.example kind=mail\nDomain b.example\n");
	bool taken[3] = { false, true, true };

	(void)state;
	assert_ptr_equal(
	    plan_take(plan, "A.example", why, sizeof why), &plan->domains[0]);
	assert_null(plan_take(plan, "example", why, sizeof why));
	assert_non_null(strstr(why, "top-level"));
	assert_int_equal(
	    plan_take(plan, "new.example", why, sizeof why)->kind, PLAN_GUESS);
	assert_int_equal(plan->domain_count, 3);
	plan_restrict(plan, taken);
	assert_int_equal(plan->domain_count, 2);
	assert_string_equal(plan->domains[0].name, "b.example");
	assert_string_equal(plan->domains[1].name, "new.example");
	plan_free(plan);
	plan = plan_file_read(NULL, &reader, TODAY, why, sizeof why);
	assert_int_equal(plan->domain_count, 0);
	plan_free(plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_all_faults_are_told),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_closest_explanation),
		cmocka_unit_test(test_command_line),
	};

	return cmocka_run_group_tests_name("audit_plan", tests, NULL, NULL);
}
