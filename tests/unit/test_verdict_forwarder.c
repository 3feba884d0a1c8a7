/* What TrustedForwarders makes of evidence, as pure rows: nothing is asked here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"
#include "config/config.h"
#include "verdict_row.h"

#define ONLY "TrustedForwarders 192.0.2.7 only=forwarded\n"
#define NAME "TrustedForwarders .fwd.example\n"
#define ONLY_NAME "TrustedForwarders .fwd.example only=forwarded\n"

static void
body(struct message *m)
{
	m->ev.forward.forwarded = FORWARDED_BODY;
}

static void
srs(struct message *m)
{
	m->ev.forward.forwarded = FORWARDED_SRS;
}

static void
not_forwarded(struct message *m)
{
	m->ev.forward.forwarded = FORWARDED_NO;
}

static void
named(struct message *m)
{
	m->ev.forward.client_confirmed = "mx1.fwd.example";
}

static void
named_forwarded(struct message *m)
{
	named(m);
	body(m);
}

static void
named_apex(struct message *m)
{
	m->ev.forward.client_confirmed = "fwd.example";
}

static void
named_otherwise(struct message *m)
{
	m->ev.forward.client_confirmed = "mx1.xfwd.example";
}

static void
named_nothing(struct message *m)
{
	m->ev.forward.client_confirmed = "";
}

/* What the client says of itself is not what was confirmed. */
static void
called(struct message *m)
{
	m->ev.client_name = m->ev.helo = "mx1.fwd.example";
}

static void
body_pass(struct message *m)
{
	message_pass(m);
	body(m);
}

static void
body_none(struct message *m)
{
	message_none(m);
	body(m);
}

static void
body_temperror(struct message *m)
{
	message_temperror_policy_reject(m);
	named_forwarded(m);
}

static void
body_relay(struct message *m)
{
	message_by_relay(m);
	body(m);
}

static const struct verdict_row rows[] = {
	{ NULL, ONLY, RULE_POLICY_REJECT, R, false, false },
	{ not_forwarded, ONLY, RULE_POLICY_REJECT, R, false, false },
	{ body, ONLY, RULE_TRUSTED_FORWARDER, A, true, true },
	{ srs, ONLY, RULE_TRUSTED_FORWARDER, A, true, true },
	{ body, "TrustedForwarders 192.0.2.8 only=forwarded", RULE_POLICY_REJECT, R,
	    false, false },
	/* an entry without the word beside it */
	{ NULL, ONLY "TrustedForwarders 192.0.2.0/24", RULE_TRUSTED_FORWARDER, A, true,
	    true },
	/* what goes before, and what is asked of no forwarder */
	{ body, ONLY "Override example.nl reject", RULE_OVERRIDE, R, true, true },
	{ body_pass, ONLY, RULE_DMARC_PASS, A, false, false },
	{ body_none, ONLY, RULE_DMARC_NONE, A, false, false },
	{ body_none, ONLY "OnUnauthenticated hold", RULE_TRUSTED_FORWARDER, A, true,
	    true },
	{ message_none, ONLY "OnUnauthenticated hold", RULE_UNAUTHENTICATED, Q, true,
	    true },
	{ body_temperror, ONLY ONLY_NAME, RULE_DMARC_TEMPERROR, T, false, false },
	{ body_relay, ONLY, RULE_TRUSTED_FORWARDER, A, true, true },
	/* by name */
	{ NULL, NAME, RULE_POLICY_REJECT, R, false, false },
	{ called, NAME, RULE_POLICY_REJECT, R, false, false },
	{ named_nothing, NAME, RULE_POLICY_REJECT, R, false, false },
	{ named, NAME, RULE_TRUSTED_FORWARDER, A, true, true },
	{ named_apex, NAME, RULE_POLICY_REJECT, R, false, false },
	{ named_otherwise, NAME, RULE_POLICY_REJECT, R, false, false },
	{ named, ONLY_NAME, RULE_POLICY_REJECT, R, false, false },
	{ named_forwarded, ONLY_NAME, RULE_TRUSTED_FORWARDER, A, true, true },
	{ named_forwarded, "", RULE_POLICY_REJECT, R, false, false },
};

static void
test_rows(void **state)
{
	(void)state;
	verdict_row_check(rows, sizeof rows / sizeof rows[0], false);
	verdict_row_check(rows, sizeof rows / sizeof rows[0], true);
}

/* Is there more to be looked at?  Only where an entry could let in what is stopped. */
static const struct {
	void (*change)(struct message *);
	const char *conf;
	bool past;
	int entry; /* that let it in; -1: none */
} looks[] = {
	{ NULL, "", false, -1 },
	{ NULL, ONLY, true, -1 },
	{ NULL, NAME, true, -1 },
	{ NULL, "TrustedForwarders 192.0.2.7", false, 0 },
	{ body, ONLY, false, 0 },
	{ named, ONLY NAME, false, 1 },
	{ message_pass, ONLY, false, -1 },
	{ message_none, ONLY, false, -1 },
	{ message_none, ONLY "OnUnauthenticated hold", true, -1 },
	{ message_policy_none, ONLY, false, -1 },
	{ message_pct_zero_quarantine, ONLY, false, -1 },
	{ NULL, ONLY "OnReject accept", false, -1 },
	{ NULL, ONLY "Override example.nl hold", false, -1 },
	{ message_temperror, ONLY, false, -1 },
	{ message_permerror, ONLY, false, -1 },
	{ message_list_mail, ONLY, true, -1 },
	{ NULL, ONLY "Mode monitor", true, -1 },
};

static void
test_looks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
		struct config *config = conf_good(looks[i].conf);
		struct message m;
		struct verdict v;

		message_init(&m);
		if (looks[i].change != NULL)
			looks[i].change(&m);
		v = verdict_decide(config, &m.ev);
		if (v.past_forwarders != looks[i].past ||
		    (v.forwarder == NULL
			    ? -1
			    : (int)(v.forwarder - config->forwarders)) != looks[i].entry)
			fail_msg("row %zu", i);
		config_free(config);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
