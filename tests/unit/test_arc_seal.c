#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "mail/arc_seal.h"
#include "mail/header.h"

#define FIELDS_MAX 4

/* Values of ARC-Seal fields from the top, and what is told. */
struct row {
	const char *fields[FIELDS_MAX];
	const char *told;
};

#define SEAL(i, d) " i=" i "; a=rsa-sha256; cv=none; d=" d "; s=s1; t=1;\n b=AAAA"

static const struct row rows[] = {
	{ { NULL }, NULL },
	{ { SEAL("1", "fwd.example") }, "fwd.example/1" },
	{ { SEAL("2", "fwd.example"), SEAL("1", "first.example") }, "fwd.example/2" },
	/* the highest i, wherever it stands */
	{ { SEAL("1", "first.example"), SEAL("3", "fwd.example"),
	      SEAL("2", "second.example") },
	    "fwd.example/3" },
	/* tags in any order, with white space and folds around, and nothing else needed
	 */
	{ { "d=fwd.example;i=1" }, "fwd.example/1" },
	{ { " d =\n\t fwd.example \n ; i\t= 7 ;" }, "fwd.example/7" },
	{ { SEAL("50", "fwd.example") }, "fwd.example/50" },
	{ { SEAL("09", "fwd.example") }, "fwd.example/9" },
	/* normal form */
	{ { SEAL("1", "FWD.Example.") }, "fwd.example/1" },
	{ { SEAL("1", "xn--mller-kva.example") }, "xn--mller-kva.example/1" },
	/* an i that is none: as if the field were not there */
	{ { SEAL("0", "fwd.example") }, NULL },
	{ { SEAL("00", "fwd.example") }, NULL },
	{ { SEAL("51", "fwd.example") }, NULL },
	{ { SEAL("99", "fwd.example") }, NULL },
	{ { SEAL("001", "fwd.example") }, NULL },
	{ { SEAL("4294967297", "fwd.example") }, NULL },
	{ { SEAL("18446744073709551617", "fwd.example") }, NULL },
	{ { SEAL("-1", "fwd.example") }, NULL },
	{ { SEAL("+1", "fwd.example") }, NULL },
	{ { SEAL("1 0", "fwd.example") }, NULL },
	{ { SEAL("1x", "fwd.example") }, NULL },
	{ { SEAL("0x2", "fwd.example") }, NULL },
	{ { SEAL("", "fwd.example") }, NULL },
	{ { " a=rsa-sha256; d=fwd.example; b=AAAA" }, NULL },
	{ { SEAL("51", "evil.example"), SEAL("2", "fwd.example") }, "fwd.example/2" },
	/* a d that is none */
	{ { SEAL("1", "") }, NULL },
	{ { SEAL("1", "fwd..example") }, NULL },
	{ { SEAL("1", "fwd example") }, NULL },
	{ { SEAL("1", "fwd.example/9") }, NULL },
	{ { SEAL("1", "[192.0.2.1]") }, NULL },
	{ { SEAL("1", "joe@fwd.example") }, NULL },
	{ { SEAL("1", "fwd\".example") }, NULL },
	{ { " i=1; a=rsa-sha256; b=AAAA" }, NULL },
	/* not ASCII, control characters */
	{ { SEAL("1", "m\xc3\xbcller.example") }, NULL },
	{ { SEAL("1", "fwd.example\x01") }, NULL },
	{ { SEAL("1", "fwd.example") "; x=\xff" }, NULL },
	/* a tag twice: two readers would take one each; also where both say the same */
	{ { SEAL("1", "fwd.example") "; d=other.example" }, NULL },
	{ { SEAL("1", "fwd.example") "; d=fwd.example" }, NULL },
	{ { SEAL("1", "fwd.example") "; i=2" }, NULL },
	{ { SEAL("1", "fwd.example") "; cv=pass" }, NULL },
	/* names of tags are compared with case */
	{ { " I=1; D=fwd.example" }, NULL },
	{ { " i=1; D=evil.example; d=fwd.example" }, "fwd.example/1" },
	/* no list of tags */
	{ { " fwd.example i=1" }, NULL },
	{ { " ; d=fwd.example; i=1" }, NULL },
	{ { " i=1; d=fwd.example; =" }, NULL },
	{ { "" }, NULL },
	/* equal i: told where both name one, and a higher one settles it */
	{ { SEAL("2", "fwd.example"), SEAL("2", "other.example") }, NULL },
	{ { SEAL("2", "fwd.example"), SEAL("2", "other.example"),
	      SEAL("1", "first.example") },
	    NULL },
	{ { SEAL("2", "fwd.example"), SEAL("2", "other.example"),
	      SEAL("2", "fwd.example") },
	    NULL },
	{ { SEAL("2", "fwd.example"), SEAL("2", "FWD.example") }, "fwd.example/2" },
	{ { SEAL("2", "fwd.example"), SEAL("2", "other.example"),
	      SEAL("3", "last.example") },
	    "last.example/3" },
};

static struct header_list *
list_of(struct pool *pool)
{
	return header_list_new(
	    pool, (struct header_limits){ 1 << 20, 1000 }, "mx.example", NULL);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct pool *pool = pool_new();
		struct header_list *list = list_of(pool);
		const char *told;

		for (size_t f = 0; f < FIELDS_MAX && rows[i].fields[f] != NULL; f++)
			header_list_add(list, "ARC-Seal", rows[i].fields[f]);
		told = arc_seal_last(list, pool);
		if (told == NULL
			? rows[i].told != NULL
			: rows[i].told == NULL || strcmp(told, rows[i].told) != 0)
			fail_msg("row %zu: %s, not %s", i, told != NULL ? told : "none",
			    rows[i].told != NULL ? rows[i].told : "none");
		pool_free(pool);
	}
}

/* Which fields are ARC-Seal. */
static void
test_names(void **state)
{
	static const struct {
		const char *name;
		bool is;
	} names[] = { { "ARC-Seal", true }, { "arc-seal", true }, { "ARC-SEAL ", true },
		{ "ARC-Seals", false }, { "ARC-Sea", false }, { "X-ARC-Seal", false },
		{ "ARC-Message-Signature", false }, { "A", false } };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct pool *pool = pool_new();
		struct header_list *list = list_of(pool);

		header_list_add(list, names[i].name, SEAL("1", "fwd.example"));
		assert_int_equal(arc_seal_last(list, pool) != NULL, names[i].is);
		pool_free(pool);
	}
}

/* Fields, and octets of one: to the last that counts, and one more. */
static void
test_caps(void **state)
{
	static char value[ARC_SEAL_OCTETS_MAX + 2];

	(void)state;
	for (int more = 0; more <= 1; more++) {
		struct pool *pool = pool_new();
		struct header_list *list = list_of(pool);

		for (int i = 0; i < ARC_SEAL_FIELDS_MAX - 1 + more; i++)
			header_list_add(list, "ARC-Seal", SEAL("1", "junk.example"));
		header_list_add(list, "ARC-Seal", SEAL("2", "fwd.example"));
		assert_string_equal(arc_seal_last(list, pool),
		    more == 0 ? "fwd.example/2" : "junk.example/1");
		pool_free(pool);
	}
	for (int more = 0; more <= 1; more++) {
		struct pool *pool = pool_new();
		struct header_list *list = list_of(pool);
		int len = snprintf(value, sizeof value, "i=1; d=fwd.example; b=");

		memset(value + len, 'A', sizeof value - (size_t)len);
		value[ARC_SEAL_OCTETS_MAX + more] = '\0';
		header_list_add(list, "ARC-Seal", value);
		assert_int_equal(arc_seal_last(list, pool) == NULL, more);
		pool_free(pool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_caps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
