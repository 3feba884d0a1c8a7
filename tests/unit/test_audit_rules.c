#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit_run.h"
#include "audit_zone.h"

static const struct audit_row unused_rows[] = {
	{ NULL_MX PARKED_SPF DMARC("p=reject; rua=mailto:a@d.example"), PLAN_NONE,
	    AUDIT_UNUSED, AUDIT_MET, "mx.null", AUDIT_OK, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; rua=mailto:a@d.example"), PLAN_SEND,
	    AUDIT_UNUSED, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL, NULL, NULL },
	{ "d.example SERVFAIL MX\n", PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET, "mx.answer",
	    AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "d.example SERVFAIL MX\n" PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_UNTESTED, "mx.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "d.example MX 5 .\n" PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "mx.preference", AUDIT_WRONG, NULL, NULL, NULL },
	{ "d.example MX 0 .\nd.example MX 10 mx.d.example\n" PARKED_SPF DMARC("p=reject"),
	    PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET, "mx.among", AUDIT_WRONG, NULL, NULL,
	    NULL },
	{ MX PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET,
	    "mx.real", AUDIT_WRONG, NULL, NULL, NULL },
	{ "d.example A 192.0.2.7\n" PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "mx.implicit", AUDIT_WRONG, NULL, NULL, NULL },
	{ "d.example AAAA 2001:db8::7\n" PARKED_SPF DMARC("p=reject"), PLAN_NONE,
	    AUDIT_UNUSED, AUDIT_NOT_MET, "mx.implicit", AUDIT_WRONG, NULL, NULL, NULL },
	{ "d.example SERVFAIL A\n" PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_UNTESTED, "mx.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET,
	    "mx.absent", AUDIT_WRONG, NULL, NULL, NULL },
	{ PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET,
	    "mx.superfluous", AUDIT_INFO, NULL, NULL, NULL },
	{ NULL_MX TXT("v=spf1 -all exp=e.d.example") DMARC("p=reject"), PLAN_NONE,
	    AUDIT_UNUSED, AUDIT_MET, "spf.nobody", AUDIT_OK, NULL, NULL, NULL },
	{ NULL_MX "d.example TIMEOUT TXT\n" DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_UNTESTED, "spf.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ NULL_MX DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET, "spf.absent",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX TXT("v=spf1 ~all") DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "spf.more", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX TXT("v=spf1 mx -all") DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "spf.more", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "spf.more", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF "_dmarc.d.example BOGUS\n", PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_UNTESTED, "dmarc.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF, PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET, "dmarc.absent",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=oops"), PLAN_NONE, AUDIT_UNUSED, AUDIT_NOT_MET,
	    "dmarc.unusable", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; t=y"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "dmarc.test", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; pct=0"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "dmarc.test", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=quarantine"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "dmarc.policy", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; sp=none"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "dmarc.below", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; np=none"), PLAN_NONE, AUDIT_UNUSED,
	    AUDIT_NOT_MET, "dmarc.below", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject"), PLAN_NONE, AUDIT_UNUSED, AUDIT_MET,
	    "dmarc.rua", AUDIT_INFO, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; rua=mailto:a@d.example") KEY, PLAN_NONE,
	    AUDIT_UNUSED, AUDIT_NOT_MET, "dkim.key", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC("p=reject; rua=mailto:a@d.example"), PLAN_NONE,
	    AUDIT_UNUSED, AUDIT_MET, "dkim.none", AUDIT_OK, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC(
	      "p=reject; rua=mailto:a@d.example") "*._domainkey.d.example TXT \"v=DKIM1; "
						  "p=\"\n",
	    PLAN_NONE, AUDIT_UNUSED, AUDIT_MET, "dkim.revoked", AUDIT_LOOK, NULL, NULL,
	    NULL },
	{ NULL_MX PARKED_SPF DMARC(
	      "p=reject; rua=mailto:a@d.example") "zzz._domainkey.d.example TXT "
						  "\"hello\"\n",
	    PLAN_NONE, AUDIT_UNUSED, AUDIT_MET, "dkim.below", AUDIT_LOOK, NULL, NULL,
	    NULL },
	{ NULL_MX PARKED_SPF DMARC(
	      "p=reject; rua=mailto:a@d.example") "*.d.example TXT \"v=spf1 -all\"\n",
	    PLAN_NONE, AUDIT_UNUSED, AUDIT_MET, "dkim.none", AUDIT_OK, NULL, NULL, NULL },
	{ NULL_MX PARKED_SPF DMARC(
	      "p=reject; rua=mailto:a@d.example") "_domainkey.d.example SERVFAIL\n",
	    PLAN_NONE, AUDIT_UNUSED, AUDIT_UNTESTED, "dkim.answer", AUDIT_UNKNOWN, NULL,
	    NULL, NULL },
};

static void
test_unused(void **state)
{
	(void)state;
	AUDIT_CHECK(unused_rows);
}

static const struct audit_row applied_rows[] = {
	{ SPF KEY DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED, AUDIT_MET, "applied.all",
	    AUDIT_OK, NULL, NULL, NULL },
	{ SPF KEY DMARC("p=none"), PLAN_NONE, AUDIT_APPLIED, AUDIT_NOT_APPLICABLE, NULL,
	    AUDIT_OK, NULL, NULL, NULL },
	{ KEY DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED, AUDIT_NOT_MET, "applied.spf",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ SPF SPF KEY DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED, AUDIT_NOT_MET,
	    "applied.spf", AUDIT_WRONG, NULL, NULL, NULL },
	{ TXT("v=spf1 +all") KEY DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED, AUDIT_MET,
	    "applied.spf", AUDIT_OK, NULL, NULL, NULL },
	{ "d.example TIMEOUT TXT\n" KEY DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED,
	    AUDIT_UNTESTED, "applied.spf", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ SPF DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED, AUDIT_NOT_MET, "applied.dkim",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ SPF "zzz._domainkey.d.example TXT \"x\"\n" DMARC("p=none"), PLAN_SEND,
	    AUDIT_APPLIED, AUDIT_UNTESTED, "applied.dkim", AUDIT_UNKNOWN, NULL, NULL,
	    NULL },
	{ SPF "s1._domainkey.d.example TXT " KEY_512 "\n" DMARC("p=none"), PLAN_SEND,
	    AUDIT_APPLIED, AUDIT_NOT_MET, "applied.dkim", AUDIT_WRONG, NULL, NULL, NULL },
	{ SPF "s1._domainkey.d.example TXT " KEY_512 "\n"
	      "s2._domainkey.d.example TXT " KEY_2048 "\n" DMARC("p=none"),
	    PLAN_SEND, AUDIT_APPLIED, AUDIT_MET, "applied.dkim", AUDIT_OK, NULL, NULL,
	    NULL },
	{ SPF "q._domainkey.d.example TIMEOUT\n" DMARC("p=none"), PLAN_SEND,
	    AUDIT_APPLIED, AUDIT_UNTESTED, "applied.dkim", AUDIT_UNKNOWN, NULL, "q",
	    NULL },
	{ SPF KEY, PLAN_SEND, AUDIT_APPLIED, AUDIT_NOT_MET, "applied.dmarc", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ SPF KEY DMARC("p=oops"), PLAN_SEND, AUDIT_APPLIED, AUDIT_NOT_MET,
	    "applied.dmarc", AUDIT_WRONG, NULL, NULL, NULL },
	{ SPF KEY DMARC("p=oops; rua=mailto:a@d.example"), PLAN_SEND, AUDIT_APPLIED,
	    AUDIT_MET, "applied.dmarc", AUDIT_OK, NULL, NULL, NULL },
	{ SPF KEY DMARC("p=none") DMARC("p=none"), PLAN_SEND, AUDIT_APPLIED,
	    AUDIT_NOT_MET, "applied.dmarc", AUDIT_WRONG, NULL, NULL, NULL },
	{ SPF KEY "_dmarc.d.example SERVFAIL\n", PLAN_SEND, AUDIT_APPLIED, AUDIT_UNTESTED,
	    "applied.dmarc", AUDIT_UNKNOWN, NULL, NULL, NULL },
};

static void
test_applied(void **state)
{
	(void)state;
	AUDIT_CHECK(applied_rows);
}

static const struct audit_row flows_rows[] = {
	{ SPF, PLAN_SEND, AUDIT_FLOWS, AUDIT_FOLLOWED, "flow.own", AUDIT_OK, NULL, NULL,
	    "staff" },
	{ SPF, PLAN_SEND, AUDIT_FLOWS, AUDIT_FOLLOWED, "flow.shared", AUDIT_LOOK, NULL,
	    NULL, "shared" },
	{ SPF, PLAN_SEND, AUDIT_FLOWS, AUDIT_NOT_FOLLOWED, "flow.several", AUDIT_WRONG,
	    NULL, NULL, "several" },
	{ SPF, PLAN_SEND, AUDIT_FLOWS, AUDIT_UNTESTED, "flow.untold", AUDIT_UNKNOWN, NULL,
	    NULL, NULL },
	{ SPF, PLAN_SEND, AUDIT_FLOWS, AUDIT_UNTESTED, "flow.hint", AUDIT_INFO, NULL,
	    NULL, NULL },
	{ SPF, PLAN_NONE, AUDIT_FLOWS, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL, NULL,
	    NULL },
};

static void
test_flows(void **state)
{
	(void)state;
	AUDIT_CHECK(flows_rows);
}

/* What is guessed of a domain of which nothing is known. */
static void
test_guess(void **state)
{
	static const struct {
		const char *zone;
		enum plan_kind kind;
	} rows[] = {
		{ NULL_MX, PLAN_NONE },
		{ PARKED_SPF, PLAN_NONE },
		{ MX, PLAN_MAIL },
		{ MX NULL_MX, PLAN_MAIL },
		{ MX PARKED_SPF, PLAN_MAIL },
		{ SPF, PLAN_SEND },
		{ "", PLAN_SEND },
		{ "d.example TIMEOUT MX\n", PLAN_MAIL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct audit_row row = { .zone = rows[i].zone, .kind = PLAN_GUESS };
		struct audit_run r;
		const struct facts *f;

		audit_run_begin(&r, &row);
		f = audit_run_ask(&r);
		assert_true(f->guessed);
		if (f->kind != rows[i].kind)
			fail_msg("row %zu: %s", i, plan_kind_word(f->kind));
		audit_run_end(&r);
	}
}

/* Comply or explain. */
static void
test_explain(void **state)
{
	static const struct {
		const char *zone;
		enum audit_rule rule;
		int until;
		enum audit_verdict verdict;
		bool failing, open;
	} rows[] = {
		{ DMARC("p=none"), AUDIT_DMARC, 20270115, AUDIT_EXPLAINED, false, false },
		{ DMARC("p=none"), AUDIT_DMARC, 20270114, AUDIT_NOT_MET, true, false },
		{ DMARC("p=reject"), AUDIT_DMARC, 20270115, AUDIT_MET, false, false },
		{ "_dmarc.d.example TIMEOUT\n", AUDIT_DMARC, 20270115, AUDIT_EXPLAINED,
		    false, false },
		{ "_dmarc.d.example TIMEOUT\n", AUDIT_DMARC, 20270114, AUDIT_UNTESTED,
		    true, true },
		{ DMARC("p=none"), AUDIT_REPORTS, 20270115, AUDIT_NOT_FOLLOWED, false,
		    false },
	};
	static char reason[] = "because";

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct audit_row row = { .zone = rows[i].zone, .kind = PLAN_SEND };
		struct plan_explain e = {
			.rule = rows[i].rule, .until = rows[i].until, .reason = reason
		};
		const struct rules_verdict *v;
		struct audit_run r;

		audit_run_begin(&r, &row);
		r.plan.explains = &e;
		r.plan.explain_count = 1;
		v = audit_run_judge(&r, audit_run_ask(&r), rows[i].rule);
		if (v->verdict != rows[i].verdict ||
		    rules_is_failing(v, false) != rows[i].failing ||
		    rules_is_open(v, false) != rows[i].open || v->explain != &e)
			fail_msg("row %zu: %s", i, rules_verdict_code(v->verdict));
		audit_run_end(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unused),
		cmocka_unit_test(test_applied),
		cmocka_unit_test(test_flows),
		cmocka_unit_test(test_guess),
		cmocka_unit_test(test_explain),
	};

	return cmocka_run_group_tests_name("audit_rules", tests, NULL, NULL);
}
