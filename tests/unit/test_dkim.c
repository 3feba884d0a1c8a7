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
#include "dkim_run.h"
#include "dkim_sign.h"
#include "dns/questions.h"
#include "resolver_zone.h"

static const char text[] = "From: a@example.nl\r\n"
			   "To: b@example.org\r\n"
			   "Subject: A subject of\r\n two  lines\r\n"
			   "Date: Tue, 24 Nov 2026 01:00:00 +0000\r\n"
			   "\r\n"
			   "Hello  there, \r\n\r\nand good bye.\r\n\r\n\r\n";

static struct sign_key rsa, short_rsa, ed25519;

static struct dkim_message
signed_message(const struct sign_key *key, enum dkim_canonicalization canon, long length)
{
	struct dkim_message m = dkim_run_parse(text, sizeof text - 1);

	dkim_sign_message(&m, &(struct sign_options){ .key = key,
				  .domain = "example.nl",
				  .selector = "s",
				  .header = canon,
				  .body = canon,
				  .length = length });
	return m;
}

/* A zone with ${record} as the key of s._domainkey.example.nl; a pseudo type as it is. */
static struct resolver *
zone_of(const char *record)
{
	size_t size = 2 * strlen(record) + 2000;
	char *zone = mem_alloc(size), why[200];
	struct resolver *r;
	size_t n = 0;

	if (strncmp(record, "s._domainkey", 12) == 0) {
		snprintf(zone, size, "%s", record);
	} else {
		n = (size_t)snprintf(zone, size, "s._domainkey.example.nl TXT");
		for (const char *p = record; *p != '\0'; p += strnlen(p, 200))
			n += (size_t)snprintf(zone + n, size - n, " \"%.200s\"", p);
		snprintf(zone + n, size - n, "\n");
	}
	r = resolver_zone_new(zone, why, sizeof why);
	if (r == NULL)
		fail_msg("%s: %s", why, zone);
	free(zone);
	return r;
}

static struct dkim_lib *
open_lib(int maximum_signatures)
{
	struct dkim_options options = { .minimum_key_bits = 1024,
		.maximum_signatures = maximum_signatures };
	char why[200];
	struct dkim_lib *lib = dkim_lib_open(&options, why, sizeof why);

	assert_non_null(lib);
	return lib;
}

/* The finding of the only signature. */
static struct dkim_evidence
check_one(const struct dkim_message *m, const char *record, struct pool *pool)
{
	struct dkim_lib *lib = open_lib(10);
	struct resolver *r = zone_of(record);
	size_t count;
	const struct dkim_evidence *list =
	    dkim_run(lib, r, m, time(NULL), 11, pool, &count);

	assert_int_equal(count, 1);
	resolver_close(r);
	dkim_lib_close(lib);
	return list[0];
}

static void
test_pass(void **state)
{
	const struct sign_key *keys[] = { &rsa, &ed25519 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct pool *pool = pool_new();
		struct dkim_message m =
		    signed_message(keys[i / 2], i % 2 ? DKIM_RELAXED : DKIM_SIMPLE, -1);
		struct dkim_evidence ev = check_one(&m, keys[i / 2]->record, pool);

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
	{ "two records",
	    "s._domainkey.example.nl TXT \"p=\"\ns._domainkey.example.nl TXT \"p=A\"\n",
	    DKIM_PERMERROR },
	{ "server failure", "s._domainkey.example.nl SERVFAIL\n", DKIM_TEMPERROR },
	{ "no answer", "s._domainkey.example.nl TIMEOUT\n", DKIM_TEMPERROR },
	{ "forged", "s._domainkey.example.nl BOGUS\n", DKIM_TEMPERROR },
};

static void
test_key_records(void **state)
{
	struct dkim_message m = signed_message(&rsa, DKIM_RELAXED, -1);
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
		struct dkim_evidence ev = check_one(&m, record, pool);

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

static void
test_short_key_is_policy(void **state)
{
	struct dkim_message m = signed_message(&short_rsa, DKIM_RELAXED, -1);
	struct dkim_options options = { .minimum_key_bits = 512,
		.maximum_signatures = 10 };
	char why[100];
	struct dkim_lib *lib = dkim_lib_open(&options, why, sizeof why);
	struct resolver *r = zone_of(short_rsa.record);
	struct pool *pool = pool_new();
	size_t count;
	const struct dkim_evidence *list =
	    dkim_run(lib, r, &m, time(NULL), 100, pool, &count);

	(void)state;
	/* RFC 8301: whatever MinimumKeyBits says, 1023 bits are none. */
	assert_int_equal(list[0].result, DKIM_PASS);
	assert_int_equal(list[0].key_bits, 1024);
	dkim_lib_close(lib);
	options.minimum_key_bits = 2048;
	lib = dkim_lib_open(&options, why, sizeof why);
	list = dkim_run(lib, r, &m, time(NULL), 100, pool, &count);
	assert_int_equal(list[0].result, DKIM_POLICY);
	assert_string_equal(list[0].reason, "the key has 1024 bits, 2048 are asked for");
	dkim_lib_close(lib);
	resolver_close(r);
	dkim_run_forget(&m);
	pool_free(pool);
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
		struct dkim_message m = signed_message(&rsa, row->canon, row->length);
		struct pool *pool = pool_new();
		struct dkim_evidence ev;

		change(&m, row);
		ev = check_one(&m, rsa.record, pool);
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
	struct dkim_message m = dkim_run_parse(text, sizeof text - 1);
	struct dkim_lib *lib = open_lib(10);
	struct resolver *r = zone_of(rsa.record);

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

static void
test_no_signature_no_work(void **state)
{
	struct dkim_message m = dkim_run_parse(text, sizeof text - 1);
	struct dkim_lib *lib = open_lib(10);
	struct resolver *r = zone_of("p=");
	struct pool *pool = pool_new();
	size_t count;

	(void)state;
	dkim_run(lib, r, &m, time(NULL), 5, pool, &count);
	assert_int_equal(count, 0);
	assert_int_equal(dkim_lib_stats(lib).bodies_hashed, 0);
	assert_int_equal(resolver_zone_asked_all(r), 0);
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

static void
test_many_by_one_hash_once(void **state)
{
	struct dkim_message m = dkim_run_parse(text, sizeof text - 1);
	struct dkim_lib *lib = open_lib(10);
	struct resolver *r = zone_of(rsa.record);
	struct pool *pool = pool_new();
	const struct dkim_evidence *list;
	struct dkim_stats stats;
	size_t count;

	(void)state;
	for (int i = 0; i < 4; i++)
		dkim_sign_message(&m, &(struct sign_options){ .key = &rsa,
					  .domain = "example.nl",
					  .selector = "s",
					  .header = i & 1,
					  .body = DKIM_RELAXED,
					  .length = -1 });
	list = dkim_run(lib, r, &m, time(NULL), 3, pool, &count);
	stats = dkim_lib_stats(lib);
	assert_int_equal(count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(list[i].result, DKIM_PASS);
	assert_int_equal(stats.bodies_hashed, 1);
	assert_int_equal(stats.key_decodes, 1);
	assert_int_equal(stats.key_hits, 3);
	assert_int_equal(resolver_zone_asked_all(r), 1);
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

static void
test_maximum_signatures(void **state)
{
	struct dkim_message m = signed_message(&rsa, DKIM_RELAXED, -1);
	struct dkim_lib *lib = open_lib(2);
	struct resolver *r = zone_of(rsa.record);
	struct pool *pool = pool_new();
	const struct dkim_evidence *list;
	size_t count;

	(void)state;
	dkim_sign_add_field(&m, "DKIM-Signature", " v=1; d=junk.example; s=x");
	dkim_sign_append_field(&m, "dkim-signature ", m.fields[1].value);
	for (int i = 0; i < 997; i++)
		dkim_sign_append_field(&m, "DKIM-Signature", m.fields[1].value);
	list = dkim_run(lib, r, &m, time(NULL), 100, pool, &count);
	assert_int_equal(count, 100);
	assert_int_equal(list[0].result, DKIM_PERMERROR);
	assert_string_equal(list[0].domain, "junk.example");
	assert_int_equal(list[1].result, DKIM_PASS);
	for (size_t i = 2; i < 100; i++) {
		assert_int_equal(list[i].result, DKIM_POLICY);
		assert_string_equal(list[i].domain, "example.nl");
	}
	assert_string_equal(list[2].reason, "more than MaximumSignatures");
	assert_non_null(strstr(list[99].reason, "1000 signatures"));
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

static void
test_withheld_is_policy(void **state)
{
	struct dkim_message m = signed_message(&rsa, DKIM_RELAXED, -1);
	struct dkim_lib *lib = open_lib(2);
	struct resolver *r = zone_of(rsa.record);
	struct pool *pool = pool_new();
	struct questions *q = questions_new(r, &(struct questions_options){ 0 }, pool);
	struct dkim_check *c = dkim_check_begin(lib, q, time(NULL), pool);
	const struct dkim_evidence *list;
	size_t count;

	(void)state;
	for (size_t i = 0; i < m.field_count; i++)
		dkim_check_header(c, m.fields[i].name, m.fields[i].value);
	dkim_check_withhold(c, "too much header");
	dkim_check_eoh(c);
	dkim_check_body(c, (const unsigned char *)m.body, m.body_len);
	list = dkim_check_end(c, &count);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].result, DKIM_POLICY);
	assert_string_equal(list[0].reason, "too much header");
	assert_int_equal(dkim_lib_stats(lib).bodies_hashed, 0);
	dkim_check_free(c);
	dkim_check_free(NULL);
	questions_free(q);
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

static void
test_large_signature_harms_no_other(void **state)
{
	struct dkim_message m = signed_message(&rsa, DKIM_RELAXED, -1);
	struct dkim_lib *lib = open_lib(10);
	struct resolver *r = zone_of(rsa.record);
	struct pool *pool = pool_new();
	const struct dkim_evidence *list;
	static const char start[] = " v=1; d=example.nl; z=";
	char *large = mem_alloc(70001);
	size_t count;

	(void)state;
	memset(large, 'a', 70000);
	memcpy(large, start, sizeof start - 1);
	dkim_sign_add_field(&m, "DKIM-Signature", large);
	for (int i = 0; i < 3000; i++)
		dkim_sign_append_field(&m, "X-Junk", " junk");
	list = dkim_run(lib, r, &m, time(NULL), 100, pool, &count);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].result, DKIM_POLICY);
	assert_int_equal(list[1].result, DKIM_PASS);
	free(large);
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

/* No From, several From: DKIM judges all the same, DMARC decides. */
static void
test_from_is_not_ours_to_judge(void **state)
{
	struct dkim_message m = signed_message(&rsa, DKIM_RELAXED, -1);
	struct pool *pool = pool_new();

	(void)state;
	dkim_sign_add_field(&m, "From", " somebody else <x@example.org>");
	assert_int_equal(check_one(&m, rsa.record, pool).result, DKIM_PASS);
	for (size_t i = 0; i < m.field_count; i++) {
		if (strcmp(m.fields[i].name, "From") == 0)
			memcpy(m.fields[i].name, "Form", 5);
	}
	assert_int_equal(check_one(&m, rsa.record, pool).result, DKIM_FAIL);
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
	struct dkim_lib *lib = open_lib(10);
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

/* RFC 6008: as many characters as tell them apart. */
static void
test_b_start(void **state)
{
	struct dkim_message m = dkim_run_parse(text, sizeof text - 1);
	struct dkim_lib *lib = open_lib(10);
	struct resolver *r = zone_of("p=");
	struct pool *pool = pool_new();
	const struct dkim_evidence *list;
	size_t count;

	(void)state;
	dkim_sign_append_field(&m, "DKIM-Signature", "d=a.example; b=ABCDEF GHIJKL");
	dkim_sign_append_field(&m, "DKIM-Signature", "d=b.example; b=ABCDEFGHIX");
	dkim_sign_append_field(&m, "DKIM-Signature", "d=c.example; b=XYZ");
	dkim_sign_append_field(&m, "DKIM-Signature", "nothing");
	list = dkim_run(lib, r, &m, time(NULL), 100, pool, &count);
	assert_int_equal(count, 4);
	assert_string_equal(list[0].b_start, "ABCDEFGHIJ");
	assert_string_equal(list[1].b_start, "ABCDEFGHIX");
	assert_string_equal(list[2].b_start, "XYZ");
	assert_string_equal(list[3].b_start, "");
	assert_string_equal(list[3].domain, "");
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
	short_rsa = sign_key_new(1024);
	ed25519 = sign_key_new(0);
	return 0;
}

static int
drop_keys(void **state)
{
	(void)state;
	sign_key_clear(&rsa);
	sign_key_clear(&short_rsa);
	sign_key_clear(&ed25519);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_key_records),
		cmocka_unit_test(test_short_key_is_policy),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_no_signature_no_work),
		cmocka_unit_test(test_many_by_one_hash_once),
		cmocka_unit_test(test_maximum_signatures),
		cmocka_unit_test(test_withheld_is_policy),
		cmocka_unit_test(test_large_signature_harms_no_other),
		cmocka_unit_test(test_from_is_not_ours_to_judge),
		cmocka_unit_test(test_rfc_8463),
		cmocka_unit_test(test_b_start),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
