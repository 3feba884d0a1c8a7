#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/pool.h"
#include "check/dmarc_trace.h"
#include "check/orgdomain.h"
#include "dns/questions.h"
#include "resolver_zone.h"

#define AT(name, tags) "_dmarc." name " TXT \"v=DMARC1; " tags "\"\n"

static const struct {
	const char *zone, *name;
	const char *org; /* NULL: a DNS error */
	size_t asked;
} rows[] = {
	{ "", "nl", "nl", 1 },
	{ "", "a.example.nl", "a.example.nl", 3 },
	{ AT("example.nl", "p=none"), "example.nl", "example.nl", 2 },
	{ AT("example.nl", "p=none"), "a.b.example.nl", "example.nl", 4 },
	{ AT("example.nl", "p=none") AT("nl", "p=none"), "a.example.nl", "nl", 3 },
	/* psd=n */
	{ AT("a.example.nl", "p=none; psd=n") AT("nl", "p=none"), "b.a.example.nl",
	    "a.example.nl", 2 },
	{ AT("a.example.nl", "p=none; psd=n"), "a.example.nl", "a.example.nl", 1 },
	/* psd=y: one label below, unless the walk begins there */
	{ AT("nl", "p=none; psd=y"), "a.example.nl", "example.nl", 3 },
	{ AT("nl", "p=none; psd=y"), "nl", "nl", 1 },
	{ AT("co.nl", "p=none; psd=y") AT("nl", "p=none"), "a.b.c.co.nl", "c.co.nl", 4 },
	{ AT("b.co.nl", "p=none") AT("co.nl", "p=none; psd=y"), "a.b.co.nl", "b.co.nl",
	    3 },
	{ AT("co.nl", "p=none; psd=y"), "co.nl", "co.nl", 1 },
	/* cut from the name, asked or not: the label before the seventh was skipped */
	{ AT("c.d.e.f.g.h.i", "p=none; psd=y"), "a.b.c.d.e.f.g.h.i", "b.c.d.e.f.g.h.i",
	    2 },
	{ AT("b.c.d.e.f.g.h.i", "p=none; psd=n"), "a.b.c.d.e.f.g.h.i",
	    "a.b.c.d.e.f.g.h.i", 8 },
	/* what is no record, and what is one all the same */
	{ AT("example.nl", "p=none") AT("example.nl", "p=none; psd=n"), "a.example.nl",
	    "a.example.nl", 3 },
	{ AT("example.nl", "p=oops"), "a.example.nl", "example.nl", 3 },
	{ "_dmarc.example.nl TXT \"v=DMARC2; psd=n\"", "a.example.nl", "a.example.nl",
	    3 },
	{ "_dmarc.example.nl NODATA", "a.example.nl", "a.example.nl", 3 },
	/* errors */
	{ "_dmarc.a.example.nl SERVFAIL", "a.example.nl", NULL, 1 },
	{ AT("a.example.nl", "p=none") "_dmarc.example.nl TIMEOUT", "a.example.nl", NULL,
	    2 },
	{ AT("a.example.nl", "p=none") "_dmarc.nl BOGUS", "a.example.nl", NULL, 3 },
	{ AT("a.example.nl", "p=none; psd=n") "_dmarc.nl BOGUS", "a.example.nl",
	    "a.example.nl", 1 },
};

static void
test_by_walk(void **state)
{
	static const struct questions_options options = { .asked_max = 250 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct pool *pool = pool_new();
		char why[200];
		struct resolver *r = resolver_zone_new(rows[i].zone, why, sizeof why);
		struct questions *q = questions_new(r, &options, pool);
		struct orgdomain_search *s =
		    orgdomain_search_new(q, NULL, dmarc_trace_new(pool), pool);
		const char *org = orgdomain_of(s, rows[i].name, "author");

		print_message("# row %zu: %s\n", i, rows[i].name);
		if (rows[i].org == NULL)
			assert_null(org);
		else
			assert_string_equal(org, rows[i].org);
		assert_int_equal(resolver_zone_asked_all(r), rows[i].asked);
		/* The second time nothing is asked. */
		assert_ptr_equal(orgdomain_of(s, rows[i].name, "author"), org);
		assert_int_equal(resolver_zone_asked_all(r), rows[i].asked);
		questions_free(q);
		resolver_close(r);
		pool_free(pool);
	}
}

static const struct {
	const char *name, *registrable;
	bool is_suffix;
} list_rows[] = {
	{ "com", "com", true },
	{ "example.com", "example.com", false },
	{ "a.b.example.com", "example.com", false },
	{ "x.com", "x.com", false },
	{ "co.uk", "co.uk", true },
	{ "a.b.co.uk", "b.co.uk", false },
	{ "ck", "ck", true },
	{ "b.ck", "b.ck", true },
	{ "a.b.ck", "a.b.ck", false },
	{ "www.ck", "www.ck", false },
	{ "a.www.ck", "www.ck", false },
	{ "city.kawasaki.jp", "city.kawasaki.jp", false },
	{ "a.b.kawasaki.jp", "a.b.kawasaki.jp", false },
	{ "github.io", "github.io", true },
	{ "b.a.github.io", "a.github.io", false },
	{ "b.a.xn--55qx5d.cn", "a.xn--55qx5d.cn", false },
	{ "a.unlisted", "a.unlisted", false },
};

static void
test_by_list(void **state)
{
	char why[200] = "";
	struct orgdomain_list *list = orgdomain_list_open(NULL, why, sizeof why);

	(void)state;
	assert_string_equal(why, "");
	assert_non_null(list);
	for (size_t i = 0; i < sizeof list_rows / sizeof *list_rows; i++) {
		const char *found = orgdomain_registrable(list, list_rows[i].name);

		assert_string_equal(found, list_rows[i].registrable);
		assert_ptr_equal(
		    found + strlen(found), list_rows[i].name + strlen(list_rows[i].name));
		assert_int_equal(orgdomain_is_public_suffix(list, list_rows[i].name),
		    list_rows[i].is_suffix);
	}
	orgdomain_list_close(list);
}

static void
test_a_list_of_ones_own(void **state)
{
	static const char *const junk[] = {
		"<!DOCTYPE html>\n<html>\n<title>404</title>\n</html>\n",
		"root:x:0:0:root:/root:/bin/sh\nmail:x:8:8::/:/bin/sh\n",
		"com\nnl\n",
		"*\n",
	};
	static const char text[] = "// ===BEGIN ICANN DOMAINS===\ncom\nnl\nco.uk\n"
				   "school.nl\n"
				   "// ===END ICANN DOMAINS===\n";
	char path[] = "/tmp/orgdomain.XXXXXX", why[200] = "";
	int fd = mkstemp(path);
	struct orgdomain_list *list;

	(void)state;
	assert_int_equal(write(fd, text, sizeof text - 1), (int)sizeof text - 1);
	list = orgdomain_list_open(path, why, sizeof why);
	assert_string_equal(why, "");
	assert_string_equal(orgdomain_registrable(list, "a.b.school.nl"), "b.school.nl");
	orgdomain_list_close(list);

	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(
		    pwrite(fd, junk[i], strlen(junk[i]), 0), (ssize_t)strlen(junk[i]));
		assert_null(orgdomain_list_open(path, why, sizeof why));
		assert_non_null(strstr(why, "public suffix"));
	}
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_null(orgdomain_list_open(path, why, sizeof why));
	assert_non_null(strstr(why, "no public suffix"));
	close(fd);
	unlink(path);
	assert_null(orgdomain_list_open(path, why, sizeof why));
	assert_non_null(strstr(why, path));
	assert_null(orgdomain_list_open("/", why, sizeof why));
	orgdomain_list_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_walk),
		cmocka_unit_test(test_by_list),
		cmocka_unit_test(test_a_list_of_ones_own),
	};

	return cmocka_run_group_tests_name("orgdomain", tests, NULL, NULL);
}
