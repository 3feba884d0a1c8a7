#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/pool.h"

#define PIECES 2000

static void
test_keeps_what_it_gave(void **state)
{
	struct pool *pool = pool_new();
	char *a = pool_strndup(pool, "abcdef", 3);
	char *b = pool_printf(pool, "%s-%d", a, 7);
	char *c = pool_printf(pool, "%0300d", 7);

	(void)state;
	assert_string_equal(a, "abc");
	assert_string_equal(b, "abc-7");
	assert_int_equal(strlen(c), 300);
	assert_string_equal(c + 298, "07");
	assert_string_equal(pool_strdup(pool, b), b);
	assert_string_equal(pool_join(pool, "a", "", "bc"), "abc");
	assert_string_equal(pool_strndup(pool, NULL, 0), "");
	pool_free(pool);
	pool_free(NULL);
}

/* Of every size around those of blocks, so that some are the last of one, and some begin
 * another or have one of their own. */
static size_t
size_of(size_t i)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 200, 255, 256, 257, 511, 512, 513,
		1000, 1024, 2047, 2048, 2049, 4096, 8191, 8192, 8193, 50000 };

	return i % 3 == 0 ? sizes[i / 3 % (sizeof sizes / sizeof sizes[0])] : i % 40;
}

static bool
is_filled(const unsigned char *piece, size_t size, unsigned char with)
{
	for (size_t i = 0; i < size; i++) {
		if (piece[i] != with)
			return false;
	}
	return true;
}

static void
test_pieces_are_apart(void **state)
{
	struct pool *pool = pool_new();
	unsigned char *pieces[PIECES];

	(void)state;
	for (size_t i = 0; i < PIECES; i++) {
		size_t size = size_of(i);

		pieces[i] = i % 2 == 0 ? pool_alloc(pool, size) : pool_room(pool, size);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		if (i % 2 == 0)
			assert_true(is_filled(pieces[i], size, 0));
		memset(pieces[i], (int)(i % 255 + 1), size);
	}
	for (size_t i = 0; i < PIECES; i++)
		assert_true(
		    is_filled(pieces[i], size_of(i), (unsigned char)(i % 255 + 1)));
	pool_free(pool);
}

/* Memory that was used before comes back, also from the one pool to the next. */
static void
test_zeroed_again(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		struct pool *pool = pool_new();

		for (size_t i = 0; i < 100; i++) {
			unsigned char *piece = pool_alloc(pool, 300);

			assert_true(is_filled(piece, 300, 0));
			memset(piece, 0xa5, 300);
		}
		pool_free(pool);
	}
}

static void
test_pools_share_nothing(void **state)
{
	struct pool *first = pool_new(), *second = pool_new();
	char *a = pool_strdup(first, "the first's");
	char *b = pool_strdup(second, "the second's");

	(void)state;
	for (int i = 0; i < 100; i++)
		memset(pool_room(second, 500), 'x', 500);
	assert_string_equal(a, "the first's");
	pool_free(first);
	a = pool_strdup(second, "another");
	assert_string_equal(b, "the second's");
	assert_string_equal(a, "another");
	pool_free(second);
}

/* Never less than was asked for: rather the end. */
static void
test_more_than_there_is(void **state)
{
	(void)state;
	for (size_t less = 0; less < 64; less++) {
		int status;
		pid_t child = fork();

		if (child == 0) {
			setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
			close(STDERR_FILENO);
			_exit(pool_room(pool_new(), SIZE_MAX - less) == NULL);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_not_equal(status, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_what_it_gave),
		cmocka_unit_test(test_pieces_are_apart),
		cmocka_unit_test(test_zeroed_again),
		cmocka_unit_test(test_pools_share_nothing),
		cmocka_unit_test(test_more_than_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
