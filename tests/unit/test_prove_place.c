/* What keeps a run of beschermctl prove from being the only one is said by its name. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sysexits.h>

#include <cmocka.h>

#include "base/pool.h"
#include "ctl/prove/prove_place.h"

/* The linker's names. */
int __wrap_flock(int fd, int how);                   /* NOLINT */
void __wrap_complaint_print(const char *format, ...) /* NOLINT */
    __attribute__((format(printf, 1, 2)));

static int lock_error; /* 0: there is none */
static char said[512];

int
__wrap_flock(int fd, int how) /* NOLINT */
{
	assert_true(fd >= 0);
	assert_int_equal(how, LOCK_EX | LOCK_NB);
	errno = lock_error;
	return lock_error == 0 ? 0 : -1;
}

void
__wrap_complaint_print(const char *format, ...) /* NOLINT */
{
	va_list args;

	va_start(args, format);
	vsnprintf(said, sizeof said, format, args);
	va_end(args);
}

static void
test_lock(void **state)
{
	static const struct {
		const char *socket;
		int error, code;
		const char *text;
	} rows[] = {
		{ "/tmp/listener", 0, EX_OK, "" },
		{ "/tmp/listener", EWOULDBLOCK, EX_TEMPFAIL, "another run is in progress" },
		{ "/tmp/listener", ENOLCK, EX_TEMPFAIL,
		    "/tmp cannot be locked: No locks available" },
		{ "/tmp/listener", EOPNOTSUPP, EX_TEMPFAIL,
		    "/tmp cannot be locked: Operation not supported" },
		{ "/nonexistent/listener", EWOULDBLOCK, EX_TEMPFAIL,
		    "/nonexistent cannot be locked: No such file or directory" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct prove_place place = { .socket = rows[i].socket };

		place.setup.pool = pool_new();
		lock_error = rows[i].error;
		*said = '\0';
		assert_int_equal(prove_place_lock(&place), rows[i].code);
		assert_string_equal(said, rows[i].text);
		prove_place_unlock(&place);
		prove_place_unlock(&place);
		pool_free(place.setup.pool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lock) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
