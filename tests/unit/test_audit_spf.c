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
	AUDIT_SENDS(TXT("v=spf1 redirect=t0.example") "t0.example TXT \"v=spf1 "
						      "redirect=t1.example\"\n"
						      "t1.example TXT \"v=spf1 "
						      "redirect=t2.example\"\n"
						      "t2.example TXT \"v=spf1 "
						      "redirect=t3.example\"\n"
						      "t3.example TXT \"v=spf1 "
						      "redirect=t4.example\"\n"
						      "t4.example TXT \"v=spf1 "
						      "redirect=t5.example\"\n"
						      "t5.example TXT \"v=spf1 "
						      "redirect=t6.example\"\n"
						      "t6.example TXT \"v=spf1 "
						      "redirect=t7.example\"\n"
						      "t7.example TXT \"v=spf1 "
						      "redirect=t8.example\"\n"
						      "t8.example TXT \"v=spf1 "
						      "redirect=t9.example\"\n"
						      "t9.example TXT \"v=spf1 "
						      "redirect=t10.example\"\n"
						      "t10.example TXT \"v=spf1 "
						      "redirect=t11.example\"\n"
						      "t11.example TXT \"v=spf1 "
						      "redirect=t12.example\"\n"
						      "t12.example TXT \"v=spf1 "
						      "redirect=t13.example\"\n"
						      "t13.example TXT \"v=spf1 "
						      "redirect=t14.example\"\n"
						      "t14.example TXT \"v=spf1 "
						      "redirect=t15.example\"\n"
						      "t15.example TXT \"v=spf1 "
						      "redirect=t16.example\"\n"
						      "t16.example TXT \"v=spf1 "
						      "redirect=t17.example\"\n"
						      "t17.example TXT \"v=spf1 "
						      "redirect=t18.example\"\n"
						      "t18.example TXT \"v=spf1 "
						      "redirect=t19.example\"\n"
						      "t19.example TXT \"v=spf1 "
						      "redirect=t20.example\"\n"
						      "t20.example TXT \"v=spf1 "
						      "redirect=t21.example\"\n"
						      "t21.example TXT \"v=spf1 "
						      "redirect=t22.example\"\n"
						      "t22.example TXT \"v=spf1 "
						      "redirect=t23.example\"\n"
						      "t23.example TXT \"v=spf1 "
						      "redirect=t24.example\"\n"
						      "t24.example TXT \"v=spf1 "
						      "redirect=t25.example\"\n"
						      "t25.example TXT \"v=spf1 "
						      "redirect=t26.example\"\n"
						      "t26.example TXT \"v=spf1 "
						      "redirect=t27.example\"\n"
						      "t27.example TXT \"v=spf1 "
						      "redirect=t28.example\"\n"
						      "t28.example TXT \"v=spf1 "
						      "redirect=t29.example\"\n"
						      "t29.example TXT \"v=spf1 "
						      "redirect=t30.example\"\n"
						      "t30.example TXT \"v=spf1 "
						      "redirect=t31.example\"\n"
						      "t31.example TXT \"v=spf1 "
						      "redirect=t32.example\"\n"
						      "t32.example TXT \"v=spf1 "
						      "redirect=t33.example\"\n"
						      "t33.example TXT \"v=spf1 "
						      "redirect=t34.example\"\n"
						      "t34.example TXT \"v=spf1 "
						      "redirect=t35.example\"\n"
						      "t35.example TXT \"v=spf1 "
						      "redirect=t36.example\"\n"
						      "t36.example TXT \"v=spf1 "
						      "redirect=t37.example\"\n"
						      "t37.example TXT \"v=spf1 "
						      "redirect=t38.example\"\n"
						      "t38.example TXT \"v=spf1 "
						      "redirect=t39.example\"\n"
						      "t39.example TXT \"v=spf1 "
						      "redirect=t40.example\"\n"
						      "t40.example TXT \"v=spf1 "
						      "redirect=t41.example\"\n",
	    AUDIT_SPF, AUDIT_NOT_MET, "spf.size", AUDIT_WRONG, NULL),
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
