#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/ip.h"
#include "base/netlist.h"
#include "base/pool.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "mail/received.h"

struct client_row {
	const char *value;
	const char *client, *helo; /* NULL: not to be read */
};

static const struct client_row client_rows[] = {
	/* Postfix */
	{ " from mail.example.nl (mail.example.nl [192.0.2.1])\n\tby mx.school.nl",
	    "192.0.2.1", "mail.example.nl" },
	{ "from mail (unknown [IPv6:2001:db8::1]) (using TLSv1.3 with cipher X (256/256 "
	  "bits)) (No client certificate requested) by mx; date",
	    "2001:db8::1", "mail" },
	{ "from [198.51.100.9] (mail.example.nl [192.0.2.1]) by mx", "192.0.2.1",
	    "[198.51.100.9]" },
	{ "from [198.51.100.9] (unknown [unknown]) by mx", NULL, NULL },
	/* Sendmail */
	{ "from mail ([192.0.2.1]) by mx", "192.0.2.1", "mail" },
	{ "FROM mail (host.example [192.0.2.1] (may be forged)) BY mx", "192.0.2.1",
	    "mail" },
	{ "from mail (user@host.example [192.0.2.1]) by mx", "192.0.2.1", "mail" },
	/* Exim */
	{ "from host.example ([192.0.2.1] helo=[198.51.100.9]) by mx", "192.0.2.1",
	    "[198.51.100.9]" },
	{ "from host.example ([192.0.2.1]:1234 helo=mail) by mx", "192.0.2.1", "mail" },
	{ "from [192.0.2.1] (helo=[198.51.100.9]) by mx", NULL, NULL },
	/* Exchange, Google */
	{ "from mail.example (192.0.2.1) by mx (203.0.113.1) with SMTP", "192.0.2.1",
	    "mail.example" },
	{ "from mail.example (2001:db8::1) by mx (203.0.113.1)", "2001:db8::1",
	    "mail.example" },
	{ "from m (m.example. [192.0.2.1])\n        by mx.example with ESMTPS",
	    "192.0.2.1", "m" },
	/* What HELO says is no address, whatever it looks like. */
	{ "from [192.0.2.1] by mx", NULL, NULL },
	{ "from 192.0.2.1 (unknown) by mx", NULL, NULL },
	{ "from unknown (HELO [198.51.100.9]) (192.0.2.1) by mx", NULL, NULL },
	{ "from unknown (HELO x) (192.0.2.1) by mx", NULL, NULL },
	{ "from x (y [198.51.100.9]) (host [192.0.2.1]) by mx", NULL, NULL },
	{ "from x(y [198.51.100.9]) (host [192.0.2.1]) by mx", NULL, NULL },
	{ "from x (198.51.100.9 [192.0.2.1]) by mx", NULL, NULL },
	{ "from x ([198.51.100.9]@host [192.0.2.1]) by mx", "192.0.2.1", "x" },
	{ "from x ([198.51.100.9] [192.0.2.1]) by mx", NULL, NULL },
	{ "from x y (host [192.0.2.1]) by mx", NULL, NULL },
	{ "from x by y (host [192.0.2.1]) by mx", NULL, NULL },
	{ "from (x) (host [192.0.2.1]) by mx", NULL, NULL },
	/* The client's HELO ends what it wrote by a "by" of its own. */
	{ "from x ([198.51.100.9]) by y (real [192.0.2.1]) by relay", NULL, NULL },
	{ "from x (y [198.51.100.9]) by (unknown [192.0.2.1]) by gw", NULL, NULL },
	{ "from x (y [198.51.100.9]) by gw; (real [192.0.2.1]) by relay", NULL, NULL },
	{ "from x (y [198.51.100.9]) by gw BY (real [192.0.2.1]) By relay", NULL, NULL },
	{ "from x (y [198.51.100.9]) by gw (real (foo [192.0.2.1]) by relay", NULL,
	    NULL },
	{ "from x (y [198.51.100.9]) by gw (\\) by relay", NULL, NULL },
	/* ... or hides that of the host in a comment, which its sender's name ends. */
	{ "from x (y [198.51.100.9]) by z ( (real [192.0.2.1]) by relay (envelope-from "
	  "<a)b@c>)",
	    NULL, NULL },
	{ "from x (y [198.51.100.9]) by z ((( (real [192.0.2.1])\n\tBY relay <)))>", NULL,
	    NULL },
	{ "from x (y [198.51.100.9]) by z ((real [192.0.2.1])by relay )", NULL, NULL },
	{ "from x (y [192.0.2.1]) by z (a (b) bye) (c) id (d) (e (f)", NULL, NULL },
	{ "from x (y [192.0.2.1]) by z (a (b) bye) (c) id (d) (e (f))", "192.0.2.1",
	    "x" },
	{ "from x (y [192.0.2.1]) by gw (by relay) id by-1; 30 Nov (x by y)", "192.0.2.1",
	    "x" },
	/* Nor is what stands behind the word HELO in a comment. */
	{ "from [203.0.113.66] (HELO [198.51.100.9]) by mx", NULL, NULL },
	/* Nor does qmail's comment of a client whose ident is "ident=" go unseen. */
	{ "from x (y [203.0.113.66]) (HELO z) (ident=@192.0.2.1) by mx", NULL, NULL },
	{ "from x (y [203.0.113.66]) (HELO z) (helo=@192.0.2.1) by mx", NULL, NULL },
	{ "from x (y [203.0.113.66]) (HELO z) (helo=a@192.0.2.1) by mx", NULL, NULL },
	{ "from [203.0.113.66] (HELO 198.51.100.9) by mx", NULL, NULL },
	{ "from [203.0.113.66] (account joe HELO [198.51.100.9]) by mx", NULL, NULL },
	{ "from [203.0.113.66] (EHLO x [198.51.100.9]) by mx", NULL, NULL },
	{ "from [203.0.113.66] (helo=x [198.51.100.9]) by mx", NULL, NULL },
	{ "from [203.0.113.66] (port=25 helo= [198.51.100.9]) by mx", NULL, NULL },
	{ "from [203.0.113.66] (ident=x [198.51.100.9]) by mx", NULL, NULL },
	{ "from [203.0.113.66] (helo=x (y [198.51.100.9])) by mx", NULL, NULL },
	{ "from x (host [192.0.2.1]) (HELO 198.51.100.9) by mx", NULL, NULL },
	{ "from x (host [192.0.2.1] helo=198.51.100.9 ident=[198.51.100.9]) by mx",
	    "192.0.2.1", "198.51.100.9" },
	{ "from [192.0.2.1] (account joe [192.0.2.1] verified) by mx", "192.0.2.1",
	    "[192.0.2.1]" },
	/* The client wrote the first comment, the host the second in a form of its own.
	 */
	{ "from x (y [198.51.100.9]) (joe@203.0.113.66) by relay", NULL, NULL },
	{ "from x (y [198.51.100.9]) (joe@[203.0.113.66]) by relay", NULL, NULL },
	{ "from x (y [198.51.100.9]) ([203.0.113.66:2525] helo=z) by relay", NULL, NULL },
	{ "from x (y [198.51.100.9]) (203.0.113.66:2525) by relay", NULL, NULL },
	{ "from x (y [198.51.100.9]) ([2001:db8:0:0:0:0:0:1:2525]) by relay", NULL,
	    NULL },
	{ "from x (y [192.0.2.1]) (date=10:25 a@b [x:25] [:25] [] 25: :25) by relay",
	    "192.0.2.1", "x" },
	/* The forms of relays are for received_relay_hop(). */
	{ "from [192.0.2.1] ([192.0.2.1:2525] helo=x) by mx", NULL, NULL },
	{ "from unknown (HELO x) ([192.0.2.1]) by mx", NULL, NULL },
	{ "from x (localhost [127.0.0.1]) by mx", "127.0.0.1", "x" },
	/* No client at all */
	{ " by 2002:a05:0:0 with SMTP id x; date", NULL, NULL },
	{ "from x (host [192.0.2.1])", NULL, NULL },
	{ "from x (host [192.0.2.1]) with SMTP", NULL, NULL },
	{ "from x (host [192.0.2.1] by mx", NULL, NULL },
	{ "from x (host [192.0.2.256]) by mx", NULL, NULL },
	{ "from x (host [192.0.2.1) by mx", NULL, NULL },
	{ "from x (host [192.0.2.1]x) by mx", NULL, NULL },
	{ "fromx (host [192.0.2.1]) by mx", NULL, NULL },
	{ "from", NULL, NULL },
	{ "from x", NULL, NULL },
	{ "", NULL, NULL },
};

static void
check_client(const struct client_row *row, struct pool *pool)
{
	char text[IP_TEXT_SIZE];
	const char *helo;
	struct ip client;

	if (!received_client(row->value, &client, &helo, pool)) {
		if (row->client != NULL)
			fail_msg("\"%s\": not read", row->value);
		return;
	}
	if (row->client == NULL)
		fail_msg("\"%s\": read as %s", row->value, ip_format(&client, text));
	assert_string_equal(ip_format(&client, text), row->client);
	assert_string_equal(helo, row->helo);
}

static void
test_client(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof client_rows / sizeof *client_rows; i++)
		check_client(&client_rows[i], pool);
	pool_free(pool);
}

/* Read alike in every field, and in those of relays. */
static void
test_client_of_relay(void **state)
{
	struct pool *pool = pool_new();
	struct ip client, other;
	const char *helo;

	(void)state;
	for (size_t i = 0; i < sizeof client_rows / sizeof *client_rows; i++) {
		const char *value = client_rows[i].value;

		if (!received_client(value, &client, &helo, pool))
			continue;
		if (ip_is_loopback(&client))
			assert_int_equal(received_relay_hop(value, &other, &helo, pool),
			    RECEIVED_SAME_HOST);
		else
			assert_int_equal(received_relay_hop(value, &other, &helo, pool),
			    RECEIVED_CLIENT);
		assert_true(ip_is_equal(&client, &other));
	}
	pool_free(pool);
}

#define HOP(helo, address) "Received", " from " helo " (" helo " [" address "]) by mx"

struct hop_row {
	const char *fields[9];
	const char *client, *helo; /* NULL: none found */
};

static const struct hop_row hop_rows[] = {
	{ { HOP("out.example", "192.0.2.1"), HOP("in.example", "198.51.100.9") },
	    "192.0.2.1", "out.example" },
	{ { "Subject", " x", HOP("gate", "10.0.0.2"), HOP("out.example", "192.0.2.1") },
	    "192.0.2.1", "out.example" },
	{ { HOP("gate", "10.0.0.2"), "received ", " from a (a [2001:db8::1]) by x" },
	    "2001:db8::1", "a" },
	{ { HOP("gate", "10.0.0.2"), "Received", " by gate", HOP("a", "192.0.2.1") },
	    NULL, NULL },
	{ { HOP("gate", "10.0.0.2"), HOP("gate2", "10.0.0.3") }, NULL, NULL },
	/* A hop within a relay */
	{ { HOP("gate", "10.0.0.2"), HOP("localhost", "127.0.0.1"),
	      HOP("a", "192.0.2.1") },
	    "192.0.2.1", "a" },
	{ { HOP("localhost", "127.0.0.1"), HOP("localhost", "IPv6:::1"),
	      HOP("gate", "10.0.0.2"), HOP("a", "192.0.2.1") },
	    "192.0.2.1", "a" },
	{ { HOP("localhost", "127.0.0.1"), "Subject", " x", HOP("a", "192.0.2.1"),
	      HOP("b", "198.51.100.9") },
	    "192.0.2.1", "a" },
	{ { HOP("localhost", "127.0.0.1") }, NULL, NULL },
	{ { HOP("gate", "10.0.0.2"), HOP("localhost", "127.0.0.1") }, NULL, NULL },
	{ { HOP("localhost", "127.0.0.1"), "Received",
	      " by gate (Postfix, from userid 1)", HOP("a", "192.0.2.1") },
	    NULL, NULL },
	{ { HOP("localhost", "127.0.0.1"), HOP("gate", "10.0.0.2") }, NULL, NULL },
	{ { HOP("out.example", "192.0.2.1"), HOP("localhost", "127.0.0.1"),
	      HOP("a", "198.51.100.9") },
	    "192.0.2.1", "out.example" },
	/* qmail's two fields */
	{ { "Received", " (qmail 1 invoked from network); 30 Nov 2026 10:00:00 -0000",
	      "Received", " from unknown (HELO a) (192.0.2.1)\n  by gate with SMTP" },
	    "192.0.2.1", "a" },
	{ { "Received", " (qmail 1 invoked by uid 89); 30 Nov 2026 10:00:00 -0000",
	      "Received", " from unknown (HELO a) (192.0.2.1)\n  by gate with SMTP" },
	    NULL, NULL },
	{ { "Received", " (qmail 1 invoked from network); 30 Nov 2026 10:00:00 -0000" },
	    NULL, NULL },
	{ { "X-Received", " from a (a [192.0.2.1]) by x" }, NULL, NULL },
	{ { NULL }, NULL, NULL },
};

/* Around the longest word that is read: no octet behind it is touched. */
static void
test_long_address(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t len = 250; len < 260; len++) {
		char *word = pool_alloc(pool, len + 1);
		const char *helo, *value;
		struct ip client;

		memset(word, '1', len);
		value = pool_printf(pool, "from mail (%s) by mx", word);
		assert_false(received_client(value, &client, &helo, pool));
	}
	pool_free(pool);
}

static void
test_first_hop(void **state)
{
	const struct header_limits limits = { .bytes = 10000, .fields = 100 };
	struct netlist trusted = { 0 };

	(void)state;
	assert_true(netlist_add(&trusted, "10.0.0.0/8"));
	for (size_t i = 0; i < sizeof hop_rows / sizeof *hop_rows; i++) {
		const struct hop_row *row = &hop_rows[i];
		struct pool *pool = pool_new();
		struct header_list *list = header_list_new(pool, limits, "mx", NULL);
		struct relay_evidence got;
		char text[IP_TEXT_SIZE];

		for (const char *const *f = row->fields; f[0] != NULL; f += 2)
			header_list_add(list, f[0], f[1]);
		got = received_first_hop(list, &trusted, pool);
		assert_true(got.is_relay);
		assert_int_equal(got.found, row->client != NULL);
		assert_true(got.found == (got.reason == NULL));
		if (row->client != NULL) {
			assert_string_equal(ip_format(&got.client, text), row->client);
			assert_string_equal(got.helo, row->helo);
		} else {
			assert_int_equal(got.client.family, IP_UNKNOWN);
			assert_string_equal(got.helo, "");
		}
		pool_free(pool);
	}
	netlist_clear(&trusted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_client_of_relay),
		cmocka_unit_test(test_long_address),
		cmocka_unit_test(test_first_hop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
