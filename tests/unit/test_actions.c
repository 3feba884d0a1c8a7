#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "conf.h"
#include "config/config.h"
#include "mail/evidence.h"
#include "policy/actions.h"

struct fixture {
	struct pool *pool;
	struct evidence ev;
	struct header_list headers;
	int forged[3];
};

static void
begin(struct fixture *f)
{
	*f = (struct fixture){ .pool = pool_new(), .forged = { 2, 5, 9 } };
	f->headers.forged = f->forged;
	f->headers.forged_count = 3;
	f->ev.headers = &f->headers;
	f->ev.host_name = "mta.example";
	f->ev.mail_from = "<a@example.nl>";
	f->ev.helo = "mx.example.nl";
	f->ev.queue_id = "4XyZ1a";
	f->ev.from = (struct from_evidence){ .status = FROM_OK, .domain = "example.nl" };
	f->ev.spf.domain = "example.nl";
	f->ev.dmarc.result = DMARC_FAIL;
	f->ev.dmarc.policy = DMARC_P_REJECT;
	ip_parse("192.0.2.7", &f->ev.client);
}

/* Names of the insertions in the order they are sent. */
static void
names(const struct actions *actions, char text[200])
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < actions->insert_count; i++) {
		assert_int_equal(actions->insert[i].index, 0);
		len += (size_t)snprintf(
		    text + len, 200 - len, "%s ", actions->insert[i].name);
	}
}

struct row {
	const char *conf;
	enum exemption exemption;
	enum action action;
	const char *inserted;
	size_t removed;
	bool hold;
	const char *code;
};

static const struct row rows[] = {
	{ "", EXEMPT_NO, ACTION_ACCEPT, "Authentication-Results ", 3, false, NULL },
	{ "", EXEMPT_NO, ACTION_HEADER, "X-Spam-Flag Authentication-Results ", 3, false,
	    NULL },
	{ "", EXEMPT_NO, ACTION_HOLD, "Authentication-Results ", 3, true, NULL },
	{ "ReceivedSPF yes", EXEMPT_NO, ACTION_ACCEPT,
	    "Received-SPF Authentication-Results ", 3, false, NULL },
	{ "ReceivedSPF yes\nQuarantineHeader X-Junk: 1", EXEMPT_NO, ACTION_HEADER,
	    "Received-SPF X-Junk Authentication-Results ", 3, false, NULL },
	{ "ReceivedSPF yes", EXEMPT_NO, ACTION_REJECT, "", 0, false, "550" },
	{ "", EXEMPT_NO, ACTION_TEMPFAIL, "", 0, false, "451" },
	{ "ReceivedSPF yes", EXEMPT_AUTHENTICATED, ACTION_ACCEPT, "", 3, false, NULL },
	{ "ReceivedSPF yes", EXEMPT_IGNORED_CLIENT, ACTION_ACCEPT, "", 0, false, NULL },
};

static void
test_what_is_done(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];
		struct config *config = conf_good(row->conf);
		struct verdict verdict = { .action = row->action,
			.would = row->action,
			.rule = RULE_POLICY_REJECT };
		struct actions actions;
		struct fixture f;
		char inserted[200];

		begin(&f);
		f.ev.exemption = row->exemption;
		actions = actions_plan(config, &f.ev, &verdict, f.pool);
		names(&actions, inserted);
		if (strcmp(inserted, row->inserted) != 0)
			fail_msg("row %zu: %s", i, inserted);
		assert_int_equal(actions.action, row->action);
		assert_int_equal(actions.remove_count, row->removed);
		assert_int_equal(actions.hold != NULL, row->hold);
		assert_int_equal(actions.reply.code != NULL, row->code != NULL);
		if (row->code != NULL)
			assert_string_equal(actions.reply.code, row->code);
		config_free(config);
		pool_free(f.pool);
	}
}

/* Postfix counts anew after each removal, so the last goes first. */
static void
test_removals_go_down(void **state)
{
	struct config *config = conf_good("");
	struct verdict verdict = { .rule = RULE_DMARC_PASS };
	struct actions actions;
	struct fixture f;

	(void)state;
	begin(&f);
	actions = actions_plan(config, &f.ev, &verdict, f.pool);
	assert_int_equal(actions.remove_count, 3);
	assert_int_equal(actions.remove[0].nth, 9);
	assert_int_equal(actions.remove[1].nth, 5);
	assert_int_equal(actions.remove[2].nth, 2);
	assert_string_equal(actions.remove[1].name, "Authentication-Results");
	f.headers.forged_count = 0;
	actions = actions_plan(config, &f.ev, &verdict, f.pool);
	assert_int_equal(actions.remove_count, 0);
	config_free(config);
	pool_free(f.pool);
}

static const char *
results_of(const struct actions *actions)
{
	const struct header_insertion *last = &actions->insert[actions->insert_count - 1];

	assert_string_equal(last->name, "Authentication-Results");
	return last->value;
}

struct said_row {
	const char *conf;
	enum action action, would;
	enum rule rule;
	const char *says[3];
	const char *says_not;
};

static const struct said_row said_rows[] = {
	{ "", ACTION_ACCEPT, ACTION_ACCEPT, RULE_POLICY_NONE,
	    { " mta.example;", "dis=none" }, "would=" },
	{ "AuthservID mx.school.nl", ACTION_HEADER, ACTION_HEADER, RULE_POLICY_QUARANTINE,
	    { " mx.school.nl;", "dis=quarantine" }, "rule=" },
	{ "", ACTION_HOLD, ACTION_HOLD, RULE_POLICY_QUARANTINE, { "dis=quarantine" },
	    "would=" },
	{ "", ACTION_HEADER, ACTION_HEADER, RULE_POLICY_REJECT,
	    { "dis=quarantine", "rule=policy_reject" }, "would=" },
	{ "", ACTION_ACCEPT, ACTION_REJECT, RULE_POLICY_REJECT,
	    { "dis=none", "would=reject" }, "dis=reject" },
	{ "", ACTION_ACCEPT, ACTION_HOLD, RULE_POLICY_QUARANTINE,
	    { "dis=none", "would=hold" }, "dis=quarantine" },
	{ "", ACTION_ACCEPT, ACTION_TEMPFAIL, RULE_DMARC_TEMPERROR, { "would=tempfail" },
	    "dis=reject" },
	{ "", ACTION_ACCEPT, ACTION_ACCEPT, RULE_TRUSTED_FORWARDER,
	    { "dis=none", "rule=trusted_forwarder" }, "would=" },
};

static void
check_said(const struct said_row *row)
{
	struct config *config = conf_good(row->conf);
	struct verdict verdict = {
		.action = row->action, .would = row->would, .rule = row->rule
	};
	struct actions actions;
	struct fixture f;
	const char *value;

	begin(&f);
	actions = actions_plan(config, &f.ev, &verdict, f.pool);
	value = results_of(&actions);
	for (size_t n = 0; n < 3 && row->says[n] != NULL; n++) {
		if (strstr(value, row->says[n]) == NULL)
			fail_msg("no %s in %s", row->says[n], value);
	}
	if (strstr(value, row->says_not) != NULL)
		fail_msg("%s in %s", row->says_not, value);
	config_free(config);
	pool_free(f.pool);
}

static void
test_results_say_what_was_done(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof said_rows / sizeof said_rows[0]; i++)
		check_said(&said_rows[i]);
}

/* Monitor mode: forged results go and ours come, nothing else. */
static void
test_monitor_only_watches(void **state)
{
	static const enum action would[] = { ACTION_HEADER, ACTION_HOLD, ACTION_REJECT,
		ACTION_TEMPFAIL };
	struct config *config = conf_good("Mode monitor");

	(void)state;
	for (size_t i = 0; i < sizeof would / sizeof would[0]; i++) {
		struct verdict verdict = { .would = would[i],
			.rule = RULE_POLICY_REJECT };
		struct actions actions;
		struct fixture f;
		char inserted[200];

		begin(&f);
		actions = actions_plan(config, &f.ev, &verdict, f.pool);
		names(&actions, inserted);
		assert_string_equal(inserted, "Authentication-Results ");
		assert_int_equal(actions.remove_count, 3);
		assert_null(actions.hold);
		assert_null(actions.reply.code);
		pool_free(f.pool);
	}
	config_free(config);
}

static void
test_override_and_mark(void **state)
{
	struct config *config = conf_good("Override example.nl header reason=\"moving\"\n"
					  "QuarantineHeader X-Junk: of example");
	struct verdict verdict = { .action = ACTION_HEADER,
		.would = ACTION_HEADER,
		.rule = RULE_OVERRIDE,
		.override = &config->overrides[0] };
	struct actions actions;
	struct fixture f;

	(void)state;
	begin(&f);
	actions = actions_plan(config, &f.ev, &verdict, f.pool);
	assert_non_null(strstr(results_of(&actions), "moving"));
	assert_string_equal(actions.insert[0].name, "X-Junk");
	assert_string_equal(actions.insert[0].value, " of example");
	config_free(config);
	pool_free(f.pool);
}

static void
test_hold_reason(void **state)
{
	struct config *config = conf_good("");
	struct verdict verdict = {
		.action = ACTION_HOLD, .would = ACTION_HOLD, .rule = RULE_BAD_FROM
	};
	struct actions actions;
	struct fixture f;

	(void)state;
	begin(&f);
	actions = actions_plan(config, &f.ev, &verdict, f.pool);
	assert_string_equal(actions.hold, "dmarc=fail from=example.nl rule=bad_from");
	f.ev.from = (struct from_evidence){ .status = FROM_MISSING, .domain = "" };
	f.ev.dmarc.result = DMARC_PERMERROR;
	actions = actions_plan(config, &f.ev, &verdict, f.pool);
	assert_string_equal(actions.hold, "dmarc=permerror from=unknown rule=bad_from");
	config_free(config);
	pool_free(f.pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_done),
		cmocka_unit_test(test_removals_go_down),
		cmocka_unit_test(test_results_say_what_was_done),
		cmocka_unit_test(test_monitor_only_watches),
		cmocka_unit_test(test_override_and_mark),
		cmocka_unit_test(test_hold_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
