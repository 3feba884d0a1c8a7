/* Names that have a resolver of their own within one message: which these are, and that
 * neither resolver is asked about the other's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/pool.h"
#include "dns/questions.h"
#include "resolver_zone.h"

#define DOMAIN "beschermd.test"

struct fixture {
	struct resolver *all, *own;
	struct pool *pool;
};

/* The names of both, with another answer of each. */
static struct resolver *
resolver_of(const char *address)
{
	char zone[1000], why[100];
	struct resolver *r;

	snprintf(zone, sizeof zone,
	    "beschermd.test A %s\n*.beschermd.test A %s\n*.example A %s\n"
	    "*.test A %s\ntest A %s\n",
	    address, address, address, address, address);
	r = resolver_zone_new(zone, why, sizeof why);
	if (r == NULL)
		fail_msg("%s", why);
	return r;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	f->all = resolver_of("192.0.2.1");
	f->own = resolver_of("192.0.2.2");
	f->pool = pool_new();
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	resolver_close(f->all);
	resolver_close(f->own);
	pool_free(f->pool);
	free(f);
	return 0;
}

static struct questions *
begin(struct fixture *f, struct resolver *own)
{
	return questions_new(
	    f->all, &(struct questions_options){ .apart = { DOMAIN, own } }, f->pool);
}

struct row {
	const char *name;
	bool own;
};

static const struct row rows[] = {
	{ "beschermd.test", true },
	{ "beschermd.test.", true },
	{ "BeSchermd.TEST", true },
	{ "x.beschermd.test", true },
	{ "X.Y.Beschermd.Test.", true },
	{ "_dmarc.x.beschermd.test", true },
	{ "\\098eschermd.test", true },
	{ "test", false },
	{ "_dmarc.test", false },
	{ "xbeschermd.test", false },
	{ "x\\046beschermd.test", false },
	{ "beschermd.test.example", false },
	{ "beschermd.testx.example", false },
	{ "eschermd.test", false },
	{ "beschermd\\046test.example", false },
	{ "mail.example", false },
};

static const char *
last_octet(const struct dns_answer *answer)
{
	if (answer->status != DNS_FOUND)
		return "none";
	return answer->records[0].data[3] == 1 ? "all" : "own";
}

/* Whichever way a question takes. */
static void
test_who_answers(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < 4 * sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i / 4];
		struct questions *q = begin(f, f->own);

		if (i % 4 == 0)
			questions_prefetch(q, row->name, DNS_A);
		if (i % 4 == 1)
			questions_begin(q, row->name, DNS_A);
		if (i % 4 == 2)
			questions_follow(q, row->name, DNS_A, NULL);
		if (strcmp(last_octet(questions_ask(q, row->name, DNS_A)),
			row->own ? "own" : "all") != 0)
			fail_msg("%s, way %zu", row->name, i % 4);
		questions_free(q);
	}
	assert_int_equal(resolver_zone_asked(f->all, "x.beschermd.test", DNS_A), 0);
	assert_int_equal(resolver_zone_asked(f->all, "beschermd.test", DNS_A), 0);
	assert_int_equal(resolver_zone_asked(f->own, "mail.example", DNS_A), 0);
	assert_int_equal(resolver_zone_asked(f->own, "test", DNS_A), 0);
}

/* Who has no such names sees what all see, also right after another message. */
static void
test_other_messages(void **state)
{
	struct fixture *f = *state;
	struct questions *q = begin(f, f->own), *other;

	assert_string_equal(last_octet(questions_ask(q, DOMAIN, DNS_A)), "own");
	other = questions_new(f->all, &(struct questions_options){ 0 }, f->pool);
	questions_prefetch(other, DOMAIN, DNS_A);
	assert_string_equal(last_octet(questions_ask(other, DOMAIN, DNS_A)), "all");
	assert_string_equal(last_octet(questions_ask(q, DOMAIN, DNS_A)), "own");
	questions_free(q);
	questions_free(other);
}

/* Then they are not known to anybody; nothing is asked, and nothing is said not to be. */
static void
test_nobody_answers(void **state)
{
	struct fixture *f = *state;
	struct questions *q = begin(f, NULL);
	const struct dns_answer *answer;

	questions_prefetch(q, "a." DOMAIN, DNS_A);
	questions_begin(q, "b." DOMAIN, DNS_A);
	questions_follow(q, "c." DOMAIN, DNS_A, NULL);
	questions_deadline(q, 1000);
	answer = questions_ask(q, "a." DOMAIN, DNS_A);
	assert_int_equal(answer->status, DNS_TEMPFAIL);
	assert_string_equal(
	    answer->reason, "the zone of the test messages cannot be read");
	assert_int_equal(resolver_zone_asked_all(f->all), 0);
	assert_string_equal(last_octet(questions_ask(q, "mail.example", DNS_A)), "all");
	questions_free(q);
}

/* No place at once: noted, or waited for, where it belongs. */
static void
test_without_a_place(void **state)
{
	struct fixture *f = *state;
	struct questions *q = begin(f, f->own);

	resolver_zone_full(f->own, true, false);
	resolver_zone_full(f->all, true, false);
	questions_prefetch(q, "a." DOMAIN, DNS_A);
	questions_prefetch(q, "a.example", DNS_A);
	assert_int_equal(
	    resolver_zone_asked_all(f->own) + resolver_zone_asked_all(f->all), 0);
	questions_deadline(q, 1000);
	assert_int_equal(resolver_zone_asked(f->own, "a." DOMAIN, DNS_A), 1);
	assert_int_equal(resolver_zone_asked(f->all, "a.example", DNS_A), 1);
	resolver_zone_full(f->own, true, true);
	assert_int_equal(questions_ask(q, "b." DOMAIN, DNS_A)->status, DNS_TEMPFAIL);
	assert_int_equal(resolver_zone_asked(f->all, "b." DOMAIN, DNS_A), 0);
	questions_free(q);
}

/* From one resolver's answer to a question of the other, in both of their threads. */
static void
then_the_other(struct questions *q, const char *name, enum dns_type type,
    const struct dns_answer *answer)
{
	char next[100];
	bool own = strstr(name, DOMAIN) != NULL;

	(void)answer;
	snprintf(next, sizeof next, "x%.30s.%s", name, own ? "example" : DOMAIN);
	questions_follow(q, next, type, then_the_other);
	questions_prefetch(q, own ? "slow.example" : "slow." DOMAIN, type);
}

static void
test_both_tell_at_once(void **state)
{
	struct fixture *f = *state;
	char name[60];

	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof name, "%d.%s", i, i % 2 == 0 ? "example" : DOMAIN);
		resolver_zone_delay(i % 2 == 0 ? f->all : f->own, name, 1 + i % 3);
	}
	for (int round = 0; round < 30; round++) {
		struct timespec nap = { .tv_nsec = round * 200000L };
		struct pool *pool = pool_new();
		struct questions *q = questions_new(f->all,
		    &(struct questions_options){ .apart = { DOMAIN, f->own } }, pool);

		for (int i = 0; i < 8; i++) {
			snprintf(name, sizeof name, "%d.%s", i,
			    i % 2 == 0 ? "example" : DOMAIN);
			questions_follow(q, name, DNS_A, then_the_other);
		}
		nanosleep(&nap, NULL);
		questions_free(q);
		pool_free(pool);
	}
	assert_true(resolver_zone_asked_all(f->own) >= 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_who_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_a_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_both_tell_at_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
