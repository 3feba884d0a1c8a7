#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "base/log.h"
#include "conf.h"
#include "config/config.h"

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
	{ "HistoryShared host=db.example dbname=b", "HistoryShared",
	    "host=db.example dbname=b" },
	{ "HistoryShared dbname=b", "HistoryShared", "dbname=b" },
	{ "HistoryShared host = db passfile=/etc/pass user='a\\'b'", "HistoryShared",
	    "host = db passfile=/etc/pass user='a\\'b'" },
	{ "HistoryShared user=password dbname='password=x'", "HistoryShared",
	    "user=password dbname='password=x'" },
	{ "HistoryShared \"\"", "HistoryShared", "\"\"" },
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
	{ "TrustedAuthservIDs a.example b.example/job1", "TrustedAuthservIDs",
	    "a.example, b.example/job1" },
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
		struct config *config = conf_good(row->line);

		if (strcmp(conf_printed(config, row->name), row->value) != 0)
			fail_msg("%s: %s", row->line, conf_printed(config, row->name));
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
	{ "Mode maybe", 1, "Mode: \"maybe\" is not one of enforce, monitor" },
	{ "Mode \"monitor", 1, "quotes" },
	{ "Mode \"mon\"itor", 1, "quotes" },
	{ "Mode \"monitor\" \"x\"", 1, "quotes" },
	{ "OnReject tempfail", 1,
	    "is not one of accept, header, hold, reject, quarantine" },
	{ "OnQuarantine quarantine", 1, "is not one of header, hold, reject, accept" },
	{ "OnQuarantine tempfail", 1, "is not one of" },
	{ "OnTempError reject", 1, "is not one of tempfail, accept, header" },
	{ "OnTempError \"\"", 1, "OnTempError: \"\" is not one of" },
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
	{ "HistoryShared host=db password=secret", 1, "holds a password" },
	{ "HistoryShared password =secret", 1, "holds a password" },
	{ "HistoryShared PassWord=secret", 1, "holds a password" },
	{ "HistoryShared host=db password=", 1, "holds a password" },
	{ "HistoryShared user='a'password=secret", 1, "holds a password" },
	{ "HistoryShared user=a\\ b password=secret", 1, "holds a password" },
	{ "HistoryShared user='a\\' b' password=secret", 1, "holds a password" },
	{ "HistoryShared host=db sslpassword=secret", 1, "holds a password" },
	{ "HistoryShared postgresql://u:secret@db/b", 1, "is not a list of key=value" },
	{ "HistoryShared db.example", 1, "is not a list of key=value" },
	{ "HistoryShared host=db =x", 1, "is not a list of key=value" },
	{ "HistoryShared host='db", 1, "a quote that is not closed" },
	{ "HistoryShared host=d\xe9", 1, "not printable ASCII" },
	{ "SocketMode 1777", 1, "is not an octal mode" },
	{ "SocketMode 0680", 1, "is not an octal mode" },
	{ "SocketMode rw", 1, "is not an octal mode" },
	{ "Socket inet:99999@localhost", 1, "a port is 1 to 65535" },
	{ "Socket inet:8891", 1, "add @localhost" },
	{ "Socket tcp:8891@localhost", 1, "is not one of unix:/path" },
	{ "Socket unix:run/beschermd.sock", 1, "begins with /" },
	{ "DNSTimeout 99ms", 1, "is not a time from 100ms to 60s" },
	{ "DNSTimeout 61", 1, "is not a time" },
	{ "DNSTimeout 2m", 1, "is not a time" },
	{ "DNSTimeout 1h", 1, "is not a time" },
	{ "DNSTimeout -5", 1, "is not a time" },
	{ "DNSTimeout 5 s", 1, "is not a time from 100ms to 60s; write 5s" },
	{ "DNSTimeout 20 seconds", 1, "write 20s" },
	{ "DNSTimeout 20 Seconden", 1, "write 20s" },
	{ "DNSTimeout 500 milliseconds", 1, "write 500ms" },
	{ "DNSTimeout 1 minute", 1, "write 60s" },
	{ "DNSTimeout s", 1, "is not a time" },
	{ "DNSTimeout 999999999m", 1, "is not a time" },
	{ "Socket unix:/a b", 1, "blank" },
	{ "ZoneFile /a\001b", 1, "control character" },
	{ "LogLevel loud", 1, "is not one of error, warning, info, debug" },
	{ "SyslogFacility kern", 1, "is not one of" },
	{ "AuthservID mx.a.nl;x", 1, "is not a host name" },
	{ "AuthservID \"mx a\"", 1, "is not a host name" },
	{ "AuthservID m\303\274.example", 1, "is not a host name" },
	{ "TrustedAuthservIDs a.nl (b)", 1, "\"(b)\" is not a host name" },
	{ "TrustedAuthservIDs a.nl/", 1, "is not a host name" },
	{ "TrustedAuthservIDs a.nl/b/c", 1, "is not a host name" },
	{ "AuthservID a.nl/b", 1, "is not a host name" },
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
	{ "TrustedLists 192.0.2.1", 1,
	    "\"192.0.2.1\" is a number or an address, not a domain" },
	{ "TrustedLists 192.0.2.0/24", 1, "is a number or an address" },
	{ "TrustedLists 2001:db8::1", 1, "is a number or an address" },
	{ "TrustedLists 192.0.2", 1, "is a number or an address" },
	{ "TrustedLists *.example.nl", 1,
	    "is not a domain; write example.nl, which includes all names below it" },
	{ "TrustedLists .example.nl", 1, "write example.nl, which includes all" },
	{ "TrustedLists @example.nl", 1, "is not a domain; write example.nl" },
	{ "TrustedLists list@lists.example.nl", 1, "; write lists.example.nl" },
	{ "Override 192.0.2.1 accept", 1, "is a number or an address" },
	{ "Override .192.0.2.1 accept", 1, "is a number or an address" },
	{ "Override 192.0.2.1. accept", 1, "is a number or an address" },
	{ "Override a.7. accept", 1, "is a number or an address" },
	{ "TrustedLists 0.", 1, "is a number or an address" },
	{ "Override *.example.nl accept", 1,
	    "is not a domain; write .example.nl for all names below it" },
	{ "Override joe@example.nl accept", 1, "; write example.nl" },
	{ "IgnoreHosts *.example.nl", 1, "; host names are not looked up" },
	{ "Nameservers dns.example.nl", 1, "is not ADDRESS" },
	{ "Nameservers 192.0.2.53@0", 1, "is not ADDRESS" },
	{ "Nameservers 192.0.2.53@65536", 1, "is not ADDRESS" },
	{ "Nameservers 192.0.2.53@", 1, "is not ADDRESS" },
	{ "Nameservers 192.0.2.53:53", 1, "is not ADDRESS" },
	{ "\nNameservers recursive, 192.0.2.53", 2, "recursive must stand alone" },
	{ "Override example.nl", 1, "needs DOMAIN ACTION" },
	{ "Override example.nl allow", 1, "\"allow\" is not one of accept" },
	{ "Override example.nl tempfail", 1, "is not one of accept" },
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
	{ "Override a.nl accept until=2027-1--31", 1, "is not a day" },
	{ "Override a.nl accept until=2027-01-3-", 1, "is not a day" },
	{ "Override a.nl accept until=2027--1-31", 1, "is not a day" },
	{ "Override a.nl accept until=2-27-01-31", 1, "is not a day" },
	{ "Override a.nl accept until=2027", 1, "is not a day" },
	{ "Override a.nl accept until=2027-01-311", 1, "is not a day" },
	{ "Override a.nl accept until=2100-02-29", 1, "is not a day" },
	{ "Override a.nl accept until=", 1, "is not a day" },
	{ "Override a.nl accept client=a", 1, "is not an address" },
	{ "Override a.nl accept reason=\"x", 1, "quote that is not closed" },
	{ "Override a.nl accept reason=\"x\033\"", 1, "is not printable" },
	{ "Override a.nl accept because=x", 1, "is not one of until=, client=, reason=" },
	{ "Override a.nl accept moving", 1, "is not one of until=" },
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

		if (conf_load(row->text) != NULL)
			fail_msg("took: %s", row->text);
		snprintf(place, sizeof place, "main.conf:%d: ", row->line);
		if (strncmp(conf_why(), place, strlen(place)) != 0 ||
		    !strstr(conf_why(), row->says))
			fail_msg("%s: %s", row->text, conf_why());
	}
}

/* A value that is refused leaves no trace of what it is near to. */
static void
test_far_names_get_no_advice(void **state)
{
	(void)state;
	assert_null(conf_load("Colour blue"));
	assert_null(strstr(conf_why(), "did you mean"));
	assert_null(conf_load(
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa x"));
	assert_null(strstr(conf_why(), "did you mean"));
}

static void
test_long_values(void **state)
{
	char text[3000];

	(void)state;
	snprintf(text, sizeof text, "SocketGroup %01200d", 0);
	assert_null(conf_load(text));
	assert_non_null(strstr(conf_why(), "too long"));
	snprintf(text, sizeof text, "RejectText %0401d", 0);
	assert_null(conf_load(text));
	snprintf(text, sizeof text, "RejectText %0400d", 0);
	config_free(conf_good(text));
	snprintf(text, sizeof text, "QuarantineHeader X-%058d: YES", 0);
	config_free(conf_good(text));
	snprintf(text, sizeof text, "QuarantineHeader X-%059d: YES", 0);
	assert_null(conf_load(text));
	snprintf(text, sizeof text, "QuarantineHeader X-Junk: %0201d", 0);
	assert_null(conf_load(text));
	snprintf(text, sizeof text, "Override a.nl accept reason=%0201d", 0);
	assert_null(conf_load(text));
	snprintf(text, sizeof text, "AuthservID %0256d", 0);
	assert_null(conf_load(text));
	snprintf(text, sizeof text, "%02900d x", 0);
	assert_null(conf_load(text));
	assert_non_null(strstr(conf_why(), "main.conf:1: unknown setting"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_values),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_far_names_get_no_advice),
		cmocka_unit_test(test_long_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
