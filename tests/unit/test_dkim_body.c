#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "mail/dkim_body.h"
#include "slow_body.h"

static char result[4096];
static size_t result_len;

static void
collect(void *cookie, const char *data, size_t len)
{
	(void)cookie;
	assert_true(len > 0 && result_len + len < sizeof result);
	memcpy(result + result_len, data, len);
	result_len += len;
	result[result_len] = '\0';
}

static const char *
canonical(const char *body, size_t len, enum dkim_canonicalization canon, size_t piece,
    bool plain)
{
	struct dkim_body b;

	result_len = 0;
	result[0] = '\0';
	dkim_body_begin(&b, canon, collect, NULL);
	b.plain = plain;
	for (size_t at = 0; at < len; at += piece)
		dkim_body_piece(&b, body + at, len - at < piece ? len - at : piece);
	dkim_body_end(&b);
	return result;
}

/* RFC 6376 section 3.4.3, 3.4.4 and 3.4.5. */
static const struct {
	const char *body, *simple, *relaxed;
} rows[] = {
	{ "", "\r\n", "" },
	{ "\r\n", "\r\n", "" },
	{ "\r\n\r\n\r\n", "\r\n", "" },
	{ " \r\n\t\r\n", " \r\n\t\r\n", "" },
	{ " ", " \r\n", "" },
	{ "a", "a\r\n", "a\r\n" },
	{ "a\r\n", "a\r\n", "a\r\n" },
	{ "a\r\n\r\n\r\n", "a\r\n", "a\r\n" },
	{ "a \r\n \r\n", "a \r\n \r\n", "a\r\n" },
	{ " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n" },
	{ "\r\n\r\na\r\n", "\r\n\r\na\r\n", "\r\n\r\na\r\n" },
	{ "a\tb", "a\tb\r\n", "a b\r\n" },
	{ "a\rb\r\n", "a\rb\r\n", "a\rb\r\n" },
	{ "a\nb\n", "a\nb\n\r\n", "a\nb\n\r\n" },
	{ "a \r\r\n", "a \r\r\n", "a \r\r\n" },
	{ "a\r", "a\r\r\n", "a\r\r\n" },
	{ "a \n \r\n", "a \n \r\n", "a \n\r\n" },
	{ "\r", "\r\r\n", "\r\r\n" },
	{ "a\r\n\n\r\n", "a\r\n\n\r\n", "a\r\n\n\r\n" },
	{ "twenty octets here   and more  than a block", /* blocks of 16 */
	    "twenty octets here   and more  than a block\r\n",
	    "twenty octets here and more than a block\r\n" },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t len = strlen(rows[i].body);

		for (size_t piece = 1; piece <= len + 1; piece++) {
			assert_string_equal(
			    canonical(rows[i].body, len, DKIM_SIMPLE, piece, false),
			    rows[i].simple);
			assert_string_equal(
			    canonical(rows[i].body, len, DKIM_RELAXED, piece, false),
			    rows[i].relaxed);
		}
	}
}

/* Eight octets, in all pieces, against the slow reference. */
static void
check_short_body(const char *body, bool relaxed)
{
	size_t len;
	char *want = slow_body(body, 8, relaxed, &len);

	for (size_t piece = 1; piece <= 8; piece++) {
		canonical(body, 8, relaxed ? DKIM_RELAXED : DKIM_SIMPLE, piece, false);
		assert_int_equal(result_len, len);
		assert_memory_equal(result, want, len);
	}
	free(want);
}

/* Every body of eight of these octets. */
static void
test_all_short_bodies(void **state)
{
	static const char octets[] = { 'a', ' ', '\t', '\r', '\n' };
	char body[8];

	(void)state;
	for (unsigned n = 0; n < 390625; n += 7) {
		for (unsigned i = 0, k = n; i < 8; i++, k /= 5)
			body[i] = octets[k % 5];
		check_short_body(body, false);
		check_short_body(body, true);
	}
}

/* Blocks and the plain path, wherever in a block the white space is. */
static void
test_blocks(void **state)
{
	static const char *const odd[] = { "  ", "\t", " \t", " \r\n", "\t\r\n", " \r",
		"\r\n", " ", " \n", " \v", " \x01", " \xff" };
	char body[400]; /* more than what is looked at block by block */

	(void)state;
	for (size_t k = 0; k < sizeof odd / sizeof odd[0]; k++) {
		for (size_t at = 0; at < sizeof body - 4; at++) {
			size_t len;
			char *want;

			memset(body, 'x', sizeof body);
			memcpy(body + at, odd[k], strlen(odd[k]));
			want = slow_body(body, sizeof body, true, &len);
			canonical(body, sizeof body, DKIM_RELAXED, sizeof body, false);
			assert_int_equal(result_len, len);
			assert_memory_equal(result, want, len);
			canonical(body, sizeof body, DKIM_RELAXED, sizeof body, true);
			assert_int_equal(result_len, len);
			assert_memory_equal(result, want, len);
			free(want);
		}
	}
}

static void
test_many_blank_lines(void **state)
{
	char body[2004];

	(void)state;
	for (size_t i = 0; i < 2000; i += 2) {
		body[i] = '\r';
		body[i + 1] = '\n';
	}
	memcpy(body + 2000, "x\r\n", 4);
	canonical(body, 2003, DKIM_RELAXED, 3, false);
	assert_int_equal(result_len, 2003);
	assert_memory_equal(result, body, 2003);
	assert_string_equal(canonical(body, 2000, DKIM_RELAXED, 3, false), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_all_short_bodies),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_many_blank_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
