#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/pool.h"
#include "mail/dkim_field.h"
#include "mail/dkim_tags.h"
#include "mail/tag_list.h"

/* The hash of nothing, and a signature of four octets. */
#define BH "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; "
#define REST "h=from:to; " BH "b=AQID BA=="
#define GOOD "v=1; a=rsa-sha256; d=example.nl; s=sel; " REST

struct row {
	const char *name, *value;
	enum dkim_result result; /* DKIM_NONE: nothing against it */
	const char *reason;      /* NULL: none */
};

static const struct row rows[] = {
	{ "the least", GOOD, DKIM_NONE, NULL },
	{ "a final semicolon", GOOD " ; ", DKIM_NONE, NULL },
	{ "folds", "v=1;\r\n\ta=rsa-sha256; d=example\r\n .nl; s=sel;\n " REST,
	    DKIM_PERMERROR, "d= is not a domain" },
	{ "more folds",
	    "v=1;\r\n\ta=rsa-sha256;\r\n d = example.nl;\n s=sel; h=from\n : to;" BH
	    "b=AQ\n ID\tBA==",
	    DKIM_NONE, NULL },
	{ "a line end alone", "v=1;\na=rsa-sha256; d=example.nl; s=sel; " REST,
	    DKIM_PERMERROR, "tag list syntax" },
	{ "all tags",
	    GOOD "; c=relaxed/simple; i=joe=20doe@mail.example.nl; l=10; q=dns/txt; "
		 "t=100; x=200; z=From:foo|To:bar",
	    DKIM_NONE, NULL },
	{ "an unknown tag", GOOD "; x_y2=anything", DKIM_NONE, NULL },
	{ "v= missing", "a=rsa-sha256; d=example.nl; s=sel; " REST, DKIM_PERMERROR,
	    "v= is missing" },
	{ "v= other", "v=0.5; a=rsa-sha256; d=example.nl; s=sel; " REST, DKIM_PERMERROR,
	    "v= is not 1" },
	{ "a= missing", "v=1; d=example.nl; s=sel; " REST, DKIM_PERMERROR,
	    "a= is missing" },
	{ "a= other", "v=1; a=rsa-md5; d=example.nl; s=sel; " REST, DKIM_PERMERROR,
	    "a= is not known" },
	{ "sha1",
	    "v=1; a=rsa-sha1; d=example.nl; s=sel; h=from; b=AQID; "
	    "bh=2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
	    DKIM_PERMERROR, "rsa-sha1 proves nothing (RFC 8301)" },
	{ "d= missing", "v=1; a=rsa-sha256; s=sel; " REST, DKIM_PERMERROR,
	    "d= is missing" },
	{ "d= empty", "v=1; a=rsa-sha256; d=; s=sel; " REST, DKIM_PERMERROR,
	    "d= is not a domain" },
	{ "d= literal", "v=1; a=rsa-sha256; d=[192.0.2.1]; s=sel; " REST, DKIM_PERMERROR,
	    "d= is not a domain" },
	{ "s= empty", "v=1; a=rsa-sha256; d=example.nl; s=; " REST, DKIM_PERMERROR,
	    "s= is not a selector" },
	{ "s= with a space", "v=1; a=rsa-sha256; d=example.nl; s=a b; " REST,
	    DKIM_PERMERROR, "s= is not a selector" },
	{ "h= without From",
	    "v=1; a=rsa-sha256; d=example.nl; s=sel; h=to:x-from; " BH "b=AQID",
	    DKIM_PERMERROR, "h= does not name From" },
	{ "h= in capitals",
	    "v=1; a=rsa-sha256; d=example.nl; s=sel; h=To:FROM; " BH "b=AQID", DKIM_NONE,
	    NULL },
	{ "b= empty", "v=1; a=rsa-sha256; d=example.nl; s=sel; h=from; " BH "b=",
	    DKIM_PERMERROR, "b= is not base64" },
	{ "b= junk", "v=1; a=rsa-sha256; d=example.nl; s=sel; h=from; " BH "b=AQ!D",
	    DKIM_PERMERROR, "b= is not base64" },
	{ "b= goes on behind its end",
	    "v=1; a=rsa-sha256; d=example.nl; s=sel; h=from; " BH "b=AQI= D",
	    DKIM_PERMERROR, "b= is not base64" },
	{ "bh= short", "v=1; a=rsa-sha256; d=example.nl; s=sel; h=from; bh=AQID; b=AQID",
	    DKIM_PERMERROR, "bh= is not a hash of the kind in a=" },
	{ "c= other", GOOD "; c=nofws", DKIM_PERMERROR, "c= is not known" },
	{ "i= elsewhere", GOOD "; i=@example.org", DKIM_PERMERROR,
	    "i= is not within d=" },
	{ "i= only ends alike", GOOD "; i=@badexample.nl", DKIM_PERMERROR,
	    "i= is not within d=" },
	{ "i= above", GOOD "; i=@nl", DKIM_PERMERROR, "i= is not within d=" },
	{ "i= without @", GOOD "; i=example.nl", DKIM_PERMERROR,
	    "i= contains no domain" },
	{ "i= in capitals", GOOD "; i=@EXAMPLE.nl", DKIM_NONE, NULL },
	{ "i= with two @", GOOD "; i=\"a@example.org\"@example.nl", DKIM_NONE, NULL },
	{ "l= negative", GOOD "; l=-1", DKIM_PERMERROR, "l= is not a number" },
	{ "l= too long", GOOD "; l=1234567890123456789", DKIM_PERMERROR,
	    "l= is not a number" },
	{ "q= other", GOOD "; q=dns", DKIM_PERMERROR, "q= is not dns/txt" },
	{ "q= several", GOOD "; q=http : dns/txt", DKIM_NONE, NULL },
	{ "t= empty", GOOD "; t=", DKIM_PERMERROR, "t= is not a time" },
	{ "x= before t=", GOOD "; t=200; x=200", DKIM_PERMERROR, "x= is not after t=" },
	{ "twice", GOOD "; t=1; t=1", DKIM_PERMERROR, "a tag occurs twice" },
	{ "an unknown one twice", GOOD "; zz=1; zz=2", DKIM_PERMERROR,
	    "a tag occurs twice" },
	{ "no equals sign", GOOD "; hello", DKIM_PERMERROR, "tag list syntax" },
	{ "no name", GOOD "; =x", DKIM_PERMERROR, "tag list syntax" },
	{ "8-bit", GOOD "; i=\xc3\xa9@example.nl", DKIM_PERMERROR,
	    "octet in a tag value that is not printable ASCII" },
	{ "empty", "", DKIM_PERMERROR, "v= is missing" },
	{ "b with a space",
	    "v=1; a=rsa-sha256; d=example.nl; s=sel; h=from; " BH "b =AQID", DKIM_NEUTRAL,
	    "cannot be checked: a tag that ends in b, or space after b" },
	{ "a tag that ends in b", GOOD "; crumb=1", DKIM_NEUTRAL,
	    "cannot be checked: a tag that ends in b, or space after b" },
};

static void
test_signatures(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct pool *pool = pool_new();
		struct dkim_signature s = dkim_tags_signature(rows[i].value, pool);
		const char *reason = s.reason != NULL ? s.reason : "";

		if (s.result != rows[i].result ||
		    strcmp(reason, rows[i].reason != NULL ? rows[i].reason : "") != 0)
			fail_msg("%s: %s \"%s\"", rows[i].name,
			    evidence_dkim_name(s.result), reason);
		pool_free(pool);
	}
}

static void
test_what_is_read(void **state)
{
	struct pool *pool = pool_new();
	struct dkim_signature s =
	    dkim_tags_signature("v=1; a=ed25519-sha256; d=Example.NL; s=Sel.x; "
				"c=relaxed; i=@a.example.nl; l=7; "
				"t=5; x=9; h= From :\r\n to ; " BH "b=AQ ID BA==",
		pool);

	(void)state;
	assert_int_equal(s.result, DKIM_NONE);
	assert_string_equal(s.domain, "example.nl");
	assert_string_equal(s.selector, "Sel.x");
	assert_string_equal(s.key_name, "sel.x._domainkey.example.nl");
	assert_string_equal(s.algorithm, "ed25519-sha256");
	assert_int_equal(s.key_type, DKIM_ED25519);
	assert_int_equal(s.header_canon, DKIM_RELAXED);
	assert_int_equal(s.body_canon, DKIM_SIMPLE);
	assert_string_equal(s.fields, "From:to");
	assert_string_equal(s.b, "AQIDBA==");
	assert_int_equal(s.signature_len, 4);
	assert_memory_equal(s.signature, "\1\2\3\4", 4);
	assert_memory_equal(s.body_hash, "\xe3\xb0\xc4\x42", 4);
	assert_true(s.subdomain);
	assert_true(s.has_length);
	assert_int_equal(s.length, 7);
	assert_int_equal(s.signed_at, 5);
	assert_int_equal(s.expires_at, 9);
	pool_free(pool);
}

/* Whose it was is told also of a broken one. */
static void
test_broken_is_told_of(void **state)
{
	struct pool *pool = pool_new();
	struct dkim_signature s =
	    dkim_tags_signature("d=example.nl; s=sel; b=ABCDEFGHIJ; v=2; ...", pool);

	(void)state;
	assert_int_equal(s.result, DKIM_PERMERROR);
	assert_string_equal(s.domain, "example.nl");
	assert_string_equal(s.selector, "sel");
	assert_string_equal(s.b, "ABCDEFGHIJ");
	pool_free(pool);
}

static void
test_bounds(void **state)
{
	struct pool *pool = pool_new();
	char *large = mem_alloc(DKIM_FIELD_MAX + 100), *p;
	struct dkim_signature s;

	(void)state;
	memset(large, ' ', DKIM_FIELD_MAX + 1);
	s = dkim_tags_signature(large, pool);
	assert_int_equal(s.result, DKIM_POLICY);

	p = stpcpy(large, GOOD);
	for (int i = 0; i < TAG_LIST_MAX; i++)
		p += sprintf(p, "; t%d=", i);
	s = dkim_tags_signature(large, pool);
	assert_int_equal(s.result, DKIM_PERMERROR);
	assert_string_equal(s.reason, "too many tags");

	p = stpcpy(large, "v=1; a=rsa-sha256; d=example.nl; s=sel; " BH "b=AQID; h=from");
	for (int i = 0; i < DKIM_FIELDS_MAX / 2; i++)
		p = stpcpy(p, ":x");
	s = dkim_tags_signature(large, pool);
	assert_int_equal(s.result, DKIM_NEUTRAL);
	assert_string_equal(s.reason, "cannot be checked: h= is too long");

	/* The longest h= and the most tags that are taken, and one more. */
	p = stpcpy(
	    large, "v=1; a=rsa-sha256; d=example.nl; s=sel; " BH "b=AQID; h=from:");
	memset(p, 'x', DKIM_FIELDS_MAX - 5);
	p[DKIM_FIELDS_MAX - 5] = '\0';
	s = dkim_tags_signature(large, pool);
	assert_int_equal(strlen(s.fields), DKIM_FIELDS_MAX);
	assert_null(s.reason);
	p[DKIM_FIELDS_MAX - 5] = 'x';
	p[DKIM_FIELDS_MAX - 4] = '\0';
	s = dkim_tags_signature(large, pool);
	assert_int_equal(s.result, DKIM_NEUTRAL);
	for (int tags = TAG_LIST_MAX; tags <= TAG_LIST_MAX + 1; tags++) {
		p = stpcpy(large,
		    "v=1; a=rsa-sha256; d=example.nl; s=sel; " BH "b=AQID; h=from");
		for (int i = 7; i < tags; i++)
			p += sprintf(p, "; t%d=", i);
		s = dkim_tags_signature(large, pool);
		assert_true((s.reason == NULL) == (tags == TAG_LIST_MAX));
	}
	free(large);
	pool_free(pool);
}

static void
test_clock(void **state)
{
	static const struct {
		const char *tags;
		int64_t now;
		enum dkim_result result;
	} clock_rows[] = { { "", 0, DKIM_NONE }, { "; t=1000000", 1000000, DKIM_NONE },
		{ "; t=1000000", 1000000 - DKIM_EARLY_MAX, DKIM_NONE },
		{ "; t=1000000", 999999 - DKIM_EARLY_MAX, DKIM_PERMERROR },
		{ "; x=1000000", 1000000 + DKIM_LATE_MAX - 1, DKIM_NONE },
		{ "; x=1000000", 1000000 + DKIM_LATE_MAX, DKIM_POLICY },
		{ "; t=999999999999999999", 1700000000, DKIM_PERMERROR },
		{ "; x=999999999999999999", 1700000000, DKIM_NONE } };

	(void)state;
	for (size_t i = 0; i < sizeof clock_rows / sizeof clock_rows[0]; i++) {
		struct pool *pool = pool_new();
		struct dkim_signature s = dkim_tags_signature(
		    pool_printf(pool, "%s%s", GOOD, clock_rows[i].tags), pool);

		dkim_tags_hold_against(&s, clock_rows[i].now);
		if (s.result != clock_rows[i].result)
			fail_msg("row %zu: %s", i, evidence_dkim_name(s.result));
		pool_free(pool);
	}
}

static const struct {
	const char *text, *reason;
} key_rows[] = {
	{ "p=AQID", NULL },
	{ "v=DKIM1; h=sha256 : x; k=RSA; n=a note; s=email; t=s; p=AQ ID", NULL },
	{ "v=DKIM1;p=AQID;", NULL },
	{ "v=DKIM1;p=AQID;;", NULL },
	{ "v=DKIM1;p=AQID; ; ;", NULL },
	{ "v=DKIM1;;p=AQID", "tag list syntax" },
	{ "g=*; p=AQID", NULL },
	{ "", "the key record has no p=" },
	{ "v=DKIM1; p=", "the key is revoked" },
	{ "v=DKIM1; p=!", "p= of the key is not base64" },
	{ "v=dkim1; p=AQID", "v= of the key is not DKIM1" },
	{ "p=AQID; v=DKIM1", "v= of the key does not come first" },
	{ "h=sha1; p=AQID", "h= of the key does not allow SHA-256" },
	{ "k=dsa; p=AQID", "k= of the key is not known" },
	{ "s=tlsrpt; p=AQID", "the key is not for mail" },
	{ "p=AQID; p=AQID", "a tag occurs twice" },
	{ "v=spf1 -all", "v= of the key is not DKIM1" },
	{ "v=DKIM1; n=\xc3\xa9; p=AQID",
	    "octet in a tag value that is not printable ASCII" },
};

static void
test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof key_rows / sizeof key_rows[0]; i++) {
		const char *text = key_rows[i].text, *want = key_rows[i].reason;
		struct pool *pool = pool_new();
		struct dkim_key_record key = dkim_tags_key(text, strlen(text), pool);

		if (strcmp(key.reason ? key.reason : "", want ? want : "") != 0)
			fail_msg("%s: %s", text, key.reason ? key.reason : "good");
		if (want == NULL)
			assert_memory_equal(key.key, "\1\2\3", 3);
		pool_free(pool);
	}
}

static void
test_key_flags(void **state)
{
	struct pool *pool = pool_new();
	struct dkim_key_record key = dkim_tags_key("k=ed25519; t=y:s; p=AQID", 24, pool);

	(void)state;
	assert_null(key.reason);
	assert_true(key.testing && key.no_subdomain);
	assert_int_equal(key.type, DKIM_ED25519);
	key = dkim_tags_key("t=ys; p=AQ\0D", 12, pool);
	assert_non_null(key.reason);
	assert_false(key.testing || key.no_subdomain);
	pool_free(pool);
}

static void
test_fields(void **state)
{
	struct pool *pool = pool_new();
	size_t len;

	(void)state;
	assert_true(dkim_field_is_signature("DKIM-Signature"));
	assert_true(dkim_field_is_signature("dkim-signature \t"));
	assert_false(dkim_field_is_signature("X-DKIM-Signature"));
	assert_false(dkim_field_is_signature("DKIM-Signatures"));
	assert_false(dkim_field_is_signature("DKIM-Signature x"));
	assert_string_equal(
	    dkim_field_text("To", " a\n b\r\n c", &len, pool), "To: a\r\n b\r\n c");
	assert_int_equal(len, 13);
	assert_string_equal(
	    dkim_field_text("X", "\n \n\n", &len, pool), "X:\r\n \r\n\r\n");
	assert_int_equal(
	    dkim_field_oddity(" plain\n folded\r\n\tand \x80 more"), DKIM_PLAIN);
	assert_int_equal(dkim_field_oddity("a\vb"), DKIM_ODD_SPACE);
	assert_int_equal(dkim_field_oddity("a\fb"), DKIM_ODD_SPACE);
	assert_int_equal(dkim_field_oddity("\f\n \r\n\t\v"), DKIM_ODD_SPACE);
	assert_int_equal(dkim_field_oddity("\v\n \rb\f"), DKIM_ODD_LINE);
	assert_int_equal(dkim_field_oddity("a\rb"), DKIM_ODD_LINE);
	assert_int_equal(dkim_field_oddity("a\r"), DKIM_ODD_LINE);
	assert_int_equal(dkim_field_oddity("a\nb"), DKIM_ODD_LINE);
	assert_int_equal(dkim_field_oddity("a\n b\n"), DKIM_ODD_LINE);
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_what_is_read),
		cmocka_unit_test(test_broken_is_told_of),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_key_flags),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
