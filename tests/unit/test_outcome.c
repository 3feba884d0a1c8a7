#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "mail/evidence.h"
#include "outcome/outcome.h"
#include "outcome/outcome_line.h"
#include "outcome_fixture.h"
#include "policy/verdict.h"

static const char *
line_of(struct outcome_fixture *f)
{
	outcome_line(&f->ev, &f->verdict, f->line, sizeof f->line);
	return f->line;
}

static void
test_the_line(void **state)
{
	struct outcome_fixture f;

	(void)state;
	outcome_fixture_begin(&f);
	assert_string_equal(line_of(&f),
	    "4XyZ1a: action=reject dmarc=fail policy=reject from=example.nl "
	    "spf=softfail(example.nl) dkim=fail(example.nl/s1) client=192.0.2.7 "
	    "dnssec=no "
	    "reason=\"dkim: body altered\" time=14ms");
}

static void
test_pass_and_several_signatures(void **state)
{
	struct outcome_fixture f;

	(void)state;
	outcome_fixture_begin(&f);
	f.ev.dmarc = (struct dmarc_evidence){
		.result = DMARC_PASS, .policy = DMARC_P_QUARANTINE, .dns_sec = DNS_SEC_YES
	};
	f.ev.spf = (struct spf_evidence){ .result = SPF_NONE, .domain = "" };
	f.dkim[1] = (struct dkim_evidence){
		.result = DKIM_PASS, .domain = "esp.example", .selector = "k2"
	};
	f.ev.dkim_count = 2;
	f.verdict = (struct verdict){ .rule = RULE_DMARC_PASS };
	assert_string_equal(line_of(&f),
	    "4XyZ1a: action=accept dmarc=pass policy=quarantine from=example.nl spf=none "
	    "dkim=fail(example.nl/s1),pass(esp.example/k2) client=192.0.2.7 dnssec=yes "
	    "time=14ms");
}

static void
test_monitor_and_reasons(void **state)
{
	struct outcome_fixture f;

	(void)state;
	outcome_fixture_begin(&f);
	f.verdict = (struct verdict){ .action = ACTION_ACCEPT,
		.would = ACTION_HEADER,
		.rule = RULE_MAILING_LIST,
		.reason = "signed by its mailing list" };
	f.ev.spf.reason = "no rule matches";
	f.ev.dmarc.reason = "nothing \"aligned\"";
	assert_string_equal(line_of(&f),
	    "4XyZ1a: action=accept would=header rule=mailing_list dmarc=fail "
	    "policy=reject "
	    "from=example.nl spf=softfail(example.nl) dkim=fail(example.nl/s1) "
	    "client=192.0.2.7 dnssec=no reason=\"signed by its mailing list; nothing "
	    "\\x22aligned\\x22; spf: no rule matches; dkim: body altered\" time=14ms");
}

struct told_row {
	enum rule rule;
	enum action would;
	bool told;
};

/* The rule is told where action, result and policy leave room for another. */
static const struct told_row told_rows[] = {
	{ RULE_DMARC_PASS, ACTION_ACCEPT, false },
	{ RULE_DMARC_NONE, ACTION_ACCEPT, false },
	{ RULE_POLICY_NONE, ACTION_ACCEPT, false },
	{ RULE_POLICY_QUARANTINE, ACTION_HEADER, false },
	{ RULE_POLICY_QUARANTINE, ACTION_HOLD, false },
	{ RULE_POLICY_QUARANTINE, ACTION_REJECT, true },
	{ RULE_POLICY_QUARANTINE, ACTION_ACCEPT, true },
	{ RULE_POLICY_REJECT, ACTION_REJECT, false },
	{ RULE_POLICY_REJECT, ACTION_HEADER, true },
	{ RULE_POLICY_REJECT, ACTION_ACCEPT, true },
	{ RULE_DMARC_TEMPERROR, ACTION_TEMPFAIL, false },
	{ RULE_DMARC_TEMPERROR, ACTION_ACCEPT, true },
	{ RULE_BAD_FROM, ACTION_REJECT, true },
	{ RULE_OVERRIDE, ACTION_REJECT, true },
	{ RULE_TRUSTED_FORWARDER, ACTION_ACCEPT, true },
	{ RULE_MAILING_LIST, ACTION_HEADER, true },
	{ RULE_AUTHENTICATED, ACTION_ACCEPT, true },
};

static void
test_rule_where_needed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof told_rows / sizeof told_rows[0]; i++) {
		const struct told_row *row = &told_rows[i];
		struct outcome_fixture f;
		char key[60];

		outcome_fixture_begin(&f);
		f.verdict = (struct verdict){
			.action = row->would, .would = row->would, .rule = row->rule
		};
		snprintf(key, sizeof key, " rule=%s ", rule_name(row->rule));
		if ((strstr(line_of(&f), key) != NULL) != row->told)
			fail_msg("%s: %s", rule_name(row->rule), f.line);
		assert_null(strstr(f.line, "would="));
	}
}

static void
test_exempt(void **state)
{
	struct outcome_fixture f;

	(void)state;
	outcome_fixture_begin(&f);
	f.ev.exemption = EXEMPT_AUTHENTICATED;
	f.ev.dmarc = (struct dmarc_evidence){ 0 };
	f.ev.wait_ms = 0;
	f.ev.queue_id = "NOQUEUE";
	f.verdict = (struct verdict){ .rule = RULE_AUTHENTICATED };
	assert_string_equal(line_of(&f),
	    "NOQUEUE: action=accept rule=authenticated client=192.0.2.7 time=0ms");
}

static void
test_bad_from_and_no_policy(void **state)
{
	struct outcome_fixture f;

	(void)state;
	outcome_fixture_begin(&f);
	f.ev.from = (struct from_evidence){
		.status = FROM_MISSING, .domain = "", .reason = "no From field"
	};
	f.ev.dmarc = (struct dmarc_evidence){ .result = DMARC_PERMERROR };
	f.ev.dkim_count = 0;
	f.verdict.rule = RULE_BAD_FROM;
	assert_string_equal(line_of(&f),
	    "4XyZ1a: action=reject rule=bad_from dmarc=permerror "
	    "spf=softfail(example.nl) "
	    "dkim=none client=192.0.2.7 reason=\"no From field\" time=14ms");
	outcome_fixture_begin(&f);
	f.ev.dmarc = (struct dmarc_evidence){ .result = DMARC_TEMPERROR };
	assert_null(strstr(line_of(&f), "policy="));
	f.ev.dmarc.policy_known = true;
	f.ev.dmarc.policy = DMARC_P_REJECT;
	assert_non_null(strstr(line_of(&f), " policy=reject "));
}

/* policy= is by the letter of the record, so the rule says what was made of it. */
static void
test_pct_zero(void **state)
{
	struct outcome_fixture f;

	(void)state;
	outcome_fixture_begin(&f);
	f.ev.dmarc.pct_zero = true;
	f.ev.dkim_count = 0;
	f.verdict = (struct verdict){ .action = ACTION_HEADER,
		.would = ACTION_HEADER,
		.rule = RULE_POLICY_QUARANTINE,
		.reason = "pct=0 read as t=y",
		.pct_zero = true };
	assert_string_equal(line_of(&f),
	    "4XyZ1a: action=header rule=policy_quarantine dmarc=fail policy=reject "
	    "from=example.nl spf=softfail(example.nl) dkim=none client=192.0.2.7 "
	    "dnssec=no reason=\"pct=0 read as t=y\" time=14ms");
}

/* Nothing from outside ends a word, adds a key or leaves the line. */
static void
test_hostile_words(void **state)
{
	struct outcome_fixture f;

	(void)state;
	outcome_fixture_begin(&f);
	f.ev.queue_id = "a b\n";
	f.dkim[0].selector = "s) action=accept";
	f.dkim[0].domain = "\"\\\xff,";
	f.dkim[0].reason = "x\"\r\ny";
	assert_string_equal(line_of(&f),
	    "a\\x20b\\x0a: action=reject dmarc=fail policy=reject from=example.nl "
	    "spf=softfail(example.nl) "
	    "dkim=fail(\\x22\\x5c\\xff\\x2c/s\\x29\\x20action\\x3daccept) "
	    "client=192.0.2.7 dnssec=no reason=\"dkim: x\\x22\\x0d\\x0ay\" time=14ms");
}

/* However long all parts are, client and time are told and 900 octets hold it. */
static void
test_long_parts(void **state)
{
	char longer[600];
	struct outcome_fixture f;

	(void)state;
	memset(longer, 'y', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	outcome_fixture_begin(&f);
	ip_parse("2001:db8:1111:2222:3333:4444:5555:6666", &f.ev.client);
	f.ev.queue_id = f.ev.from.domain = f.ev.spf.domain = longer;
	f.ev.spf.reason = f.verdict.reason = longer;
	f.ev.dkim_count = 40;
	for (int i = 0; i < 40; i++)
		f.dkim[i] = (struct dkim_evidence){ .result = DKIM_PERMERROR,
			.domain = "signer.example",
			.selector = "selector",
			.reason = longer };
	f.ev.wait_ms = 2000000000;
	f.verdict.would = ACTION_TEMPFAIL;
	f.verdict.rule = RULE_POLICY_QUARANTINE;
	assert_true(strlen(line_of(&f)) <= 900);
	assert_true(strlen(f.line) > 880);
	assert_non_null(strstr(f.line,
	    " client=2001:db8:1111:2222:3333:4444:5555:6666 dnssec=no reason=\"y"));
	assert_non_null(strstr(f.line, "y\" time=2000000000ms"));
	assert_non_null(strstr(f.line, ",permerror(signer.example/selector)+"));
	f.dkim[0].domain = f.dkim[0].selector = longer;
	assert_non_null(strstr(line_of(&f), "y)+39 client="));
	memset(longer, '"', sizeof longer - 1);
	assert_true(strlen(line_of(&f)) <= 900);
	assert_non_null(strstr(f.line, "\\x22)+39 client="));
	assert_non_null(strstr(f.line, "\" time=2000000000ms"));
}

static void
test_short_storage(void **state)
{
	struct outcome_fixture f;
	char line[20];

	(void)state;
	outcome_fixture_begin(&f);
	memset(line, 'z', sizeof line);
	outcome_line(&f.ev, &f.verdict, line, 10);
	assert_string_equal(line, "4XyZ1a: a");
	assert_int_equal(line[10], 'z');
}

static void
test_no_local_part(void **state)
{
	struct outcome_fixture f;

	(void)state;
	outcome_fixture_begin(&f);
	assert_null(strstr(line_of(&f), "secret"));
}

static void
test_counts(void **state)
{
	static const enum action actions[] = { ACTION_ACCEPT, ACTION_ACCEPT,
		ACTION_HEADER, ACTION_HOLD, ACTION_REJECT, ACTION_REJECT, ACTION_REJECT,
		ACTION_TEMPFAIL };
	struct outcome *outcome = outcome_new();
	struct outcome_counts counts;
	struct outcome_fixture f;

	(void)state;
	log_open("test", LOG_TO_NOWHERE, 0);
	outcome_fixture_begin(&f);
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
		f.verdict.action = actions[i];
		f.ev.dmarc.judges_differ = actions[i] == ACTION_REJECT;
		outcome_tell(outcome, &f.ev, &f.verdict);
	}
	f.ev.dmarc.judges_differ = false;
	f.verdict.action = ACTION_ACCEPT;
	f.ev.exemption = EXEMPT_IGNORED_CLIENT;
	outcome_tell(outcome, &f.ev, &f.verdict);
	counts = outcome_counts(outcome);
	assert_int_equal(counts.messages, 9);
	assert_int_equal(counts.accepted, 2);
	assert_int_equal(counts.marked, 1);
	assert_int_equal(counts.held, 1);
	assert_int_equal(counts.rejected, 3);
	assert_int_equal(counts.deferred, 1);
	assert_int_equal(counts.exempt, 1);
	assert_int_equal(counts.judges_differ, 3);
	outcome_free(outcome);
	outcome_free(NULL);
	log_open("test", LOG_TO_STDERR, 0);
}

/* What outcome_tell() logs is that line, and an error where the judges differ. */
static void
test_logged(void **state)
{
	struct outcome *outcome = outcome_new();
	struct outcome_fixture f;
	char text[3000] = "";
	FILE *saved = stderr, *out = tmpfile();

	(void)state;
	outcome_fixture_begin(&f);
	f.ev.dmarc.judges_differ = true;
	stderr = out;
	outcome_tell(outcome, &f.ev, &f.verdict);
	log_set_level(LOG_LEVEL_ERROR);
	outcome_tell(outcome, &f.ev, &f.verdict);
	log_set_level(LOG_LEVEL_INFO);
	stderr = saved;
	rewind(out);
	assert_true(fread(text, 1, sizeof text - 1, out) > 0);
	fclose(out);
	assert_true(strncmp(text, "error: 4XyZ1a: libopendmarc", 27) == 0);
	assert_non_null(strstr(text, line_of(&f)));
	assert_null(strstr(strstr(text, f.line) + 1, f.line));
	outcome_free(outcome);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_line),
		cmocka_unit_test(test_pass_and_several_signatures),
		cmocka_unit_test(test_monitor_and_reasons),
		cmocka_unit_test(test_rule_where_needed),
		cmocka_unit_test(test_exempt),
		cmocka_unit_test(test_bad_from_and_no_policy),
		cmocka_unit_test(test_pct_zero),
		cmocka_unit_test(test_hostile_words),
		cmocka_unit_test(test_long_parts),
		cmocka_unit_test(test_short_storage),
		cmocka_unit_test(test_no_local_part),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
