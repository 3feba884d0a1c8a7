#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verdict_row.h"

#define FORWARDER "TrustedForwarders 192.0.2.7\n"
#define NOBODY "OnUnauthenticated "
#define OWN "Override example.nl reject"
#define BELOW "Override .example.nl reject"

/* No record, and SPF says ${result} for ${domain}. */
static void
none_spf(struct message *m, enum spf_result result, const char *domain)
{
	message_none(m);
	m->ev.spf = (struct spf_evidence){ .result = result, .domain = domain };
}

static void
none_spf_other(struct message *m)
{
	none_spf(m, SPF_PASS, "evil.example");
}

static void
none_spf_lookalike(struct message *m)
{
	none_spf(m, SPF_PASS, "badexample.nl");
}

static void
none_spf_own(struct message *m)
{
	none_spf(m, SPF_PASS, "example.nl");
}

static void
none_spf_own_softfail(struct message *m)
{
	none_spf(m, SPF_SOFTFAIL, "example.nl");
}

static void
none_spf_below(struct message *m)
{
	none_spf(m, SPF_PASS, "bounce.example.nl");
}

static void
none_spf_above(struct message *m)
{
	none_spf(m, SPF_PASS, "nl");
}

static void
none_spf_own_temperror(struct message *m)
{
	none_spf(m, SPF_TEMPERROR, "example.nl");
}

static void
none_spf_other_temperror(struct message *m)
{
	none_spf(m, SPF_TEMPERROR, "evil.example");
}

static void
none_signed(struct message *m, enum dkim_result result, const char *domain)
{
	none_spf_other(m);
	message_sign(m, 0, DKIM_PASS, "evil.example");
	message_sign(m, 1, result, domain);
}

static void
none_signed_own(struct message *m)
{
	none_signed(m, DKIM_PASS, "example.nl");
}

static void
none_signed_own_fail(struct message *m)
{
	none_signed(m, DKIM_FAIL, "example.nl");
}

static void
none_signed_below(struct message *m)
{
	none_signed(m, DKIM_PASS, "mail.example.nl");
}

static void
none_signed_other(struct message *m)
{
	none_signed(m, DKIM_PASS, "other.example");
}

static void
none_signed_own_temperror(struct message *m)
{
	none_signed(m, DKIM_TEMPERROR, "example.nl");
}

static void
none_signed_other_temperror(struct message *m)
{
	none_signed(m, DKIM_TEMPERROR, "other.example");
}

/* The SPF of example.nl could message_pass, but its signature does. */
static void
none_temperror_and_pass(struct message *m)
{
	none_signed(m, DKIM_PASS, "example.nl");
	m->ev.spf =
	    (struct spf_evidence){ .result = SPF_TEMPERROR, .domain = "example.nl" };
}

static void
none_signature(struct message *m)
{
	none_signed(m, DKIM_FAIL, "example.nl");
	m->ev.spf.result = SPF_NEUTRAL;
	m->dkim[0].result = DKIM_NEUTRAL;
}

static void
none_signature_temperror(struct message *m)
{
	none_signature(m);
	m->dkim[0].result = DKIM_TEMPERROR;
}

static void
none_bounce(struct message *m)
{
	none_spf_own_softfail(m);
	m->ev.mail_from = "";
}

static void
none_bounce_typed(struct message *m)
{
	none_spf_own_softfail(m);
	m->ev.mail_from = "<>";
}

static void
none_relayed(struct message *m)
{
	none_spf_own_softfail(m);
	m->ev.relay.is_relay = true;
}

/* From a.b.example.nl. */
static void
none_deep(struct message *m, const char *signer)
{
	none_signed(m, DKIM_PASS, signer);
	m->ev.from.domain = "a.b.example.nl";
}

static void
none_deep_signed_top(struct message *m)
{
	none_deep(m, "example.nl");
}

static void
none_deep_signed_between(struct message *m)
{
	none_deep(m, "b.example.nl");
}

static void
none_deep_signed_sibling(struct message *m)
{
	none_deep(m, "c.b.example.nl");
}

static void
none_deep_signed_cousin(struct message *m)
{
	none_deep(m, "c.example.nl");
}

/* Domains without a DMARC record. */
static const struct verdict_row rows[] = {
	/* No record: an Override asks for a pass of the name itself, or close to it. */
	{ message_none, "Override example.nl reject", RULE_OVERRIDE, R, true, true },
	{ message_none, "Override example.nl accept", RULE_OVERRIDE, A, true, true },
	{ message_none, "OnQuarantine hold\nOverride example.nl quarantine",
	    RULE_OVERRIDE, Q, true, true },
	{ message_none, "Override other.nl reject\nOverride .example.nl reject",
	    RULE_DMARC_NONE, A, false, false },
	{ message_none, "Override example.nl reject until=2027-01-30", RULE_DMARC_NONE, A,
	    false, false },
	{ message_none, "Override example.nl reject client=192.0.2.8", RULE_DMARC_NONE, A,
	    false, false },
	{ none_spf_other, "", RULE_DMARC_NONE, A, false, false },
	{ none_spf_other, OWN, RULE_OVERRIDE, R, true, true },
	{ none_spf_lookalike, OWN, RULE_OVERRIDE, R, true, true },
	{ none_spf_own, OWN, RULE_DMARC_NONE, A, false, false },
	{ none_spf_own_softfail, OWN, RULE_OVERRIDE, R, true, true },
	{ none_spf_below, OWN, RULE_DMARC_NONE, A, false, false },
	{ none_spf_above, OWN, RULE_OVERRIDE, R, true, true },
	{ none_spf_above, "Override .nl reject", RULE_DMARC_NONE, A, false, false },
	{ none_signed_own, OWN, RULE_DMARC_NONE, A, false, false },
	{ none_signed_own_fail, OWN, RULE_OVERRIDE, R, true, true },
	{ none_signed_below, OWN, RULE_DMARC_NONE, A, false, false },
	{ none_signed_other, OWN, RULE_OVERRIDE, R, true, true },
	{ none_deep_signed_top, BELOW, RULE_DMARC_NONE, A, false, false },
	{ none_deep_signed_between, BELOW, RULE_DMARC_NONE, A, false, false },
	{ none_deep_signed_sibling, BELOW, RULE_OVERRIDE, R, true, true },
	{ none_deep_signed_cousin, BELOW, RULE_OVERRIDE, R, true, true },
	{ none_deep_signed_top, "Override a.b.example.nl reject", RULE_OVERRIDE, R, true,
	    true },
	{ none_deep_signed_top, BELOW "\nOverride .b.example.nl reject", RULE_OVERRIDE, R,
	    true, true },
	{ none_spf_own_temperror, OWN, RULE_DMARC_TEMPERROR, T, true, false },
	{ none_spf_own_temperror, OWN "\nOnTempError header", RULE_DMARC_TEMPERROR, H,
	    true, false },
	{ none_spf_own_temperror, "Override example.nl accept", RULE_OVERRIDE, A, true,
	    true },
	{ none_spf_own_temperror, "", RULE_DMARC_NONE, A, false, false },
	{ none_spf_other_temperror, OWN, RULE_OVERRIDE, R, true, true },
	{ none_signed_own_temperror, OWN, RULE_DMARC_TEMPERROR, T, true, false },
	{ none_signed_other_temperror, OWN, RULE_OVERRIDE, R, true, true },
	{ none_temperror_and_pass, OWN, RULE_DMARC_NONE, A, false, false },

	/* No record, no Override: any pass at all is asked for. */
	{ none_spf_own_softfail, "", RULE_DMARC_NONE, A, false, false },
	{ none_spf_own_softfail, NOBODY "header", RULE_UNAUTHENTICATED, H, true, true },
	{ none_spf_own_softfail, NOBODY "hold", RULE_UNAUTHENTICATED, Q, true, true },
	{ none_spf_own_softfail, NOBODY "reject", RULE_UNAUTHENTICATED, R, true, true },
	{ none_spf_own_softfail, NOBODY "tempfail", RULE_UNAUTHENTICATED, T, true, true },
	{ none_spf_own_softfail, NOBODY "accept", RULE_DMARC_NONE, A, false, false },
	{ none_spf_other, NOBODY "reject", RULE_DMARC_NONE, A, false, false },
	{ none_signed_other, NOBODY "reject", RULE_DMARC_NONE, A, false, false },
	{ none_signature, NOBODY "reject", RULE_UNAUTHENTICATED, R, true, true },
	{ none_signature_temperror, NOBODY "reject", RULE_DMARC_TEMPERROR, T, true,
	    false },
	{ none_spf_other_temperror, NOBODY "hold", RULE_DMARC_TEMPERROR, T, true, false },
	{ none_spf_other_temperror, NOBODY "hold\nOnTempError accept",
	    RULE_DMARC_TEMPERROR, A, true, false },
	{ none_spf_other_temperror, NOBODY "accept", RULE_DMARC_NONE, A, false, false },
	{ none_temperror_and_pass, NOBODY "reject", RULE_DMARC_NONE, A, false, false },
	{ none_bounce, NOBODY "reject", RULE_DMARC_NONE, A, false, false },
	{ none_bounce_typed, NOBODY "reject", RULE_DMARC_NONE, A, false, false },
	{ none_spf_own_softfail, NOBODY "reject\n" FORWARDER, RULE_TRUSTED_FORWARDER, A,
	    true, true },
	{ none_spf_own_softfail, NOBODY "reject\nOverride example.nl header",
	    RULE_OVERRIDE, H, true, true },
	{ none_relayed, NOBODY "reject", RULE_UNAUTHENTICATED, H, true, true },
	{ none_relayed, NOBODY "tempfail", RULE_UNAUTHENTICATED, H, true, true },
	{ none_relayed, NOBODY "tempfail\nOnQuarantine hold", RULE_UNAUTHENTICATED, Q,
	    true, true },
	{ message_policy_none, NOBODY "reject", RULE_POLICY_NONE, A, false, false },
};

static void
test_no_record(void **state)
{
	(void)state;
	verdict_row_check(rows, sizeof rows / sizeof rows[0], false);
}

static void
test_no_record_in_monitor_mode(void **state)
{
	(void)state;
	verdict_row_check(rows, sizeof rows / sizeof rows[0], true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_record),
		cmocka_unit_test(test_no_record_in_monitor_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
