#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/deflate.h"
#include "history/ledger.h"
#include "history/schema.h"
#include "history_place.h"

#define DAY ((int64_t)86400)
#define NOW (20000 * DAY + 3600)

static char why[500];

struct fixture {
	struct history_place place;
	struct ledger *ledger;
	struct ledger_before before;
	int64_t settings;
};

static enum store_status
open_ledger(struct fixture *f)
{
	enum store_status status = STORE_OK;
	struct ledger_limits limits = {
		.days = 30, .trace_days = 7, .count_days = 400, .file_bytes = 1 << 30
	};

	f->ledger = ledger_open(
	    f->place.path, "mx.example", &f->before, &status, why, sizeof why);
	if (f->ledger != NULL)
		ledger_limit(f->ledger, &limits);
	return status;
}

static void
begin(struct fixture *f)
{
	*f = (struct fixture){ 0 };
	history_place_open(&f->place);
	assert_int_equal(open_ledger(f), STORE_OK);
	assert_int_equal(
	    ledger_settings(f->ledger, "1.0", "Mode monitor\n", &f->settings), STORE_OK);
}

static void
end(struct fixture *f)
{
	ledger_close(f->ledger, true);
	history_place_close(&f->place);
}

/* ${count} messages in one transaction; ${trace} NULL: without one. */
static enum store_status
add(struct fixture *f, const char *domain, int64_t at, int count, const char *trace)
{
	enum store_status status = ledger_begin(f->ledger);

	for (int i = 0; i < count && status == STORE_OK; i++) {
		struct fact *fact = history_place_fact(domain, at, NULL);

		if (trace != NULL)
			fact = fact_with_trace(fact, trace, strlen(trace));
		status = ledger_add(f->ledger, fact, f->settings);
		fact_free(fact);
	}
	if (status == STORE_OK)
		status = ledger_commit(f->ledger);
	if (status != STORE_OK)
		ledger_rollback(f->ledger, status);
	return status;
}

static int64_t
ask(const struct fixture *f, const char *sql)
{
	return history_place_ask(f->place.path, sql);
}

/* All steps that there are; returns how many. */
static int
tidy_all(struct fixture *f, int64_t now)
{
	bool more = true;
	int steps = 0;

	for (; more; steps++)
		assert_int_equal(ledger_tidy(f->ledger, now, &more), STORE_OK);
	return steps;
}

static void
test_a_new_file(void **state)
{
	struct fixture f;
	struct stat st;

	(void)state;
	begin(&f);
	assert_int_equal(stat(f.place.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(ask(&f, "PRAGMA user_version"), SCHEMA_VERSION);
	assert_int_equal(
	    ask(&f, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='wal'"),
	    1);
	assert_true(ask(&f, "SELECT value FROM meta WHERE key='file_id'") > 0);
	assert_int_equal(ask(&f, "SELECT count(*) FROM meta WHERE key='host'"
				 " AND value='mx.example'"),
	    1);
	end(&f);
}

static void
test_a_row_and_what_it_refers_to(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	assert_int_equal(add(&f, "example.nl", NOW, 3, NULL), STORE_OK);
	assert_int_equal(add(&f, "other.nl", NOW, 1, NULL), STORE_OK);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), 4);
	/* One row for a record, however often it is seen. */
	assert_int_equal(ask(&f, "SELECT count(*) FROM policy"), 2);
	assert_int_equal(ask(&f, "SELECT count(*) FROM policy WHERE psd='n' AND"
				 " rua='mailto:a@example.org' AND faults IS NULL"),
	    2);
	assert_int_equal(
	    ask(&f, "SELECT count(*) FROM message m JOIN policy p ON"
		    " p.id=m.policy_id JOIN conf c ON c.id=m.conf_id"
		    " WHERE p.domain=m.header_from AND c.text='Mode monitor\n'"),
	    4);
	assert_int_equal(ask(&f, "SELECT min(day) FROM message"), 20000);
	end(&f);
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
		struct fixture f;

		begin(&f);
		assert_int_equal(add(&f, "example.nl", NOW, 3, NULL), STORE_OK);
		ledger_close(f.ledger, true);
		for (int v = SCHEMA_VERSION; v > version; v--)
			history_place_do(f.place.path, back[v - 1]);
		assert_int_equal(open_ledger(&f), STORE_OK);
		assert_int_equal(ask(&f, "PRAGMA user_version"), SCHEMA_VERSION);
		assert_int_equal(ask(&f, "SELECT count(*) FROM message"), 3);
		assert_int_equal(ask(&f, "SELECT count(*) FROM report"), 0);
		assert_int_equal(
		    ask(&f, "SELECT value FROM meta WHERE key='reported_at'"), 0);
		assert_int_equal(ask(&f, "SELECT count(*) FROM message WHERE sealed IS"
					 " NULL AND forwarded IS NULL AND"
					 " client_confirmed IS NULL"),
		    3);
		/* And takes what comes. */
		assert_int_equal(add(&f, "example.nl", NOW, 1, NULL), STORE_OK);
		end(&f);
	}
}

/* Reports go when their messages do, and bad addresses a year after they are free. */
static void
test_reports_go(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	history_place_do(f.place.path,
	    "INSERT INTO report(id,day,policy_id,host,rows,messages,left_out,state,tries,"
	    "made_at) VALUES('old',19965,1,'mx',1,1,0,'sent',1,1),"
	    "('new',19966,1,'mx',1,1,0,'sent',1,1);"
	    "INSERT INTO report_to VALUES('old','a@b.nl',1,'sent',NULL,1),"
	    "('new','a@b.nl',1,'sent',NULL,1)");
	history_place_do(f.place.path,
	    "INSERT INTO suppress VALUES('a@b.nl',1696464000-1,'x',1),"
	    "('b@b.nl',1696464000+3600,'x',1)");
	tidy_all(&f, NOW);
	assert_int_equal(ask(&f, "SELECT count(*) FROM report WHERE id='new'"), 1);
	assert_int_equal(ask(&f, "SELECT count(*) FROM report"), 1);
	assert_int_equal(ask(&f, "SELECT count(*) FROM report_to"), 1);
	assert_int_equal(ask(&f, "SELECT count(*) FROM suppress"), 1);
	end(&f);
}

static void
test_a_trace_is_whole_again(void **state)
{
	static const char trace[] = "{\"v\":1,\"steps\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}";
	struct fixture f;
	size_t len;
	char *packed, *text;
	size_t packed_len;

	(void)state;
	begin(&f);
	assert_int_equal(add(&f, "example.nl", NOW, 1, trace), STORE_OK);
	packed = deflate_pack(trace, strlen(trace), &packed_len);
	assert_int_equal(
	    ask(&f, "SELECT length(data) FROM trace WHERE message_id=1"), packed_len);
	text = deflate_unpack(packed, packed_len, 1000, &len);
	assert_string_equal(text, trace);
	free(text);
	/* Neither what was cut off nor what is larger than is wanted comes back. */
	assert_null(deflate_unpack(packed, packed_len - 5, 1000, &len));
	assert_null(deflate_unpack(packed, packed_len, 10, &len));
	free(packed);
	end(&f);
}

/* A transaction that is undone leaves nothing that later rows refer to. */
static void
test_undone(void **state)
{
	struct fixture f;
	struct fact *fact = history_place_fact("example.nl", NOW, NULL);

	(void)state;
	begin(&f);
	assert_int_equal(ledger_begin(f.ledger), STORE_OK);
	assert_int_equal(ledger_add(f.ledger, fact, f.settings), STORE_OK);
	ledger_rollback(f.ledger, STORE_BUSY);
	fact_free(fact);
	assert_int_equal(ask(&f, "SELECT count(*) FROM policy"), 0);
	assert_int_equal(add(&f, "example.nl", NOW, 1, NULL), STORE_OK);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message m JOIN policy p ON"
				 " p.id=m.policy_id"),
	    1);
	end(&f);
}

/* Settings that are no row of this file: that one cannot be, others can. */
static void
test_what_can_never_be_written(void **state)
{
	struct fixture f;
	struct fact *fact = history_place_fact("example.nl", NOW, NULL);

	(void)state;
	begin(&f);
	assert_int_equal(ledger_begin(f.ledger), STORE_OK);
	assert_int_equal(ledger_add(f.ledger, fact, f.settings + 99), STORE_REFUSED);
	assert_int_equal(ledger_add(f.ledger, fact, f.settings), STORE_OK);
	assert_int_equal(ledger_commit(f.ledger), STORE_OK);
	fact_free(fact);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), 1);
	end(&f);
}

/* A clock that is set back opens no day again that was reported on. */
static void
test_a_closed_day(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	history_place_do(
	    f.place.path, "UPDATE meta SET value=20000 WHERE key='closed_day'");
	assert_int_equal(add(&f, "example.nl", NOW - DAY, 1, NULL), STORE_OK);
	assert_int_equal(add(&f, "example.nl", NOW, 1, NULL), STORE_OK);
	assert_int_equal(add(&f, "example.nl", NOW + 3 * DAY, 1, NULL), STORE_OK);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message WHERE day=20001"), 2);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message WHERE day=20003"), 1);
	end(&f);
}

static void
test_counts_by_day(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	add(&f, "example.nl", NOW, 7, NULL);
	add(&f, "other.nl", NOW, 2, NULL);
	add(&f, "example.nl", NOW + DAY, 1, NULL);
	tidy_all(&f, NOW);
	assert_int_equal(ask(&f, "SELECT n FROM daily WHERE header_from='example.nl'"
				 " AND day=20000 AND policy_domain='example.nl'"
				 " AND dmarc='fail' AND policy='reject'"
				 " AND would='reject' AND action='reject'"),
	    7);
	assert_int_equal(ask(&f, "SELECT count(*) FROM daily"), 3);
	/* Again, with more: each once. */
	add(&f, "example.nl", NOW, 3, NULL);
	tidy_all(&f, NOW);
	tidy_all(&f, NOW);
	assert_int_equal(ask(&f, "SELECT sum(n) FROM daily"), 13);
	assert_int_equal(ask(&f, "SELECT count(*) FROM daily"), 3);
	end(&f);
}

/*
 * Exactly once, wherever it is stopped: here by a file without room, which undoes the
 * step in its middle, and by an end between two steps.
 */
static void
test_counts_survive_a_stop(void **state)
{
	struct fixture f;
	struct ledger_limits none = { 30, 7, 400, 4096 };
	char domain[32];
	bool more;

	(void)state;
	begin(&f);
	for (int i = 0; i < 3000; i++) {
		snprintf(domain, sizeof domain, "d%d.example.nl", i);
		if (i % 500 == 0)
			tidy_all(&f, NOW);
		assert_int_equal(add(&f, domain, NOW, 1, NULL), STORE_OK);
	}
	ledger_limit(f.ledger, &none);
	assert_int_equal(ledger_tidy(f.ledger, NOW, &more), STORE_FULL);
	assert_int_equal(ask(&f, "SELECT sum(n) FROM daily"), 2500);
	assert_int_equal(ask(&f, "SELECT value FROM meta WHERE key='folded_id'"), 2500);
	ledger_close(f.ledger, false);
	assert_int_equal(open_ledger(&f), STORE_OK);
	assert_int_equal(ledger_tidy(f.ledger, NOW, &more), STORE_OK);
	ledger_close(f.ledger, false);
	assert_int_equal(open_ledger(&f), STORE_OK);
	tidy_all(&f, NOW);
	assert_int_equal(ask(&f, "SELECT sum(n) FROM daily"), 3000);
	end(&f);
}

static void
test_what_is_old_goes(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	add(&f, "example.nl", NOW - 31 * DAY, 2500, NULL);
	add(&f, "example.nl", NOW - 8 * DAY, 3, "{}");
	add(&f, "example.nl", NOW, 4, "{}");
	ledger_gap(f.ledger, NOW - 500 * DAY, NOW - 401 * DAY, 5, "queue");
	ledger_gap(f.ledger, NOW - 31 * DAY, NOW - 31 * DAY, 5, "queue");
	assert_in_range(tidy_all(&f, NOW), 5, 20);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), 7);
	assert_int_equal(ask(&f, "SELECT count(*) FROM trace"), 4);
	assert_int_equal(ask(&f, "SELECT count(*) FROM gap"), 1);
	/* What they came to stays counted, and longer. */
	assert_int_equal(ask(&f, "SELECT sum(n) FROM daily"), 2507);
	tidy_all(&f, NOW + 380 * DAY);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), 0);
	assert_int_equal(ask(&f, "SELECT sum(n) FROM daily"), 7);
	tidy_all(&f, NOW + 402 * DAY);
	assert_int_equal(ask(&f, "SELECT count(*) FROM daily"), 0);
	assert_int_equal(ask(&f, "SELECT count(*) FROM policy"), 0);
	/* Their ids are cached no more. */
	assert_int_equal(add(&f, "example.nl", NOW, 1, NULL), STORE_OK);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message m JOIN policy p ON"
				 " p.id=m.policy_id"),
	    1);
	end(&f);
}

/* An id is never used twice, also after all messages went. */
static void
test_ids_rise(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	add(&f, "example.nl", NOW - 40 * DAY, 5, NULL);
	tidy_all(&f, NOW);
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), 0);
	add(&f, "example.nl", NOW, 1, NULL);
	assert_int_equal(ask(&f, "SELECT id FROM message"), 6);
	tidy_all(&f, NOW);
	assert_int_equal(ask(&f, "SELECT sum(n) FROM daily"), 6);
	end(&f);
}

/* Of who sends few the name goes when the messages do, and not before. */
static void
test_few_become_nameless(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	add(&f, "one.nl", NOW, 4, NULL);
	add(&f, "two.nl", NOW, 1, NULL);
	add(&f, "many.nl", NOW, 5, NULL);
	tidy_all(&f, NOW + 29 * DAY);
	assert_int_equal(ask(&f, "SELECT count(*) FROM daily WHERE header_from='*'"), 0);
	tidy_all(&f, NOW + 32 * DAY);
	assert_int_equal(ask(&f, "SELECT n FROM daily WHERE header_from='*'"
				 " AND policy_domain='*' AND day=20000"),
	    5);
	assert_int_equal(ask(&f, "SELECT n FROM daily WHERE header_from='many.nl'"), 5);
	assert_int_equal(ask(&f, "SELECT count(*) FROM daily"), 2);
	tidy_all(&f, NOW + 33 * DAY);
	assert_int_equal(ask(&f, "SELECT sum(n) FROM daily"), 10);
	end(&f);
}

static void
test_a_full_file_gives_room(void **state)
{
	struct fixture f;
	struct ledger_limits small = { 30, 7, 400, (int64_t)512 * 1024 };
	enum store_status status = STORE_OK;
	int64_t gone = 0;
	int batches;

	(void)state;
	begin(&f);
	ledger_limit(f.ledger, &small);
	for (batches = 0; status == STORE_OK && batches < 100; batches++)
		status = add(&f, "example.nl", NOW, 100, NULL);
	assert_int_equal(status, STORE_FULL);
	assert_true(batches > 3);
	/* Nothing of the batch that failed is in it. */
	assert_int_equal(ask(&f, "SELECT count(*) FROM message"), (batches - 1) * 100);
	assert_int_equal(ledger_shorten(f.ledger, &gone), STORE_OK);
	assert_true(gone > 0);
	assert_int_equal(add(&f, "example.nl", NOW, 100, NULL), STORE_OK);
	end(&f);
}

/* Which files are taken, and that the others stay as they are. */
static void
test_files_of_others(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	add(&f, "example.nl", NOW, 1, NULL);
	ledger_close(f.ledger, true);
	history_place_do(f.place.path, "PRAGMA user_version=99");
	assert_int_equal(open_ledger(&f), STORE_FOREIGN);
	assert_non_null(strstr(why, "newer version"));
	assert_int_equal(ask(&f, "PRAGMA user_version"), 99);
	history_place_do(f.place.path, "PRAGMA user_version=1; PRAGMA application_id=7");
	assert_int_equal(open_ledger(&f), STORE_FOREIGN);
	assert_non_null(strstr(why, "something else"));
	assert_non_null(strstr(why, f.place.path));
	history_place_close(&f.place);
}

/* Was it closed in order, and else: since when may rows be missing? */
static void
test_after_a_crash(void **state)
{
	const int64_t later = NOW + 3 * DAY;
	struct fixture f;

	(void)state;
	begin(&f);
	add(&f, "example.nl", NOW, 1, NULL);
	ledger_close(f.ledger, true);
	assert_int_equal(open_ledger(&f), STORE_OK);
	assert_int_equal(ask(&f, "SELECT count(*) FROM gap"), 0);
	ledger_close(f.ledger, false);
	/* We had it open ourselves, and have what was not written. */
	f.before.ours = true;
	assert_int_equal(open_ledger(&f), STORE_OK);
	assert_int_equal(ask(&f, "SELECT count(*) FROM gap"), 0);
	ledger_close(f.ledger, false);
	/* From the newest row on; or where none was written, from when it was opened. */
	f.before.ours = false;
	history_place_do(f.place.path, "UPDATE meta SET value=7 WHERE key='opened'");
	assert_int_equal(open_ledger(&f), STORE_OK);
	assert_int_equal(
	    ask(&f, "SELECT begin_at FROM gap WHERE cause='crash' AND lost IS NULL"),
	    NOW);
	ledger_close(f.ledger, false);
	history_place_do(f.place.path, "DELETE FROM gap; UPDATE meta SET value=1728003700"
				       " WHERE key='opened'");
	assert_int_equal(open_ledger(&f), STORE_OK);
	assert_int_equal(ask(&f, "SELECT begin_at FROM gap"), 1728003700);
	/* It told what it lost: then nothing else is missing. */
	ledger_close(f.ledger, false);
	history_place_do(f.place.path, "DELETE FROM gap");
	f.before = (struct ledger_before){ .lost = 5, .begin_at = NOW, .end_at = later };
	assert_int_equal(open_ledger(&f), STORE_OK);
	assert_int_equal(ask(&f, "SELECT lost FROM gap WHERE cause='stop'"), 5);
	assert_int_equal(ask(&f, "SELECT end_at FROM gap"), later);
	assert_int_equal(ask(&f, "SELECT count(*) FROM gap"), 1);
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_new_file),
		cmocka_unit_test(test_a_row_and_what_it_refers_to),
		cmocka_unit_test(test_an_older_file),
		cmocka_unit_test(test_reports_go),
		cmocka_unit_test(test_a_trace_is_whole_again),
		cmocka_unit_test(test_undone),
		cmocka_unit_test(test_what_can_never_be_written),
		cmocka_unit_test(test_a_closed_day),
		cmocka_unit_test(test_counts_by_day),
		cmocka_unit_test(test_counts_survive_a_stop),
		cmocka_unit_test(test_what_is_old_goes),
		cmocka_unit_test(test_ids_rise),
		cmocka_unit_test(test_few_become_nameless),
		cmocka_unit_test(test_a_full_file_gives_room),
		cmocka_unit_test(test_files_of_others),
		cmocka_unit_test(test_after_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
