#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "conf.h"
#include "config/config.h"
#include "config/config_override.h"

static void
test_lists_grow_and_start_anew(void **state)
{
	static const char *const settings[] = { "TrustedForwarders=192.0.2.8",
		"TrustedForwarders=192.0.2.9", "IgnoreHosts=", "Override=b.nl hold" };
	const char *text = "TrustedForwarders 192.0.2.1\nIgnoreHosts 192.0.2.2\n"
			   "TrustedForwarders 192.0.2.3\nOverride a.nl reject\n";
	struct config *config = conf_good(text);

	(void)state;
	assert_string_equal(
	    conf_printed(config, "TrustedForwarders"), "192.0.2.1, 192.0.2.3");
	assert_string_equal(conf_printed(config, "IgnoreHosts"), "192.0.2.2");
	config_free(config);

	config = conf_load_settings(text, settings, 4);
	assert_non_null(config);
	assert_string_equal(
	    conf_printed(config, "TrustedForwarders"), "192.0.2.8, 192.0.2.9");
	assert_string_equal(conf_printed(config, "IgnoreHosts"), "\"\"");
	assert_int_equal(config->override_count, 1);
	assert_string_equal(config->overrides[0].domain, "b.nl");
	assert_string_equal(config->overrides[0].file, CONFIG_COMMAND_LINE);
	config_free(config);
}

static void
test_all_mistakes_are_told(void **state)
{
	(void)state;
	assert_null(
	    conf_load("Mode nonsense\nLogLevel info\nFoo bar\nMaximumSignatures 0\n"
		      "Override\n"));
	assert_non_null(strstr(conf_why(), "main.conf:1: Mode: "));
	assert_non_null(strstr(conf_why(), "\nmain.conf:3: unknown setting \"Foo\""));
	assert_non_null(strstr(conf_why(), "\nmain.conf:4: MaximumSignatures: "));
	assert_non_null(strstr(conf_why(), "\nmain.conf:5: Override has no value"));
	assert_null(strstr(conf_why(), "main.conf:2"));
}

static void
test_last_counts_and_says_so(void **state)
{
	struct config *config = conf_good("Mode monitor\nMode enforce\n");

	(void)state;
	assert_int_equal(config->mode, CONFIG_ENFORCE);
	assert_int_equal(config->warnings.count, 1);
	assert_string_equal(config->warnings.words[0],
	    "main.conf:2: Mode was already set in line 1; this one counts");
	config_free(config);
}

static void
test_quarantine_stricter_than_reject(void **state)
{
	struct config *config = conf_good("OnQuarantine reject\nOnReject header\n");

	(void)state;
	assert_int_equal(config->warnings.count, 1);
	assert_non_null(
	    strstr(config->warnings.words[0], "OnQuarantine reject is stricter"));
	config_free(config);
	config = conf_good("OnQuarantine reject\nOnReject reject\n");
	assert_int_equal(config->warnings.count, 0);
	config_free(config);
	config = conf_good("OnQuarantine hold\nOnReject header\n");
	assert_int_equal(config->warnings.count, 1);
	assert_non_null(strstr(config->warnings.words[0], "OnQuarantine hold is strict"));
	config_free(config);
	config = conf_good("OnQuarantine hold\nOnReject quarantine\n");
	assert_int_equal(config->warnings.count, 0);
	config_free(config);
}

struct setting_row {
	const char *setting, *says;
};

static void
test_command_line(void **state)
{
	static const struct setting_row bad[] = {
		{ "Mode", "command line: write Mode=VALUE" },
		{ "Mod=monitor", "command line: unknown setting \"Mod\"; did you mean" },
		{ "Mode=", "command line: Mode: \"\" is not one of" },
		{ "=", "command line: unknown setting \"\"" },
		{ "", "command line: unknown setting \"\"" },
		{ "Include=x", "command line: unknown setting \"Include\"" },
		{ "Nameservers=192.0.2.1 recursive",
		    "command line: Nameservers: recursive must stand alone" },
		{ "MaximumSignatures=0", "command line: MaximumSignatures: \"0\"" },
	};
	static const char *const good[] = { "mode=monitor", "RejectText=a=b # c",
		"UserID=", "Socket=inet:8891@localhost" };
	struct config *config = conf_load_settings("Mode enforce", good, 4);

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->mode, CONFIG_MONITOR);
	assert_string_equal(config->reject_text, "a=b # c");
	assert_string_equal(config->user_id, "");
	assert_string_equal(config->socket, "inet:8891@localhost");
	assert_int_equal(config->warnings.count, 0);
	config_free(config);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_null(conf_load_settings("", &bad[i].setting, 1));
		if (strncmp(conf_why(), bad[i].says, strlen(bad[i].says)) != 0)
			fail_msg("%s: %s", bad[i].setting, conf_why());
	}
}

static void
test_warnings(void **state)
{
	static const struct setting_row rows[] = {
		{ "AuthservID mx.a.nl\nTrustedAuthservIDs b.nl MX.A.NL. ",
		    "MX.A.NL. is our own AuthservID" },
		{ "TrustedAuthservIDs b.nl mx.a.nl\nAuthservID mx.a.nl.",
		    "mx.a.nl is our own AuthservID" },
		{ "\nOverride .a.nl accept",
		    "main.conf:2: Override .a.nl accept without" },
		{ "IgnoreHosts 0.0.0.0/0", "IgnoreHosts contains every address" },
		{ "TrustedForwarders ::/0", "TrustedForwarders contains every address" },
		{ "TrustedRelays 192.0.2.1 ::/0",
		    "TrustedRelays contains every address" },
		{ "TrustedAuthservIDs *.nl", "*.nl is not a pattern, but that id alone" },
		{ "IgnoreHosts 192.0.2.17/24",
		    "main.conf:1: IgnoreHosts: 192.0.2.17/24 is all of 192.0.2.0/24; for "
		    "the one address write 192.0.2.17" },
		{ "\nTrustedRelays ::1 2001:db8::1/32",
		    "main.conf:2: TrustedRelays: 2001:db8::1/32 is all of "
		    "2001:db8::/32" },
		{ "TrustedForwarders ::ffff:192.0.2.17/120",
		    "192.0.2.17/24 is all of 192.0.2.0/24" },
		{ "TrustedForwarders 192.0.2.129/25 192.0.2.128/25 192.0.2.1/32",
		    "192.0.2.129/25 is all of 192.0.2.128/25" },
		{ "Override a.nl reject client=192.0.2.17/24",
		    "main.conf:1: Override a.nl: 192.0.2.17/24 is all of 192.0.2.0/24" },
		{ "ZoneFile /z", "all answers come from /z" },
		/* doors */
		{ "OnReject accept", "OnReject: forged mail from domains" },
		{ "OnQuarantine accept", "OnQuarantine: forged mail from domains" },
		{ "OnListMail accept\nTrustedLists a.nl",
		    "OnListMail: whoever can sign for a domain of TrustedLists" },
		{ "OnBadFrom accept", "OnBadFrom: mail that shows several authors" },
		{ "OnTempError accept", "OnTempError: forged mail is accepted while" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct config *config = conf_good(rows[i].setting);

		assert_int_equal(config->warnings.count, 1);
		if (strstr(config->warnings.words[0], rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].setting, config->warnings.words[0]);
		config_free(config);
	}
}

/* A door that two settings open together. */
static void
test_doors_together(void **state)
{
	struct config *config = conf_good("TrustedRelays 192.0.2.1\nOnQuarantine accept");

	(void)state;
	assert_int_equal(config->warnings.count, 2);
	assert_non_null(strstr(
	    config->warnings.words[1], "TrustedRelays: what would otherwise be refused"));
	config_free(config);
}

/* Our own id is not trusted, however it is written; another's stays. */
static void
test_own_id_is_not_trusted(void **state)
{
	struct config *config = conf_good("AuthservID mx.a.nl\n"
					  "TrustedAuthservIDs x.mx.a.nl, mx.A.nl., a.nl");

	(void)state;
	assert_string_equal(
	    conf_printed(config, "TrustedAuthservIDs"), "x.mx.a.nl, a.nl");
	config_free(config);
}

static void
test_override_of_the_command_line(void **state)
{
	static const char *const setting[] = { "Override=.a.nl accept until=2027-01-30" };
	struct config *config = conf_load_settings("", setting, 1);

	(void)state;
	assert_int_equal(config->warnings.count, 1);
	assert_string_equal(config->warnings.words[0],
	    "command line: Override .a.nl accept without "
	    "client= lets anyone use that name");
	config_warn_expired(config, 0, 20270131, &config->warnings);
	assert_string_equal(config->warnings.words[1],
	    "command line: Override .a.nl ended on 2027-01-30 and is not applied");
	config_free(config);
}

static void
test_no_warning_without_cause(void **state)
{
	struct config *config =
	    conf_good("AuthservID mx.a.nl\nTrustedAuthservIDs mx.b.nl\n"
		      "Override a.nl accept client=192.0.2.1\nOverride b.nl reject\n"
		      "IgnoreHosts 127.0.0.0/8 local\n");

	(void)state;
	assert_int_equal(config->warnings.count, 0);
	config_free(config);
}

static void
test_expired(void **state)
{
	struct config *config = conf_good("Override a.nl hold until=2027-01-30\n"
					  "Override b.nl hold until=2027-01-31\n"
					  "Override .c.nl hold\n");
	struct wordlist said = { 0 };

	(void)state;
	config_warn_expired(config, 0, 20270131, &said);
	assert_int_equal(said.count, 2);
	assert_string_equal(said.words[0],
	    "main.conf:1: Override a.nl ended on 2027-01-30 and is not applied");
	assert_string_equal(said.words[1],
	    "main.conf:2: Override b.nl ends today: 2027-01-31 is its last day");
	config_warn_expired(config, 0, 20270201, &said);
	assert_int_equal(said.count, 4);
	wordlist_clear(&said);
	config_free(config);
}

/* While it runs: once when it is near, on its last day, once when it is over. */
static void
test_runs_out(void **state)
{
	static const struct {
		int told, today;
		const char *says; /* NULL: nothing */
	} rows[] = {
		{ 0, 20280222, NULL },
		{ 20280222, 20280223, "Override a.nl ends on 2028-03-01" },
		{ 20280222, 20280228, "Override a.nl ends on 2028-03-01" },
		{ 20280223, 20280224, NULL },
		{ 20280223, 20280229, NULL },
		{ 20280223, 20280301, "ends today: 2028-03-01 is its last day" },
		{ 20280301, 20280301, NULL },
		{ 20280301, 20280302, "ended on 2028-03-01 and is not applied" },
		{ 20280101, 20290101, "ended on 2028-03-01 and is not applied" },
		{ 20280302, 20280303, NULL },
		{ 20280302, 20280229, NULL },
	};
	struct config *config = conf_good("Override a.nl hold until=2028-03-01\n");

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct wordlist said = { 0 };

		config_warn_expired(config, rows[i].told, rows[i].today, &said);
		if (said.count != (rows[i].says != NULL) ||
		    (said.count > 0 && !strstr(said.words[0], rows[i].says)))
			fail_msg("row %zu: %s", i, said.count > 0 ? said.words[0] : "");
		wordlist_clear(&said);
	}
	config_free(config);
}

struct find_row {
	const char *conf, *domain, *client;
	int today;
	const char *action; /* of the one found; NULL: none */
};

static const struct find_row find_rows[] = {
	{ "Override a.nl hold", "a.nl", "192.0.2.1", 20270101, "hold" },
	{ "Override a.nl hold", "x.a.nl", "192.0.2.1", 20270101, NULL },
	{ "Override a.nl hold", "ba.nl", "192.0.2.1", 20270101, NULL },
	{ "Override a.nl hold", "a.nl.evil.example", "192.0.2.1", 20270101, NULL },
	{ "Override .a.nl hold", "a.nl", "192.0.2.1", 20270101, NULL },
	{ "Override .a.nl hold", "ba.nl", "192.0.2.1", 20270101, NULL },
	{ "Override .a.nl hold", "x.a.nl", "192.0.2.1", 20270101, "hold" },
	{ "Override .a.nl hold", "y.x.a.nl", "192.0.2.1", 20270101, "hold" },
	{ "Override .a.nl hold\nOverride x.a.nl reject", "x.a.nl", "192.0.2.1", 20270101,
	    "reject" },
	{ "Override x.a.nl reject\nOverride .a.nl hold", "x.a.nl", "192.0.2.1", 20270101,
	    "reject" },
	{ "Override .x.a.nl reject\nOverride .a.nl hold", "y.x.a.nl", "192.0.2.1",
	    20270101, "reject" },
	{ "Override .a.nl hold\nOverride .x.a.nl reject", "y.x.a.nl", "192.0.2.1",
	    20270101, "reject" },
	{ "Override a.nl hold client=192.0.2.0/24", "a.nl", "192.0.2.1", 20270101,
	    "hold" },
	{ "Override a.nl hold client=192.0.2.0/24", "a.nl", "198.51.100.1", 20270101,
	    NULL },
	{ "Override a.nl hold client=192.0.2.0/24\nOverride .nl reject", "a.nl",
	    "198.51.100.1", 20270101, "reject" },
	{ "Override a.nl hold client=192.0.2.0/24\nOverride a.nl reject", "a.nl",
	    "192.0.2.1", 20270101, "hold" },
	{ "Override a.nl reject\nOverride a.nl hold client=192.0.2.0/24", "a.nl",
	    "192.0.2.1", 20270101, "hold" },
	{ "Override a.nl reject\nOverride a.nl hold", "a.nl", "192.0.2.1", 20270101,
	    "hold" },
	{ "Override a.nl reject client=192.0.2.1\nOverride a.nl hold client=192.0.2.0/24",
	    "a.nl", "192.0.2.1", 20270101, "hold" },
	{ "Override a.nl hold until=2027-01-31", "a.nl", "192.0.2.1", 20270131, "hold" },
	{ "Override a.nl hold until=2027-01-31", "a.nl", "192.0.2.1", 20270201, NULL },
	{ "Override a.nl hold until=2027-01-31\nOverride .nl reject", "a.nl", "192.0.2.1",
	    20270201, "reject" },
	{ "", "a.nl", "192.0.2.1", 20270201, NULL },
};

static void
check_find(const struct find_row *row)
{
	struct config *config = conf_good(row->conf);
	const struct config_override *o;
	char *text = NULL;
	struct ip ip;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_true(ip_parse(row->client, &ip));
	o = config_override_find(config, row->domain, &ip, row->today);
	if (o != NULL)
		config_override_print(o, out);
	fclose(out);
	if ((o != NULL) != (row->action != NULL))
		fail_msg("%s: %s", row->conf, row->domain);
	if (row->action != NULL && strstr(text, row->action) == NULL)
		fail_msg("%s: %s: %s", row->conf, row->domain, text);
	free(text);
	config_free(config);
}

static void
test_override_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof find_rows / sizeof find_rows[0]; i++)
		check_find(&find_rows[i]);
}

/* Pieces of conf files in any order: never a crash, never an error without a place. */
static void
test_junk(void **state)
{
	static const char *const pieces[] = { "Mode", "Override", "IgnoreHosts",
		"Include", "main.conf", "RejectText", "QuarantineHeader", "RejectCode",
		" ", " ", " ", "\t", "\n", "\n", "#", "\"", "\\", ",", ":", "=", "%",
		"%{from}", "file:", "192.0.2.1", "/", "24", ".", "a.nl", "accept",
		"until=", "2027-01-31", "client=", "reason=", "\xff", "\r", "550",
		"5.7.26", "yes", "-1", "monitor", "TrustedLists", "DNSTimeout", "ms",
		"Nameservers", "@53" };
	unsigned seed = 20270131;
	int good = 0, bad = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[400];
		struct config *config;
		struct buf b;

		buf_init(&b, text, sizeof text);
		for (unsigned n = seed / 65536 % 12; n > 0; n--) {
			seed = seed * 1103515245U + 12345U;
			buf_puts(&b,
			    pieces[seed / 65536 % (sizeof pieces / sizeof pieces[0])]);
		}
		seed = seed * 1103515245U + 12345U;
		config = conf_load(text);
		if (config == NULL && strncmp(conf_why(), "main.conf:", 10) != 0)
			fail_msg("%s: %s", text, conf_why());
		config != NULL ? good++ : bad++;
		config_free(config);
	}
	assert_true(good > 100 && bad > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_grow_and_start_anew),
		cmocka_unit_test(test_all_mistakes_are_told),
		cmocka_unit_test(test_last_counts_and_says_so),
		cmocka_unit_test(test_quarantine_stricter_than_reject),
		cmocka_unit_test(test_command_line),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_doors_together),
		cmocka_unit_test(test_own_id_is_not_trusted),
		cmocka_unit_test(test_override_of_the_command_line),
		cmocka_unit_test(test_no_warning_without_cause),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_runs_out),
		cmocka_unit_test(test_override_find),
		cmocka_unit_test(test_junk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
