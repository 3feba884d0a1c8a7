#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "mail/address.h"

#define LABEL_62 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"
#define LABEL_63 LABEL_62 "z"

struct domain_row {
	const char *text, *domain; /* NULL: no domain */
};

static const struct domain_row domain_rows[] = {
	{ "example.nl", "example.nl" },
	{ "EXAMPLE.nl", "example.nl" },
	{ "example.nl.", "example.nl" },
	{ "example.nl..", NULL },
	{ ".example.nl", NULL },
	{ "example..nl", NULL },
	{ ".", NULL },
	{ "", NULL },
	{ "nl", "nl" },
	{ "_dmarc.example.nl", "_dmarc.example.nl" },
	{ "-odd-.example.nl", "-odd-.example.nl" },
	{ "r3---sn-x.example.nl", "r3---sn-x.example.nl" },
	{ "192.0.2.1", "192.0.2.1" },
	{ "[192.0.2.1]", NULL },
	{ "exa mple.nl", NULL },
	{ "example.nl ", NULL },
	{ "example.nl\n", NULL },
	{ "exam\x01ple.nl", NULL },
	{ "exam\x7fple.nl", NULL },
	{ "a@example.nl", NULL },
	{ "a/b.nl", NULL },
	{ "example,nl", NULL },
	/* length */
	{ LABEL_63 ".nl", LABEL_63 ".nl" },
	{ LABEL_63 "z.nl", NULL },
	{ LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_62 "x.", NULL }, /* 255 */
	{ LABEL_63 "." LABEL_63 "." LABEL_63
		   ".abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxy.",
	    LABEL_63 "." LABEL_63 "." LABEL_63
		     ".abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxy" },
	/* UTS 46 */
	{ "b\u00fccher.de", "xn--bcher-kva.de" },
	{ "B\u00dcCHER.DE", "xn--bcher-kva.de" },
	{ "bu\u0308cher.de", "xn--bcher-kva.de" }, /* NFD */
	{ "fa\u00df.de", "xn--fa-hia.de" },        /* non-transitional */
	{ "_dmarc.b\u00fccher.de", "_dmarc.xn--bcher-kva.de" },
	{ "b\u00fccher\u3002de", "xn--bcher-kva.de" },  /* ideographic full stop */
	{ "b\u00fccher.de\uff0e", "xn--bcher-kva.de" }, /* full-width final dot */
	{ "b\u00fccher.de.\uff0e", NULL },
	{ "\uff45xample.nl", "example.nl" },  /* full-width e */
	{ "exam\u00adple.nl", "example.nl" }, /* soft hyphen is nothing */
	{ "\u00ad.nl", NULL },
	{ "\u00fc\uff20x.nl", NULL }, /* full-width @ */
	{ "\u00fc@x.nl", NULL },
	{ "\u2100.nl", NULL }, /* becomes a/c */
	{ "\u00fc/.nl", NULL },
	{ "exa\u2024mple.nl", NULL },       /* one dot leader */
	{ "na\u200dme.nl", NULL },          /* joiner out of context */
	{ "\u202eelpmaxe\u202c.nl", NULL }, /* right-to-left override */
	{ "\u0301a.nl", NULL },
	{ "i\u2764.ws", NULL }, /* the library knows no symbols */
	{ "\xff.nl", NULL },
	{ "\xc0\xae.nl", NULL },     /* overlong dot */
	{ "\xed\xa0\x80.nl", NULL }, /* half a surrogate pair */
	/* A-labels */
	{ "XN--BCHER-KVA.de", "xn--bcher-kva.de" },
	{ "xn--i-7iq.ws", "xn--i-7iq.ws" },     /* but where they are A-labels */
	{ "xn--ab-d48h.nl", "xn--ab-d48h.nl" }, /* U+A7C1, of Unicode 14 */
	{ "xn--abc-.nl", NULL },                /* ASCII in disguise */
	{ "xn--.nl", NULL },
	{ "xn--wca.nl", NULL },   /* upper case inside */
	{ "xn--e-xbb.nl", NULL }, /* not NFC */
	{ "xn--0.pt", NULL },
	{ "xn--b\u00fccher.de", NULL },
};

static void
test_domain(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof domain_rows / sizeof *domain_rows; i++) {
		const struct domain_row *row = &domain_rows[i];
		const char *got = address_domain(row->text, strlen(row->text), pool);

		if (row->domain == NULL ? got != NULL
					: got == NULL || strcmp(got, row->domain) != 0)
			fail_msg("row %zu, \"%s\": got %s, want %s", i, row->text,
			    got ? got : "none", row->domain ? row->domain : "none");
	}
	pool_free(pool);
}

static void
test_domain_looks_at_its_octets_only(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	assert_string_equal(address_domain("example.nl>", 10, pool), "example.nl");
	assert_null(address_domain("example\0.nl", 11, pool));
	assert_null(address_domain(NULL, 0, pool));
	pool_free(pool);
}

static void
test_domain_of_any_length_ends(void **state)
{
	struct pool *pool = pool_new();
	static char text[100000];

	(void)state;
	memset(text, 'a', sizeof text);
	for (size_t i = 1; i < sizeof text; i += 2)
		text[i] = '.';
	assert_null(address_domain(text, sizeof text, pool));
	memset(text, 0xc3, sizeof text);
	assert_null(address_domain(text, sizeof text, pool));
	assert_null(address_domain(text, 1024, pool));
	pool_free(pool);
}

struct within_row {
	const char *name, *parent;
	bool within;
};

static const struct within_row within_rows[] = {
	{ "example.nl", "example.nl", true },
	{ "a.example.nl", "example.nl", true },
	{ "a.b.example.nl", "example.nl", true },
	{ "badexample.nl", "example.nl", false },
	{ "example.nl", "a.example.nl", false },
	{ "x.com", "evil.com", false },
	{ "evil.com", "x.com", false },
	{ "victim.com", "e.com", false },
	{ "e.com", "victim.com", false },
	{ "bank.com", "com", true },
	{ "example.nl", "", false },
	{ "", "example.nl", false },
};

/* RFC 1035 section 2.3.4: 253 octets, with or without the final dot, and no more. */
static void
test_longest_domain(void **state)
{
	struct pool *pool = pool_new();
	char name[260];

	(void)state;
	for (size_t len = 250; len < 258; len++) {
		memset(name, 'a', len);
		name[63] = name[127] = name[191] = '.';
		assert_true((address_domain(name, len, pool) != NULL) == (len <= 253));
		name[len] = '.';
		assert_true(
		    (address_domain(name, len + 1, pool) != NULL) == (len <= 253));
	}
	pool_free(pool);
}

static void
test_within(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof within_rows / sizeof *within_rows; i++) {
		const struct within_row *row = &within_rows[i];

		if (address_is_within(row->name, row->parent) != row->within)
			fail_msg(
			    "%s within %s: want %d", row->name, row->parent, row->within);
	}
}

struct path_row {
	const char *argument;
	bool null;
	const char *local, *domain;
};

static const struct path_row path_rows[] = {
	{ "<>", true, "", NULL },
	{ "", true, "", NULL },
	{ " <> ", true, "", NULL },
	{ "<user@Example.NL>", false, "user", "example.nl" },
	{ "user@example.nl", false, "user", "example.nl" },
	{ "<user@example.nl.>", false, "user", "example.nl" },
	{ "<@a.nl,@b.nl:user@example.nl>", false, "user", "example.nl" },
	{ "<@[IPv6:2001:db8::1]:user@example.nl>", false, "user", "example.nl" },
	{ "<@a.nl:>", false, "", NULL },
	{ "<@example.nl>", false, "", "example.nl" },
	{ "<\"x@evil.example\"@example.nl>", false, "\"x@evil.example\"", "example.nl" },
	{ "<\"x\\\"@evil.example\"@example.nl>", false, "\"x\\\"@evil.example\"",
	    "example.nl" },
	{ "<\"x@example.nl>", false, "\"x@example.nl", NULL },
	{ "<a@b.nl@c.nl>", false, "a", NULL },
	{ "<user>", false, "user", NULL },
	{ "<user@>", false, "user", NULL },
	{ "<user@[192.0.2.1]>", false, "user", NULL },
	{ "<user@exa mple.nl>", false, "user", NULL },
	{ "<user@example.nl", false, "<user", "example.nl" },
	{ "<us\u00e9r@b\u00fccher.de>", false, "us\u00e9r", "xn--bcher-kva.de" },
	{ "<user@\xff.de>", false, "user", NULL },
	{ "<", false, "<", NULL },
	{ "<a\\", false, "<a\\", NULL },
};

static void
test_reverse_path(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof path_rows / sizeof *path_rows; i++) {
		const struct path_row *row = &path_rows[i];
		struct address got = address_reverse_path(row->argument, pool);

		assert_int_equal(got.null, row->null);
		assert_string_equal(got.local, row->local);
		if (row->domain == NULL)
			assert_null(got.domain);
		else
			assert_string_equal(got.domain, row->domain);
	}
	pool_free(pool);
}

/* One that is too long is not cut to another domain. */
static void
test_reverse_path_of_any_length(void **state)
{
	struct pool *pool = pool_new();
	char text[6000];

	(void)state;
	for (size_t local = 950; local < 5900; local += local < 1050 ? 1 : 13) {
		struct address got;

		memset(text, 'x', local);
		snprintf(text + local, sizeof text - local, "@example.nl.evil.example");
		got = address_reverse_path(text, pool);
		assert_false(got.null);
		if (strlen(text) > 1024) {
			assert_null(got.domain);
			assert_string_equal(got.local, "");
		} else {
			assert_string_equal(got.domain, "example.nl.evil.example");
		}
	}
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_domain_looks_at_its_octets_only),
		cmocka_unit_test(test_domain_of_any_length_ends),
		cmocka_unit_test(test_longest_domain),
		cmocka_unit_test(test_within),
		cmocka_unit_test(test_reverse_path),
		cmocka_unit_test(test_reverse_path_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
