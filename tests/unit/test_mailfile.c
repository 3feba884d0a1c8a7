#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ctl/judge/mailfile.h"
#include "ctl/judge/source.h"

static char path[] = "/tmp/test_mailfile.XXXXXX";

static void
put(const char *data, size_t len)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static struct mailfile *
open_text(const char *data, size_t len, bool quoted)
{
	struct mailfile_place place = { path, 0, -1, quoted };
	struct mailfile *f;
	char why[128] = "";

	put(data, len);
	f = mailfile_open(&place, why, sizeof why);
	if (f == NULL)
		print_message("# %s\n", why);
	return f;
}

/* "Name=value|Name=value||body", control characters as they are. */
static const char *
told(struct mailfile *f, char *text, size_t size)
{
	const char *name, *value;
	const unsigned char *data;
	struct buf b;
	size_t len;

	buf_init(&b, text, size);
	while (mailfile_field(f, false, &name, &value))
		buf_printf(&b, "%s=%s|", name, value);
	buf_putc(&b, '|');
	while ((len = mailfile_body(f, &data)) > 0)
		buf_put(&b, (const char *)data, len);
	assert_false(mailfile_failed(f));
	return text;
}

static const struct {
	const char *file, *told;
} rows[] = {
	{ "A: b\n\nx\n", "A= b||x\r\n" },
	{ "A: b\r\n\r\nx\r\n", "A= b||x\r\n" },
	{ "A: b\n c\n\td\n\n", "A= b\n c\n\td||" },
	{ "A: b\r\n c\r\n\r\n", "A= b\n c||" },
	{ "A:b\nB :c\nC \t:  d\n\n", "A=b|B=c|C=  d||" },
	/* Postfix: bare CR is a space, CRs at the end of a line go. */
	{ "A: b\rc\r\r\n\nx\ry\r\r\n\r", "A= b c||x y\r\n" },
	/* The first line that is no field begins the body, as it is. */
	{ "A: b\nno field\nC: d\n", "A= b||no field\r\nC: d\r\n" },
	{ "A: b\n: c\n", "A= b||: c\r\n" },
	{ "A: b\n", "A= b||" },
	{ "A: b", "A= b||" },
	{ "A: b\n\nx", "A= b||x\r\n" },
	{ "A: b\n\n\n\n", "A= b||\r\n\r\n" },
	{ "\nx\n", "|x\r\n" },
	{ "Return-Path: <a@b>\nbcc: c\nA: b\nContent-Length: 3\nResent-BCC: d\n\n",
	    "A= b||" },
	{ "From joe Mon Nov 23\nA: b\n\nx\n", "A= b||x\r\n" },
	{ "A: b\n\n>From x\nFrom y\n", "A= b||>From x\r\nFrom y\r\n" },
	{ "From joe\n>From ann\n>>From x\nA: b\n\nx\n", "A= b||x\r\n" },
	/* A field, for all MTAs, though it begins as an mbox does. */
	{ "From : a@b\nA: b\n\nx\n", "From= a@b|A= b||x\r\n" },
	{ "From \t: a@b\n\nx\n", "From= a@b||x\r\n" },
	{ "From joe\nFrom : a@b\n\nx\n", "From= a@b||x\r\n" },
	/* No field at its beginning: an empty header. */
	{ "no field\nA: b\n", "|no field\r\nA: b\r\n" },
	{ "\xff\xfe: x\n", "|\xff\xfe: x\r\n" },
	{ ":\n", "|:\r\n" },
	{ " a: b\n", "| a: b\r\n" },
	{ ">quoted\n", "|>quoted\r\n" },
	{ "no line end", "|no line end\r\n" },
	{ "From joe", "|" },
};

static void
test_rows(void **state)
{
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct mailfile *f = open_text(rows[i].file, strlen(rows[i].file), false);

		assert_non_null(f);
		assert_string_equal(told(f, text, sizeof text), rows[i].told);
		mailfile_rewind(f);
		assert_string_equal(told(f, text, sizeof text), rows[i].told);
		mailfile_close(f);
	}
}

static void
test_all_fields(void **state)
{
	static const char data[] = "Return-Path: <a@b>\nA: b\n\n";
	struct mailfile *f = open_text(data, strlen(data), false);
	const char *name, *value;

	(void)state;
	assert_true(mailfile_field(f, true, &name, &value));
	assert_string_equal(name, "Return-Path");
	assert_string_equal(value, " <a@b>");
	mailfile_close(f);
}

static void
test_nul(void **state)
{
	static const char data[] = "A: b\0c\nB: d\n\nx\0y\n";
	struct mailfile *f = open_text(data, sizeof data - 1, false);
	const unsigned char *body;
	const char *name, *value;

	(void)state;
	assert_true(mailfile_field(f, false, &name, &value));
	assert_string_equal(value, " b");
	assert_true(mailfile_field(f, false, &name, &value));
	assert_string_equal(name, "B");
	assert_false(mailfile_field(f, false, &name, &value));
	assert_int_equal(mailfile_body(f, &body), 5);
	assert_memory_equal(body, "x\0y\r\n", 5);
	mailfile_close(f);
}

static void
test_long_field(void **state)
{
	static char data[200000];
	struct mailfile *f;
	const char *name, *value;

	(void)state;
	memset(data, 'x', sizeof data);
	data[0] = 'A';
	data[1] = ':';
	data[sizeof data - 1] = '\n';
	f = open_text(data, sizeof data, false);
	assert_true(mailfile_field(f, false, &name, &value));
	assert_int_equal(strlen(value), MAILFILE_FIELD_MAX - 2);
	assert_false(mailfile_field(f, false, &name, &value));
	mailfile_close(f);
}

static void
test_long_body(void **state)
{
	static char data[300000];
	struct mailfile *f;
	const unsigned char *body;
	const char *name, *value;
	size_t len, all = 0;

	(void)state;
	memset(data, '\n', sizeof data);
	for (size_t i = 0; i < strlen("A: b"); i++)
		data[i] = "A: b"[i];
	f = open_text(data, sizeof data, false);
	assert_true(mailfile_field(f, false, &name, &value));
	assert_false(mailfile_field(f, false, &name, &value));
	while ((len = mailfile_body(f, &body)) > 0) {
		assert_true(len <= MAILFILE_BODY_MAX);
		assert_true(body[0] == '\r' && body[len - 1] == '\n');
		all += len;
	}
	/* Each line end but that of the field and of the header. */
	assert_int_equal(all, 2 * (sizeof data - 6));
	mailfile_close(f);
}

static void
test_bad(void **state)
{
	(void)state;
	assert_null(open_text("", 0, false));
}

static void
test_mbox(void **state)
{
	static const char data[] =
	    "From joe\nA: 1\n\n>From x\n>>From y\n>>>From z\n>> From\n>x >From y\n"
	    "\nFrom : here\n\nFrom ann\nA: 2\n\nz\nFrom here\n\n";
	static const char *const want[] = {
		"A= 1||From x\r\n>From y\r\n>>From z\r\n>> From\r\n>x >From y\r\n"
		"\r\nFrom : here\r\n\r\n",
		"A= 2||z\r\nFrom here\r\n\r\n"
	};
	struct source s = { 0 };
	char why[128], text[256];

	(void)state;
	put(data, strlen(data));
	assert_true(source_add_mbox(&s, path, why, sizeof why));
	assert_int_equal(s.count, 2);
	for (size_t i = 0; i < 2; i++) {
		struct mailfile *f = mailfile_open(&s.messages[i].place, why, sizeof why);

		assert_non_null(f);
		assert_string_equal(told(f, text, sizeof text), want[i]);
		mailfile_close(f);
	}
	source_clear(&s);
}

static void
test_no_mbox(void **state)
{
	static const char data[] = "From : a@b\n\nx\n";
	struct source s = { 0 };
	char why[128];

	(void)state;
	put(data, strlen(data));
	assert_false(source_add_mbox(&s, path, why, sizeof why));
	assert_non_null(strstr(why, "not an mbox"));
	source_clear(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_all_fields),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_long_field),
		cmocka_unit_test(test_long_body),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_mbox),
		cmocka_unit_test(test_no_mbox),
	};
	int fd = mkstemp(path), status;

	if (fd == -1)
		return 1;
	close(fd);
	status = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return status;
}
