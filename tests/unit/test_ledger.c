#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/deflate.h"
#include "history/fact.h"
#include "history/schema.h"
#include "ledger_fixture.h"

static void
test_a_new_file(void **state)
{
	struct ledger_fixture f;
	struct stat st;

	(void)state;
	ledger_fixture_begin(&f);
	assert_int_equal(stat(f.place.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(ledger_fixture_ask(&f, "PRAGMA user_version"), SCHEMA_VERSION);
	assert_int_equal(
	    ledger_fixture_ask(
		&f, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='wal'"),
	    1);
	assert_true(
	    ledger_fixture_ask(&f, "SELECT value FROM meta WHERE key='file_id'") > 0);
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT count(*) FROM meta WHERE key='host'"
				   " AND value='mx.example'"),
	    1);
	ledger_fixture_end(&f);
}

static void
test_a_row_and_what_it_refers_to(void **state)
{
	struct ledger_fixture f;

	(void)state;
	ledger_fixture_begin(&f);
	assert_int_equal(ledger_fixture_add(&f, "example.nl", NOW, 3, NULL), STORE_OK);
	assert_int_equal(ledger_fixture_add(&f, "other.nl", NOW, 1, NULL), STORE_OK);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM message"), 4);
	/* One row for a record, however often it is seen. */
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM policy"), 2);
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT count(*) FROM policy WHERE psd='n' AND"
				   " rua='mailto:a@example.org' AND faults IS NULL"),
	    2);
	assert_int_equal(ledger_fixture_ask(&f,
			     "SELECT count(*) FROM message m JOIN policy p ON"
			     " p.id=m.policy_id JOIN conf c ON c.id=m.conf_id"
			     " WHERE p.domain=m.header_from AND c.text='Mode monitor\n'"),
	    4);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT min(day) FROM message"), 20000);
	ledger_fixture_end(&f);
}

/* As an earlier version left it: it gets what is new, and keeps what it has. */
static void
test_an_older_file(void **state)
{
	/* What takes a file of now back to the version before. */
	static const char *const back[SCHEMA_VERSION] = { NULL,
		"DROP TABLE report_to; DROP TABLE report; DROP TABLE suppress;"
		"DELETE FROM meta WHERE key='reported_at'; PRAGMA user_version=1",
		"ALTER TABLE message DROP COLUMN sealed;"
		"ALTER TABLE message DROP COLUMN forwarded;"
		"ALTER TABLE message DROP COLUMN client_confirmed;"
		"PRAGMA user_version=2" };

	(void)state;
	for (int version = 1; version < SCHEMA_VERSION; version++) {
		struct ledger_fixture f;

		ledger_fixture_begin(&f);
		assert_int_equal(
		    ledger_fixture_add(&f, "example.nl", NOW, 3, NULL), STORE_OK);
		ledger_close(f.ledger, true);
		for (int v = SCHEMA_VERSION; v > version; v--)
			history_place_do(f.place.path, back[v - 1]);
		assert_int_equal(ledger_fixture_open(&f), STORE_OK);
		assert_int_equal(
		    ledger_fixture_ask(&f, "PRAGMA user_version"), SCHEMA_VERSION);
		assert_int_equal(
		    ledger_fixture_ask(&f, "SELECT count(*) FROM message"), 3);
		assert_int_equal(
		    ledger_fixture_ask(&f, "SELECT count(*) FROM report"), 0);
		assert_int_equal(ledger_fixture_ask(&f,
				     "SELECT value FROM meta WHERE key='reported_at'"),
		    0);
		assert_int_equal(ledger_fixture_ask(&f,
				     "SELECT count(*) FROM message WHERE sealed IS NULL"
				     " AND forwarded IS NULL AND client_confirmed IS"
				     " NULL"),
		    3);
		/* And takes what comes. */
		assert_int_equal(
		    ledger_fixture_add(&f, "example.nl", NOW, 1, NULL), STORE_OK);
		ledger_fixture_end(&f);
	}
}

static void
test_a_trace_is_whole_again(void **state)
{
	static const char trace[] = "{\"v\":1,\"steps\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}";
	struct ledger_fixture f;
	size_t len;
	char *packed, *text;
	size_t packed_len;

	(void)state;
	ledger_fixture_begin(&f);
	assert_int_equal(ledger_fixture_add(&f, "example.nl", NOW, 1, trace), STORE_OK);
	packed = deflate_pack(trace, strlen(trace), &packed_len);
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT length(data) FROM trace WHERE message_id=1"),
	    packed_len);
	text = deflate_unpack(packed, packed_len, 1000, &len);
	assert_string_equal(text, trace);
	free(text);
	/* Neither what was cut off nor what is larger than is wanted comes back. */
	assert_null(deflate_unpack(packed, packed_len - 5, 1000, &len));
	assert_null(deflate_unpack(packed, packed_len, 10, &len));
	free(packed);
	ledger_fixture_end(&f);
}

/* A transaction that is undone leaves nothing that later rows refer to. */
static void
test_undone(void **state)
{
	struct ledger_fixture f;
	struct fact *fact = history_place_fact("example.nl", NOW, NULL);

	(void)state;
	ledger_fixture_begin(&f);
	assert_int_equal(ledger_begin(f.ledger), STORE_OK);
	assert_int_equal(ledger_add(f.ledger, fact, f.settings), STORE_OK);
	ledger_rollback(f.ledger, STORE_BUSY);
	fact_free(fact);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM policy"), 0);
	assert_int_equal(ledger_fixture_add(&f, "example.nl", NOW, 1, NULL), STORE_OK);
	assert_int_equal(ledger_fixture_kept(&f), 1);
	ledger_fixture_end(&f);
}

/* Settings that are no row of this file: that one cannot be, others can. */
static void
test_what_can_never_be_written(void **state)
{
	struct ledger_fixture f;
	struct fact *fact = history_place_fact("example.nl", NOW, NULL);

	(void)state;
	ledger_fixture_begin(&f);
	assert_int_equal(ledger_begin(f.ledger), STORE_OK);
	assert_int_equal(ledger_add(f.ledger, fact, f.settings + 99), STORE_REFUSED);
	assert_int_equal(ledger_add(f.ledger, fact, f.settings), STORE_OK);
	assert_int_equal(ledger_commit(f.ledger), STORE_OK);
	fact_free(fact);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM message"), 1);
	ledger_fixture_end(&f);
}

/* A clock that is set back opens no day again that was reported on. */
static void
test_a_closed_day(void **state)
{
	struct ledger_fixture f;

	(void)state;
	ledger_fixture_begin(&f);
	history_place_do(
	    f.place.path, "UPDATE meta SET value=20000 WHERE key='closed_day'");
	assert_int_equal(
	    ledger_fixture_add(&f, "example.nl", NOW - DAY, 1, NULL), STORE_OK);
	assert_int_equal(ledger_fixture_add(&f, "example.nl", NOW, 1, NULL), STORE_OK);
	assert_int_equal(
	    ledger_fixture_add(&f, "example.nl", NOW + 3 * DAY, 1, NULL), STORE_OK);
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT count(*) FROM message WHERE day=20001"), 2);
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT count(*) FROM message WHERE day=20003"), 1);
	ledger_fixture_end(&f);
}

/* Which files are taken, and that the others stay as they are. */
static void
test_files_of_others(void **state)
{
	struct ledger_fixture f;

	(void)state;
	ledger_fixture_begin(&f);
	ledger_fixture_add(&f, "example.nl", NOW, 1, NULL);
	ledger_close(f.ledger, true);
	history_place_do(f.place.path, "PRAGMA user_version=99");
	assert_int_equal(ledger_fixture_open(&f), STORE_FOREIGN);
	assert_non_null(strstr(f.why, "newer version"));
	assert_int_equal(ledger_fixture_ask(&f, "PRAGMA user_version"), 99);
	history_place_do(f.place.path, "PRAGMA user_version=1; PRAGMA application_id=7");
	assert_int_equal(ledger_fixture_open(&f), STORE_FOREIGN);
	assert_non_null(strstr(f.why, "something else"));
	assert_non_null(strstr(f.why, f.place.path));
	history_place_close(&f.place);
}

/* Was it closed in order, and else: since when may rows be missing? */
static void
test_after_a_crash(void **state)
{
	const int64_t later = NOW + 3 * DAY;
	struct ledger_fixture f;

	(void)state;
	ledger_fixture_begin(&f);
	ledger_fixture_add(&f, "example.nl", NOW, 1, NULL);
	ledger_close(f.ledger, true);
	assert_int_equal(ledger_fixture_open(&f), STORE_OK);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM gap"), 0);
	ledger_close(f.ledger, false);
	/* We had it open ourselves, and have what was not written. */
	f.before.ours = true;
	assert_int_equal(ledger_fixture_open(&f), STORE_OK);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM gap"), 0);
	ledger_close(f.ledger, false);
	/* From the newest row on; or where none was written, from when it was opened. */
	f.before.ours = false;
	history_place_do(f.place.path, "UPDATE meta SET value=7 WHERE key='opened'");
	assert_int_equal(ledger_fixture_open(&f), STORE_OK);
	assert_int_equal(
	    ledger_fixture_ask(
		&f, "SELECT begin_at FROM gap WHERE cause='crash' AND lost IS NULL"),
	    NOW);
	ledger_close(f.ledger, false);
	history_place_do(f.place.path, "DELETE FROM gap; UPDATE meta SET value=1728003700"
				       " WHERE key='opened'");
	assert_int_equal(ledger_fixture_open(&f), STORE_OK);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT begin_at FROM gap"), 1728003700);
	/* It told what it lost: then nothing else is missing. */
	ledger_close(f.ledger, false);
	history_place_do(f.place.path, "DELETE FROM gap");
	f.before = (struct ledger_before){ .lost = 5, .begin_at = NOW, .end_at = later };
	assert_int_equal(ledger_fixture_open(&f), STORE_OK);
	assert_int_equal(
	    ledger_fixture_ask(&f, "SELECT lost FROM gap WHERE cause='stop'"), 5);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT end_at FROM gap"), later);
	assert_int_equal(ledger_fixture_ask(&f, "SELECT count(*) FROM gap"), 1);
	ledger_fixture_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_new_file),
		cmocka_unit_test(test_a_row_and_what_it_refers_to),
		cmocka_unit_test(test_an_older_file),
		cmocka_unit_test(test_a_trace_is_whole_again),
		cmocka_unit_test(test_undone),
		cmocka_unit_test(test_what_can_never_be_written),
		cmocka_unit_test(test_a_closed_day),
		cmocka_unit_test(test_files_of_others),
		cmocka_unit_test(test_after_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
