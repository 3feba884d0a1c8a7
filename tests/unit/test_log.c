#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

#define TEXT_OCTETS 8192

static int saved, ends[2];

/* From here on standard error is ours to read. */
static void
catch_errors(void)
{
	saved = dup(STDERR_FILENO);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	dup2(ends[1], STDERR_FILENO);
}

/* What was written there meanwhile. */
static const char *
caught(void)
{
	static char text[TEXT_OCTETS];
	ssize_t len;

	fflush(stderr);
	len = read(ends[0], text, sizeof text - 1);
	text[len > 0 ? len : 0] = '\0';
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[0]);
	close(ends[1]);
	return text;
}

static void (*const functions[])(
    const char *, ...) = { log_error, log_warning, log_info, log_debug };
#define FUNCTIONS (sizeof functions / sizeof *functions)

static void
log_all(const char *text)
{
	for (size_t i = 0; i < FUNCTIONS; i++)
		functions[i]("%s", text);
}

static void
test_levels(void **state)
{
	(void)state;
	log_open("test", LOG_TO_STDERR, LOG_MAIL);
	log_set_level(LOG_LEVEL_DEBUG);
	assert_true(log_wants(LOG_LEVEL_DEBUG));
	catch_errors();
	log_all("x");
	assert_string_equal(caught(), "error: x\nwarning: x\nx\ndebug: x\n");

	log_set_level(LOG_LEVEL_WARNING);
	assert_false(log_wants(LOG_LEVEL_INFO));
	catch_errors();
	log_all("x");
	assert_string_equal(caught(), "error: x\nwarning: x\n");

	log_open("test", LOG_TO_NOWHERE, LOG_MAIL);
	assert_false(log_wants(LOG_LEVEL_ERROR));
	catch_errors();
	log_all("x");
	assert_string_equal(caught(), "");
}

/* Each octet but NUL, in each of the functions: one printable line. */
static void
test_octets(void **state)
{
	char text[2] = "", hex[5], wanted[100];

	(void)state;
	log_open("test", LOG_TO_STDERR, LOG_MAIL);
	log_set_level(LOG_LEVEL_DEBUG);
	for (int c = 1; c < 256; c++) {
		const char *shown = text;

		text[0] = (char)c;
		snprintf(hex, sizeof hex, "\\x%02x", (unsigned)c);
		if (c < 0x20 || c > 0x7e)
			shown = hex;
		snprintf(wanted, sizeof wanted, "error: %s\nwarning: %s\n%s\ndebug: %s\n",
		    shown, shown, shown, shown);
		catch_errors();
		log_all(text);
		assert_string_equal(caught(), wanted);
	}
}

static void
expect_bounded_lines(const char *lines)
{
	size_t count = 0;

	for (const char *line = lines; *line != '\0'; count++) {
		size_t len = strcspn(line, "\n");

		assert_in_range(len, 890, 900);
		for (size_t i = 0; i < len; i++)
			assert_in_range(line[i], 0x20, 0x7e);
		line += len;
		assert_int_equal(*line++, '\n');
	}
	assert_int_equal(count, FUNCTIONS);
}

/* Text of any length, also where escapes make it four times as long. */
static void
test_length(void **state)
{
	static const char octets[] = { 'x', '\n', '\x1b', (char)0xff };
	char text[3001] = "";

	(void)state;
	log_open("test", LOG_TO_STDERR, LOG_MAIL);
	log_set_level(LOG_LEVEL_DEBUG);
	for (size_t i = 0; i < sizeof octets; i++) {
		memset(text, octets[i], sizeof text - 1);
		catch_errors();
		log_all(text);
		expect_bounded_lines(caught());
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
