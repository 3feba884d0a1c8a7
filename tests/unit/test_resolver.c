/* The real resolver on a zone of ours: no packet leaves (tests/e2e/test-dns watches
 * that). */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/pool.h"
#include "dns/questions.h"
#include "dns/rdata.h"
#include "dns/resolver.h"
#include "dns/zonefile.h"

static const char zone[] = "$ORIGIN example.org.\n"
			   "$TTL 1h\n"
			   "@ IN SOA ns hostmaster 1 2 3 4 5\n"
			   "  IN NS ns.elsewhere.example.\n"
			   "  TXT ( \"v=spf1 \" ; split\n"
			   "    \"-all\" )\n"
			   "  MX 10 mx\n"
			   "mx A 192.0.2.1\n"
			   "   AAAA 2001:db8::1\n"
			   "www 300 CNAME host.other.example.\n"
			   "lost CNAME nowhere.other.example.\n"
			   "*.wild TXT any\n"
			   "a.b.c TXT \"deep \\\"q\\\" \\195\\169\"\n"
			   "sub NS ns.sub\n"
			   "x.sub TXT \"below a delegation\"\n"
			   "$ORIGIN .\n"
			   "host.other.example A 192.0.2.2\n"
			   "domain.test. TXT \"in test\"\n"
			   "7.2.0.192.in-addr.arpa PTR mx.example.org\n"
			   "1.0.168.192.in-addr.arpa. PTR lan.test.\n";

static char path[64];

static void
write_zone(const char *text)
{
	int fd;

	strcpy(path, "/tmp/test_resolver.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static struct resolver *
open_zone(const char *text, struct resolver_options options, char *why, size_t whysize)
{
	struct resolver *r;

	write_zone(text);
	options.zone_file = path;
	r = resolver_open(&options, why, whysize);
	unlink(path);
	return r;
}

static int
setup(void **state)
{
	char why[200] = "";

	log_open("test_resolver", LOG_TO_NOWHERE, 0);
	*state = open_zone(
	    zone, (struct resolver_options){ .cache_entries = 64 }, why, sizeof why);
	if (*state == NULL)
		fprintf(stderr, "%s\n", why);
	return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	resolver_close(*state);
	resolver_close(NULL);
	return 0;
}

static const struct {
	const char *name;
	enum dns_type type;
	enum dns_status status;
} rows[] = {
	{ "example.org", DNS_TXT, DNS_FOUND },
	{ "EXAMPLE.ORG.", DNS_TXT, DNS_FOUND },
	{ "example.org", DNS_A, DNS_NODATA },
	{ "mx.example.org", DNS_AAAA, DNS_FOUND },
	{ "nope.example.org", DNS_A, DNS_NXDOMAIN },
	{ "www.example.org", DNS_A, DNS_FOUND },
	{ "www.example.org", DNS_TXT, DNS_NODATA },
	{ "lost.example.org", DNS_TXT, DNS_NXDOMAIN },
	{ "anything.wild.example.org", DNS_TXT, DNS_FOUND },
	{ "any.thing.wild.example.org", DNS_TXT, DNS_FOUND },
	{ "wild.example.org", DNS_TXT, DNS_NODATA },
	{ "b.c.example.org", DNS_TXT, DNS_NODATA },
	{ "x.sub.example.org", DNS_TXT, DNS_FOUND },
	{ "y.sub.example.org", DNS_TXT, DNS_NXDOMAIN },
	{ "domain.test", DNS_TXT, DNS_FOUND },
	{ "other.test", DNS_TXT, DNS_NXDOMAIN },
	{ "7.2.0.192.in-addr.arpa", DNS_PTR, DNS_FOUND },
	{ "1.0.168.192.in-addr.arpa", DNS_PTR, DNS_FOUND },
	{ "com", DNS_A, DNS_NXDOMAIN },
	{ "a..b", DNS_TXT, DNS_NXDOMAIN },
	{ "", DNS_TXT, DNS_NXDOMAIN },
	{ "\\000.example.org", DNS_TXT, DNS_NXDOMAIN },
};

static void
test_zone_answers(void **state)
{
	struct timespec until = deadline_in(20000);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct resolver_lookup *lookup = resolver_start(
		    *state, rows[i].name, rows[i].type, (struct resolver_asker){ 0 });
		const struct dns_answer *answer = lookup_wait(lookup, &until);

		if (answer->status != rows[i].status)
			fail_msg("%s %d: %d %s", rows[i].name, rows[i].type,
			    answer->status, answer->reason);
		assert_false(answer->secure);
		assert_int_equal(answer->count > 0, answer->status == DNS_FOUND);
		lookup_drop(lookup);
	}
}

static void
test_records(void **state)
{
	struct timespec until = deadline_in(20000);
	struct pool *pool = pool_new();
	struct resolver_lookup *lookup =
	    resolver_start(*state, "example.org", DNS_TXT, (struct resolver_asker){ 0 });
	const struct dns_answer *answer = lookup_wait(lookup, &until);
	uint16_t preference;
	size_t len;

	assert_int_equal(answer->count, 1);
	assert_string_equal(rdata_txt(&answer->records[0], &len, pool), "v=spf1 -all");
	assert_true(answer->ttl <= 3600 && answer->ttl > 3500);
	lookup_drop(lookup);
	lookup = resolver_start(
	    *state, "a.b.c.example.org", DNS_TXT, (struct resolver_asker){ 0 });
	answer = lookup_wait(lookup, &until);
	assert_string_equal(
	    rdata_txt(&answer->records[0], &len, pool), "deep \"q\" \303\251");
	lookup_drop(lookup);
	lookup =
	    resolver_start(*state, "example.org", DNS_MX, (struct resolver_asker){ 0 });
	answer = lookup_wait(lookup, &until);
	assert_string_equal(
	    rdata_mx(&answer->records[0], &preference, pool), "mx.example.org");
	lookup_drop(lookup);
	pool_free(pool);
}

static void
test_asked_once_then_cached(void **state)
{
	struct timespec until = deadline_in(20000), past = { 0 };
	struct resolver_stats before = resolver_stats(*state), after;
	struct resolver_lookup *first, *second, *third;

	assert_null(resolver_find(*state, "once.wild.example.org", DNS_TXT));
	first = resolver_start(
	    *state, "once.wild.example.org", DNS_TXT, (struct resolver_asker){ 0 });
	second = resolver_start(
	    *state, "ONCE.wild.example.org", DNS_TXT, (struct resolver_asker){ 0 });
	assert_int_equal(lookup_wait(first, &until)->status, DNS_FOUND);
	third = resolver_find(*state, "once.wild.example.org", DNS_TXT);
	assert_non_null(third);
	/* cached: there also after the deadline */
	assert_ptr_equal(lookup_wait(third, &past), lookup_wait(first, &past));
	assert_ptr_equal(lookup_wait(second, &past), lookup_wait(first, &past));
	after = resolver_stats(*state);
	assert_int_equal(after.sent, before.sent + 1);
	assert_int_equal(after.hits, before.hits + 2);
	lookup_drop(first);
	lookup_drop(second);
	lookup_drop(third);
}

static void
test_cache_is_bounded(void **state)
{
	struct timespec until = deadline_in(20000);
	struct resolver_stats stats;
	char name[64];

	for (int i = 0; i < 300; i++) {
		struct resolver_lookup *lookup;

		snprintf(name, sizeof name, "n%d.wild.example.org", i);
		lookup =
		    resolver_start(*state, name, DNS_TXT, (struct resolver_asker){ 0 });
		assert_int_equal(lookup_wait(lookup, &until)->status, DNS_FOUND);
		lookup_drop(lookup);
	}
	stats = resolver_stats(*state);
	assert_true(stats.entries <= 64 && stats.entries > 10);
	assert_int_equal(stats.in_flight, 0);
	/* The last one used is the last one to go. */
	assert_null(resolver_find(*state, "n0.wild.example.org", DNS_TXT));
	lookup_drop(resolver_find(*state, "n299.wild.example.org", DNS_TXT));
}

/* Asked for another message: there also for one whose time is over. */
static void
test_cached_is_used_after_the_deadline(void **state)
{
	struct pool *pool = pool_new();
	struct questions *other =
	    questions_new(*state, &(struct questions_options){ 0 }, pool);
	struct questions *late =
	    questions_new(*state, &(struct questions_options){ 0 }, pool);
	const struct dns_answer *answer;

	assert_int_equal(
	    questions_ask(other, "late.wild.example.org", DNS_TXT)->status, DNS_FOUND);
	questions_free(other);
	questions_deadline(late, 0);
	answer = questions_ask(late, "late.wild.example.org", DNS_TXT);
	assert_int_equal(answer->status, DNS_FOUND);
	answer = questions_ask(late, "later.wild.example.org", DNS_TXT);
	assert_int_equal(answer->status, DNS_TEMPFAIL);
	assert_string_equal(answer->reason, "no answer in time");
	assert_null(resolver_find(*state, "later.wild.example.org", DNS_TXT));
	questions_free(late);
	pool_free(pool);
}

static const struct {
	const char *text, *why;
} bad_rows[] = {
	{ "a.example. A 192.0.2.1\nb.example. FOO 1\n", "2: an unknown type" },
	{ "a.example. A 192.0.2\n", "1: a bad address" },
	{ "a.example. IN TXT (\n\"x\"\n", "1: a parenthesis without an end" },
	{ "\na.example. TXT \"x\n", "2: a string without an end" },
	{ "a..example. A 192.0.2.1\n", "1: a bad name" },
	{ "a.example. MX mail\n", "1: data is missing" },
	{ "a.example. MX x mail.\n", "1: a bad MX preference" },
	{ "a.example. A 192.0.2.1 192.0.2.2\n", "1: more data than fits the type" },
	{ " A 192.0.2.1\n", "1: no name" },
	{ "a.example.\n", "1: no type" },
	{ "$INCLUDE other\n", "1: only $ORIGIN NAME and $TTL SECONDS are known" },
};

static void
test_bad_zones_name_the_line(void **state)
{
	char why[300], want[300];

	(void)state;
	for (size_t i = 0; i < sizeof bad_rows / sizeof bad_rows[0]; i++) {
		assert_null(open_zone(
		    bad_rows[i].text, (struct resolver_options){ 0 }, why, sizeof why));
		snprintf(want, sizeof want, "%s:%s", path, bad_rows[i].why);
		assert_string_equal(why, want);
	}
}

static void
test_bad_options(void **state)
{
	static const char *const bad[] = { "not an address" };
	struct resolver_options options = { .zone_file = "/nonexistent/zone" };
	char why[300];

	(void)state;
	assert_null(resolver_open(&options, why, sizeof why));
	assert_string_equal(why, "/nonexistent/zone: No such file or directory");
	options = (struct resolver_options){ .nameservers = bad, .nameserver_count = 1 };
	assert_null(resolver_open(&options, why, sizeof why));
	assert_string_equal(why, "name server \"not an address\" is not an address");
	options = (struct resolver_options){ .dnssec = RESOLVER_DNSSEC_AUTO,
		.trust_anchor_file = "/nonexistent/key" };
	assert_null(resolver_open(&options, why, sizeof why));
	assert_string_equal(why, "/nonexistent/key: No such file or directory");
	assert_null(open_zone("a.example. A 192.0.2.1\n",
	    (struct resolver_options){ .dnssec = RESOLVER_DNSSEC_REQUIRE }, why,
	    sizeof why));
}

static void *
ask_many(void *arg)
{
	struct timespec until = deadline_in(30000);
	char name[64];
	size_t wrong = 0;

	for (int i = 0; i < 400; i++) {
		struct resolver_lookup *lookup;

		snprintf(name, sizeof name, "t%d.wild.example.org", i % 100);
		lookup = resolver_start(arg, name, i % 3 == 0 ? DNS_A : DNS_TXT,
		    (struct resolver_asker){ 0 });
		if (lookup_wait(lookup, &until)->status !=
		    (i % 3 == 0 ? DNS_NODATA : DNS_FOUND))
			wrong++;
		lookup_drop(lookup);
	}
	return wrong == 0 ? NULL : arg;
}

static void
test_many_threads(void **state)
{
	pthread_t threads[8];
	void *wrong;

	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_many, *state), 0);
	for (size_t i = 0; i < 8; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
}

#define FEW_PLACES 4

static void *
ask_in_turn(void *arg)
{
	struct timespec until = deadline_in(30000);
	char name[64];
	size_t wrong = 0;

	for (int i = 0; i < 100; i++) {
		struct resolver_asker asker = { .network = (uint64_t)(i % 3) };
		struct resolver_lookup *lookup;

		snprintf(name, sizeof name, "q%d-%lx.wild.example.org", i,
		    (unsigned long)pthread_self());
		lookup = resolver_start_waiting(arg, name, DNS_TXT, asker, 30000);
		if (lookup_wait(lookup, &until)->status != DNS_FOUND)
			wrong++;
		lookup_drop(lookup);
	}
	return wrong == 0 ? NULL : arg;
}

/* More that ask than there are places: all are answered, one after another. */
static void
test_waits_for_a_place(void **state)
{
	char why[200];
	struct resolver *r = open_zone(zone,
	    (struct resolver_options){ .in_flight_max = FEW_PLACES }, why, sizeof why);
	struct resolver_stats stats;
	pthread_t threads[16];
	void *wrong;

	(void)state;
	assert_non_null(r);
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_in_turn, r), 0);
	for (size_t i = 0; i < 16; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	stats = resolver_stats(r);
	assert_int_equal(stats.in_flight, 0);
	assert_in_range(stats.in_flight_most, 1, FEW_PLACES);
	assert_int_equal(stats.refused, 0);
	assert_int_equal(stats.sent, 1600);
	resolver_close(r);
}

/* One place is enough for what is cached, or under way already. */
static void
test_no_place_is_needed_for_what_is_known(void **state)
{
	struct resolver_asker early = { .network = 1, .early = true };
	struct timespec until = deadline_in(20000);
	char why[200];
	struct resolver *r = open_zone(
	    zone, (struct resolver_options){ .in_flight_max = 1 }, why, sizeof why);
	struct resolver_lookup *lookup, *again;

	(void)state;
	assert_non_null(r);
	lookup = resolver_start(r, "www.example.org", DNS_A, early);
	again = resolver_start(r, "www.example.org", DNS_A, early);
	assert_ptr_equal(lookup, again);
	assert_int_equal(lookup_wait(lookup, &until)->status, DNS_FOUND);
	lookup_drop(again);
	again = resolver_start(r, "www.example.org", DNS_A, early);
	assert_ptr_equal(lookup, again);
	lookup_drop(again);
	lookup_drop(lookup);
	assert_int_equal(resolver_stats(r).sent, 1);
	resolver_close(r);
}

/* ${count} records, told apart by number: does the answer come in? */
static bool
takes(const char *type, int count, const char *first, const char *rest)
{
	static char text[200000], why[200];
	struct timespec deadline = deadline_in(5000);
	const struct dns_answer *answer;
	struct resolver_lookup *lookup;
	struct resolver *r;
	size_t at;
	bool found;

	at = (size_t)sprintf(text, "$ORIGIN large.example.\n$TTL 1h\n"
				   "@ IN SOA ns hostmaster 1 2 3 4 5\n  IN NS ns\n");
	for (int i = 0; i < count; i++)
		at += (size_t)sprintf(text + at, "x %s %s%d.%d%s\n", type, first, i / 200,
		    i % 200 + (*rest != '\0' ? 100 : 0), rest);
	r = open_zone(text, (struct resolver_options){ 0 }, why, sizeof why);
	assert_non_null(r);
	lookup = resolver_start(r, "x.large.example",
	    strcmp(type, "A") == 0 ? DNS_A : DNS_TXT, (struct resolver_asker){ 0 });
	answer = lookup_wait(lookup, &deadline);
	found = answer->status == DNS_FOUND && answer->count == (size_t)count;
	if (!found) {
		assert_int_equal(answer->status, DNS_TEMPFAIL);
		assert_true(answer->too_large);
		assert_int_equal(answer->count, 0);
	}
	lookup_drop(lookup);
	resolver_close(r);
	return found;
}

/* 16 KiB, and no more than 1000 records: small ones take more memory than they say. */
static void
test_large_answers(void **state)
{
	char text[252];

	(void)state;
	assert_true(takes("A", 1000, "192.0.", ""));
	assert_false(takes("A", 1001, "192.0.", ""));
	/* 64 strings of 255 octets, "0.100xx...", each with its length. */
	memset(text, 'x', 250);
	text[250] = '\0';
	assert_true(takes("TXT", 64, "", text));
	assert_false(takes("TXT", 65, "", text));
}

static void
test_close_with_lookups_in_flight(void **state)
{
	char why[200], name[64];

	(void)state;
	for (int round = 0; round < 5; round++) {
		struct resolver *r =
		    open_zone(zone, (struct resolver_options){ 0 }, why, sizeof why);

		assert_non_null(r);
		for (int i = 0; i < 100; i++) {
			snprintf(name, sizeof name, "c%d.wild.example.org", i);
			lookup_drop(resolver_start(
			    r, name, DNS_TXT, (struct resolver_asker){ 0 }));
		}
		resolver_close(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_answers),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_asked_once_then_cached),
		cmocka_unit_test(test_cache_is_bounded),
		cmocka_unit_test(test_cached_is_used_after_the_deadline),
		cmocka_unit_test(test_bad_zones_name_the_line),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_waits_for_a_place),
		cmocka_unit_test(test_no_place_is_needed_for_what_is_known),
		cmocka_unit_test(test_large_answers),
		cmocka_unit_test(test_close_with_lookups_in_flight),
	};

	return cmocka_run_group_tests_name("resolver", tests, setup, teardown);
}
