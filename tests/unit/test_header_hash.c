#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "base/pool.h"
#include "check/header_hash.h"
#include "header_hash_fixture.h"
#include "mail/dkim_field.h"

#define BH "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define START " v=1; a=rsa-sha256; c=relaxed/simple; d=example.nl; s=s; "
#define SIGNATURE START "h=from:to; " BH "; b=AQIDBA=="

/* What RFC 6376 section 3.7 hashes of header() and SIGNATURE. */
static const char canonical[] = "from:joe@example.nl\r\n"
				"to:ann a@example.org\r\n"
				"dkim-signature:v=1; a=rsa-sha256; c=relaxed/simple; "
				"d=example.nl; s=s; h=from:to; " BH "; b=";

static struct dkim_field *
field(const char *name, const char *value, struct dkim_field *next, struct pool *pool)
{
	struct dkim_field *f = pool_alloc(pool, sizeof *f);

	f->text = dkim_field_text(name, value, &f->len, pool);
	f->next = next;
	return f;
}

/* A message with ${count} signatures. */
static struct dkim_field *
header(const char *const *signatures, size_t count, struct pool *pool)
{
	struct dkim_field *list = field("To", " ann\n  a@example.org", NULL, pool);

	while (count-- > 0)
		list = field("DKIM-Signature", signatures[count], list, pool);
	return field("From", " joe@example.nl", list, pool);
}

/* ${fed}: what libopendkim sees; ${ours}: what we take it for. */
static struct header_hash
ask(const char *fed, const char *ours)
{
	struct pool *pool = pool_new();
	struct dkim_signature signature = dkim_tags_signature(ours, pool);
	struct header_hash hash = { .signature = &signature }, *wanted = &hash;

	assert_int_equal(signature.result, DKIM_NONE);
	assert_true(
	    header_hash_ask(header_hash_fixture_lib, header(&fed, 1, pool), &wanted, 1));
	pool_free(pool);
	return hash;
}

static void
test_hash(void **state)
{
	struct header_hash hash = ask(SIGNATURE, SIGNATURE);
	unsigned char expected[DKIM_HASH_SIZE];

	(void)state;
	SHA256((const unsigned char *)canonical, sizeof canonical - 1, expected);
	assert_null(hash.reason);
	assert_memory_equal(hash.value, expected, DKIM_HASH_SIZE);
}

/* The library is believed only where it has read what we have. */
static void
test_read_in_two_ways(void **state)
{
	static const char *const fed[] = {
		START "h=from; " BH "; b=AQIDBA==",
		START "h=from:to:to; " BH "; b=AQIDBA==",
		START "h=from:to; " BH "; b=AQIDBQ==",
		" v=1; a=ed25519-sha256; c=relaxed/simple; d=example.nl; s=s; "
		"h=from:to; " BH "; b=AQIDBA==",
	};

	(void)state;
	for (size_t i = 0; i < sizeof fed / sizeof fed[0]; i++) {
		struct header_hash hash = ask(fed[i], SIGNATURE);

		assert_string_equal(
		    hash.reason, "cannot be checked: can be read in two ways");
		assert_int_equal(hash.result, DKIM_NEUTRAL);
	}
}

/* What our grammar would not let through: an assertion in the library, but for us. */
static void
test_not_read(void **state)
{
	static const char *const fed[] = {
		" v=2; a=rsa-sha256; d=example.nl; s=s; h=from:to; " BH "; b=AQIDBA==",
		" v=1; a=rsa-sha256; s=s; h=from:to; " BH "; b=AQIDBA==",
		" v=1; a=rsa-sha256; d=example.nl; s=s; h=to; " BH "; b=AQIDBA==",
		" no tags",
	};

	(void)state;
	for (size_t i = 0; i < sizeof fed / sizeof fed[0]; i++) {
		struct header_hash hash = ask(fed[i], SIGNATURE);

		assert_string_equal(
		    hash.reason, "cannot be checked: libopendkim does not read it");
		assert_int_equal(hash.result, DKIM_NEUTRAL);
	}
}

/* Each hash is that of its own signature, and one too many or too few is none at all. */
static void
test_many(void **state)
{
	static const char *const fed[] = { SIGNATURE,
		START "h=from; " BH "; b=AQIDBA==", SIGNATURE };
	struct pool *pool = pool_new();
	struct dkim_signature signatures[3];
	struct header_hash hashes[3], *wanted[3];

	(void)state;
	memset(hashes, 0, sizeof hashes);
	for (size_t i = 0; i < 3; i++) {
		signatures[i] = dkim_tags_signature(fed[i], pool);
		hashes[i].signature = &signatures[i];
		wanted[i] = &hashes[i];
	}
	assert_true(
	    header_hash_ask(header_hash_fixture_lib, header(fed, 3, pool), wanted, 3));
	assert_null(hashes[0].reason);
	assert_null(hashes[1].reason);
	assert_memory_equal(hashes[0].value, hashes[2].value, DKIM_HASH_SIZE);
	assert_memory_not_equal(hashes[0].value, hashes[1].value, DKIM_HASH_SIZE);
	assert_false(
	    header_hash_ask(header_hash_fixture_lib, header(fed, 2, pool), wanted, 3));
	assert_false(
	    header_hash_ask(header_hash_fixture_lib, header(fed, 3, pool), wanted, 2));
	assert_false(
	    header_hash_ask(header_hash_fixture_lib, header(fed, 0, pool), wanted, 1));
	pool_free(pool);
}

/* Fields that h= does not name, and names as MTAs and senders may write them. */
static void
test_unnamed_fields(void **state)
{
	struct header_hash plain = ask(SIGNATURE, SIGNATURE);
	struct pool *pool = pool_new();
	struct dkim_signature signature = dkim_tags_signature(SIGNATURE, pool);
	struct header_hash hash = { .signature = &signature }, *wanted = &hash;
	struct dkim_field *list = field("tO", " ann\n  a@example.org", NULL, pool);

	(void)state;
	for (int i = 0; i < 300; i++)
		list = field(pool_printf(pool, "X-Field-%d", i), " text", list, pool);
	list = field("DKIM-SIGNATURE", SIGNATURE, list, pool);
	list = field("", "no name", list, pool);
	list = field("FROM  ", " joe@example.nl", list, pool);
	assert_true(header_hash_ask(header_hash_fixture_lib, list, &wanted, 1));
	assert_null(hash.reason);
	assert_memory_equal(hash.value, plain.value, DKIM_HASH_SIZE);
	pool_free(pool);
}

static void
test_names(void **state)
{
	static const struct {
		const char *name;
		bool held;
	} rows[] = { { "From", true }, { "FROM", true }, { "from \t", true },
		{ "List-Unsubscribe-Post", true }, { "x", true }, { "X", true },
		{ "", false }, { "Received", false }, { "Fro", false },
		{ "List-Unsubscribe", false } };
	struct dkim_field_names set = { { false } };
	struct pool *pool = pool_new();

	(void)state;
	dkim_field_names_add(&set, "from:To:list-unsubscribe-post");
	dkim_field_names_add(&set, "X");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(dkim_field_names_may_hold(
				     &set, field(rows[i].name, " x", NULL, pool)),
		    rows[i].held);
	pool_free(pool);
}

/* More than there is room for, whatever is wanted. */
static void
test_too_many(void **state)
{
	const char *fed[HEADER_HASHES_MAX + 1];
	struct pool *pool = pool_new();
	struct dkim_signature signature = dkim_tags_signature(SIGNATURE, pool);
	struct header_hash hash = { .signature = &signature };
	struct header_hash *wanted[HEADER_HASHES_MAX + 1];

	(void)state;
	for (size_t i = 0; i <= HEADER_HASHES_MAX; i++) {
		fed[i] = SIGNATURE;
		wanted[i] = &hash;
	}
	assert_true(header_hash_ask(header_hash_fixture_lib,
	    header(fed, HEADER_HASHES_MAX, pool), wanted, HEADER_HASHES_MAX));
	assert_null(hash.reason);
	assert_false(header_hash_ask(header_hash_fixture_lib,
	    header(fed, HEADER_HASHES_MAX + 1, pool), wanted, HEADER_HASHES_MAX + 1));
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_read_in_two_ways),
		cmocka_unit_test(test_not_read),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_unnamed_fields),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(
	    tests, header_hash_fixture_set_up, header_hash_fixture_tear_down);
}
