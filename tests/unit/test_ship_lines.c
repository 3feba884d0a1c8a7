#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/history/ship_lines.h"
#include "history/store.h"

#define TEXT(t)                                      \
	{                                            \
		.text = (t), .number = sizeof(t) - 1 \
	}
#define NUMBER(n)                                \
	{                                        \
		.number = (n), .is_number = true \
	}
#define NOTHING              \
	{                    \
		.text = NULL \
	}

static const struct row {
	enum ship_kind kind;
	struct fact_value cell;
	const char *wanted;
} rows[] = {
	{ SHIP_NUMBER, NUMBER(7), "7" },
	{ SHIP_NUMBER, NUMBER(0), "0" },
	{ SHIP_NUMBER, NUMBER(INT64_MIN), "-9223372036854775808" },
	{ SHIP_NUMBER, NUMBER(INT64_MAX), "9223372036854775807" },
	{ SHIP_NUMBER, TEXT("12"), "0" },
	{ SHIP_NUMBER, NOTHING, "0" },
	{ SHIP_NUMBER_OR_NULL, NOTHING, "\\N" },
	{ SHIP_NUMBER_OR_NULL, TEXT("x\ty"), "\\N" },
	{ SHIP_NUMBER_OR_NULL, NUMBER(-1), "-1" },
	{ SHIP_BOOLEAN, NUMBER(1), "t" },
	{ SHIP_BOOLEAN, NUMBER(7), "t" },
	{ SHIP_BOOLEAN, NUMBER(0), "f" },
	{ SHIP_BOOLEAN, TEXT("t\n"), "f" },
	{ SHIP_BOOLEAN, NOTHING, "f" },
	{ SHIP_TEXT, NOTHING, "" },
	{ SHIP_TEXT, TEXT(""), "" },
	{ SHIP_TEXT, NUMBER(3), "3" },
	{ SHIP_TEXT, TEXT("mx.example.net"), "mx.example.net" },
	{ SHIP_TEXT, TEXT("a\tb\nc\rd"), "a\\tb\\nc\\rd" },
	{ SHIP_TEXT, TEXT("\\N"), "\\\\N" },
	{ SHIP_TEXT, TEXT("\\."), "\\\\." },
	{ SHIP_TEXT, TEXT("\\x41"), "\\\\x41" },
	{ SHIP_TEXT, TEXT("\x1b[2J\x7f"), "\x1b[2J\x7f" },
	{ SHIP_TEXT, TEXT("nul\0here\0"), "nul\\\\x00here\\\\x00" },
	{ SHIP_TEXT, TEXT("\0"), "\\\\x00" },
	{ SHIP_TEXT, TEXT("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
	    "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
	/* No UTF-8: alone, cut off, overlong, a surrogate, beyond the last */
	{ SHIP_TEXT, TEXT("\xff"), "\\\\xFF" },
	{ SHIP_TEXT, TEXT("a\xc3"), "a\\\\xC3" },
	{ SHIP_TEXT, TEXT("\xe2\x82"), "\\\\xE2\\\\x82" },
	{ SHIP_TEXT, TEXT("\xc0\x80"), "\\\\xC0\\\\x80" },
	{ SHIP_TEXT, TEXT("\xed\xa0\x80"), "\\\\xED\\\\xA0\\\\x80" },
	{ SHIP_TEXT, TEXT("\xf4\x90\x80\x80"), "\\\\xF4\\\\x90\\\\x80\\\\x80" },
	{ SHIP_TEXT, TEXT("\xc3\0\xa9"), "\\\\xC3\\\\x00\\\\xA9" },
	{ SHIP_TEXT_OR_NULL, NOTHING, "\\N" },
	{ SHIP_TEXT_OR_NULL, TEXT(""), "" },
	{ SHIP_TEXT_OR_NULL, TEXT("\\N"), "\\\\N" },
	{ SHIP_TEXT_OR_NULL, NUMBER(5), "5" },
	{ SHIP_KEY, TEXT("4XyZ"), "4XyZ" },
	{ SHIP_KEY, NOTHING, "" },
	{ SHIP_OCTETS, TEXT("\0\xff\\\n"), "\\\\x00FF5C0A" },
	{ SHIP_OCTETS, NOTHING, "\\\\x" },
};

static void
test_cells(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct fact_value cells[] = { rows[i].cell, NUMBER(1) };
		const enum ship_kind kinds[] = { rows[i].kind, SHIP_NUMBER };
		struct text line = { 0 }, wanted = { 0 };

		ship_lines_put(&line, kinds, cells, 2);
		text_printf(&wanted, "%s\t1\n", rows[i].wanted);
		if (strcmp(line.data, wanted.data) != 0)
			fail_msg("row %zu: %s", i, line.data);
		text_free(&line);
		text_free(&wanted);
	}
}

/* An index of the server takes no more than 2704 octets. */
static void
test_long_keys(void **state)
{
	char octets[4000];
	const struct fact_value cell = { .text = octets, .number = sizeof octets - 1 };
	const enum ship_kind kind = SHIP_KEY;
	struct text line = { 0 };

	(void)state;
	for (size_t i = 0; i + 1 < sizeof octets; i++)
		octets[i] = i % 2 == 0 ? '\xc3' : '\xa9';
	octets[sizeof octets - 1] = '\0';
	ship_lines_put(&line, &kind, &cell, 1);
	assert_int_equal(line.len, SHIP_KEY_OCTETS + strlen("...\n"));
	assert_string_equal(line.data + SHIP_KEY_OCTETS - 2, "\xc3\xa9...\n");
	text_free(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_long_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
