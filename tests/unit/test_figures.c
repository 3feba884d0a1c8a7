#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl/figures.h"

static const char text[] = "# HELP beschermd_overrides Overrides in the settings.\n"
			   "beschermd_overrides_expired 2\n"
			   "beschermd_overrides 14\n"
			   "beschermd_history_state{state=\"ok\"} 1\n"
			   "beschermd_history_commit_seconds_total 12.345678\n"
			   "beschermd_config_info{version=\"0.1.0\",mode=\"monitor\"} 1\n"
			   "beschermd_odd -1\n"
			   "beschermd_long 12345678901234567\n"
			   "beschermd_word abc\n"
			   "beschermd_glued 12x\n"
			   "beschermd_empty{word=\"\"} 1\n"
			   "beschermd_open{word=\"abc\n"
			   "beschermd_escapes{word=\"a\\\"b\"} 1\n"
			   "beschermd_last 7";

static void
test_values(void **state)
{
	static const struct {
		const char *series;
		int64_t value; /* -1: none */
	} rows[] = {
		{ "overrides", 14 },
		{ "overrides_expired", 2 },
		{ "override", -1 },
		{ "history_state{state=\"ok\"}", 1 },
		{ "history_state{state=\"broken\"}", -1 },
		{ "history_state", -1 },
		{ "history_commit_seconds_total", 12 },
		{ "last", 7 },
		{ "odd", -1 },
		{ "long", -1 },
		{ "word", -1 },
		{ "glued", -1 },
		{ "", -1 },
	};
	int64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		value = -1;
		assert_int_equal(
		    figures_value(text, rows[i].series, &value), rows[i].value != -1);
		assert_int_equal(value, rows[i].value);
	}
}

static void
test_labels(void **state)
{
	static const struct {
		const char *family, *label, *value; /* NULL: none */
	} rows[] = {
		{ "config_info", "version", "0.1.0" },
		{ "config_info", "mode", "monitor" },
		{ "config_info", "od", NULL },
		{ "config_info", "other", NULL },
		{ "overrides", "mode", NULL },
		{ "empty", "word", NULL },
		{ "open", "word", NULL },
		{ "escapes", "word", NULL },
		{ "none", "word", NULL },
	};
	char value[8];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool there = figures_label(
		    text, rows[i].family, rows[i].label, value, sizeof value);

		assert_int_equal(there, rows[i].value != NULL);
		if (there)
			assert_string_equal(value, rows[i].value);
	}
	assert_false(figures_label(text, "config_info", "mode", value, 7));
}

static void
write_file(const char *path, const char *data, size_t len, int age)
{
	const struct timespec then = { .tv_sec = time(NULL) - age };
	const struct timespec times[2] = { then, then };
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	fclose(file);
	assert_int_equal(utimensat(-1, path, times, 0), 0);
}

struct fixture {
	char folder[64], path[128], other[128], why[300];
	struct figures figures;
};

static void
begin(struct fixture *f)
{
	snprintf(f->folder, sizeof f->folder, "/tmp/beschermd-figures.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof f->path, "%s/m.prom", f->folder);
	snprintf(f->other, sizeof f->other, "%s/other", f->folder);
}

static void
end(struct fixture *f)
{
	unlink(f->path);
	unlink(f->other);
	assert_int_equal(rmdir(f->folder), 0);
}

/* Returns whether there is text. */
static bool
reads(struct fixture *f, bool fresh)
{
	bool is;

	figures_read(f->path, &f->figures, f->why, sizeof f->why);
	assert_int_equal(f->figures.fresh, fresh);
	is = f->figures.text != NULL;
	if (!fresh)
		assert_non_null(strstr(f->why, f->path));
	figures_free(&f->figures);
	return is;
}

static void
test_age(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	assert_false(reads(&f, false));
	write_file(f.path, text, sizeof text - 1, 0);
	assert_true(reads(&f, true));
	write_file(f.path, text, sizeof text - 1, 58);
	assert_true(reads(&f, true));
	write_file(f.path, text, sizeof text - 1, 62);
	assert_true(reads(&f, false));
	write_file(f.path, text, sizeof text - 1, -100);
	assert_true(reads(&f, false));
	write_file(f.path, "", 0, 0);
	assert_true(reads(&f, true));
	end(&f);
}

/* A filter that was taken over could leave anything there for root to read. */
static void
test_hostile(void **state)
{
	static char large[70000];
	struct fixture f;

	(void)state;
	begin(&f);
	write_file(f.path, "beschermd_x 1\n\033]0;x\007\n", 22, 0);
	assert_false(reads(&f, false));
	write_file(f.path, "a\0b\n", 4, 0);
	assert_false(reads(&f, false));
	memset(large, 'a', sizeof large);
	write_file(f.path, large, sizeof large, 0);
	assert_false(reads(&f, false));
	unlink(f.path);
	write_file(f.other, text, sizeof text - 1, 0);
	assert_int_equal(symlink(f.other, f.path), 0);
	assert_false(reads(&f, false));
	unlink(f.path);
	assert_int_equal(mkfifo(f.path, 0600), 0);
	assert_false(reads(&f, false));
	unlink(f.path);
	assert_int_equal(mkdir(f.path, 0700), 0);
	assert_false(reads(&f, false));
	assert_int_equal(rmdir(f.path), 0);
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
