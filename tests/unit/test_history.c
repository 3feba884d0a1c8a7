#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "history/fact.h"
#include "history/history.h"
#include "history/schema.h"
#include "history/store.h"
#include "history_place.h"

#define MB ((int64_t)1024 * 1024)
#define PATIENCE 2000 /* times 10 ms */
#define STOP_MS 5000

struct fixture {
	struct history_place place;
	struct history_options options;
	struct history *history;
	struct history_settings *settings;
};

static void
open_history(struct fixture *f)
{
	char why[200];

	f->history = history_open(&f->options, why, sizeof why);
	assert_non_null(f->history);
	f->settings = history_settings(f->history, "1.0", "Mode monitor\n");
}

/* Not opened yet. */
static void
prepare(struct fixture *f)
{
	*f = (struct fixture){ 0 };
	history_place_open(&f->place);
	f->options = (struct history_options){ .path = f->place.path,
		.host = "mx.example",
		.queue_bytes = (size_t)(16 * MB),
		.limits = { .ledger = { 30, 7, 400, 1024 * MB } } };
}

static void
begin(struct fixture *f)
{
	prepare(f);
	open_history(f);
}

static void
stop(struct fixture *f)
{
	history_stop(f->history, STOP_MS);
	history_free(f->history);
	f->history = NULL;
}

static void
end(struct fixture *f)
{
	stop(f);
	history_place_close(&f->place);
}

static void
push(struct fixture *f, int count)
{
	for (int i = 0; i < count; i++)
		history_push(f->history,
		    history_place_fact("example.nl", time(NULL), f->settings));
}

static int64_t
ask(const struct fixture *f, const char *sql)
{
	return history_place_ask(f->place.path, sql);
}

static uint64_t
lost(struct fixture *f)
{
	struct history_counts counts = history_counts(f->history);
	uint64_t sum = 0;

	for (size_t i = 0; i < HISTORY_CAUSE_COUNT; i++)
		sum += counts.lost[i];
	return sum;
}

static void
nap(void)
{
	struct timespec t = { 0, 10000000 };

	nanosleep(&t, NULL);
}

static void
wait_for_rows(struct fixture *f, uint64_t rows)
{
	for (int i = 0; i < PATIENCE && history_counts(f->history).rows < rows; i++)
		nap();
	assert_int_equal(history_counts(f->history).rows, rows);
}

static void
wait_for_state(struct fixture *f, enum history_state state)
{
	for (int i = 0; i < PATIENCE && history_counts(f->history).state != state; i++)
		nap();
	assert_int_equal(history_counts(f->history).state, state);
}

static void
test_what_is_pushed_is_written(void **state)
{
	struct fixture f;
	struct history_counts counts;

	(void)state;
	begin(&f);
	history_push(f.history, NULL);
	push(&f, 5000);
	wait_for_rows(&f, 5000);
	counts = history_counts(f.history);
	assert_int_equal(counts.queue_facts, 0);
	assert_int_equal(counts.queue_bytes, 0);
	assert_in_range(counts.commits, 3, 5000);
	assert_int_equal(counts.state, HISTORY_OK);
	stop(&f);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), 5000);
	assert_int_equal(ask(&f, "SELECT count(*) FROM gap"), 0);
	assert_int_equal(ask(&f, "SELECT value FROM meta WHERE key='open'"), 0);
	history_place_close(&f.place);
}

/* The end comes at once after the last message. */
static void
test_a_stop_writes_what_there_is(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	push(&f, 3000);
	stop(&f);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), 3000);
	history_place_close(&f.place);
}

static void
test_settings_are_kept_once(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	push(&f, 1);
	assert_ptr_equal(
	    history_settings(f.history, "1.0", "Mode monitor\n"), f.settings);
	f.settings = history_settings(f.history, "1.0", "Mode enforce\n");
	push(&f, 2);
	f.settings = history_settings(f.history, "1.0", "Mode monitor\n");
	push(&f, 3);
	stop(&f);
	open_history(&f);
	push(&f, 1);
	stop(&f);
	assert_int_equal(ask(&f, "SELECT count(*) FROM conf"), 2);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message m JOIN conf c ON"
				 " c.id=m.conf_id WHERE c.text='Mode monitor\n'"),
	    5);
	history_place_close(&f.place);
}

/* The newest are dropped: what is kept has no holes, and what is not is counted. */
static void
test_more_than_fits(void **state)
{
	struct fixture f;
	uint64_t gone;

	(void)state;
	prepare(&f);
	f.options.queue_bytes = 4096;
	open_history(&f);
	push(&f, 1000);
	gone = lost(&f);
	assert_in_range(gone, 900, 999);
	wait_for_rows(&f, 1000 - gone);
	stop(&f);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), 1000 - gone);
	assert_int_equal(ask(&f, "SELECT sum(lost) FROM gap WHERE cause='queue'"), gone);
	history_place_close(&f.place);
}

/* Below HistoryMinimumFreeMB nothing is written; the list goes on to fill, then counts.
 */
static void
test_a_disk_that_is_nearly_full(void **state)
{
	struct fixture f;
	uint64_t gone;

	(void)state;
	prepare(&f);
	f.options.limits.free_bytes = INT64_MAX;
	f.options.queue_bytes = (size_t)64 * 1024;
	open_history(&f);
	wait_for_state(&f, HISTORY_PAUSED);
	push(&f, 1000);
	gone = history_counts(f.history).lost[HISTORY_LOST_DISK];
	assert_in_range(gone, 1, 999);
	assert_int_equal(history_counts(f.history).rows, 0);
	/* Room again, here by a reload. */
	f.options.limits.free_bytes = 0;
	history_change(f.history, &f.options);
	wait_for_rows(&f, 1000 - gone);
	assert_int_equal(history_counts(f.history).state, HISTORY_OK);
	stop(&f);
	assert_int_equal(ask(&f, "SELECT sum(lost) FROM gap WHERE cause='disk'"), gone);
	history_place_close(&f.place);
}

/* What an end left unwritten is a gap once the file can be written again. */
static void
test_what_a_stop_leaves(void **state)
{
	struct fixture f;
	time_t before = time(NULL);

	(void)state;
	begin(&f);
	push(&f, 1);
	stop(&f);
	f.options.limits.free_bytes = INT64_MAX;
	open_history(&f);
	wait_for_state(&f, HISTORY_PAUSED);
	push(&f, 10);
	history_stop(f.history, 200);
	assert_int_equal(history_counts(f.history).lost[HISTORY_LOST_STOP], 10);
	push(&f, 1); /* dropped, and harmless */
	history_free(f.history);
	f.options.limits.free_bytes = 0;
	open_history(&f);
	push(&f, 1);
	stop(&f);
	/* And once only. */
	open_history(&f);
	stop(&f);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), 2);
	assert_int_equal(ask(&f, "SELECT count(*) FROM gap"), 1);
	assert_int_equal(ask(&f, "SELECT lost FROM gap WHERE cause='stop'"), 10);
	assert_true(ask(&f, "SELECT begin_at FROM gap") >= before);
	history_place_close(&f.place);
}

static void
test_a_file_at_its_size(void **state)
{
	struct fixture f;

	(void)state;
	prepare(&f);
	f.options.limits.ledger.file_bytes = MB;
	open_history(&f);
	for (int i = 1; i <= 10; i++) {
		push(&f, 1000);
		wait_for_rows(&f, (uint64_t)i * 1000);
	}
	assert_int_equal(history_counts(f.history).state, HISTORY_OK);
	assert_int_equal(lost(&f), 0);
	stop(&f);
	/* The newest are there, and the oldest went. */
	assert_int_equal(ask(&f, "SELECT max(id) FROM message"), 10000);
	assert_in_range(ask(&f, "SELECT count(*) FROM message"), 100, 5000);
	assert_true(ask(&f, "PRAGMA page_count") * 4096 <= MB);
	history_place_close(&f.place);
}

static int
count_aside(const struct fixture *f)
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
damage(const struct fixture *f)
{
	FILE *file = fopen(f->place.path, "r+");

	for (int i = 0; i < 8192; i++)
		fputc('x', file);
	fclose(file);
}

static void
make_empty(const struct fixture *f, const char *name)
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
	struct fixture f;

	(void)state;
	begin(&f);
	push(&f, 100);
	stop(&f);
	damage(&f);
	make_empty(&f, "20250101T000000Z");
	make_empty(&f, "20250102T000000Z");
	make_empty(&f, "20250102T000000Z-wal");
	open_history(&f);
	push(&f, 7);
	wait_for_rows(&f, 7);
	stop(&f);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), 7);
	assert_int_equal(
	    ask(&f, "SELECT count(*) FROM gap WHERE cause='corrupt' AND lost IS NULL"),
	    1);
	assert_int_equal(count_aside(&f), 2);
	history_place_close(&f.place);
}

/* A process that is gone without a word. */
static void
test_after_a_kill(void **state)
{
	struct fixture f;
	int status;
	pid_t child;

	(void)state;
	prepare(&f);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		open_history(&f);
		push(&f, 500);
		wait_for_rows(&f, 500);
		push(&f, 3);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	open_history(&f);
	push(&f, 1);
	stop(&f);
	assert_in_range(ask(&f, "SELECT count(*) FROM message"), 501, 504);
	assert_int_equal(
	    ask(&f, "SELECT count(*) FROM gap WHERE cause='crash' AND lost IS NULL"), 1);
	assert_int_equal(ask(&f, "SELECT count(*) FROM pragma_integrity_check"
				 " WHERE integrity_check='ok'"),
	    1);
	history_place_close(&f.place);
}

/* Written by a newer version: it stays as it is, and what comes is counted. */
static void
test_a_newer_file(void **state)
{
	char user_version[40];
	struct fixture f;

	(void)state;
	snprintf(
	    user_version, sizeof user_version, "PRAGMA user_version=%d", SCHEMA_VERSION);
	begin(&f);
	push(&f, 1);
	stop(&f);
	history_place_do(f.place.path, "PRAGMA user_version=99");
	f.options.queue_bytes = 1;
	open_history(&f);
	wait_for_state(&f, HISTORY_BROKEN);
	push(&f, 5);
	assert_int_equal(history_counts(f.history).lost[HISTORY_LOST_BROKEN], 5);
	stop(&f);
	assert_int_equal(ask(&f, "PRAGMA user_version"), 99);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), 1);
	/* Put back, it tells of them. */
	history_place_do(f.place.path, user_version);
	open_history(&f);
	stop(&f);
	assert_int_equal(ask(&f, "SELECT lost FROM gap WHERE cause='stop'"), 5);
	history_place_close(&f.place);
}

static void
test_a_second_daemon(void **state)
{
	struct fixture f;
	struct history *other;
	char why[200];

	(void)state;
	begin(&f);
	push(&f, 1);
	wait_for_rows(&f, 1);
	other = f.history;
	f.history = history_open(&f.options, why, sizeof why);
	wait_for_state(&f, HISTORY_BROKEN);
	stop(&f);
	f.history = other;
	push(&f, 1);
	wait_for_rows(&f, 2);
	end(&f);
}

/* Another writer has it: that is waited for, and nothing is lost. */
static void
test_another_writer(void **state)
{
	struct fixture f;
	struct store_options options = { 0 };
	enum store_status status;
	struct store *other;
	char why[200];

	(void)state;
	begin(&f);
	push(&f, 1);
	wait_for_rows(&f, 1);
	options.path = f.place.path;
	other = store_open(&options, &status, why, sizeof why);
	assert_int_equal(store_script(other, "BEGIN IMMEDIATE"), STORE_OK);
	push(&f, 100);
	wait_for_state(&f, HISTORY_WAITING);
	assert_int_equal(store_script(other, "COMMIT"), STORE_OK);
	store_close(other);
	wait_for_rows(&f, 101);
	assert_int_equal(lost(&f), 0);
	assert_int_equal(history_counts(f.history).state, HISTORY_OK);
	end(&f);
}

/* No such folder now: tried again until there is one. */
static void
test_a_folder_that_comes_later(void **state)
{
	struct fixture f;
	char away[100];

	(void)state;
	prepare(&f);
	snprintf(away, sizeof away, "%s.away", f.place.folder);
	assert_int_equal(rename(f.place.folder, away), 0);
	open_history(&f);
	push(&f, 3);
	wait_for_state(&f, HISTORY_WAITING);
	assert_int_equal(rename(away, f.place.folder), 0);
	wait_for_rows(&f, 3);
	end(&f);
}

#define THREADS 4
#define EACH 500

/* Made before, as that is for one thread. */
struct pusher {
	pthread_t thread;
	struct history *history;
	struct fact *facts[EACH];
};

static void *
push_many(void *cookie)
{
	struct pusher *p = cookie;

	for (int i = 0; i < EACH; i++)
		history_push(p->history, p->facts[i]);
	return NULL;
}

static void
start(struct pusher *p, struct fixture *f)
{
	p->history = f->history;
	for (int i = 0; i < EACH; i++)
		p->facts[i] = history_place_fact("example.nl", time(NULL), f->settings);
	assert_int_equal(pthread_create(&p->thread, NULL, push_many, p), 0);
}

/* Messages, reloads, questions and the end at one time: what is counted adds up. */
static void
test_all_at_once(void **state)
{
	struct fixture f;
	static struct pusher pushers[THREADS];
	struct history_counts counts;
	uint64_t gone = 0;

	(void)state;
	begin(&f);
	for (size_t i = 0; i < THREADS; i++)
		start(&pushers[i], &f);
	for (int i = 0; i < 20; i++) {
		f.options.queue_bytes =
		    i % 2 == 0 ? (size_t)(16 * MB) : (size_t)64 * 1024;
		history_change(f.history, &f.options);
		history_settings(f.history, "1.0", i % 3 == 0 ? "a" : "b");
		history_counts(f.history);
		nap();
	}
	history_stop(f.history, STOP_MS);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(pushers[i].thread, NULL);
	counts = history_counts(f.history);
	gone = lost(&f);
	assert_int_equal(counts.rows + gone, THREADS * EACH);
	assert_int_equal(counts.queue_facts, 0);
	history_free(f.history);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), counts.rows);
	history_place_close(&f.place);
}

static void
test_check(void **state)
{
	struct fixture f;
	char why[300], path[200];

	(void)state;
	prepare(&f);
	assert_true(history_path_check(f.place.path, 1, why, sizeof why));
	assert_false(history_path_check("history.db", 1, why, sizeof why));
	assert_non_null(strstr(why, "must begin with /"));
	assert_false(history_path_check(f.place.path, INT64_MAX, why, sizeof why));
	assert_non_null(strstr(why, "HistoryMinimumFreeMB"));
	snprintf(path, sizeof path, "%s/no/history.db", f.place.folder);
	assert_false(history_path_check(path, 1, why, sizeof why));
	assert_non_null(strstr(why, "No such file"));
	assert_false(history_path_check("/tmp", 1, why, sizeof why));
	assert_non_null(strstr(why, "regular file"));
	/* Nothing was made. */
	history_place_close(&f.place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_pushed_is_written),
		cmocka_unit_test(test_a_stop_writes_what_there_is),
		cmocka_unit_test(test_settings_are_kept_once),
		cmocka_unit_test(test_more_than_fits),
		cmocka_unit_test(test_a_disk_that_is_nearly_full),
		cmocka_unit_test(test_what_a_stop_leaves),
		cmocka_unit_test(test_a_file_at_its_size),
		cmocka_unit_test(test_a_damaged_file),
		cmocka_unit_test(test_after_a_kill),
		cmocka_unit_test(test_a_newer_file),
		cmocka_unit_test(test_a_second_daemon),
		cmocka_unit_test(test_another_writer),
		cmocka_unit_test(test_a_folder_that_comes_later),
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
