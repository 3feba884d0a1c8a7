#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit_run.h"
#include "audit_zone.h"

static const struct audit_row dmarc_rows[] = {
	AUDIT_SENDS(
	    DMARC("p=reject"), AUDIT_DMARC, AUDIT_MET, "dmarc.policy", AUDIT_OK, NULL),
	AUDIT_SENDS(
	    DMARC("p=quarantine"), AUDIT_DMARC, AUDIT_MET, "dmarc.below", AUDIT_OK, NULL),
	AUDIT_SENDS(DMARC("p=none"), AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.policy",
	    AUDIT_WRONG, NULL),
	AUDIT_SENDS(DMARC("p=reject; sp=none"), AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.below",
	    AUDIT_WRONG, NULL),
	AUDIT_SENDS(DMARC("p=reject; np=none"), AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.np",
	    AUDIT_WRONG, NULL),
	AUDIT_SENDS(DMARC("p=reject; np=reject"), AUDIT_DMARC, AUDIT_MET, "dmarc.np",
	    AUDIT_OK, NULL),
	AUDIT_SENDS(DMARC("p=quarantine; t=y"), AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.policy", AUDIT_WRONG, NULL),
	AUDIT_SENDS(DMARC("p=reject; t=y"), AUDIT_DMARC, AUDIT_MET, "dmarc.policy",
	    AUDIT_LOOK, NULL),
	AUDIT_SENDS(DMARC("p=reject; pct=0"), AUDIT_DMARC, AUDIT_MET, "dmarc.policy",
	    AUDIT_LOOK, NULL),
	AUDIT_SENDS(DMARC("p=quarantine; pct=0"), AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.below", AUDIT_WRONG, NULL),
	AUDIT_SENDS(DMARC("p=reject; pct=50"), AUDIT_DMARC, AUDIT_MET, "dmarc.pct",
	    AUDIT_LOOK, NULL),
	AUDIT_SENDS(DMARC("p=reject; sp=reject; np=quarantine; t=y"), AUDIT_DMARC,
	    AUDIT_NOT_MET, "dmarc.np", AUDIT_WRONG, NULL),
	AUDIT_SENDS(DMARC("p=reject; np=reject; t=y"), AUDIT_DMARC, AUDIT_MET, "dmarc.np",
	    AUDIT_LOOK, NULL),
	AUDIT_SENDS(DMARC("p=reject; sp=quarantine; t=y"), AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.below", AUDIT_WRONG, NULL),
	AUDIT_SENDS(DMARC("p=reject; t=y"), AUDIT_DMARC, AUDIT_MET, "dmarc.below",
	    AUDIT_LOOK, NULL),
	AUDIT_SENDS("", AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.record", AUDIT_WRONG, NULL),
	AUDIT_SENDS(DMARC("p=none") DMARC("p=reject"), AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.record", AUDIT_WRONG, "several"),
	AUDIT_SENDS("_dmarc.d.example TXT \"v=DMARC2; p=reject\"\n", AUDIT_DMARC,
	    AUDIT_NOT_MET, "dmarc.record", AUDIT_WRONG, "looks like"),
	AUDIT_SENDS(DMARC("p=oops"), AUDIT_DMARC, AUDIT_NOT_MET, "dmarc.record",
	    AUDIT_WRONG, "nothing"),
	AUDIT_SENDS(DMARC("p=oops; rua=mailto:a@d.example"), AUDIT_DMARC, AUDIT_NOT_MET,
	    "dmarc.policy", AUDIT_WRONG, NULL),
	AUDIT_SENDS("_dmarc.d.example TIMEOUT\n", AUDIT_DMARC, AUDIT_UNTESTED,
	    "dmarc.record", AUDIT_UNKNOWN, NULL),
	AUDIT_SENDS("_dmarc.d.example BOGUS\n", AUDIT_DMARC, AUDIT_UNTESTED,
	    "dmarc.record", AUDIT_UNKNOWN, NULL),
	AUDIT_SENDS("_dmarc.example TXT \"v=DMARC1; p=none; sp=reject\"\n", AUDIT_DMARC,
	    AUDIT_MET, "dmarc.record", AUDIT_INFO, "example"),
	AUDIT_SENDS(DMARC("p=reject"), AUDIT_DMARC, AUDIT_MET, "dmarc.record", AUDIT_INFO,
	    "of its own"),
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
	AUDIT_SENDS(DMARC("p=none"), AUDIT_ALIGNMENT, AUDIT_MET, "dmarc.alignment",
	    AUDIT_OK, "SPF relaxed, DKIM relaxed"),
	AUDIT_SENDS(DMARC("p=none; adkim=s; aspf=r"), AUDIT_ALIGNMENT, AUDIT_MET,
	    "dmarc.alignment", AUDIT_OK, "SPF relaxed, DKIM strict"),
	AUDIT_SENDS(DMARC("p=none; adkim=x"), AUDIT_ALIGNMENT, AUDIT_MET, "dmarc.mode",
	    AUDIT_LOOK, "adkim"),
	AUDIT_SENDS(DMARC("p=none; aspf=x"), AUDIT_ALIGNMENT, AUDIT_MET, "dmarc.mode",
	    AUDIT_LOOK, "aspf"),
	AUDIT_SENDS(
	    "", AUDIT_ALIGNMENT, AUDIT_NOT_MET, "dmarc.record", AUDIT_WRONG, NULL),
};

static void
test_alignment(void **state)
{
	(void)state;
	AUDIT_CHECK(alignment_rows);
}

static const struct audit_row reports_rows[] = {
	AUDIT_SENDS(MX DMARC("p=none; rua=mailto:a@d.example"), AUDIT_REPORTS,
	    AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL),
	{ MX DMARC("p=none; rua=mailto:a@d.example"), PLAN_NONE, AUDIT_REPORTS,
	    AUDIT_FOLLOWED, "rua.mailbox", AUDIT_OK, NULL, NULL, NULL },
	AUDIT_SENDS(DMARC("p=none"), AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "rua.absent",
	    AUDIT_WRONG, NULL),
	AUDIT_SENDS(DMARC("p=none; rua=https://d.example/"), AUDIT_REPORTS,
	    AUDIT_NOT_FOLLOWED, "rua.absent", AUDIT_WRONG, NULL),
	/* As `report` reads it: no sender of reports could write to that. */
	AUDIT_SENDS(
	    MX DMARC(
		"p=none; rua=mailto:a@localhost,mailto:a b@d.example,mailto:@d.example"),
	    AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "rua.absent", AUDIT_WRONG, NULL),
	AUDIT_SENDS(MX DMARC("p=none; rua=mailto:a%40d.example?subject=x@r.example"),
	    AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL),
	AUDIT_SENDS(
	    "", AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "dmarc.record", AUDIT_WRONG, NULL),
	AUDIT_SENDS("r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
			"p=none; rua=mailto:a@r.example!10m"),
	    AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "rua.permission", AUDIT_WRONG, NULL),
	AUDIT_SENDS("r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
			"p=none; rua=mailto:a@r.example") "d.example._report._dmarc.r."
							  "example TXT "
							  "\"v=DMARC1\"\n",
	    AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL),
	AUDIT_SENDS("r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
			"p=none; rua=mailto:a@r.example") "d.example._report._dmarc.r."
							  "example TXT "
							  "\"v=DMARC1;\"\n",
	    AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL),
	AUDIT_SENDS(
	    "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
		"p=none; rua=mailto:a@r.example") "*._report._dmarc.r.example TXT "
						  "\"v=DMARC1\"\n",
	    AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL),
	AUDIT_SENDS("r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
			"p=none; rua=mailto:a@r.example") "d.example._report._dmarc.r."
							  "example TXT "
							  "\"v=DMARC12\"\n",
	    AUDIT_REPORTS, AUDIT_NOT_FOLLOWED, "rua.permission", AUDIT_WRONG, NULL),
	AUDIT_SENDS(
	    "r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
		"p=none; rua=mailto:a@r.example") "d.example._report._dmarc.r.example "
						  "TIMEOUT\n",
	    AUDIT_REPORTS, AUDIT_UNTESTED, "rua.permission", AUDIT_UNKNOWN,
	    "could not be found out: "),
	AUDIT_SENDS("r.example MX 5 mx.r.example\nmx.r.example A 192.0.2.5\n" DMARC(
			"p=none; rua=mailto:a@r.example") "_dmarc.r.example TIMEOUT\n",
	    AUDIT_REPORTS, AUDIT_UNTESTED, "rua.permission", AUDIT_UNKNOWN,
	    "another organisation"),
	AUDIT_SENDS(DMARC("p=none; rua=mailto:a@d.example"), AUDIT_REPORTS,
	    AUDIT_NOT_FOLLOWED, "rua.mail", AUDIT_WRONG, NULL),
	AUDIT_SENDS(NULL_MX DMARC("p=none; rua=mailto:a@d.example"), AUDIT_REPORTS,
	    AUDIT_NOT_FOLLOWED, "rua.mail", AUDIT_WRONG, NULL),
	AUDIT_SENDS("d.example A 192.0.2.1\n" DMARC("p=none; rua=mailto:a@d.example"),
	    AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.takes", AUDIT_OK, NULL),
	AUDIT_SENDS("d.example TIMEOUT MX\n" DMARC("p=none; rua=mailto:a@d.example"),
	    AUDIT_REPORTS, AUDIT_UNTESTED, "rua.mail", AUDIT_UNKNOWN, NULL),
	AUDIT_SENDS(MX DMARC("p=none; rua=mailto:a@d.example; ruf=mailto:b@d.example"),
	    AUDIT_REPORTS, AUDIT_FOLLOWED, "rua.ruf", AUDIT_INFO, NULL),
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
