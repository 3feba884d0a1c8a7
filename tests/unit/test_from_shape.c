#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "mail/from_shape.h"

/* The domain that the one shape gives, or NULL; all are malformed to the strict reader.
 */
static const struct {
	const char *value, *domain;
} rows[] = {
	/* ADDR again, or nothing */
	{ " a@b.nl <a@b.nl>", "b.nl" },
	{ " A@B.NL <a@b.nl>", "b.nl" },
	{ " \"a@b.nl\" <a@b.nl>", "b.nl" },
	{ " =?utf-8?q?a=40b=2Enl?= <a@b.nl>", "b.nl" },
	{ " =?utf-8?q?a=40b?= =?utf-8?b?Lm5s?= <a@b.nl>", "b.nl" },
	{ "<a@b.nl>", "b.nl" },
	{ " a@c.nl <a@b.nl>", NULL },
	{ " \"a@c.nl\" <a@b.nl>", NULL },
	{ " =?utf-8?q?a=40c=2Enl?= <a@b.nl>", NULL },
	{ " x =?utf-8?q?a=40b=2Enl?= <a@b.nl>", NULL },

	/* names */
	{ " Jos\xe9 <a@b.nl>", "b.nl" },
	{ " Jos\u00e9 (x) [y] \"z,:;\" <a@b.nl>", "b.nl" },
	{ " a\\b <a@b.nl>", "b.nl" },
	{ " a\\ b <a@b.nl>", NULL },
	{ " a\\<a@b.nl>", NULL },
	{ " \"a\\b\" x <a@b.nl>", NULL },
	{ " (a\\b) <a@b.nl>", NULL },
	{ " x, y <a@b.nl>", NULL },
	{ " x; y <a@b.nl>", NULL },
	{ " x: y <a@b.nl>", NULL },
	{ " (x, y) <a@b.nl>", "b.nl" },
	{ " \"x <a@b.nl>", NULL },
	{ " (x <a@b.nl>", NULL },
	{ " x) <a@b.nl>", NULL },
	{ " [x <a@b.nl>", NULL },
	{ " x] <a@b.nl>", NULL },
	{ " [[x]] <a@b.nl>", NULL },
	{ " \"c@d\" x <a@b.nl>", NULL },
	{ " c\uff20d <a@b.nl>", NULL },
	{ " c\ufe6bd <a@b.nl>", NULL },
	{ " u%d <a@b.nl>", NULL },
	{ " d ! u <a@b.nl>", NULL },
	{ " \xe9!\xe9 <a@b.nl>", NULL },
	{ " 100 % (x) <a@b.nl>", "b.nl" },
	{ " Hello! . <a@b.nl>", "b.nl" },

	/* encoded-words */
	{ " . =?utf-8?q?J=C3=A9?= <a@b.nl>", "b.nl" },
	{ " . =?iso-8859-15*nl?q?J=E9_x?= <a@b.nl>", "b.nl" },
	{ " . =?windows-1252?b?Sug=?= <a@b.nl>", "b.nl" },
	{ " . =?iso-8859-8-i?q?J=E9_x?= <a@b.nl>", "b.nl" },
	{ " . =?utf-8*en-GB?q?Joe?= <a@b.nl>", "b.nl" },
	{ " . =?utf-8?b?Sm 9l?= <a@b.nl>", "b.nl" },
	{ " . =?utf-8?b?Sm\r\n 9l?= <a@b.nl>", "b.nl" },
	{ " . =?utf-8?b?Sm 9?= <a@b.nl>", NULL },
	{ " . =?utf-8?b?YU Bi?= <a@b.nl>", NULL }, /* a@b */
	{ " . =?iso-8859-?q?Joe?= <a@b.nl>", NULL },
	{ " . =?iso-8859-'1?q?Joe?= <a@b.nl>", NULL },
	{ " . =?utf-8*?q?Joe?= <a@b.nl>", NULL },
	{ " . =?utf-8*en gb?q?Joe?= <a@b.nl>", NULL },
	{ " . =?windows-1252?b?Sug?= <a@b.nl>", NULL },
	{ " . =?utf-8?q?J=E9?= <a@b.nl>", NULL },
	{ " . =?utf-7?q?x?= <a@b.nl>", NULL },
	{ " . =?utf-8?q?x=40y?= <a@b.nl>", NULL },
	{ " . =?utf-8?q?x=3Cy?= <a@b.nl>", NULL },
	{ " . =?utf-8?q?x=22y?= <a@b.nl>", NULL },
	{ " . =?utf-8?q?x=28y?= <a@b.nl>", NULL },
	{ " . =?utf-8?q?x=5Cy?= <a@b.nl>", NULL },
	{ " . =?utf-8?q?x=0Ay?= <a@b.nl>", NULL },
	{ " . =?utf-8?q?u=25d?= <a@b.nl>", NULL },
	{ " . =?utf-8?q?=3D=3F?= <a@b.nl>", NULL },
	{ " . =?utf-8?q?x <a@b.nl>", NULL },
	{ " . =? <a@b.nl>", NULL },
	{ " . =?utf-8?x?x?= <a@b.nl>", NULL },
	{ " . =?utf-8?q?a,b?= <a@b.nl>", NULL },
	{ " . =?utf-8?q?a=2Cb?= <a@b.nl>", "b.nl" },

	/* ADDR */
	{ " . < a@b.nl\t>", "b.nl" },
	{ " . <.a..b.@b.nl>", "b.nl" },
	{ " . <a=?b@b.nl>", NULL },
	{ " . <a!b@b.nl>", NULL },
	{ " . <a%b@b.nl>", NULL },
	{ " . <\"a\"@b.nl>", NULL },
	{ " . <a@b@b.nl>", NULL },
	{ " . <@b.nl>", NULL },
	{ " . <a@nl>", NULL },
	{ " . <a@b.nl.>", NULL },
	{ " . <a@b..nl>", NULL },
	{ " . <a@b\u00fc.nl>", NULL },
	{ " . <a b@b.nl>", NULL },
	{ " . <a@b.nl", NULL },
	{ " . <<a@b.nl>>", NULL },
	{ " . <a@b.nl> <a@b.nl>", NULL },
	{ " . <a@b.nl> x", NULL },
	{ " . <a@b.nl> (x)", NULL },
	{ " . \n <a@b.nl> \n\t", "b.nl" },
	{ " . \x01 <a@b.nl>", NULL },
	{ " . \x7f <a@b.nl>", NULL },
	{ " .\r<a@b.nl>", NULL },
	{ " . <a@b.n\nl>", NULL },
	{ " . <a@b.n\n l>", NULL },
	{ " .\nx <a@b.nl>", NULL },
	{ " .\r\nx <a@b.nl>", NULL },
};

static void
test_shape(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *got = from_shape_domain(rows[i].value, true, pool);

		if ((got == NULL) != (rows[i].domain == NULL) ||
		    (got != NULL && strcmp(got, rows[i].domain) != 0))
			fail_msg("\"%s\": %s", rows[i].value, got != NULL ? got : "none");
	}
	pool_free(pool);
}

/* Only Postfix leaves them where they are. */
static void
test_ends(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	assert_non_null(from_shape_domain(" . <a@b.nl>,; ", true, pool));
	assert_null(from_shape_domain(" . <a@b.nl>,", false, pool));
	assert_null(from_shape_domain(" . <a@b.nl>;", false, pool));
	assert_non_null(from_shape_domain(" . <a@b.nl> ", false, pool));
	pool_free(pool);
}

static void
test_length(void **state)
{
	static char value[9000];
	struct pool *pool = pool_new();

	(void)state;
	memset(value, '.', 8192);
	memcpy(value + 8192 - 8, "<a@b.nl>", 9);
	assert_non_null(from_shape_domain(value, true, pool));
	memset(value, '.', 8193);
	memcpy(value + 8193 - 8, "<a@b.nl>", 9);
	assert_null(from_shape_domain(value, true, pool));
	pool_free(pool);
}

static void
test_wants_quotes(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	assert_true(from_shape_wants_quotes(" Smith, Joe <a@b.nl>", pool));
	assert_true(from_shape_wants_quotes(" School: Joe <a@b.nl>", pool));
	assert_true(from_shape_wants_quotes(" x; y <a@b.nl>", pool));
	assert_false(from_shape_wants_quotes(" c@d.nl, x <a@b.nl>", pool));
	assert_true(from_shape_wants_quotes(" c@d.nl <a@b.nl>", pool));
	assert_true(from_shape_wants_quotes(" x [y] <a@b.nl>", pool));
	assert_false(from_shape_wants_quotes(" x [y] <a@b.nl>;", pool));
	assert_false(from_shape_wants_quotes(" x (y <a@b.nl>", pool));
	assert_false(from_shape_wants_quotes(" x <a@b.nl> y", pool));
	assert_false(from_shape_wants_quotes(" <a@b.nl>", pool));
	assert_false(from_shape_wants_quotes(" x, y", pool));
	pool_free(pool);
}

#define NONE (-1)

static const struct {
	const char *value;
	int bounce; /* enum from_bounce, or NONE */
} bounces[] = {
	{ " MAILER-DAEMON <>", FROM_BOUNCE_MAILER },
	{ " \"Mail Delivery System\" <>", FROM_BOUNCE_MAILER },
	{ " Mail Delivery Subsystem < >", FROM_BOUNCE_MAILER },
	{ " mail delivery system <>", FROM_BOUNCE_MAILER },
	{ " <>", FROM_BOUNCE_MAILER },
	{ " =?utf-8?q?x?= <>", FROM_BOUNCE_NAMELESS },
	{ " \"\" <>", FROM_BOUNCE_NAMELESS },
	{ " The Rector <>", FROM_BOUNCE_NAMELESS },
	{ " \u00e9 <>", FROM_BOUNCE_NAMELESS },
	{ " 123 <>", FROM_BOUNCE_NAMELESS },
	{ "", FROM_BOUNCE_NAMELESS },
	{ " \n ", FROM_BOUNCE_NAMELESS },
	{ " MAILER-DAEMON", FROM_BOUNCE_COMPLETED },
	{ " <MAILER-DAEMON>", FROM_BOUNCE_COMPLETED },
	{ " Mail Delivery System <mailer-daemon>", FROM_BOUNCE_COMPLETED },
	{ " MAILER-DAEMON (Mail Delivery System)", FROM_BOUNCE_COMPLETED },
	{ " The Rector <MAILER-DAEMON>", FROM_BOUNCE_WORD },
	{ " MAILER-DAEMON (The Rector)", FROM_BOUNCE_WORD },
	{ " Mail Delivery System <rector>", FROM_BOUNCE_WORD },
	{ " rector", FROM_BOUNCE_WORD },
	{ " The Rector", FROM_BOUNCE_WORD },
	{ " Rector, The <>", NONE },
	{ " x: <>", NONE },
	{ " x@y.nl <>", NONE },
	{ " x@y.nl", NONE },
	{ " <> <>", NONE },
	{ " x <> y", NONE },
	{ " <a b>", NONE },
	{ " <\"x\">", NONE },
	{ " (x <>", NONE },
	{ " u%d", NONE },
};

static void
test_bounces(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof bounces / sizeof *bounces; i++) {
		enum from_bounce bounce = FROM_BOUNCE_WORD;
		bool is = from_shape_bounce(bounces[i].value, &bounce, pool);
		int got = is ? (int)bounce : NONE;

		if (got != bounces[i].bounce)
			fail_msg("\"%s\": %d", bounces[i].value, got);
	}
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_wants_quotes),
		cmocka_unit_test(test_bounces),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
