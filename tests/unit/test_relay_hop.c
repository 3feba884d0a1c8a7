#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ip.h"
#include "base/pool.h"
#include "mail/received.h"

struct relay_row {
	const char *value;
	enum received_hop hop;
	const char *client, *helo; /* of RECEIVED_CLIENT */
};

#define NOT_READ RECEIVED_UNREADABLE, NULL, NULL
#define SAME_HOST RECEIVED_SAME_HOST, NULL, NULL
#define FROM(client, helo) RECEIVED_CLIENT, client, helo
#define LONG_50 "a23456789.b23456789.c23456789.d23456789.e23456789."
#define LONG_250 LONG_50 LONG_50 LONG_50 LONG_50 LONG_50

static const struct relay_row relay_rows[] = {
	/* qmail */
	{ " from unknown (HELO mail.example.nl) (203.0.113.5)\n  by gw with SMTP; 30 Nov",
	    FROM("203.0.113.5", "mail.example.nl") },
	{ "from mail.example.nl (HELO out) (joe@203.0.113.5) by gw with SMTP",
	    FROM("203.0.113.5", "out") },
	{ "from unknown (HELO out) (?%=joe+/x@203.0.113.5) by gw",
	    FROM("203.0.113.5", "out") },
	{ "from unknown (HELO out) (2001:db8::5) by gw", FROM("2001:db8::5", "out") },
	{ "from unknown (HELO out) (::ffff:203.0.113.5) by gw",
	    FROM("203.0.113.5", "out") },
	{ "from unknown (HELO out) (joe@IPv6:2001:db8::5) by gw",
	    FROM("2001:db8::5", "out") },
	{ "from unknown (HELO [198.51.100.9]) (203.0.113.5) by gw",
	    FROM("203.0.113.5", "[198.51.100.9]") },
	{ "from unknown (HELO 198.51.100.9) (203.0.113.5) by gw",
	    FROM("203.0.113.5", "198.51.100.9") },
	{ "from unknown (HELO 127.0.0.1) (203.0.113.5) by gw",
	    FROM("203.0.113.5", "127.0.0.1") },
	{ "from unknown (HELO ?198.51.100.9?) (203.0.113.5) by gw",
	    FROM("203.0.113.5", "?198.51.100.9?") },
	{ "from unknown (HELO HELO) (203.0.113.5) by gw", FROM("203.0.113.5", "HELO") },
	{ "from unknown (HELO by) (203.0.113.5) by gw", FROM("203.0.113.5", "by") },
	{ "from 198.51.100.9 (HELO out) (203.0.113.5) by gw",
	    FROM("203.0.113.5", "out") },
	{ "from mail.example.nl (203.0.113.5) by gw",
	    FROM("203.0.113.5", "mail.example.nl") },
	/* IronPort, qpsmtpd; folded anywhere between words */
	{ "from out.example (HELO mail.example.nl) ([203.0.113.5])\n  by esa with "
	  "ESMTP/TLS",
	    FROM("203.0.113.5", "mail.example.nl") },
	{ "from x (HELO out) ([IPv6:2001:db8::5]) by esa", FROM("2001:db8::5", "out") },
	{ "from x (HELO out) (joe@[203.0.113.5]) by esa", FROM("203.0.113.5", "out") },
	{ "from x (HELO out) (203.0.113.5)\n by gw (qpsmtpd/0.84) with ESMTP",
	    FROM("203.0.113.5", "out") },
	{ "\tfrom\n x\n (HELO\n\tout)\n (203.0.113.5)\n by\n gw",
	    FROM("203.0.113.5", "out") },
	{ "from x(HELO out)(203.0.113.5)by gw", FROM("203.0.113.5", "out") },
	/* The first comment is HELO and one word, no more and no less. */
	{ "from x (HELO) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO ) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELOout) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO=out) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out in) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out ) (203.0.113.5) by gw", NOT_READ },
	{ "from x ( HELO out) (203.0.113.5) by gw", NOT_READ },
	{ "from x (helo out) (203.0.113.5) by gw", NOT_READ },
	{ "from x (EHLO out) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out(in)) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO (out)) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out\\) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO o\\)t) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out\\(203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out((203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO o\001t) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO\001out) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out) \001(203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO \303\266) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO " LONG_250 "nl) (203.0.113.5) by gw",
	    FROM("203.0.113.5", LONG_250 "nl") },
	{ "from x (HELO " LONG_250 "example) (203.0.113.5) by gw", NOT_READ },
	{ "from x (host) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO [198.51.100.9]) by gw", NOT_READ },
	{ "from x (HELO 198.51.100.9) (unknown) by gw", NOT_READ },
	/* The second is one address, with an ident before it or none. */
	{ "from x (HELO out) () by gw", NOT_READ },
	{ "from x (HELO out) (unknown) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.256) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5 198.51.100.9) by gw", NOT_READ },
	{ "from x (HELO out) (host [203.0.113.5]) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5 with plain) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5 ) by gw", NOT_READ },
	{ "from x (HELO out) ( 203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out) ((203.0.113.5)) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5(x)) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5:25) by gw", NOT_READ },
	{ "from x (HELO out) ([203.0.113.5]:25) by gw", NOT_READ },
	{ "from x (HELO out) ([203.0.113.5:25]) by gw", NOT_READ },
	{ "from x (HELO out) ([203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5]) by gw", NOT_READ },
	{ "from x (HELO out) (@203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out) (a@b@203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5@host) by gw", NOT_READ },
	{ "from x (HELO out) (198.51.100.9@203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out) ([198.51.100.9]@203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out) (a b@203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5\\) by gw) by gw", NOT_READ },
	/* Then by, once, and nothing before it. */
	{ "from x (HELO out) (203.0.113.5)", NOT_READ },
	{ "from x (HELO out) (203.0.113.5) with SMTP by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5) (envelope-sender <a@b>) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5) (real [192.0.2.1]) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5) () by gw", NOT_READ },
	{ "from x (y) (HELO out) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out) y (203.0.113.5) by gw", NOT_READ },
	{ "from x y (HELO out) (203.0.113.5) by gw", NOT_READ },
	{ "from (HELO out) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5) bypass", NOT_READ },
	{ "from x (HELO out) (203.0.113.5) by y (real [192.0.2.1]) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5) by (real [192.0.2.1]) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5) by y ( (real [192.0.2.1]) by gw", NOT_READ },
	{ "from x (HELO out) (203.0.113.5) by y (\\) (real [192.0.2.1]) by gw",
	    NOT_READ },
	{ "from x (HELO a) (198.51.100.9) by (HELO b) (203.0.113.5) by gw", NOT_READ },
	{ "from x (HELO a) (198.51.100.9) by z ( (HELO b) (203.0.113.5) by gw <)>",
	    NOT_READ },
	/* Exim's with the port within the brackets */
	{ "from [203.0.113.5] ([203.0.113.5:41234] helo=mail.example.nl)\n\tby mx "
	  "(envelope-from <a@b>) (ecelerity 3.6 r(1M)) with ESMTP id 1",
	    FROM("203.0.113.5", "mail.example.nl") },
	{ "from [2001:db8::5] ([2001:db8::5:41234] helo=out) by mx",
	    FROM("2001:db8::5", "out") },
	{ "from [2001:db8::5] ([2001:DB8:0:0:0:0:0:5:25] helo=out) by mx",
	    FROM("2001:db8::5", "out") },
	{ "from [IPv6:2001:db8::5] ([IPv6:2001:db8::5:41234] helo=out) by mx",
	    FROM("2001:db8::5", "out") },
	{ "from [203.0.113.5] ([203.0.113.5:1]\n helo=[198.51.100.9]) by mx",
	    FROM("203.0.113.5", "[198.51.100.9]") },
	{ "from [203.0.113.5] ([203.0.113.5:65535] helo=helo=x) by mx",
	    FROM("203.0.113.5", "helo=x") },
	/* An address with a port, or without: whose? */
	{ "from [2001:db8::5] ([2001:db8::5:2525] helo=out) by mx", NOT_READ },
	/* The addresses differ, or one is none. */
	{ "from [198.51.100.9] ([203.0.113.5:41234] helo=out) by mx", NOT_READ },
	{ "from [2001:db8::6] ([2001:db8::5:41234] helo=out) by mx", NOT_READ },
	{ "from [2001:db8::5] ([203.0.113.5:41234] helo=out) by mx", NOT_READ },
	{ "from 203.0.113.5 ([203.0.113.5:41234] helo=out) by mx", NOT_READ },
	{ "from host ([203.0.113.5:41234] helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5]:1 ([203.0.113.5:1] helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5]x ([203.0.113.5:1] helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5] (203.0.113.5:1 helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:0] helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:65536] helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:000001] helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:] helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1x] helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:-1] helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1]x helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1:1] helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5] ([[203.0.113.5]:1] helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1]helo=out) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1] helo=) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1] helo=a b) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1] helo=a [198.51.100.9]) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1] helo=a(b)) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1] helo=a\\) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1] ident=a) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1]) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1] helo=out) (x) by mx", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1] helo=out) (y [192.0.2.1]) by mx",
	    NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1] helo=a) by x (y [192.0.2.1]) by mx",
	    NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1] helo=a) by x ( ([192.0.2.1]) by mx",
	    NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1] helo=out)", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1] helo=out", NOT_READ },
	{ "from [203.0.113.5] ([203.0.113.5:1", NOT_READ },
	{ "from [203.0.113.5] ([", NOT_READ },
	{ "from [203.0.113.5] (", NOT_READ },
	/* A loopback address, in every form */
	{ " from localhost (localhost [127.0.0.1])\n\tby gw (Postfix)", SAME_HOST },
	{ "from localhost (localhost [IPv6:::1]) by gw", SAME_HOST },
	{ "from mail.example.nl ([127.0.0.1]) by localhost (gw [127.0.0.1]) "
	  "(amavisd-new, "
	  "port 10024) with ESMTP",
	    SAME_HOST },
	{ "from x (x [127.255.255.254]) by gw", SAME_HOST },
	{ "from x ([::ffff:127.0.0.1]:10025 helo=x) by gw", SAME_HOST },
	{ "from x (0:0:0:0:0:0:0:1) by gw", SAME_HOST },
	{ "from localhost (HELO localhost) (127.0.0.1) by gw", SAME_HOST },
	{ "from localhost (HELO x) (root@127.0.0.1) by gw", SAME_HOST },
	{ "from [127.0.0.1] ([127.0.0.1:41234] helo=x) by gw", SAME_HOST },
	{ "from [::1] ([::1:41234] helo=x) by gw", SAME_HOST },
	/* and what is none, or was only said */
	{ "from localhost (localhost [126.255.255.255]) by gw",
	    FROM("126.255.255.255", "localhost") },
	{ "from localhost (localhost [128.0.0.1]) by gw",
	    FROM("128.0.0.1", "localhost") },
	{ "from localhost (localhost [::2]) by gw", FROM("::2", "localhost") },
	{ "from localhost (localhost [0.0.0.0]) by gw", FROM("0.0.0.0", "localhost") },
	{ "from localhost (localhost [::]) by gw", FROM("::", "localhost") },
	{ "from localhost (localhost [7f00::1]) by gw", FROM("7f00::1", "localhost") },
	{ "from [127.0.0.1] (localhost [203.0.113.66]) by gw",
	    FROM("203.0.113.66", "[127.0.0.1]") },
	{ "from localhost ([203.0.113.66] helo=[127.0.0.1]) by gw",
	    FROM("203.0.113.66", "[127.0.0.1]") },
	{ "from x ([127.0.0.1]) (host [203.0.113.66]) by gw", NOT_READ },
	{ "from x ([127.0.0.1]) by y (host [203.0.113.66]) by gw", NOT_READ },
	{ "from x ([127.0.0.1] [203.0.113.66]) by gw", NOT_READ },
	{ "from localhost by gw", NOT_READ },
	{ "from localhost (localhost) by gw", NOT_READ },
	{ "from localhost (root@localhost) by gw (8.17.1/8.17.1/Submit)", NOT_READ },
	{ "by gw (Postfix, from userid 33)", NOT_READ },
	/* qmail-queue: only the network's next field is qmail-smtpd's. */
	{ " (qmail 12345 invoked from network); 30 Nov 2026 10:00:00 -0000", SAME_HOST },
	{ "(qmail 1 invoked from network); x", SAME_HOST },
	{ "(qmail 1 invoked by uid 89); 30 Nov 2026 10:00:00 -0000", NOT_READ },
	{ "(qmail 1 invoked by alias); 30 Nov 2026 10:00:00 -0000", NOT_READ },
	{ "(qmail 1 invoked for bounce); 30 Nov 2026 10:00:00 -0000", NOT_READ },
	{ "(qmail x invoked from network); 30 Nov 2026", NOT_READ },
	{ "(qmail  invoked from network); 30 Nov 2026", NOT_READ },
	{ "(qmail 1 invoked from network) by gw; 30 Nov 2026", NOT_READ },
	{ "(qmail 1 invoked from network); x (y [192.0.2.1]) by gw", NOT_READ },
	{ "(qmail 1 invoked from network", NOT_READ },
	{ "from (qmail 1 invoked from network); 30 Nov 2026", NOT_READ },
	{ "", NOT_READ },
};

static void
test_relay_hop(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof relay_rows / sizeof *relay_rows; i++) {
		const struct relay_row *row = &relay_rows[i];
		char text[IP_TEXT_SIZE];
		const char *helo;
		struct ip client;
		enum received_hop hop =
		    received_relay_hop(row->value, &client, &helo, pool);

		if (hop != row->hop)
			fail_msg("\"%s\": %d", row->value, (int)hop);
		if (hop != RECEIVED_CLIENT)
			continue;
		assert_string_equal(ip_format(&client, text), row->client);
		assert_string_equal(helo, row->helo);
	}
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relay_hop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
