#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "mail/evidence.h"
#include "mail/from_advice.h"
#include "mail/header.h"

#define OUR_ID "mx.example.nl"

static const struct header_limits wide = { .bytes = 1 << 20, .fields = 1000 };

struct from_row {
	const char *value;
	enum from_status status;
	const char *domain; /* "" unless FROM_OK */
};

#define OK(domain) FROM_OK, domain
#define BAD FROM_MALFORMED, ""
#define SEVERAL FROM_SEVERAL_DOMAINS, ""

static const struct from_row from_rows[] = {
	/* RFC 5322 section 3.4 */
	{ " user@example.nl", OK("example.nl") },
	{ "<user@example.nl>", OK("example.nl") },
	{ " Jan Jansen <user@Example.NL>", OK("example.nl") },
	{ " \"Jansen, Jan\" <user@example.nl>", OK("example.nl") },
	{ " D'Marco <user@example.nl>", OK("example.nl") },
	{ " (Jan) user@example.nl", OK("example.nl") },
	{ " user@example.nl (Jan)", OK("example.nl") },
	{ " user+tag=x!y@example.nl", OK("example.nl") },
	{ " \"\"@example.nl", OK("example.nl") },
	{ "\n user@example.nl", OK("example.nl") },
	{ "\r\n\tuser@example.nl", OK("example.nl") }, { " user@nl", OK("nl") },
	{ " user@_x.example.nl", OK("_x.example.nl") },

	/* @ and , hidden in quotes, comments and encoded-words */
	{ " \"x@evil.example\"@example.nl", OK("example.nl") },
	{ " \"x\\\"@evil.example\"@example.nl", OK("example.nl") },
	{ " \"<x@evil.example>\" <user@example.nl>", OK("example.nl") },
	{ " \"a, <x@evil.example>, b\" <user@example.nl>", OK("example.nl") },
	{ " (x@evil.example) user@example.nl", OK("example.nl") },
	{ " user(x@evil.example)@example.nl", OK("example.nl") },
	{ " user@(evil.example)example.nl", OK("example.nl") },
	{ " (a \\) <x@evil.example>) <user@example.nl>", OK("example.nl") },
	{ " (a (b (c) <x@evil.example>)) <user@example.nl>", OK("example.nl") },
	{ " =?utf-8?B?PHhAZXZpbC5leGFtcGxlPg==?= <user@example.nl>", OK("example.nl") },
	{ " =?utf-8?B?PHhAZXZpbC5leGFtcGxlPg==?=, <user@example.nl>", BAD },
	{ " =?utf-8?Q?x=40evil.example?=", BAD },
	{ " =?utf-8?q?ceo=40evil.example=2C?= <user@example.nl>", BAD },
	{ " =?utf-8?B?Y2VvQGV2aWwuZXhhbXBsZSw=?= <user@example.nl>", BAD },
	{ " =?x?Q?ceo=40evil?=\n =?y?b?LmV4YW1wbGUs?= <user@example.nl>", BAD },
	{ " =?utf-8?q?=3Cceo=40evil.example=3E_=3B?= <user@example.nl>", BAD },
	{ " \"=?utf-8?q?ceo=40evil.example=2C_x?=\" <user@example.nl>", BAD },
	{ " (=?utf-8?q?ceo=40evil.example=2c?=) user@example.nl", BAD },
	{ " =?utf-8?q?Jansen=2C_Jan_=28jan=40x=2Enl=29?= <user@example.nl>",
	    OK("example.nl") },
	{ " =?utf-8?q?user=40example.nl?= <user@example.nl>", OK("example.nl") },
	{ " =?utf-8?q?a=40b?= x =?utf-8?q?=2c?= <user@example.nl>", BAD },
	{ " =?utf-8?Q?x=40?=evil.example =?utf-8?Q?=2C?= <user@example.nl>", BAD },
	{ " =?utf-8?Q?\"x\"=40evil.example=2C?= <user@example.nl>", BAD },
	{ " =?utf-8?Q?x_=40_evil.example=2C?= <user@example.nl>", BAD },
	{ " =?utf-7?Q?x+AEA-evil.example+ACw-?= <user@example.nl>", BAD },
	{ " =?UTF-16BE?B?AHg=?= <user@example.nl>", BAD },
	{ " =?utf-8?q?Jan?= <a@example.nl>, =?utf-8?q?x=2Cy?= <b@example.nl>",
	    OK("example.nl") },
	/* ISO-2022-JP and Shift_JIS: their letters are no "@" and no comma */
	{ " =?iso-2022-jp?B?GyRCQCwbKEI=?= <user@example.nl>", OK("example.nl") },
	{ " =?shift_jis?Q?=83=40_a=2C_b?= <user@example.nl>", OK("example.nl") },
	{ " =?gb2312?Q?=83=40=40b=2C?= <user@example.nl>", BAD },
	{ " =?utf-8?q? =?utf-8?q?a=40b=2c <user@example.nl>", OK("example.nl") },
	{ " =?utf-8?Q?x=40evil.example?=@example.nl", BAD },
	{ " <=?utf-8?Q?x=40evil.example=2C?=user@example.nl>", BAD },
	{ " \"=?utf-8?Q?x=40evil.example=2C?=user\"@example.nl", BAD },
	{ " <user@=?utf-8?Q?example.nl?=>", BAD },
	{ " <a=?b@example.nl>", OK("example.nl") }, /* no encoded-word */
	{ " <a=?=@example.nl>", OK("example.nl") },

	/* several */
	{ " a@example.nl, b@EXAMPLE.nl.", OK("example.nl") },
	{ " a@example.nl, Jan <b@example.nl>", OK("example.nl") },
	{ " a@example.nl, b@evil.example", SEVERAL },
	{ " a@example.nl, b@sub.example.nl", SEVERAL },
	{ " a@b\u00fccher.de, b@xn--bcher-kva.de", OK("xn--bcher-kva.de") },
	{ " a@example.nl b@example.nl", BAD }, { " <a@example.nl> <b@example.nl>", BAD },
	{ " a@example.nl; b@example.nl", BAD }, { " a@example.nl, b", BAD },

	/* groups, RFC 6854 */
	{ " staff: a@example.nl, Jan <b@example.nl>;", OK("example.nl") },
	{ " staff:a@example.nl;, b@example.nl", OK("example.nl") },
	{ " staff:a@example.nl;, b@evil.example", SEVERAL },
	{ " a@example.nl, \"the staff\":b@evil.example;", SEVERAL },
	{ " undisclosed:;", BAD }, { " example.nl:;", BAD },
	{ " empty:;, a@example.nl", OK("example.nl") }, { " staff: a@example.nl", BAD },
	{ " staff: inner: a@example.nl;;", BAD },
	{ " staff: a@example.nl; b@example.nl", BAD }, { " : a@example.nl;", BAD },
	{ " a@example.nl:;", BAD },

	/* obsolete forms, section 4.4 */
	{ " ,,(x), user@example.nl ,(y),", OK("example.nl") },
	{ " <@a.nl:user@example.nl>", BAD }, { " <@a.nl,@b.nl:user@example.nl>", BAD },
	{ " <@a.nl, , @b.nl:user@example.nl>", BAD },
	{ " <@a.nl:@b.nl:user@example.nl>", BAD }, { " <@a.nl user@example.nl>", BAD },
	{ " <@:user@example.nl>", BAD }, { " <user\n @\n example.nl>", OK("example.nl") },
	{ " < user . name @ example.nl >", OK("example.nl") },
	{ " J. R. Jansen <user@example.nl>", OK("example.nl") },
	{ " user@example . nl", BAD }, /* some stop at "example" */
	{ " user@example.nl (x) .evil.example", BAD }, { " user@example(x).nl", BAD },
	{ " .J <user@example.nl>", BAD },

	/* what is no address */
	{ "", BAD }, { "  ", BAD }, { " ,,", BAD }, { " (only a comment)", BAD },
	{ " user", BAD }, { " Jan at example.nl", BAD }, { " \"user@example.nl\"", BAD },
	{ " <>", BAD }, { " <user>", BAD }, { " <@example.nl>", BAD },
	{ " @example.nl", BAD }, { " user@", BAD }, { " user@, x@example.nl", BAD },
	{ " user..name@example.nl", BAD }, { " .user@example.nl", BAD },
	{ " user.@example.nl", BAD }, { " two words@example.nl", BAD },
	{ " user@.example.nl", BAD }, { " user@example..nl", BAD },
	{ " user@example.nl.", OK("example.nl") },
	{ " <user@example.nl.>", OK("example.nl") }, { " user@example.nl..", BAD },
	{ " a@b@example.nl", BAD }, { " <x@evil.example@example.nl>", BAD },
	{ " <user@example.nl", BAD }, { " user@example.nl>", BAD },
	{ " <<user@example.nl>>", BAD }, { " <x@evil.example>user@example.nl", BAD },
	{ " user@evil.example <user@example.nl>", BAD },
	{ " <x@evil.example>\\, <user@example.nl>", BAD },
	{ " user\\@evil.example@example.nl", BAD }, { " \"user <x@example.nl>", BAD },
	{ " (user <x@example.nl>", BAD }, { " user@example.nl (x", BAD },
	{ " user@example.nl)", BAD }, { " user@[192.0.2.1]", BAD },
	{ " user@[example.nl]", BAD }, { " <user@exa/mple.nl>", BAD },

	/* octets */
	{ " Jos\u00e9 <us\u00e9r@b\u00fccher.de>", OK("xn--bcher-kva.de") },
	{ " <user@fa\u00df.de>", OK("xn--fa-hia.de") },
	{ " \u202eresu\u202c <user@example.nl>", OK("example.nl") },
	{ " user@example.nl\u2028", BAD }, { " Jos\xe9 <user@example.nl>", BAD },
	{ " \"\xc0\xaf\" <user@example.nl>", BAD },
	{ " (\xf5\x80\x80\x80) user@example.nl", BAD },
	{ " (\xf4\x90\x80\x80) user@example.nl", BAD }, /* above U+10FFFF */
	{ " (\xf4\x8f\xbf\xbf) user@example.nl", OK("example.nl") },
	{ " (\xed\xa0\x80) user@example.nl", BAD }, { " (\xc3", BAD },
	{ " \x01 <user@example.nl>", BAD }, { " \"\x1b$B\" <user@example.nl>", BAD },
	{ " (\x7f) user@example.nl", BAD },
	{ " <x@evil.example>\r<user@example.nl>", BAD }, { " user@example.nl\r", BAD },
	{ " user@example.nl\nX: y", BAD },
	{ " \"a\\\n b\" <user@example.nl>",
	    BAD }, /* some unfold to \b, some to a space */
};

static void
test_from_domain(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof from_rows / sizeof *from_rows; i++) {
		const struct from_row *row = &from_rows[i];
		struct from_evidence got = header_from_domain(row->value, pool);

		if (got.status != row->status || strcmp(got.domain, row->domain) != 0)
			fail_msg("row %zu, \"%s\": got %s (%s), want %s %s", i,
			    row->value, got.domain, got.reason ? got.reason : "ok",
			    row->domain, evidence_from_name(row->status));
		assert_true((got.status == FROM_OK) == (got.reason == NULL));
		if ((got.status == FROM_OK) != (from_advice(&got) == NULL))
			fail_msg("row %zu, \"%s\": what can be done?", i, row->value);
	}
	pool_free(pool);
}

static void
put(char *at, const char *text)
{
	while (*text != '\0')
		*at++ = *text++;
}

/* Long values: read to the end, in linear time and without recursion. */
static void
test_from_of_any_length(void **state)
{
	static char value[200000];
	struct pool *pool = pool_new();
	size_t half = sizeof value / 2 - 100;

	(void)state;
	memset(value, '(', half);
	memset(value + half, ')', half);
	put(value + 2 * half, "user@example.nl");
	assert_string_equal(header_from_domain(value, pool).domain, "example.nl");
	value[half * 2 - 1] = ' ';
	assert_int_equal(header_from_domain(value, pool).status, FROM_MALFORMED);

	memset(value, 0, sizeof value);
	for (size_t i = 0; i < 10000; i++)
		put(value + i * 16, "u@example.nl   ,");
	assert_string_equal(header_from_domain(value, pool).domain, "example.nl");
	put(value + 160000, "u@evil.example");
	assert_int_equal(header_from_domain(value, pool).status, FROM_SEVERAL_DOMAINS);

	memset(value, 'a', sizeof value - 1);
	value[0] = '"';
	put(value + sizeof value - 20, "\" <user@example.nl>");
	assert_string_equal(header_from_domain(value, pool).domain, "example.nl");
	pool_free(pool);
}

static struct header_list *
list_of(struct pool *pool, const char *const *fields)
{
	struct header_list *list = header_list_new(pool, wide, OUR_ID, NULL);

	for (; fields[0] != NULL; fields += 2)
		header_list_add(list, fields[0], fields[1]);
	return list;
}

struct author_row {
	const char *fields[7];
	enum from_status status;
};

static const struct author_row author_rows[] = {
	{ { "From", " a@example.nl" }, FROM_OK },
	{ { "fROM", " a@example.nl" }, FROM_OK },
	{ { "From ", " a@example.nl" }, FROM_OK },
	{ { "From\t", " a@example.nl" }, FROM_OK },
	{ { "To", " a@example.nl" }, FROM_MISSING },
	{ { "Resent-From", " a@example.nl", "Sender", " a@example.nl" }, FROM_MISSING },
	{ { "From", " a@example.nl", "From", " a@example.nl" }, FROM_REPEATED },
	{ { "From", " a@example.nl", "To", " b", "FROM ", " x@evil.example" },
	    FROM_REPEATED },
	{ { "From", " a@example.nl", "From-Line", " x@evil.example" }, FROM_OK },
	{ { "From", "" }, FROM_MALFORMED },
};

static void
test_author(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof author_rows / sizeof *author_rows; i++) {
		const struct author_row *row = &author_rows[i];
		struct from_evidence got =
		    header_author(list_of(pool, row->fields), pool);

		if (got.status != row->status)
			fail_msg("row %zu: got %s", i, got.reason ? got.reason : "ok");
		assert_string_equal(
		    got.domain, got.status == FROM_OK ? "example.nl" : "");
	}
	pool_free(pool);
}

/* One domain is the beginning of the other, whichever comes first. */
static void
test_domains_that_begin_alike(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	assert_int_equal(
	    header_from_domain("a@example.nl.evil.example, b@example.nl", pool).status,
	    FROM_SEVERAL_DOMAINS);
	assert_int_equal(
	    header_from_domain("a@example.nl, b@example.nl.evil.example", pool).status,
	    FROM_SEVERAL_DOMAINS);
	pool_free(pool);
}

static void
test_list_keeps_what_fits(void **state)
{
	struct pool *pool = pool_new();
	struct header_limits limits = { .bytes = 20, .fields = 3 };
	struct header_list *list = header_list_new(pool, limits, OUR_ID, NULL);

	(void)state;
	assert_true(header_list_add(list, "Subject", " abc")); /* 11 */
	assert_true(header_list_add(list, "To", " defghi"));   /* 20 */
	assert_int_equal(list->bytes, 20);
	assert_false(list->overflow);
	assert_false(header_list_add(list, "X", ""));
	assert_true(list->overflow);
	assert_int_equal(list->count, 2);
	assert_string_equal(list->fields[1].name, "To");
	assert_string_equal(list->fields[1].value, " defghi");

	list = header_list_new(pool, limits, OUR_ID, NULL);
	for (int i = 0; i < 3; i++)
		assert_true(header_list_add(list, "A", "b"));
	assert_false(header_list_add(list, "A", "b"));
	assert_int_equal(list->count, 3);

	/* Name and value fit each, not both. */
	list = header_list_new(pool, limits, OUR_ID, NULL);
	assert_false(header_list_add(list, "X-0123456789", " 0123456789"));
	assert_int_equal(list->bytes, 0);

	/* After one that did not fit, none is kept: no gaps. */
	list = header_list_new(pool, limits, OUR_ID, NULL);
	assert_false(header_list_add(list, "Long", " 0123456789012345678901234"));
	assert_false(header_list_add(list, "A", "b"));
	pool_free(pool);
}

static void
test_list_sees_all_fields(void **state)
{
	struct pool *pool = pool_new();
	struct header_limits limits = { .bytes = 1000, .fields = 10 };
	struct header_list *list = header_list_new(pool, limits, OUR_ID, NULL);

	(void)state;
	assert_true(header_list_add(list, "From", " a@example.nl"));
	for (int i = 0; i < 2000; i++)
		header_list_add(list, "X-Junk", " y");
	assert_int_equal(header_author(list, pool).status, FROM_OK);
	assert_false(header_list_add(list, "Authentication-Results", " other; none"));
	assert_false(
	    header_list_add(list, "authentication-results ", " mx.EXAMPLE.nl; none"));
	assert_false(header_list_add(list, "List-Id", " <a.lists.example>"));
	assert_false(header_list_add(list, "List-Post", " <mailto:a@lists.example>"));
	assert_false(header_list_add(list, "From", " x@evil.example"));
	assert_int_equal(list->count, 10);
	assert_int_equal(list->authres_count, 2);
	assert_int_equal(list->forged_count, 1);
	assert_int_equal(list->forged[0], 2);
	assert_string_equal(list->from, " a@example.nl");
	assert_string_equal(list->list_id, " <a.lists.example>");
	assert_string_equal(list->list_post, " <mailto:a@lists.example>");
	assert_int_equal(header_author(list, pool).status, FROM_REPEATED);
	pool_free(pool);
}

/* White space before the colon, in the widest sense, is no part of the name: a From
 * that one reader sees is one. */
static void
test_names(void **state)
{
	static const char *const names[] = { "From", "from ", "FROM\t", "From \t ",
		"From\x0b", "From\x01", "From\x7f", "From\r" };
	struct pool *pool = pool_new();
	struct header_list *list = header_list_new(pool, wide, OUR_ID, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		header_list_add(list, names[i], " a@example.nl");
		assert_int_equal(list->from_count, i + 1);
	}
	header_list_add(list, "From\x80", " a@example.nl");
	header_list_add(list, " From", " a@example.nl");
	assert_int_equal(list->from_count, sizeof names / sizeof *names);
	pool_free(pool);
}

struct list_row {
	const char *value;
	const char *id, *post; /* as a List-Id, as a List-Post */
};

static const struct list_row list_rows[] = {
	{ " <users.lists.club.org>", "users.lists.club.org", "users.lists.club.org" },
	{ " The \"users\" (ours) <users.Lists.club.org> ", "users.lists.club.org",
	    "users.lists.club.org" },
	{ " \"a <x.evil.example>\" <users.club.org>", "users.club.org",
	    "users.club.org" },
	{ " (a <x.evil.example>) <users.club.org>", "users.club.org", "users.club.org" },
	{ " repo/owner <repo.owner.example.com>", "repo.owner.example.com",
	    "repo.owner.example.com" },
	{ " <mailto:users@club.org>", "club.org", "club.org" },
	{ " <MAILTO:users@club.org?subject=x@evil.example>", "club.org", "club.org" },
	{ " <https://club.org/post>, <mailto:users@club.org>", "club.org", "club.org" },
	{ " <mailto:users>", NULL, NULL },
	{ " <mailto:users?to=x@club.org>", NULL, NULL },
	{ " <mailto:users@a@club.org>", NULL, NULL },
	{ " <https://club.org/post>", NULL, NULL },
	{ " <>", NULL, NULL },
	{ " \"open <users.club.org>", NULL, NULL },
	{ " (open <users.club.org>", NULL, NULL },
	{ "", NULL, NULL },
	{ " \t\n ", NULL, NULL },
	/* Without angle brackets the last word is the id. */
	{ " users.club.org", "users.club.org", NULL },
	{ "users.club.org", "users.club.org", NULL },
	{ " The users\n\tusers.Club.ORG. \n ", "users.club.org", NULL },
	{ " \"The users\" users.club.org (ours (all))", "users.club.org", NULL },
	{ " evil.example(x)users.club.org(y)", "users.club.org", NULL },
	{ " \"x <evil.example>\" (<evil.example>) users.club.org", "users.club.org",
	    NULL },
	{ " b\u00fccher.club.org", "xn--bcher-kva.club.org", NULL },
	{ " NO", "no", NULL },
	{ " users.club.org are many", "many", NULL },
	{ " users.club.org and (others", NULL, NULL },
	{ " users.club.org \"and others\"", NULL, NULL },
	{ " users.club.org \"and", NULL, NULL },
	{ " \"x\"users.club.org", NULL, NULL },
	{ " \"users.club.org\"", NULL, NULL },
	{ " users@club.org", NULL, NULL },
	{ " users.club.org,", NULL, NULL },
	{ " https://users.club.org", NULL, NULL },
	{ " [users.club.org]", NULL, NULL },
	{ " =?utf-8?q?users.club.org?=", NULL, NULL },
	{ " <users.club.org", NULL, NULL },
	{ " <x users.club.org", NULL, NULL },
	{ " users.club.org>", NULL, NULL },
	{ " users > users.club.org", NULL, NULL },
	{ " <evil.example> users.club.org", "evil.example", "evil.example" },
	{ " <> users.club.org", NULL, NULL },
};

static void
check_list_domain(const char *got, const char *wanted, const char *value)
{
	if (got == NULL || wanted == NULL ? got != wanted : strcmp(got, wanted) != 0)
		fail_msg("%s: %s", value, got != NULL ? got : "none");
}

static void
test_list_domain(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof list_rows / sizeof *list_rows; i++) {
		const struct list_row *row = &list_rows[i];

		check_list_domain(header_list_id(row->value, pool), row->id, row->value);
		check_list_domain(
		    header_list_post(row->value, pool), row->post, row->value);
	}
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_domain),
		cmocka_unit_test(test_from_of_any_length),
		cmocka_unit_test(test_author),
		cmocka_unit_test(test_domains_that_begin_alike),
		cmocka_unit_test(test_list_keeps_what_fits),
		cmocka_unit_test(test_list_sees_all_fields),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_list_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
