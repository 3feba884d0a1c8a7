#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/day.h"
#include "conf.h"
#include "config/config.h"
#include "verdict_row.h"

#define FORWARDER "TrustedForwarders 192.0.2.7\n"
#define NOBODY "OnUnauthenticated "

static void
ignored_client(struct message *m)
{
	m->ev.exemption = EXEMPT_IGNORED_CLIENT;
	m->ev.from.status = FROM_MISSING;
}

static void
authenticated(struct message *m)
{
	m->ev.exemption = EXEMPT_AUTHENTICATED;
}

static void
from_missing(struct message *m)
{
	m->ev.from = (struct from_evidence){
		.status = FROM_MISSING, .domain = "", .reason = "no From field"
	};
	m->ev.dmarc = (struct dmarc_evidence){ .result = DMARC_PERMERROR };
}

static void
no_author(struct message *m, enum from_bounce bounce, bool postfix)
{
	m->ev.from = (struct from_evidence){ .status = FROM_NO_AUTHOR,
		.bounce = bounce,
		.domain = "",
		.reason = "no address" };
	m->ev.dmarc = (struct dmarc_evidence){ .result = DMARC_NONE };
	m->headers.postfix = postfix;
}

static void
bounce_mailer(struct message *m)
{
	no_author(m, FROM_BOUNCE_MAILER, false);
}

static void
bounce_completed(struct message *m)
{
	no_author(m, FROM_BOUNCE_COMPLETED, false);
}

static void
bounce_completed_postfix(struct message *m)
{
	no_author(m, FROM_BOUNCE_COMPLETED, true);
}

static void
bounce_nameless(struct message *m)
{
	no_author(m, FROM_BOUNCE_NAMELESS, true);
}

static void
bounce_word(struct message *m)
{
	no_author(m, FROM_BOUNCE_WORD, false);
}

static void
bounce_word_postfix(struct message *m)
{
	no_author(m, FROM_BOUNCE_WORD, true);
}

static void
one_domain_temperror(struct message *m)
{
	m->ev.from.status = FROM_MALFORMED_ONE_DOMAIN;
	m->ev.dmarc = (struct dmarc_evidence){
		.result = DMARC_TEMPERROR, .policy_known = true, .policy = DMARC_P_NONE
	};
}

static void
one_domain_pass(struct message *m)
{
	m->ev.from.status = FROM_MALFORMED_ONE_DOMAIN;
	m->ev.dmarc.result = DMARC_PASS;
}

static void
from_repeated(struct message *m)
{
	m->ev.from = (struct from_evidence){ .status = FROM_REPEATED, .domain = "" };
}

static void
temperror_policy_none(struct message *m)
{
	message_temperror(m);
	m->ev.dmarc.policy_known = true;
}

static void
policy_quarantine(struct message *m)
{
	m->ev.dmarc.policy = DMARC_P_QUARANTINE;
}

static void
policy_reject(struct message *m)
{
	m->ev.dmarc.policy = DMARC_P_REJECT;
}

static void
pct_zero_not_known(struct message *m)
{
	message_pct_zero_quarantine_temperror(m);
	m->ev.dmarc.policy_known = false;
}

static void
pct_zero_pass(struct message *m)
{
	message_pct_zero(m);
	m->ev.dmarc.result = DMARC_PASS;
}

static void
pct_zero_by_relay(struct message *m)
{
	message_pct_zero(m);
	m->ev.relay.is_relay = true;
}

static void
by_relay_bad_from(struct message *m)
{
	from_missing(m);
	m->ev.relay.is_relay = true;
}

static void
by_relay_temperror(struct message *m)
{
	message_temperror(m);
	m->ev.relay.is_relay = true;
}

static void
by_relay_pass(struct message *m)
{
	message_pass(m);
	m->ev.relay.is_relay = true;
}

static void
below_example(struct message *m)
{
	m->ev.from.domain = "sub.example.nl";
}

static void
lookalike(struct message *m)
{
	m->ev.from.domain = "badexample.nl";
}

static void
lookalike_behind(struct message *m)
{
	m->ev.from.domain = "example.nl.evil.example";
}

static void
unauthenticated(struct message *m)
{
	message_none(m);
	m->ev.spf =
	    (struct spf_evidence){ .result = SPF_SOFTFAIL, .domain = "example.nl" };
}

static const struct verdict_row rows[] = {
	/* Exempt comes before all else. */
	{ ignored_client, "", RULE_IGNORED_CLIENT, A, false, false },
	{ authenticated, "Override example.nl reject", RULE_AUTHENTICATED, A, false,
	    false },

	/* Bad From: no Override, forwarder or policy counts. */
	{ bounce_mailer, "", RULE_NO_AUTHOR, A, false, false },
	{ bounce_completed, "", RULE_NO_AUTHOR, H, false, false },
	{ bounce_completed_postfix, "", RULE_NO_AUTHOR, A, false, false },
	{ bounce_nameless, "", RULE_NO_AUTHOR, H, false, false },
	{ bounce_nameless, "OnQuarantine reject", RULE_NO_AUTHOR, H, false, false },
	{ bounce_nameless, "OnQuarantine hold", RULE_NO_AUTHOR, H, false, false },
	{ bounce_nameless, "OnQuarantine accept", RULE_NO_AUTHOR, A, false, false },
	{ bounce_word, "", RULE_BAD_FROM, R, false, false },
	{ bounce_word_postfix, "", RULE_NO_AUTHOR, H, false, false },
	{ one_domain_pass, "", RULE_DMARC_PASS, A, false, false },
	{ one_domain_temperror, "", RULE_DMARC_TEMPERROR, T, false, false },
	{ one_domain_temperror, "Override example.nl accept", RULE_DMARC_TEMPERROR, T,
	    false, false },
	{ from_missing, "", RULE_BAD_FROM, R, false, false },
	{ from_repeated, "", RULE_BAD_FROM, R, false, false },
	{ message_permerror, "", RULE_BAD_FROM, R, false, false },
	{ from_missing, "OnBadFrom accept", RULE_BAD_FROM, A, false, false },
	{ from_missing, "OnBadFrom header", RULE_BAD_FROM, H, false, false },
	{ from_missing, "OnBadFrom hold", RULE_BAD_FROM, Q, false, false },
	{ from_missing, "OnBadFrom quarantine", RULE_BAD_FROM, H, false, false },
	{ from_missing, "OnBadFrom quarantine\nOnQuarantine hold", RULE_BAD_FROM, Q,
	    false, false },
	{ from_repeated, FORWARDER "Override example.nl accept", RULE_BAD_FROM, R, false,
	    false },

	/* Pass and none: an Override is for mail that does not pass. */
	{ message_pass, "", RULE_DMARC_PASS, A, false, false },
	{ message_pass, "Override example.nl reject", RULE_DMARC_PASS, A, false, false },
	{ message_none, "", RULE_DMARC_NONE, A, false, false },

	/* No record: the rest in test_verdict_none. */
	{ message_none, "Override example.nl reject", RULE_OVERRIDE, R, true, true },
	{ unauthenticated, NOBODY "reject", RULE_UNAUTHENTICATED, R, true, true },

	/* Temperror */
	{ message_temperror, "", RULE_DMARC_TEMPERROR, T, false, false },
	{ message_temperror, "OnTempError accept", RULE_DMARC_TEMPERROR, A, false,
	    false },
	{ message_temperror, "OnTempError header", RULE_DMARC_TEMPERROR, H, false,
	    false },
	{ temperror_policy_none, "", RULE_POLICY_NONE, A, false, false },
	{ temperror_policy_none, "Override example.nl accept", RULE_POLICY_NONE, A, false,
	    false },
	/* A forger could name a key that never answers. */
	{ temperror_policy_none, "Override example.nl reject", RULE_DMARC_TEMPERROR, T,
	    false, false },
	{ temperror_policy_none, "Override example.nl header", RULE_DMARC_TEMPERROR, T,
	    false, false },
	{ temperror_policy_none, "Override example.nl reject\nOnTempError header",
	    RULE_DMARC_TEMPERROR, H, false, false },
	{ message_temperror_policy_reject, "", RULE_DMARC_TEMPERROR, T, false, false },
	{ message_temperror_policy_reject, FORWARDER, RULE_DMARC_TEMPERROR, T, false,
	    false },
	{ message_temperror, "Override example.nl accept", RULE_OVERRIDE, A, true, true },
	{ message_temperror, "Override example.nl reject", RULE_DMARC_TEMPERROR, T, false,
	    false },
	{ message_temperror, "Override example.nl hold", RULE_DMARC_TEMPERROR, T, false,
	    false },
	/* The nearer one says hold, so the wider one does not speak. */
	{ message_temperror, "Override .nl accept\nOverride example.nl hold",
	    RULE_DMARC_TEMPERROR, T, false, false },

	/* Override: every action, before forwarders, lists and policy none. */
	{ NULL, "Override example.nl accept", RULE_OVERRIDE, A, true, true },
	{ NULL, "Override example.nl header", RULE_OVERRIDE, H, true, true },
	{ NULL, "Override example.nl hold", RULE_OVERRIDE, Q, true, true },
	{ NULL, "OnReject header\nOverride example.nl reject", RULE_OVERRIDE, R, true,
	    true },
	{ NULL, "OnQuarantine hold\nOverride example.nl quarantine", RULE_OVERRIDE, Q,
	    true, true },
	{ NULL, FORWARDER "Override example.nl hold", RULE_OVERRIDE, Q, true, true },
	{ message_policy_none, "Override example.nl reject", RULE_OVERRIDE, R, true,
	    true },
	{ message_list_mail, "Override example.nl reject", RULE_OVERRIDE, R, true, true },
	{ NULL, "Override .example.nl accept", RULE_POLICY_REJECT, R, false, false },
	{ NULL, "Override sub.example.nl accept", RULE_POLICY_REJECT, R, false, false },
	{ NULL, "Override Example.NL. accept", RULE_OVERRIDE, A, true, true },
	{ below_example, "Override .example.nl accept", RULE_OVERRIDE, A, true, true },
	{ below_example, "Override example.nl accept", RULE_POLICY_REJECT, R, false,
	    false },
	{ lookalike, "Override example.nl accept\nOverride .example.nl accept",
	    RULE_POLICY_REJECT, R, false, false },
	{ lookalike_behind, "Override example.nl accept\nOverride .example.nl accept",
	    RULE_POLICY_REJECT, R, false, false },
	{ NULL, "Override example.nl accept client=192.0.2.7", RULE_OVERRIDE, A, true,
	    true },
	{ NULL, "Override example.nl accept client=192.0.2.8", RULE_POLICY_REJECT, R,
	    false, false },
	{ NULL, "Override example.nl accept until=2027-01-30", RULE_POLICY_REJECT, R,
	    false, false },
	{ NULL, "Override example.nl accept until=2027-01-31", RULE_OVERRIDE, A, true,
	    true },

	/* Trusted forwarders */
	{ NULL, FORWARDER, RULE_TRUSTED_FORWARDER, A, true, true },
	{ policy_quarantine, FORWARDER, RULE_TRUSTED_FORWARDER, A, true, true },
	{ NULL, "TrustedForwarders 192.0.2.8", RULE_POLICY_REJECT, R, false, false },

	/* Policy none */
	{ message_policy_none, "", RULE_POLICY_NONE, A, false, false },
	{ message_policy_none, "OnReject reject\nOnQuarantine reject", RULE_POLICY_NONE,
	    A, false, false },

	/* Mailing lists that signed: the rest in test_verdict_list. */
	{ message_list_mail, "", RULE_MAILING_LIST, H, true, true },

	/* Policy quarantine */
	{ policy_quarantine, "", RULE_POLICY_QUARANTINE, H, false, false },
	{ policy_quarantine, "OnQuarantine hold", RULE_POLICY_QUARANTINE, Q, false,
	    false },
	{ policy_quarantine, "OnQuarantine reject", RULE_POLICY_QUARANTINE, R, true,
	    true },
	{ policy_quarantine, "OnQuarantine accept", RULE_POLICY_QUARANTINE, A, true,
	    true },

	/* Policy reject */
	{ policy_reject, "", RULE_POLICY_REJECT, R, false, false },
	{ policy_reject, "OnReject accept", RULE_POLICY_REJECT, A, true, true },
	{ policy_reject, "OnReject header", RULE_POLICY_REJECT, H, true, true },
	{ policy_reject, "OnReject hold", RULE_POLICY_REJECT, Q, true, true },
	{ policy_reject, "OnReject quarantine", RULE_POLICY_REJECT, H, true, true },
	{ policy_reject, "OnReject quarantine\nOnQuarantine hold", RULE_POLICY_REJECT, Q,
	    true, true },
	{ policy_reject, "OnReject quarantine\nOnQuarantine accept", RULE_POLICY_REJECT,
	    A, true, true },
	{ policy_reject, "OnReject quarantine\nOnQuarantine reject", RULE_POLICY_REJECT,
	    R, false, false },

	/* pct=0 counts as t=y, under the rule of the milder policy and by our choice. */
	{ message_pct_zero, "", RULE_POLICY_QUARANTINE, H, true, true },
	{ message_pct_zero, "OnReject hold", RULE_POLICY_QUARANTINE, H, true, true },
	{ message_pct_zero, "OnQuarantine hold", RULE_POLICY_QUARANTINE, Q, true, true },
	{ message_pct_zero, "OnQuarantine accept", RULE_POLICY_QUARANTINE, A, true,
	    true },
	{ message_pct_zero, "OnQuarantine reject", RULE_POLICY_QUARANTINE, R, true,
	    true },
	{ message_pct_zero, "Override example.nl reject", RULE_OVERRIDE, R, true, true },
	{ message_pct_zero, FORWARDER, RULE_TRUSTED_FORWARDER, A, true, true },
	{ message_pct_zero_quarantine, "", RULE_POLICY_NONE, A, true, true },
	{ message_pct_zero_quarantine, "OnQuarantine reject", RULE_POLICY_NONE, A, true,
	    true },
	{ message_pct_zero_quarantine_temperror, "", RULE_POLICY_NONE, A, true, true },
	{ message_pct_zero_temperror, "", RULE_DMARC_TEMPERROR, T, false, false },
	{ pct_zero_not_known, "", RULE_DMARC_TEMPERROR, T, false, false },
	{ pct_zero_pass, "", RULE_DMARC_PASS, A, false, false },
	{ pct_zero_by_relay, "", RULE_POLICY_QUARANTINE, H, true, true },
	{ pct_zero_by_relay, "OnQuarantine reject", RULE_POLICY_QUARANTINE, H, true,
	    true },

	/* What comes through a relay is not refused. */
	{ message_by_relay, "", RULE_POLICY_REJECT, H, true, true },
	{ message_by_relay, "OnQuarantine hold", RULE_POLICY_REJECT, Q, true, true },
	{ message_by_relay, "OnQuarantine accept", RULE_POLICY_REJECT, A, true, true },
	{ message_by_relay, "OnQuarantine reject", RULE_POLICY_REJECT, H, true, true },
	{ message_by_relay, "OnReject accept", RULE_POLICY_REJECT, A, true, true },
	{ message_by_relay, "Override example.nl reject", RULE_OVERRIDE, H, true, true },
	{ by_relay_bad_from, "", RULE_BAD_FROM, H, true, false },
	{ by_relay_temperror, "", RULE_DMARC_TEMPERROR, T, false, false },
	{ by_relay_pass, "", RULE_DMARC_PASS, A, false, false },
};

static void
test_rules(void **state)
{
	(void)state;
	verdict_row_check(rows, sizeof rows / sizeof rows[0], false);
}

static void
test_every_rule_has_a_row(void **state)
{
	(void)state;
	for (enum rule r = 0; r < RULE_COUNT; r++) {
		size_t i = 0;

		while (i < sizeof rows / sizeof rows[0] && rows[i].rule != r)
			i++;
		if (i == sizeof rows / sizeof rows[0])
			fail_msg(
			    "rule %s: no row of this test leads to it", rule_name(r));
	}
}

static void
test_monitor(void **state)
{
	(void)state;
	verdict_row_check(rows, sizeof rows / sizeof rows[0], true);
}

/* Not to do what the policy asks for is local, also because of Mode monitor. */
static void
test_monitor_is_local(void **state)
{
	struct config *config = conf_good("Mode monitor");
	struct message m;
	struct verdict v;

	(void)state;
	message_init(&m);
	v = verdict_decide(config, &m.ev);
	assert_true(verdict_is_local(&v));
	message_policy_none(&m);
	v = verdict_decide(config, &m.ev);
	assert_false(verdict_is_local(&v));
	message_pct_zero_quarantine(&m);
	v = verdict_decide(config, &m.ev);
	assert_true(verdict_is_local(&v));
	config_free(config);
}

static void
test_reasons(void **state)
{
	struct config *config =
	    conf_good("Override example.nl hold reason=\"they move\"\n"
		      "OnQuarantine hold\n");
	struct message m;
	struct verdict v;

	(void)state;
	message_init(&m);
	v = verdict_decide(config, &m.ev);
	assert_string_equal(v.reason, "they move");
	assert_ptr_equal(v.override, &config->overrides[0]);
	config->overrides[0].action = CONFIG_REJECT;
	m.ev.relay.is_relay = true;
	v = verdict_decide(config, &m.ev);
	assert_int_equal(v.action, ACTION_HOLD);
	assert_non_null(strstr(v.reason, "relay"));
	assert_ptr_equal(v.override, &config->overrides[0]);
	config_free(config);
}

/* The last day is one of those on which it holds. */
static void
test_last_day(void **state)
{
	static const struct {
		int day;
		enum rule rule; /* with until=2027-01-31 */
	} days[] = {
		{ 20270130, RULE_OVERRIDE },
		{ 20270131, RULE_OVERRIDE },
		{ 20270201, RULE_POLICY_REJECT },
		{ DAY_NONE, RULE_POLICY_REJECT },
	};
	struct config *config = conf_good("Override example.nl accept until=2027-01-31");

	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
		struct message m;
		struct verdict v;

		message_init(&m);
		m.ev.day = days[i].day;
		v = verdict_decide(config, &m.ev);
		if (v.rule != days[i].rule)
			fail_msg("%d: %s", days[i].day, rule_name(v.rule));
	}
	config_free(config);
}

static void
test_action_names(void **state)
{
	(void)state;
	assert_string_equal(verdict_action_name(ACTION_ACCEPT), "accept");
	assert_string_equal(verdict_action_name(ACTION_HEADER), "header");
	assert_string_equal(verdict_action_name(ACTION_HOLD), "hold");
	assert_string_equal(verdict_action_name(ACTION_REJECT), "reject");
	assert_string_equal(verdict_action_name(ACTION_TEMPFAIL), "tempfail");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_every_rule_has_a_row),
		cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_monitor_is_local),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_last_day),
		cmocka_unit_test(test_action_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
