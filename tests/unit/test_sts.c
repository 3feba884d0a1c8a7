/* MTA-STS: the policy file, whom it covers, and each row of what a rule makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/rules.h"
#include "ctl/audit/server.h"
#include "ctl/audit/sts_policy.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define HEAD "version: STSv1\r\nmode: enforce\r\nmax_age: 604800\r\n"
#define ROW(text) text, sizeof(text) - 1

static const struct {
	const char *text;
	size_t len;
	const char *wrong; /* part of the phrase; NULL: nothing */
	enum sts_policy_mode mode;
	uint32_t age;
	size_t mx;
} read_rows[] = {
	{ ROW(HEAD "mx: mail.example\r\n"), NULL, STS_POLICY_ENFORCE, 604800, 1 },
	{ ROW("version: STSv1\nmode: testing\nmx: a.example\nmx: *.b.example\n"
	      "max_age: 86400"),
	    NULL, STS_POLICY_TESTING, 86400, 2 },
	{ ROW("mode:none\nmax_age:0\nversion:STSv1"), NULL, STS_POLICY_NONE, 0, 0 },
	{ ROW(HEAD "mx: mail.example  \t\r\n\r\n"), NULL, STS_POLICY_ENFORCE, 604800, 1 },
	/* Of what stands twice the first counts; what nobody knows does not. */
	{ ROW(HEAD "mode: none\r\nmax_age: x\r\nversion: 2\r\nmx: a.example\r\n"), NULL,
	    STS_POLICY_ENFORCE, 604800, 1 },
	{ ROW(HEAD "mx: a.example\r\nx-1_2.y: \xc3\xa9, more\r\n"), NULL,
	    STS_POLICY_ENFORCE, 604800, 1 },
	{ ROW(HEAD "mx: b\xc3\xbc"
		   "cher.example\n"),
	    NULL, STS_POLICY_ENFORCE, 604800, 1 },
	{ ROW("version: STSv1\nmode: none\nmax_age: 31557600\n"), NULL, STS_POLICY_NONE,
	    31557600, 0 },
	{ ROW(""), "version: is missing", STS_POLICY_NONE, 0, 0 },
	{ ROW(HEAD), "mx: is missing", STS_POLICY_ENFORCE, 604800, 0 },
	{ ROW("version: STSv1\nmax_age: 1\nmx: a.example\n"), "mode: is missing",
	    STS_POLICY_NONE, 1, 1 },
	{ ROW("version: STSv1\nmode: none\n"), "max_age: is missing", STS_POLICY_NONE, 0,
	    0 },
	{ ROW("version: STSv2\n"), "version: is not", STS_POLICY_NONE, 0, 0 },
	{ ROW("version: stsv1\n"), "version: is not", STS_POLICY_NONE, 0, 0 },
	{ ROW("version: STSv1 x\n"), "version: is not", STS_POLICY_NONE, 0, 0 },
	{ ROW("mode: enforced\n"), "mode: is neither", STS_POLICY_NONE, 0, 0 },
	{ ROW("mode: Enforce\n"), "mode: is neither", STS_POLICY_NONE, 0, 0 },
	{ ROW("max_age: 31557601\n"), "max_age: is not", STS_POLICY_NONE, 31557601, 0 },
	{ ROW("max_age: 99999999999\n"), "max_age: is not", STS_POLICY_NONE, 1410065407,
	    0 },
	{ ROW("max_age: -1\n"), "max_age: is not", STS_POLICY_NONE, 0, 0 },
	{ ROW("max_age: 1d\n"), "max_age: is not", STS_POLICY_NONE, 0, 0 },
	{ ROW("mx: *\n"), "mx: is neither", STS_POLICY_NONE, 0, 0 },
	{ ROW("mx: *.\n"), "mx: is neither", STS_POLICY_NONE, 0, 0 },
	{ ROW("mx: *.*.example\n"), "mx: is neither", STS_POLICY_NONE, 0, 0 },
	{ ROW("mx: a b\n"), "mx: is neither", STS_POLICY_NONE, 0, 0 },
	{ ROW("mx:\n"), "not name: value", STS_POLICY_NONE, 0, 0 },
	{ ROW("<html>\n"), "not name: value", STS_POLICY_NONE, 0, 0 },
	{ ROW(": x\n"), "not name: value", STS_POLICY_NONE, 0, 0 },
	{ ROW("mode : none\n"), "not name: value", STS_POLICY_NONE, 0, 0 },
	{ ROW(" mode: none\n"), "not name: value", STS_POLICY_NONE, 0, 0 },
	{ ROW("mode: no\0ne\n"), "not name: value", STS_POLICY_NONE, 0, 0 },
	{ ROW("mode: none\r\r\n"), "not name: value", STS_POLICY_NONE, 0, 0 },
	{ ROW("a\0: b\n"), "not name: value", STS_POLICY_NONE, 0, 0 },
	{ ROW("a2345678901234567890123456789012: 32\nmode: x\n"),
	    "mode:", STS_POLICY_NONE, 0, 0 },
	{ ROW("a23456789012345678901234567890123: 33\n"), "not name: value",
	    STS_POLICY_NONE, 0, 0 },
};

static void
test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(read_rows); i++) {
		struct pool *pool = pool_new();
		struct sts_policy policy;
		const char *wrong =
		    sts_policy_read(read_rows[i].text, read_rows[i].len, &policy, pool);

		if ((wrong == NULL) != (read_rows[i].wrong == NULL))
			print_message("# %s: %s\n", read_rows[i].text, wrong);
		assert_int_equal(wrong == NULL, read_rows[i].wrong == NULL);
		if (wrong != NULL && read_rows[i].wrong != NULL)
			assert_non_null(strstr(wrong, read_rows[i].wrong));
		assert_int_equal(policy.mode, read_rows[i].mode);
		assert_int_equal(policy.max_age, read_rows[i].age);
		assert_int_equal(policy.mx_count, read_rows[i].mx);
		pool_free(pool);
	}
}

static void
test_many(void **state)
{
	char text[8192] = HEAD;
	struct pool *pool = pool_new();
	struct sts_policy policy;
	size_t len = strlen(text);

	(void)state;
	for (size_t i = 0; i < STS_POLICY_MX_MAX; i++, len += strlen("mx: a.b\n"))
		memcpy(text + len, "mx: a.b\n", sizeof "mx: a.b\n");
	assert_null(sts_policy_read(text, len, &policy, pool));
	assert_int_equal(policy.mx_count, STS_POLICY_MX_MAX);
	memcpy(text + len, "mx: a.b\n", sizeof "mx: a.b\n");
	assert_non_null(strstr(sts_policy_read(text, len + 8, &policy, pool), "100"));
	pool_free(pool);
}

static void
test_covers(void **state)
{
	static const struct {
		const char *host;
		bool covered;
	} rows[] = {
		{ "mail.example", true },
		{ "a.mail.example", false },
		{ "mx1.pool.example", true },
		{ "pool.example", false },
		{ "a.mx1.pool.example", false },
		{ "xpool.example", false },
		{ "other.example", false },
		{ "example", false },
	};
	static const char text[] = HEAD "mx: MAIL.example.\nmx: *.Pool.example\n";
	struct pool *pool = pool_new();
	struct sts_policy policy;

	(void)state;
	assert_null(sts_policy_read(text, sizeof text - 1, &policy, pool));
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
		    sts_policy_covers(&policy, rows[i].host), rows[i].covered);
	pool_free(pool);
}

/* The rule */

static const char *const two_mx[] = { "mx1.d.example", "*.mail.example" };

#define POLICY(m, age)            \
	{                         \
		m, age, two_mx, 2 \
	}

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
static const struct {
	struct sts_found found;
	bool is_wanted, has_found;
	enum dns_status a, aaaa;
	const char *second; /* another MX */
	enum audit_verdict verdict;
	const char *id;
	enum audit_level level;
	const char *text; /* the beginning of that of the row */
} rule_rows[] = {
	{ { 0 }, false, false, DNS_FOUND, DNS_NODATA, NULL, AUDIT_UNTESTED, "sts.policy",
	    AUDIT_UNKNOWN, "not looked at" },
	{ { 0 }, true, false, DNS_TEMPFAIL, DNS_NODATA, NULL, AUDIT_UNTESTED, "sts.host",
	    AUDIT_UNKNOWN, "there was no answer" },
	{ { 0 }, true, false, DNS_NODATA, DNS_BOGUS, NULL, AUDIT_UNTESTED, "sts.host",
	    AUDIT_UNKNOWN, "there was no answer" },
	{ { 0 }, true, false, DNS_NXDOMAIN, DNS_NXDOMAIN, NULL, AUDIT_NOT_FOLLOWED,
	    "sts.host", AUDIT_WRONG, "the web server %s, which should have" },
	{ { .end = STS_NOT_TRIED, .phrase = "why" }, true, true, DNS_FOUND, DNS_NODATA,
	    NULL, AUDIT_UNTESTED, "sts.policy", AUDIT_UNKNOWN,
	    "the policy was not fetched" },
	{ { .end = STS_UNREACHED, .words = "why" }, true, true, DNS_FOUND, DNS_NODATA,
	    NULL, AUDIT_UNTESTED, "sts.policy", AUDIT_UNKNOWN, "the policy could not" },
	{ { .end = STS_CERTIFICATE, .words = "why" }, true, true, DNS_FOUND, DNS_NODATA,
	    NULL, AUDIT_NOT_FOLLOWED, "sts.certificate", AUDIT_WRONG,
	    "the certificate of" },
	{ { .end = STS_NO_HTTP, .words = "why" }, true, true, DNS_FOUND, DNS_NODATA, NULL,
	    AUDIT_NOT_FOLLOWED, "sts.policy", AUDIT_WRONG, "%s does not answer" },
	{ { .end = STS_STATUS, .status = 404 }, true, true, DNS_FOUND, DNS_NODATA, NULL,
	    AUDIT_NOT_FOLLOWED, "sts.policy", AUDIT_WRONG,
	    "the web server has no policy" },
	{ { .end = STS_STATUS, .status = 302 }, true, true, DNS_FOUND, DNS_NODATA, NULL,
	    AUDIT_NOT_FOLLOWED, "sts.policy", AUDIT_WRONG,
	    "the web server has no policy" },
	{ { .end = STS_STATUS, .status = 503 }, true, true, DNS_FOUND, DNS_NODATA, NULL,
	    AUDIT_UNTESTED, "sts.policy", AUDIT_UNKNOWN, "the web server had an internal error" },
	{ { .end = STS_STATUS, .status = 429 }, true, true, DNS_FOUND, DNS_NODATA, NULL,
	    AUDIT_UNTESTED, "sts.policy", AUDIT_UNKNOWN, "the web server had an internal error" },
	{ { .end = STS_TOO_LONG }, true, true, DNS_FOUND, DNS_NODATA, NULL,
	    AUDIT_NOT_FOLLOWED, "sts.policy", AUDIT_WRONG, "the policy is longer" },
	{ { .end = STS_FETCHED, .wrong = "why" }, true, true, DNS_FOUND, DNS_NODATA, NULL,
	    AUDIT_NOT_FOLLOWED, "sts.policy", AUDIT_WRONG, "the policy is wrong" },
	{ { .end = STS_FETCHED,
	      .is_text = true,
	      .policy = POLICY(STS_POLICY_ENFORCE, 86400) },
	    true, true, DNS_FOUND, DNS_NODATA, "a.mail.example", AUDIT_FOLLOWED,
	    "sts.mode", AUDIT_OK, "the policy asks" },
	{ { .end = STS_FETCHED,
	      .is_text = true,
	      .policy = POLICY(STS_POLICY_ENFORCE, 86400) },
	    true, true, DNS_FOUND, DNS_NODATA, "b.example", AUDIT_NOT_FOLLOWED, "sts.mx",
	    AUDIT_WRONG, "no mx: line of the policy matches %s: mail" },
	{ { .end = STS_FETCHED,
	      .is_text = true,
	      .policy = POLICY(STS_POLICY_TESTING, 86400) },
	    true, true, DNS_FOUND, DNS_NODATA, "b.example", AUDIT_FOLLOWED, "sts.mx",
	    AUDIT_LOOK, "no mx: line of the policy matches %s" },
	{ { .end = STS_FETCHED,
	      .is_text = true,
	      .policy = POLICY(STS_POLICY_TESTING, 86400) },
	    true, true, DNS_FOUND, DNS_NODATA, NULL, AUDIT_FOLLOWED, "sts.mode",
	    AUDIT_LOOK, "the policy only" },
	{ { .end = STS_FETCHED, .is_text = true, .policy = POLICY(STS_POLICY_NONE, 0) },
	    true, true, DNS_FOUND, DNS_NODATA, "b.example", AUDIT_NOT_FOLLOWED,
	    "sts.mode", AUDIT_WRONG, "the policy is switched off" },
	{ { .end = STS_FETCHED,
	      .is_text = true,
	      .policy = POLICY(STS_POLICY_ENFORCE, 86399) },
	    true, true, DNS_FOUND, DNS_NODATA, NULL, AUDIT_FOLLOWED, "sts.age",
	    AUDIT_LOOK, "the policy is kept" },
	{ { .end = STS_FETCHED, .policy = POLICY(STS_POLICY_ENFORCE, 86400) }, true, true,
	    DNS_FOUND, DNS_NODATA, NULL, AUDIT_FOLLOWED, "sts.type", AUDIT_LOOK,
	    "the web server does not send" },
};

static void
fill(struct facts *f, struct facts_host hosts[2], size_t i)
{
	hosts[0] = (struct facts_host){ .name = "mx1.d.example" };
	hosts[1] = (struct facts_host){ .name = rule_rows[i].second };
	*f = (struct facts){
		.domain = "d.example",
		.kind = PLAN_MAIL,
		.hosts = hosts,
		.host_count = rule_rows[i].second != NULL ? 2 : 1,
		.sts = { .lookup = { .name = "_mta-sts.d.example", .status = DNS_FOUND },
		    .count = 1 },
		.sts_web = { .a = { .name = "mta-sts.d.example",
				 .status = rule_rows[i].a },
		    .aaaa = { .name = "mta-sts.d.example", .status = rule_rows[i].aaaa },
		    .is_wanted = rule_rows[i].is_wanted,
		    .policy = rule_rows[i].has_found ? &rule_rows[i].found : NULL },
	};
}

static bool
has_check(const struct rules_verdict *v, size_t i)
{
	for (size_t k = 0; k < v->count; k++) {
		const struct rules_row *row = v->checks[k].row;

		if (strcmp(row->id, rule_rows[i].id) == 0 &&
		    row->level == rule_rows[i].level &&
		    strncmp(row->text, rule_rows[i].text, strlen(rule_rows[i].text)) == 0)
			return true;
	}
	return false;
}

static void
test_rule(void **state)
{
	static const struct plan plan;
	static const struct server server;
	static const bool wanted[AUDIT_RULES] = { [AUDIT_MTA_STS] = true };
	const struct rules_options options = { &plan, &server, wanted, 20261130 };

	(void)state;
	for (size_t i = 0; i < COUNT(rule_rows); i++) {
		struct pool *pool = pool_new();
		struct facts_host hosts[2];
		struct facts f;
		struct rules_verdict *v;
		size_t count;

		fill(&f, hosts, i);
		v = rules_judge(&f, &options, pool, &count);
		assert_int_equal(count, 1);
		if (v->verdict != rule_rows[i].verdict || !has_check(v, i))
			print_message("# row %zu: %s\n", i, rule_rows[i].text);
		assert_int_equal(v->verdict, rule_rows[i].verdict);
		assert_true(has_check(v, i));
		pool_free(pool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
