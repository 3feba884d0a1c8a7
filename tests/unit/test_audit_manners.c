/* Whom an audit connects to, and how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "base/deadline.h"
#include "base/ip.h"
#include "ctl/audit/crew.h"
#include "ctl/audit/manners.h"
#include "ctl/audit/probe.h"
#include "ctl/audit/probe_place.h"
#include "ctl/audit/reserved.h"

#define THREADS 8
#define PAUSE_MS 20

static struct ip
address(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(text, &ip));
	return ip;
}

/* Who knocks at one door from many threads. */
struct knocking {
	struct manners *manners;
	struct ip ip;
	atomic_int inside, most, let_in;
	struct timespec left;
	atomic_bool too_soon;
};

static void
knock(void *arg, size_t i)
{
	struct knocking *k = arg;
	struct timespec now;
	int inside;

	(void)i;
	if (!manners_enter(k->manners, &k->ip))
		return;
	now = deadline_in(0);
	inside = atomic_fetch_add(&k->inside, 1) + 1;
	if (inside > atomic_load(&k->most))
		atomic_store(&k->most, inside);
	/* What was written before the last one left is seen by the next. */
	if (atomic_fetch_add(&k->let_in, 1) > 0 &&
	    deadline_ms_between(&k->left, &now) < PAUSE_MS)
		atomic_store(&k->too_soon, true);
	atomic_fetch_sub(&k->inside, 1);
	k->left = deadline_in(0);
	manners_leave(k->manners, &k->ip);
}

static void
test_manners(void **state)
{
	struct knocking k = { .manners = manners_new(PAUSE_MS),
		.ip = address("203.0.114.1") };
	struct ip other = address("203.0.114.2");

	(void)state;
	crew_run(&(struct crew){ .count = MANNERS_CONNECTIONS_MAX + 10,
	    .threads = THREADS,
	    .work = knock,
	    .arg = &k });
	assert_int_equal(atomic_load(&k.let_in), MANNERS_CONNECTIONS_MAX);
	assert_int_equal(atomic_load(&k.most), 1);
	assert_false(atomic_load(&k.too_soon));
	/* Another address is another's. */
	assert_true(manners_enter(k.manners, &other));
	assert_false(manners_enter(k.manners, &k.ip));
	manners_leave(k.manners, &other);
	manners_free(k.manners);
	manners_free(NULL);
}

static void
test_reserved(void **state)
{
	static const char *const within[] = { "0.0.0.0", "0.1.2.3", "10.0.0.1",
		"10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
		"127.9.9.9", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
		"198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
		"240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1",
		"::ffff:127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1",
		"2001::1", "2001:10::1", "2001:1ff::1", "2001:db8::1", "2002:7f00:1::1",
		"3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1",
		"ff02::1" };
	static const char *const outside[] = { "1.1.1.1", "9.255.255.255", "11.0.0.1",
		"100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
		"169.253.1.1", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.0.3.1",
		"192.167.1.1", "198.17.255.255", "198.20.0.1", "203.0.112.1",
		"203.0.114.1", "223.255.255.255", "::ffff:1.1.1.1", "2000::1",
		"2001:200::1", "2001:db7::1", "2001:db9::1", "2003::1", "2a00::1",
		"3ffe::1" };

	(void)state;
	for (size_t i = 0; i < sizeof within / sizeof within[0]; i++) {
		struct ip ip = address(within[i]);

		if (reserved_phrase(&ip) == NULL)
			fail_msg("%s", within[i]);
	}
	for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
		struct ip ip = address(outside[i]);

		if (reserved_phrase(&ip) != NULL)
			fail_msg("%s", outside[i]);
	}
	assert_non_null(reserved_phrase(&(struct ip){ .family = IP_LOCAL }));
	assert_non_null(reserved_phrase(&(struct ip){ .family = IP_UNKNOWN }));
}

static void
test_place(void **state)
{
	static const struct {
		const char *text, *host, *ip; /* NULL: it is none */
		unsigned port;                /* 0: the usual one */
	} rows[] = {
		{ "mx.test=192.0.2.1", "mx.test", "192.0.2.1", 0 },
		{ "MX.Test.=192.0.2.1@2525", "mx.test", "192.0.2.1", 2525 },
		{ "mx.test=2001:db8::1@25", "mx.test", "2001:db8::1", 25 },
		{ "mx.test=192.0.2.1@65535", "mx.test", "192.0.2.1", 65535 },
		{ "", NULL, NULL, 0 },
		{ "mx.test", NULL, NULL, 0 },
		{ "=192.0.2.1", NULL, NULL, 0 },
		{ ".=192.0.2.1", NULL, NULL, 0 },
		{ "mx..test=192.0.2.1", NULL, NULL, 0 },
		{ "mx.test=", NULL, NULL, 0 },
		{ "mx.test=mx.test", NULL, NULL, 0 },
		{ "mx.test=192.0.2", NULL, NULL, 0 },
		{ "mx.test=192.0.2.1@", NULL, NULL, 0 },
		{ "mx.test=192.0.2.1@0", NULL, NULL, 0 },
		{ "mx.test=192.0.2.1@65536", NULL, NULL, 0 },
		{ "mx.test=192.0.2.1@25x", NULL, NULL, 0 },
		{ "mx.test=192.0.2.1@-1", NULL, NULL, 0 },
		{ "mx.test=192.0.2.1@9999999999", NULL, NULL, 0 },
		{ "mx.test=192.0.2.1@25@25", NULL, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct probe_place place;
		char text[IP_TEXT_SIZE];
		bool good = probe_place_read(rows[i].text, &place);

		if (good != (rows[i].host != NULL))
			fail_msg("%s", rows[i].text);
		if (good) {
			assert_string_equal(place.host, rows[i].host);
			assert_string_equal(ip_format(&place.ip, text), rows[i].ip);
			assert_int_equal(place.port, rows[i].port);
		}
		probe_place_clear(&place);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manners),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
