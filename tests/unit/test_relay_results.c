/* Which of our results a relay's passes replace, and which stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/netlist.h"
#include "base/pool.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "mail/relay_results.h"

#define ID "gw.example"
#define RECEIVED " from x.example (x.example [203.0.113.9]) by gw"

static struct netlist trusted;
static struct header_list *headers; /* of the message at hand */

static int
set_up(void **state)
{
	(void)state;
	netlist_add(&trusted, "198.51.100.0/24");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	netlist_clear(&trusted);
	return 0;
}

/* A message through the relay, which says ${results}. */
static struct evidence
message(const char *results, struct pool *pool)
{
	struct evidence ev = { .mail_from = "<joe@example.nl>",
		.headers = headers = header_list_new(
		    pool, (struct header_limits){ 65536, 100 }, "mx", NULL),
		.relay = { .is_relay = true },
		.spf = { .result = SPF_FAIL, .domain = "example.nl" },
		.from = { .status = FROM_OK, .domain = "example.nl" } };

	header_list_add(headers, "Authentication-Results",
	    pool_printf(pool, " " ID "; dmarc=pass header.from=example.nl; %s", results));
	header_list_add(headers, "Received", RECEIVED);
	return ev;
}

static void
take(struct evidence *ev, const char *id, size_t passes_max, struct pool *pool)
{
	relay_results_take(ev,
	    &(struct relay_results_options){
		.id = id, .trusted = &trusted, .passes_max = passes_max },
	    pool);
}

static void
spf_that_may_be_replaced(void **state)
{
	static const bool may[SPF_RESULT_COUNT] = {
		[SPF_NONE] = true, [SPF_NEUTRAL] = true, [SPF_FAIL] = true
	};
	struct pool *pool = pool_new();

	(void)state;
	for (enum spf_result r = SPF_NONE; r < SPF_RESULT_COUNT; r++) {
		struct evidence ev = message("spf=pass smtp.mailfrom=a@b.nl", pool);

		ev.spf.result = r;
		take(&ev, ID, 10, pool);
		assert_int_equal(ev.relay.results, RELAY_RESULTS_READ);
		assert_int_equal(ev.spf.by_relay, may[r]);
		assert_int_equal(ev.spf.result, may[r] ? SPF_PASS : r);
		assert_string_equal(ev.spf.domain, may[r] ? "b.nl" : "example.nl");
		if (!may[r])
			continue;
		assert_int_equal(ev.spf.own, r);
		assert_memory_equal(
		    ev.spf.reason, EVIDENCE_BY_RELAY, strlen(EVIDENCE_BY_RELAY));
	}
	pool_free(pool);
}

static void
dkim_that_may_be_replaced(void **state)
{
	static const bool may[DKIM_RESULT_COUNT] = { [DKIM_NONE] = true,
		[DKIM_FAIL] = true,
		[DKIM_POLICY] = true,
		[DKIM_NEUTRAL] = true };
	struct pool *pool = pool_new();

	(void)state;
	for (enum dkim_result r = DKIM_NONE; r < DKIM_RESULT_COUNT; r++) {
		struct evidence ev = message("dkim=pass header.d=b.nl header.s=s1", pool);
		struct dkim_evidence own = { .result = r,
			.domain = "b.nl",
			.selector = "S1",
			.algorithm = "rsa-sha256",
			.b_start = "" };

		ev.dkim = &own;
		ev.dkim_count = 1;
		take(&ev, ID, 10, pool);
		assert_int_equal(ev.relay.results, RELAY_RESULTS_READ);
		assert_int_equal(ev.dkim_count, 1);
		assert_int_equal(ev.dkim[0].by_relay, may[r]);
		assert_int_equal(ev.dkim[0].result, may[r] ? DKIM_PASS : r);
		if (may[r])
			assert_int_equal(ev.dkim[0].own, r);
		assert_int_equal(own.result, r);
	}
	pool_free(pool);
}

struct dkim_row {
	const char *ours, *results, *wanted; /* "p:b.nl/s1", "R" for a relay's pass */
};

static const struct dkim_row dkim_rows[] = {
	{ "", "dkim=pass header.d=b.nl", "R:b.nl/" },
	{ "f:b.nl/s1", "dkim=pass header.d=b.nl", "R:b.nl/s1" },
	{ "f:b.nl/s1 f:b.nl/s2", "dkim=pass header.d=b.nl header.s=s2",
	    "f:b.nl/s1 R:b.nl/s2" },
	{ "f:b.nl/s1", "dkim=pass header.d=b.nl header.s=s2", "f:b.nl/s1 R:b.nl/s2" },
	{ "p:c.nl/s1", "dkim=pass header.d=b.nl", "p:c.nl/s1 R:b.nl/" },
	/* which of them is meant is not said */
	{ "t:b.nl/s1 f:b.nl/s2", "dkim=pass header.d=b.nl", "t:b.nl/s1 f:b.nl/s2" },
	{ "f:b.nl/s1 e:b.nl/s2", "dkim=pass header.d=b.nl", "f:b.nl/s1 e:b.nl/s2" },
	{ "f:b.nl/s1 p:b.nl/s2", "dkim=pass header.d=b.nl", "f:b.nl/s1 p:b.nl/s2" },
	{ "t:b.nl/s1", "dkim=pass header.d=b.nl header.s=s1", "t:b.nl/s1" },
	/* said twice */
	{ "f:b.nl/s1 f:b.nl/s1", "dkim=pass header.d=b.nl; dkim=pass header.d=b.nl",
	    "R:b.nl/s1 f:b.nl/s1" },
	{ "", "dkim=pass header.d=b.nl; dkim=pass header.d=b.nl", "R:b.nl/" },
	{ "", "dkim=pass header.d=b.nl; dkim=pass header.d=c.nl", "R:b.nl/ R:c.nl/" },
	/* three pass at most */
	{ "p:a.nl/ p:d.nl/",
	    "dkim=pass header.d=b.nl; dkim=pass header.d=c.nl; dkim=pass header.d=e.nl",
	    "p:a.nl/ p:d.nl/ R:b.nl/" },
};

static enum dkim_result
result_of(char letter)
{
	switch (letter) {
	case 'p':
		return DKIM_PASS;
	case 't':
		return DKIM_TEMPERROR;
	case 'e':
		return DKIM_PERMERROR;
	default:
		return DKIM_FAIL;
	}
}

static void
add_ours(struct evidence *ev, const char *text, struct pool *pool)
{
	struct dkim_evidence *list = pool_alloc(pool, 4 * sizeof *list);

	ev->dkim = list;
	for (char *word, *rest = pool_strdup(pool, text);
	     (word = strtok_r(rest, " ", &rest)) != NULL;) {
		char *slash = strchr(word, '/');

		*slash = '\0';
		list[ev->dkim_count++] =
		    (struct dkim_evidence){ .result = result_of(*word),
			    .domain = word + 2,
			    .selector = slash + 1,
			    .algorithm = "",
			    .b_start = "" };
	}
}

static const char *
dkim_text(const struct evidence *ev, struct pool *pool)
{
	static const char *const letters[DKIM_RESULT_COUNT] = { [DKIM_PASS] = "p",
		[DKIM_FAIL] = "f",
		[DKIM_TEMPERROR] = "t",
		[DKIM_PERMERROR] = "e" };
	const char *text = "";

	for (size_t i = 0; i < ev->dkim_count; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];
		const char *letter = letters[d->result];

		if (d->by_relay)
			letter = "R";
		assert_true(!d->by_relay || d->result == DKIM_PASS);
		text = pool_printf(pool, "%s%s%s:%s/%s", text, i > 0 ? " " : "", letter,
		    d->domain, d->selector);
	}
	return text;
}

static void
signatures_that_are_meant(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof dkim_rows / sizeof *dkim_rows; i++) {
		struct evidence ev = message(dkim_rows[i].results, pool);

		add_ours(&ev, dkim_rows[i].ours, pool);
		take(&ev, ID, 3, pool);
		assert_int_equal(ev.relay.results, RELAY_RESULTS_READ);
		assert_string_equal(dkim_text(&ev, pool), dkim_rows[i].wanted);
	}
	pool_free(pool);
}

static void
nothing_is_taken(struct evidence *ev, struct pool *pool)
{
	take(ev, ID, 10, pool);
	assert_int_equal(ev->relay.results, RELAY_RESULTS_HELD);
	assert_non_null(ev->relay.results_reason);
	assert_int_equal(ev->spf.result, SPF_FAIL);
	assert_int_equal(ev->dkim_count, 0);
}

static void
facts_that_forbid_it(void **state)
{
	static const char results[] =
	    "spf=pass smtp.mailfrom=example.nl; dkim=pass header.d=example.nl";
	struct pool *pool = pool_new();
	struct evidence ev = message(results, pool);

	(void)state;
	take(&ev, "", 10, pool);
	assert_int_equal(ev.relay.results, RELAY_RESULTS_UNASKED);
	assert_int_equal(ev.spf.result, SPF_FAIL);
	ev.relay.is_relay = false;
	take(&ev, ID, 10, pool);
	assert_int_equal(ev.relay.results, RELAY_RESULTS_UNASKED);
	assert_int_equal(ev.spf.result, SPF_FAIL);

	for (enum from_status s = FROM_MISSING; s <= FROM_HEADER_FLOOD; s++) {
		ev = message(results, pool);
		ev.from.status = s;
		nothing_is_taken(&ev, pool);
	}
	ev = message(results, pool);
	ev.from.domain = "b.example.nl";
	nothing_is_taken(&ev, pool);
	ev = message(results, pool);
	for (int i = 0; i < 100; i++)
		header_list_add(headers, "X", "y");
	assert_true(ev.headers->overflow);
	nothing_is_taken(&ev, pool);
	pool_free(pool);
}

/* As no relay writes it, and what strips it may not know it. */
static void
odd_names_of_the_field(void **state)
{
	static const char *const names[] = { "Authentication-Results ",
		"authentication-results\t", "Authentication-Results\x01" };
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct evidence ev = message("dkim=pass header.d=example.nl", pool);

		headers->fields[0].name = names[i];
		nothing_is_taken(&ev, pool);
	}
	pool_free(pool);
}

/* Names in other letters are compared a hundred times; one more is taken for the relay's.
 */
static void
names_in_other_letters(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (int count = 100; count <= 101; count++) {
		struct evidence ev = message("spf=pass smtp.mailfrom=example.nl", pool);

		headers->limits.fields = 200;
		for (int i = 0; i < count; i++)
			header_list_add(headers, "Authentication-Results",
			    " b\xc3\xbc"
			    "cher.example; none");
		assert_false(headers->overflow);
		if (count > 100) {
			nothing_is_taken(&ev, pool);
			continue;
		}
		take(&ev, ID, 10, pool);
		assert_int_equal(ev.relay.results, RELAY_RESULTS_READ);
	}
	pool_free(pool);
}

/* What a relay might copy as it is. */
static void
words_of_the_sender(void **state)
{
	static const char *const paths[] = { "<\"a;b\"@c.nl>", "<a(b)@c.nl>",
		"<a\\;b@c.nl>", "<a b@c.nl>", "<a;b@c.nl>", "<a\tb@c.nl>", "<<a@c.nl>>" };
	static const char *const fine[] = { "", "<>", "<joe@example.nl>",
		"joe@example.nl", "<b+1=2!x@c.nl>", "<j\xc3\xb6@c.nl>" };
	static const char *const signatures[] = { "v=1; i=a=3Bb@c.nl",
		"v=1; i=a=20b@c.nl", "v=1;i=\"a\"@c.nl", "v=1;\n i\n =\n a=2\n 8@c.nl",
		"nonsense", "v=1; i=@c.nl; i=a(b@c.nl", "v=1; i=a=3bb@c.nl",
		"v=1; d=c.nl header.d=example.nl", "v=1; s=s1\theader.d=example.nl",
		"v=1; s=\"s1\"", "v=1; d=c.nl(x)", "v=1; a=rsa-sha256 header.d=b.nl",
		"v=1; s=s1\n header.d=example.nl", "v=1; b=AAAA header.d=example.nl",
		"v=1; b=AA(AA" };
	static const char *const received[] = { " from a;b (x [203.0.113.9]) by gw",
		" from a\\b (x [203.0.113.9]) by gw",
		" from a\"b (x [203.0.113.9]) by gw",
		" from a (x; Dkim=Pass y=z [203.0.113.9]) by gw",
		" by gw from x) ; dkim=pass header.d=example.nl (y" };
	struct pool *pool = pool_new();
	struct evidence ev;

	(void)state;
	for (size_t i = 0; i < sizeof received / sizeof *received; i++) {
		ev = message("spf=pass smtp.mailfrom=example.nl", pool);
		headers->fields[1].value = received[i];
		nothing_is_taken(&ev, pool);
	}
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		ev = message("spf=pass smtp.mailfrom=example.nl", pool);
		ev.mail_from = paths[i];
		nothing_is_taken(&ev, pool);
	}
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
		ev = message("spf=pass smtp.mailfrom=example.nl", pool);
		ev.mail_from = fine[i];
		header_list_add(headers, "DKIM-Signature",
		    "v=1; a = rsa-sha256; d=\n c.nl ; s=s1.x;"
		    " z=a=3Bb; i=b+1=3D2=@c.nl; bh=(; b=aZ09+/\n\t bQ==;");
		take(&ev, ID, 10, pool);
		assert_int_equal(ev.relay.results, RELAY_RESULTS_READ);
	}
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
		ev = message("spf=pass smtp.mailfrom=example.nl", pool);
		header_list_add(headers, "DKIM-Signature ", signatures[i]);
		nothing_is_taken(&ev, pool);
	}
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spf_that_may_be_replaced),
		cmocka_unit_test(dkim_that_may_be_replaced),
		cmocka_unit_test(signatures_that_are_meant),
		cmocka_unit_test(facts_that_forbid_it),
		cmocka_unit_test(odd_names_of_the_field),
		cmocka_unit_test(names_in_other_letters),
		cmocka_unit_test(words_of_the_sender),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
