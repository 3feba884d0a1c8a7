/* Who gets a place for a lookup: the arithmetic, and the places themselves. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/deadline.h"
#include "dns/flight.h"
#include "dns/share.h"

#define PLACES 3000
#define EARLY 750

static const struct share_held most = { PLACES, EARLY };

/* Networks that all want as much as they can get, in turn.  The most that one got. */
static size_t
greedy(size_t networks, bool early, size_t *least, struct share_held *held)
{
	struct share_held *mine = calloc(networks, sizeof *mine);
	size_t highest = 0;
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < networks; i++) {
			if (!share_has_place(&most, held, &mine[i], early))
				continue;
			more = true;
			mine[i].all++;
			held->all++;
			mine[i].early += early;
			held->early += early;
		}
	}
	*least = SIZE_MAX;
	for (size_t i = 0; i < networks; i++) {
		if (mine[i].all > highest)
			highest = mine[i].all;
		if (mine[i].all < *least)
			*least = mine[i].all;
	}
	free(mine);
	return highest;
}

static const struct {
	size_t networks;
	bool early;
	size_t least, most;
} share_rows[] = {
	{ 1, true, 150, 150 },
	{ 1, false, 600, 600 },
	{ 50, true, 13, 14 },
	{ 50, false, 55, 56 },
	{ 100, true, 7, 8 },
	{ 100, false, 28, 29 },
	{ 1000, true, 0, 1 },
	{ 1000, false, 2, 3 },
};

static void
test_shares(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof share_rows / sizeof share_rows[0]; i++) {
		struct share_held held = { 0 }, none = { 0 };
		size_t least, highest;

		highest =
		    greedy(share_rows[i].networks, share_rows[i].early, &least, &held);
		if (highest != share_rows[i].most || least != share_rows[i].least)
			fail_msg("%zu networks, early %d: %zu to %zu",
			    share_rows[i].networks, share_rows[i].early, least, highest);
		assert_true(held.all <= PLACES && held.early <= EARLY);
		/* A newcomer's judged lookup finds a place beside all of them. */
		assert_true(share_has_place(&most, &held, &none, false));
	}
}

/* What is early leaves what is judged its part, and takes none from it. */
static void
test_early_is_part_of_all(void **state)
{
	struct share_held held = { PLACES - 4, 0 }, mine = { 1, 0 };

	(void)state;
	assert_false(share_has_place(&most, &held, &mine, true));
	assert_false(share_has_place(&most, &held, &mine, false));
	held = (struct share_held){ EARLY, EARLY };
	mine = (struct share_held){ 0, 0 };
	assert_false(share_has_place(&most, &held, &mine, true));
	assert_true(share_has_place(&most, &held, &mine, false));
	held = (struct share_held){ PLACES, 0 };
	assert_false(share_has_place(&most, &held, &mine, false));
}

static void
test_rate(void **state)
{
	static const struct share_rate rate = { .per_second = 100, .burst = 400 };
	struct share_bucket bucket = share_full(&rate, 5);

	(void)state;
	assert_true(share_is_full(&bucket, &rate, 5));
	bucket.left -= 400;
	share_refill(&bucket, &rate, 5.5);
	assert_true(bucket.left > 49.9 && bucket.left < 50.1);
	assert_false(share_is_full(&bucket, &rate, 8.9));
	assert_true(share_is_full(&bucket, &rate, 9.1));
	share_refill(&bucket, &rate, 100);
	assert_true(bucket.left > 399.9 && bucket.left < 400.1);
}

/* As many early ones as one network gets by its rate, each given back at once. */
static size_t
early_at_once(struct flight *f, uint64_t network)
{
	struct flight_place place;
	size_t n = 0;

	while (n < 100000 && flight_enter(f, network, true, &place)) {
		flight_leave(f, &place);
		n++;
	}
	return n;
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
test_early_lookups_have_a_rate(void **state)
{
	double begin = seconds();
	struct flight *f = flight_new(PLACES);
	struct flight_place place;
	size_t first = early_at_once(f, 1), second = early_at_once(f, 2);
	double lasted = seconds() - begin;

	(void)state;
	assert_true(first >= 400 && (double)first <= 401 + 100 * lasted);
	/* All have 500. */
	assert_true(first + second >= 500);
	assert_true((double)(first + second) <= 501 + 500 * lasted);
	/* What is judged has no rate. */
	for (int i = 0; i < 1000; i++) {
		assert_true(flight_enter(f, 1, false, &place));
		flight_leave(f, &place);
	}
	flight_free(f);
	flight_free(NULL);
}

static void
test_given_back_once(void **state)
{
	struct flight *f = flight_new(4);
	struct flight_place place, copy = { 0 };

	(void)state;
	assert_true(flight_enter(f, 7, true, &place));
	assert_int_equal(flight_stats(f).held, 1);
	assert_int_equal(flight_stats(f).early, 1);
	flight_leave(f, &place);
	assert_false(place.held);
	flight_leave(f, &place);
	flight_leave(f, &copy);
	assert_int_equal(flight_stats(f).held, 0);
	assert_int_equal(flight_stats(f).early, 0);
	/* One that was refused holds nothing. */
	assert_true(flight_enter(f, 7, true, &place));
	assert_false(flight_enter(f, 8, true, &copy));
	flight_leave(f, &copy);
	assert_int_equal(flight_stats(f).held, 1);
	assert_int_equal(flight_stats(f).put_off, 1);
	flight_leave(f, &place);
	assert_int_equal(flight_stats(f).held, 0);
	flight_free(f);
}

/* No network, no share: but never more than there are. */
static void
test_without_a_network(void **state)
{
	struct flight *f = flight_new(10);
	struct flight_place places[11];

	(void)state;
	for (size_t i = 0; i < 10; i++)
		assert_true(flight_enter(f, 0, false, &places[i]));
	assert_false(flight_enter(f, 0, false, &places[10]));
	for (size_t i = 0; i < 10; i++)
		flight_leave(f, &places[i]);
	assert_int_equal(flight_stats(f).held, 0);
	assert_int_equal(flight_stats(f).networks, 0);
	flight_free(f);
}

/* What is remembered of networks that are gone is forgotten. */
static void
test_networks_are_forgotten(void **state)
{
	struct flight *f = flight_new(10);
	struct flight_place place;

	(void)state;
	for (uint64_t i = 1; i <= 200000; i++) {
		assert_true(flight_enter(f, i, false, &place));
		flight_leave(f, &place);
	}
	assert_in_range(flight_stats(f).networks, 1, 4096);
	flight_free(f);
}

struct waiting {
	struct flight *f;
	uint64_t network;
	bool got;
	atomic_int *turn;
	int turn_got;
	struct flight_place place;
};

static void *
wait_for_place(void *arg)
{
	struct waiting *w = arg;
	struct timespec until = deadline_in(20000);

	w->got = flight_wait(w->f, w->network, &until, &w->place);
	w->turn_got = atomic_fetch_add(w->turn, 1);
	return NULL;
}

static void
await_waiting(struct flight *f, size_t count)
{
	struct timespec nap = { .tv_nsec = 1000000 };

	while (flight_stats(f).waiting < count)
		nanosleep(&nap, NULL);
}

/* In order; but one whose network has its share lets others pass. */
static void
test_waits_in_turn(void **state)
{
	struct flight *f = flight_new(8);
	atomic_int turn = 0;
	struct waiting w[] = {
		{ .f = f, .network = 1, .turn = &turn },
		{ .f = f, .network = 2, .turn = &turn },
		{ .f = f, .network = 3, .turn = &turn },
	};
	struct flight_place own[2], rest[6];
	pthread_t threads[3];

	(void)state;
	/* Network 1 has two, all others are held by nobody. */
	assert_true(flight_enter(f, 1, false, &own[0]));
	assert_true(flight_enter(f, 1, false, &own[1]));
	for (size_t i = 0; i < 6; i++)
		assert_true(flight_enter(f, 0, false, &rest[i]));
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
		    pthread_create(&threads[i], NULL, wait_for_place, &w[i]), 0);
		await_waiting(f, i + 1);
	}
	flight_leave(f, &rest[0]);
	pthread_join(threads[1], NULL);
	flight_leave(f, &rest[1]);
	pthread_join(threads[2], NULL);
	assert_int_equal(flight_stats(f).waiting, 1);
	flight_leave(f, &own[0]);
	flight_leave(f, &own[1]);
	pthread_join(threads[0], NULL);
	for (size_t i = 0; i < 3; i++)
		assert_true(w[i].got);
	assert_int_equal(w[1].turn_got, 0);
	assert_int_equal(w[2].turn_got, 1);
	assert_int_equal(w[0].turn_got, 2);
	for (size_t i = 0; i < 3; i++)
		flight_leave(f, &w[i].place);
	for (size_t i = 2; i < 6; i++)
		flight_leave(f, &rest[i]);
	assert_int_equal(flight_stats(f).held, 0);
	assert_int_equal(flight_stats(f).refused, 0);
	flight_free(f);
}

static void
test_waits_in_vain(void **state)
{
	struct flight *f = flight_new(1);
	struct timespec until = deadline_in(20);
	struct flight_place place, none;

	(void)state;
	assert_true(flight_enter(f, 1, false, &place));
	assert_false(flight_wait(f, 2, &until, &none));
	flight_leave(f, &none);
	assert_int_equal(flight_stats(f).refused, 1);
	assert_int_equal(flight_stats(f).waiting, 0);
	assert_int_equal(flight_stats(f).held, 1);
	flight_leave(f, &place);
	until = deadline_in(0);
	assert_true(flight_wait(f, 2, &until, &place));
	flight_leave(f, &place);
	flight_free(f);
}

#define CROWD_PLACES 20

/* One that waits is remembered, however many others are forgotten meanwhile: what it then
 * holds counts against its share. */
static void
test_who_waits_is_remembered(void **state)
{
	struct flight *f = flight_new(4);
	atomic_int turn = 0;
	struct waiting w = { .f = f, .network = 7, .turn = &turn };
	struct flight_place rest[4], place;
	pthread_t thread;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_true(flight_enter(f, 0, false, &rest[i]));
	assert_int_equal(pthread_create(&thread, NULL, wait_for_place, &w), 0);
	await_waiting(f, 1);
	for (uint64_t other = 1000; other < 60000; other++)
		assert_false(flight_enter(f, other, false, &place));
	for (size_t i = 0; i < 4; i++)
		flight_leave(f, &rest[i]);
	pthread_join(thread, NULL);
	assert_true(w.got);
	assert_false(flight_enter(f, 7, false, &place));
	assert_true(flight_enter(f, 8, false, &rest[0]));
	flight_leave(f, &rest[0]);
	flight_leave(f, &w.place);
	flight_free(f);
}

static void *
crowd(void *arg)
{
	struct flight *f = arg;
	struct flight_place place;

	for (int i = 0; i < 2000; i++) {
		uint64_t network = (uint64_t)(i % 7);
		struct timespec until = deadline_in(i % 3);

		if (i % 2 == 0 ? flight_enter(f, network, i % 4 == 0, &place)
			       : flight_wait(f, network, &until, &place)) {
			struct timespec nap = { .tv_nsec = i % 5 * 10000L };

			nanosleep(&nap, NULL);
			flight_leave(f, &place);
		}
	}
	return NULL;
}

static void
test_never_more_than_there_are(void **state)
{
	struct flight *f = flight_new(CROWD_PLACES);
	pthread_t threads[32];
	struct flight_stats stats;

	(void)state;
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, crowd, f), 0);
	for (size_t i = 0; i < 32; i++)
		pthread_join(threads[i], NULL);
	stats = flight_stats(f);
	assert_in_range(stats.most, 1, CROWD_PLACES);
	assert_int_equal(stats.held, 0);
	assert_int_equal(stats.early, 0);
	assert_int_equal(stats.waiting, 0);
	flight_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_early_is_part_of_all),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_early_lookups_have_a_rate),
		cmocka_unit_test(test_given_back_once),
		cmocka_unit_test(test_without_a_network),
		cmocka_unit_test(test_networks_are_forgotten),
		cmocka_unit_test(test_waits_in_turn),
		cmocka_unit_test(test_waits_in_vain),
		cmocka_unit_test(test_who_waits_is_remembered),
		cmocka_unit_test(test_never_more_than_there_are),
	};

	return cmocka_run_group_tests_name("flight", tests, NULL, NULL);
}
