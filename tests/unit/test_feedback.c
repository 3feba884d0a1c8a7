#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "base/text.h"
#include "config.h"
#include "ctl/report/feedback.h"
#include "feedback_reader.h"
#include "history/report_rows.h"
#include "mail/dmarc_record.h"

#define PART "\x1f"
#define ENTRY "\x1e"

static const struct report_row aligned = {
	.count = 12,
	.source = "192.0.2.25",
	.disposition = "pass",
	.dkim_aligned = true,
	.departures = "",
	.header_from = "example.nl",
	.mail_from = "bounce.example.nl",
	.spf_domain = "bounce.example.nl",
	.spf = "pass",
	.spf_reason = "",
	.signatures = "pass" PART "example.nl" PART "s2026" PART "" ENTRY "pass" PART
		      "esp.example.com" PART "k1" PART "",
};

static struct text
records(const struct report_row *row)
{
	struct text out = { 0 };

	assert_true(feedback_record(&out, row));
	return out;
}

static void
assert_holds(const struct report_row *row, const char *piece, bool holds)
{
	struct text out = records(row);

	if ((strstr(out.data, piece) != NULL) != holds)
		fail_msg("%s in\n%s", piece, out.data);
	text_free(&out);
}

/* What test_a_report() wants. */
static const char wanted[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n"
    " <version>1.0</version>\n"
    " <report_metadata>\n"
    "  <org_name>school.example</org_name>\n"
    "  <email>postmaster@dmarc.school.example</email>\n"
    "  <extra_contact_info>https://www.school.example/mail</extra_contact_info>\n"
    "  <report_id>7f3a9c1e5b20d846a1b2c3d4e5f60718</report_id>\n"
    "  <date_range><begin>1795910400</begin><end>1795996799</end></date_range>\n"
    "  <error>one &amp; two</error>\n"
    "  <generator>beschermd " PACKAGE_VERSION "</generator>\n"
    " </report_metadata>\n"
    " <policy_published>\n"
    "  <domain>example.nl</domain>\n"
    "  <discovery_method>treewalk</discovery_method>\n"
    "  <p>reject</p>\n"
    "  <sp>quarantine</sp>\n"
    "  <np>reject</np>\n"
    "  <fo>1:d</fo>\n"
    "  <adkim>r</adkim>\n"
    "  <aspf>s</aspf>\n"
    "  <testing>n</testing>\n"
    " </policy_published>\n"
    " <record>\n"
    "  <row><source_ip>192.0.2.25</source_ip><count>12</count>\n"
    "   <policy_evaluated><disposition>pass</disposition><dkim>pass</dkim>"
    "<spf>fail</spf></policy_evaluated></row>\n"
    "  <identifiers><header_from>example.nl</header_from>"
    "<envelope_from>bounce.example.nl</envelope_from></identifiers>\n"
    "  <auth_results>\n"
    "   <dkim><domain>example.nl</domain><selector>s2026</selector>"
    "<result>pass</result></dkim>\n"
    "   <dkim><domain>esp.example.com</domain><selector>k1</selector>"
    "<result>pass</result></dkim>\n"
    "   <spf><domain>bounce.example.nl</domain><scope>mfrom</scope>"
    "<result>pass</result></spf>\n"
    "  </auth_results>\n"
    " </record>\n"
    "</feedback>\n";

static void
test_a_report(void **state)
{
	static const char record[] = "v=DMARC1; p=reject; sp=quarantine; np=reject; "
				     "fo=1:d; aspf=s; rua=mailto:a@b.nl";
	struct pool *pool = pool_new();
	struct dmarc_record r = dmarc_record_parse(record, sizeof record - 1, pool);
	struct feedback f = { .org_name = "school.example",
		.email = "postmaster@dmarc.school.example",
		.contact = "https://www.school.example/mail",
		.id = "7f3a9c1e5b20d846a1b2c3d4e5f60718",
		.begin = 1795910400,
		.end = 1795996799,
		.error = "one & two",
		.domain = "example.nl",
		.method = "treewalk",
		.record = &r };
	struct text rows = records(&aligned), out = { 0 };
	int64_t count, messages;

	(void)state;
	feedback_write(&out, &f, &rows);
	assert_string_equal(out.data, wanted);
	assert_null(feedback_reader_check(out.data, &count, &messages));
	assert_int_equal(count, 1);
	assert_int_equal(messages, 12);
	text_free(&rows);
	text_free(&out);
	pool_free(pool);
}

static void
test_what_a_record_does_not_say(void **state)
{
	struct pool *pool = pool_new();
	struct dmarc_record r = dmarc_record_parse("v=DMARC1; p=none; fo=x", 22, pool);
	struct feedback f = { "o", "e", "", "i", 0, 86399, "", "d.nl", "psl", &r };
	struct text rows = records(&aligned), out = { 0 };

	(void)state;
	feedback_write(&out, &f, &rows);
	assert_null(strstr(out.data, "<sp>"));
	assert_null(strstr(out.data, "<np>"));
	assert_null(strstr(out.data, "<fo>"));
	assert_null(strstr(out.data, "<error>"));
	assert_null(strstr(out.data, "extra_contact_info"));
	assert_non_null(strstr(out.data, "<discovery_method>psl</discovery_method>"));
	text_free(&rows);
	text_free(&out);
	pool_free(pool);
}

static void
test_a_null_reverse_path_and_ipv6(void **state)
{
	struct report_row row = aligned;

	(void)state;
	row.source = "2001:db8::25";
	row.mail_from = "";
	row.spf_domain = "mx.club.example";
	assert_holds(&row, "<source_ip>2001:db8:0:0:0:0:0:25</source_ip>", true);
	assert_holds(&row, "<envelope_from></envelope_from>", true);
	assert_holds(
	    &row, "<spf><domain>mx.club.example</domain><scope>mfrom</scope>", true);
}

static void
test_reasons(void **state)
{
	struct report_row row = aligned;

	(void)state;
	row.disposition = "quarantine";
	row.departures =
	    "mailing_list" PART "signed by <its> list" ENTRY "forwarded" PART "";
	assert_holds(&row,
	    "<reason><type>mailing_list</type>"
	    "<comment>signed by &lt;its&gt; list</comment></reason>\n"
	    "    <reason><type>other</type></reason></policy_evaluated>",
	    true);
}

static void
test_signatures_that_are_not_told(void **state)
{
	struct report_row row = aligned;

	(void)state;
	row.signatures = "pass" PART "a.nl" PART "" PART "" ENTRY     /* no selector */
			 "fail" PART "" PART "s" PART "" ENTRY        /* no domain */
			 "good" PART "a.nl" PART "s" PART "" ENTRY    /* no such result */
			 "pass" PART "b.nl" PART "s" PART "one" ENTRY /* twice */
			 "pass" PART "b.nl" PART "s" PART "two";
	assert_holds(&row,
	    "<auth_results>\n"
	    "   <dkim><domain>b.nl</domain><selector>s</selector><result>pass</result>"
	    "<human_result>one</human_result></dkim>\n"
	    "   <spf>",
	    true);
	row.spf_domain = "";
	assert_holds(&row, "<spf><domain>", false);
	row = aligned;
	row.spf = "best_guess_pass";
	assert_holds(&row, "<spf><domain>", false);
}

static void
test_rows_that_are_none(void **state)
{
	struct report_row row = aligned;
	struct text out = { 0 };

	(void)state;
	row.source = "local";
	assert_false(feedback_record(&out, &row));
	row.source = "example.nl";
	assert_false(feedback_record(&out, &row));
	row = aligned;
	row.disposition = "sampled_out";
	assert_false(feedback_record(&out, &row));
	row = aligned;
	row.count = 0;
	assert_false(feedback_record(&out, &row));
	assert_int_equal(out.len, 0);
	text_free(&out);
}

static void
test_octets_of_strangers(void **state)
{
	struct report_row row = aligned;

	(void)state;
	row.header_from = "a\"<b>&\xc3\xa9\n\x01";
	assert_holds(
	    &row, "<header_from>a&quot;&lt;b&gt;&amp;\?\?\?\?</header_from>", true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_report),
		cmocka_unit_test(test_what_a_record_does_not_say),
		cmocka_unit_test(test_a_null_reverse_path_and_ipv6),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_signatures_that_are_not_told),
		cmocka_unit_test(test_rows_that_are_none),
		cmocka_unit_test(test_octets_of_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
