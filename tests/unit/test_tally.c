/* However many names come, what comes often is found, and memory stays bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/pool.h"
#include "ctl/history/tally.h"

#define ROOM 64
#define STRANGERS 100000
#define OFTEN 20000

static void
test_exact(void **state)
{
	struct tally *t = tally_new(3);
	struct pool *pool = pool_new();
	struct tally_row *rows;

	(void)state;
	assert_int_equal(tally_top(t, 5, pool, &rows), 0);
	tally_add(t, "b", 2);
	tally_add(t, "a", 2);
	tally_add(t, "c", 5);
	tally_add(t, "b", 1);
	assert_int_equal(tally_top(t, 5, pool, &rows), 3);
	assert_string_equal(rows[0].name, "c");
	assert_int_equal(rows[0].n, 5);
	assert_string_equal(rows[1].name, "b");
	assert_int_equal(rows[1].n, 3);
	assert_string_equal(rows[2].name, "a");
	assert_int_equal(tally_top(t, 1, pool, &rows), 1);
	assert_string_equal(rows[0].name, "c");
	tally_free(t);
	tally_free(NULL);
	pool_free(pool);
}

/* As the header promises: at most twice the sum by the room is missing. */
static void
test_strangers(void **state)
{
	struct tally *t = tally_new(ROOM);
	struct pool *pool = pool_new();
	struct tally_row *rows;
	char name[20];
	size_t count;

	(void)state;
	for (int i = 0; i < STRANGERS; i++) {
		snprintf(name, sizeof name, "s%d", i);
		tally_add(t, name, 1);
		if (i % (STRANGERS / OFTEN) == 0) {
			tally_add(t, "often", 1);
			tally_add(t, "as often", 1);
		}
	}
	count = tally_top(t, STRANGERS, pool, &rows);
	assert_in_range(count, 2, ROOM);
	assert_in_range(rows[0].n, OFTEN - 2 * (STRANGERS + 2 * OFTEN) / ROOM, OFTEN);
	assert_in_range(rows[1].n, OFTEN - 2 * (STRANGERS + 2 * OFTEN) / ROOM, OFTEN);
	assert_string_not_equal(rows[0].name, rows[1].name);
	assert_string_equal(
	    rows[0].name[0] == 'o' ? rows[1].name : rows[0].name, "as often");
	tally_free(t);
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
