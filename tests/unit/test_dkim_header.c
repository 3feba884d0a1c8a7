/* What is hashed of the header, by our own code, beside what libopendkim hashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "check/header_hash_strict.h"
#include "header_hash_fixture.h"
#include "mail/dkim_header.h"

#define BH "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define START " v=1; a=rsa-sha256; c=relaxed/simple; d=example.nl; s=s; "

/* Put a field behind the others. */
static struct dkim_field *
add(struct dkim_field **list, const char *name, const char *value, struct pool *pool)
{
	struct dkim_field *f = pool_alloc(pool, sizeof *f);

	f->text = dkim_field_text(name, value, &f->len, pool);
	while (*list != NULL)
		list = &(*list)->next;
	*list = f;
	return f;
}

/* The value of one field To. */
static const struct {
	const char *value, *rfc, *libopendkim;
} values[] = {
	{ " a b", "a b", "a b" },
	{ "a\t \tb \t", "a b", "a b" },
	{ "\n a\r\n\t b\n c \n ", "a b c", "a b c" },
	{ "", "", "" },
	{ " \n ", "", "" },
	{ " a\fb", "a\fb", "a b" },
	{ " a \v b", "a \v b", "a b" },
	{ " a\n \f\v\n b", "a \f\v b", "a b" },
	{ " \va", "\va", " a" },
	{ "\f\n a", "\f a", " a" },
	{ " a \v", "a \v", "a" },
	{ " a\f ", "a\f", "a" },
	{ " \v \f ", "\v \f", "" },
	{ " \xa0 \x85\x1c \xe2\x80\x83", "\xa0 \x85\x1c \xe2\x80\x83",
	    "\xa0 \x85\x1c \xe2\x80\x83" },
};

static void
check_text(const struct dkim_header *header, const struct dkim_field *own,
    enum dkim_white white, const char *want)
{
	struct pool *pool = pool_new();
	size_t len;
	const char *text = dkim_header_text(header, own, white, &len, pool);

	assert_string_equal(text, want);
	assert_int_equal(len, strlen(want));
	pool_free(pool);
}

static void
test_values(void **state)
{
	static const char end[] = "\r\ndkim-signature:b=; h=to";

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct pool *pool = pool_new();
		struct dkim_field *list = NULL, *own;
		struct dkim_header header;

		add(&list, "To", values[i].value, pool);
		own = add(&list, "DKIM-Signature", " b=AAAA; h=to", pool);
		header = dkim_header_select(list, "to", pool);
		check_text(&header, own, DKIM_WHITE_RFC,
		    pool_printf(pool, "to:%s%s", values[i].rfc, end));
		check_text(&header, own, DKIM_WHITE_LIBOPENDKIM,
		    pool_printf(pool, "to:%s%s", values[i].libopendkim, end));
		pool_free(pool);
	}
}

/* h=, and the values that are hashed, in their order. */
static const struct {
	const char *names, *values;
} selections[] = {
	{ "from", "1" },
	{ "FROM:to:from", "16" },
	{ "to:to:to:to:to", "642" },
	{ "x-a:none:x-b:", "3" },
	{ "::to::from", "61" },
	{ "fro:from ", "" },
	{ "subject:subject", "7" },
	{ "skipped:x-tab", "" },
	{ "", "" },
};

static void
test_selections(void **state)
{
	struct pool *pool = pool_new();
	struct dkim_field *list = NULL;

	(void)state;
	add(&list, "From", "1", pool);
	add(&list, "to", "2", pool);
	add(&list, "X-A", "3", pool);
	add(&list, "TO", "4", pool);
	add(&list, "X-Tab\t", "5", pool);
	add(&list, "To  ", "6", pool);
	add(&list, "Subject", "7", pool);
	add(&list, "Skipped", "8", pool)->skipped = true;
	for (size_t i = 0; i < sizeof selections / sizeof selections[0]; i++) {
		struct dkim_header header =
		    dkim_header_select(list, selections[i].names, pool);

		assert_int_equal(header.count, strlen(selections[i].values));
		for (size_t k = 0; k < header.count; k++)
			assert_int_equal(
			    header.fields[k]->text[header.fields[k]->len - 1],
			    selections[i].values[k]);
	}
	pool_free(pool);
}

/* The signature's own field: section 3.5, b=. */
static const struct {
	const char *value, *want;
} own_rows[] = {
	{ " b=AAAA", "b=" },
	{ " b=AAAA; d=x", "b=; d=x" },
	{ " v=1; bh=BBBB; b= AA\n AA \n ;\n c=x ", "v=1; bh=BBBB; b=; c=x" },
	{ " d=x;\n\tb=\n\tAAAA\n\tAAAA;", "d=x; b=;" },
	{ " d=x", "d=x" },
};

static void
test_own_field(void **state)
{
	const struct dkim_header none = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof own_rows / sizeof own_rows[0]; i++) {
		struct pool *pool = pool_new();
		struct dkim_field *own = NULL;

		add(&own, "DKIM-Signature ", own_rows[i].value, pool);
		check_text(&none, own, DKIM_WHITE_RFC,
		    pool_printf(pool, "dkim-signature:%s", own_rows[i].want));
		pool_free(pool);
	}
}

static const char *const names[] = { "to", "from:to:subject", "to:to:to:cc:from", "x",
	"dkim-signature:from:to", "from:from:::to" };

static struct dkim_field *
make_header(
    const char *value, const char *signature, struct dkim_field **own, struct pool *pool)
{
	struct dkim_field *list = NULL;

	add(&list, "TO", " first ", pool);
	*own = add(&list, "DKIM-Signature", signature, pool);
	add(&list, "From", " a@example.nl", pool);
	add(&list, "To ", value, pool);
	add(&list, "Cc", "\n c\n\td\v", pool);
	add(&list, "Subject", "\f x", pool);
	return list;
}

/* Made to read as libopendkim does, it hashes the same; so it is believed. */
static void
compare(const char *value, const char *h)
{
	struct pool *pool = pool_new();
	const char *text = pool_printf(
	    pool, START "h=from:%s;\n " BH "; b=AQ\n ID \n BA==; t=1700000000", h);
	struct dkim_signature signature = dkim_tags_signature(text, pool);
	struct header_hash hash = { .signature = &signature }, *wanted = &hash;
	unsigned char theirs[DKIM_HASH_SIZE];
	struct dkim_field *own, *list = make_header(value, text, &own, pool);
	bool odd = strpbrk(value, "\v\f") != NULL;

	assert_int_equal(signature.result, DKIM_NONE);
	assert_true(header_hash_ask(header_hash_fixture_lib, list, &wanted, 1));
	assert_null(hash.reason);
	memcpy(theirs, hash.value, DKIM_HASH_SIZE);
	if (!header_hash_strict_replace(&hash, list, own))
		fail_msg("h=from:%s, %s", h, value);
	if (odd && strncmp(h, "to", 2) == 0)
		assert_memory_not_equal(hash.value, theirs, DKIM_HASH_SIZE);
	if (strcmp(h, "x") == 0)
		assert_memory_equal(hash.value, theirs, DKIM_HASH_SIZE);
	/* Whatever differs: nothing is replaced. */
	memcpy(hash.value, theirs, DKIM_HASH_SIZE);
	hash.value[0] ^= 1;
	assert_false(header_hash_strict_replace(&hash, list, own));
	hash.value[0] ^= 1;
	assert_memory_equal(hash.value, theirs, DKIM_HASH_SIZE);
	pool_free(pool);
}

static void
test_same_as_libopendkim(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
			compare(values[i].value, names[k]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_selections),
		cmocka_unit_test(test_own_field),
		cmocka_unit_test(test_same_as_libopendkim),
	};

	return cmocka_run_group_tests(
	    tests, header_hash_fixture_set_up, header_hash_fixture_tear_down);
}
