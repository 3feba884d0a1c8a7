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
#include "check/dmarc.h"
#include "check/orgdomain.h"
#include "check/prefetch.h"
#include "check/spf.h"
#include "dns/questions.h"
#include "resolver_zone.h"

static const char zone[] =
    "plain.example TXT \"other text\"\n"
    "plain.example TXT \"v=spf1 a a:web.example mx include:inc.example exists:x.example "
    "ptr ip4:192.0.2.0/24 a:%{i}.macro.example redirect=last.example\"\n"
    "plain.example MX 10 mx1.example\n"
    "plain.example MX 20 mx2.example\n"
    "inc.example TXT \"v=spf1 a:deep.example -all a:never.example\"\n"
    "last.example TXT \"v=spf1 include:plain.example -all\"\n"
    "two.example TXT \"v=spf1 a:no.example\"\n"
    "two.example TXT \"v=spf1 -all\"\n"
    "broken.example TXT \"v=spf1 a:no.example foo:bar\"\n"
    "wide.example TXT \"v=spf1 include:1.tree.example include:2.tree.example "
    "include:3.tree.example include:4.tree.example -all\"\n"
    "*.tree.example TXT \"v=spf1 a:1.leaf.example a:2.leaf.example a:3.leaf.example "
    "a:4.leaf.example a:5.leaf.example a:6.leaf.example mx include:5.tree.example "
    "include:6.tree.example include:7.tree.example include:8.tree.example "
    "a:7.leaf.example a:8.leaf.example a:9.leaf.example a:10.leaf.example -all\"\n";

static struct resolver *
zone_open(void)
{
	char why[100];
	struct resolver *r = resolver_zone_new(zone, why, sizeof why);

	if (r == NULL)
		fail_msg("%s", why);
	return r;
}

struct row {
	const char *name;
	enum dns_type type;
	size_t asked;
};

static const struct row rows[] = {
	{ "plain.example", DNS_TXT, 1 },
	{ "plain.example", DNS_A, 1 },
	{ "web.example", DNS_A, 1 },
	{ "web.example", DNS_AAAA, 0 },
	{ "plain.example", DNS_MX, 1 },
	{ "mx1.example", DNS_A, 1 },
	{ "mx2.example", DNS_A, 1 },
	{ "inc.example", DNS_TXT, 1 },
	{ "deep.example", DNS_A, 1 },
	{ "never.example", DNS_A, 0 },
	{ "x.example", DNS_A, 1 },
	{ "last.example", DNS_TXT, 1 },
};

/* ${delay}: the answers come in another thread. */
static void
ask_all(int delay)
{
	struct resolver *r = zone_open();
	struct pool *pool = pool_new();
	struct questions *q =
	    questions_new(r, &(struct questions_options){ .in_flight_max = 32 }, pool);

	if (delay > 0) {
		resolver_zone_delay(r, "plain.example", delay);
		resolver_zone_delay(r, "inc.example", delay);
	}
	prefetch_spf(q, "plain.example", IP_V4);
	while (resolver_zone_asked_all(r) < 10) {
		struct timespec nap = { .tv_nsec = 1000000 };

		nanosleep(&nap, NULL);
	}
	questions_free(q);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t asked = resolver_zone_asked(r, rows[i].name, rows[i].type);

		if (asked != rows[i].asked)
			fail_msg("%s: asked %zu times", rows[i].name, asked);
	}
	assert_int_equal(resolver_zone_asked_all(r), 10);
	pool_free(pool);
	resolver_close(r);
}

static void
test_terms_are_followed(void **state)
{
	(void)state;
	ask_all(0);
}

static void
test_terms_are_followed_as_answers_arrive(void **state)
{
	(void)state;
	ask_all(10);
}

static void
test_the_check_asks_nothing_anew(void **state)
{
	struct resolver *r = zone_open();
	struct pool *pool = pool_new();
	struct questions *q = questions_new(r, &(struct questions_options){ 0 }, pool);
	struct spf_identity identity = { .scope = SPF_MAILFROM,
		.helo = "mail.example",
		.local = "a",
		.domain = "inc.example",
		.receiver = "here.example",
		.void_lookups_max = 2 };
	size_t before;

	(void)state;
	assert_true(ip_parse("198.51.100.1", &identity.client));
	prefetch_spf(q, "inc.example", IP_V4);
	before = resolver_zone_asked_all(r);
	assert_int_equal(before, 2);
	assert_int_equal(spf_check(q, &identity, pool).result, SPF_FAIL);
	assert_int_equal(resolver_zone_asked_all(r), before);
	questions_free(q);
	pool_free(pool);
	resolver_close(r);
}

static const struct row bounds[] = {
	{ "two.example", DNS_TXT, 1 },    /* two records: permerror, no more is asked */
	{ "broken.example", DNS_TXT, 1 }, /* so is a bad term */
	{ "nothing.example", DNS_TXT, 1 },
	{ "wide.example", DNS_TXT, 20 },
};

static void
test_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
		struct resolver *r = zone_open();
		struct pool *pool = pool_new();
		struct questions *q =
		    questions_new(r, &(struct questions_options){ 0 }, pool);

		prefetch_spf(q, bounds[i].name, IP_V6);
		if (resolver_zone_asked_all(r) != bounds[i].asked)
			fail_msg("%s: %zu", bounds[i].name, resolver_zone_asked_all(r));
		questions_free(q);
		pool_free(pool);
		resolver_close(r);
	}
}

static void
test_ipv6_clients_ask_for_aaaa(void **state)
{
	struct resolver *r = zone_open();
	struct pool *pool = pool_new();
	struct questions *q = questions_new(r, &(struct questions_options){ 0 }, pool);

	(void)state;
	prefetch_spf(q, "plain.example", IP_V6);
	assert_int_equal(resolver_zone_asked(r, "web.example", DNS_AAAA), 1);
	assert_int_equal(resolver_zone_asked(r, "mx1.example", DNS_AAAA), 1);
	assert_int_equal(resolver_zone_asked(r, "deep.example", DNS_AAAA), 1);
	assert_int_equal(resolver_zone_asked(r, "x.example", DNS_A), 1);
	assert_int_equal(resolver_zone_asked(r, "web.example", DNS_A), 0);
	questions_free(q);
	pool_free(pool);
	resolver_close(r);
}

static void
test_dmarc_asks_the_walk(void **state)
{
	struct resolver *r = zone_open();
	struct pool *pool = pool_new();
	struct questions *q = questions_new(r, &(struct questions_options){ 0 }, pool);

	(void)state;
	prefetch_dmarc(q, &(struct dmarc_options){ 0 }, "a.news.example");
	assert_int_equal(resolver_zone_asked(r, "_dmarc.a.news.example", DNS_TXT), 1);
	assert_int_equal(resolver_zone_asked(r, "_dmarc.news.example", DNS_TXT), 1);
	assert_int_equal(resolver_zone_asked(r, "_dmarc.example", DNS_TXT), 1);
	assert_int_equal(resolver_zone_asked_all(r), 3);
	questions_free(q);
	pool_free(pool);
	resolver_close(r);
}

/* RFC 7489: the domain and its organization, and nothing between or above. */
static void
test_dmarc_by_list_asks_two(void **state)
{
	char why[100];
	struct orgdomain_list *list = orgdomain_list_open(NULL, why, sizeof why);
	struct dmarc_options options = { .discovery = DMARC_PSL, .psl = list };
	struct resolver *r = zone_open();
	struct pool *pool = pool_new();
	struct questions *q = questions_new(r, &(struct questions_options){ 0 }, pool);

	(void)state;
	assert_non_null(list);
	prefetch_dmarc(q, &options, "a.b.news.co.uk");
	assert_int_equal(resolver_zone_asked(r, "_dmarc.a.b.news.co.uk", DNS_TXT), 1);
	assert_int_equal(resolver_zone_asked(r, "_dmarc.news.co.uk", DNS_TXT), 1);
	assert_int_equal(resolver_zone_asked_all(r), 2);
	prefetch_dmarc(q, &options, "other.co.uk");
	assert_int_equal(resolver_zone_asked_all(r), 3);
	questions_free(q);
	pool_free(pool);
	resolver_close(r);
	orgdomain_list_close(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terms_are_followed),
		cmocka_unit_test(test_terms_are_followed_as_answers_arrive),
		cmocka_unit_test(test_the_check_asks_nothing_anew),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_ipv6_clients_ask_for_aaaa),
		cmocka_unit_test(test_dmarc_asks_the_walk),
		cmocka_unit_test(test_dmarc_by_list_asks_two),
	};

	return cmocka_run_group_tests_name("prefetch", tests, NULL, NULL);
}
