#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "dns/questions.h"
#include "resolver_zone.h"

struct fixture {
	struct resolver *resolver;
	struct pool *pool;
};

static const char zone[] = "a.example TXT \"a\"\n"
			   "b.example TXT \"b\"\n"
			   "c.example TXT \"c\"\n"
			   "slow.example TXT \"late\"\n"
			   "bad.example SERVFAIL\n"
			   "*.many.example TXT \"m\"\n";

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	char why[100];

	f->resolver = resolver_zone_new(zone, why, sizeof why);
	f->pool = pool_new();
	*state = f;
	return f->resolver == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	resolver_close(f->resolver);
	pool_free(f->pool);
	free(f);
	return 0;
}

static void
test_asked_once_whatever_the_case(void **state)
{
	struct fixture *f = *state;
	struct questions *q =
	    questions_new(f->resolver, &(struct questions_options){ 0 }, f->pool);
	const struct dns_answer *answer = questions_ask(q, "A.Example.", DNS_TXT);
	const struct question *list;
	size_t count;

	assert_int_equal(answer->status, DNS_FOUND);
	assert_ptr_equal(questions_ask(q, "a.example", DNS_TXT), answer);
	assert_ptr_equal(questions_ask(q, "a.EXAMPLE", DNS_TXT), answer);
	assert_int_equal(resolver_zone_asked(f->resolver, "b.example", DNS_TXT), 0);
	questions_prefetch(q, "a.example", DNS_TXT);
	questions_prefetch(q, "b.example", DNS_TXT);
	assert_int_equal(resolver_zone_asked(f->resolver, "b.example", DNS_TXT), 1);
	assert_int_equal(questions_ask(q, "a.example", DNS_A)->status, DNS_NODATA);
	assert_int_equal(resolver_zone_asked(f->resolver, "a.example", DNS_TXT), 1);

	list = questions_list(q, &count);
	assert_int_equal(count, 3);
	assert_string_equal(list[0].name, "a.example");
	assert_false(list[0].prefetched);
	assert_string_equal(list[1].name, "b.example");
	assert_true(list[1].prefetched);
	assert_null(list[1].answer);
	assert_int_equal(list[2].type, DNS_A);
	questions_free(q);
	questions_free(NULL);
}

static void
test_names_that_cannot_be_asked(void **state)
{
	struct fixture *f = *state;
	struct questions *q =
	    questions_new(f->resolver, &(struct questions_options){ 0 }, f->pool);
	char longer[2000];

	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	assert_int_equal(questions_ask(q, "a..b", DNS_TXT)->status, DNS_NXDOMAIN);
	assert_int_equal(questions_ask(q, longer, DNS_TXT)->status, DNS_NXDOMAIN);
	assert_int_equal(questions_ask(q, "", DNS_TXT)->status, DNS_NXDOMAIN);
	questions_prefetch(q, "a..b", DNS_TXT);
	assert_int_equal(resolver_zone_asked_all(f->resolver), 0);
	questions_free(q);
}

static void
test_budget(void **state)
{
	struct fixture *f = *state;
	struct questions *q = questions_new(
	    f->resolver, &(struct questions_options){ .asked_max = 3 }, f->pool);
	const struct dns_answer *answer;

	questions_prefetch(q, "a.example", DNS_TXT);
	questions_ask(q, "b.example", DNS_TXT);
	questions_ask(q, "c.example", DNS_TXT);
	answer = questions_ask(q, "bad.example", DNS_TXT);
	assert_int_equal(answer->status, DNS_TEMPFAIL);
	assert_string_equal(answer->reason, "too many DNS questions for one message");
	questions_prefetch(q, "bad.example", DNS_TXT);
	/* What was asked is still there. */
	assert_int_equal(questions_ask(q, "a.example", DNS_TXT)->status, DNS_FOUND);
	assert_int_equal(resolver_zone_asked_all(f->resolver), 3);
	questions_free(q);
}

static void
test_in_flight(void **state)
{
	struct fixture *f = *state;
	struct questions *q = questions_new(
	    f->resolver, &(struct questions_options){ .in_flight_max = 3 }, f->pool);
	char name[40];

	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "%d.many.example", i);
		resolver_zone_delay(f->resolver, name, 60000);
	}
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "%d.many.example", i);
		questions_prefetch(q, name, DNS_TXT);
	}
	/* One place is the asker's. */
	assert_int_equal(resolver_zone_asked_all(f->resolver), 2);
	assert_int_equal(questions_ask(q, "a.example", DNS_TXT)->status, DNS_FOUND);
	questions_free(q);
}

/* What must be known does not wait for a place. */
static void
test_begin_whatever_is_in_flight(void **state)
{
	struct fixture *f = *state;
	struct questions *q = questions_new(f->resolver,
	    &(struct questions_options){ .in_flight_max = 1, .asked_max = 2 }, f->pool);

	resolver_zone_delay(f->resolver, "slow.example", 60000);
	questions_begin(q, "slow.example", DNS_TXT);
	questions_prefetch(q, "b.example", DNS_TXT);
	assert_int_equal(resolver_zone_asked(f->resolver, "b.example", DNS_TXT), 0);
	questions_begin(q, "a.example", DNS_TXT);
	assert_int_equal(resolver_zone_asked(f->resolver, "a.example", DNS_TXT), 1);
	/* The budget counts for all. */
	questions_begin(q, "c.example", DNS_TXT);
	assert_int_equal(resolver_zone_asked(f->resolver, "c.example", DNS_TXT), 0);
	questions_free(q);
}

static void
test_deadline(void **state)
{
	struct fixture *f = *state;
	struct questions *q =
	    questions_new(f->resolver, &(struct questions_options){ 0 }, f->pool);
	const struct dns_answer *answer;

	resolver_zone_delay(f->resolver, "slow.example", 60000);
	questions_prefetch(q, "a.example", DNS_TXT);
	questions_deadline(q, 20);
	answer = questions_ask(q, "slow.example", DNS_TXT);
	assert_int_equal(answer->status, DNS_TEMPFAIL);
	assert_string_equal(answer->reason, "no answer in time");
	/* The time is spent: what is there is used, nothing is begun. */
	assert_int_equal(questions_ask(q, "a.example", DNS_TXT)->status, DNS_FOUND);
	answer = questions_ask(q, "b.example", DNS_TXT);
	assert_int_equal(answer->status, DNS_TEMPFAIL);
	assert_int_equal(resolver_zone_asked(f->resolver, "b.example", DNS_TXT), 0);
	questions_free(q);
}

static void
test_what_an_answer_took(void **state)
{
	struct fixture *f = *state;
	struct questions *q = questions_new(
	    f->resolver, &(struct questions_options){ .trace = true }, f->pool);
	const struct question *list;
	size_t count;

	resolver_zone_delay(f->resolver, "slow.example", 30);
	questions_prefetch(q, "slow.example", DNS_TXT);
	assert_int_equal(questions_ask(q, "slow.example", DNS_TXT)->status, DNS_FOUND);
	list = questions_list(q, &count);
	assert_int_equal(count, 1);
	assert_true(list[0].took_ms >= 30);
	assert_true(list[0].ms > 0);
	questions_free(q);
}

/* Each answer leads on to both of the next: a tree that a budget must bound. */
static void
then_two_more(struct questions *q, const char *name, enum dns_type type,
    const struct dns_answer *answer)
{
	char next[300];

	(void)type;
	assert_int_equal(answer->status, DNS_FOUND);
	for (int i = 0; i < 2; i++) {
		snprintf(next, sizeof next, "%d%.200s", i, name);
		questions_follow(q, next, DNS_TXT, then_two_more);
	}
}

static void
test_follow_under_one_budget(void **state)
{
	struct fixture *f = *state;
	struct questions *q =
	    questions_new(f->resolver, &(struct questions_options){ 0 }, f->pool);

	questions_follow(q, "x.many.example", DNS_TXT, then_two_more);
	assert_int_equal(resolver_zone_asked_all(f->resolver), 20);
	questions_free(q);
}

static void
then_b(struct questions *q, const char *name, enum dns_type type,
    const struct dns_answer *answer)
{
	(void)name;
	(void)type;
	(void)answer;
	questions_follow(q, "b.example", DNS_TXT, then_b);
	questions_follow(q, "slow.example", DNS_TXT, then_b);
}

static void
test_follow_in_the_other_thread(void **state)
{
	struct fixture *f = *state;
	struct questions *q =
	    questions_new(f->resolver, &(struct questions_options){ 0 }, f->pool);

	resolver_zone_delay(f->resolver, "a.example", 10);
	resolver_zone_delay(f->resolver, "b.example", 10);
	questions_follow(q, "a.example", DNS_TXT, then_b);
	while (resolver_zone_asked(f->resolver, "slow.example", DNS_TXT) == 0) {
		struct timespec nap = { .tv_nsec = 1000000 };

		nanosleep(&nap, NULL);
	}
	assert_int_equal(questions_ask(q, "b.example", DNS_TXT)->status, DNS_FOUND);
	assert_int_equal(resolver_zone_asked(f->resolver, "b.example", DNS_TXT), 1);
	questions_free(q);
}

/* Ending a message while answers arrive; for the sanitizers. */
static void
test_free_while_answers_arrive(void **state)
{
	struct fixture *f = *state;
	char name[40];

	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof name, "%d.many.example", i);
		resolver_zone_delay(f->resolver, name, i % 7);
	}
	for (int round = 0; round < 30; round++) {
		struct pool *pool = pool_new();
		struct questions *q =
		    questions_new(f->resolver, &(struct questions_options){ 0 }, pool);
		struct timespec nap = { .tv_nsec = round * 300000L };

		for (int i = 0; i < 10; i++) {
			snprintf(name, sizeof name, "%d.many.example", i);
			questions_follow(q, name, DNS_TXT, then_b);
		}
		nanosleep(&nap, NULL);
		questions_free(q);
		pool_free(pool);
	}
	assert_true(resolver_zone_asked_all(f->resolver) >= 300);
}

/* Prefetch no: only what somebody waits for is asked. */
static void
test_on_demand(void **state)
{
	struct fixture *f = *state;
	struct questions *q = questions_new(
	    f->resolver, &(struct questions_options){ .on_demand = true }, f->pool);
	size_t count;

	questions_prefetch(q, "a.example", DNS_TXT);
	questions_follow(q, "b.example", DNS_TXT, NULL);
	assert_int_equal(resolver_zone_asked_all(f->resolver), 0);
	assert_int_equal(questions_ask(q, "a.example", DNS_TXT)->status, DNS_FOUND);
	questions_follow(q, "a.example", DNS_TXT, then_b);
	assert_int_equal(resolver_zone_asked_all(f->resolver), 1);
	questions_list(q, &count);
	assert_int_equal(count, 1);
	questions_free(q);
}

/*
 * An early question without a place leaves nothing that could be taken for an answer,
 * such as an entry without its lookup, which reads as NXDOMAIN.  It is asked later.
 */
static void
test_refused_early_is_not_nxdomain(void **state)
{
	struct fixture *f = *state;
	struct questions *q =
	    questions_new(f->resolver, &(struct questions_options){ 0 }, f->pool);
	size_t count;

	resolver_zone_full(f->resolver, true, false);
	questions_prefetch(q, "a.example", DNS_TXT);
	questions_follow(q, "b.example", DNS_TXT, NULL);
	questions_list(q, &count);
	assert_int_equal(count, 0);
	assert_int_equal(resolver_zone_asked_all(f->resolver), 0);
	/* Nor before the header has ended. */
	assert_int_equal(questions_ask(q, "a.example", DNS_TXT)->status, DNS_FOUND);
	questions_deadline(q, 1000);
	assert_int_equal(resolver_zone_asked(f->resolver, "b.example", DNS_TXT), 1);
	assert_int_equal(questions_ask(q, "b.example", DNS_TXT)->status, DNS_FOUND);
	assert_int_equal(resolver_zone_asked(f->resolver, "a.example", DNS_TXT), 1);
	assert_int_equal(resolver_zone_asked(f->resolver, "b.example", DNS_TXT), 1);
	questions_free(q);
}

/* Policy and keys are never early. */
static void
test_author_is_not_early(void **state)
{
	struct fixture *f = *state;
	struct questions *q =
	    questions_new(f->resolver, &(struct questions_options){ 0 }, f->pool);

	resolver_zone_full(f->resolver, true, false);
	questions_begin(q, "a.example", DNS_TXT);
	assert_int_equal(resolver_zone_asked(f->resolver, "a.example", DNS_TXT), 1);
	resolver_zone_full(f->resolver, true, true);
	questions_begin(q, "b.example", DNS_TXT);
	resolver_zone_full(f->resolver, false, false);
	questions_deadline(q, 1000);
	assert_int_equal(resolver_zone_asked(f->resolver, "b.example", DNS_TXT), 1);
	questions_free(q);
}

/* What was noted leads on as it would have, 20 of them. */
static void
test_noted_are_begun_at_the_deadline(void **state)
{
	struct fixture *f = *state;
	struct questions *q = questions_new(f->resolver,
	    &(struct questions_options){ .in_flight_max = 100, .follow_max = 100 },
	    f->pool);
	char name[40];

	resolver_zone_full(f->resolver, true, false);
	questions_follow(q, "a.example", DNS_TXT, then_b);
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof name, "%d.many.example", i % 25);
		questions_follow(q, name, DNS_TXT, NULL);
	}
	assert_int_equal(resolver_zone_asked_all(f->resolver), 0);
	questions_deadline(q, 1000);
	/* a, 19 of many, and what a leads to. */
	assert_int_equal(resolver_zone_asked(f->resolver, "b.example", DNS_TXT), 1);
	assert_int_equal(resolver_zone_asked(f->resolver, "slow.example", DNS_TXT), 1);
	assert_int_equal(resolver_zone_asked_all(f->resolver), 22);
	questions_free(q);
}

/*
 * Without a place until the end: undecided, and neither absent nor forgotten.  The wait
 * for it is part of the message's time.
 */
static void
test_no_place_is_tempfail(void **state)
{
	struct fixture *f = *state;
	struct questions *q =
	    questions_new(f->resolver, &(struct questions_options){ 0 }, f->pool);
	const struct dns_answer *answer;

	resolver_zone_full(f->resolver, true, true);
	questions_prefetch(q, "a.example", DNS_TXT);
	questions_begin(q, "a.example", DNS_A);
	questions_deadline(q, 20);
	answer = questions_ask(q, "a.example", DNS_TXT);
	assert_int_equal(answer->status, DNS_TEMPFAIL);
	assert_string_equal(answer->reason, "too many DNS lookups at once");
	assert_ptr_equal(questions_ask(q, "a.example", DNS_TXT), answer);
	resolver_zone_full(f->resolver, false, false);
	answer = questions_ask(q, "a.example", DNS_A);
	assert_int_equal(answer->status, DNS_TEMPFAIL);
	assert_string_equal(answer->reason, "no answer in time");
	questions_free(q);
	/* One that ends before its header does. */
	resolver_zone_full(f->resolver, true, true);
	q = questions_new(f->resolver, &(struct questions_options){ 0 }, f->pool);
	questions_prefetch(q, "a.example", DNS_TXT);
	questions_free(q);
	assert_int_equal(resolver_zone_asked_all(f->resolver), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_asked_once_whatever_the_case, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_names_that_cannot_be_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_budget, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_refused_early_is_not_nxdomain, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_author_is_not_early, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_noted_are_begun_at_the_deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_no_place_is_tempfail, setup, teardown),
		cmocka_unit_test_setup_teardown(test_on_demand, setup, teardown),
		cmocka_unit_test_setup_teardown(test_in_flight, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_begin_whatever_is_in_flight, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_what_an_answer_took, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_follow_under_one_budget, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_follow_in_the_other_thread, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_free_while_answers_arrive, setup, teardown),
	};

	return cmocka_run_group_tests_name("questions", tests, NULL, NULL);
}
