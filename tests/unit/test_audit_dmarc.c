#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit_run.h"
#include "audit_zone.h"

static const struct audit_row dmarc_rows[] = {
	{ DMARC("p=reject"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.policy", AUDIT_OK,
	    NULL, NULL, NULL },
	{ DMARC("p=quarantine"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.below",
	    AUDIT_OK, NULL, NULL, NULL },
	{ DMARC("p=none"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.policy",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; sp=none"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.below", AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; np=none"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.np",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; np=reject"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.np",
	    AUDIT_OK, NULL, NULL, NULL },
	{ DMARC("p=quarantine; t=y"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.policy", AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; t=y"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.policy",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ DMARC("p=reject; pct=0"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.policy",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ DMARC("p=quarantine; pct=0"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.below", AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; pct=50"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.pct",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ DMARC("p=reject; sp=reject; np=quarantine; t=y"), PLAN_SEND, AUDIT_DMARC,
	    AUDIT_NOT_MET, "dmarc.np", AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; np=reject; t=y"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET,
	    "dmarc.np", AUDIT_LOOK, NULL, NULL, NULL },
	{ DMARC("p=reject; sp=quarantine; t=y"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.below", AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=reject; t=y"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.below",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ "", PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.record", AUDIT_WRONG, NULL,
	    NULL, NULL },
	{ DMARC("p=none") DMARC("p=reject"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.record", AUDIT_WRONG, "several", NULL, NULL },
	{ "_dmarc.d.example TXT \"v=DMARC2; p=reject\"\n", PLAN_SEND, AUDIT_DMARC,
	    AUDIT_NOT_MET, "dmarc.record", AUDIT_WRONG, "looks like", NULL, NULL },
	{ DMARC("p=oops"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.record",
	    AUDIT_WRONG, "nothing", NULL, NULL },
	{ DMARC("p=oops; rua=mailto:a@d.example"), PLAN_SEND, AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.policy", AUDIT_WRONG, NULL, NULL, NULL },
	{ "_dmarc.d.example TIMEOUT\n", PLAN_SEND, AUDIT_DMARC, AUDIT_UNTESTED,
	    "dmarc.record", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "_dmarc.d.example BOGUS\n", PLAN_SEND, AUDIT_DMARC, AUDIT_UNTESTED,
	    "dmarc.record", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "_dmarc.example TXT \"v=DMARC1; p=none; sp=reject\"\n", PLAN_SEND, AUDIT_DMARC,
	    AUDIT_MET, "dmarc.record", AUDIT_INFO, "example", NULL, NULL },
	{ DMARC("p=reject"), PLAN_SEND, AUDIT_DMARC, AUDIT_MET, "dmarc.record",
	    AUDIT_INFO, "of its own", NULL, NULL },
	{ DMARC("p=reject"), PLAN_NONE, AUDIT_DMARC, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK,
	    NULL, NULL, NULL },
};

static void
test_dmarc(void **state)
{
	(void)state;
	AUDIT_CHECK(dmarc_rows);
}

static const struct audit_row alignment_rows[] = {
	{ DMARC("p=none"), PLAN_SEND, AUDIT_ALIGNMENT, AUDIT_MET, "dmarc.alignment",
	    AUDIT_OK, "SPF relaxed, DKIM relaxed", NULL, NULL },
	{ DMARC("p=none; adkim=s; aspf=r"), PLAN_SEND, AUDIT_ALIGNMENT, AUDIT_MET,
	    "dmarc.alignment", AUDIT_OK, "SPF relaxed, DKIM strict", NULL, NULL },
	{ DMARC("p=none; adkim=x"), PLAN_SEND, AUDIT_ALIGNMENT, AUDIT_MET, "dmarc.mode",
	    AUDIT_LOOK, "adkim", NULL, NULL },
	{ DMARC("p=none; aspf=x"), PLAN_SEND, AUDIT_ALIGNMENT, AUDIT_MET, "dmarc.mode",
	    AUDIT_LOOK, "aspf", NULL, NULL },
	{ "", PLAN_SEND, AUDIT_ALIGNMENT, AUDIT_NOT_MET, "dmarc.record", AUDIT_WRONG,
	    NULL, NULL, NULL },
};

static void
test_alignment(void **state)
{
	(void)state;
	AUDIT_CHECK(alignment_rows);
}

static const struct audit_row reports_rows[] = {
	{ MX DMARC("p=none; rua=mailto:a@d.example"), PLAN_SEND, AUDIT_REPORTS,
	    AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL, NULL, NULL },
	{ MX DMARC("p=none; rua=mailto:a@d.example"), PLAN_NONE, AUDIT_REPORTS,
	    AUDIT_FOLLOWED, "rua.mailbox", AUDIT_OK, NULL, NULL, NULL },
	{ DMARC("p=none"), PLAN_SEND, AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "rua.absent",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ DMARC("p=none; rua=https://d.example/"), PLAN_SEND, AUDIT_REPORTS,
	    AUDIT_NOT_FOLLOWED, "rua.absent", AUDIT_WRONG, NULL, NULL, NULL },
	/* As `report` reads it: no sender of reports could write to that. */
	{ MX DMARC(
	      "p=none; rua=mailto:a@localhost,mailto:a b@d.example,mailto:@d.example"),
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "rua.absent", AUDIT_WRONG, NULL,
	    NULL, NULL },
	{ MX DMARC("p=none; rua=mailto:a%40d.example?subject=x@r.example"), PLAN_SEND,
	    AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL, NULL, NULL },
	{ "", PLAN_SEND, AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "dmarc.record", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example!10m"),
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "rua.permission", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example") "d.example._report._dmarc.r.example TXT "
						"\"v=DMARC1\"\n",
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL, NULL,
	    NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example") "d.example._report._dmarc.r.example TXT "
						"\"v=DMARC1;\"\n",
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL, NULL,
	    NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example") "*._report._dmarc.r.example TXT "
						"\"v=DMARC1\"\n",
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL, NULL,
	    NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example") "d.example._report._dmarc.r.example TXT "
						"\"v=DMARC12\"\n",
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "rua.permission", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example") "d.example._report._dmarc.r.example "
						"TIMEOUT\n",
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_UNTESTED, "rua.permission", AUDIT_UNKNOWN,
	    "could not be found out: ", NULL, NULL },
	{ "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
	      "p=none; rua=mailto:a@r.example") "_dmarc.r.example TIMEOUT\n",
	    PLAN_SEND, AUDIT_REPORTS, AUDIT_UNTESTED, "rua.permission", AUDIT_UNKNOWN,
	    "another organisation", NULL, NULL },
	{ DMARC("p=none; rua=mailto:a@d.example"), PLAN_SEND, AUDIT_REPORTS,
	    AUDIT_NOT_FOLLOWED, "rua.mail", AUDIT_WRONG, NULL, NULL, NULL },
	{ NULL_MX DMARC("p=none; rua=mailto:a@d.example"), PLAN_SEND, AUDIT_REPORTS,
	    AUDIT_NOT_FOLLOWED, "rua.mail", AUDIT_WRONG, NULL, NULL, NULL },
	{ "d.example A 192.0.2.1\n" DMARC("p=none; rua=mailto:a@d.example"), PLAN_SEND,
	    AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL, NULL, NULL },
	{ "d.example TIMEOUT MX\n" DMARC("p=none; rua=mailto:a@d.example"), PLAN_SEND,
	    AUDIT_REPORTS, AUDIT_UNTESTED, "rua.mail", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ MX DMARC("p=none; rua=mailto:a@d.example; ruf=mailto:b@d.example"), PLAN_SEND,
	    AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.ruf", AUDIT_INFO, NULL, NULL, NULL },
};

static void
test_reports(void **state)
{
	(void)state;
	AUDIT_CHECK(reports_rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dmarc),
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_reports),
	};

	return cmocka_run_group_tests_name("audit_dmarc", tests, NULL, NULL);
}
