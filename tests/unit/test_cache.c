/* The answers of the resolver, without a resolver: the test answers itself. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/deadline.h"
#include "base/mem.h"
#include "dns/cache.h"

#define LONG_MS 60000

static const struct timespec past = { 0 };

static struct cache *
cache_of(size_t entries, size_t bytes, int lookup_timeout_ms)
{
	struct cache_options options = { entries, bytes, lookup_timeout_ms };

	return cache_new(&options);
}

/* One record of ${octets} octets, if any. */
static struct dns_answer *
answer_of(enum dns_status status, uint32_t ttl, size_t octets)
{
	struct dns_record *record;
	struct dns_answer *a = mem_alloc(sizeof *a + sizeof *record + octets);

	record = (struct dns_record *)(a + 1);
	*record = (struct dns_record){ (const uint8_t *)(record + 1), octets };
	a->status = status;
	a->ttl = ttl;
	a->count = octets > 0 ? 1 : 0;
	a->records = record;
	return a;
}

/* Asks, answers and drops. */
static void
put(struct cache *c, const char *name, struct dns_answer *answer)
{
	bool fresh;
	struct resolver_lookup *e = cache_get(c, name, DNS_TXT, &fresh);

	assert_true(fresh);
	cache_answer(e, answer);
	lookup_drop(e);
}

static bool
has(struct cache *c, const char *name)
{
	struct resolver_lookup *e = cache_find(c, name, DNS_TXT);

	if (e == NULL)
		return false;
	lookup_drop(e);
	return true;
}

static void
test_who_asks_the_same_joins(void **state)
{
	struct cache *c = cache_of(100, 10000, LONG_MS);
	struct resolver_lookup *first, *second, *other;
	bool fresh;

	(void)state;
	assert_null(cache_find(c, "a.example", DNS_TXT));
	first = cache_get(c, "a.example", DNS_TXT, &fresh);
	assert_true(fresh);
	second = cache_get(c, "a.example", DNS_TXT, &fresh);
	assert_false(fresh);
	assert_ptr_equal(first, second);
	other = cache_get(c, "a.example", DNS_A, &fresh);
	assert_true(fresh);
	assert_false(lookup_is_done(first));
	cache_answer(first, answer_of(DNS_FOUND, 300, 10));
	/* What is there is there also after the deadline. */
	assert_int_equal(lookup_wait(second, &past)->status, DNS_FOUND);
	assert_int_equal(lookup_wait(other, &past)->status, DNS_TEMPFAIL);
	assert_int_equal(cache_stats(c).timeouts, 1);
	assert_int_equal(cache_stats(c).lookups, 3);
	assert_int_equal(cache_stats(c).hits, 1);
	lookup_drop(first);
	lookup_drop(second);
	lookup_drop(other);
	cache_free(c);
}

/* Who has no time left gives up alone: the answer comes for the others. */
static void
test_one_that_gives_up(void **state)
{
	struct cache *c = cache_of(100, 10000, LONG_MS);
	struct resolver_lookup *first, *second;
	bool fresh;

	(void)state;
	first = cache_get(c, "a.example", DNS_TXT, &fresh);
	second = cache_get(c, "a.example", DNS_TXT, &fresh);
	assert_int_equal(lookup_wait(second, &past)->status, DNS_TEMPFAIL);
	assert_false(lookup_is_done(first));
	cache_answer(first, answer_of(DNS_FOUND, 300, 10));
	assert_int_equal(lookup_wait(first, &past)->status, DNS_FOUND);
	assert_int_equal(lookup_wait(second, &past)->status, DNS_FOUND);
	lookup_drop(first);
	lookup_drop(second);
	cache_free(c);
}

static void
test_least_recently_used_goes(void **state)
{
	struct cache *c = cache_of(3, 1 << 20, LONG_MS);

	(void)state;
	put(c, "a.example", answer_of(DNS_FOUND, 300, 10));
	put(c, "b.example", answer_of(DNS_NXDOMAIN, 300, 0));
	put(c, "c.example", answer_of(DNS_FOUND, 300, 10));
	assert_true(has(c, "a.example"));
	put(c, "d.example", answer_of(DNS_FOUND, 300, 10));
	assert_true(has(c, "a.example"));
	assert_false(has(c, "b.example"));
	assert_true(has(c, "c.example"));
	assert_true(has(c, "d.example"));
	assert_int_equal(cache_stats(c).entries, 3);
	cache_free(c);
}

static void
test_octets_are_bounded(void **state)
{
	struct cache *c = cache_of(10, 10000, LONG_MS);
	struct resolver_lookup *e;
	bool fresh;

	(void)state;
	put(c, "a.example", answer_of(DNS_FOUND, 300, 4000));
	put(c, "b.example", answer_of(DNS_FOUND, 300, 4000));
	assert_true(cache_stats(c).bytes > 8000 && cache_stats(c).bytes <= 10000);
	put(c, "c.example", answer_of(DNS_FOUND, 300, 4000));
	assert_false(has(c, "a.example"));
	assert_true(cache_stats(c).bytes <= 10000);
	/* What is too large for it at all lives as long as somebody holds it. */
	e = cache_get(c, "d.example", DNS_TXT, &fresh);
	cache_answer(e, answer_of(DNS_FOUND, 300, 20000));
	assert_int_equal(lookup_wait(e, &past)->records[0].len, 20000);
	lookup_drop(e);
	assert_int_equal(cache_stats(c).entries, 0);
	assert_int_equal(cache_stats(c).bytes, 0);
	cache_free(c);
}

/* Or who asks next would ask again. */
static void
test_what_waits_is_not_dropped(void **state)
{
	struct cache *c = cache_of(1, 1 << 20, LONG_MS);
	struct resolver_lookup *waiting[5];
	char name[32];
	bool fresh;

	(void)state;
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "w%d.example", i);
		waiting[i] = cache_get(c, name, DNS_TXT, &fresh);
	}
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "w%d.example", i);
		assert_true(has(c, name));
		cache_answer(waiting[i], answer_of(DNS_FOUND, 300, 1));
		assert_int_equal(lookup_wait(waiting[i], &past)->status, DNS_FOUND);
		lookup_drop(waiting[i]);
	}
	assert_int_equal(cache_stats(c).entries, 1);
	cache_free(c);
}

static const struct {
	enum dns_status status;
	uint32_t ttl;
	int seconds;
} ttl_rows[] = {
	{ DNS_FOUND, 0, 5 },
	{ DNS_FOUND, 60, 60 },
	{ DNS_FOUND, 3600, 3600 },
	{ DNS_FOUND, 3601, 3600 },
	{ DNS_FOUND, UINT32_MAX, 3600 },
	{ DNS_NODATA, 32768, 300 }, /* libunbound's for one without SOA */
	{ DNS_NODATA, 0, 5 },
	{ DNS_NXDOMAIN, 3600, 300 },
	{ DNS_NXDOMAIN, 60, 60 },
	{ DNS_BOGUS, 3600, 30 },
	{ DNS_TEMPFAIL, 3600, 5 },
};

static void
test_how_long_an_answer_is_kept(void **state)
{
	struct cache *c = cache_of(100, 1 << 20, LONG_MS);

	(void)state;
	for (size_t i = 0; i < sizeof ttl_rows / sizeof ttl_rows[0]; i++) {
		time_t before = lookup_now(), after;
		struct resolver_lookup *e;
		bool fresh;

		e = cache_get(c, "a.example", DNS_TXT, &fresh);
		assert_true(fresh);
		cache_answer(e, answer_of(ttl_rows[i].status, ttl_rows[i].ttl, 0));
		after = lookup_now();
		if (e->expires < before + ttl_rows[i].seconds ||
		    e->expires > after + ttl_rows[i].seconds)
			fail_msg("row %zu: %ld s", i, (long)(e->expires - before));
		/* Its time is over: who holds it keeps it, nobody finds it. */
		assert_true(has(c, "a.example"));
		e->expires = lookup_now();
		assert_false(has(c, "a.example"));
		assert_int_equal(lookup_wait(e, &past)->status, ttl_rows[i].status);
		lookup_drop(e);
	}
	cache_free(c);
}

static void
test_a_late_answer_is_for_later_askers(void **state)
{
	struct cache *c = cache_of(100, 1 << 20, 0);
	struct resolver_lookup *e, *later;
	const struct dns_answer *failed;
	struct timespec until = deadline_in(LONG_MS);
	bool fresh;

	(void)state;
	e = cache_get(c, "a.example", DNS_TXT, &fresh);
	/* The lookup's own time is over, long before the deadline. */
	failed = lookup_wait(e, &until);
	assert_int_equal(failed->status, DNS_TEMPFAIL);
	cache_answer(e, answer_of(DNS_FOUND, 300, 1));
	assert_ptr_equal(lookup_wait(e, &until), failed);
	later = cache_get(c, "a.example", DNS_TXT, &fresh);
	assert_false(fresh);
	assert_int_equal(lookup_wait(later, &past)->status, DNS_FOUND);
	lookup_drop(e);
	lookup_drop(later);
	cache_free(c);
}

/* As when DNSSEC comes into force: nothing from before may come back. */
static void
test_cleared_means_cleared(void **state)
{
	struct cache *c = cache_of(100, 1 << 20, 0);
	struct resolver_lookup *failed, *waiting;
	bool fresh;

	(void)state;
	put(c, "done.example", answer_of(DNS_FOUND, 300, 1));
	failed = cache_get(c, "failed.example", DNS_TXT, &fresh);
	lookup_fail(failed, "for the test");
	waiting = cache_get(c, "waiting.example", DNS_TXT, &fresh);
	cache_clear(c);
	assert_int_equal(cache_stats(c).entries, 0);
	cache_answer(failed, answer_of(DNS_FOUND, 300, 1));
	cache_answer(waiting, answer_of(DNS_FOUND, 300, 1));
	assert_int_equal(lookup_wait(waiting, &past)->status, DNS_FOUND);
	assert_false(has(c, "failed.example"));
	assert_false(has(c, "waiting.example"));
	lookup_drop(failed);
	lookup_drop(waiting);
	cache_free(c);
}

static void
count_it(void *arg)
{
	++*(int *)arg;
}

static void
test_who_watches_is_told_once(void **state)
{
	struct cache *c = cache_of(100, 1 << 20, LONG_MS);
	int told[3] = { 0 };
	struct resolver_watch watches[] = { { .done = count_it, .arg = &told[0] },
		{ .done = count_it, .arg = &told[1] },
		{ .done = count_it, .arg = &told[2] } };
	struct resolver_lookup *e;
	bool fresh;

	(void)state;
	e = cache_get(c, "a.example", DNS_TXT, &fresh);
	for (size_t i = 0; i < 3; i++)
		assert_true(lookup_watch(e, &watches[i]));
	lookup_unwatch(e, &watches[1]);
	cache_answer(e, answer_of(DNS_FOUND, 300, 1));
	assert_int_equal(told[0], 1);
	assert_int_equal(told[1], 0);
	assert_int_equal(told[2], 1);
	assert_false(lookup_watch(e, &watches[1]));
	lookup_unwatch(e, &watches[0]);
	lookup_drop(e);
	e = cache_refuse(DNS_TEMPFAIL, "refused");
	assert_false(lookup_watch(e, &watches[1]));
	assert_string_equal(lookup_wait(e, &past)->reason, "refused");
	lookup_drop(e);
	assert_int_equal(told[1], 0);
	cache_free(c);
}

/*
 * For the sanitizers: messages that ask the same few names, watch, give up or wait,
 * and end; two threads that answer, late at times; one that clears.
 */
#define NAMES 24
#define MESSAGES 4
#define TURNS 3000
#define QUEUE 64

static struct {
	struct cache *cache;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct resolver_lookup *queue[QUEUE]; /* to answer: each a reference */
	size_t begin, end;
	bool over;
} crowd = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void
want_answer(struct resolver_lookup *e)
{
	pthread_mutex_lock(&crowd.lock);
	while (crowd.end - crowd.begin == QUEUE)
		pthread_cond_wait(&crowd.changed, &crowd.lock);
	crowd.queue[crowd.end++ % QUEUE] = lookup_hold(e);
	pthread_cond_broadcast(&crowd.changed);
	pthread_mutex_unlock(&crowd.lock);
}

static struct resolver_lookup *
next_to_answer(void)
{
	struct resolver_lookup *e = NULL;

	pthread_mutex_lock(&crowd.lock);
	while (crowd.begin == crowd.end && !crowd.over)
		pthread_cond_wait(&crowd.changed, &crowd.lock);
	if (crowd.begin != crowd.end)
		e = crowd.queue[crowd.begin++ % QUEUE];
	pthread_cond_broadcast(&crowd.changed);
	pthread_mutex_unlock(&crowd.lock);
	return e;
}

static void *
answer_all(void *arg)
{
	struct resolver_lookup *e;

	for (unsigned i = 0; (e = next_to_answer()) != NULL; i++) {
		/* A fault, and the answer that comes after all. */
		if (i % 5 == 0)
			lookup_fail(e, "for the test");
		if (i % 11 != 0)
			cache_answer(e, answer_of(DNS_FOUND, 300, i % 300));
		else
			lookup_fail(e, "for the test");
		if (i % 97 == 0)
			cache_clear(crowd.cache);
		lookup_drop(e);
	}
	return arg;
}

/* Memory of the message: told after its end, this would be seen. */
static void
note_told(void *arg)
{
	atomic_int *told = arg;

	atomic_fetch_add(told, 1);
}

static void
one_message(unsigned *seed)
{
	struct timespec until = deadline_in(rand_r(seed) % 3);
	atomic_int *told = mem_alloc(sizeof *told);
	struct resolver_watch *watch = mem_alloc(sizeof *watch);
	struct resolver_lookup *e;
	char name[32];
	bool fresh, watched;

	snprintf(name, sizeof name, "n%d.example", rand_r(seed) % NAMES);
	e = cache_get(crowd.cache, name, DNS_TXT, &fresh);
	watch->done = note_told;
	watch->arg = told;
	watched = lookup_watch(e, watch);
	if (fresh)
		want_answer(e);
	if (rand_r(seed) % 2 == 0)
		lookup_wait(e, &until);
	if (watched)
		lookup_unwatch(e, watch);
	assert_true(atomic_load(told) <= (watched ? 1 : 0));
	free(watch);
	free(told);
	lookup_drop(e);
}

static void *
play(void *arg)
{
	for (int i = 0; i < TURNS; i++)
		one_message(arg);
	return NULL;
}

static void
test_a_crowd(void **state)
{
	pthread_t messages[MESSAGES], answerers[2];
	unsigned seeds[MESSAGES];

	(void)state;
	crowd.cache = cache_of(16, 4000, 1);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
		    pthread_create(&answerers[i], NULL, answer_all, NULL), 0);
	for (size_t i = 0; i < MESSAGES; i++) {
		seeds[i] = (unsigned)i;
		assert_int_equal(pthread_create(&messages[i], NULL, play, &seeds[i]), 0);
	}
	for (size_t i = 0; i < MESSAGES; i++)
		pthread_join(messages[i], NULL);
	pthread_mutex_lock(&crowd.lock);
	crowd.over = true;
	pthread_cond_broadcast(&crowd.changed);
	pthread_mutex_unlock(&crowd.lock);
	for (size_t i = 0; i < 2; i++)
		pthread_join(answerers[i], NULL);
	assert_int_equal(cache_stats(crowd.cache).lookups, MESSAGES * TURNS);
	/* What failed last made no room; who asks next does. */
	put(crowd.cache, "last.example", answer_of(DNS_FOUND, 300, 1));
	assert_true(cache_stats(crowd.cache).entries <= 16);
	cache_free(crowd.cache);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_asks_the_same_joins),
		cmocka_unit_test(test_one_that_gives_up),
		cmocka_unit_test(test_least_recently_used_goes),
		cmocka_unit_test(test_octets_are_bounded),
		cmocka_unit_test(test_what_waits_is_not_dropped),
		cmocka_unit_test(test_how_long_an_answer_is_kept),
		cmocka_unit_test(test_a_late_answer_is_for_later_askers),
		cmocka_unit_test(test_cleared_means_cleared),
		cmocka_unit_test(test_who_watches_is_told_once),
		cmocka_unit_test(test_a_crowd),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
