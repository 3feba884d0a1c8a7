#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/pool.h"
#include "base/wordlist.h"
#include "mail/evidence.h"
#include "mail/header.h"

#define OUR_ID "mx.example.nl"

static const struct header_limits wide = { .bytes = 1 << 20, .fields = 1000 };

static void
test_forged_results_are_counted_among_all(void **state)
{
	struct pool *pool = pool_new();
	struct header_list *list = header_list_new(pool, wide, OUR_ID, NULL);

	(void)state;
	header_list_add(list, "From", " a@example.nl");
	for (int i = 1; i <= 150; i++) {
		bool ours = i % 3 == 0;

		header_list_add(list, "Authentication-Results",
		    ours ? " mx.example.nl; dmarc=pass" : " mx.example.com; none");
		header_list_add(list, "ARC-Authentication-Results",
		    " i=1; mx.example.nl; dmarc=pass");
	}
	assert_int_equal(list->authres_count, 150);
	assert_int_equal(list->forged_count, 50);
	assert_false(list->flood);
	for (int i = 0; i < 50; i++)
		assert_int_equal(list->forged[i], (i + 1) * 3);
	header_list_add(list, "Authentication-Results", " mx.example.nl; none");
	assert_true(list->flood);
	assert_int_equal(list->forged_count, 50);
	pool_free(pool);
}

/* The ten ways to spell our id that attackers use, and what must stay. */
static const char *const spellings[] = {
	" MX.Example.NL; dmarc=pass",
	" \"mx.example.nl\"; dmarc=pass",
	" \"m\\x.example.nl\"; dmarc=pass",
	" mx.example.nl.; dmarc=pass",
	" (a (b)) mx.example.nl (c) ; dmarc=pass",
	"\n\tmx.example.nl\n ; dmarc=pass",
	" mx.example.nl 1; dmarc=pass",
	" mx.example.nl/4XyZ1a; dmarc=pass",
	" \uff4dx.example.nl; dmarc=pass",
	" mx.example.nl; dmarc=pass; ((((",
};

static void
test_ten_spellings(void **state)
{
	const size_t count = sizeof spellings / sizeof *spellings;
	struct pool *pool = pool_new();
	struct wordlist trusted = { 0 };
	struct header_list *list;

	(void)state;
	wordlist_add(&trusted, OUR_ID); /* of no effect */
	wordlist_add(&trusted, "mx.other.example");
	list = header_list_new(pool, wide, OUR_ID, &trusted);
	for (size_t i = 0; i < count; i++) {
		header_list_add(list, "Authentication-Results", spellings[i]);
		header_list_add(list, "ARC-Authentication-Results", spellings[i]);
		header_list_add(
		    list, "Authentication-Results", " mx.other.example; none");
	}
	assert_int_equal(list->authres_count, 2 * count);
	assert_int_equal(list->forged_count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(list->forged[i], 2 * i + 1);
	wordlist_clear(&trusted);
	pool_free(pool);
}

static void
test_flood_of_forged_results(void **state)
{
	struct pool *pool = pool_new();
	struct header_list *list = header_list_new(pool, wide, OUR_ID, NULL);

	(void)state;
	header_list_add(list, "From", " a@example.nl");
	for (int i = 0; i < HEADER_FORGED_MAX; i++)
		header_list_add(list, "Authentication-Results", " mx.example.nl; none");
	assert_false(list->flood);
	assert_int_equal(header_author(list, pool).status, FROM_OK);
	header_list_add(list, "Authentication-Results", " mx.example.nl; none");
	assert_true(list->flood);
	assert_int_equal(list->forged_count, HEADER_FORGED_MAX);
	assert_int_equal(header_author(list, pool).status, FROM_HEADER_FLOOD);
	pool_free(pool);
}

/* Each takes long to compare, so that after some no more is. */
static void
test_flood_of_names_beyond_ascii(void **state)
{
	struct pool *pool = pool_new();
	struct header_list *list =
	    header_list_new(pool, wide, "m\u00fc.example.nl", NULL);

	(void)state;
	header_list_add(list, "From", " a@example.nl");
	for (int i = 0; i < 100; i++)
		header_list_add(list, "Authentication-Results", " b\u00fccher.de; none");
	assert_int_equal(list->forged_count, 0);
	header_list_add(list, "Authentication-Results", " b\u00fccher.de; none");
	header_list_add(list, "Authentication-Results", " buecher.de; none");
	header_list_add(list, "Authentication-Results", " XN--m-eha.example.nl; none");
	assert_int_equal(list->forged_count, 2);
	assert_int_equal(list->forged[0], 101);
	assert_int_equal(list->forged[1], 103);
	assert_int_equal(header_author(list, pool).status, FROM_OK);
	pool_free(pool);
}

/* An id that is no name of a host is compared as it is. */
static void
test_odd_id_of_our_own(void **state)
{
	struct pool *pool = pool_new();
	struct header_list *list = header_list_new(pool, wide, "our \u00fc", NULL);

	(void)state;
	header_list_add(list, "Authentication-Results", " \"Our \u00fc\"; none");
	header_list_add(list, "Authentication-Results", " our; none");
	assert_int_equal(list->forged_count, 1);
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forged_results_are_counted_among_all),
		cmocka_unit_test(test_ten_spellings),
		cmocka_unit_test(test_flood_of_forged_results),
		cmocka_unit_test(test_flood_of_names_beyond_ascii),
		cmocka_unit_test(test_odd_id_of_our_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
