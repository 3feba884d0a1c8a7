#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "dns/dname.h"
#include "dns/rdata.h"

#define WIRE(s)                                     \
	{                                           \
		(const uint8_t *)(s), sizeof(s) - 1 \
	}
#define X9 "\001\001\001\001\001\001\001\001\001"
#define X54 X9 X9 X9 X9 X9 X9
#define X63 X54 X9
#define L63 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"

struct row {
	struct dns_record record;
	const char *want; /* NULL: malformed */
	size_t len;
};

static const struct row txt_rows[] = {
	{ WIRE("\3abc"), "abc", 3 },
	{ WIRE("\3abc\0\2de"), "abcde", 5 },
	{ WIRE("\0"), "", 0 },
	{ WIRE("\3a\0b"), "a\0b", 3 },
	{ WIRE(""), NULL, 0 },
	{ WIRE("\4abc"), NULL, 0 },
	{ WIRE("\1a\1"), NULL, 0 },
	{ WIRE("\377abc"), NULL, 0 },
};

static void
test_txt(void **state)
{
	struct pool *pool = pool_new();
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof txt_rows / sizeof txt_rows[0]; i++) {
		const struct row *row = &txt_rows[i];
		const char *got = rdata_txt(&row->record, &len, pool);

		if ((got == NULL) != (row->want == NULL))
			fail_msg("row %zu", i);
		assert_int_equal(len, row->len);
		if (got != NULL)
			assert_memory_equal(got, row->want, len + 1);
	}
	pool_free(pool);
}

static const struct row name_rows[] = {
	{ WIRE("\0"), ".", 0 },
	{ WIRE("\3www\7ExamPle\0"), "www.example", 0 },
	{ WIRE("\2_a\3b-1\0"), "_a.b-1", 0 },
	{ WIRE("\3a.b\1\0\0"), "a\\046b.\\000", 0 },
	{ WIRE("\1*\0"), "\\042", 0 },
	{ WIRE(""), NULL, 0 },
	{ WIRE("\3www"), NULL, 0 },
	{ WIRE("\3ww"), NULL, 0 },
	{ WIRE("\3www\0x"), NULL, 0 },
	{ WIRE("\300\14"), NULL, 0 }, /* a compression pointer */
	{ WIRE("\77" L63 "\77" L63 "\77" L63 "\75abcdefghijabcdefghijabcdefghijabcdefghij"
	       "abcdefghijabcdefghija\0"),
	    L63 "." L63 "." L63
		".abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdef"
		"ghija",
	    0 },
	{ WIRE("\77" L63 "\77" L63 "\77" L63 "\76abcdefghijabcdefghijabcdefghijabcdefghij"
	       "abcdefghijabcdefghijab\0"),
	    NULL, 0 },
};

static void
test_names(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof name_rows / sizeof name_rows[0]; i++) {
		const struct row *row = &name_rows[i];
		const char *got = rdata_name(&row->record, pool);

		if ((got == NULL) != (row->want == NULL) ||
		    (got != NULL && strcmp(got, row->want) != 0))
			fail_msg("row %zu: %s", i, got == NULL ? "malformed" : got);
	}
	pool_free(pool);
}

static void
test_mx(void **state)
{
	static const struct dns_record good = WIRE("\1\2\2mx\1a\0"),
				       null = WIRE("\0\0\0"), cut = WIRE("\0\1"),
				       junk = WIRE("\0\1\0\0"), empty = WIRE("");
	struct pool *pool = pool_new();
	uint16_t preference = 0;

	(void)state;
	assert_string_equal(rdata_mx(&good, &preference, pool), "mx.a");
	assert_int_equal(preference, 258);
	assert_string_equal(rdata_mx(&null, NULL, pool), ".");
	assert_null(rdata_mx(&cut, &preference, pool));
	assert_null(rdata_mx(&junk, &preference, pool));
	assert_null(rdata_mx(&empty, &preference, pool));
	pool_free(pool);
}

/* A length over 63 is none, also where so many octets follow. */
static void
test_long_label(void **state)
{
	uint8_t wire[102] = { 0 };
	char name[DNAME_TEXT_SIZE];

	(void)state;
	memset(wire + 1, 'a', 100);
	wire[0] = 100;
	assert_int_equal(dname_from_wire(wire, sizeof wire, name), 0);
	wire[0] = 64;
	wire[65] = 0;
	assert_int_equal(dname_from_wire(wire, sizeof wire, name), 0);
	wire[0] = 63;
	wire[64] = 0;
	assert_int_equal(dname_from_wire(wire, sizeof wire, name), 65);
}

static const struct {
	const char *text, *want;
} normal_rows[] = {
	{ "Example.ORG", "example.org" },
	{ "example.org.", "example.org" },
	{ ".", "." },
	{ "a\\046b.c", "a\\046b.c" },
	{ "\\065.c", "a.c" },
	{ "*.c", "\\042.c" },
	{ "a b.c", "a\\032b.c" },
	{ "\303\251.c", "\\195\\169.c" },
	{ L63 ".c", L63 ".c" },
	{ L63 "x.c", NULL },
	{ "", NULL },
	{ "..", NULL },
	{ ".a", NULL },
	{ "a..b", NULL },
	{ "a.b..", NULL },
	{ "a\\.b", NULL },
	{ "a\\256", NULL },
	{ "a\\25", NULL },
	{ "a\\", NULL },
	/* 253 and 254 characters */
	{ L63 "." L63 "." L63
	      ".abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghi"
	      "ja.",
	    L63 "." L63 "." L63
		".abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdef"
		"ghija" },
	{ L63 "." L63 "." L63
	      ".abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghi"
	      "jab",
	    NULL },
	/* 253, of which the last label is one */
	{ L63 "." L63 "." L63
	      ".abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghi.j",
	    L63 "." L63 "." L63
		".abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghi.j" },
	/* each octet 4 characters: the last label is refused before it is written */
	{ X63 "." X63 "." X63 "." X54 "." X63, NULL },
};

static void
test_normal_form(void **state)
{
	char got[DNAME_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof normal_rows / sizeof normal_rows[0]; i++) {
		bool good = dname_normal(normal_rows[i].text, got);

		if (good != (normal_rows[i].want != NULL) ||
		    (good && strcmp(got, normal_rows[i].want) != 0))
			fail_msg("%s: %s", normal_rows[i].text, good ? got : "refused");
	}
}

static void
test_domain(void **state)
{
	static const char *const rows[][2] = {
		{ "joe.news.example.nl", "example.nl" },
		{ "example.nl", "example.nl" },
		{ "a\\046b.nl", "a\\046b.nl" },
		{ "nl", "nl" },
		{ ".", "." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(dname_domain(rows[i][0]), rows[i][1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_txt),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_mx),
		cmocka_unit_test(test_long_label),
		cmocka_unit_test(test_normal_form),
		cmocka_unit_test(test_domain),
	};

	return cmocka_run_group_tests_name("rdata", tests, NULL, NULL);
}
