#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ledger_fixture.h"

/* Reports go when their messages do, and bad addresses a year after they are free. */
static void
test_reports_go(void **state)
{
	struct ledger_fixture f;

	(void)state;
	ledger_fixture_begin(&f);
	history_place_do(f.place.path,
	    "INSERT INTO report(id,day,policy_id,host,rows,messages,left_out,state,tries,"
	    "made_at) VALUES('old',19965,1,'mx',1,1,0,'sent',1,1),"
	    "('new',19966,1,'mx',1,1,0,'sent',1,1);"
	    "INSERT INTO report_to VALUES('old','a@b.nl',1,'sent',NULL,1),"
	    "('new','a@b.nl',1,'sent',NULL,1)");
	history_place_do(f.place.path,
	    "INSERT INTO suppress VALUES('a@b.nl',1696464000-1,'x',1),"
	    "('b@b.nl',1696464000+3600,'x',1)");
	ledger_fixture_tidy(&f, NOW);
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT count(*) FROM report WHERE id='new'"), 1);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM report"), 1);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM report_to"), 1);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM suppress"), 1);
	ledger_fixture_end(&f);
}

static void
test_counts_by_day(void **state)
{
	struct ledger_fixture f;

	(void)state;
	ledger_fixture_begin(&f);
	ledger_fixture_add(&f, "example.nl", NOW, 7, NULL);
	ledger_fixture_add(&f, "other.nl", NOW, 2, NULL);
	ledger_fixture_add(&f, "example.nl", NOW + DAY, 1, NULL);
	ledger_fixture_tidy(&f, NOW);
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT n FROM daily WHERE header_from='example.nl'"
				   " AND day=20000 AND policy_domain='example.nl'"
				   " AND dmarc='fail' AND policy='reject'"
				   " AND would='reject' AND action='reject'"),
	    7);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM daily"), 3);
	/* Again, with more: each once. */
	ledger_fixture_add(&f, "example.nl", NOW, 3, NULL);
	ledger_fixture_tidy(&f, NOW);
	ledger_fixture_tidy(&f, NOW);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT sum(n) FROM daily"), 13);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM daily"), 3);
	ledger_fixture_end(&f);
}

/*
 * Exactly once, wherever it is stopped: here by a file without room, which undoes the
 * step in its middle, and by an end between two steps.
 */
static void
test_counts_survive_a_stop(void **state)
{
	struct ledger_fixture f;
	struct ledger_limits none = { 30, 7, 400, 4096 };
	char domain[32];
	bool more;

	(void)state;
	ledger_fixture_begin(&f);
	for (int i = 0; i < 3000; i++) {
		snprintf(domain, sizeof domain, "d%d.example.nl", i);
		if (i % 500 == 0)
			ledger_fixture_tidy(&f, NOW);
		assert_int_equal(ledger_fixture_add(&f, domain, NOW, 1, NULL), STORE_OK);
	}
	ledger_limit(f.ledger, &none);
	assert_int_equal(ledger_tidy(f.ledger, NOW, &more), STORE_FULL);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT sum(n) FROM daily"), 2500);
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT value FROM meta WHERE key='folded_id'"), 2500);
	ledger_close(f.ledger, false);
	assert_int_equal(ledger_fixture_open(&f), STORE_OK);
	assert_int_equal(ledger_tidy(f.ledger, NOW, &more), STORE_OK);
	ledger_close(f.ledger, false);
	assert_int_equal(ledger_fixture_open(&f), STORE_OK);
	ledger_fixture_tidy(&f, NOW);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT sum(n) FROM daily"), 3000);
	ledger_fixture_end(&f);
}

static void
test_what_is_old_goes(void **state)
{
	struct ledger_fixture f;

	(void)state;
	ledger_fixture_begin(&f);
	ledger_fixture_add(&f, "example.nl", NOW - 31 * DAY, 2500, NULL);
	ledger_fixture_add(&f, "example.nl", NOW - 8 * DAY, 3, "{}");
	ledger_fixture_add(&f, "example.nl", NOW, 4, "{}");
	ledger_gap(f.ledger, NOW - 500 * DAY, NOW - 401 * DAY, 5, "queue");
	ledger_gap(f.ledger, NOW - 31 * DAY, NOW - 31 * DAY, 5, "queue");
	assert_in_range(ledger_fixture_tidy(&f, NOW), 5, 20);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM message"), 7);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM trace"), 4);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM gap"), 1);
	/* What they came to stays counted, and longer. */
	assert_int_equal(ledger_fixture_ask(&f, "SELECT sum(n) FROM daily"), 2507);
	ledger_fixture_tidy(&f, NOW + 380 * DAY);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM message"), 0);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT sum(n) FROM daily"), 7);
	ledger_fixture_tidy(&f, NOW + 402 * DAY);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM daily"), 0);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM policy"), 0);
	/* Their ids are cached no more. */
	assert_int_equal(ledger_fixture_add(&f, "example.nl", NOW, 1, NULL), STORE_OK);
	assert_int_equal(ledger_fixture_kept(&f), 1);
	ledger_fixture_end(&f);
}

/* An id is never used twice, also after all messages went. */
static void
test_ids_rise(void **state)
{
	struct ledger_fixture f;

	(void)state;
	ledger_fixture_begin(&f);
	ledger_fixture_add(&f, "example.nl", NOW - 40 * DAY, 5, NULL);
	ledger_fixture_tidy(&f, NOW);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM message"), 0);
	ledger_fixture_add(&f, "example.nl", NOW, 1, NULL);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT id FROM message"), 6);
	ledger_fixture_tidy(&f, NOW);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT sum(n) FROM daily"), 6);
	ledger_fixture_end(&f);
}

/* Of who sends few the name goes when the messages do, and not before. */
static void
test_few_become_nameless(void **state)
{
	struct ledger_fixture f;

	(void)state;
	ledger_fixture_begin(&f);
	ledger_fixture_add(&f, "one.nl", NOW, 4, NULL);
	ledger_fixture_add(&f, "two.nl", NOW, 1, NULL);
	ledger_fixture_add(&f, "many.nl", NOW, 5, NULL);
	ledger_fixture_tidy(&f, NOW + 29 * DAY);
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT count(*) FROM daily WHERE header_from='*'"),
	    0);
	ledger_fixture_tidy(&f, NOW + 32 * DAY);
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT n FROM daily WHERE header_from='*'"
				   " AND policy_domain='*' AND day=20000"),
	    5);
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT n FROM daily WHERE header_from='many.nl'"), 5);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM daily"), 2);
	ledger_fixture_tidy(&f, NOW + 33 * DAY);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT sum(n) FROM daily"), 10);
	ledger_fixture_end(&f);
}

static void
test_a_full_file_gives_room(void **state)
{
	struct ledger_fixture f;
	struct ledger_limits small = { 30, 7, 400, (int64_t)512 * 1024 };
	enum store_status status = STORE_OK;
	int64_t gone = 0;
	int batches;

	(void)state;
	ledger_fixture_begin(&f);
	ledger_limit(f.ledger, &small);
	for (batches = 0; status == STORE_OK && batches < 100; batches++)
		status = ledger_fixture_add(&f, "example.nl", NOW, 100, NULL);
	assert_int_equal(status, STORE_FULL);
	assert_true(batches > 3);
	/* Nothing of the batch that failed is in it. */
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT count(*) FROM message"), (batches - 1) * 100);
	assert_int_equal(ledger_shorten(f.ledger, &gone), STORE_OK);
	assert_true(gone > 0);
	assert_int_equal(ledger_fixture_add(&f, "example.nl", NOW, 100, NULL), STORE_OK);
	ledger_fixture_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reports_go),
		cmocka_unit_test(test_counts_by_day),
		cmocka_unit_test(test_counts_survive_a_stop),
		cmocka_unit_test(test_what_is_old_goes),
		cmocka_unit_test(test_ids_rise),
		cmocka_unit_test(test_few_become_nameless),
		cmocka_unit_test(test_a_full_file_gives_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
