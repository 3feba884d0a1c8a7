/* Headers as they were sent and as they lie in the queue; and what else Postfix says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/pool.h"
#include "ctl/json.h"
#include "ctl/postfix/queue.h"
#include "ctl/prove/prove_astray.h"
#include "ctl/prove/prove_case.h"
#include "ctl/prove/prove_header.h"
#include "ctl/prove/prove_talk.h"
#include "ctl/prove/prove_verdict.h"

#define ID "mx.school.example"
#define SENT "X-Beschermd-Prove: 1 01\nFrom: Test <a@spf.beschermd.test>\nTo: b\n"
#define RECEIVED "Received: from x (y)\n\tby mx; today\n"
#define OURS                                                                 \
	"Authentication-Results: " ID ";\n dmarc=pass (p=reject dis=none)\n" \
	" header.from=spf.beschermd.test; spf=pass\n smtp.mailfrom=x\n"
#define FAILS(dis)                                                          \
	"Authentication-Results: " ID "; dmarc=fail (p=reject dis=" dis ")" \
	" header.from=spf.beschermd.test; spf=fail\n"
#define ELSEWHERE                                                               \
	"Authentication-Results: other.example; dmarc=pass (p=reject dis=none)" \
	" header.from=spf.beschermd.test; spf=pass\n"
#define OPENDMARC                                                      \
	"Authentication-Results: " ID "; dmarc=pass (p=none dis=none)" \
	" header.from=spf.beschermd.test\n"
#define FORGED "Authentication-Results: " ID "; dmarc=pass\n"
#define MARK "X-Spam-Flag: YES\n"

static const struct {
	const char *sent, *queued;
	bool held;
	struct prove_view seen;
} rows[] = {
	{ SENT, OURS RECEIVED SENT, false,
	    { .fate = PROVE_PLAIN, .ours = 1, .dmarc = "pass" } },
	{ SENT, RECEIVED SENT OURS, false,
	    { .fate = PROVE_PLAIN, .ours = 1, .dmarc = "pass" } },
	{ SENT, RECEIVED SENT, false, { .fate = PROVE_PLAIN } },
	{ SENT, RECEIVED SENT, true, { .fate = PROVE_HELD } },
	{ SENT, FAILS("quarantine") MARK SENT, false,
	    { .fate = PROVE_MARKED, .ours = 1, .dmarc = "fail" } },
	{ SENT, FAILS("quarantine") "X-Junk: yes\n" SENT, false,
	    { .fate = PROVE_MARKED,
		.ours = 1,
		.dmarc = "fail",
		.other_settings = true } },
	{ SENT, FAILS("quarantine") SENT, false,
	    { .fate = PROVE_PLAIN, .ours = 1, .dmarc = "fail" } },
	{ SENT, FAILS("quarantine") SENT, true,
	    { .fate = PROVE_HELD, .ours = 1, .dmarc = "fail" } },
	{ SENT, FAILS("quarantine") MARK SENT, true,
	    { .fate = PROVE_MARKED, .ours = 1, .dmarc = "fail" } },
	{ SENT, FAILS("none") SENT, true,
	    { .fate = PROVE_HELD_OTHER, .ours = 1, .dmarc = "fail" } },
	/* another filter marks in the same way */
	{ SENT, FAILS("none") MARK SENT, false,
	    { .fate = PROVE_PLAIN, .ours = 1, .dmarc = "fail" } },
	{ SENT, FAILS("none would=reject") SENT, false,
	    { .fate = PROVE_PLAIN, .ours = 1, .dmarc = "fail", .would = true } },
	/* forged results, removed or not; as often as they were sent */
	{ FORGED SENT, OURS RECEIVED SENT, false,
	    { .fate = PROVE_PLAIN, .ours = 1, .dmarc = "pass" } },
	{ FORGED SENT, OURS RECEIVED FORGED SENT, false,
	    { .fate = PROVE_PLAIN, .ours = 1, .dmarc = "pass", .forged_left = true } },
	{ FORGED SENT, RECEIVED FORGED SENT, false,
	    { .fate = PROVE_PLAIN, .forged_left = true } },
	{ OURS SENT, OURS RECEIVED SENT, false,
	    { .fate = PROVE_PLAIN, .forged_left = true } },
	{ OURS SENT, OURS OURS RECEIVED SENT, false,
	    { .fate = PROVE_PLAIN, .ours = 1, .dmarc = "pass", .forged_left = true } },
	{ SENT, OURS OURS SENT, false,
	    { .fate = PROVE_PLAIN, .ours = 2, .dmarc = "pass" } },
	/* results of ours by other settings, and of others */
	{ SENT, ELSEWHERE SENT, false,
	    { .fate = PROVE_PLAIN, .ours = 1, .dmarc = "pass", .other_settings = true } },
	{ FORGED SENT, ELSEWHERE FORGED SENT, false,
	    { .fate = PROVE_PLAIN, .ours = 1, .dmarc = "pass", .other_settings = true } },
	{ SENT, ELSEWHERE OURS SENT, false,
	    { .fate = PROVE_PLAIN, .ours = 1, .dmarc = "pass" } },
	{ SENT, OPENDMARC SENT, false, { .fate = PROVE_PLAIN } },
	{ SENT, OURS OPENDMARC SENT, false,
	    { .fate = PROVE_PLAIN, .ours = 1, .dmarc = "pass" } },
};

static void
test_look(void **state)
{
	const struct prove_reader reader = { ID, "X-Spam-Flag", "spf.beschermd.test",
		false };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct pool *pool = pool_new();
		struct prove_reader one = reader;
		const struct prove_header sent =
		    prove_header_read(rows[i].sent, strlen(rows[i].sent), pool);
		const struct prove_header queued =
		    prove_header_read(rows[i].queued, strlen(rows[i].queued), pool);
		const struct prove_view *want = &rows[i].seen;
		struct prove_view view = { 0 };

		one.held = rows[i].held;
		prove_header_look(&view, &sent, &queued, &one, pool);
		if (view.fate != want->fate || view.ours != want->ours ||
		    view.forged_left != want->forged_left ||
		    view.other_settings != want->other_settings ||
		    view.would != want->would ||
		    strcmp(view.dmarc != NULL ? view.dmarc : "",
			want->dmarc != NULL ? want->dmarc : "") != 0) {
			print_error("row %zu\n", i);
			fail();
		}
		pool_free(pool);
	}
}

static void
test_read(void **state)
{
	static const char text[] =
	    "A: 1\r\n  2\t 3 \r\nno field\r\n more of it\nB:\nc : x\n"
	    "D:\n y\n\nE: body\n";
	struct pool *pool = pool_new();
	const struct prove_header h = prove_header_read(text, sizeof text - 1, pool);

	(void)state;
	assert_int_equal(h.count, 3);
	assert_string_equal(h.fields[0].name, "A");
	assert_string_equal(h.fields[0].value, "1 2 3");
	assert_string_equal(h.fields[1].name, "B");
	assert_string_equal(h.fields[1].value, "");
	assert_string_equal(h.fields[2].name, "D");
	assert_string_equal(h.fields[2].value, "y");
	pool_free(pool);
}

static void
test_beyond(void **state)
{
	static const char few[] = "A: 1\nB: 2\n",
			  many[] = "a: 1\nA: 1\nB: 3\nReceived: x\n";
	struct pool *pool = pool_new();
	const struct prove_header a = prove_header_read(few, sizeof few - 1, pool);
	const struct prove_header b = prove_header_read(many, sizeof many - 1, pool);
	const struct prove_header added = prove_header_beyond(&b, &a, pool);
	const struct prove_header removed = prove_header_beyond(&a, &b, pool);

	(void)state;
	assert_int_equal(added.count, 2);
	assert_string_equal(added.fields[0].name, "A");
	assert_string_equal(added.fields[1].value, "3");
	assert_int_equal(removed.count, 1);
	assert_string_equal(removed.fields[0].value, "2");
	pool_free(pool);
}

static void
test_queue_id(void **state)
{
	static const struct {
		const char *reply, *id;
	} replies[] = {
		{ "250 2.0.0 Ok: queued as 11584AB4031", "11584AB4031" },
		{ "250 2.0.0 Ok: queued as 4jdLtt3t0Lz1brvg", "4jdLtt3t0Lz1brvg" },
		{ "250 2.0.0 Ok: queued as ALL", NULL },
		{ "250 2.0.0 Ok: queued as -", NULL },
		{ "250 2.0.0 Ok: queued as ", NULL },
		{ "250 2.0.0 Ok", NULL },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
		const char *id = prove_talk_queue_id(replies[i].reply, pool);

		if (replies[i].id == NULL)
			assert_null(id);
		else
			assert_string_equal(id, replies[i].id);
	}
	pool_free(pool);
}

static void
test_is_ours(void **state)
{
	static const struct {
		const char *reply, *ours;
		bool yes;
	} replies[] = {
		{ "550 5.7.26 no", "550 5.7.26 no", true },
		{ "550 5.7.26 no; call us", "550 5.7.26 no", false },
		{ "550 5.7.26 no. Call us", "550 5.7.26 no", true },
		{ "550 5.7.26 no", "550 5.7.26 not", false },
		{ "550 5.7.26 not", "550 5.7.26 no", false },
		{ "554 5.7.1 spam", "", false },
		{ "550 5.7.26 4jdLtt3t0Lz1brvg: no", "550 5.7.26 " PROVE_QUEUE_ID ": no",
		    true },
		{ "550 5.7.26 a b: no", "550 5.7.26 " PROVE_QUEUE_ID ": no", false },
		{ "550 5.7.26 see AB1 (AB1)",
		    "550 5.7.26 see " PROVE_QUEUE_ID " (" PROVE_QUEUE_ID ")", true },
		{ "550 5.7.26 AB1", "550 5.7.26 " PROVE_QUEUE_ID, true },
		{ "550 5.7.26", "550 5.7.26 " PROVE_QUEUE_ID, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
		if (prove_talk_is_ours(replies[i].reply, replies[i].ours) ==
		    replies[i].yes)
			continue;
		print_error("row %zu\n", i);
		fail();
	}
}

static void
test_joined(void **state)
{
	static const struct {
		const char *reply, *joined;
	} replies[] = {
		{ "550 5.7.26 no", "550 5.7.26 no" },
		{ "550-5.7.26 no\n550 5.7.26 call us", "550 5.7.26 no 5.7.26 call us" },
		{ "550-a\n550-\n550-b\n550", "550 a b" },
		{ "250", "250" },
		{ "250-", "250" },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++)
		assert_string_equal(
		    prove_talk_joined(replies[i].reply, pool), replies[i].joined);
	assert_null(prove_talk_joined(NULL, pool));
	assert_null(prove_talk_joined("", pool));
	pool_free(pool);
}

static void
test_softened(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	assert_string_equal(
	    prove_talk_softened("550 5.7.26 no 5", pool), "450 4.7.26 no 5");
	assert_string_equal(prove_talk_softened("", pool), "");
	pool_free(pool);
}

static void
test_astray(void **state)
{
	(void)state;
	assert_true(prove_astray_is_in("/^X-Spam-Flag: YES/ redirect junk@x.example\n"));
	assert_true(prove_astray_is_in("/a/ FILTER smtp:x\n"));
	assert_true(prove_astray_is_in("if /a/\n/b/ BCC x@y\nendif\n"));
	assert_true(prove_astray_is_in("/^X: (FILTER) (.*)$/ $1 $2"));
	assert_true(prove_astray_is_in("/a/\n#\n  BCC\tx@y"));
	assert_true(prove_astray_is_in("/a/ REDIRECT"));
	assert_false(prove_astray_is_in("# nothing\n/^X-Spam-Flag: YES/ HOLD\n"));
	assert_false(prove_astray_is_in("# no REDIRECT\n/^X-Filter: / IGNORE\n#BCC"));
	assert_false(prove_astray_is_in("/unfiltered/ WARN\n/^Bcc-Of: / IGNORE\n"));
	assert_false(prove_astray_is_in(""));
}

#define LINE(queue, id, recipients)                                                \
	"{\"queue_name\": \"" queue "\", \"queue_id\": \"" id                      \
	"\", \"arrival_time\": 1796000000, \"message_size\": 3, \"sender\": \"\"," \
	" \"recipients\": [" recipients "]}\n"
#define TO(address) "{\"address\": \"" address "\"}"

/* Only what is for the recipient of a test alone is ours to delete. */
static void
test_queue(void **state)
{
	static char lines[] = LINE("deferred", "AAAAAA1", TO(PROVE_RECIPIENT))
	    LINE("hold", "AAAAAA2", TO(PROVE_RECIPIENT))
		LINE("active", "AAAAAA3", TO("x@y") ", " TO(PROVE_RECIPIENT))
		    LINE("hold", "AAAAAA4", TO("x" PROVE_RECIPIENT))
			LINE("hold", "AAAAAA5", TO(PROVE_RECIPIENT ".nl"))
			    LINE("hold", "ALL", TO(PROVE_RECIPIENT))
				LINE("hold", "AAAAAA6", "");
	FILE *f = fmemopen(lines, strlen(lines), "r");
	struct queue queue;

	(void)state;
	queue_read_for(&queue, f, PROVE_RECIPIENT);
	fclose(f);
	assert_int_equal(queue.count, 2);
	assert_string_equal(queue_find(&queue, "AAAAAA1")->name, "deferred");
	assert_string_equal(queue_find(&queue, "AAAAAA2")->name, "hold");
	queue_free(&queue);
}

static void
test_evidence(void **state)
{
	static const char good[] = "{\"prove\":1,\"made\":\"2026-11-30T02:15:00Z\","
				   "\"verdict\":\"met\",\"settings_sha256\":\"ab\"}";
	static const char *const bad[] = { "", "[]", "{}", "{\"prove\":2}",
		"{\"prove\":\"1\"}", "{\"prove\":1" };
	struct json_proof proof;

	(void)state;
	assert_true(json_read_proof(good, sizeof good - 1, &proof));
	assert_string_equal(proof.made, "2026-11-30T02:15:00Z");
	assert_string_equal(proof.verdict, "met");
	assert_string_equal(proof.settings_sha256, "ab");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(json_read_proof(bad[i], strlen(bad[i]), &proof));
}

/* The table in the code is the one that the messages were made by. */
static void
test_cases(void **state)
{
	const char *srcdir =
	    getenv("srcdir"); /* NOLINT(concurrency-mt-unsafe): one thread */
	struct pool *pool = pool_new();
	char why[256], *text, *rest, *line;
	size_t n = 0;

	(void)state;
	text = file_read(
	    pool_printf(pool, "%s/conf/prove/cases", srcdir != NULL ? srcdir : "."),
	    65536, NULL, why, sizeof why);
	assert_non_null(text);
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		const struct prove_case *c;

		if (*line == '#' || *line == '\0')
			continue;
		assert_true(n < PROVE_CASES);
		c = prove_case(n++);
		*strrchr(line, '|') = '\0'; /* its Dutch is in po/ */
		assert_string_equal(
		    line, pool_printf(pool, "%02d|%s|%s|%s|%s|%s|%s|%s", c->number,
			      c->client, c->helo, c->mail_from, c->from,
			      prove_case_wanted_word(c->wanted), c->dmarc, c->title));
	}
	assert_int_equal(n, PROVE_CASES);
	free(text);
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_look),
		cmocka_unit_test(test_read), cmocka_unit_test(test_beyond),
		cmocka_unit_test(test_queue_id), cmocka_unit_test(test_is_ours),
		cmocka_unit_test(test_joined), cmocka_unit_test(test_softened),
		cmocka_unit_test(test_astray), cmocka_unit_test(test_queue),
		cmocka_unit_test(test_evidence), cmocka_unit_test(test_cases) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
