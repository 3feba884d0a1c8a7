#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "config.h"
#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif
#include "history/fact.h"
#include "history_run.h"

static void
test_what_is_pushed_is_written(void **state)
{
	struct history_run f;
	struct history_counts counts;

	(void)state;
	history_run_begin(&f);
	history_push(f.history, NULL);
	history_run_push(&f, 5000);
	history_run_wait_rows(&f, 5000);
	counts = history_counts(f.history);
	assert_int_equal(counts.queue_facts, 0);
	assert_int_equal(counts.queue_bytes, 0);
	assert_in_range(counts.commits, 3, 5000);
	assert_int_equal(counts.state, HISTORY_OK);
	history_run_stop(&f);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM message"), 5000);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM gap"), 0);
	assert_int_equal(
	    history_run_ask(&f, "SELECT value FROM meta WHERE key='open'"), 0);
	history_place_close(&f.place);
}

/* The end comes at once after the last message. */
static void
test_a_stop_writes_what_there_is(void **state)
{
	struct history_run f;

	(void)state;
	history_run_begin(&f);
	history_run_push(&f, 3000);
	history_run_stop(&f);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM message"), 3000);
	history_place_close(&f.place);
}

static void
test_settings_are_kept_once(void **state)
{
	struct history_run f;

	(void)state;
	history_run_begin(&f);
	history_run_push(&f, 1);
	assert_ptr_equal(
	    history_settings(f.history, "1.0", "Mode monitor\n"), f.settings);
	f.settings = history_settings(f.history, "1.0", "Mode enforce\n");
	history_run_push(&f, 2);
	f.settings = history_settings(f.history, "1.0", "Mode monitor\n");
	history_run_push(&f, 3);
	history_run_stop(&f);
	history_run_open(&f);
	history_run_push(&f, 1);
	history_run_stop(&f);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM conf"), 2);
	assert_int_equal(
	    history_run_ask(&f, "SELECT count(*) FROM message m JOIN conf c ON"
				" c.id=m.conf_id WHERE c.text='Mode monitor\n'"),
	    5);
	history_place_close(&f.place);
}

/* The newest are dropped: what is kept has no holes, and what is not is counted. */
static void
test_more_than_fits(void **state)
{
	struct history_run f;
	uint64_t gone;

	(void)state;
	history_run_prepare(&f);
	f.options.queue_bytes = 4096;
	history_run_open(&f);
	history_run_push(&f, 1000);
	gone = history_run_lost(&f);
	assert_in_range(gone, 900, 999);
	history_run_wait_rows(&f, 1000 - gone);
	history_run_stop(&f);
	assert_int_equal(
	    history_run_ask(&f, "SELECT count(*) FROM message"), 1000 - gone);
	assert_int_equal(
	    history_run_ask(&f, "SELECT sum(lost) FROM gap WHERE cause='queue'"), gone);
	history_place_close(&f.place);
}

/* Below HistoryMinimumFreeMB nothing is written; the list goes on to fill, then counts.
 */
static void
test_a_disk_that_is_nearly_full(void **state)
{
	struct history_run f;
	uint64_t gone;

	(void)state;
	history_run_prepare(&f);
	f.options.limits.free_bytes = INT64_MAX;
	f.options.queue_bytes = (size_t)64 * 1024;
	history_run_open(&f);
	history_run_wait_state(&f, HISTORY_PAUSED);
	history_run_push(&f, 1000);
	gone = history_counts(f.history).lost[HISTORY_LOST_DISK];
	assert_in_range(gone, 1, 999);
	assert_int_equal(history_counts(f.history).rows, 0);
	/* Room again, here by a reload. */
	f.options.limits.free_bytes = 0;
	history_change(f.history, &f.options);
	history_run_wait_rows(&f, 1000 - gone);
	assert_int_equal(history_counts(f.history).state, HISTORY_OK);
	history_run_stop(&f);
	assert_int_equal(
	    history_run_ask(&f, "SELECT sum(lost) FROM gap WHERE cause='disk'"), gone);
	history_place_close(&f.place);
}

#ifdef HAVE_MALLOC_TRIM
static atomic_int given_back;

/* In the C library's place: how often it is called. */
int
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
malloc_trim(size_t pad)
{
	assert_int_equal(pad, 0);
	atomic_fetch_add(&given_back, 1);
	return 0;
}

/* Valgrind puts a function of its own in place of any malloc_trim(). */
static bool
is_ours(void)
{
	int (*volatile called)(size_t) = malloc_trim; /* not inlined */

	atomic_store(&given_back, 0);
	called(0);
	return atomic_exchange(&given_back, 0) == 1;
}

/* Few facts leave nothing behind that would be worth it. */
static void
test_what_waited_is_given_back(void **state)
{
	struct history_run f;
	struct history_counts counts;
	uint64_t pushed = 100;

	(void)state;
	if (!is_ours()) {
		print_message("# skipped: malloc_trim() is not ours here (valgrind)\n");
		skip();
	}
	history_run_prepare(&f);
	history_run_open(&f);
	history_run_push(&f, (int)pushed);
	history_run_wait_rows(&f, pushed);
	history_run_stop(&f);
	assert_int_equal(atomic_load(&given_back), 0);
	f.options.limits.free_bytes = INT64_MAX;
	history_run_open(&f);
	history_run_wait_state(&f, HISTORY_PAUSED);
	pushed = 0;
	do {
		history_run_push(&f, 1000);
		pushed += 1000;
		counts = history_counts(f.history);
	} while (counts.queue_bytes < 2 * (size_t)HISTORY_RUN_MB);
	assert_int_equal(atomic_load(&given_back), 0);
	f.options.limits.free_bytes = 0;
	history_change(f.history, &f.options);
	history_run_wait_rows(&f, pushed);
	history_run_stop(&f);
	assert_int_equal(atomic_load(&given_back), 1);
	history_place_close(&f.place);
}
#endif

/* What an end left unwritten is a gap once the file can be written again. */
static void
test_what_a_stop_leaves(void **state)
{
	struct history_run f;
	time_t before = time(NULL);

	(void)state;
	history_run_begin(&f);
	history_run_push(&f, 1);
	history_run_stop(&f);
	f.options.limits.free_bytes = INT64_MAX;
	history_run_open(&f);
	history_run_wait_state(&f, HISTORY_PAUSED);
	history_run_push(&f, 10);
	history_stop(f.history, 200);
	assert_int_equal(history_counts(f.history).lost[HISTORY_LOST_STOP], 10);
	history_run_push(&f, 1); /* dropped, and harmless */
	history_free(f.history);
	f.options.limits.free_bytes = 0;
	history_run_open(&f);
	history_run_push(&f, 1);
	history_run_stop(&f);
	/* And once only. */
	history_run_open(&f);
	history_run_stop(&f);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM message"), 2);
	assert_int_equal(history_run_ask(&f, "SELECT count(*) FROM gap"), 1);
	assert_int_equal(
	    history_run_ask(&f, "SELECT lost FROM gap WHERE cause='stop'"), 10);
	assert_true(history_run_ask(&f, "SELECT begin_at FROM gap") >= before);
	history_place_close(&f.place);
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
start(struct pusher *p, struct history_run *f)
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
	struct history_run f;
	static struct pusher pushers[THREADS];
	struct history_counts counts;
	uint64_t gone = 0;

	(void)state;
	history_run_begin(&f);
	for (size_t i = 0; i < THREADS; i++)
		start(&pushers[i], &f);
	for (int i = 0; i < 20; i++) {
		f.options.queue_bytes =
		    i % 2 == 0 ? (size_t)(16 * HISTORY_RUN_MB) : (size_t)64 * 1024;
		history_change(f.history, &f.options);
		history_settings(f.history, "1.0", i % 3 == 0 ? "a" : "b");
		history_counts(f.history);
		history_run_nap();
	}
	history_stop(f.history, HISTORY_RUN_STOP_MS);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(pushers[i].thread, NULL);
	counts = history_counts(f.history);
	gone = history_run_lost(&f);
	assert_int_equal(counts.rows + gone, THREADS * EACH);
	assert_int_equal(counts.queue_facts, 0);
	history_free(f.history);
	assert_int_equal(
	    history_run_ask(&f, "SELECT count(*) FROM message"), counts.rows);
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
#ifdef HAVE_MALLOC_TRIM
		cmocka_unit_test(test_what_waited_is_given_back),
#endif
		cmocka_unit_test(test_what_a_stop_leaves),
		cmocka_unit_test(test_all_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
