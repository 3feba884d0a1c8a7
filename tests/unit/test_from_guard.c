#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "mail/evidence.h"
#include "mail/from_guard.h"
#include "mail/header.h"
#include "mta_model.h"

static const struct header_limits wide = { .bytes = 1 << 20, .fields = 10 };

enum wanted {
	GOOD,     /* whatever the MTA */
	POSTFIX,  /* refused unless the MTA is Postfix */
	GUARDED,  /* refused by a guard */
	ELSEWHERE /* refused, but for what it is itself: a second reading may help */
};

static const struct row {
	const char *value;
	enum wanted wanted;
} rows[] = {
	/* a backslash in a name that is quoted again */
	{ " A. \"The boss\\\" <c@v.example>, \\\" y\" <x@e.example>", GUARDED },
	{ " \"a\\\" b\" c <x@e.example>", GUARDED },
	{ " \"a\\\" b\" . <x@e.example>", GUARDED },
	{ " O'Neil \"a\\\"b\" <x@e.example>", GUARDED },
	{ " word (a\\)b) <x@e.example>", GUARDED },
	{ " word \"a\\\"b\": x@e.example;", GUARDED },
	{ " x@e.example, b. \"a\\\"b\" <x@e.example>", GUARDED },
	{ " \"Jan \\\"J\\\" Jansen\" <x@e.example>", GOOD },
	{ " (a\\)b) <x@e.example>", GOOD },
	{ " \"a\\\"b\"@e.example", GOOD },
	{ " x@e.example (a\\)b)", GOOD },
	{ " \"a\\\"b\"@e.example, Jan <x@e.example>", GOOD },
	{ " Jan J. O'Neil <x@e.example>", GOOD },

	/* a backslash before white space, wherever */
	{ " \"a\\ b\" <x@e.example>", GUARDED },
	{ " \"a\\\\ b\" <x@e.example>", GUARDED },
	{ " (a\\\tb) <x@e.example>", GUARDED },
	{ " x@e.example (a\\ b)", GUARDED },
	{ " \"a\\\\b\" <x@e.example>", GOOD },

	/* a quote alone in a comment, which another in a name may end */
	{ " (\"a) J.R. <x@e.example>", POSTFIX },
	{ " A.B. (5\" c) <x@e.example>", POSTFIX },
	{ " (\"a) <x@e.example>, J.R. <x@e.example>", POSTFIX },
	{ " x@e.example (a\"), A.\n (\"b) <x@e.example>", POSTFIX },
	{ " staff: (a (b\" c)) x@e.example;", POSTFIX },
	{ " (\"a \"b \"c) d <x@e.example>", POSTFIX },
	{ " x@e.example (5\" disks)", GOOD },
	{ " (5\" disks) \"J.R.\" <x@e.example>", GOOD },
	{ " (the \"a\" of b) J.R. <x@e.example>", GOOD },
	{ " \"(\" J.R. <x@e.example>", GOOD },

	/* source routes */
	{ " <@v.example:x@e.example>", GUARDED },
	{ " \"c\" <(c)@v.example,@b.example:x@e.example>", GUARDED },
	{ " < (c) \n\t(d) @v.example:x@e.example>", GUARDED },
	{ " a <x@e.example>, < @v.example:x@e.example>", GUARDED },
	{ " <mailto:a@e.example>", ELSEWHERE },
	{ " \"<@a\" <x@e.example>", GOOD },

	/* domains that are completed */
	{ " rector@localhost", GUARDED },
	{ " <rector@localhost.>", GUARDED },
	{ " \"The rector\" <rector@school>", GUARDED },
	{ " staff: rector@localhost;", GUARDED },
	{ " ceo@e\u3002example", GUARDED },
	{ " <ceo@e\uff0eexample.>", GUARDED },
	{ " a@e.example, ceo@localhost", ELSEWHERE }, /* several domains */
	{ " x@e.example", GOOD },

	/* beyond ASCII: only where the MTA is not Postfix */
	{ " Jos\u00e9 <x@e.example>", GOOD },
	{ " (Jos\u00e9) x@e.example (\u00e9)", GOOD },
	{ " <jos\u00e9@e.example>", POSTFIX },
	{ " <x@b\u00fccher.example>", POSTFIX },
	{ " x@b\u00fccher.example", POSTFIX },
	{ " \"jos\u00e9\"@e.example", POSTFIX },

	/* what is malformed for other reasons */
	{ " Jan <x@e.example", ELSEWHERE },
	{ " a b@e.example", ELSEWHERE },
	{ "", ELSEWHERE },
};

static struct from_evidence
author(const char *name, const char *value, bool postfix, struct pool *pool)
{
	struct header_list *list = header_list_new(pool, wide, "mx.example", NULL);

	list->postfix = postfix;
	header_list_add(list, name, value);
	return header_author(list, pool);
}

static void
check(const char *value, bool postfix, enum wanted wanted, struct pool *pool)
{
	struct from_evidence got = author("From", value, postfix, pool);
	bool good = wanted == GOOD || (wanted == POSTFIX && postfix);
	bool guarded = !good && wanted != ELSEWHERE;

	if ((got.status == FROM_OK) != good || got.guarded != guarded)
		fail_msg("\"%s\", %s: %s (%s)%s", value, postfix ? "Postfix" : "another",
		    evidence_from_name(got.status), got.reason ? got.reason : "",
		    got.guarded ? ", guarded" : "");
}

static void
test_rows(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		check(rows[i].value, true, rows[i].wanted, pool);
		check(rows[i].value, false, rows[i].wanted, pool);
	}
	pool_free(pool);
}

/* Without the NUL. */
static void
put(char *at, const char *text)
{
	while (*text != '\0')
		*at++ = *text++;
}

/* "${before}xxx...${after}" of ${len} octets. */
static char *
of_length(const char *before, char fill, const char *after, size_t len, struct pool *pool)
{
	char *text = pool_alloc(pool, len + 1);

	memset(text, fill, len);
	put(text, before);
	put(text + len - strlen(after), after);
	return text;
}

/* Each physical line counts, the first with the name and its blanks. */
static void
test_lines(void **state)
{
	static const size_t max = FROM_GUARD_LINE_MAX;
	struct pool *pool = pool_new();
	const char *value = of_length(" (", 'x', ") a@b.example", max - 5, pool);

	(void)state;
	assert_int_equal(author("From", value, true, pool).status, FROM_OK);
	assert_true(author("From ", value, true, pool).guarded);
	assert_true(author(
	    "From", of_length(" (", 'x', ") a@b.example", max - 4, pool), true, pool)
			.guarded);
	value = of_length(" (x)\n (", 'x', ") a@b.example", max + 5, pool);
	assert_int_equal(author("From", value, true, pool).status, FROM_OK);
	value = of_length(" (x)\n (", 'x', ") a@b.example", max + 6, pool);
	assert_true(author("From", value, true, pool).guarded);
	value = of_length(" (", 'x', ")\n a@b.example", max - 5 + 13, pool);
	assert_int_equal(author("From", value, true, pool).status, FROM_OK);
	value = of_length(" (", 'x', ")\n a@b.example", max - 5 + 14, pool);
	assert_true(author("From", value, true, pool).guarded);
	/* Also where it cannot be read for other reasons. */
	value = of_length(" (", 'x', " a@b.example", max, pool);
	assert_true(author("From", value, true, pool).guarded);
	pool_free(pool);
}

/* 250 octets unfolded, with two for each quote and parenthesis and two for all. */
static void
test_mailbox_length(void **state)
{
	struct pool *pool = pool_new();
	const char *good = of_length(" ", 'x', " <a@b.example>", 248, pool);
	const char *bad = of_length(" ", 'x', " <a@b.example>", 249, pool);

	(void)state;
	assert_int_equal(author("From", good, false, pool).status, FROM_OK);
	assert_true(author("From", bad, false, pool).guarded);
	assert_int_equal(author("From", bad, true, pool).status, FROM_OK);
	bad = of_length(" \"", 'x', "\" <a@b.example>", 247, pool);
	assert_true(author("From", bad, false, pool).guarded);
	bad = of_length(" (", 'x', ") a@b.example", 248, pool);
	assert_true(author("From", bad, false, pool).guarded);
	/* Each mailbox by itself. */
	good = pool_printf(pool, "%s,%s", good, good);
	assert_int_equal(author("From", good, false, pool).status, FROM_OK);
	good = pool_printf(pool, " a@b.example,%s", bad);
	assert_true(author("From", good, false, pool).guarded);
	/* Also what is no mailbox: the name of an empty group, a comment alone. */
	bad = of_length(" \"", 'x', "\":;, a@b.example", 270, pool);
	assert_true(author("From", bad, false, pool).guarded);
	assert_int_equal(author("From", bad, true, pool).status, FROM_OK);
	bad = of_length(" a@b.example, (", 'x', ")", 270, pool);
	assert_true(author("From", bad, false, pool).guarded);
	bad = of_length(" g:a@b.example;(", 'x', ")", 270, pool);
	assert_true(author("From", bad, false, pool).guarded);
	/* The name counts with an address that all read alike in a malformed field. */
	good = of_length(" y [", 'x', "] <a@b.example>", 248, pool);
	assert_int_equal(
	    author("From", good, false, pool).status, FROM_MALFORMED_ONE_DOMAIN);
	bad = of_length(" y [", 'x', "] <a@b.example>", 249, pool);
	assert_true(author("From", bad, false, pool).guarded);
	assert_int_equal(
	    author("From", bad, true, pool).status, FROM_MALFORMED_ONE_DOMAIN);
	/* What is no list at all. */
	bad = of_length(" a@b <", 'x', "@b.example>", 260, pool);
	assert_true(author("From", bad, false, pool).guarded);
	assert_false(author("From", bad, true, pool).guarded);
	pool_free(pool);
}

/* Postfix drops what goes beyond so many words, and completes the last ones. */
static void
test_field_length(void **state)
{
	static const size_t max = 8192;
	struct pool *pool = pool_new();
	char *value = of_length(" a@b.example,", 'x', " <a@b.example>", max, pool);

	(void)state;
	for (size_t i = 100; i < max - 100; i += 100)
		put(value + i, "\n ");
	assert_int_equal(author("From", value, true, pool).status, FROM_OK);
	value = pool_printf(pool, "%s ", value);
	assert_true(author("From", value, true, pool).guarded);
	assert_true(author("From", value, false, pool).guarded);
	pool_free(pool);
}

/* Results with a line that is broken behind us are taken for ours. */
static void
test_results(void **state)
{
	static const size_t max = FROM_GUARD_LINE_MAX, name = 23;
	struct pool *pool = pool_new();
	struct header_list *list = header_list_new(pool, wide, "mx.example", NULL);

	(void)state;
	header_list_add(list, "Authentication-Results",
	    of_length(" other.example; none (", 'x', ")", max - name, pool));
	assert_int_equal(list->forged_count, 0);
	header_list_add(list, "Authentication-Results",
	    of_length(" other.example; none (", 'x', ")", max - name + 1, pool));
	assert_int_equal(list->forged_count, 1);
	assert_int_equal(list->forged[0], 2);
	header_list_add(list, "Authentication-Results",
	    of_length(" other.example;\n none (", 'x', ")\n", max + 200, pool));
	assert_int_equal(list->forged_count, 2);
	pool_free(pool);
}

/* The guard is what the models need: without it each of these gets another author. */
static void
test_models(void **state)
{
	struct pool *pool = pool_new();
	const char *value, *after;

	(void)state;
	value = of_length("", ' ', "\" <c@v.example> (\" <x@e.example>", 993 + 31, pool);
	after = mta_model_postfix_break("From", value, pool);
	assert_true(author("From", value, true, pool).guarded);
	assert_non_null(strstr(after, "\n "));
	value = " A. \"b\\\" <c@v.example>, \\\" y\" <x@e.example>";
	after = mta_model_requote(value, pool);
	assert_int_equal(header_from_domain(after, pool).status, FROM_SEVERAL_DOMAINS);
	value = of_length(" \"", 'x', "\" <a@v.example.e.example>", 263, pool);
	after = mta_model_cut(value, pool);
	assert_string_not_equal(header_from_domain(after, pool).domain,
	    header_from_domain(value, pool).domain);
	value = of_length(" \"c@v.example", 'x', "\" <a@e.example>", 300, pool);
	assert_int_equal(header_from_domain(mta_model_split(value, pool), pool).status,
	    FROM_MALFORMED);
	assert_string_equal(
	    mta_model_route(" u%d, (x%y) a%b@c", pool), " u@d, (x%y) a%b@c");
	after = mta_model_complete(" <a@localhost>", pool);
	assert_string_equal(after, " <a@localhost.school.example>");
	after = mta_model_sendmail_break("X", of_length("", 'y', "", 989, pool), pool);
	assert_string_equal(after + 987, "!\n yy");
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_mailbox_length),
		cmocka_unit_test(test_field_length),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_models),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
