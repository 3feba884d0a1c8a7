#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "policy/config.h"
#include "policy/config_override.h"
#include "policy/config_table.h"

/* The files of one test; main.conf is the first. */
struct file {
	const char *path, *text;
	size_t len; /* 0: strlen(text) */
};

static const struct file *files;
static size_t file_count;

static char *
read_fake(const char *path, size_t *len, char *why, size_t whysize)
{
	for (size_t i = 0; i < file_count; i++) {
		if (strcmp(path, files[i].path) == 0) {
			*len = files[i].len > 0 ? files[i].len : strlen(files[i].text);
			return mem_strndup(files[i].text, *len);
		}
	}
	snprintf(why, whysize, "%s: no such file", path);
	return NULL;
}

static char why[1000];

static struct config *
load_files(const struct file *list, size_t count)
{
	files = list;
	file_count = count;
	snprintf(why, sizeof why, "not written");
	return config_load(list[0].path, read_fake, NULL, 0, why, sizeof why);
}

static struct config *
load(const char *text)
{
	struct file file = { "main.conf", text, 0 };

	return load_files(&file, 1);
}

static struct config *
load_good(const char *text)
{
	struct config *config = load(text);

	if (config == NULL)
		fail_msg("%s: %s", text, why);
	return config;
}

static struct config *
load_settings(const char *text, const char *const *settings, size_t count)
{
	struct file file = { "main.conf", text, 0 };

	files = &file;
	file_count = 1;
	return config_load("main.conf", read_fake, settings, count, why, sizeof why);
}

/* What config_print() says of ${name}, its origin cut off; the last line of that name. */
static const char *
printed(const struct config *config, const char *name)
{
	static char value[4000];
	char *text = NULL, *rest, *line;
	size_t size, len = strlen(name);
	FILE *out = open_memstream(&text, &size);

	config_print(config, out);
	fclose(out);
	snprintf(value, sizeof value, "(not printed)");
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *origin = strstr(line, "  # ");

		if (strncmp(line, name, len) != 0 || line[len] != ' ' || origin == NULL)
			continue;
		*origin = '\0';
		line += len;
		snprintf(value, sizeof value, "%s", line + strspn(line, " "));
	}
	free(text);
	return value;
}

static void
test_defaults(void **state)
{
	struct config *c = config_load(NULL, NULL, NULL, 0, why, sizeof why);
	struct ip ip;

	(void)state;
	assert_non_null(c);
	assert_string_equal(c->socket, "unix:/run/beschermd/beschermd.sock");
	assert_int_equal(c->socket_mode, 0660);
	assert_string_equal(c->socket_group, "");
	assert_string_equal(c->user_id, "beschermd");
	assert_string_equal(c->pid_file, "");
	assert_true(c->syslog);
	assert_int_equal(c->syslog_facility, LOG_MAIL);
	assert_int_equal(c->log_level, LOG_LEVEL_INFO);
	assert_string_equal(c->authserv_id, "");
	assert_int_equal(c->trusted_authserv_ids.count, 0);
	assert_int_equal(c->mode, CONFIG_ENFORCE);
	assert_int_equal(c->on_reject, CONFIG_REJECT);
	assert_int_equal(c->on_quarantine, CONFIG_HEADER);
	assert_int_equal(c->on_temperror, CONFIG_TEMPFAIL);
	assert_int_equal(c->on_bad_from, CONFIG_REJECT);
	assert_int_equal(c->on_list_mail, CONFIG_QUARANTINE);
	assert_string_equal(c->quarantine_header_name, "X-Spam-Flag");
	assert_string_equal(c->quarantine_header_value, "YES");
	assert_string_equal(c->reject_code, "550");
	assert_string_equal(c->reject_enhanced, "5.7.26");
	assert_string_equal(c->reject_text, "");
	assert_int_equal(c->override_count, 0);
	assert_true(c->ignore_authenticated_clients);
	assert_int_equal(c->trusted_forwarders.count, 0);
	assert_int_equal(c->trusted_lists.count, 0);
	assert_int_equal(c->trusted_relays.count, 0);
	assert_false(c->spf_check_helo);
	assert_false(c->received_spf);
	assert_int_equal(c->minimum_key_bits, 1024);
	assert_int_equal(c->maximum_signatures, 10);
	assert_int_equal(c->maximum_header_bytes, 262144);
	assert_int_equal(c->maximum_headers, 1000);
	assert_int_equal(c->discovery, CONFIG_TREEWALK);
	assert_string_equal(c->public_suffix_list, "");
	assert_int_equal(c->nameservers.count, 0);
	assert_int_equal(c->dnssec, CONFIG_DNSSEC_AUTO);
	assert_string_equal(c->trust_anchor_file, "");
	assert_int_equal(c->dns_timeout_ms, 20000);
	assert_true(c->prefetch);
	assert_string_equal(c->zone_file, "");
	assert_int_equal(c->warnings.count, 0);
	assert_int_equal(c->ignore_hosts.count, 3);
	assert_true(ip_parse("127.3.2.1", &ip) && netlist_has(&c->ignore_hosts, &ip));
	assert_true(ip_parse("::1", &ip) && netlist_has(&c->ignore_hosts, &ip));
	ip = (struct ip){ .family = IP_LOCAL };
	assert_true(netlist_has(&c->ignore_hosts, &ip));
	config_free(c);
	config_free(NULL);
}

/* A line, the setting it is of, and what that is in force then. */
struct good_row {
	const char *line, *name, *value;
};

static const struct good_row good_rows[] = {
	{ "Mode monitor", "Mode", "monitor" },
	{ "mOdE\tMONITOR", "Mode", "monitor" },
	{ "   Mode   monitor   ", "Mode", "monitor" },
	{ "Mode \"monitor\"", "Mode", "monitor" },
	{ "Mode monitor # for a week", "Mode", "monitor" },
	{ "Mode monitor\r", "Mode", "monitor" },
	{ "OnReject quarantine", "OnReject", "quarantine" },
	{ "OnReject header", "OnReject", "header" },
	{ "OnReject hold", "OnReject", "hold" },
	{ "OnReject accept", "OnReject", "accept" },
	{ "OnListMail reject", "OnListMail", "reject" },
	{ "OnBadFrom hold", "OnBadFrom", "hold" },
	{ "OnQuarantine reject", "OnQuarantine", "reject" },
	{ "OnQuarantine accept", "OnQuarantine", "accept" },
	{ "OnTempError header", "OnTempError", "header" },
	{ "OnTempError accept", "OnTempError", "accept" },
	{ "SPFCheckHelo yes", "SPFCheckHelo", "yes" },
	{ "SPFCheckHelo TRUE", "SPFCheckHelo", "yes" },
	{ "SPFCheckHelo 1", "SPFCheckHelo", "yes" },
	{ "Prefetch no", "Prefetch", "no" },
	{ "Prefetch false", "Prefetch", "no" },
	{ "Prefetch 0", "Prefetch", "no" },
	{ "MinimumKeyBits 2048", "MinimumKeyBits", "2048" },
	{ "MaximumSignatures 1", "MaximumSignatures", "1" },
	{ "MaximumSignatures 50", "MaximumSignatures", "50" },
	{ "MaximumHeaderBytes 16384", "MaximumHeaderBytes", "16384" },
	{ "SocketMode 0666", "SocketMode", "0666" },
	{ "SocketMode 600", "SocketMode", "0600" },
	{ "DNSTimeout 5", "DNSTimeout", "5s" },
	{ "DNSTimeout 5s", "DNSTimeout", "5s" },
	{ "DNSTimeout 5S", "DNSTimeout", "5s" },
	{ "DNSTimeout 1m", "DNSTimeout", "60s" },
	{ "DNSTimeout 1500ms", "DNSTimeout", "1500ms" },
	{ "DNSTimeout 100ms", "DNSTimeout", "100ms" },
	{ "SocketGroup postfix", "SocketGroup", "postfix" },
	{ "UserID \"\"", "UserID", "\"\"" },
	{ "PidFile /run/a#b.pid", "PidFile", "\"/run/a#b.pid\"" },
	{ "SyslogFacility LOCAL3", "SyslogFacility", "local3" },
	{ "LogLevel debug", "LogLevel", "debug" },
	{ "Discovery psl", "Discovery", "psl" },
	{ "DNSSEC require", "DNSSEC", "require" },
	{ "AuthservID mx.school.nl", "AuthservID", "mx.school.nl" },
	{ "QuarantineHeader X-Beschermd: quarantine", "QuarantineHeader",
	    "X-Beschermd: quarantine" },
	{ "QuarantineHeader X-Junk:1", "QuarantineHeader", "X-Junk: 1" },
	{ "QuarantineHeader \"X-Junk: # yes\"", "QuarantineHeader", "\"X-Junk: # yes\"" },
	{ "RejectCode 554 5.7.1", "RejectCode", "554 5.7.1" },
	{ "RejectCode \"550  5.7.509\"", "RejectCode", "550 5.7.509" },
	{ "RejectText No: %{reason}, 100%% sure", "RejectText",
	    "No: %{reason}, 100%% sure" },
	{ "RejectText \"We say \\\"no\\\" \\\\ # now\"", "RejectText",
	    "\"We say \\\"no\\\" \\\\ # now\"" },
	{ "RejectText We say \"no # never\" now # later", "RejectText",
	    "\"We say \\\"no # never\\\" now\"" },
	{ "IgnoreHosts 192.0.2.1, 198.51.100.0/24 2001:db8::/32,,local", "IgnoreHosts",
	    "192.0.2.1, 198.51.100.0/24, 2001:db8::/32, local" },
	{ "IgnoreHosts \"\"", "IgnoreHosts", "\"\"" },
	{ "TrustedForwarders \"192.0.2.1\",\"192.0.2.2\"", "TrustedForwarders",
	    "192.0.2.1, 192.0.2.2" },
	{ "TrustedLists Lists.Example.NL. b\303\274cher.example", "TrustedLists",
	    "lists.example.nl, xn--bcher-kva.example" },
	{ "TrustedAuthservIDs a.example b.example", "TrustedAuthservIDs",
	    "a.example, b.example" },
	{ "Nameservers 192.0.2.53 2001:db8::53@5353", "Nameservers",
	    "192.0.2.53, 2001:db8::53@5353" },
	{ "Nameservers recursive", "Nameservers", "recursive" },
	{ "Override example.nl accept", "Override", "example.nl accept" },
	{ "Override .Example.NL. hold", "Override", ".example.nl hold" },
	{ "Override b\303\274cher.example QUARANTINE", "Override",
	    "xn--bcher-kva.example quarantine" },
	{ "Override a.nl reject reason=\"say \\\"no\\\" \\\\ #1\" until=2028-02-29 "
	  "client=192.0.2.0/24",
	    "Override",
	    "a.nl reject until=2028-02-29 client=192.0.2.0/24 "
	    "reason=\"say \\\"no\\\" \\\\ #1\"" },
	{ "Override a.nl header Client=local # why", "Override",
	    "a.nl header client=local" },
	{ "Override \"\"", "Override", "\"\"" },
};

static void
test_good_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good_rows / sizeof good_rows[0]; i++) {
		const struct good_row *row = &good_rows[i];
		struct config *config = load_good(row->line);

		if (strcmp(printed(config, row->name), row->value) != 0)
			fail_msg("%s: %s", row->line, printed(config, row->name));
		config_free(config);
	}
}

/* A conf, and what the error must say; always behind "main.conf:LINE: ". */
struct bad_row {
	const char *text;
	int line;
	const char *says;
};

static const struct bad_row bad_rows[] = {
	{ "Mode enforce\n\n# x\nOnRejekt reject", 4,
	    "unknown setting \"OnRejekt\"; did you mean OnReject?" },
	{ "ignorehost 192.0.2.1", 1, "did you mean IgnoreHosts?" },
	{ "DNSTimout 3", 1, "did you mean DNSTimeout?" },
	{ "Colour blue", 1, "unknown setting \"Colour\"" },
	{ "On\033Reject reject", 1, "unknown setting \"On\\x1bReject\"" },
	{ "Mode=monitor", 1, "unknown setting \"Mode=monitor\"" },
	{ "Mode", 1, "Mode has no value" },
	{ "Mode # monitor", 1, "Mode has no value" },
	{ "Mode maybe", 1, "Mode: \"maybe\" is none of enforce, monitor" },
	{ "Mode \"monitor", 1, "quotes" },
	{ "Mode \"mon\"itor", 1, "quotes" },
	{ "Mode \"monitor\" \"x\"", 1, "quotes" },
	{ "OnReject tempfail", 1, "is none of accept, header, hold, reject, quarantine" },
	{ "OnQuarantine quarantine", 1, "is none of header, hold, reject, accept" },
	{ "OnQuarantine tempfail", 1, "is none of" },
	{ "OnTempError reject", 1, "is none of tempfail, accept, header" },
	{ "OnTempError \"\"", 1, "OnTempError: \"\" is none of" },
	{ "Syslog perhaps", 1, "\"perhaps\" is neither yes nor no" },
	{ "Syslog \"\"", 1, "is neither yes nor no" },
	{ "Syslog yes no", 1, "\"yes no\" is neither" },
	{ "MinimumKeyBits 512", 1, "\"512\" is not a number from 1024 to 4096" },
	{ "MinimumKeyBits 4097", 1, "is not a number from 1024 to 4096" },
	{ "MinimumKeyBits 2048x", 1, "is not a number" },
	{ "MinimumKeyBits -2048", 1, "is not a number" },
	{ "MinimumKeyBits 0x800", 1, "is not a number" },
	{ "MaximumSignatures 0", 1, "is not a number from 1 to 50" },
	{ "MaximumSignatures 99999999999999999999", 1, "is not a number" },
	{ "MaximumSignatures 4294967297", 1, "is not a number" },
	{ "MaximumHeaders ten", 1, "is not a number" },
	{ "SocketMode 1777", 1, "is not an octal mode" },
	{ "SocketMode 0680", 1, "is not an octal mode" },
	{ "SocketMode rw", 1, "is not an octal mode" },
	{ "DNSTimeout 99ms", 1, "is not a time from 100ms to 60s" },
	{ "DNSTimeout 61", 1, "is not a time" },
	{ "DNSTimeout 2m", 1, "is not a time" },
	{ "DNSTimeout 1h", 1, "is not a time" },
	{ "DNSTimeout -5", 1, "is not a time" },
	{ "DNSTimeout 5 s", 1, "is not a time" },
	{ "DNSTimeout s", 1, "is not a time" },
	{ "DNSTimeout 999999999m", 1, "is not a time" },
	{ "Socket unix:/a b", 1, "blank" },
	{ "ZoneFile /a\001b", 1, "control character" },
	{ "LogLevel loud", 1, "is none of error, warning, info, debug" },
	{ "SyslogFacility kern", 1, "is none of" },
	{ "AuthservID mx.a.nl;x", 1, "is not a host name" },
	{ "AuthservID \"mx a\"", 1, "is not a host name" },
	{ "AuthservID m\303\274.example", 1, "is not a host name" },
	{ "TrustedAuthservIDs a.nl (b)", 1, "\"(b)\" is not a host name" },
	{ "QuarantineHeader X-Spam-Flag", 1, "is not \"Name: value\"" },
	{ "QuarantineHeader : YES", 1, "is not \"Name: value\"" },
	{ "QuarantineHeader X Spam: YES", 1, "is not \"Name: value\"" },
	{ "QuarantineHeader X-Spam :YES", 1, "is not \"Name: value\"" },
	{ "QuarantineHeader X-Sp\303\244m: YES", 1, "is not \"Name: value\"" },
	{ "QuarantineHeader X-Spam-Flag:", 1, "has no value" },
	{ "QuarantineHeader X-Spam-Flag: J\303\204", 1, "has no value of printable" },
	{ "QuarantineHeader From: nobody@example.nl", 1, "\"From\" means something" },
	{ "QuarantineHeader authentication-results: x", 1, "means something" },
	{ "QuarantineHeader ARC-Seal: x", 1, "means something" },
	{ "QuarantineHeader list-id: x", 1, "means something" },
	{ "QuarantineHeader Subject: [SPAM]", 1, "means something" },
	{ "RejectCode 550", 1, "is not two codes of class 5" },
	{ "RejectCode 450 4.7.1", 1, "is not two codes of class 5" },
	{ "RejectCode 550 4.7.1", 1, "is not two codes of class 5" },
	{ "RejectCode 450 5.7.1", 1, "is not two codes of class 5" },
	{ "RejectCode 560 5.7.1", 1, "is not two codes of class 5" },
	{ "RejectCode 5500 5.7.1", 1, "is not two codes of class 5" },
	{ "RejectCode 550 5.7", 1, "is not two codes of class 5" },
	{ "RejectCode 550 5.07.1", 1, "is not two codes of class 5" },
	{ "RejectCode 550 5.7.1000", 1, "is not two codes of class 5" },
	{ "RejectCode 550 5.7.1 no", 1, "is not two codes of class 5" },
	{ "RejectCode \"550 \\\"5.7.1\"", 1, "is not two codes of class 5" },
	{ "RejectCode \"550 5.7.1 \\\"x\"", 1, "is not two codes of class 5" },
	{ "RejectText 100% sure", 1, "lone %" },
	{ "RejectText by %{form}", 1, "unknown %{word}" },
	{ "RejectText caf\303\251", 1, "printable ASCII" },
	{ "RejectText a \"b", 1, "quote" },
	{ "IgnoreHosts 10.0.0.0/33", 1,
	    "IgnoreHosts: \"10.0.0.0/33\" is not an address" },
	{ "IgnoreHosts 10.0.0.1;10.0.0.2", 1, "is not an address" },
	{ "IgnoreHosts mail.example.nl", 1, "is not an address" },
	{ "IgnoreHosts \"10.0.0.1", 1, "a quote is not closed" },
	{ "IgnoreHosts file:", 1, "a path is missing" },
	{ "IgnoreHosts file:/nowhere", 1, "/nowhere: no such file" },
	{ "TrustedLists a..b", 1, "\"a..b\" is not a domain" },
	{ "TrustedLists [192.0.2.1]", 1, "is not a domain" },
	{ "Nameservers dns.example.nl", 1, "is not ADDRESS" },
	{ "Nameservers 192.0.2.53@0", 1, "is not ADDRESS" },
	{ "Nameservers 192.0.2.53@65536", 1, "is not ADDRESS" },
	{ "Nameservers 192.0.2.53@", 1, "is not ADDRESS" },
	{ "Nameservers 192.0.2.53:53", 1, "is not ADDRESS" },
	{ "\nNameservers recursive, 192.0.2.53", 2, "recursive stands alone" },
	{ "Override example.nl", 1, "needs DOMAIN ACTION" },
	{ "Override example.nl allow", 1, "\"allow\" is none of accept" },
	{ "Override example.nl tempfail", 1, "is none of accept" },
	{ "Override . accept", 1, "\".\" is not a domain" },
	{ "Override .. accept", 1, "is not a domain" },
	{ "Override a@b.nl accept", 1, "is not a domain" },
	{ "Override *.nl accept", 1, "is not a domain" },
	{ "Override a.nl accept until=2027-02-29", 1, "is not a day" },
	{ "Override a.nl accept until=2027-13-01", 1, "is not a day" },
	{ "Override a.nl accept until=2027-00-10", 1, "is not a day" },
	{ "Override a.nl accept until=2027-01-32", 1, "is not a day" },
	{ "Override a.nl accept until=2027-01-00", 1, "is not a day" },
	{ "Override a.nl accept until=2027-1-1", 1, "is not a day" },
	{ "Override a.nl accept until=2027", 1, "is not a day" },
	{ "Override a.nl accept until=2027-01-311", 1, "is not a day" },
	{ "Override a.nl accept until=2100-02-29", 1, "is not a day" },
	{ "Override a.nl accept until=", 1, "is not a day" },
	{ "Override a.nl accept client=a", 1, "is not an address" },
	{ "Override a.nl accept reason=\"x", 1, "quote that is not closed" },
	{ "Override a.nl accept reason=\"x\033\"", 1, "is not printable" },
	{ "Override a.nl accept because=x", 1, "is none of until=, client=, reason=" },
	{ "Override a.nl accept moving", 1, "is none of until=" },
	{ "Include", 1, "a path is missing" },
	{ "Include nowhere.conf", 1, "nowhere.conf: no such file" },
	{ "Include \"nowhere.conf", 1, "a quote is not closed" },
	{ "#\nInclude main.conf", 2, "main.conf includes itself" },
};

static void
test_bad_values(void **state)
{
	char place[40];

	(void)state;
	for (size_t i = 0; i < sizeof bad_rows / sizeof bad_rows[0]; i++) {
		const struct bad_row *row = &bad_rows[i];

		if (load(row->text) != NULL)
			fail_msg("took: %s", row->text);
		snprintf(place, sizeof place, "main.conf:%d: ", row->line);
		if (strncmp(why, place, strlen(place)) != 0 || !strstr(why, row->says))
			fail_msg("%s: %s", row->text, why);
	}
}

/* A value that is refused leaves no trace of what it is near to. */
static void
test_far_names_get_no_advice(void **state)
{
	(void)state;
	assert_null(load("Colour blue"));
	assert_null(strstr(why, "did you mean"));
	assert_null(
	    load("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa x"));
	assert_null(strstr(why, "did you mean"));
}

static void
test_long_values(void **state)
{
	char text[3000];

	(void)state;
	snprintf(text, sizeof text, "Socket unix:/%01200d", 0);
	assert_null(load(text));
	assert_non_null(strstr(why, "too long"));
	snprintf(text, sizeof text, "RejectText %0401d", 0);
	assert_null(load(text));
	snprintf(text, sizeof text, "RejectText %0400d", 0);
	config_free(load_good(text));
	snprintf(text, sizeof text, "QuarantineHeader X-%058d: YES", 0);
	config_free(load_good(text));
	snprintf(text, sizeof text, "QuarantineHeader X-%059d: YES", 0);
	assert_null(load(text));
	snprintf(text, sizeof text, "QuarantineHeader X-Junk: %0201d", 0);
	assert_null(load(text));
	snprintf(text, sizeof text, "Override a.nl accept reason=%0201d", 0);
	assert_null(load(text));
	snprintf(text, sizeof text, "AuthservID %0256d", 0);
	assert_null(load(text));
	snprintf(text, sizeof text, "%02900d x", 0);
	assert_null(load(text));
	assert_non_null(strstr(why, "main.conf:1: unknown setting"));
}

static void
test_lists_grow_and_start_anew(void **state)
{
	static const char *const settings[] = { "TrustedForwarders=192.0.2.8",
		"TrustedForwarders=192.0.2.9", "IgnoreHosts=", "Override=b.nl hold" };
	const char *text = "TrustedForwarders 192.0.2.1\nIgnoreHosts 192.0.2.2\n"
			   "TrustedForwarders 192.0.2.3\nOverride a.nl reject\n";
	struct config *config = load_good(text);

	(void)state;
	assert_string_equal(printed(config, "TrustedForwarders"), "192.0.2.1, 192.0.2.3");
	assert_string_equal(printed(config, "IgnoreHosts"), "192.0.2.2");
	config_free(config);

	config = load_settings(text, settings, 4);
	assert_non_null(config);
	assert_string_equal(printed(config, "TrustedForwarders"), "192.0.2.8, 192.0.2.9");
	assert_string_equal(printed(config, "IgnoreHosts"), "\"\"");
	assert_int_equal(config->override_count, 1);
	assert_string_equal(config->overrides[0].domain, "b.nl");
	assert_string_equal(config->overrides[0].file, CONFIG_COMMAND_LINE);
	config_free(config);
}

static void
test_last_counts_and_says_so(void **state)
{
	struct config *config = load_good("Mode monitor\nMode enforce\n");

	(void)state;
	assert_int_equal(config->mode, CONFIG_ENFORCE);
	assert_int_equal(config->warnings.count, 1);
	assert_string_equal(config->warnings.words[0],
	    "main.conf:2: Mode was set in line 1 already; this one counts");
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
		{ "Mode=", "command line: Mode: \"\" is none of" },
		{ "=", "command line: unknown setting \"\"" },
		{ "", "command line: unknown setting \"\"" },
		{ "Include=x", "command line: unknown setting \"Include\"" },
		{ "MaximumSignatures=0", "command line: MaximumSignatures: \"0\"" },
	};
	static const char *const good[] = { "mode=monitor", "RejectText=a=b # c",
		"UserID=", "Socket=inet:8891@localhost" };
	struct config *config = load_settings("Mode enforce", good, 4);

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->mode, CONFIG_MONITOR);
	assert_string_equal(config->reject_text, "a=b # c");
	assert_string_equal(config->user_id, "");
	assert_string_equal(config->socket, "inet:8891@localhost");
	assert_int_equal(config->warnings.count, 0);
	config_free(config);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_null(load_settings("", &bad[i].setting, 1));
		if (strncmp(why, bad[i].says, strlen(bad[i].says)) != 0)
			fail_msg("%s: %s", bad[i].setting, why);
	}
}

static void
test_include(void **state)
{
	static const struct file list[] = {
		{ "/etc/b/main.conf",
		    "\xef\xbb\xbfMode monitor\r\nInclude extra.conf\r\nInclude /x.conf",
		    0 },
		{ "/etc/b/extra.conf", "# \nInclude sub/deep.conf\nMode enforce\n", 0 },
		{ "/etc/b/sub/deep.conf", "TrustedForwarders file:nets 192.0.2.9", 0 },
		{ "/etc/b/sub/nets", "# ours\n192.0.2.1 # one\n\n  2001:db8::/32\r\n",
		    0 },
		{ "/x.conf", "Override a.nl hold\n", 0 },
	};
	struct config *config = load_files(list, 5);

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->mode, CONFIG_ENFORCE);
	assert_string_equal(
	    printed(config, "TrustedForwarders"), "192.0.2.1, 2001:db8::/32, 192.0.2.9");
	assert_string_equal(config->overrides[0].file, "/x.conf");
	assert_int_equal(config->overrides[0].line, 1);
	assert_int_equal(config->warnings.count, 0); /* another file may mean it */
	config_free(config);
}

struct include_row {
	struct file list[3];
	const char *why;
};

static const struct include_row include_rows[] = {
	{ { { "main.conf", "Include b", 0 }, { "b", "\nInclude c", 0 },
	      { "c", "\n\nInclude b", 0 } },
	    "c:3: Include: b includes itself" },
	{ { { "main.conf", "Include b", 0 }, { "b", "\nColour x", 0 } },
	    "b:2: unknown setting \"Colour\"" },
	{ { { "main.conf", "\nIgnoreHosts file:b", 0 }, { "b", "\n192.0.2.300", 0 } },
	    "b:2: \"192.0.2.300\" is not an address, a network such as 192.0.2.0/24, or "
	    "local" },
	{ { { "main.conf", "IgnoreHosts file:b", 0 }, { "b", "10.0.0.1 10.0.0.2", 0 } },
	    "b:1: \"10.0.0.1 10.0.0.2\" is not an address, a network such as "
	    "192.0.2.0/24, or local" },
	{ { { "main.conf", "Mode monitor\0\nMode enforce", 26 } },
	    "main.conf: not a text, it holds a NUL" },
	{ { { "main.conf", "Include b", 0 }, { "b", "Mode\0", 5 } },
	    "main.conf:1: b: not a text, it holds a NUL" },
	{ { { "gone.conf", "", 0 }, { "main.conf", "", 0 } }, NULL },
};

static void
test_include_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof include_rows / sizeof include_rows[0]; i++) {
		struct config *config = load_files(include_rows[i].list, 3);

		if (include_rows[i].why == NULL) {
			assert_non_null(config);
			config_free(config);
			continue;
		}
		assert_null(config);
		assert_string_equal(why, include_rows[i].why);
	}
}

static void
test_main_file_missing(void **state)
{
	static const struct file none = { "", "", 0 };

	(void)state;
	files = &none;
	file_count = 1;
	assert_null(config_load("main.conf", read_fake, NULL, 0, why, sizeof why));
	assert_string_equal(why, "main.conf: no such file");
}

/* A reader without end: every file includes the next, or many of them. */
static char *
read_chain(const char *path, size_t *len, char *reason, size_t size)
{
	char text[100];

	(void)reason;
	(void)size;
	*len = (size_t)snprintf(text, sizeof text, "Include %d", atoi(path) + 1);
	return mem_strdup(text);
}

static char *
read_many(const char *path, size_t *len, char *reason, size_t size)
{
	char *text;

	(void)reason;
	(void)size;
	text = mem_alloc(300 * 13);
	*len = 0;
	for (int i = 0; i < 300 && strcmp(path, "main.conf") == 0; i++)
		*len += (size_t)snprintf(text + *len, 13, "Include %d\n", i);
	return text;
}

static char *
read_large(const char *path, size_t *len, char *reason, size_t size)
{
	char *text = mem_alloc(CONFIG_FILE_MAX + 1);

	(void)reason;
	(void)size;
	*len = CONFIG_FILE_MAX;
	memset(text, '\n', *len);
	if (strcmp(path, "main.conf") == 0) {
		for (int i = 0; i < 20; i++)
			memcpy(text + 12 * i, "Include xx", 10);
	}
	return text;
}

static void
test_bounds(void **state)
{
	(void)state;
	assert_null(config_load("0", read_chain, NULL, 0, why, sizeof why));
	assert_string_equal(why, "7:1: Include: more than 8 files deep");
	assert_null(config_load("main.conf", read_many, NULL, 0, why, sizeof why));
	assert_string_equal(why, "main.conf:200: more than 200 files");
	assert_null(config_load("main.conf", read_large, NULL, 0, why, sizeof why));
	assert_non_null(strstr(why, "too much text"));
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
		{ "IgnoreHosts 0.0.0.0/0", "IgnoreHosts holds every address" },
		{ "TrustedForwarders ::/0", "TrustedForwarders holds every address" },
		{ "TrustedRelays 192.0.2.1 ::/0", "TrustedRelays holds every address" },
		{ "ZoneFile /z", "all answers come from /z" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct config *config = load_good(rows[i].setting);

		assert_int_equal(config->warnings.count, 1);
		if (strstr(config->warnings.words[0], rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].setting, config->warnings.words[0]);
		config_free(config);
	}
}

/* Our own id is not trusted, however it is written; another's stays. */
static void
test_own_id_is_not_trusted(void **state)
{
	struct config *config = load_good("AuthservID mx.a.nl\n"
					  "TrustedAuthservIDs x.mx.a.nl, mx.A.nl., a.nl");

	(void)state;
	assert_string_equal(printed(config, "TrustedAuthservIDs"), "x.mx.a.nl, a.nl");
	config_free(config);
}

static void
test_no_warning_without_cause(void **state)
{
	struct config *config =
	    load_good("AuthservID mx.a.nl\nTrustedAuthservIDs mx.b.nl\n"
		      "Override a.nl accept client=192.0.2.1\nOverride b.nl reject\n"
		      "IgnoreHosts 127.0.0.0/8 local\n");

	(void)state;
	assert_int_equal(config->warnings.count, 0);
	config_free(config);
}

static void
test_expired(void **state)
{
	struct config *config = load_good("Override a.nl hold until=2027-01-30\n"
					  "Override b.nl hold until=2027-01-31\n"
					  "Override .c.nl hold\n");
	struct wordlist said = { 0 };

	(void)state;
	config_warn_expired(config, 20270131, &said);
	assert_int_equal(said.count, 1);
	assert_string_equal(said.words[0],
	    "main.conf:1: Override a.nl ended on 2027-01-30 and is not applied");
	config_warn_expired(config, 20270201, &said);
	assert_int_equal(said.count, 3);
	wordlist_clear(&said);
	config_free(config);
}

static char *
print_all(const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	config_print(config, out);
	fclose(out);
	return text;
}

/* What is printed is a conf that says the same; only the origins differ. */
static void
test_print_reads_back(void **state)
{
	char *first, *second, *third;
	struct config *config;

	(void)state;
	config = load_good("Mode monitor\nRejectText \"a \\\\ \\\" # b\"\n"
			   "IgnoreHosts 192.0.2.0/24 local ::1\nDNSTimeout 1500ms\n"
			   "Override .a.nl accept until=2027-01-31 reason=\"x  # y\"\n"
			   "Override b.nl hold client=::/64\nTrustedLists a.nl b.nl\n"
			   "Nameservers 192.0.2.1@54\nSocketMode 0600\n"
			   "QuarantineHeader \"X-Junk: a # b\"\n");
	first = print_all(config);
	config_free(config);
	config = load_good(first);
	second = print_all(config);
	config_free(config);
	config = load_good(second);
	third = print_all(config);
	config_free(config);
	assert_string_not_equal(first, second);
	assert_string_equal(second, third);
	assert_non_null(strstr(first, " # main.conf:10\n"));
	assert_non_null(strstr(first, "# default\n"));
	free(first);
	free(second);
	free(third);
}

/* Taking the # away from a setting of the shipped file changes nothing. */
static void
test_template_says_the_defaults(void **state)
{
	char *text = NULL, *line, *rest;
	size_t size, rows, count = 0;
	FILE *out = open_memstream(&text, &size);
	struct config *defaults = config_load(NULL, NULL, NULL, 0, why, sizeof why);
	const char *before = "";

	(void)state;
	config_table_rows(&rows);
	config_print_template(out);
	fclose(out);
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		size_t len = strcspn(line, " ");
		struct config *config;
		char name[80];

		if (line[0] != '#' || line[1] == ' ' || line[1] == '#' || len < 2)
			continue;
		snprintf(name, sizeof name, "%.*s", (int)len - 1, line + 1);
		config = load_good(line + 1);
		/* The first line of a name is its default, a second an example. */
		if (strcmp(before, name) != 0) {
			char *expected = mem_strdup(printed(defaults, name));

			assert_string_equal(printed(config, name), expected);
			free(expected);
			count++;
		}
		config_free(config);
		before = config_table_find(name)->name;
	}
	assert_int_equal(count, rows);
	config_free(defaults);
	free(text);
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
	{ "Override a.nl hold until=2027-01-31", "a.nl", "192.0.2.1", 20270131, "hold" },
	{ "Override a.nl hold until=2027-01-31", "a.nl", "192.0.2.1", 20270201, NULL },
	{ "Override a.nl hold until=2027-01-31\nOverride .nl reject", "a.nl", "192.0.2.1",
	    20270201, "reject" },
	{ "", "a.nl", "192.0.2.1", 20270201, NULL },
};

static void
test_override_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof find_rows / sizeof find_rows[0]; i++) {
		const struct find_row *row = &find_rows[i];
		struct config *config = load_good(row->conf);
		const struct config_override *o;
		char *text = mem_strdup("");
		size_t size;
		struct ip ip;

		assert_true(ip_parse(row->client, &ip));
		o = config_override_find(config, row->domain, &ip, row->today);
		if ((o != NULL) != (row->action != NULL))
			fail_msg("%s: %s", row->conf, row->domain);
		if (o != NULL) {
			free(text);
			FILE *out = open_memstream(&text, &size);

			config_override_print(o, out);
			fclose(out);
			if (strstr(text, row->action) == NULL)
				fail_msg("%s: %s: %s", row->conf, row->domain, text);
		}
		free(text);
		config_free(config);
	}
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
		config = load(text);
		if (config == NULL && strncmp(why, "main.conf:", 10) != 0)
			fail_msg("%s: %s", text, why);
		config != NULL ? good++ : bad++;
		config_free(config);
	}
	assert_true(good > 100 && bad > 1000);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_good_values),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_far_names_get_no_advice),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_lists_grow_and_start_anew),
		cmocka_unit_test(test_last_counts_and_says_so),
		cmocka_unit_test(test_command_line),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_include_errors),
		cmocka_unit_test(test_main_file_missing),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_own_id_is_not_trusted),
		cmocka_unit_test(test_no_warning_without_cause),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_print_reads_back),
		cmocka_unit_test(test_template_says_the_defaults),
		cmocka_unit_test(test_override_find),
		cmocka_unit_test(test_junk),
	};

	/* scripts/check-docs compares conf/ and man/ with the table. */
	if (argc > 1 && strcmp(argv[1], "template") == 0) {
		config_print_template(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
