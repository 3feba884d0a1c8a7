/* What a message of a proof shows: wanted, set and seen, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "ctl/prove/prove_result.h"
#include "ctl/prove/prove_verdict.h"

#define NOT_SET ((enum action)ACTION_COUNT)

static const struct prove_case forged = {
	.number = 1, .wanted = PROVE_CAUGHT, .dmarc = "fail"
};
static const struct prove_case two_authors = {
	.number = 12, .wanted = PROVE_CAUGHT, .dmarc = "permerror"
};
static const struct prove_case genuine = {
	.number = 2, .wanted = PROVE_DELIVERED, .dmarc = "pass"
};
static const struct prove_case unasked = {
	.number = 14, .wanted = PROVE_DELIVERED, .dmarc = "none"
};
static const struct prove_case doubtful = {
	.number = 13, .wanted = PROVE_DEFERRED, .dmarc = "temperror"
};
static const struct prove_case own = { .number = PROVE_CASE_OWN,
	.wanted = PROVE_UNKNOWN };

#define OURS(result) .ours = 1, .dmarc = (result)

static const struct {
	const struct prove_case *sent;
	enum prove_wanted wanted;
	enum action set;
	struct prove_view seen;
	enum prove_level level;
	const char *text; /* stands in the finding */
} rows[] = {
	/* caught in each of three ways */
	{ &forged, PROVE_CAUGHT, ACTION_REJECT,
	    { .fate = PROVE_REFUSED, .said = "550 no" }, PROVE_OK, "refused" },
	{ &forged, PROVE_CAUGHT, ACTION_HEADER, { .fate = PROVE_MARKED, OURS("fail") },
	    PROVE_OK, "marked" },
	{ &forged, PROVE_CAUGHT, ACTION_HOLD, { .fate = PROVE_HELD, OURS("fail") },
	    PROVE_OK, "held" },
	/* but otherwise than the file says, or with another mark or id */
	{ &forged, PROVE_CAUGHT, ACTION_REJECT, { .fate = PROVE_MARKED, OURS("fail") },
	    PROVE_LOOK, "reload" },
	{ &forged, PROVE_CAUGHT, ACTION_ACCEPT, { .fate = PROVE_REFUSED }, PROVE_LOOK,
	    "reload" },
	{ &forged, PROVE_CAUGHT, ACTION_HEADER,
	    { .fate = PROVE_MARKED, OURS("fail"), .other_settings = true }, PROVE_LOOK,
	    "reload" },
	{ &forged, PROVE_CAUGHT, NOT_SET, { .fate = PROVE_REFUSED }, PROVE_OK,
	    "refused" },
	/* let in */
	{ &forged, PROVE_CAUGHT, ACTION_ACCEPT, { .fate = PROVE_PLAIN, OURS("fail") },
	    PROVE_WRONG, "unmarked (dmarc=%s)" },
	{ &forged, PROVE_CAUGHT, ACTION_ACCEPT,
	    { .fate = PROVE_PLAIN, OURS("fail"), .would = true }, PROVE_WRONG,
	    "Mode monitor" },
	{ &forged, PROVE_CAUGHT, ACTION_REJECT,
	    { .fate = PROVE_PLAIN, OURS("fail"), .would = true }, PROVE_WRONG,
	    "was the filter reloaded" },
	{ &forged, PROVE_CAUGHT, ACTION_REJECT, { .fate = PROVE_PLAIN, OURS("pass") },
	    PROVE_WRONG, "was the filter reloaded" },
	/* past the filter, whatever the queue */
	{ &forged, PROVE_CAUGHT, ACTION_REJECT, { .fate = PROVE_PLAIN }, PROVE_WRONG,
	    "past the filter" },
	{ &forged, PROVE_CAUGHT, ACTION_REJECT, { .fate = PROVE_PLAIN, .away = true },
	    PROVE_WRONG, "past the filter" },
	{ &genuine, PROVE_DELIVERED, ACTION_ACCEPT, { .fate = PROVE_PLAIN }, PROVE_WRONG,
	    "past the filter" },
	{ &forged, PROVE_CAUGHT, ACTION_HOLD, { .fate = PROVE_HELD }, PROVE_WRONG,
	    "past the filter" },
	{ &own, PROVE_EITHER, ACTION_ACCEPT, { .fate = PROVE_PLAIN }, PROVE_WRONG,
	    "past the filter" },
	{ &doubtful, PROVE_DEFERRED, ACTION_ACCEPT, { .fate = PROVE_PLAIN }, PROVE_WRONG,
	    "past the filter" },
	/* nothing is known of the filter */
	{ &forged, PROVE_CAUGHT, ACTION_REJECT,
	    { .fate = PROVE_NOT_SENT, .said = "silence" }, PROVE_UNTESTED,
	    "not tested: %s" },
	{ &forged, PROVE_CAUGHT, ACTION_REJECT,
	    { .fate = PROVE_NOT_TAKEN, .said = "554 spam" }, PROVE_UNTESTED,
	    "another filter" },
	{ &genuine, PROVE_DELIVERED, ACTION_ACCEPT,
	    { .fate = PROVE_NOT_TAKEN, .said = "554 spam" }, PROVE_UNTESTED,
	    "another filter" },
	{ &forged, PROVE_CAUGHT, ACTION_REJECT,
	    { .fate = PROVE_NOT_TAKEN, .said = "451 4.7.1", .away = true },
	    PROVE_UNTESTED, "does not answer" },
	{ &forged, PROVE_CAUGHT, ACTION_REJECT, { .fate = PROVE_LOST, .said = "ABC" },
	    PROVE_UNTESTED, "not found" },
	{ &forged, PROVE_CAUGHT, ACTION_HOLD, { .fate = PROVE_HELD_OTHER, OURS("fail") },
	    PROVE_UNTESTED, "another filter held" },
	{ &forged, PROVE_CAUGHT, ACTION_REJECT, { .fate = PROVE_PUT_OFF }, PROVE_UNTESTED,
	    "deferred" },
	{ &genuine, PROVE_DELIVERED, ACTION_ACCEPT, { .fate = PROVE_PUT_OFF },
	    PROVE_UNTESTED, "deferred" },
	/* the domains of the test do not exist for it */
	{ &forged, PROVE_CAUGHT, ACTION_REJECT, { .fate = PROVE_PLAIN, OURS("none") },
	    PROVE_UNTESTED, "does not know the domains" },
	{ &genuine, PROVE_DELIVERED, ACTION_ACCEPT, { .fate = PROVE_PLAIN, OURS("none") },
	    PROVE_UNTESTED, "does not know the domains" },
	{ &doubtful, PROVE_DEFERRED, ACTION_TEMPFAIL,
	    { .fate = PROVE_PLAIN, OURS("none") }, PROVE_UNTESTED,
	    "does not know the domains" },
	/* delivered */
	{ &genuine, PROVE_DELIVERED, ACTION_ACCEPT, { .fate = PROVE_PLAIN, OURS("pass") },
	    PROVE_OK, "let in, dmarc=%s" },
	{ &genuine, PROVE_DELIVERED, ACTION_ACCEPT, { .fate = PROVE_PLAIN, OURS("fail") },
	    PROVE_WRONG, "dmarc=%s" },
	{ &genuine, PROVE_DELIVERED, ACTION_ACCEPT,
	    { .fate = PROVE_PLAIN, OURS("pass"), .other_settings = true }, PROVE_LOOK,
	    "reload" },
	{ &genuine, PROVE_DELIVERED, ACTION_REJECT, { .fate = PROVE_REFUSED },
	    PROVE_WRONG, "not let in (%s)" },
	{ &genuine, PROVE_DELIVERED, ACTION_ACCEPT, { .fate = PROVE_REFUSED },
	    PROVE_WRONG, "was the filter reloaded" },
	{ &genuine, PROVE_DELIVERED, ACTION_ACCEPT,
	    { .fate = PROVE_MARKED, OURS("fail") }, PROVE_WRONG,
	    "was the filter reloaded" },
	{ &unasked, PROVE_DELIVERED, ACTION_ACCEPT, { .fate = PROVE_PLAIN, OURS("none") },
	    PROVE_OK, "let in, dmarc=%s" },
	{ &unasked, PROVE_DELIVERED, ACTION_HEADER,
	    { .fate = PROVE_MARKED, OURS("none") }, PROVE_WRONG, "not let in" },
	/* results in our name */
	{ &genuine, PROVE_DELIVERED, ACTION_ACCEPT,
	    { .fate = PROVE_PLAIN, OURS("pass"), .forged_left = true }, PROVE_WRONG,
	    "forged results" },
	{ &genuine, PROVE_DELIVERED, ACTION_ACCEPT,
	    { .fate = PROVE_PLAIN, .ours = 2, .dmarc = "pass" }, PROVE_WRONG,
	    "more than once" },
	{ &forged, PROVE_CAUGHT, ACTION_HEADER,
	    { .fate = PROVE_MARKED, OURS("fail"), .forged_left = true }, PROVE_WRONG,
	    "forged results" },
	/* no answer of DNS */
	{ &doubtful, PROVE_DEFERRED, ACTION_TEMPFAIL,
	    { .fate = PROVE_PUT_OFF, .said = "451 later" }, PROVE_OK, "deferred" },
	{ &doubtful, PROVE_DEFERRED, ACTION_HEADER,
	    { .fate = PROVE_MARKED, OURS("temperror") }, PROVE_OK, "marked" },
	{ &doubtful, PROVE_DEFERRED, ACTION_ACCEPT,
	    { .fate = PROVE_PLAIN, OURS("temperror") }, PROVE_LOOK, "OnTempError" },
	{ &doubtful, PROVE_DEFERRED, ACTION_TEMPFAIL,
	    { .fate = PROVE_PLAIN, OURS("pass") }, PROVE_WRONG, "dmarc=%s" },
	/* two authors: what is said of them has no domain */
	{ &two_authors, PROVE_CAUGHT, ACTION_REJECT, { .fate = PROVE_REFUSED }, PROVE_OK,
	    "refused" },
	{ &two_authors, PROVE_CAUGHT, ACTION_ACCEPT,
	    { .fate = PROVE_PLAIN, OURS("permerror") }, PROVE_WRONG, "unmarked" },
	/* in the name of one's own domain */
	{ &own, PROVE_CAUGHT, ACTION_REJECT, { .fate = PROVE_REFUSED }, PROVE_OK,
	    "refused" },
	{ &own, PROVE_CAUGHT, ACTION_ACCEPT, { .fate = PROVE_PLAIN, OURS("fail") },
	    PROVE_WRONG, "unmarked" },
	{ &own, PROVE_EITHER, ACTION_ACCEPT, { .fate = PROVE_PLAIN, OURS("none") },
	    PROVE_LOOK, "does not ask" },
	{ &own, PROVE_EITHER, ACTION_REJECT, { .fate = PROVE_REFUSED }, PROVE_OK,
	    "refused" },
	{ &own, PROVE_EITHER, ACTION_ACCEPT, { .fate = PROVE_PUT_OFF }, PROVE_UNTESTED,
	    "deferred" },
	{ &own, PROVE_UNKNOWN, ACTION_TEMPFAIL,
	    { .fate = PROVE_PUT_OFF, .said = "451 later" }, PROVE_UNTESTED,
	    "could not be looked up" },
	{ &own, PROVE_UNKNOWN, ACTION_ACCEPT, { .fate = PROVE_PLAIN, OURS("none") },
	    PROVE_UNTESTED, "could not be looked up" },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct prove_judged judged = { rows[i].sent, rows[i].wanted,
			rows[i].set != NOT_SET, rows[i].set, false };
		const struct prove_finding f = prove_verdict(&judged, &rows[i].seen);

		if (f.level == rows[i].level && strstr(f.text, rows[i].text) != NULL)
			continue;
		print_error(
		    "row %zu: %s: %s\n", i, prove_verdict_level_code(f.level), f.text);
		fail();
	}
}

/* Of all messages and of Postfix itself. */

struct whole {
	enum prove_level levels[3]; /* of cases */
	enum prove_level check;
	bool away;
	enum prove_result_verdict verdict;
	int exit;
};

static const struct whole wholes[] = {
	{ { PROVE_OK, PROVE_OK, PROVE_OK }, PROVE_OK, false, PROVE_RESULT_MET, 0 },
	{ { PROVE_OK, PROVE_LOOK, PROVE_OK }, PROVE_LOOK, false, PROVE_RESULT_MET, 0 },
	{ { PROVE_OK, PROVE_WRONG, PROVE_OK }, PROVE_OK, false, PROVE_RESULT_NOT_MET, 1 },
	{ { PROVE_OK, PROVE_WRONG, PROVE_UNTESTED }, PROVE_OK, false,
	    PROVE_RESULT_NOT_MET, 1 },
	{ { PROVE_OK, PROVE_OK, PROVE_UNTESTED }, PROVE_OK, false, PROVE_RESULT_UNTESTED,
	    75 },
	{ { PROVE_OK, PROVE_OK, PROVE_OK }, PROVE_WRONG, false, PROVE_RESULT_NOT_MET, 1 },
	{ { PROVE_UNTESTED, PROVE_UNTESTED, PROVE_UNTESTED }, PROVE_WRONG, true,
	    PROVE_RESULT_NOT_MET, 69 },
	{ { PROVE_UNTESTED, PROVE_UNTESTED, PROVE_UNTESTED }, PROVE_OK, true,
	    PROVE_RESULT_UNTESTED, 69 },
	{ { PROVE_OK, PROVE_OK, PROVE_UNTESTED }, PROVE_WRONG, true, PROVE_RESULT_NOT_MET,
	    1 },
	{ { PROVE_WRONG, PROVE_WRONG, PROVE_WRONG }, PROVE_WRONG, true,
	    PROVE_RESULT_NOT_MET, 1 },
};

/* Under RFC 7489 what has its policy from above has none: named, and no fault. */
static void
test_one_organisation(void **state)
{
	const struct prove_case below = {
		.number = 9, .wanted = PROVE_CAUGHT, .dmarc = "fail", .above = true
	};
	const struct prove_view let_in = { .fate = PROVE_PLAIN, OURS("none") };
	struct prove_judged j = { &below, PROVE_CAUGHT, true, ACTION_ACCEPT, true };
	struct prove_finding f = prove_verdict(&j, &let_in);

	(void)state;
	assert_int_equal(f.level, PROVE_LOOK);
	assert_non_null(strstr(f.text, "Discovery psl"));
	j.by_suffix = false;
	assert_int_equal(prove_verdict(&j, &let_in).level, PROVE_UNTESTED);
	j.by_suffix = true;
	j.sent = &forged;
	assert_int_equal(prove_verdict(&j, &let_in).level, PROVE_UNTESTED);
}

static void
test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
		struct prove_result_case cases[3] = { 0 };
		struct prove_result_check check = { .level = wholes[i].check };
		const struct prove_result r = { .cases = cases,
			.count = 3,
			.away = wholes[i].away,
			.checks = { { NULL, &check, 1 } } };

		for (size_t c = 0; c < 3; c++)
			cases[c].finding.level = wholes[i].levels[c];
		assert_int_equal(prove_result_verdict(&r), wholes[i].verdict);
		assert_int_equal(prove_result_exit(&r), wholes[i].exit);
	}
}

/* Nothing was sent: nothing is shown. */
static void
test_stopped(void **state)
{
	const struct prove_result r = { .stopped = "%s", .stopped_by = "x" };

	(void)state;
	assert_int_equal(prove_result_verdict(&r), PROVE_RESULT_UNTESTED);
	assert_int_equal(prove_result_exit(&r), 75);
}

/* What strangers say gives no orders to a terminal, nor to printf. */
static void
test_words(void **state)
{
	struct pool *pool = pool_new();
	const struct prove_finding f = { PROVE_OK, "refused: %s", "550 \033[2J%s%n\r\n",
		false };
	const char *text = prove_result_finding_text(&f, pool);

	(void)state;
	assert_string_equal(text, "refused: 550 \\x1B[2J%s%n\\x0D\\x0A");
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
		cmocka_unit_test(test_one_organisation), cmocka_unit_test(test_whole),
		cmocka_unit_test(test_stopped), cmocka_unit_test(test_words) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
