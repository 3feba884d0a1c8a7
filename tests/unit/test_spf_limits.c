#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "dns/questions.h"
#include "resolver_zone.h"
#include "spf_run.h"

/* Zone text that grows; released by the caller. */
static char *
zone_text(struct buf *b, size_t size)
{
	char *text = malloc(size);

	assert_non_null(text);
	buf_init(b, text, size);
	return text;
}

/* ${len} octets as strings of a TXT record. */
static void
put_txt(struct buf *b, const char *name, const char *text, size_t len)
{
	buf_printf(b, "%s TXT", name);
	for (size_t i = 0; i < len; i += 200)
		buf_printf(
		    b, " \"%.*s\"", (int)(len - i < 200 ? len - i : 200), text + i);
	buf_putc(b, '\n');
}

/* libspf2 keeps 511 octets of a compiled record, and forgets the rest. */
static void
test_120_mechanisms(void **state)
{
	char record[8192];
	struct buf b, zone;
	char *text = zone_text(&zone, 16384);
	struct spf_run c;

	(void)state;
	buf_init(&b, record, sizeof record);
	buf_puts(&b, "v=spf1");
	for (int i = 0; i < 60; i++)
		buf_printf(&b, " ip4:198.51.100.%d ip6:2001:db8:1::%x", i, i);
	buf_puts(&b, " -all");
	put_txt(&zone, "d.test", record, b.len);
	c = spf_run(text, "192.0.2.1", "d.test");
	assert_int_equal(c.found.result, SPF_FAIL);
	assert_int_equal(c.found.step_count, 121);
	spf_run_end(&c);
	c = spf_run(text, "198.51.100.59", "d.test");
	assert_int_equal(c.found.result, SPF_PASS);
	spf_run_end(&c);
	c = spf_run(text, "2001:db8:1::3b", "d.test");
	assert_int_equal(c.found.result, SPF_PASS);
	spf_run_end(&c);
	free(text);
}

/* Plain libspf2 counts anew in each include, and sends 88,573 queries here. */
static void
test_ten_levels_of_three_includes(void **state)
{
	struct buf zone;
	char *text = zone_text(&zone, 8192);
	struct spf_run c;
	size_t txt = 0;

	(void)state;
	buf_puts(&zone, "d.test TXT \"v=spf1 include:l1a.test include:l1b.test "
			"include:l1c.test -all\"\n");
	for (int level = 1; level <= 10; level++) {
		for (int x = 'a'; x <= 'c'; x++)
			buf_printf(&zone,
			    "l%d%c.test TXT \"v=spf1 include:l%da.test "
			    "include:l%db.test include:l%dc.test ?all\"\n",
			    level, x, level + 1, level + 1, level + 1);
	}
	for (int x = 'a'; x <= 'c'; x++)
		buf_printf(&zone, "l11%c.test TXT \"v=spf1 ?all\"\n", x);
	c = spf_run(text, "192.0.2.1", "d.test");
	assert_int_equal(c.found.result, SPF_PERMERROR);
	assert_int_equal(c.found.lookups, 11);
	assert_true(resolver_zone_asked_all(c.resolver) <= 11);
	txt = resolver_zone_asked(c.resolver, "l10a.test", DNS_TXT);
	assert_int_equal(txt, 1);
	spf_run_end(&c);
	free(text);
}

/* Ten terms that ask DNS are allowed, in whatever records they stand. */
static void
test_ten_lookups(void **state)
{
	static const char head[] = "d.test TXT \"v=spf1 include:e.test a:h.test a:h.test "
				   "a:h.test a:h.test ";
	struct spf_run c;
	char zone[500];

	(void)state;
	for (int more = 0; more <= 1; more++) {
		snprintf(zone, sizeof zone,
		    "%s%s+all\"\ne.test TXT \"v=spf1 a:h.test exists:h.test.no.test "
		    "mx:h.test "
		    "ptr -a:h.test ?all\"\nh.test A 198.51.100.1\nh.test MX 0 h.test\n"
		    "1.2.0.192.in-addr.arpa PTR h.test",
		    head, more ? "a:h.test " : "");
		c = spf_run(zone, "192.0.2.1", "d.test");
		assert_int_equal(c.found.lookups, 10 + more);
		assert_int_equal(c.found.result, more ? SPF_PERMERROR : SPF_PASS);
		spf_run_end(&c);
	}
}

static void
test_mx_hosts(void **state)
{
	struct buf zone;
	char *text = zone_text(&zone, 4096);
	struct spf_run c;

	(void)state;
	buf_puts(&zone, "d.test TXT \"v=spf1 mx -all\"\n");
	for (int i = 1; i <= 10; i++)
		buf_printf(
		    &zone, "d.test MX %d h%d.test\nh%d.test A 192.0.2.%d\n", i, i, i, i);
	c = spf_run(text, "192.0.2.10", "d.test");
	assert_int_equal(c.found.result, SPF_PASS);
	spf_run_end(&c);
	buf_puts(&zone, "d.test MX 11 h11.test\n");
	c = spf_run(text, "192.0.2.1", "d.test");
	assert_int_equal(c.found.result, SPF_PERMERROR);
	assert_int_equal(resolver_zone_asked_all(c.resolver), 2); /* no host is asked */
	spf_run_end(&c);
	free(text);
}

/* Names of the client beyond ten are not looked at (RFC 7208 section 4.6.4). */
static void
test_ptr_names(void **state)
{
	struct buf zone;
	char *text = zone_text(&zone, 4096);
	struct spf_run c;

	(void)state;
	buf_puts(&zone, "d.test TXT \"v=spf1 ptr -all\"\n");
	for (int i = 1; i <= 30; i++)
		buf_printf(&zone, "1.2.0.192.in-addr.arpa PTR h%d.d.test\n", i);
	c = spf_run(text, "192.0.2.1", "d.test");
	assert_int_equal(c.found.result, SPF_FAIL);
	assert_true(resolver_zone_asked_all(c.resolver) <= 12);
	spf_run_end(&c);
	free(text);
}

/*
 * CVE-2023-42118: what a domain made of macros comes to smashed the stack of
 * libspf2.  Made here, in all three places where it can stand; see also the wrap
 * in tests/lib/spf_run.c, which no macro passes.
 */
static void
test_macros_beyond_all_bounds(void **state)
{
	static const char *const shapes[] = {
		"x.test TXT %s \n d.test TXT \"v=spf1 -all exp=x.test\"",
		"d.test TXT \"v=spf1 exists:\" %s \" -all\"",
		"d.test TXT \"v=spf1 redirect=\" %s",
	};
	char macros[600], text[1024];
	struct buf b;

	(void)state;
	buf_init(&b, macros, sizeof macros);
	for (int i = 0; i < 127; i++)
		buf_printf(&b, "%s%%{d}%s", i % 60 == 0 ? "\"" : "",
		    i % 60 == 59 || i == 126 ? "\" " : "");
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		struct spf_run c;

		buf_init(&b, text, sizeof text);
		buf_put(&b, shapes[i], (size_t)(strstr(shapes[i], "%s") - shapes[i]));
		buf_puts(&b, macros);
		buf_puts(&b, strstr(shapes[i], "%s") + 2);
		assert_false(b.cut);
		c = spf_run(text, "192.0.2.1", "d.test");
		assert_int_equal(c.found.result, i == 2 ? SPF_PERMERROR : SPF_FAIL);
		if (i == 0)
			assert_int_equal(strlen(c.found.explanation), 200);
		assert_int_equal(c.compiled, 1);
		spf_run_end(&c);
	}
}

#define ZONE_SIZE ((size_t)3 * 16384)

/* The whole of it counts; one octet more is an error. */
static void
test_record_of_16_kib(void **state)
{
	struct buf zone, b;
	char *text = zone_text(&zone, ZONE_SIZE), record[16385 + 16];
	struct spf_run c;

	(void)state;
	buf_init(&b, record, sizeof record);
	buf_puts(&b, "v=spf1");
	while (b.len < 16384 - 40)
		buf_printf(&b, " ?ip4:198.51.100.%zu", b.len % 256);
	while (b.len < 16384 - 5)
		buf_putc(&b, ' ');
	buf_puts(&b, " -all");
	assert_int_equal(b.len, 16384);
	put_txt(&zone, "d.test", record, b.len);
	c = spf_run(text, "192.0.2.1", "d.test");
	assert_int_equal(c.found.result, SPF_FAIL);
	assert_true(c.found.step_count > 700);
	spf_run_end(&c);

	buf_putc(&b, ' ');
	buf_init(&zone, text, ZONE_SIZE);
	put_txt(&zone, "d.test", record, b.len);
	c = spf_run(text, "192.0.2.1", "d.test");
	assert_int_equal(c.found.result, SPF_PERMERROR);
	assert_string_equal(c.found.reason, "the record is too long");
	spf_run_end(&c);
	free(text);
}

/* Each lookup may take what is left of the one deadline, and no more. */
static void
test_slow_lookups_end_on_the_deadline(void **state)
{
	static const char zone[] =
	    "d.test TXT \"v=spf1 a:1.test a:2.test a:3.test a:4.test +all\"\n"
	    "1.test A 198.51.100.1\n2.test A 198.51.100.1\n3.test A 198.51.100.1\n"
	    "4.test A 198.51.100.1";
	struct spf_run c = spf_run_begin(zone, "192.0.2.1", "d.test");

	(void)state;
	for (char name[] = "1.test"; name[0] <= '4'; name[0]++)
		resolver_zone_delay(c.resolver, name, 60);
	questions_deadline(c.questions, 100);
	spf_run_again(&c);
	assert_int_equal(c.found.result, SPF_TEMPERROR);
	assert_int_equal(c.found.lookups, 2);
	spf_run_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_120_mechanisms),
		cmocka_unit_test(test_ten_levels_of_three_includes),
		cmocka_unit_test(test_ten_lookups),
		cmocka_unit_test(test_mx_hosts),
		cmocka_unit_test(test_ptr_names),
		cmocka_unit_test(test_macros_beyond_all_bounds),
		cmocka_unit_test(test_record_of_16_kib),
		cmocka_unit_test(test_slow_lookups_end_on_the_deadline),
	};

	return cmocka_run_group_tests_name("spf_limits", tests, NULL, NULL);
}
