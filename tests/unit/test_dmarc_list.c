#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "check/dmarc_list.h"
#include "check/orgdomain.h"
#include "mail/evidence.h"
#include "mail/header.h"

/* What the message says, one signature of ${d}, and which lists have signed. */
struct row {
	const char *list_id, *list_post, *d;
	enum dkim_result result;
	const char *id, *post;
};

#define CLUB "users.lists.club.example"

static const struct row rows[] = {
	/* equal, above, below */
	{ "<" CLUB ">", NULL, CLUB, DKIM_PASS, CLUB, NULL },
	{ "<" CLUB ">", NULL, "lists.club.example", DKIM_PASS, CLUB, NULL },
	{ "<" CLUB ">", NULL, "club.example", DKIM_PASS, CLUB, NULL },
	{ "<" CLUB ">", NULL, "x.y." CLUB, DKIM_PASS, CLUB, NULL },
	{ "<club.example>", NULL, "mail.club.example", DKIM_PASS, "club.example", NULL },
	/* aside, and what only looks so */
	{ "<" CLUB ">", NULL, "other.lists.club.example", DKIM_PASS, NULL, NULL },
	{ "<" CLUB ">", NULL, "other.example", DKIM_PASS, NULL, NULL },
	{ "<" CLUB ">", NULL, "ub.example", DKIM_PASS, NULL, NULL },
	{ "<" CLUB ">", NULL, "x" CLUB, DKIM_PASS, NULL, NULL },
	{ "<" CLUB ">", NULL, CLUB ".evil.example", DKIM_PASS, NULL, NULL },
	/* a public suffix: nobody's, and everybody's */
	{ "<" CLUB ">", NULL, "example", DKIM_PASS, NULL, NULL },
	{ "<example>", NULL, "club.example", DKIM_PASS, NULL, NULL },
	{ "<example>", NULL, "example", DKIM_PASS, NULL, NULL },
	{ "<a.co.uk>", NULL, "co.uk", DKIM_PASS, NULL, NULL },
	{ "<co.uk>", NULL, "evil.co.uk", DKIM_PASS, NULL, NULL },
	{ "<co.uk>", NULL, "co.uk", DKIM_PASS, NULL, NULL },
	{ "<a.b.github.io>", NULL, "github.io", DKIM_PASS, NULL, NULL },
	{ "<github.io>", NULL, "evil.github.io", DKIM_PASS, NULL, NULL },
	{ "<a.b.github.io>", NULL, "b.github.io", DKIM_PASS, "a.b.github.io", NULL },
	{ "<a.co.uk>", NULL, "mx.a.co.uk", DKIM_PASS, "a.co.uk", NULL },
	/* only what passes counts */
	{ "<" CLUB ">", NULL, "club.example", DKIM_FAIL, NULL, NULL },
	{ "<" CLUB ">", NULL, "club.example", DKIM_NEUTRAL, NULL, NULL },
	{ "<" CLUB ">", NULL, "club.example", DKIM_TEMPERROR, NULL, NULL },
	/* List-Post, and each for itself */
	{ NULL, "<mailto:users@lists.club.example>", "club.example", DKIM_PASS, NULL,
	    "lists.club.example" },
	{ NULL, "<mailto:users@club.example>", "lists.club.example", DKIM_PASS, NULL,
	    "club.example" },
	{ "<users.other.example>", "<mailto:users@club.example>", "club.example",
	    DKIM_PASS, NULL, "club.example" },
	{ "<" CLUB ">", "<mailto:users@other.example>", "club.example", DKIM_PASS, CLUB,
	    NULL },
	{ "<" CLUB ">", "<mailto:users@club.example>", "club.example", DKIM_PASS, CLUB,
	    "club.example" },
	/* without angle brackets: of List-Id, not of List-Post */
	{ "Users " CLUB, NULL, "club.example", DKIM_PASS, CLUB, NULL },
	{ CLUB " of ours", NULL, "club.example", DKIM_PASS, NULL, NULL },
	{ NULL, "users@club.example", "club.example", DKIM_PASS, NULL, NULL },
	{ "no list", NULL, "club.example", DKIM_PASS, NULL, NULL },
	{ NULL, NULL, "club.example", DKIM_PASS, NULL, NULL },
};

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static struct list_evidence
find(const struct row *row, const struct orgdomain_list *suffixes, struct pool *pool)
{
	struct header_list headers = { .list_id = row->list_id,
		.list_post = row->list_post };
	const struct dkim_evidence dkim[] = {
		{ .result = DKIM_FAIL, .domain = CLUB },
		{ .result = DKIM_PASS, .domain = "author.example" },
		{ .result = row->result, .domain = row->d },
	};
	struct evidence ev = { .headers = &headers, .dkim = dkim, .dkim_count = 3 };

	return dmarc_list_find(&ev, suffixes, pool);
}

static void
test_rows(void **state)
{
	struct orgdomain_list *suffixes;
	struct pool *pool = pool_new();
	char why[200];

	(void)state;
	suffixes = orgdomain_list_open(NULL, why, sizeof why);
	assert_non_null(suffixes);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct list_evidence got = find(&rows[i], suffixes, pool);

		if (!is_same(got.id, rows[i].id) || !is_same(got.post, rows[i].post))
			fail_msg("row %zu: %s, %s", i, got.id ? got.id : "-",
			    got.post ? got.post : "-");
	}
	orgdomain_list_close(suffixes);
	pool_free(pool);
}

/* Where no suffix is known only equal names are safe. */
static void
test_without_suffixes(void **state)
{
	static const struct row equal = { "<" CLUB ">", NULL, CLUB, DKIM_PASS, CLUB,
		NULL };
	static const struct row above = { "<" CLUB ">", NULL, "club.example", DKIM_PASS,
		NULL, NULL };
	static const struct row top = { "<example>", NULL, "example", DKIM_PASS, NULL,
		NULL };
	struct pool *pool = pool_new();

	(void)state;
	assert_null(find(&top, NULL, pool).id);
	assert_non_null(find(&equal, NULL, pool).id);
	assert_null(find(&above, NULL, pool).id);
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_without_suffixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
