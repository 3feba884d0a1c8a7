#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/pool.h"
#include "dkim_fixture.h"
#include "dkim_run.h"
#include "dkim_sign.h"
#include "resolver_zone.h"

static struct sign_key rsa, ed25519;

static void
test_pass(void **state)
{
	const struct sign_key *keys[] = { &rsa, &ed25519 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct pool *pool = pool_new();
		struct dkim_message m = dkim_fixture_signed(
		    keys[i / 2], i % 2 ? DKIM_RELAXED : DKIM_SIMPLE, -1);
		struct dkim_evidence ev =
		    dkim_fixture_check(&m, keys[i / 2]->record, pool);

		if (ev.result != DKIM_PASS)
			fail_msg("%d: %s", i, ev.reason);
		assert_null(ev.reason);
		assert_string_equal(ev.domain, "example.nl");
		assert_string_equal(ev.selector, "s");
		assert_string_equal(
		    ev.algorithm, i / 2 ? "ed25519-sha256" : "rsa-sha256");
		assert_int_equal(ev.key_bits, i / 2 ? 256 : 2048);
		assert_int_equal(strlen(ev.b_start), 8);
		assert_int_equal(ev.dns_sec, DNS_SEC_NO);
		assert_false(ev.testing);
		dkim_run_forget(&m);
		pool_free(pool);
	}
}

/* What the key record does to a good signature. */
struct key_row {
	const char *name, *record; /* %s: p= of the key */
	enum dkim_result result;
};

static const struct key_row key_rows[] = {
	{ "all tags", "v=DKIM1; h=sha1:sha256; k=rsa; n=note; s=*; t=x; p=%s;",
	    DKIM_PASS },
	{ "p= alone", "p=%s", DKIM_PASS },
	{ "g= is history", "g=none; p=%s", DKIM_PASS },
	{ "t=y", "v=DKIM1; t=y; p=%s", DKIM_PASS },
	{ "t=s and no i=", "v=DKIM1; t=s; p=%s", DKIM_PASS },
	{ "h= without SHA-256", "v=DKIM1; h=sha1; p=%s", DKIM_PERMERROR },
	{ "s= other", "v=DKIM1; s=tlsrpt; p=%s", DKIM_PERMERROR },
	{ "k= other", "v=DKIM1; k=ed25519; p=%s", DKIM_PERMERROR },
	{ "k= unknown", "v=DKIM1; k=dsa; p=%s", DKIM_PERMERROR },
	{ "v= other", "v=DKIM2; p=%s", DKIM_PERMERROR },
	{ "v= last", "p=%s; v=DKIM1", DKIM_PERMERROR },
	{ "p= twice", "v=DKIM1; p=%s; p=AAAA", DKIM_PERMERROR },
	{ "revoked", "v=DKIM1; p=", DKIM_PERMERROR },
	{ "no p=", "v=DKIM1; k=rsa", DKIM_PERMERROR },
	{ "no list", "hello", DKIM_PERMERROR },
	{ "none", "s._domainkey.example.nl NXDOMAIN\n", DKIM_PERMERROR },
	{ "no TXT", "s._domainkey.example.nl A 192.0.2.1\n", DKIM_PERMERROR },
	{ "two records, no key",
	    "s._domainkey.example.nl TXT \"p=\"\ns._domainkey.example.nl TXT \"p=A\"\n",
	    DKIM_PERMERROR },
	{ "server failure", "s._domainkey.example.nl SERVFAIL\n", DKIM_TEMPERROR },
	{ "no answer", "s._domainkey.example.nl TIMEOUT\n", DKIM_TEMPERROR },
	{ "forged", "s._domainkey.example.nl BOGUS\n", DKIM_TEMPERROR },
};

static void
test_key_records(void **state)
{
	struct dkim_message m = dkim_fixture_signed(&rsa, DKIM_RELAXED, -1);
	const char *p = strstr(rsa.record, "p=") + 2;

	(void)state;
	for (size_t i = 0; i < sizeof key_rows / sizeof key_rows[0]; i++) {
		const struct key_row *row = &key_rows[i];
		struct pool *pool = pool_new();
		const char *at = strstr(row->record, "%s");
		char *record = at == NULL
				   ? pool_strdup(pool, row->record)
				   : pool_printf(pool, "%.*s%s%s",
					 (int)(at - row->record), row->record, p, at + 2);
		struct dkim_evidence ev = dkim_fixture_check(&m, record, pool);

		if (ev.result != row->result)
			fail_msg("%s: %s (%s)", row->name, evidence_dkim_name(ev.result),
			    ev.reason);
		if (ev.result != DKIM_PASS)
			assert_non_null(ev.reason);
		assert_int_equal(ev.testing, strcmp(row->name, "t=y") == 0);
		pool_free(pool);
	}
	dkim_run_forget(&m);
}

/* RFC 8301: whatever MinimumKeyBits says, less than 1024 bits never pass. */
static const struct {
	int bits, minimum;
	enum dkim_result result;
	const char *reason;
} bits_rows[] = {
	{ 1024, 1024, DKIM_PASS, NULL },
	{ 1024, 0, DKIM_PASS, NULL },
	{ 1024, 2048, DKIM_POLICY, "the key has 1024 bits, 2048 are required" },
	{ 768, 512, DKIM_POLICY, "the key has 768 bits, 1024 are required" },
};

static void
test_key_bits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bits_rows / sizeof bits_rows[0]; i++) {
		struct sign_key key = sign_key_new(bits_rows[i].bits);
		struct dkim_message m = dkim_fixture_signed(&key, DKIM_RELAXED, -1);
		struct dkim_lib_options options = {
			.minimum_key_bits = bits_rows[i].minimum, .maximum_signatures = 10
		};
		struct resolver *r = dkim_fixture_zone(key.record);
		struct pool *pool = pool_new();
		char why[100];
		struct dkim_lib *lib = dkim_lib_open(&options, why, sizeof why);
		size_t count;
		const struct dkim_evidence *list =
		    dkim_run(lib, r, &m, time(NULL), 100, pool, &count);

		assert_int_equal(list[0].result, bits_rows[i].result);
		assert_int_equal(list[0].key_bits, bits_rows[i].bits);
		assert_string_equal(list[0].reason != NULL ? list[0].reason : "",
		    bits_rows[i].reason != NULL ? bits_rows[i].reason : "");
		dkim_lib_close(lib);
		resolver_close(r);
		pool_free(pool);
		dkim_run_forget(&m);
		sign_key_clear(&key);
	}
}

/* What may be done to a signed message, and what it then is. */
struct change_row {
	const char *name;
	long length; /* l= */
	enum dkim_canonicalization canon;
	enum dkim_result result;
	const char *field, *value; /* this field gets this value; NULL: stays */
	const char *body;          /* NULL: stays */
};

#define BODY "Hello  there, \r\n\r\nand good bye.\r\n"

#define BODY_LEN ((long)sizeof BODY - 1)

static const struct change_row change_rows[] = {
	{ "untouched", -1, DKIM_RELAXED, DKIM_PASS, NULL, NULL, NULL },
	{ "white space", -1, DKIM_RELAXED, DKIM_PASS, "Subject",
	    " A subject  of two lines", NULL },
	{ "white space, simple", -1, DKIM_SIMPLE, DKIM_FAIL, "Subject",
	    " A subject  of two lines", NULL },
	{ "subject", -1, DKIM_RELAXED, DKIM_FAIL, "Subject", " Another", NULL },
	{ "VT for space", -1, DKIM_RELAXED, DKIM_NEUTRAL, "Subject",
	    " A\vsubject of two lines", NULL },
	{ "FF beside space", -1, DKIM_RELAXED, DKIM_NEUTRAL, "Subject",
	    " A \f subject of two lines", NULL },
	{ "VT in front", -1, DKIM_RELAXED, DKIM_NEUTRAL, "Subject",
	    " \vA subject of two lines", NULL },
	{ "VT at the end", -1, DKIM_RELAXED, DKIM_NEUTRAL, "Subject",
	    " A subject of two lines\v", NULL },
	{ "VT in From", -1, DKIM_RELAXED, DKIM_NEUTRAL, "From", " a@example.nl\v", NULL },
	{ "VT, simple", -1, DKIM_SIMPLE, DKIM_FAIL, "Subject", " A\vsubject of two lines",
	    NULL },
	{ "CR for space", -1, DKIM_RELAXED, DKIM_NEUTRAL, "Subject",
	    " A\rsubject of two lines", NULL },
	{ "VT elsewhere", -1, DKIM_RELAXED, DKIM_PASS, "X-Other", " \v", NULL },
	{ "body white space", -1, DKIM_RELAXED, DKIM_PASS, NULL, NULL,
	    "Hello\tthere,\r\n\r\nand good bye." },
	{ "body white space, simple", -1, DKIM_SIMPLE, DKIM_FAIL, NULL, NULL,
	    "Hello there, \r\n\r\nand good bye.\r\n" },
	{ "no final line end", -1, DKIM_SIMPLE, DKIM_PASS, NULL, NULL,
	    "Hello  there, \r\n\r\nand good bye." },
	{ "bare CR put in", -1, DKIM_RELAXED, DKIM_FAIL, NULL, NULL,
	    "Hello  there, \r\n\r\nand good bye.\r\r\n" },
	{ "bare LF for a line end", -1, DKIM_RELAXED, DKIM_FAIL, NULL, NULL,
	    "Hello  there, \r\n\nand good bye.\r\n" },
	{ "body", -1, DKIM_RELAXED, DKIM_FAIL, NULL, NULL, "Hello.\r\n" },
	{ "no body", -1, DKIM_RELAXED, DKIM_FAIL, NULL, NULL, "" },
	{ "l= all of it", BODY_LEN, DKIM_SIMPLE, DKIM_PASS, NULL, NULL, NULL },
	{ "l= and more", BODY_LEN, DKIM_SIMPLE, DKIM_POLICY, NULL, NULL,
	    BODY "More.\r\n" },
	{ "l= and blank lines", BODY_LEN, DKIM_SIMPLE, DKIM_PASS, NULL, NULL,
	    BODY "\r\n\r\n" },
	{ "l= 0", 0, DKIM_RELAXED, DKIM_POLICY, NULL, NULL, NULL },
	{ "l= and less", BODY_LEN, DKIM_SIMPLE, DKIM_PERMERROR, NULL, NULL,
	    "Hello.\r\n" },
	{ "l= and a change", BODY_LEN, DKIM_SIMPLE, DKIM_FAIL, NULL, NULL,
	    "hello  there, \r\n\r\nand good bye.\r\nMore.\r\n" },
};

static void
change(struct dkim_message *m, const struct change_row *row)
{
	size_t i = 0;

	if (row->field != NULL) {
		while (i < m->field_count && strcmp(m->fields[i].name, row->field) != 0)
			i++;
		if (i == m->field_count)
			dkim_sign_append_field(m, row->field, "");
		free(m->fields[i].value);
		m->fields[i].value = mem_strdup(row->value);
	}
	if (row->body != NULL) {
		free(m->body);
		m->body = mem_strdup(row->body);
		m->body_len = strlen(row->body);
	}
}

static void
test_changes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof change_rows / sizeof change_rows[0]; i++) {
		const struct change_row *row = &change_rows[i];
		struct dkim_message m =
		    dkim_fixture_signed(&rsa, row->canon, row->length);
		struct pool *pool = pool_new();
		struct dkim_evidence ev;

		change(&m, row);
		ev = dkim_fixture_check(&m, rsa.record, pool);
		if (ev.result != row->result)
			fail_msg("%s: %s (%s)", row->name, evidence_dkim_name(ev.result),
			    ev.reason);
		dkim_run_forget(&m);
		pool_free(pool);
	}
}

/* The time given decides, not the library's. */
static void
test_times(void **state)
{
	static const struct {
		long off;
		enum dkim_result result;
	} rows[] = { { 0, DKIM_PASS }, { 3600, DKIM_PASS }, { 3800, DKIM_PASS },
		{ 4000, DKIM_POLICY }, { 40000000, DKIM_POLICY }, { -43000, DKIM_PASS },
		{ -50000, DKIM_PERMERROR }, { -40000000, DKIM_PERMERROR } };
	struct dkim_message m = dkim_fixture_message();
	struct dkim_lib *lib = dkim_fixture_lib(10);
	struct resolver *r = dkim_fixture_zone(rsa.record);

	(void)state;
	dkim_sign_message(&m, &(struct sign_options){ .key = &rsa,
				  .domain = "example.nl",
				  .selector = "s",
				  .length = -1,
				  .lifetime = 3600 });
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct pool *pool = pool_new();
		size_t count;
		const struct dkim_evidence *list =
		    dkim_run(lib, r, &m, time(NULL) + rows[i].off, 9, pool, &count);

		if (list[0].result != rows[i].result)
			fail_msg("%ld: %s", rows[i].off, list[0].reason);
		pool_free(pool);
	}
	resolver_close(r);
	dkim_lib_close(lib);
	dkim_run_forget(&m);
}

/* No From, several From: DKIM judges all the same, DMARC decides. */
static void
test_from_is_not_ours_to_judge(void **state)
{
	struct dkim_message m = dkim_fixture_signed(&rsa, DKIM_RELAXED, -1);
	struct pool *pool = pool_new();

	(void)state;
	dkim_sign_add_field(&m, "From", " somebody else <x@example.org>");
	assert_int_equal(dkim_fixture_check(&m, rsa.record, pool).result, DKIM_PASS);
	for (size_t i = 0; i < m.field_count; i++) {
		if (strcmp(m.fields[i].name, "From") == 0)
			memcpy(m.fields[i].name, "Form", 5);
	}
	assert_int_equal(dkim_fixture_check(&m, rsa.record, pool).result, DKIM_FAIL);
	dkim_run_forget(&m);
	pool_free(pool);
}

/* RFC 8463 A.3: two signatures by two kinds of key. */
static void
test_rfc_8463(void **state)
{
	static const char message[] =
	    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\n"
	    " d=football.example.com; i=@football.example.com;\n"
	    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\n"
	    " subject : date : message-id : from : subject : date;\n"
	    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
	    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\n"
	    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\n"
	    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n"
	    " d=football.example.com; i=@football.example.com;\n"
	    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\n"
	    " date : message-id : from : subject : date;\n"
	    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
	    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\n"
	    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\n"
	    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\n"
	    "From: Joe SixPack <joe@football.example.com>\n"
	    "To: Suzie Q <suzie@shopping.example.net>\n"
	    "Subject: Is dinner ready?\n"
	    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\n"
	    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\n"
	    "\n"
	    "Hi.\n"
	    "\n"
	    "We lost the game.  Are you hungry yet?\n"
	    "\n"
	    "Joe.\n";
	static const char zone[] =
	    "brisbane._domainkey.football.example.com. TXT \"v=DKIM1; k=ed25519; \" "
	    "\"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n"
	    "test._domainkey.football.example.com. TXT \"v=DKIM1; k=rsa; \" "
	    "\"p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3id\" "
	    "\"Y6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/\" "
	    "\"e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2\" "
	    "\"kryOTIKT+l/K4w3QIDAQAB\"\n";
	struct dkim_message m = dkim_run_parse(message, sizeof message - 1);
	struct dkim_lib *lib = dkim_fixture_lib(10);
	char why[200];
	struct resolver *r = resolver_zone_new(zone, why, sizeof why);
	struct pool *pool = pool_new();
	const struct dkim_evidence *list;
	size_t count;

	(void)state;
	assert_non_null(r);
	list = dkim_run(lib, r, &m, 1528637909, 10, pool, &count);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].result, DKIM_PASS);
	assert_int_equal(list[1].result, DKIM_PASS);
	assert_int_equal(list[1].key_bits, 1024);
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

static int
make_keys(void **state)
{
	(void)state;
	rsa = sign_key_new(2048);
	ed25519 = sign_key_new(0);
	return 0;
}

static int
drop_keys(void **state)
{
	(void)state;
	sign_key_clear(&rsa);
	sign_key_clear(&ed25519);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_key_records),
		cmocka_unit_test(test_key_bits),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_from_is_not_ours_to_judge),
		cmocka_unit_test(test_rfc_8463),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
