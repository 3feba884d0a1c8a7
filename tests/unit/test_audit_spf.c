#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit_run.h"
#include "audit_zone.h"

static const struct audit_row spf_rows[] = {
	{ SPF, PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.record", AUDIT_OK, NULL, NULL,
	    NULL },
	{ SPF, PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.lookups", AUDIT_INFO, NULL, NULL,
	    NULL },
	{ "", PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.record", AUDIT_WRONG,
	    "has no SPF", NULL, NULL },
	{ SPF TXT("v=spf1 ~all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.record",
	    AUDIT_WRONG, "several", NULL, NULL },
	{ TXT("v=spf1 ip4:nonsense -all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.record", AUDIT_WRONG, "ip4:nonsense", NULL, NULL },
	{ "d.example TIMEOUT TXT\n", PLAN_SEND, AUDIT_SPF, AUDIT_UNTESTED, "spf.record",
	    AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ TXT("v=spf1 a ~all") "d.example A 192.0.2.1\n", PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.end", AUDIT_OK, "~all", NULL, NULL },
	{ TXT("v=spf1 a -all") "d.example A 192.0.2.1\n", PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.end", AUDIT_OK, "-all", NULL, NULL },
	{ TXT("v=spf1 +all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.end", AUDIT_WRONG,
	    "+all", NULL, NULL },
	{ TXT("v=spf1 ?all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.end", AUDIT_WRONG,
	    "?all", NULL, NULL },
	{ TXT("v=spf1 ip4:192.0.2.1"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.end",
	    AUDIT_WRONG, "no end", NULL, NULL },
	{ TXT("v=spf1 redirect=r.d.example") "r.d.example TXT \"v=spf1 -all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.end", AUDIT_OK, "-all", NULL, NULL },
	{ TXT("v=spf1 redirect=r.d.example") "r.d.example TXT \"v=spf1 +all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.end", AUDIT_WRONG, "+all", NULL,
	    NULL },
	{ TXT("v=spf1 redirect=%{d}.r.example"), PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.end", AUDIT_LOOK, NULL, NULL, NULL },
	{ TXT("v=spf1 -all redirect=r.d.example"), PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.behind", AUDIT_LOOK, NULL, NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 +all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.include", AUDIT_WRONG,
	    "whole world", NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 include:j.example "
					       "-all\"\nj.example TXT \"v=spf1 +all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.include", AUDIT_WRONG,
	    "whole world", NULL, NULL },
	{ TXT("v=spf1 -include:i.example -all") "i.example TXT \"v=spf1 +all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.end", AUDIT_OK, NULL, NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 ?all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.end", AUDIT_OK, NULL, NULL, NULL },
	{ TXT("v=spf1 include:i.example -all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.include", AUDIT_WRONG, "has no SPF record", NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 nonsense\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.include", AUDIT_WRONG,
	    "cannot be used", NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 -all\"\ni.example "
					       "TXT \"v=spf1 ~all\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.include", AUDIT_WRONG,
	    "cannot be used", NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TIMEOUT\n", PLAN_SEND,
	    AUDIT_SPF, AUDIT_UNTESTED, "spf.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ TXT("v=spf1 a:x.example -all") "x.example TIMEOUT\n", PLAN_SEND, AUDIT_SPF,
	    AUDIT_UNTESTED, "spf.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ TXT("v=spf1 include:d.example -all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.ring", AUDIT_WRONG, NULL, NULL, NULL },
	{ TXT("v=spf1 include:i.example -all") "i.example TXT \"v=spf1 "
					       "redirect=d.example\"\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.ring", AUDIT_WRONG, NULL, NULL,
	    NULL },
	{ "a1.d.example A 192.0.2.1\n"
	  "a2.d.example A 192.0.2.2\n"
	  "a3.d.example A 192.0.2.3\n"
	  "a4.d.example A 192.0.2.4\n"
	  "a5.d.example A 192.0.2.5\n"
	  "a6.d.example A 192.0.2.6\n"
	  "a7.d.example A 192.0.2.7\n"
	  "a8.d.example A 192.0.2.8\n" TXT(
	      "v=spf1 a:a1.d.example a:a2.d.example a:a3.d.example a:a4.d.example "
	      "a:a5.d.example a:a6.d.example a:a7.d.example a:a8.d.example -all"),
	    PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.lookups", AUDIT_INFO, NULL, NULL,
	    NULL },
	{ "a1.d.example A 192.0.2.1\n"
	  "a2.d.example A 192.0.2.2\n"
	  "a3.d.example A 192.0.2.3\n"
	  "a4.d.example A 192.0.2.4\n"
	  "a5.d.example A 192.0.2.5\n"
	  "a6.d.example A 192.0.2.6\n"
	  "a7.d.example A 192.0.2.7\n"
	  "a8.d.example A 192.0.2.8\n"
	  "a9.d.example A 192.0.2.9\n" TXT(
	      "v=spf1 a:a1.d.example a:a2.d.example a:a3.d.example a:a4.d.example "
	      "a:a5.d.example a:a6.d.example a:a7.d.example a:a8.d.example "
	      "a:a9.d.example -all"),
	    PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.lookups", AUDIT_LOOK, NULL, NULL,
	    NULL },
	{ "a1.d.example A 192.0.2.1\n"
	  "a2.d.example A 192.0.2.2\n"
	  "a3.d.example A 192.0.2.3\n"
	  "a4.d.example A 192.0.2.4\n"
	  "a5.d.example A 192.0.2.5\n"
	  "a6.d.example A 192.0.2.6\n"
	  "a7.d.example A 192.0.2.7\n"
	  "a8.d.example A 192.0.2.8\n"
	  "a9.d.example A 192.0.2.9\n"
	  "a10.d.example A 192.0.2.10\n" TXT(
	      "v=spf1 a:a1.d.example a:a2.d.example a:a3.d.example a:a4.d.example "
	      "a:a5.d.example a:a6.d.example a:a7.d.example a:a8.d.example "
	      "a:a9.d.example a:a10.d.example -all"),
	    PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.lookups", AUDIT_LOOK, NULL, NULL,
	    NULL },
	{ "a1.d.example A 192.0.2.1\n"
	  "a2.d.example A 192.0.2.2\n"
	  "a3.d.example A 192.0.2.3\n"
	  "a4.d.example A 192.0.2.4\n"
	  "a5.d.example A 192.0.2.5\n"
	  "a6.d.example A 192.0.2.6\n"
	  "a7.d.example A 192.0.2.7\n"
	  "a8.d.example A 192.0.2.8\n"
	  "a9.d.example A 192.0.2.9\n"
	  "a10.d.example A 192.0.2.10\n"
	  "a11.d.example A 192.0.2.11\n" TXT(
	      "v=spf1 a:a1.d.example a:a2.d.example a:a3.d.example a:a4.d.example "
	      "a:a5.d.example a:a6.d.example a:a7.d.example a:a8.d.example "
	      "a:a9.d.example a:a10.d.example a:a11.d.example -all"),
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.lookups", AUDIT_WRONG, NULL, NULL,
	    NULL },
	{ TXT("v=spf1 a:x1.example a:x2.example a:x3.example -all"), PLAN_SEND, AUDIT_SPF,
	    AUDIT_NOT_MET, "spf.voids", AUDIT_WRONG, NULL, NULL, NULL },
	{ TXT("v=spf1 a:x1.example mx:x2.example -all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.end", AUDIT_OK, NULL, NULL, NULL },
	{ TXT("v=spf1 mx -all") "d.example MX 10 m0.example\n"
				"d.example MX 10 m1.example\n"
				"d.example MX 10 m2.example\n"
				"d.example MX 10 m3.example\n"
				"d.example MX 10 m4.example\n"
				"d.example MX 10 m5.example\n"
				"d.example MX 10 m6.example\n"
				"d.example MX 10 m7.example\n"
				"d.example MX 10 m8.example\n"
				"d.example MX 10 m9.example\n"
				"d.example MX 10 m10.example\n",
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.hosts", AUDIT_WRONG, NULL, NULL,
	    NULL },
	{ TXT("v=spf1 ip4:192.0.2.0/4 -all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.addresses", AUDIT_WRONG, "268435456", NULL, NULL },
	{ TXT("v=spf1 ip4:10.0.0.0/5 ip4:10.0.0.0/8 -all"), PLAN_SEND, AUDIT_SPF,
	    AUDIT_MET, "spf.addresses", AUDIT_LOOK, "134217728", NULL, NULL },
	{ TXT("v=spf1 ip6:2001::/11 -all"), PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET,
	    "spf.addresses", AUDIT_WRONG, NULL, NULL, NULL },
	{ TXT("v=spf1 ip6:2001::/19 -all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.addresses", AUDIT_LOOK, NULL, NULL, NULL },
	{ TXT("v=spf1 ip4:10.0.0.0/15 -all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.wide",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ TXT("v=spf1 -ip4:0.0.0.0/0 ~all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.end",
	    AUDIT_OK, NULL, NULL, NULL },
	{ TXT("v=spf1 ptr -all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.ptr", AUDIT_LOOK,
	    NULL, NULL, NULL },
	{ TXT("v=spf1 -all a"), PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.behind", AUDIT_LOOK,
	    NULL, NULL, NULL },
	{ TXT("v=spf1 foo=bar -all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET, "spf.modifier",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ TXT("v=spf1 exists:%{i}.x.example -all"), PLAN_SEND, AUDIT_SPF, AUDIT_MET,
	    "spf.macro", AUDIT_INFO, NULL, NULL, NULL },
	{ SPF, PLAN_NONE, AUDIT_SPF, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL, NULL,
	    NULL },
	{ TXT("v=spf1 redirect=t0.example") "t0.example TXT \"v=spf1 "
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
	    PLAN_SEND, AUDIT_SPF, AUDIT_NOT_MET, "spf.size", AUDIT_WRONG, NULL, NULL,
	    NULL },
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
