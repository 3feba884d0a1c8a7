/* What the evidence of beschermctl prove counts for in rule 010 of the audit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/pool.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/proven.h"
#include "ctl/audit/rules_inbound.h"
#include "ctl/audit/rules_row.h"
#include "ctl/audit/server.h"

#define NOW 1796000000 /* 2026-11-30T00:53:20Z */
#define MX "mx.school.example"
#define PROOF(made, verdict, settings)                              \
	"{\"prove\":1,\"made\":\"" made "\",\"verdict\":\"" verdict \
	"\",\"settings_sha256\":\"" settings "\"}\n"

#define RECENT(verdict, settings) \
	"prove-20261129T021500Z.json", PROOF("2026-11-29T02:15:00Z", verdict, settings)

static const struct {
	const char *name, *evidence; /* NULL: none */
	enum audit_level level;
	const char *text, *day;
} rows[] = {
	{ NULL, NULL, AUDIT_LOOK, "not tested from outside", NULL },
	{ RECENT("met", "ab"), AUDIT_OK, "was shown with test messages", "2026-11-29" },
	/* 92 days, and a day more */
	{ "prove-20260830T021500Z.json", PROOF("2026-08-30T02:15:00Z", "met", "ab"),
	    AUDIT_OK, "was shown", "2026-08-30" },
	{ "prove-20260829T000000Z.json", PROOF("2026-08-29T00:00:00Z", "met", "ab"),
	    AUDIT_LOOK, "not since", "2026-08-29" },
	/* a day ahead, and more */
	{ "prove-20261201T005320Z.json", PROOF("2026-12-01T00:53:20Z", "met", "ab"),
	    AUDIT_OK, "was shown", "2026-12-01" },
	{ "prove-20261201T005321Z.json", PROOF("2026-12-01T00:53:21Z", "met", "ab"),
	    AUDIT_LOOK, "not tested from outside", NULL },
	{ "prove-20261129T021500Z.json", PROOF("2026-12-01T00:00:00Z", "met", "ab"),
	    AUDIT_LOOK, "could not be read", NULL },
	{ "prove-20261129T021500Z.json", PROOF(" 2026-11-29T02:15:00Z", "met", "ab"),
	    AUDIT_OK, "was shown", "2026-11-29" },
	{ RECENT("met", "cd"), AUDIT_LOOK, "not since", "2026-11-29" },
	{ RECENT("not_met", "cd"), AUDIT_WRONG, "does not do what the rule asks",
	    "2026-11-29" },
	{ "prove-20260101T021500Z.json", PROOF("2026-01-01T02:15:00Z", "not_met", "ab"),
	    AUDIT_WRONG, "does not do what the rule asks", "2026-01-01" },
	{ RECENT("untested", "ab"), AUDIT_LOOK, "not tested from outside", "2026-11-29" },
	{ RECENT("MET", "ab"), AUDIT_LOOK, "not tested from outside", "2026-11-29" },
	{ "prove-20261129T021500Z.json", PROOF("yesterday", "met", "ab"), AUDIT_LOOK,
	    "could not be read", NULL },
	{ "prove-20261129T021500Z.json", "{\"prove\":2,\"verdict\":\"met\"}", AUDIT_LOOK,
	    "could not be read", NULL },
	{ "prove-20261129T021500Z.json", "met", AUDIT_LOOK, "could not be read", NULL },
	{ "prove-2026.json", PROOF("2026-11-29T02:15:00Z", "met", "ab"), AUDIT_LOOK,
	    "not tested from outside", NULL },
};

static void
put_file(const char *folder, const char *name, const char *text, struct pool *pool)
{
	FILE *f = fopen(pool_printf(pool, "%s/%s", folder, name), "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* The check on evidence among those of the rule. */
static const struct rules_check *
judge(const struct server *server, struct rules_case *c, struct pool *pool)
{
	struct facts_host host = { .name = MX };
	struct facts facts = {
		.domain = "school.example", .hosts = &host, .host_count = 1
	};

	*c = (struct rules_case){ .f = &facts, .pool = pool };
	rules_inbound(c, server);
	c->f = NULL;
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->checks[i].row->id, "inbound.proven") == 0)
			return &c->checks[i];
	}
	return NULL;
}

static bool
says_well(const struct rules_case *c)
{
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->checks[i].row->id, "inbound.checks") == 0)
			return true;
	}
	return false;
}

static void
check_row(size_t n, const char *folder, struct pool *pool)
{
	struct server server = { .is_known = true, .settings_sha256 = "ab" };
	const struct rules_check *check;
	struct rules_case c;

	wordlist_add(&server.names, MX);
	proven_look(&server, folder, NOW, pool);
	check = judge(&server, &c, pool);
	assert_non_null(check);
	if (check->row->level != rows[n].level ||
	    strstr(check->row->text, rows[n].text) == NULL) {
		print_error("row %zu: %s\n", n, check->row->text);
		fail();
	}
	assert_true(says_well(&c) == (rows[n].level != AUDIT_WRONG));
	if (rows[n].day == NULL)
		assert_null(server.proof.day);
	else
		assert_string_equal(server.proof.day, rows[n].day);
	wordlist_clear(&server.names);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct pool *pool = pool_new();
		char folder[] = "/tmp/beschermd-proven.XXXXXX";

		assert_non_null(mkdtemp(folder));
		if (rows[i].name != NULL)
			put_file(folder, rows[i].name, rows[i].evidence, pool);
		check_row(i, folder, pool);
		if (rows[i].name != NULL)
			unlink(pool_printf(pool, "%s/%s", folder, rows[i].name));
		rmdir(folder);
		pool_free(pool);
	}
}

/* The newest counts, whatever it says. */
static void
test_newest(void **state)
{
	static const char *const names[] = { "prove-20261101T000000Z.json",
		"prove-20261129T021500Z.json", "prove-20261128T000000Z.json" };
	static const char *const texts[] = { PROOF("2026-11-01T00:00:00Z", "met", "ab"),
		PROOF("2026-11-29T02:15:00Z", "not_met", "ab"),
		PROOF("2026-11-28T00:00:00Z", "met", "ab") };
	struct server server = { .is_known = true, .settings_sha256 = "ab" };
	struct pool *pool = pool_new();
	char folder[] = "/tmp/beschermd-proven.XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < 3; i++)
		put_file(folder, names[i], texts[i], pool);
	proven_look(&server, folder, NOW, pool);
	assert_int_equal(server.proof.verdict, SERVER_PROVEN_NOT_MET);
	for (size_t i = 0; i < 3; i++)
		unlink(pool_printf(pool, "%s/%s", folder, names[i]));
	rmdir(folder);
	pool_free(pool);
}

enum kind { WRITTEN, FOLDER, LINK, FIFO, OF_ANOTHER };

#define MADE "2026-11-28T00:00:00Z"
#define NAME "prove-20261128T000000Z.json"
#define OTHER_USER 65534

static void
put(const char *folder, const char *name, enum kind kind, const char *text,
    struct pool *pool)
{
	const char *path = pool_printf(pool, "%s/%s", folder, name);

	switch (kind) {
	case FOLDER:
		assert_int_equal(mkdir(path, 0700), 0);
		break;
	case LINK:
		put_file(folder, "elsewhere", text, pool);
		assert_int_equal(symlink("elsewhere", path), 0);
		break;
	case FIFO:
		assert_int_equal(mkfifo(path, 0600), 0);
		break;
	case OF_ANOTHER:
	case WRITTEN:
		put_file(folder, name, text, pool);
		break;
	}
	if (kind == OF_ANOTHER)
		assert_int_equal(chown(path, OTHER_USER, OTHER_USER), 0);
}

/* What stands before the real one does not hide it. */
static void
test_passed_over(void **state)
{
	static const struct {
		const char *name;
		enum kind kind;
		const char *text;
	} others[] = {
		{ "prove-20991231T235959Z.json", WRITTEN,
		    PROOF("2099-12-31T23:59:59Z", "met", "ab") },
		{ "prove-99999999T999999Z.json", WRITTEN,
		    PROOF("2026-11-29T00:00:00Z", "met", "ab") },
		{ "prove-20261129T000000Z.json", WRITTEN, "{" },
		{ "prove-20261129T000000Z.json", WRITTEN, "" },
		{ "prove-20261129T000000Z.json", WRITTEN,
		    PROOF("2026-11-28T23:59:59Z", "met", "ab") },
		{ "prove-20261129T000000Z.json", FOLDER, NULL },
		{ "prove-20261129T000000Z.json", FIFO, NULL },
		{ "prove-20261129T000000Z.json", LINK,
		    PROOF("2026-11-29T00:00:00Z", "met", "ab") },
		{ "prove-20261129T000000Z.json", OF_ANOTHER,
		    PROOF("2026-11-29T00:00:00Z", "met", "ab") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct server server = { .is_known = true, .settings_sha256 = "ab" };
		struct pool *pool = pool_new();
		char folder[] = "/tmp/beschermd-proven.XXXXXX";

		if (others[i].kind == OF_ANOTHER && geteuid() != 0) {
			print_message("of another user: needs root\n");
			pool_free(pool);
			continue;
		}
		assert_non_null(mkdtemp(folder));
		put(folder, NAME, WRITTEN, PROOF(MADE, "not_met", "ab"), pool);
		put(folder, others[i].name, others[i].kind, others[i].text, pool);
		proven_look(&server, folder, NOW, pool);
		if (server.proof.verdict != SERVER_PROVEN_NOT_MET)
			fail_msg("row %zu hides the real one", i);
		assert_string_equal(server.proof.day, "2026-11-28");
		assert_int_equal(
		    remove(pool_printf(pool, "%s/%s", folder, others[i].name)), 0);
		unlink(pool_printf(pool, "%s/elsewhere", folder));
		unlink(pool_printf(pool, "%s/" NAME, folder));
		assert_int_equal(rmdir(folder), 0);
		pool_free(pool);
	}
}

/* A folder that cannot be read is named. */
static void
test_no_folder(void **state)
{
	struct server server = { .is_known = true };
	struct pool *pool = pool_new();

	(void)state;
	proven_look(&server, "/nonexistent", NOW, pool);
	assert_null(server.proof.unread);
	proven_look(&server, "/dev/null", NOW, pool);
	assert_string_equal(server.proof.unread, "/dev/null");
	assert_string_equal(server.proof.unread_why, "Not a directory");
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
		cmocka_unit_test(test_newest), cmocka_unit_test(test_passed_over),
		cmocka_unit_test(test_no_folder) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
