#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/wordlist.h"
#include "conf.h"
#include "config/config.h"
#include "config/config_forwarder.h"
#include "ctl/history/stored_settings.h"

/* Lines, and each entry in its place with its word. */
static const struct {
	const char *conf;
	const char *entries[4];
} good[] = {
	{ "TrustedForwarders 192.0.2.1", { "192.0.2.1" } },
	{ "TrustedForwarders 192.0.2.1 only=forwarded", { "192.0.2.1 only=forwarded" } },
	{ "TrustedForwarders only=forwarded 192.0.2.1", { "192.0.2.1 only=forwarded" } },
	{ "TrustedForwarders 192.0.2.1,only=forwarded", { "192.0.2.1 only=forwarded" } },
	{ "TrustedForwarders 192.0.2.1 ONLY=Forwarded # why",
	    { "192.0.2.1 only=forwarded" } },
	/* for all of the line, wherever it stands, and for no other */
	{ "TrustedForwarders 192.0.2.1 only=forwarded, 192.0.2.2",
	    { "192.0.2.1 only=forwarded", "192.0.2.2 only=forwarded" } },
	{ "TrustedForwarders 192.0.2.1 only=forwarded\nTrustedForwarders 192.0.2.2",
	    { "192.0.2.1 only=forwarded", "192.0.2.2" } },
	{ "TrustedForwarders 192.0.2.2\nTrustedForwarders 192.0.2.1 only=forwarded\n"
	  "TrustedForwarders local",
	    { "192.0.2.2", "192.0.2.1 only=forwarded", "local" } },
	/* by name */
	{ "TrustedForwarders .example.org", { ".example.org" } },
	{ "TrustedForwarders .Example.ORG.", { ".example.org" } },
	{ "TrustedForwarders .m\xc3\xbcller.example, 2001:db8::/32 only=forwarded",
	    { ".xn--mller-kva.example only=forwarded", "2001:db8::/32 only=forwarded" } },
	{ "TrustedForwarders \"\"", { NULL } },
};

static const struct {
	const char *line, *why;
} bad[] = {
	{ "TrustedForwarders only=forwarded", "there are none" },
	{ "TrustedForwarders 192.0.2.1 only=srs", "\"only=srs\" is not only=forwarded" },
	{ "TrustedForwarders 192.0.2.1 only=", "\"only=\" is not only=forwarded" },
	{ "TrustedForwarders 192.0.2.1 only=forwardedx", "is not only=forwarded" },
	{ "TrustedForwarders 192.0.2.1 only = forwarded", "\"only\" is not an address" },
	{ "TrustedForwarders 192.0.2.1 forwarded", "\"forwarded\" is not an address" },
	{ "TrustedForwarders \"192.0.2.1 only=forwarded\"", "is not only=forwarded" },
	{ "TrustedForwarders mail.example.org", "such as .example.org" },
	{ "TrustedForwarders *.example.org", "such as .example.org" },
	{ "TrustedForwarders .", "is not a domain" },
	{ "TrustedForwarders ..example.org", "is not a domain" },
	{ "TrustedForwarders .192.0.2.1", "not a domain" },
	{ "TrustedForwarders .*.example.org", "is not a domain" },
	{ "TrustedRelays .example.org", "is not an address" },
	{ "TrustedRelays 192.0.2.1 only=forwarded", "is not an address" },
	{ "IgnoreHosts 192.0.2.1 only=forwarded", "is not an address" },
};

static const char *
entry(const struct config *config, size_t i)
{
	static char *text;
	size_t len;
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &len);
	assert_non_null(out);
	config_forwarder_print(&config->forwarders[i], out);
	fclose(out);
	return text;
}

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct config *config = conf_good(good[i].conf);
		size_t n = 0;

		for (; n < 4 && good[i].entries[n] != NULL; n++) {
			assert_true(n < config->forwarder_count);
			assert_string_equal(entry(config, n), good[i].entries[n]);
		}
		assert_int_equal(config->forwarder_count, n);
		config_free(config);
	}
}

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct config *config = conf_load(bad[i].line);

		if (config != NULL || strstr(conf_why(), bad[i].why) == NULL)
			fail_msg("%s: %s", bad[i].line,
			    config != NULL ? "is taken" : conf_why());
	}
}

/* In a file of its own each line stands for itself, and one that names it for all. */
static void
test_files(void **state)
{
	static const struct conf_file files[] = {
		{ "/etc/main.conf",
		    "TrustedForwarders file:/etc/some 192.0.2.9\n"
		    "TrustedForwarders file:/etc/all only=forwarded\n",
		    0 },
		{ "/etc/some", "192.0.2.1\n.example.org  only=forwarded  # theirs\n", 0 },
		{ "/etc/all", "192.0.2.2\n\n192.0.2.3 only=forwarded\n", 0 },
	};
	static const char *const entries[] = { "192.0.2.1", ".example.org only=forwarded",
		"192.0.2.9", "192.0.2.2 only=forwarded", "192.0.2.3 only=forwarded" };
	static const struct conf_file wrong[] = {
		{ "/etc/main.conf", "TrustedForwarders file:/etc/some\n", 0 },
		{ "/etc/some", "192.0.2.1 192.0.2.2\n", 0 },
	};
	struct config *config = conf_load_files(files, 3);

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->forwarder_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(entry(config, i), entries[i]);
	assert_string_equal(config->forwarders[1].file, "/etc/some");
	assert_int_equal(config->forwarders[1].line, 2);
	assert_string_equal(config->forwarders[2].file, "/etc/main.conf");
	config_free(config);
	assert_null(conf_load_files(wrong, 2));
}

/* What the history keeps of them is read again as they were, with their places. */
static void
test_stored(void **state)
{
	struct config *config = conf_good("TrustedForwarders .a.example only=forwarded\n"
					  "Mode monitor\n"
					  "TrustedForwarders 192.0.2.1, .b.example\n"
					  "TrustedForwarders local only=forwarded\n");
	char *text = conf_print(config), *text_again;
	struct config *again = stored_settings_read(text);

	(void)state;
	assert_non_null(again);
	text_again = conf_print(again);
	assert_string_equal(text_again, text);
	assert_int_equal(again->forwarder_count, 4);
	/* Those without the word come first: which is asked first does not matter. */
	assert_string_equal(entry(again, 2), ".a.example only=forwarded");
	assert_string_equal(again->forwarders[2].file, "main.conf");
	assert_int_equal(again->forwarders[2].line, 1);
	assert_int_equal(again->forwarders[3].line, 4);
	free(text);
	free(text_again);
	config_free(config);
	config_free(again);
}

#define LIST                                              \
	"TrustedForwarders 192.0.2.0/24 only=forwarded\n" \
	"TrustedForwarders 192.0.2.7\n"                   \
	"TrustedForwarders .a.example only=forwarded\n"   \
	"TrustedForwarders .b.a.example\n"                \
	"TrustedForwarders 192.0.2.8 only=forwarded\n"

/* Which entry trusts a client; -1: none. */
static const struct {
	const char *client, *name;
	bool forwarded;
	int entry;
} finds[] = {
	{ "192.0.2.7", NULL, false, 1 },
	{ "192.0.2.7", NULL, true, 1 },
	{ "192.0.2.8", NULL, false, -1 },
	{ "192.0.2.8", NULL, true, 0 },
	{ "192.0.3.8", NULL, true, -1 },
	{ "192.0.3.8", "", true, -1 },
	{ "192.0.3.8", "x.a.example", true, 2 },
	{ "192.0.3.8", "x.a.example", false, -1 },
	{ "192.0.3.8", "a.example", true, -1 },
	{ "192.0.3.8", "xa.example", true, -1 },
	{ "192.0.3.8", "b.a.example", true, 2 },
	{ "192.0.3.8", "b.a.example", false, -1 },
	{ "192.0.3.8", "x.b.a.example", false, 3 },
	{ "192.0.3.8", "x.b.a.example", true, 3 },
};

static void
test_find(void **state)
{
	struct config *config = conf_good(LIST);
	struct wordlist names = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof finds / sizeof finds[0]; i++) {
		const struct config_forwarder *f;
		struct ip ip;

		assert_true(ip_parse(finds[i].client, &ip));
		f = config_forwarder_find(config, &ip, finds[i].name, finds[i].forwarded);
		assert_int_equal(
		    f == NULL ? -1 : (int)(f - config->forwarders), finds[i].entry);
		assert_int_equal(config_forwarder_has_address(config, &ip),
		    strncmp(finds[i].client, "192.0.2.", 8) == 0);
	}
	/* The one that asks for less is looked for first. */
	config_forwarder_names(config, &names);
	assert_int_equal(names.count, 2);
	assert_string_equal(names.words[0], "b.a.example");
	wordlist_clear(&names);
	config_free(config);
}

static void
test_warnings(void **state)
{
	static const struct {
		const char *line, *warning; /* NULL: none */
	} rows[] = {
		{ "TrustedForwarders .nl", ".nl contains every client whose name ends in that" },
		{ "TrustedForwarders .example.nl", NULL },
		{ "TrustedForwarders 0.0.0.0/0 only=forwarded",
		    "TrustedForwarders contains every address there is" },
		{ "TrustedForwarders 192.0.2.7/24 only=forwarded",
		    "main.conf:1: TrustedForwarders: 192.0.2.7/24 is all of "
		    "192.0.2.0/24" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct config *config = conf_good(rows[i].line);

		assert_int_equal(config->warnings.count, rows[i].warning != NULL);
		if (rows[i].warning != NULL)
			assert_non_null(
			    strstr(config->warnings.words[0], rows[i].warning));
		config_free(config);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_stored),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
