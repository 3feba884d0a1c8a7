#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json_text.h"

/* Text, and how it stands between quotes: with UTF-8, and in ASCII alone. */
struct row {
	const char *text, *written, *ascii;
};

/* NOLINTBEGIN(misc-misleading-bidirectional): that is what is tested */
static const struct row rows[] = {
	{ "", "", "" },
	{ "plain", "plain", "plain" },
	{ "a\"b\\c\n\x01\x7f", "a\\\"b\\\\c\\n\\u0001\\u007f",
	    "a\\\"b\\\\c\\n\\u0001\\u007f" },
	{ "b\u00fccher \u4e2d \U0001f600", "b\u00fccher \u4e2d \U0001f600",
	    "b\\\\xC3\\\\xBCcher \\\\xE4\\\\xB8\\\\xAD \\\\xF0\\\\x9F\\\\x98\\\\x80" },
	{ "\xff", "\\\\xFF", "\\\\xFF" },
	/* A terminal takes U+009B for ESC [, and turns round what is behind U+202E. */
	{ "\xc2\x9b"
	  "2J\xc2\x80\xc2\x9f\u00a0",
	    "\\u009b2J\\u0080\\u009f\u00a0",
	    "\\\\xC2\\\\x9B2J\\\\xC2\\\\x80\\\\xC2\\\\x9F\\\\xC2\\\\xA0" },
	{ "a\xe2\x80\xae"
	  "b\xe2\x80\xa8\xe2\x81\xa6\xe2\x81\xa9\u2027\u2030\u206a",
	    "a\\u202eb\\u2028\\u2066\\u2069\u2027\u2030\u206a",
	    "a\\\\xE2\\\\x80\\\\xAEb\\\\xE2\\\\x80\\\\xA8\\\\xE2\\\\x81\\\\xA6\\\\xE2\\\\"
	    "x81\\\\xA9"
	    "\\\\xE2\\\\x80\\\\xA7\\\\xE2\\\\x80\\\\xB0\\\\xE2\\\\x81\\\\xAA" },
	{ "\xe2\x80\xae\xff", "\\\\xE2\\\\x80\\\\xAE\\\\xFF",
	    "\\\\xE2\\\\x80\\\\xAE\\\\xFF" },
};
/* NOLINTEND(misc-misleading-bidirectional) */

static void
check(const char *text, const char *wanted, bool ascii)
{
	struct text out = { 0 };
	struct json_text j = { .out = &out, .ascii = ascii };

	json_text_array(&j, NULL);
	json_text_string(&j, NULL, text);
	json_text_array_end(&j);
	assert_memory_equal(out.data, "[\"", 2);
	assert_string_equal(out.data + out.len - 2, "\"]");
	out.data[out.len - 2] = '\0';
	assert_string_equal(out.data + 2, wanted);
	text_free(&out);
}

static void
test_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		check(rows[i].text, rows[i].written, false);
		check(rows[i].text, rows[i].ascii, true);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests_name("json_text", tests, NULL, NULL);
}
