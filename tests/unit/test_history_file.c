#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "history/history_file.h"
#include "history/history_path.h"
#include "history/schema.h"
#include "history/store.h"
#include "history_run.h"

static void
test_a_file_at_its_size(void **state)
{
	struct history_run f;

	(void)state;
	history_run_prepare(&f);
	f.options.limits.ledger.file_bytes = HISTORY_RUN_MB;
	history_run_open(&f);
	for (int i = 1; i <= 10; i++) {
		history_run_push(&f, 1000);
		history_run_wait_rows(&f, (uint64_t)i * 1000);
	}
	assert_int_equal(history_counts(f.history).state, HISTORY_OK);
	assert_int_equal(history_run_lost(&f), 0);
	history_run_stop(&f);
	/* The newest are there, and the oldest went. */
	assert_int_equal(history_run_ask(&f, "SELECT max(id) FROM message"), 10000);
	assert_in_range(history_run_ask(&f, "SELECT count(*) FROM message"), 100, 5000);
	assert_true(history_run_ask(&f, "PRAGMA page_count") * 4096 <= HISTORY_RUN_MB);
	history_place_close(&f.place);
}

static int
count_aside(const struct history_run *f)
{
	DIR *folder = opendir(f->place.folder);
	struct dirent *entry;
	int count = 0;

	while ((entry = readdir(folder)) != NULL) {
		if (strstr(entry->d_name, ".broken-") != NULL &&
		    strstr(entry->d_name, "Z-") == NULL)
			count++;
	}
	closedir(folder);
	return count;
}

static void
damage(const struct history_run *f)
{
	FILE *file = fopen(f->place.path, "r+");

	for (int i = 0; i < 8192; i++)
		fputc('x', file);
	fclose(file);
}

static void
make_empty(const struct history_run *f, const char *name)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof path, "%s.broken-%s", f->place.path, name);
	file = fopen(path, "w");
	fclose(file);
}

/* It is put aside, with one older than it, and the next begins with a gap. */
static void
test_a_damaged_file(void **state)
{
	struct history_run f;

	(void)state;
	history_run_begin(&f);
	history_run_push(&f, 100);
	history_run_stop(&f);
	damage(&f);
	make_empty(&f, "20250101T000000Z");
	make_empty(&f, "20250102T000000Z");
	make_empty(&f, "20250102T000000Z-wal");
	history_run_open(&f);
	history_run_push(&f, 7);
	history_run_wait_rows(&f, 7);
	history_run_stop(&f);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM message"), 7);
	assert_int_equal(
	    history_run_ask(
		&f, "SELECT count(*) FROM gap WHERE cause='corrupt' AND lost IS NULL"),
	    1);
	assert_int_equal(count_aside(&f), 2);
	history_place_close(&f.place);
}

/* A process that is gone without a word. */
static void
test_after_a_kill(void **state)
{
	struct history_run f;
	int status;
	pid_t child;

	(void)state;
	history_run_prepare(&f);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		history_run_open(&f);
		history_run_push(&f, 500);
		history_run_wait_rows(&f, 500);
		history_run_push(&f, 3);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	history_run_open(&f);
	history_run_push(&f, 1);
	history_run_stop(&f);
	assert_in_range(history_run_ask(&f, "SELECT count(*) FROM message"), 501, 504);
	assert_int_equal(
	    history_run_ask(
		&f, "SELECT count(*) FROM gap WHERE cause='crash' AND lost IS NULL"),
	    1);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM pragma_integrity_check"
					     " WHERE integrity_check='ok'"),
	    1);
	history_place_close(&f.place);
}

/* Written by a newer version: it stays as it is, and what comes is counted. */
static void
test_a_newer_file(void **state)
{
	char user_version[40];
	struct history_run f;

	(void)state;
	snprintf(
	    user_version, sizeof user_version, "PRAGMA user_version=%d", SCHEMA_VERSION);
	history_run_begin(&f);
	history_run_push(&f, 1);
	history_run_stop(&f);
	history_place_do(f.place.path, "PRAGMA user_version=99");
	f.options.queue_bytes = 1;
	history_run_open(&f);
	history_run_wait_state(&f, HISTORY_BROKEN);
	history_run_push(&f, 5);
	assert_int_equal(history_counts(f.history).lost[HISTORY_LOST_BROKEN], 5);
	history_run_stop(&f);
	assert_int_equal(history_run_ask(&f, "PRAGMA user_version"), 99);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM message"), 1);
	/* Put back, it tells of them. */
	history_place_do(f.place.path, user_version);
	history_run_open(&f);
	history_run_stop(&f);
	assert_int_equal(
	    history_run_ask(&f, "SELECT lost FROM gap WHERE cause='stop'"), 5);
	history_place_close(&f.place);
}

static void
test_a_second_daemon(void **state)
{
	struct history_run f;
	struct history *other;
	char why[200];

	(void)state;
	history_run_begin(&f);
	history_run_push(&f, 1);
	history_run_wait_rows(&f, 1);
	other = f.history;
	f.history = history_open(&f.options, why, sizeof why);
	history_run_wait_state(&f, HISTORY_BROKEN);
	history_run_stop(&f);
	f.history = other;
	history_run_push(&f, 1);
	history_run_wait_rows(&f, 2);
	history_run_end(&f);
}

/* Another writer has it: that is waited for, and nothing is lost. */
static void
test_another_writer(void **state)
{
	struct history_run f;
	struct store_options options = { 0 };
	enum store_status status;
	struct store *other;
	char why[200];

	(void)state;
	history_run_begin(&f);
	history_run_push(&f, 1);
	history_run_wait_rows(&f, 1);
	options.path = f.place.path;
	other = store_open(&options, &status, why, sizeof why);
	assert_int_equal(store_script(other, "BEGIN IMMEDIATE"), STORE_OK);
	history_run_push(&f, 100);
	history_run_wait_state(&f, HISTORY_WAITING);
	assert_int_equal(store_script(other, "COMMIT"), STORE_OK);
	store_close(other);
	history_run_wait_rows(&f, 101);
	assert_int_equal(history_run_lost(&f), 0);
	assert_int_equal(history_counts(f.history).state, HISTORY_OK);
	history_run_end(&f);
}

/* No such folder now: tried again until there is one. */
static void
test_a_folder_that_comes_later(void **state)
{
	struct history_run f;
	char away[100];

	(void)state;
	history_run_prepare(&f);
	snprintf(away, sizeof away, "%s.away", f.place.folder);
	assert_int_equal(rename(f.place.folder, away), 0);
	history_run_open(&f);
	history_run_push(&f, 3);
	history_run_wait_state(&f, HISTORY_WAITING);
	assert_int_equal(rename(away, f.place.folder), 0);
	history_run_wait_rows(&f, 3);
	history_run_end(&f);
}

/* Neither the same again is told, nor that a disk has other numbers; another reason is.
 */
static void
test_what_is_news(void **state)
{
	struct history_file_limits limits = { .ledger = { 30, 7, 400, HISTORY_RUN_MB } };
	const struct history_path_note none = { 0 };
	struct history_place place;
	struct history_file *f;
	unsigned refused;
	FILE *file;

	(void)state;
	history_place_open(&place);
	assert_int_equal(rmdir(place.folder), 0);
	f = history_file_new(place.path, "mx.example");
	assert_false(history_file_is_news(f));
	history_file_limit(f, &limits);
	for (int i = 0; i < 2; i++) {
		history_file_write(f, NULL, 1, &refused);
		assert_int_equal(history_file_state(f), HISTORY_WAITING);
		assert_int_equal(history_file_is_news(f), i == 0);
		history_file_told(f);
	}
	file = fopen(place.folder, "w");
	fclose(file);
	history_file_write(f, NULL, 1, &refused);
	assert_int_equal(history_file_state(f), HISTORY_WAITING);
	assert_true(history_file_is_news(f));
	unlink(place.folder);
	assert_int_equal(mkdir(place.folder, 0700), 0);
	history_file_told(f);
	for (int i = 1; i <= 2; i++) {
		limits.free_bytes = INT64_MAX - i;
		history_file_limit(f, &limits);
		history_file_write(f, NULL, 1, &refused);
		assert_int_equal(history_file_state(f), HISTORY_PAUSED);
		assert_int_equal(history_file_is_news(f), i == 1);
		history_file_told(f);
	}
	limits.free_bytes = 0;
	history_file_limit(f, &limits);
	history_file_write(f, NULL, 1, &refused);
	assert_int_equal(history_file_state(f), HISTORY_OK);
	assert_true(history_file_is_news(f));
	history_file_told(f);
	assert_false(history_file_is_news(f));
	history_file_free(f, &none);
	history_place_close(&place);
}

static void
test_check(void **state)
{
	struct history_run f;
	char why[300], path[200];

	(void)state;
	history_run_prepare(&f);
	assert_true(history_path_check(f.place.path, 1, why, sizeof why));
	assert_false(history_path_check("history.db", 1, why, sizeof why));
	assert_non_null(strstr(why, "must begin with /"));
	assert_false(history_path_check(f.place.path, INT64_MAX, why, sizeof why));
	assert_non_null(strstr(why, "HistoryMinimumFreeMB"));
	snprintf(path, sizeof path, "%s/no/history.db", f.place.folder);
	assert_false(history_path_check(path, 1, why, sizeof why));
	assert_non_null(strstr(why, "No such file"));
	snprintf(path, sizeof path, "%s/folder", f.place.folder);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(history_path_check(path, 1, why, sizeof why));
	assert_non_null(strstr(why, "regular file"));
	assert_int_equal(rmdir(path), 0);
	/* Nothing was made. */
	history_place_close(&f.place);
}

/* What is written on in a file that nobody sees would be lost without a word. */
static void
test_a_file_that_is_removed(void **state)
{
	struct history_run f;

	(void)state;
	history_run_begin(&f);
	history_run_push(&f, 100);
	history_run_wait_rows(&f, 100);
	assert_int_equal(unlink(f.place.path), 0);
	history_run_push(&f, 20);
	history_run_wait_rows(&f, 120);
	assert_int_equal(history_counts(f.history).state, HISTORY_OK);
	history_run_stop(&f);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM message"), 20);
	assert_int_equal(
	    history_run_ask(&f, "SELECT count(*) FROM gap WHERE cause='removed'"), 1);
	/* The same again is no news. */
	history_run_open(&f);
	history_run_push(&f, 5);
	history_run_stop(&f);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM message"), 25);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM gap"), 1);
	history_place_close(&f.place);
}

static void
test_a_file_that_is_emptied(void **state)
{
	struct history_run f;

	(void)state;
	history_run_begin(&f);
	history_run_push(&f, 100);
	history_run_wait_rows(&f, 100);
	assert_int_equal(truncate(f.place.path, 0), 0);
	history_run_push(&f, 20);
	history_run_wait_rows(&f, 120);
	history_run_stop(&f);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM message"), 20);
	assert_int_equal(
	    history_run_ask(&f, "SELECT count(*) FROM gap WHERE cause='corrupt'"), 1);
	assert_int_equal(count_aside(&f), 1);
	history_place_close(&f.place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_at_its_size),
		cmocka_unit_test(test_a_file_that_is_removed),
		cmocka_unit_test(test_a_file_that_is_emptied),
		cmocka_unit_test(test_a_damaged_file),
		cmocka_unit_test(test_after_a_kill),
		cmocka_unit_test(test_a_newer_file),
		cmocka_unit_test(test_a_second_daemon),
		cmocka_unit_test(test_another_writer),
		cmocka_unit_test(test_a_folder_that_comes_later),
		cmocka_unit_test(test_what_is_news),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
