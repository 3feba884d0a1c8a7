#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "dns/rdata.h"
#include "resolver_zone.h"

static const char zone[] = "; a comment\n"
			   "Example.org.  300 IN TXT \"v=spf1 ;x\" \" -all\" ; behind\n"
			   "example.org   TXT plain\n"
			   "example.org   A 192.0.2.1   # comment\n"
			   "example.org   MX 10 mx.example.org\n"
			   "example.org   SECURE\n"
			   "\n"
			   "alias.example CNAME example.org\n"
			   "loop1.example CNAME loop2.example\n"
			   "loop2.example CNAME loop1.example\n"
			   "lost.example CNAME nowhere.example\n"
			   "a.b.c.example AAAA 2001:db8::1\n"
			   "*.wild.example TXT \"all\"\n"
			   "deep.wild.example A 192.0.2.2\n"
			   "broken.example SERVFAIL\n"
			   "half.example TIMEOUT TXT\n"
			   "half.example A 192.0.2.3\n"
			   "bogus.example BOGUS\n"
			   "gone.example NXDOMAIN\n"
			   "void.example NODATA\n"
			   "rev.example PTR HOST.example\n"
			   "quoted.example TXT \"a\\\"b\\\\\\065\"\n";

struct row {
	const char *name;
	enum dns_type type;
	enum dns_status status;
	size_t count;
	bool secure;
};

static const struct row rows[] = {
	{ "EXAMPLE.org.", DNS_TXT, DNS_FOUND, 2, true },
	{ "example.org", DNS_A, DNS_FOUND, 1, true },
	{ "example.org", DNS_AAAA, DNS_NODATA, 0, true },
	{ "alias.example", DNS_A, DNS_FOUND, 1, false },
	{ "alias.example", DNS_CNAME, DNS_FOUND, 1, false },
	{ "loop1.example", DNS_A, DNS_TEMPFAIL, 0, false },
	{ "lost.example", DNS_A, DNS_NXDOMAIN, 0, false },
	{ "b.c.example", DNS_A, DNS_NODATA, 0, false },
	{ "x.b.c.example", DNS_A, DNS_NXDOMAIN, 0, false },
	{ "a.wild.example", DNS_TXT, DNS_FOUND, 1, false },
	{ "b.a.wild.example", DNS_TXT, DNS_FOUND, 1, false },
	{ "b.a.wild.example", DNS_A, DNS_NODATA, 0, false },
	{ "deep.wild.example", DNS_TXT, DNS_NODATA, 0, false },
	{ "x.deep.wild.example", DNS_TXT, DNS_NXDOMAIN, 0, false },
	{ "broken.example", DNS_MX, DNS_TEMPFAIL, 0, false },
	{ "half.example", DNS_TXT, DNS_TEMPFAIL, 0, false },
	{ "half.example", DNS_A, DNS_FOUND, 1, false },
	{ "bogus.example", DNS_TXT, DNS_BOGUS, 0, false },
	{ "gone.example", DNS_TXT, DNS_NXDOMAIN, 0, false },
	{ "void.example", DNS_TXT, DNS_NODATA, 0, false },
	{ "nothing.at.all", DNS_TXT, DNS_NXDOMAIN, 0, false },
	{ "a..b", DNS_TXT, DNS_NXDOMAIN, 0, false },
};

static void
test_answers(void **state)
{
	static const struct timespec now = { 0 };
	char why[100];
	struct resolver *r = resolver_zone_new(zone, why, sizeof why);

	(void)state;
	assert_non_null(r);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct resolver_lookup *lookup = resolver_start(
		    r, rows[i].name, rows[i].type, (struct resolver_asker){ 0 });
		const struct dns_answer *answer = lookup_wait(lookup, &now);

		if (answer->status != rows[i].status || answer->count != rows[i].count ||
		    answer->secure != rows[i].secure)
			fail_msg("%s: status %d, %zu records, secure %d", rows[i].name,
			    answer->status, answer->count, answer->secure);
		if (answer->status >= DNS_TEMPFAIL)
			assert_non_null(answer->reason);
		lookup_drop(lookup);
	}
	assert_int_equal(resolver_zone_asked(r, "example.ORG", DNS_TXT), 1);
	assert_int_equal(resolver_zone_asked(r, "half.example", DNS_MX), 0);
	/* all but the name that cannot be asked */
	assert_int_equal(resolver_zone_asked_all(r), sizeof rows / sizeof rows[0] - 1);
	resolver_close(r);
}

static void
test_records(void **state)
{
	static const struct timespec now = { 0 };
	char why[100];
	struct resolver *r = resolver_zone_new(zone, why, sizeof why);
	struct pool *pool = pool_new();
	struct resolver_lookup *lookup =
	    resolver_start(r, "example.org", DNS_TXT, (struct resolver_asker){ 0 });
	const struct dns_answer *answer = lookup_wait(lookup, &now);
	uint16_t preference;
	size_t len;

	(void)state;
	assert_int_equal(answer->ttl, 300);
	assert_string_equal(rdata_txt(&answer->records[0], &len, pool), "v=spf1 ;x -all");
	assert_string_equal(rdata_txt(&answer->records[1], &len, pool), "plain");
	lookup_drop(lookup);

	lookup = resolver_start(r, "example.org", DNS_MX, (struct resolver_asker){ 0 });
	answer = lookup_wait(lookup, &now);
	assert_string_equal(
	    rdata_mx(&answer->records[0], &preference, pool), "mx.example.org");
	assert_int_equal(preference, 10);
	lookup_drop(lookup);

	lookup = resolver_start(r, "rev.example", DNS_PTR, (struct resolver_asker){ 0 });
	answer = lookup_wait(lookup, &now);
	assert_string_equal(rdata_name(&answer->records[0], pool), "host.example");
	lookup_drop(lookup);

	lookup =
	    resolver_start(r, "quoted.example", DNS_TXT, (struct resolver_asker){ 0 });
	answer = lookup_wait(lookup, &now);
	assert_string_equal(rdata_txt(&answer->records[0], &len, pool), "a\"b\\A");
	lookup_drop(lookup);
	pool_free(pool);
	resolver_close(r);
}

static const struct {
	const char *text, *why;
} bad_rows[] = {
	{ "a.example TXT \"x\"\nb.example FOO x\n", "line 2: an unknown type" },
	{ "\n\na..b A 192.0.2.1", "line 3: a bad name" },
	{ "a.example A 192.0.2", "line 1: a bad address" },
	{ "a.example A 192.0.2.1 x", "line 1: more than fits there" },
	{ "a.example MX mx.example", "line 1: a bad MX preference" },
	{ "a.example TXT", "line 1: TXT without a string" },
	{ "a.example TXT \"x", "line 1: a string without an end" },
	{ "a.example TIMEOUT NODATA", "line 1: an unknown type" },
	{ "a.example A \\# 3 c0", "line 1: another length than there are octets" },
	{ "a.example A \\# 1 xy", "line 1: hexadecimal octets are meant" },
};

static void
test_errors_name_the_line(void **state)
{
	char why[100];

	(void)state;
	for (size_t i = 0; i < sizeof bad_rows / sizeof bad_rows[0]; i++) {
		assert_null(resolver_zone_new(bad_rows[i].text, why, sizeof why));
		assert_string_equal(why, bad_rows[i].why);
	}
}

static void
test_a_long_string_becomes_several(void **state)
{
	static const struct timespec now = { 0 };
	char text[700], string[601] = "", why[100];
	struct pool *pool = pool_new();
	struct resolver_lookup *lookup;
	struct resolver *r;
	size_t len;

	(void)state;
	memset(string, 'x', sizeof string - 1);
	snprintf(text, sizeof text, "a.example TXT \"%s\"", string);
	r = resolver_zone_new(text, why, sizeof why);
	assert_non_null(r);
	lookup = resolver_start(r, "a.example", DNS_TXT, (struct resolver_asker){ 0 });
	assert_non_null(rdata_txt(&lookup_wait(lookup, &now)->records[0], &len, pool));
	assert_int_equal(len, 600);
	assert_int_equal(lookup_wait(lookup, &now)->records[0].len, 603);
	lookup_drop(lookup);
	resolver_close(r);
	pool_free(pool);
}

/* Also what no server should send; and another text in the place of the first. */
static void
test_raw_records(void **state)
{
	static const struct timespec now = { 0 };
	static const uint8_t octets[] = { 0xc0, 0, 2 };
	char why[100];
	struct resolver *r =
	    resolver_zone_new("a.example A \\# 3 C0 0002\n", why, sizeof why);
	struct resolver_lookup *lookup =
	    resolver_start(r, "a.example", DNS_A, (struct resolver_asker){ 0 });
	const struct dns_answer *answer = lookup_wait(lookup, &now);

	(void)state;
	assert_int_equal(answer->count, 1);
	assert_int_equal(answer->records[0].len, sizeof octets);
	assert_memory_equal(answer->records[0].data, octets, sizeof octets);
	lookup_drop(lookup);

	assert_false(resolver_zone_change(r, "a.example FOO", why, sizeof why));
	assert_int_equal(resolver_zone_asked_all(r), 1);
	assert_true(resolver_zone_change(r, "a.example MX \\# 0\n", why, sizeof why));
	assert_int_equal(resolver_zone_asked_all(r), 0);
	lookup = resolver_start(r, "a.example", DNS_MX, (struct resolver_asker){ 0 });
	answer = lookup_wait(lookup, &now);
	assert_int_equal(answer->count, 1);
	assert_int_equal(answer->records[0].len, 0);
	lookup_drop(lookup);
	resolver_close(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_errors_name_the_line),
		cmocka_unit_test(test_a_long_string_becomes_several),
		cmocka_unit_test(test_raw_records),
	};

	return cmocka_run_group_tests_name("resolver_zone", tests, NULL, NULL);
}
