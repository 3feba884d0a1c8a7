#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/day.h"
#include "base/file.h"
#include "base/netlist.h"
#include "base/threads.h"
#include "base/wordlist.h"

static void
test_buf_cuts_and_says_so(void **state)
{
	char storage[8];
	struct buf b;

	(void)state;
	buf_init(&b, storage, sizeof storage);
	buf_puts(&b, "abc");
	buf_printf(&b, "%d", 12);
	assert_string_equal(storage, "abc12");
	assert_false(b.cut);
	buf_puts(&b, "xyz");
	assert_string_equal(storage, "abc12xy");
	assert_true(b.cut);
	buf_printf(&b, "%s", "more");
	assert_string_equal(storage, "abc12xy");
}

static void
test_buf_escapes_whole_octets(void **state)
{
	char storage[12];
	struct buf b;

	(void)state;
	buf_init(&b, storage, sizeof storage);
	buf_put_escaped(&b, "a\"\n\xff");
	assert_string_equal(storage, "a\\x22\\x0a"); /* no half of \xff */
	assert_true(b.cut);
}

struct net_row {
	const char *network, *address;
	bool in;
};

static const struct net_row net_rows[] = {
	{ "127.0.0.0/8", "127.1.2.3", true },
	{ "127.0.0.0/8", "128.0.0.1", false },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "192.0.2.128/25", "192.0.2.255", true },
	{ "0.0.0.0/0", "203.0.113.9", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "2001:db8::/33", "2001:db8:7fff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "::1", "::1", true },
	{ "::ffff:192.0.2.0/120", "192.0.2.77", true },
	{ "192.0.2.7", "::ffff:192.0.2.7", true },
	{ "192.0.2.7", "IPv6:2001:db8::7", false },
};

static void
test_networks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof net_rows / sizeof net_rows[0]; i++) {
		const struct net_row *row = &net_rows[i];
		struct netlist list = { 0 };
		struct ip ip;

		assert_true(netlist_add(&list, row->network));
		assert_true(ip_parse(row->address, &ip));
		if (netlist_has(&list, &ip) != row->in)
			fail_msg("%s in %s", row->address, row->network);
		netlist_clear(&list);
	}
}

static const struct {
	const char *address;
	uint64_t number;
} network_rows[] = {
	{ "192.0.2.1", 0x2c00002 },
	{ "192.0.2.255", 0x2c00002 },
	{ "::ffff:192.0.2.7", 0x2c00002 },
	{ "192.0.3.1", 0x2c00003 },
	{ "0.0.0.0", 0x2000000 },
	{ "2001:db8:1:200::1", 0x320010db8000102 },
	{ "2001:db8:1:2ff:ffff::1", 0x320010db8000102 },
	{ "2001:db8:1:300::1", 0x320010db8000103 },
	{ "127.0.0.1", 0 },
	{ "127.255.0.9", 0 },
	{ "::1", 0 },
	{ "::2", 0x300000000000000 },
};

static void
test_network_of_one_party(void **state)
{
	struct ip ip = { .family = IP_LOCAL };

	(void)state;
	assert_true(ip_network(&ip) == 0);
	ip.family = IP_UNKNOWN;
	assert_true(ip_network(&ip) == 0);
	for (size_t i = 0; i < sizeof network_rows / sizeof network_rows[0]; i++) {
		assert_true(ip_parse(network_rows[i].address, &ip));
		if (ip_network(&ip) != network_rows[i].number)
			fail_msg("%s: %llx", network_rows[i].address,
			    (unsigned long long)ip_network(&ip));
	}
}

static void
test_bad_networks(void **state)
{
	static const char *const bad[] = { "", "/8", "1.2.3", "1.2.3.4/33", "1.2.3.4/",
		"1.2.3.4/-1", "::/129", "host.example", "1.2.3.4/0008",
		"::ffff:1.2.3.4/20" };
	struct netlist list = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (netlist_add(&list, bad[i]))
			fail_msg("took \"%s\"", bad[i]);
	}
	assert_int_equal(list.count, 0);
}

static void
test_unknown_is_in_no_list(void **state)
{
	struct netlist list = { 0 };
	struct ip unknown = { .family = IP_UNKNOWN }, local = { .family = IP_LOCAL };

	(void)state;
	netlist_add(&list, "0.0.0.0/0");
	netlist_add(&list, "::/0");
	assert_false(netlist_has(&list, &unknown));
	assert_false(netlist_has(&list, &local));
	netlist_add(&list, "local");
	assert_true(netlist_has(&list, &local));
	assert_false(netlist_has(&list, &unknown));
	netlist_clear(&list);
}

/* A network is in a list by one of its networks or by several together. */
static void
test_netlist_has_all(void **state)
{
	static const struct {
		const char *list, *network;
		bool in;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.0/24", true },
		{ "192.0.2.0/24", "192.0.2.128/25", true },
		{ "192.0.2.0/24", "192.0.2.7", true },
		{ "192.0.2.0/24", "192.0.2.0/23", false },
		{ "192.0.2.0/24", "198.51.100.0/24", false },
		{ "192.0.2.0/25 192.0.2.128/25", "192.0.2.0/24", true },
		{ "192.0.2.128/25 192.0.2.64/26 192.0.2.0/26", "192.0.2.0/24", true },
		{ "192.0.2.128/25 192.0.2.64/26", "192.0.2.0/24", false },
		{ "192.0.2.0/25 192.0.2.128/26 192.0.2.192/27", "192.0.2.0/24", false },
		{ "0.0.0.0/1 128.0.0.0/1", "0.0.0.0/0", true },
		{ "0.0.0.0/0", "2001:db8::/32", false },
		{ "::/0", "192.0.2.0/24", false },
		{ "2001:db8::/33 2001:db8:8000::/33", "2001:db8::/32", true },
		{ "2001:db8::/33 2001:db8:8000::/34", "2001:db8::/32", false },
		{ "local", "127.0.0.0/8", false },
		{ "", "127.0.0.1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[128], *rest = text, *word;
		struct netlist list = { 0 };
		struct network network;

		snprintf(text, sizeof text, "%s", rows[i].list);
		while ((word = strsep(&rest, " ")) != NULL) {
			if (*word != '\0')
				assert_true(netlist_add(&list, word));
		}
		assert_true(netlist_parse(rows[i].network, &network));
		if (netlist_has_all(&list, &network) != rows[i].in)
			fail_msg("%s in %s", rows[i].network, rows[i].list);
		netlist_clear(&list);
	}
}

static void
test_words(void **state)
{
	struct wordlist list = { 0 };

	(void)state;
	wordlist_add(&list, "mx.Example.NL");
	assert_true(wordlist_has(&list, "MX.example.nl"));
	assert_false(wordlist_has(&list, "example.nl"));
	wordlist_clear(&list);
	assert_false(wordlist_has(&list, "mx.example.nl"));
}

static void
test_file(void **state)
{
	char path[] = "/tmp/test_base.XXXXXX", why[200];
	int fd = mkstemp(path);
	size_t len;
	char *text;

	(void)state;
	assert_true(fd != -1);
	assert_int_equal(write(fd, "a\0b\n", 4), 4);
	close(fd);
	text = file_read(path, 4, &len, why, sizeof why);
	assert_non_null(text);
	assert_int_equal(len, 4);
	assert_memory_equal(text, "a\0b\n", 5);
	free(text);
	assert_null(file_read(path, 3, &len, why, sizeof why));
	assert_non_null(strstr(why, path));
	unlink(path);
	assert_null(file_read(path, 4, &len, why, sizeof why));
	assert_non_null(strstr(why, "No such file"));
	assert_null(file_read("/tmp", 4, &len, why, sizeof why));
	assert_non_null(strstr(why, "directory"));
	assert_null(file_read("/dev/null", 4, &len, why, sizeof why));
	assert_string_equal(why, "/dev/null: not a regular file");
}

struct busy {
	atomic_bool working;
	sem_t rest;
};

static void *
work_then_rest(void *arg)
{
	struct busy *busy = arg;

	while (atomic_load(&busy->working))
		continue;
	while (sem_wait(&busy->rest) == -1)
		continue;
	return NULL;
}

static bool
asleep_in_time(void)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	for (int i = 0; i < 1000; i++) {
		if (threads_asleep())
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void
test_threads(void **state)
{
	struct busy busy;
	pthread_t thread;

	(void)state;
	assert_true(asleep_in_time());
	atomic_init(&busy.working, true);
	sem_init(&busy.rest, 0, 0);
	assert_int_equal(pthread_create(&thread, NULL, work_then_rest, &busy), 0);
	assert_false(threads_asleep());
	atomic_store(&busy.working, false);
	assert_true(asleep_in_time());
	sem_post(&busy.rest);
	pthread_join(thread, NULL);
	sem_destroy(&busy.rest);
}

static void
go_to(const char *zone)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	setenv("TZ", zone, 1);
	tzset();
}

static void
test_day_is_local(void **state)
{
	static const struct {
		const char *zone;
		time_t when;
		int day;
	} rows[] = {
		{ "UTC0", 1801439999, 20270131 },
		{ "UTC0", 1801440000, 20270201 },
		{ "CET-1", 1801436399, 20270131 },
		{ "CET-1", 1801436400, 20270201 },
		{ "EST5", 1801457999, 20270131 },
		{ "EST5", 1801458000, 20270201 },
		{ "UTC0", 253402300799, 99991231 },
		{ "UTC0", 253402300800, DAY_NONE },
		{ "UTC0", (time_t)INT64_MAX, DAY_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		go_to(rows[i].zone);
		if (day_local(rows[i].when) != rows[i].day)
			fail_msg("%s %lld: %d", rows[i].zone, (long long)rows[i].when,
			    day_local(rows[i].when));
	}
	go_to("UTC0");
}

static void
test_days_between(void **state)
{
	static const struct {
		int a, b, days;
	} rows[] = {
		{ 20270131, 20270131, 0 },
		{ 20270131, 20270201, 1 },
		{ 20270201, 20270131, -1 },
		{ 20280228, 20280301, 2 },
		{ 20270228, 20270301, 1 },
		{ 20000228, 20000301, 2 },
		{ 21000228, 21000301, 1 },
		{ 20271225, 20280101, 7 },
		{ 19700101, 20380119, 24855 },
		{ 19700101, 99991231, 2932896 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (day_difference(rows[i].a, rows[i].b) != rows[i].days)
			fail_msg("%d to %d: %d", rows[i].a, rows[i].b,
			    day_difference(rows[i].a, rows[i].b));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_cuts_and_says_so),
		cmocka_unit_test(test_buf_escapes_whole_octets),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_network_of_one_party),
		cmocka_unit_test(test_netlist_has_all),
		cmocka_unit_test(test_bad_networks),
		cmocka_unit_test(test_unknown_is_in_no_list),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_day_is_local),
		cmocka_unit_test(test_days_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
