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
#include "mail/near_record.h"
#include "mail/spf_record.h"

static void
test_is_record(void **state)
{
	(void)state;
	assert_true(spf_record_is("v=spf1", 6));
	assert_true(spf_record_is("V=SPF1 a", 8));
	assert_false(spf_record_is("v=spf", 5));
	assert_false(spf_record_is("v=spf10", 7));
	assert_false(spf_record_is("v=spf1\0", 7));
	assert_false(spf_record_is("v=spf1\ta", 8));
	assert_false(spf_record_is(" v=spf1", 7));
	assert_false(spf_record_is("", 0));
}

struct near_row {
	const char *text;
	bool spf, dmarc;
};

static void
test_near_records(void **state)
{
	static const struct near_row rows[] = {
		{ " v=spf1 -all", true, false },
		{ "v=spf1\t-all", true, false },
		{ "\"v=spf1 -all\"", true, false },
		{ "example.nl TXT v=SPF1 -all", true, false },
		{ "spf2.0/pra -all", false, false },
		{ "google-site-verification=abc", false, false },
		{ "v=DMARC1\\; p=reject", false, true },
		{ "v=DMARC1 p=reject", false, true },
		{ "v=dmarc1; p=none", false, true },
		{ "p=quarantine", false, true },
		{ "", false, false },
	};
	struct pool *pool = pool_new();
	char long_text[200];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t len = strlen(rows[i].text);

		assert_int_equal(near_record_is_spf(rows[i].text, len), rows[i].spf);
		assert_int_equal(near_record_is_dmarc(rows[i].text, len), rows[i].dmarc);
	}
	assert_string_equal(
	    near_record_quote("a\n\0b\xff", 5, pool), "a\\x0a\\x00b\\xff");
	assert_string_equal(near_record_quote("x action=reject p=none", 22, pool),
	    "x action\\x3dreject p=none");
	assert_string_equal(
	    near_record_quote("  v=spf1 a ", 11, pool), "\\x20\\x20v=spf1 a ");
	assert_string_equal(
	    near_record_quote("spf=pass x_p=a redirect=b aspf=s=", 33, pool),
	    "spf\\x3dpass x_p\\x3da redirect=b aspf=s\\x3d");
	memset(long_text, 'x', sizeof long_text);
	assert_int_equal(
	    strlen(near_record_quote(long_text, sizeof long_text, pool)), 83);
	pool_free(pool);
}

struct record_row {
	const char *text;
	const char *terms; /* as show() tells them; NULL: a bad record */
};

static const struct record_row record_rows[] = {
	{ "v=spf1", "" },
	{ "v=spf1 ", "" },
	{ "v=spf1   a    -all  ", "+a/32//128 -all" },
	{ "v=spf1 A -ALL", "+a/32//128 -all" },
	{ "v=spf1\ta", NULL },
	{ "v=spf1 a\t-all", NULL },
	{ "v=spf1 +all ?all ~all -all", "+all ?all ~all -all" },
	{ "v=spf1 --all", NULL },
	{ "v=spf1 - all", NULL },
	{ "v=spf1 -", NULL },
	{ "v=spf1 all:x.y", NULL },
	{ "v=spf1 all/8", NULL },
	{ "v=spf1 all.", NULL },
	{ "v=spf1 foo", NULL },
	{ "v=spf1 a:", NULL },
	{ "v=spf1 a:x.y", "+a:x.y/32//128" },
	{ "v=spf1 a=x.y", "modifier" }, /* a modifier that happens to be named so */
	{ "v=spf1 a/24", "+a/24//128" },
	{ "v=spf1 a//64", "+a/32//64" },
	{ "v=spf1 a:x.y/0//0", "+a:x.y/0//0" },
	{ "v=spf1 mx:%{d}/24//96", "+mx:%{d}/24//96" },
	{ "v=spf1 a/024", NULL },
	{ "v=spf1 a/33", NULL },
	{ "v=spf1 a//129", NULL },
	{ "v=spf1 a/", NULL },
	{ "v=spf1 a//", NULL },
	{ "v=spf1 a/24/64", NULL },
	{ "v=spf1 a//64/24", NULL },
	{ "v=spf1 a:/24", NULL },
	{ "v=spf1 a:x.y/24x", NULL },
	{ "v=spf1 a:x/24.y", "+a:x/24.y/32//128" },
	{ "v=spf1 a:x.y:8080", NULL },
	{ "v=spf1 a:192.0.2.1", NULL },
	{ "v=spf1 include", NULL },
	{ "v=spf1 include:", NULL },
	{ "v=spf1 include:x.y/24", NULL },
	{ "v=spf1 -include:x.y", "-include:x.y" },
	{ "v=spf1 exists", NULL },
	{ "v=spf1 exists:%{ir}.x.y", "+exists:%{ir}.x.y" },
	{ "v=spf1 ptr ptr:x.y", "+ptr +ptr:x.y" },
	{ "v=spf1 ptr/24", NULL },
	{ "v=spf1 ip4:192.0.2.1", "+ip4:192.0.2.1/32" },
	{ "v=spf1 ip4:192.0.2.0/24", "+ip4:192.0.2.0/24" },
	{ "v=spf1 ip4:0.0.0.0/0", "+ip4:0.0.0.0/0" },
	{ "v=spf1 ip4", NULL },
	{ "v=spf1 ip4:", NULL },
	{ "v=spf1 ip4/24", NULL },
	{ "v=spf1 ip4:192.0.2", NULL },
	{ "v=spf1 ip4:192.0.2.01", NULL },
	{ "v=spf1 ip4:192.0.2.0/33", NULL },
	{ "v=spf1 ip4:192.0.2.0//24", NULL },
	{ "v=spf1 ip4:192.0.2.0/", NULL },
	{ "v=spf1 ip4:192.0.2.1:25", NULL },
	{ "v=spf1 ip4:2001:db8::1", NULL },
	{ "v=spf1 ip6:2001:DB8::1", "+ip6:2001:db8::1/128" },
	{ "v=spf1 ip6:::/0", "+ip6:::/0" },
	/* mapped, and yet of IPv6: it must not match an IPv4 client */
	{ "v=spf1 ip6:::ffff:192.0.2.1/96", "+ip6:::ffff:192.0.2.1/96" },
	{ "v=spf1 ip6:2001:db8::1/129", NULL },
	{ "v=spf1 ip6:IPv6:2001:db8::1", NULL },
	{ "v=spf1 ip6:2001:db8:0:0:0:0:0:0:1", NULL },
	{ "v=spf1 redirect=x.y", "redirect=x.y" },
	{ "v=spf1 redirect=x.y a exp=%{d}", "redirect=x.y +a/32//128 exp=%{d}" },
	{ "v=spf1 redirect=x.y redirect=x.y", NULL },
	{ "v=spf1 exp=x.y Exp=x.z", NULL },
	{ "v=spf1 redirect=", NULL },
	{ "v=spf1 redirect:x.y", NULL },
	{ "v=spf1 +redirect=x.y", NULL },
	{ "v=spf1 -exp=x.y", NULL },
	{ "v=spf1 moo.cow-far_out=man:dog/cat ip4=%{d}", "modifier modifier" },
	{ "v=spf1 foo= foo=", "modifier modifier" },
	{ "v=spf1 =x", NULL },
	{ "v=spf1 1foo=x", NULL },
	{ "v=spf1 foo=%x", NULL },
	{ "v=spf1 foo=%{c}", NULL },
	{ "v=spf1 f\303\266=x", NULL },
	{ "v=spf1 a:\303\266.com", NULL },
	{ "v=spf1 all v=spf1", "+all modifier" },
};

static void
show(struct buf *b, const struct spf_term *term)
{
	static const char *const names[] = {
		[SPF_TERM_ALL] = "all",
		[SPF_TERM_INCLUDE] = "include",
		[SPF_TERM_A] = "a",
		[SPF_TERM_MX] = "mx",
		[SPF_TERM_PTR] = "ptr",
		[SPF_TERM_IP4] = "ip4",
		[SPF_TERM_IP6] = "ip6",
		[SPF_TERM_EXISTS] = "exists",
		[SPF_TERM_REDIRECT] = "redirect",
		[SPF_TERM_EXP] = "exp",
		[SPF_TERM_UNKNOWN] = "modifier",
	};
	bool is_modifier = term->qualifier == '\0';
	char address[IP_TEXT_SIZE];

	if (!is_modifier)
		buf_putc(b, term->qualifier);
	buf_puts(b, names[term->kind]);
	if (term->domain != NULL)
		buf_printf(b, "%c%s", is_modifier ? '=' : ':', term->domain);
	if (term->kind == SPF_TERM_A || term->kind == SPF_TERM_MX)
		buf_printf(b, "/%u//%u", term->prefix4, term->prefix6);
	if (term->kind == SPF_TERM_IP4 || term->kind == SPF_TERM_IP6)
		buf_printf(b, ":%s/%u", ip_format(&term->network.ip, address),
		    term->network.prefix);
}

static void
test_terms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof record_rows / sizeof record_rows[0]; i++) {
		const struct record_row *row = &record_rows[i];
		struct pool *pool = pool_new();
		struct spf_record record =
		    spf_record_parse(row->text, strlen(row->text), pool);
		char text[200];
		struct buf b;

		buf_init(&b, text, sizeof text);
		for (size_t k = 0; k < record.count; k++) {
			if (k > 0)
				buf_putc(&b, ' ');
			show(&b, &record.terms[k]);
		}
		if ((record.error == NULL) != (row->terms != NULL))
			fail_msg("%s: %s", row->text, record.error ? record.error : text);
		if (row->terms != NULL)
			assert_string_equal(text, row->terms);
		else
			assert_non_null(record.bad);
		pool_free(pool);
	}
}

static void
test_modifiers_are_found(void **state)
{
	static const char text[] = "v=spf1 exp=e.x mx redirect=r.x -all";
	struct pool *pool = pool_new();
	struct spf_record record = spf_record_parse(text, sizeof text - 1, pool);

	(void)state;
	assert_string_equal(record.redirect->domain, "r.x");
	assert_string_equal(record.exp->domain, "e.x");
	assert_string_equal(record.redirect->text, "redirect=r.x");
	assert_true(spf_record_is_lookup(record.redirect));
	assert_false(spf_record_is_lookup(record.exp));
	assert_true(spf_record_is_lookup(&record.terms[1]));
	assert_false(spf_record_is_lookup(&record.terms[3]));
	pool_free(pool);
}

static void
test_hostile_octets(void **state)
{
	static const char nul[] = "v=spf1 a\0 +all";
	static const char controls[] = "v=spf1 a \"\r\n\x80x";
	struct pool *pool = pool_new();
	struct spf_record record;

	(void)state;
	record = spf_record_parse(nul, sizeof nul - 1, pool);
	assert_non_null(record.error);
	record = spf_record_parse(controls, sizeof controls - 1, pool);
	assert_non_null(record.error);
	assert_string_equal(record.bad, "\\x22\\x0d\\x0a\\x80x");
	pool_free(pool);
}

/* As many octets and as many terms as there may be, and not one more. */
static void
test_largest_record(void **state)
{
	struct pool *pool = pool_new();
	char text[SPF_RECORD_MAX + 2] = "v=spf1";
	struct spf_record record;

	(void)state;
	memset(text + 6, ' ', SPF_RECORD_MAX + 1 - 6);
	for (size_t i = 0; i < SPF_RECORD_TERMS_MAX; i++)
		text[7 + 2 * i] = 'a';
	record = spf_record_parse(text, SPF_RECORD_MAX, pool);
	assert_null(record.error);
	assert_int_equal(record.count, SPF_RECORD_TERMS_MAX);
	record = spf_record_parse(text, SPF_RECORD_MAX + 1, pool);
	assert_string_equal(record.error, "the record is too long");
	assert_null(record.bad);
	text[SPF_RECORD_MAX - 1] = 'a';
	record = spf_record_parse(text, SPF_RECORD_MAX, pool);
	assert_string_equal(record.error, "the record has too many terms");
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_record),
		cmocka_unit_test(test_near_records),
		cmocka_unit_test(test_terms),
		cmocka_unit_test(test_modifiers_are_found),
		cmocka_unit_test(test_hostile_octets),
		cmocka_unit_test(test_largest_record),
	};

	return cmocka_run_group_tests_name("spf_record", tests, NULL, NULL);
}
