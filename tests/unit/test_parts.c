#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf.h"
#include "parts.h"

static char why[500];

static struct parts_store *
open_with(const char *settings)
{
	struct parts_store *store = parts_open(conf_good(settings), why, sizeof why);

	assert_non_null(store);
	return store;
}

static void
reload_with(struct parts_store *store, const char *settings)
{
	assert_int_equal(parts_reload(store, conf_good(settings), why, sizeof why), 0);
}

/* A message that is under way works on with what it began with. */
static void
test_a_message_keeps_its_set(void **state)
{
	struct parts_store *store = open_with("OnReject reject\n");
	const struct parts *first = parts_get(store), *second, *third;

	(void)state;
	reload_with(store, "OnReject header\n");
	second = parts_get(store);
	assert_int_equal(first->config->on_reject, CONFIG_REJECT);
	assert_int_equal(second->config->on_reject, CONFIG_HEADER);
	reload_with(store, "OnReject hold\n");
	third = parts_get(store);
	assert_int_equal(third->config->on_reject, CONFIG_HOLD);
	assert_ptr_equal(first->outcome, third->outcome);
	/* In any order. */
	parts_put(store, second);
	assert_int_equal(first->config->on_reject, CONFIG_REJECT);
	parts_put(store, first);
	assert_int_equal(third->config->on_reject, CONFIG_HOLD);
	parts_put(store, third);
	parts_close(store);
}

struct sharing_row {
	const char *settings;
	bool same_resolver, same_dkim;
};

/* What stays of "Nameservers 127.0.0.1, 127.0.0.2" at a reload. */
static const struct sharing_row sharing_rows[] = {
	{ "Nameservers 127.0.0.1, 127.0.0.2\nOnReject hold\n", true, true },
	{ "Nameservers 127.0.0.1\n", false, true },
	{ "Nameservers 127.0.0.1, 127.0.0.3\n", false, true },
	{ "Nameservers 127.0.0.1, 127.0.0.2\nDNSSEC off\n", false, true },
	{ "Nameservers 127.0.0.1, 127.0.0.2\nTrustAnchorFile /x\n", false, true },
	{ "Nameservers 127.0.0.1, 127.0.0.2\nMinimumKeyBits 2048\n", true, false },
	{ "Nameservers 127.0.0.1, 127.0.0.2\nMaximumSignatures 3\n", true, false },
};

static void
test_what_did_not_change_is_shared(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sharing_rows / sizeof *sharing_rows; i++) {
		const struct sharing_row *row = &sharing_rows[i];
		struct parts_store *store =
		    open_with("Nameservers 127.0.0.1, 127.0.0.2\n");
		const struct parts *before = parts_get(store), *after;

		reload_with(store, row->settings);
		after = parts_get(store);
		if ((before->resolver == after->resolver) != row->same_resolver ||
		    (before->dkim == after->dkim) != row->same_dkim)
			fail_msg("row %zu: %s", i, row->settings);
		/* Whoever goes last takes them away, and not before. */
		parts_put(store, before);
		parts_put(store, after);
		parts_close(store);
	}
}

static void
test_zone_file_is_read_anew(void **state)
{
	char path[] = "/tmp/test_parts.XXXXXX", settings[100];
	struct parts_store *store;
	const struct parts *before, *after;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	snprintf(settings, sizeof settings, "ZoneFile %s\n", path);
	store = open_with(settings);
	before = parts_get(store);
	reload_with(store, settings);
	after = parts_get(store);
	assert_ptr_not_equal(before->resolver, after->resolver);
	parts_put(store, before);
	parts_put(store, after);
	parts_close(store);
	unlink(path);
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* Same settings, but the package of the root's keys brought new ones. */
static void
test_trust_anchor_is_read_anew(void **state)
{
	char path[] = "/tmp/test_parts.XXXXXX", settings[100];
	struct parts_store *store;
	const struct parts *first, *second, *third;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	snprintf(settings, sizeof settings, "Nameservers 127.0.0.1\nTrustAnchorFile %s\n",
	    path);
	write_file(path, "one");
	store = open_with(settings);
	first = parts_get(store);
	write_file(path, "one");
	reload_with(store, settings);
	second = parts_get(store);
	assert_ptr_equal(first->resolver, second->resolver);
	write_file(path, "two");
	reload_with(store, settings);
	third = parts_get(store);
	assert_ptr_not_equal(second->resolver, third->resolver);
	parts_put(store, first);
	parts_put(store, second);
	parts_put(store, third);
	parts_close(store);
	unlink(path);
}

struct refusal_row {
	const char *settings, *said;
};

static const struct refusal_row refusal_rows[] = {
	{ "ZoneFile /nonexistent/zone\n", "/nonexistent/zone" },
	{ "Discovery psl\nPublicSuffixList /nonexistent/list\n", "/nonexistent/list" },
	{ "Override co.uk accept\n", "main.conf:1: Override co.uk: co.uk is a public" },
	{ "\nOverride .NL hold\n", "main.conf:2: Override .nl: nl is a public suffix" },
	{ "Override .nl hold\nOverride com hold\n",
	    "\nmain.conf:2: Override com: com is" },
	{ "Override \320\240\320\244 accept\n", "xn--p1ai is a public suffix" },
};

static void
test_a_bad_set_changes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusal_rows / sizeof *refusal_rows; i++) {
		const struct refusal_row *row = &refusal_rows[i];
		struct parts_store *store;
		const struct parts *before, *after;

		assert_null(parts_open(conf_good(row->settings), why, sizeof why));
		assert_non_null(strstr(why, row->said));
		store = open_with("");
		before = parts_get(store);
		why[0] = '\0';
		assert_int_equal(
		    parts_reload(store, conf_good(row->settings), why, sizeof why), -1);
		assert_non_null(strstr(why, row->said));
		after = parts_get(store);
		assert_ptr_equal(before, after);
		parts_put(store, before);
		parts_put(store, after);
		parts_close(store);
	}
}

/* A conf file that is gone or empty must not take Mode monitor and all exceptions away.
 */
static void
test_settings_of_a_file_stay(void **state)
{
	static const char *const option[] = { "OnReject=hold" };
	struct parts_store *store = open_with("Mode monitor\n");
	const struct parts *before = parts_get(store), *after;

	(void)state;
	assert_int_equal(
	    parts_reload(store, conf_good("# nothing\n"), why, sizeof why), -1);
	assert_non_null(strstr(why, "no file has a setting any more"));
	assert_int_equal(
	    parts_reload(store, conf_load_settings("", option, 1), why, sizeof why), -1);
	after = parts_get(store);
	assert_ptr_equal(before, after);
	parts_put(store, before);
	parts_put(store, after);
	parts_close(store);

	/* Where none was, none is missing. */
	store = open_with("");
	reload_with(store, "");
	reload_with(store, "OnReject hold\n");
	parts_close(store);
}

/* With an Override or a walk by list the suffixes are there, else they cost nothing. */
static void
test_suffixes(void **state)
{
	static const struct {
		const char *settings;
	} rows[] = { { "" }, { "Discovery psl\n" },
		{ "Override example.nl accept client=192.0.2.1\n" } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct parts_store *store = open_with(rows[i].settings);
		const struct parts *parts = parts_get(store);

		assert_non_null(parts->suffixes);
		assert_int_equal(parts->dmarc.discovery == DMARC_PSL, i == 1);
		parts_put(store, parts);
		parts_close(store);
	}
	parts_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_message_keeps_its_set),
		cmocka_unit_test(test_what_did_not_change_is_shared),
		cmocka_unit_test(test_zone_file_is_read_anew),
		cmocka_unit_test(test_trust_anchor_is_read_anew),
		cmocka_unit_test(test_a_bad_set_changes_nothing),
		cmocka_unit_test(test_settings_of_a_file_stay),
		cmocka_unit_test(test_suffixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
