#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/pool.h"
#include "mail/spf_macro.h"

struct check_row {
	const char *text;
	enum spf_macro_use use;
	bool good;
};

static const struct check_row check_rows[] = {
	{ "example.com", SPF_MACRO_DOMAIN, true },
	{ "example.com.", SPF_MACRO_DOMAIN, true },
	{ "example", SPF_MACRO_DOMAIN, false }, /* no "." toplabel */
	{ ".example", SPF_MACRO_DOMAIN, true },
	{ "", SPF_MACRO_DOMAIN, false },
	{ ".", SPF_MACRO_DOMAIN, false },
	{ "example..", SPF_MACRO_DOMAIN, false },
	{ "example.111", SPF_MACRO_DOMAIN, false }, /* a top label of digits */
	{ "example.1-1", SPF_MACRO_DOMAIN, true },
	{ "example.-a", SPF_MACRO_DOMAIN, false },
	{ "example.a-", SPF_MACRO_DOMAIN, false },
	{ "example.c_m", SPF_MACRO_DOMAIN, false },
	{ "a!#~/b.com", SPF_MACRO_DOMAIN, true }, /* any visible octet before it */
	{ "a b.com", SPF_MACRO_DOMAIN, false },
	{ "a\tb.com", SPF_MACRO_DOMAIN, false },
	{ "a\177.com", SPF_MACRO_DOMAIN, false },
	{ "\303\251.com", SPF_MACRO_DOMAIN, false },
	{ "%{d}", SPF_MACRO_DOMAIN, true },
	{ "%{d}.com", SPF_MACRO_DOMAIN, true },
	{ "%{d}com", SPF_MACRO_DOMAIN, false },
	{ "x%%", SPF_MACRO_DOMAIN, true }, /* macro-expand, by the letter */
	{ "x%_", SPF_MACRO_DOMAIN, true },
	{ "x%-", SPF_MACRO_DOMAIN, true },
	{ "x%", SPF_MACRO_DOMAIN, false },
	{ "x%(d)", SPF_MACRO_DOMAIN, false },
	{ "%{", SPF_MACRO_DOMAIN, false },
	{ "%{}", SPF_MACRO_DOMAIN, false },
	{ "%{d", SPF_MACRO_DOMAIN, false },
	{ "%{a}", SPF_MACRO_DOMAIN, false },
	{ "%{d0}", SPF_MACRO_DOMAIN, false }, /* RFC 7208 section 7.1: not zero */
	{ "%{d00001}", SPF_MACRO_DOMAIN, true },
	{ "%{d99999999999999999999}", SPF_MACRO_DOMAIN, true },
	{ "%{d2r}", SPF_MACRO_DOMAIN, true },
	{ "%{dr2}", SPF_MACRO_DOMAIN, false },
	{ "%{d2R.-+,/_=}", SPF_MACRO_DOMAIN, true },
	{ "%{d|}", SPF_MACRO_DOMAIN, false },
	{ "%{d.r}", SPF_MACRO_DOMAIN, false },
	{ "%{S}%{L}%{O}%{D}%{I}%{P}%{H}%{V}", SPF_MACRO_DOMAIN, true },
	{ "%{c}", SPF_MACRO_DOMAIN, false },
	{ "%{r}", SPF_MACRO_MODIFIER, false },
	{ "%{t}", SPF_MACRO_MODIFIER, false },
	{ "", SPF_MACRO_MODIFIER, true },
	{ "100", SPF_MACRO_MODIFIER, true },
	{ "a b", SPF_MACRO_MODIFIER, false },
	{ "%{C}%{r}%{t}, a b", SPF_MACRO_EXPLANATION, true },
	{ "", SPF_MACRO_EXPLANATION, true },
	{ "a\nb", SPF_MACRO_EXPLANATION, false },
	{ "\303\251", SPF_MACRO_EXPLANATION, false },
	{ "100 %", SPF_MACRO_EXPLANATION, false },
	{ "100% sure", SPF_MACRO_EXPLANATION, false },
};

static void
test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof check_rows / sizeof check_rows[0]; i++) {
		const struct check_row *row = &check_rows[i];
		size_t len = strlen(row->text);
		/* Without a NUL behind it, so that ASan sees a step too far. */
		char *exact = memcpy(malloc(len ? len : 1), row->text, len);

		if (spf_macro_check(exact, len, row->use) != row->good)
			fail_msg("%s (%d)", row->text, (int)row->use);
		free(exact);
	}
	assert_false(spf_macro_check("a\0.com", 6, SPF_MACRO_DOMAIN));
}

static void
repeat(char *text, size_t size, const char *what, int times)
{
	struct buf b;

	for (buf_init(&b, text, size); times > 0; times--)
		buf_puts(&b, what);
	assert_false(b.cut);
}

static void
test_too_many_macros(void **state)
{
	char text[4 * (SPF_MACRO_MAX + 1) + 1];

	(void)state;
	repeat(text, sizeof text, "%{d}", SPF_MACRO_MAX + 1);
	assert_true(spf_macro_check(text, 4UL * SPF_MACRO_MAX, SPF_MACRO_DOMAIN));
	assert_false(spf_macro_check(text, sizeof text - 1, SPF_MACRO_DOMAIN));
	assert_false(spf_macro_check(text, sizeof text - 1, SPF_MACRO_EXPLANATION));
}

static void
test_has_validated(void **state)
{
	(void)state;
	assert_true(spf_macro_has_validated("a.%{p}.b"));
	assert_true(spf_macro_has_validated("%{P2r}"));
	assert_false(spf_macro_has_validated("p.%{d}.%%{p}.p"));
	assert_false(spf_macro_has_validated(""));
}

struct expand_row {
	const char *text, *v4, *v6; /* v6 NULL: as v4 */
};

/* The first ones are RFC 7208 section 7.4's. */
static const struct expand_row expand_rows[] = {
	{ "%{s}", "strong-bad@email.example.com", NULL },
	{ "%{o}", "email.example.com", NULL },
	{ "%{d}", "email.example.com", NULL },
	{ "%{d4}", "email.example.com", NULL },
	{ "%{d3}", "email.example.com", NULL },
	{ "%{d2}", "example.com", NULL },
	{ "%{d1}", "com", NULL },
	{ "%{dr}", "com.example.email", NULL },
	{ "%{d2r}", "example.email", NULL },
	{ "%{l}", "strong-bad", NULL },
	{ "%{l-}", "strong.bad", NULL },
	{ "%{lr}", "strong-bad", NULL },
	{ "%{lr-}", "bad.strong", NULL },
	{ "%{l1r-}", "strong", NULL },
	{ "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com",
	    "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf."
	    "example.com" },
	{ "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com", NULL },
	{ "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
	    "bad.strong.lp.3.2.0.192.in-addr._spf.example.com",
	    "bad.strong.lp.1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0."
	    "0.2.ip6._spf.example.com" },
	{ "%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net",
	    NULL },
	{ "%{h}", "mx.example.org", NULL },
	{ "%{p}", "unknown", NULL },
	{ "%{l99}", "strong-bad", NULL },
	{ "%{s2r@}x", NULL, NULL }, /* no macro */
	{ "%{s1.-}", "com", NULL },
	{ "a%%b%_c%-d.%{d1}", "a%b c%20d.com", NULL },
	{ "%{S}", "strong-bad%40email.example.com", NULL },
	{ "%{L-}", "strong.bad", NULL },
	{ "%{L1r-}", "strong", NULL },
	{ "%{d}.", NULL, NULL }, /* no top label before the dot */
	{ "%{d}.nl.", "email.example.com.nl", NULL },
};

static struct spf_macro_facts
facts_with(const char *address)
{
	struct spf_macro_facts facts = {
		.local = "strong-bad",
		.sender_domain = "email.example.com",
		.domain = "email.example.com",
		.helo = "mx.example.org",
		.receiver = "mx.school.example",
		.now = 1700000000,
	};

	assert_true(ip_parse(address, &facts.client));
	return facts;
}

static void
test_expand(void **state)
{
	struct spf_macro_facts v4 = facts_with("192.0.2.3");
	struct spf_macro_facts v6 = facts_with("2001:db8::cb01");
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof expand_rows / sizeof expand_rows[0]; i++) {
		const struct expand_row *row = &expand_rows[i];

		assert_int_equal(
		    spf_macro_check(row->text, strlen(row->text), SPF_MACRO_DOMAIN),
		    row->v4 != NULL);
		if (row->v4 == NULL)
			continue;
		assert_string_equal(spf_macro_domain(row->text, &v4, pool), row->v4);
		assert_string_equal(spf_macro_domain(row->text, &v6, pool),
		    row->v6 != NULL ? row->v6 : row->v4);
	}
	pool_free(pool);
}

static void
test_odd_local_parts(void **state)
{
	struct spf_macro_facts facts = facts_with("192.0.2.3");
	struct pool *pool = pool_new();

	(void)state;
	facts.local = "a..b\xc3\xa9/=c+";
	assert_string_equal(
	    spf_macro_domain("%{l}.x.y", &facts, pool), "a..b\xc3\xa9/=c+.x.y");
	assert_string_equal(
	    spf_macro_domain("%{L}.x.y", &facts, pool), "a..b%C3%A9%2F%3Dc%2B.x.y");
	assert_string_equal(
	    spf_macro_domain("%{lr+/=}.x.y", &facts, pool), ".c..a..b\xc3\xa9.x.y");
	assert_string_equal(
	    spf_macro_domain("%{l1}.x.y", &facts, pool), "b\xc3\xa9/=c+.x.y");
	facts.local = "";
	assert_string_equal(spf_macro_domain("%{l}.x.y", &facts, pool), ".x.y");
	pool_free(pool);
}

/* Labels go from the left until 253 octets are left (RFC 7208 section 7.3). */
static void
test_long_domain(void **state)
{
	struct spf_macro_facts facts = facts_with("192.0.2.3");
	struct pool *pool = pool_new();
	char local[5000], expected[300];
	const char *name;

	(void)state;
	for (size_t i = 0; i < sizeof local - 1; i++)
		local[i] = "abcdefghi."[i % 10];
	local[sizeof local - 1] = '\0';
	facts.local = local;
	/* 25 whole labels, the cut one at the end ("abcdefghi"), and ".x.y": 253 - 4 */
	repeat(expected, sizeof expected, "abcdefghi.", 25);
	memcpy(expected + strlen(expected), "x.y", sizeof "x.y");
	name = spf_macro_domain("%{l}.x.y", &facts, pool);
	assert_string_equal(name, expected);
	assert_true(strlen(name) <= 253);

	/* One label that is too long cannot be cut: it stays too long. */
	memset(local, 'a', sizeof local - 1);
	assert_true(strlen(spf_macro_domain("%{l}", &facts, pool)) > 253);
	assert_string_equal(spf_macro_domain("%{l}.x.y", &facts, pool), "x.y");
	pool_free(pool);
}

/* CVE-2023-42118 was found with 127 times %{d}: here it is text of a bounded size. */
static void
test_many_macros_in_an_explanation(void **state)
{
	struct spf_macro_facts facts = facts_with("192.0.2.3");
	struct pool *pool = pool_new();
	char text[127 * 4 + 1];
	const char *result;

	(void)state;
	repeat(text, sizeof text, "%{d}", 127);
	assert_true(spf_macro_check(text, strlen(text), SPF_MACRO_EXPLANATION));
	result = spf_macro_explanation(text, &facts, pool);
	assert_int_equal(strlen(result), SPF_MACRO_EXPLANATION_MAX);
	assert_memory_equal(result, "email.example.comemail.example.com", 34);
	pool_free(pool);
}

static void
test_explanation(void **state)
{
	struct spf_macro_facts facts = facts_with("2001:db8::cb01");
	struct pool *pool = pool_new();

	(void)state;
	assert_string_equal(
	    spf_macro_explanation("%{c} is not %{D} at %{r}, %{t} %%", &facts, pool),
	    "2001:db8::cb01 is not email.example.com at mx.school.example, 1700000000 "
	    "%");
	assert_string_equal(spf_macro_explanation("", &facts, pool), "");
	facts.local = "line\r\nX-Evil: 1";
	assert_null(spf_macro_explanation("by %{l}", &facts, pool));
	assert_string_equal(
	    spf_macro_explanation("by %{L}", &facts, pool), "by line%0D%0AX-Evil%3A%201");
	facts.local = "\xc3\xa9";
	assert_null(spf_macro_explanation("%{s}", &facts, pool));
	facts.validated = "mail.example.com";
	assert_string_equal(spf_macro_explanation("%{p} %{pr}", &facts, pool),
	    "mail.example.com com.example.mail");
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_too_many_macros),
		cmocka_unit_test(test_has_validated),
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_odd_local_parts),
		cmocka_unit_test(test_long_domain),
		cmocka_unit_test(test_many_macros_in_an_explanation),
		cmocka_unit_test(test_explanation),
	};

	return cmocka_run_group_tests_name("spf_macro", tests, NULL, NULL);
}
