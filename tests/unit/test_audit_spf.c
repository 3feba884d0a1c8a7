#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit_run.h"
#include "audit_zone.h"

/* Hosts a1.d.example and on, and terms that look each up. */
#define HOST(n) "a" #n ".d.example A 192.0.2." #n "\n"
#define HOSTS_8 HOST(1) HOST(2) HOST(3) HOST(4) HOST(5) HOST(6) HOST(7) HOST(8)
#define HOSTS_9 HOSTS_8 HOST(9)
#define HOSTS_10 HOSTS_9 HOST(10)
#define HOSTS_11 HOSTS_10 HOST(11)
#define TERM(n) "a:a" #n ".d.example "
#define TERMS_8 TERM(1) TERM(2) TERM(3) TERM(4) TERM(5) TERM(6) TERM(7) TERM(8)
#define TERMS_9 TERMS_8 TERM(9)
#define TERMS_10 TERMS_9 TERM(10)
#define TERMS_11 TERMS_10 TERM(11)
#define EXCHANGER(n) "d.example MX 10 m" #n ".example\n"
/* From t0.example on, one more than are followed. */
#define STEP(n, next) "t" #n ".example TXT \"v=spf1 redirect=t" #next ".example\"\n"
/* Version 14 lays it out otherwise each time. */
/* clang-format off */
#define STEPS \
	STEP(0, 1) STEP(1, 2) STEP(2, 3) STEP(3, 4) STEP(4, 5) \
	STEP(5, 6) STEP(6, 7) STEP(7, 8) STEP(8, 9) STEP(9, 10) \
	STEP(10, 11) STEP(11, 12) STEP(12, 13) STEP(13, 14) STEP(14, 15) \
	STEP(15, 16) STEP(16, 17) STEP(17, 18) STEP(18, 19) STEP(19, 20) \
	STEP(20, 21) STEP(21, 22) STEP(22, 23) STEP(23, 24) STEP(24, 25) \
	STEP(25, 26) STEP(26, 27) STEP(27, 28) STEP(28, 29) STEP(29, 30) \
	STEP(30, 31) STEP(31, 32) STEP(32, 33) STEP(33, 34) STEP(34, 35) \
	STEP(35, 36) STEP(36, 37) STEP(37, 38) STEP(38, 39) STEP(39, 40) \
	STEP(40, 41)
/* clang-format on */

static const struct audit_row spf_rows[] = {
	AUDIT_SENDS(SPF, AUDIT_SPF, AUDIT_MET, "spf.record", AUDIT_OK, NULL),
	AUDIT_SENDS(SPF, AUDIT_SPF, AUDIT_MET, "spf.lookups", AUDIT_INFO, NULL),
	AUDIT_SENDS(
	    "", AUDIT_SPF, AUDIT_NOT_MET, "spf.record", AUDIT_WRONG, "has no SPF"),
	AUDIT_SENDS(SPF TXT("v=spf1 ~all"), AUDIT_SPF, AUDIT_NOT_MET, "spf.record",
	    AUDIT_WRONG, "several"),
	AUDIT_SENDS(TXT("v=spf1 ip4:nonsense -all"), AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.record", AUDIT_WRONG, "ip4:nonsense"),
	AUDIT_SENDS("d.example TIMEOUT TXT\n", AUDIT_SPF, AUDIT_UNTESTED, "spf.record",
	    AUDIT_UNKNOWN, NULL),
	AUDIT_SENDS(TXT("v=spf1 a ~all") "d.example A 192.0.2.1\n", AUDIT_SPF, AUDIT_MET,
	    "spf.end", AUDIT_OK, "~all"),
	AUDIT_SENDS(TXT("v=spf1 a -all") "d.example A 192.0.2.1\n", AUDIT_SPF, AUDIT_MET,
	    "spf.end", AUDIT_OK, "-all"),
	AUDIT_SENDS(
	    TXT("v=spf1 +all"), AUDIT_SPF, AUDIT_NOT_MET, "spf.end", AUDIT_WRONG, "+all"),
	AUDIT_SENDS(
	    TXT("v=spf1 ?all"), AUDIT_SPF, AUDIT_NOT_MET, "spf.end", AUDIT_WRONG, "?all"),
	AUDIT_SENDS(TXT("v=spf1 ip4:192.0.2.1"), AUDIT_SPF, AUDIT_NOT_MET, "spf.end",
	    AUDIT_WRONG, "no end"),
	AUDIT_SENDS(
	    TXT("v=spf1 redirect=r.d.example") "r.d.example TXT \"v=spf1 -all\"\n",
	    AUDIT_SPF, AUDIT_MET, "spf.end", AUDIT_OK, "-all"),
	AUDIT_SENDS(
	    TXT("v=spf1 redirect=r.d.example") "r.d.example TXT \"v=spf1 +all\"\n",
	    AUDIT_SPF, AUDIT_NOT_MET, "spf.end", AUDIT_WRONG, "+all"),
	AUDIT_SENDS(TXT("v=spf1 redirect=%{d}.r.example"), AUDIT_SPF, AUDIT_MET,
	    "spf.end", AUDIT_LOOK, NULL),
	AUDIT_SENDS(TXT("v=spf1 -all redirect=r.d.example"), AUDIT_SPF, AUDIT_MET,
	    "spf.behind", AUDIT_LOOK, NULL),
	AUDIT_SENDS(
	    TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 +all\"\n",
	    AUDIT_SPF, AUDIT_NOT_MET, "spf.include", AUDIT_WRONG, "whole world"),
	AUDIT_SENDS(TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 "
							 "include:j.example "
							 "-all\"\nj.example TXT \"v=spf1 "
							 "+all\"\n",
	    AUDIT_SPF, AUDIT_NOT_MET, "spf.include", AUDIT_WRONG, "whole world"),
	AUDIT_SENDS(
	    TXT("v=spf1 -include:i.example -all") "i.example TXT \"v=spf1 +all\"\n",
	    AUDIT_SPF, AUDIT_MET, "spf.end", AUDIT_OK, NULL),
	AUDIT_SENDS(
	    TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 ?all\"\n",
	    AUDIT_SPF, AUDIT_MET, "spf.end", AUDIT_OK, NULL),
	AUDIT_SENDS(TXT("v=spf1 include:i.example -all"), AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.include", AUDIT_WRONG, "has no SPF record"),
	AUDIT_SENDS(
	    TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 nonsense\"\n",
	    AUDIT_SPF, AUDIT_NOT_MET, "spf.include", AUDIT_WRONG, "cannot be used"),
	AUDIT_SENDS(TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 "
							 "-all\"\ni.example "
							 "TXT \"v=spf1 ~all\"\n",
	    AUDIT_SPF, AUDIT_NOT_MET, "spf.include", AUDIT_WRONG, "cannot be used"),
	AUDIT_SENDS(TXT("v=spf1 include:i.example -all") "i.example TIMEOUT\n", AUDIT_SPF,
	    AUDIT_UNTESTED, "spf.answer", AUDIT_UNKNOWN, NULL),
	AUDIT_SENDS(TXT("v=spf1 a:x.example -all") "x.example TIMEOUT\n", AUDIT_SPF,
	    AUDIT_UNTESTED, "spf.answer", AUDIT_UNKNOWN, NULL),
	AUDIT_SENDS(TXT("v=spf1 include:d.example -all"), AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.ring", AUDIT_WRONG, NULL),
	AUDIT_SENDS(TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 "
							 "redirect=d.example\"\n",
	    AUDIT_SPF, AUDIT_NOT_MET, "spf.ring", AUDIT_WRONG, NULL),
	AUDIT_SENDS(HOSTS_8 TXT("v=spf1 " TERMS_8 "-all"), AUDIT_SPF, AUDIT_MET,
	    "spf.lookups", AUDIT_INFO, NULL),
	AUDIT_SENDS(HOSTS_9 TXT("v=spf1 " TERMS_9 "-all"), AUDIT_SPF, AUDIT_MET,
	    "spf.lookups", AUDIT_LOOK, NULL),
	AUDIT_SENDS(HOSTS_10 TXT("v=spf1 " TERMS_10 "-all"), AUDIT_SPF, AUDIT_MET,
	    "spf.lookups", AUDIT_LOOK, NULL),
	AUDIT_SENDS(HOSTS_11 TXT("v=spf1 " TERMS_11 "-all"), AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.lookups", AUDIT_WRONG, NULL),
	AUDIT_SENDS(TXT("v=spf1 a:x1.example a:x2.example a:x3.example -all"), AUDIT_SPF,
	    AUDIT_NOT_MET, "spf.voids", AUDIT_WRONG, NULL),
	AUDIT_SENDS(TXT("v=spf1 a:x1.example mx:x2.example -all"), AUDIT_SPF, AUDIT_MET,
	    "spf.end", AUDIT_OK, NULL),
	AUDIT_SENDS(TXT("v=spf1 mx -all") EXCHANGER(0) EXCHANGER(1) EXCHANGER(2)
			EXCHANGER(3) EXCHANGER(4) EXCHANGER(5) EXCHANGER(6) EXCHANGER(7)
			    EXCHANGER(8) EXCHANGER(9) EXCHANGER(10),
	    AUDIT_SPF, AUDIT_NOT_MET, "spf.hosts", AUDIT_WRONG, NULL),
	AUDIT_SENDS(TXT("v=spf1 ip4:192.0.2.0/4 -all"), AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.addresses", AUDIT_WRONG, "268435456"),
	AUDIT_SENDS(TXT("v=spf1 ip4:10.0.0.0/5 ip4:10.0.0.0/8 -all"), AUDIT_SPF,
	    AUDIT_MET, "spf.addresses", AUDIT_LOOK, "134217728"),
	AUDIT_SENDS(TXT("v=spf1 ip6:2001::/11 -all"), AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.addresses", AUDIT_WRONG, NULL),
	AUDIT_SENDS(TXT("v=spf1 ip6:2001::/19 -all"), AUDIT_SPF, AUDIT_MET,
	    "spf.addresses", AUDIT_LOOK, NULL),
	AUDIT_SENDS(TXT("v=spf1 ip4:10.0.0.0/15 -all"), AUDIT_SPF, AUDIT_MET, "spf.wide",
	    AUDIT_LOOK, NULL),
	AUDIT_SENDS(TXT("v=spf1 -ip4:0.0.0.0/0 ~all"), AUDIT_SPF, AUDIT_MET, "spf.end",
	    AUDIT_OK, NULL),
	AUDIT_SENDS(
	    TXT("v=spf1 ptr -all"), AUDIT_SPF, AUDIT_MET, "spf.ptr", AUDIT_LOOK, NULL),
	AUDIT_SENDS(
	    TXT("v=spf1 -all a"), AUDIT_SPF, AUDIT_MET, "spf.behind", AUDIT_LOOK, NULL),
	AUDIT_SENDS(TXT("v=spf1 foo=bar -all"), AUDIT_SPF, AUDIT_MET, "spf.modifier",
	    AUDIT_LOOK, NULL),
	AUDIT_SENDS(TXT("v=spf1 exists:%{i}.x.example -all"), AUDIT_SPF, AUDIT_MET,
	    "spf.macro", AUDIT_INFO, NULL),
	{ SPF, PLAN_NONE, AUDIT_SPF, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL, NULL,
	    NULL },
	AUDIT_SENDS(TXT("v=spf1 redirect=t0.example") STEPS, AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.size", AUDIT_WRONG, NULL),
};

static void
test_spf(void **state)
{
	(void)state;
	AUDIT_CHECK(spf_rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spf),
	};

	return cmocka_run_group_tests_name("audit_spf", tests, NULL, NULL);
}
