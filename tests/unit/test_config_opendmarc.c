#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"
#include "config/config.h"
#include "config/config_opendmarc.h"
#include "config/config_table.h"

/* Every entry of opendmarc.conf(5) of version 1.4.2. */
static const char *const manual[] = { "AuthservID", "AuthservIDWithJobID", "AutoRestart",
	"AutoRestartCount", "AutoRestartRate", "Background", "BaseDirectory",
	"ChangeRootDirectory", "CopyFailuresTo", "DomainWhitelist", "DomainWhitelistFile",
	"DomainWhitelistSize", "DNSTimeout", "EnableCoredumps", "FailureReports",
	"FailureReportsBcc", "FailureReportsOnNone", "FailureReportsSentBy",
	"HistoryFile", "HoldQuarantinedMessages", "IgnoreAuthenticatedClients",
	"IgnoreHosts", "IgnoreMailFrom", "IgnoreMailTo", "MilterDebug", "PidFile",
	"PublicSuffixList", "RecordAllMessages", "RejectFailures", "RejectMultiValueFrom",
	"RejectString", "ReportCommand", "RequiredHeaders", "Socket", "SoftwareHeader",
	"SPFIgnoreResults", "SPFSelfValidate", "Syslog", "SyslogFacility",
	"TrustedAuthservIDs", "UMask", "UserID" };

static void
test_every_key_is_known(void **state)
{
	size_t count;
	const struct config_opendmarc_key *keys = config_opendmarc_keys(&count);

	(void)state;
	for (size_t i = 0; i < sizeof manual / sizeof manual[0]; i++) {
		bool ours = config_table_find(manual[i]) != NULL;
		bool theirs = config_opendmarc_find(manual[i]) != NULL;

		if (ours == theirs)
			fail_msg("%s: %s", manual[i], ours ? "in both" : "unknown");
	}
	for (size_t i = 0; i < count; i++)
		assert_true((keys[i].instead == NULL) == (keys[i].translate != NULL));
}

struct key_row {
	const char *line, *name, *value;
};

static void
test_keys_of_equal_meaning(void **state)
{
	static const struct key_row rows[] = {
		{ "RejectFailures yes", "OnReject", "reject" },
		{ "RejectFailures TRUE", "Mode", "enforce" },
		{ "RejectFailures 0", "Mode", "monitor" },
		{ "rejectfailures Nope", "Mode", "monitor" },
		{ "HoldQuarantinedMessages t", "OnQuarantine", "hold" },
		{ "HoldQuarantinedMessages f", "OnQuarantine", "header" },
		{ "UMask 007", "SocketMode", "0770" },
		{ "UMask 2", "SocketMode", "0775" },
		{ "UMASK \"0000\"", "SocketMode", "0777" },
		{ "RejectString no %s here", "RejectText", "no %{from} here" },
		{ "RejectString \"100% %% %{from} #\"", "RejectText",
		    "\"100%% %% %%{from} #\"" },
		{ "Syslog N", "Syslog", "no" },
		{ "IgnoreAuthenticatedClients F", "IgnoreAuthenticatedClients", "no" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[200];
		struct config *config;

		snprintf(text, sizeof text, "Mode enforce\n%s\n", rows[i].line);
		config = conf_good(text);
		assert_string_equal(conf_printed(config, rows[i].name), rows[i].value);
		config_free(config);
	}
}

static void
test_bad_values(void **state)
{
	static const struct key_row rows[] = {
		{ "RejectFailures on", "RejectFailures: \"on\" is neither yes nor no",
		    NULL },
		{ "RejectFailures \"\"", "RejectFailures: \"\" is neither", NULL },
		{ "RejectFailures", "RejectFailures has no value", NULL },
		{ "UMask 8", "UMask: \"8\" is not an octal mask", NULL },
		{ "UMask 1000", "UMask: \"1000\" is not an octal mask", NULL },
		{ "UMask 07x", "UMask: \"07x\" is not an octal mask", NULL },
		{ "RejectString \"x", "RejectString: the quotes must enclose", NULL },
		{ "RejectString caf\xe9", "RejectString: a reply is printable", NULL },
		{ "RejectFailure no",
		    "unknown setting \"RejectFailure\"; did you mean "
		    "RejectFailures?",
		    NULL },
		{ "HistoryFil x",
		    "unknown setting \"HistoryFil\"; did you mean HistoryFile?", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[200], why[200];

		snprintf(text, sizeof text, "Mode enforce\n%s\n", rows[i].line);
		snprintf(why, sizeof why, "main.conf:2: %s", rows[i].name);
		assert_null(conf_load(text));
		if (strncmp(conf_why(), why, strlen(why)) != 0)
			fail_msg("%s: %s", rows[i].line, conf_why());
	}
}

static void
test_reject_string_too_long(void **state)
{
	char text[4000] = "Mode enforce\nRejectString ";
	size_t len = strlen(text);

	(void)state;
	memset(text + len, 'x', sizeof text - len - 1);
	assert_null(conf_load(text));
	assert_string_equal(
	    conf_why(), "main.conf:2: RejectString: the value is too long");
}

static void
test_refused_without_a_choice(void **state)
{
	static const char *const chosen[] = { "RejectFailures no", "RejectFailures yes",
		"Mode monitor", "Mode enforce" };
	static const char *const mode[] = { "Mode=monitor" };
	char text[100];

	(void)state;
	assert_null(conf_load("Syslog yes\nHistoryFile /x\nUMask 2\n"));
	assert_string_equal(conf_why(),
	    "main.conf:2: HistoryFile is a key of OpenDMARC, which refuses nothing by "
	    "default; beschermd does.  Add one of these lines:\n"
	    "RejectFailures no\nRejectFailures yes");
	/* It is the file that must say it: the daemon has no such option. */
	assert_null(conf_load_settings("UMask 2\n", mode, 1));
	for (size_t i = 0; i < 4; i++) {
		snprintf(text, sizeof text, "HistoryFile /x\n%s\n", chosen[i]);
		config_free(conf_good(text));
	}
	config_free(conf_good("Socket local:/x\nSyslog yes\n"));
}

/* Two lines of it are two settings of ours: a "no" must not live on behind a "yes". */
static void
test_contradictory_choice(void **state)
{
	static const char why[] =
	    "RejectFailures: there are a yes and a no; keep the one that is meant";
	static const struct conf_file files[] = {
		{ "main.conf", "RejectFailures yes\nInclude theirs.conf\n", 0 },
		{ "theirs.conf", "RejectFailures no\n", 0 },
	};

	(void)state;
	assert_null(conf_load("RejectFailures no\nRejectFailures yes\n"));
	assert_string_equal(conf_why() + strlen("main.conf:2: "), why);
	assert_null(conf_load_files(files, 2));
	assert_string_equal(conf_why() + strlen("theirs.conf:1: "), why);
	config_free(conf_good("RejectFailures yes\nRejectFailures true\n"));
}

static void
test_choice_over_files(void **state)
{
	static const struct conf_file files[] = {
		{ "main.conf", "Include theirs.conf\nMode monitor\n", 0 },
		{ "theirs.conf", "UMask 2\nHistoryFile /x\n", 0 },
	};
	struct config *config = conf_load_files(files, 2);

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->warnings.count, 1);
	assert_string_equal(config->warnings.words[0],
	    "theirs.conf:2: HistoryFile of OpenDMARC has no use here: History "
	    "keeps each verdict in a file of its own format");
	config_free(config);
}

static void
test_mask_meant_as_mode(void **state)
{
	struct config *config = conf_good("Mode monitor\nUMask 0660\n");

	(void)state;
	assert_string_equal(conf_printed(config, "SocketMode"), "0117");
	assert_int_equal(config->warnings.count, 1);
	assert_string_equal(config->warnings.words[0],
	    "main.conf:2: UMask 0660 removes the owner's own rights and leaves 0117: "
	    "if the mode itself is meant, write SocketMode 0660");
	config_free(config);
}

static void
test_file_of_hosts(void **state)
{
	static const struct conf_file files[] = {
		{ "/etc/main.conf", "IgnoreHosts /etc/hosts.ours, 192.0.2.1\n", 0 },
		{ "/etc/hosts.ours", "localhost\nlocal\nscan.b.example\n2001:db8::/32\n",
		    0 },
	};
	static const struct conf_file strict[] = {
		{ "/etc/main.conf", "IgnoreHosts file:/etc/hosts.ours\n", 0 },
		{ "/etc/hosts.ours", "scan.b.example\n", 0 },
	};
	static const struct conf_file others[] = {
		{ "/etc/main.conf", "TrustedForwarders /etc/hosts.ours\n", 0 },
		{ "/etc/hosts.ours", "192.0.2.1\n", 0 },
	};
	struct config *config = conf_load_files(files, 2);

	(void)state;
	assert_non_null(config);
	assert_string_equal(conf_printed(config, "IgnoreHosts"),
	    "127.0.0.0/8, ::1, local, 2001:db8::/32, 192.0.2.1");
	assert_int_equal(config->warnings.count, 1);
	assert_string_equal(config->warnings.words[0],
	    "/etc/hosts.ours:3: IgnoreHosts: scan.b.example is a host name and "
	    "is not looked up: write its address");
	config_free(config);
	assert_null(conf_load_files(strict, 2));
	assert_null(conf_load_files(others, 2));
}

/* One line of a list: what is read of it; ${read} NULL: left out, and told. */
static void
check_entry(const char *line, const char *read)
{
	const struct conf_file files[] = {
		{ "/etc/main.conf", "Mode monitor\nIgnoreHosts /etc/list\n", 0 },
		{ "/etc/list", line, 0 },
	};
	struct config *config = conf_load_files(files, 2);

	if (config == NULL)
		abort();
	if (strcmp(conf_printed(config, "IgnoreHosts"), read != NULL ? read : "\"\"") !=
	    0)
		fail_msg("%s: read as %s", line, conf_printed(config, "IgnoreHosts"));
	if (read == NULL)
		assert_memory_equal(
		    config->warnings.words[0], "/etc/list:1: IgnoreHosts: ", 25);
	config_free(config);
}

/* What stands in lists of other programs. */
static void
test_entries_of_hosts(void **state)
{
	static const struct {
		const char *line, *read;
	} rows[] = {
		{ "[2001:db8::1]", "2001:db8::1" },
		{ "[192.0.2.1", NULL },
		{ "192.0.2.0/255.255.255.0", "192.0.2.0/24" },
		{ "[192.0.2.0]/255.255.255.255", "192.0.2.0" },
		{ "10.0.0.0/0.0.0.0", "10.0.0.0/0" },
		{ "10.0.0.0/255.0.255.0", NULL },
		{ "10.0.0.0/0.255.0.0", NULL },
		{ "10.0.0.0/255.0.0", NULL },
		{ "10.0.0.0/255.0.0.0.0", NULL },
		{ "2001:db8::/255.255.0.0", NULL },
		{ "192.0.2.1 the scanner", "192.0.2.1" },
		{ "192.0.2.1# the scanner", "192.0.2.1" },
		{ "!192.0.2.1", NULL },
		{ "*.b.example", NULL },
		{ ".b.example", NULL },
		{ "joe@b.example", NULL },
		{ "192.0.2.0/33", NULL },
		{ "/", NULL },
		{ "[]", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_entry(rows[i].line, rows[i].read);
}

/* opendmarc.conf(5) knows a path alone; in a file of ours a word is an address. */
static void
test_relative_path_of_hosts(void **state)
{
	static const struct conf_file theirs[] = {
		{ "/etc/opendmarc/main.conf",
		    "UMask 2\nMode monitor\nIgnoreHosts ours.hosts\n", 0 },
		{ "/etc/opendmarc/ours.hosts", "192.0.2.1\n", 0 },
	};
	static const struct conf_file ours[] = {
		{ "/etc/main.conf", "Mode monitor\nIgnoreHosts ours.hosts\n", 0 },
		{ "/etc/ours.hosts", "192.0.2.1\n", 0 },
	};
	static const struct conf_file here[] = {
		{ "/etc/main.conf", "UMask 2\nMode monitor\nIgnoreHosts localhost\n", 0 },
	};
	struct config *config = conf_load_files(theirs, 2);

	(void)state;
	assert_non_null(config);
	assert_string_equal(conf_printed(config, "IgnoreHosts"), "192.0.2.1");
	config_free(config);
	assert_null(conf_load_files(ours, 2));
	assert_non_null(strstr(conf_why(), "\"ours.hosts\" is not an address"));
	assert_null(conf_load_files(here, 1));
}

/* The value of a key without a use is not looked at; quotes are nothing to OpenDMARC. */
static void
test_quotes_of_no_use(void **state)
{
	static const char *const values[] = { "\"Post Master\" <postmaster@b.example>",
		"\"x", "x\"", "\"a\\\"", "\"\"" };

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		char text[200];

		snprintf(text, sizeof text, "Mode monitor\nFailureReportsSentBy %s\n",
		    values[i]);
		config_free(conf_good(text));
		snprintf(text, sizeof text, "Mode monitor\nAuthservID %s.example\n",
		    values[i]);
		assert_null(conf_load(text));
	}
}

static void
test_name_of_the_host(void **state)
{
	struct config *config =
	    conf_good("AuthservID HOSTNAME\nTrustedAuthservIDs mx.b.example, HOSTNAME, "
		      "other.b.example\n");

	(void)state;
	config_name_host(config, "mx.b.example");
	assert_string_equal(config->authserv_id, "mx.b.example");
	assert_string_equal(
	    conf_printed(config, "TrustedAuthservIDs"), "other.b.example");
	assert_int_equal(config->warnings.count, 2);
	config_free(config);

	config = conf_good("AuthservID hostname\nTrustedAuthservIDs HOSTNAME\n");
	config_name_host(config, "mx.b.example");
	assert_string_equal(config->authserv_id, "hostname");
	config_free(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_is_known),
		cmocka_unit_test(test_keys_of_equal_meaning),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_reject_string_too_long),
		cmocka_unit_test(test_refused_without_a_choice),
		cmocka_unit_test(test_contradictory_choice),
		cmocka_unit_test(test_choice_over_files),
		cmocka_unit_test(test_mask_meant_as_mode),
		cmocka_unit_test(test_file_of_hosts),
		cmocka_unit_test(test_entries_of_hosts),
		cmocka_unit_test(test_relative_path_of_hosts),
		cmocka_unit_test(test_quotes_of_no_use),
		cmocka_unit_test(test_name_of_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
