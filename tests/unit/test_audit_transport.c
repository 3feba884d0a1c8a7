#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit_run.h"
#include "audit_zone.h"

static const struct audit_row starttls_rows[] = {
	{ MX, PLAN_MAIL, AUDIT_STARTTLS, AUDIT_UNTESTED, "tls.connection", AUDIT_UNKNOWN,
	    NULL, NULL, NULL },
	{ MX, PLAN_MAIL, AUDIT_STARTTLS, AUDIT_UNTESTED, "tls.host", AUDIT_INFO, NULL,
	    NULL, NULL },
	{ MX, PLAN_SEND, AUDIT_STARTTLS, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL, NULL,
	    NULL },
	{ "d.example TIMEOUT MX\n", PLAN_MAIL, AUDIT_STARTTLS, AUDIT_UNTESTED, "tls.mx",
	    AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "", PLAN_MAIL, AUDIT_STARTTLS, AUDIT_NOT_MET, "tls.none", AUDIT_WRONG, NULL,
	    NULL, NULL },
	{ NULL_MX, PLAN_MAIL, AUDIT_STARTTLS, AUDIT_NOT_MET, "tls.none", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ "d.example MX 5 192.0.2.1\n", PLAN_MAIL, AUDIT_STARTTLS, AUDIT_NOT_MET,
	    "tls.host", AUDIT_WRONG, "names the address", NULL, NULL },
	{ "d.example MX 5 c.d.example\nc.d.example CNAME mx.r.example\nmx.r.example A "
	  "192.0.2.1\n",
	    PLAN_MAIL, AUDIT_STARTTLS, AUDIT_NOT_MET, "tls.host", AUDIT_WRONG, "alias",
	    NULL, NULL },
	{ "d.example MX 5 gone.d.example\n", PLAN_MAIL, AUDIT_STARTTLS, AUDIT_NOT_MET,
	    "tls.host", AUDIT_WRONG, "no address", NULL, NULL },
	{ "d.example MX 5 slow.d.example\nslow.d.example TIMEOUT\n", PLAN_MAIL,
	    AUDIT_STARTTLS, AUDIT_UNTESTED, "tls.host", AUDIT_UNKNOWN, NULL, NULL, NULL },
};

static void
test_starttls(void **state)
{
	(void)state;
	AUDIT_CHECK(starttls_rows);
}

static const struct audit_row dane_rows[] = {
	{ SECURE MX TLSA_311, PLAN_MAIL, AUDIT_DANE, AUDIT_UNTESTED, "dane.tlsa",
	    AUDIT_OK, NULL, NULL, NULL },
	{ SECURE MX TLSA_311, PLAN_MAIL, AUDIT_DANE, AUDIT_UNTESTED, "dane.connection",
	    AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ SECURE MX TLSA_311, PLAN_MAIL, AUDIT_DANE, AUDIT_UNTESTED, "dane.rollover",
	    AUDIT_LOOK, NULL, NULL, NULL },
	{ SECURE MX TLSA_311, PLAN_SEND, AUDIT_DANE, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK,
	    NULL, NULL, NULL },
	{ MX TLSA_311, PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET, "dane.mx", AUDIT_WRONG, NULL,
	    NULL, NULL },
	{ "d.example SECURE\n" MX TLSA_311, PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET,
	    "dane.address", AUDIT_WRONG, NULL, NULL, NULL },
	{ SECURE "d.example MX 5 mx.d.example\nmx.d.example TIMEOUT\n", PLAN_MAIL,
	    AUDIT_DANE, AUDIT_UNTESTED, "dane.address", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "d.example SECURE\nmx.d.example SECURE\n_25._tcp.mx.d.example BOGUS\n" MX,
	    PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET, "dane.tlsa", AUDIT_WRONG,
	    "does not pass", NULL, NULL },
	{ "d.example SECURE\nmx.d.example SECURE\n_25._tcp.mx.d.example SERVFAIL\n" MX,
	    PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET, "dane.tlsa", AUDIT_WRONG,
	    "gets no answer", NULL, NULL },
	{ "d.example SECURE\nmx.d.example SECURE\n" MX TLSA_311, PLAN_MAIL, AUDIT_DANE,
	    AUDIT_NOT_MET, "dane.tlsa", AUDIT_WRONG, "not secured", NULL, NULL },
	{ SECURE MX, PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET, "dane.tlsa", AUDIT_WRONG,
	    "no TLSA", NULL, NULL },
	{ SECURE MX TLSA("010101", "35"), PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET,
	    "dane.tlsa", AUDIT_WRONG, "none that can be used", NULL, NULL },
	{ SECURE MX TLSA("030201", "35"), PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET,
	    "dane.tlsa", AUDIT_WRONG, "none that can be used", NULL, NULL },
	{ SECURE MX TLSA("030102", "35"), PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET,
	    "dane.tlsa", AUDIT_WRONG, "none that can be used", NULL, NULL },
	{ SECURE MX TLSA("030103", "35"), PLAN_MAIL, AUDIT_DANE, AUDIT_NOT_MET,
	    "dane.tlsa", AUDIT_WRONG, "none that can be used", NULL, NULL },
	{ SECURE MX TLSA("030100", "35"), PLAN_MAIL, AUDIT_DANE, AUDIT_UNTESTED,
	    "dane.tlsa", AUDIT_OK, NULL, NULL, NULL },
	{ SECURE MX TLSA("030001", "35"), PLAN_MAIL, AUDIT_DANE, AUDIT_UNTESTED,
	    "dane.whole", AUDIT_LOOK, NULL, NULL, NULL },
	{ SECURE MX "_25._tcp.mx.d.example 90000 TLSA \\# 35 030101" SHA256 "\n",
	    PLAN_MAIL, AUDIT_DANE, AUDIT_UNTESTED, "dane.ttl", AUDIT_LOOK, NULL, NULL,
	    NULL },
};

static void
test_dane(void **state)
{
	(void)state;
	AUDIT_CHECK(dane_rows);
}

static const struct audit_row dnssec_rows[] = {
	{ SECURE MX SPF DMARC("p=none") KEY, PLAN_MAIL, AUDIT_DNSSEC, AUDIT_FOLLOWED,
	    "dnssec.secure", AUDIT_OK, NULL, NULL, NULL },
	{ MX SPF, PLAN_MAIL, AUDIT_DNSSEC, AUDIT_NOT_FOLLOWED, "dnssec.insecure",
	    AUDIT_WRONG, NULL, NULL, NULL },
	{ SECURE SPF "d.example BOGUS MX\n", PLAN_MAIL, AUDIT_DNSSEC, AUDIT_NOT_MET,
	    "dnssec.bogus", AUDIT_WRONG, NULL, NULL, NULL },
	{ SECURE SPF "d.example TIMEOUT MX\n", PLAN_MAIL, AUDIT_DNSSEC, AUDIT_UNTESTED,
	    "dnssec.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
};

static void
test_dnssec(void **state)
{
	(void)state;
	AUDIT_CHECK(dnssec_rows);
}

static const struct audit_row sts_rows[] = {
	{ "_mta-sts.d.example TXT \"v=STSv1; id=20261130;\"\n", PLAN_MAIL, AUDIT_MTA_STS,
	    AUDIT_UNTESTED, "sts.record", AUDIT_OK, NULL, NULL, NULL },
	{ "_mta-sts.d.example TXT \"v=STSv1; id=20261130;\"\n", PLAN_MAIL, AUDIT_MTA_STS,
	    AUDIT_UNTESTED, "sts.policy", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "", PLAN_MAIL, AUDIT_MTA_STS, AUDIT_NOT_FOLLOWED, "sts.absent", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ "_mta-sts.d.example TIMEOUT\n", PLAN_MAIL, AUDIT_MTA_STS, AUDIT_UNTESTED,
	    "sts.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "_mta-sts.d.example TXT \"v=STSv1; id=1\"\n"
	  "_mta-sts.d.example TXT \"v=STSv1; id=2\"\n",
	    PLAN_MAIL, AUDIT_MTA_STS, AUDIT_NOT_FOLLOWED, "sts.record", AUDIT_WRONG,
	    "several", NULL, NULL },
	{ "_mta-sts.d.example TXT \"v=STSv1;\"\n", PLAN_MAIL, AUDIT_MTA_STS,
	    AUDIT_NOT_FOLLOWED, "sts.record", AUDIT_WRONG, "id= is missing", NULL, NULL },
	{ "_mta-sts.d.example TXT \"v=STSv1; id=a-b\"\n", PLAN_MAIL, AUDIT_MTA_STS,
	    AUDIT_NOT_FOLLOWED, "sts.record", AUDIT_WRONG, NULL, NULL, NULL },
};

static void
test_sts(void **state)
{
	(void)state;
	AUDIT_CHECK(sts_rows);
}

static const struct audit_row tls_rpt_rows[] = {
	{ "_smtp._tls.d.example TXT \"v=TLSRPTv1; rua=mailto:a@d.example\"\n", PLAN_MAIL,
	    AUDIT_TLS_RPT, AUDIT_FOLLOWED, "tlsrpt.record", AUDIT_OK, NULL, NULL, NULL },
	{ "_smtp._tls.d.example TXT "
	  "\"v=TLSRPTv1;rua=https://d.example/x,mailto:a@d.example\"\n",
	    PLAN_MAIL, AUDIT_TLS_RPT, AUDIT_FOLLOWED, "tlsrpt.record", AUDIT_OK, NULL,
	    NULL, NULL },
	{ "", PLAN_MAIL, AUDIT_TLS_RPT, AUDIT_NOT_FOLLOWED, "tlsrpt.absent", AUDIT_WRONG,
	    NULL, NULL, NULL },
	{ "_smtp._tls.d.example TIMEOUT\n", PLAN_MAIL, AUDIT_TLS_RPT, AUDIT_UNTESTED,
	    "tlsrpt.answer", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "_smtp._tls.d.example TXT \"v=TLSRPTv1; rua=mailto:a@d.example\"\n"
	  "_smtp._tls.d.example TXT \"v=TLSRPTv1; rua=mailto:b@d.example\"\n",
	    PLAN_MAIL, AUDIT_TLS_RPT, AUDIT_NOT_FOLLOWED, "tlsrpt.record", AUDIT_WRONG,
	    "several", NULL, NULL },
	{ "_smtp._tls.d.example TXT \"v=TLSRPTv1;\"\n", PLAN_MAIL, AUDIT_TLS_RPT,
	    AUDIT_NOT_FOLLOWED, "tlsrpt.record", AUDIT_WRONG, "missing", NULL, NULL },
	{ "_smtp._tls.d.example TXT \"v=TLSRPTv1; rua=ftp://d.example\"\n", PLAN_MAIL,
	    AUDIT_TLS_RPT, AUDIT_NOT_FOLLOWED, "tlsrpt.record", AUDIT_WRONG, "neither",
	    NULL, NULL },
};

static void
test_tls_rpt(void **state)
{
	(void)state;
	AUDIT_CHECK(tls_rpt_rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starttls),
		cmocka_unit_test(test_dane),
		cmocka_unit_test(test_dnssec),
		cmocka_unit_test(test_sts),
		cmocka_unit_test(test_tls_rpt),
	};

	return cmocka_run_group_tests_name("audit_transport", tests, NULL, NULL);
}
