#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <syslog.h> /* names only: LOG_MAIL and its like */

#include "base/buf.h"
#include "base/log.h"
#include "config/config.h"
#include "config/config_near.h"
#include "config/config_opendmarc.h"
#include "config/config_table.h"
#include "config/config_text.h"

static const struct config_word mode_words[] = {
	{ "enforce", CONFIG_ENFORCE },
	{ "monitor", CONFIG_MONITOR },
	{ NULL, 0 },
};

static const struct config_word action_words[] = {
	{ "accept", CONFIG_ACCEPT },
	{ "header", CONFIG_HEADER },
	{ "hold", CONFIG_HOLD },
	{ "reject", CONFIG_REJECT },
	{ "quarantine", CONFIG_QUARANTINE },
	{ NULL, 0 },
};

static const struct config_word quarantine_words[] = {
	{ "header", CONFIG_HEADER },
	{ "hold", CONFIG_HOLD },
	{ "reject", CONFIG_REJECT },
	{ "accept", CONFIG_ACCEPT },
	{ NULL, 0 },
};

static const struct config_word temperror_words[] = {
	{ "tempfail", CONFIG_TEMPFAIL },
	{ "accept", CONFIG_ACCEPT },
	{ "header", CONFIG_HEADER },
	{ NULL, 0 },
};

static const struct config_word unauthenticated_words[] = {
	{ "accept", CONFIG_ACCEPT },
	{ "header", CONFIG_HEADER },
	{ "hold", CONFIG_HOLD },
	{ "reject", CONFIG_REJECT },
	{ "tempfail", CONFIG_TEMPFAIL },
	{ NULL, 0 },
};

static const struct config_word discovery_words[] = {
	{ "treewalk", CONFIG_TREEWALK },
	{ "psl", CONFIG_PSL },
	{ NULL, 0 },
};

static const struct config_word dnssec_words[] = {
	{ "off", CONFIG_DNSSEC_OFF },
	{ "auto", CONFIG_DNSSEC_AUTO },
	{ "require", CONFIG_DNSSEC_REQUIRE },
	{ NULL, 0 },
};

static const struct config_word trace_words[] = {
	{ "doubtful", CONFIG_TRACE_DOUBTFUL },
	{ "all", CONFIG_TRACE_ALL },
	{ "none", CONFIG_TRACE_NONE },
	{ NULL, 0 },
};

static const struct config_word reports_words[] = {
	{ "no", CONFIG_REPORTS_NO },
	{ "listed", CONFIG_REPORTS_LISTED },
	{ "known", CONFIG_REPORTS_KNOWN },
	{ NULL, 0 },
};

static const struct config_word level_words[] = {
	{ "error", LOG_LEVEL_ERROR },
	{ "warning", LOG_LEVEL_WARNING },
	{ "info", LOG_LEVEL_INFO },
	{ "debug", LOG_LEVEL_DEBUG },
	{ NULL, 0 },
};

static const struct config_word format_words[] = {
	{ "text", LOG_AS_TEXT },
	{ "json", LOG_AS_JSON },
	{ NULL, 0 },
};

static const struct config_word facility_words[] = {
	{ "auth", LOG_AUTH },
	{ "authpriv", LOG_AUTHPRIV },
	{ "cron", LOG_CRON },
	{ "daemon", LOG_DAEMON },
	{ "ftp", LOG_FTP },
	{ "lpr", LOG_LPR },
	{ "mail", LOG_MAIL },
	{ "news", LOG_NEWS },
	{ "syslog", LOG_SYSLOG },
	{ "user", LOG_USER },
	{ "uucp", LOG_UUCP },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
	{ NULL, 0 },
};

#define AT(field) offsetof(struct config, field)

/* Every setting, in the order and the groups of the conf file. */
static const struct config_row rows[] = {
	{ "Mode", CONFIG_WORD, AT(mode), "enforce", 0, 0, mode_words,
	    "enforce, or monitor: judge, log and write results, but let all mail through",
	    "What is done with mail", NULL, false },
	{ "OnReject", CONFIG_WORD, AT(on_reject), "reject", 0, 0, action_words,
	    "DMARC fails and the policy is reject: accept, header, hold, reject, "
	    "quarantine",
	    NULL, NULL, false },
	{ "OnQuarantine", CONFIG_WORD, AT(on_quarantine), "header", 0, 0,
	    quarantine_words,
	    "DMARC fails and the policy is quarantine: header (a mark), hold, reject, "
	    "accept",
	    NULL, NULL, false },
	{ "OnListMail", CONFIG_WORD, AT(on_list_mail), "quarantine", 0, 0, action_words,
	    "Like OnReject, for mail that its mailing list has signed", NULL, NULL,
	    false },
	{ "OnBadFrom", CONFIG_WORD, AT(on_bad_from), "reject", 0, 0, action_words,
	    "Like OnReject, for mail without exactly one author domain in From", NULL,
	    NULL, false },
	{ "OnUnauthenticated", CONFIG_WORD, AT(on_unauthenticated), "accept", 0, 0,
	    unauthenticated_words,
	    "Neither SPF nor DKIM passes and there is no DMARC policy: accept, header, "
	    "hold, reject, tempfail",
	    NULL, NULL, false },
	{ "OnTempError", CONFIG_WORD, AT(on_temperror), "tempfail", 0, 0, temperror_words,
	    "DNS gave no answer: tempfail (the sender tries again), accept, header", NULL,
	    NULL, false },
	{ "QuarantineHeader", CONFIG_MARK, 0, "X-Spam-Flag: YES", 0, 0, NULL,
	    "The field that the action header adds, for Sieve to sort by", NULL, NULL,
	    false },
	{ "RejectCode", CONFIG_CODE, 0, "550 5.7.26", 0, 0, NULL,
	    "The codes of a refusal, both of class 5", NULL, NULL, false },
	{ "RejectText", CONFIG_TEXT, AT(reject_text), "", 0, 0, NULL,
	    "The text of a refusal; if empty: which part failed and why, in English",
	    NULL,
	    "Deze e-mail is geweigerd: de afzender %{from} is niet vast te stellen "
	    "(DMARC-beleid: %{policy}, SPF: %{spf}, DKIM: %{dkim}). Kenmerk: "
	    "%{queueid}",
	    false },
	{ "Override", CONFIG_OVERRIDES, 0, "", 0, 0, NULL,
	    "DOMAIN ACTION [until=YYYY-MM-DD] [client=NETWORK] [reason=\"...\"]", NULL,
	    "example.nl accept client=192.0.2.0/24 until=2027-01-31 "
	    "reason=\"moving to a new mailer\"",
	    false },
	{ "IgnoreHosts", CONFIG_NETWORKS, AT(ignore_hosts), "127.0.0.0/8, ::1, local", 0,
	    0, NULL,
	    "Clients whose mail is not looked at: scanners, school system, own servers",
	    "Who is known", NULL, false },
	{ "IgnoreAuthenticatedClients", CONFIG_BOOL, AT(ignore_authenticated_clients),
	    "yes", 0, 0, NULL,
	    "Accept mail from users who logged in (SMTP AUTH) without checks", NULL, NULL,
	    false },
	{ "TrustedForwarders", CONFIG_FORWARDERS, 0, "", 0, 0, NULL,
	    "Forwarders whose mail is accepted although DMARC fails: addresses, or "
	    ".domain; only=forwarded",
	    NULL, "192.0.2.1 only=forwarded", false },
	{ "TrustedLists", CONFIG_DOMAINS, AT(trusted_lists), "", 0, 0, NULL,
	    "Domains of mailing lists; once one is named, OnListMail applies only to "
	    "these",
	    NULL, NULL, false },
	{ "TrustedRelays", CONFIG_NETWORKS, AT(trusted_relays), "", 0, 0, NULL,
	    "Gateways in front of us: SPF checks the client that they saw", NULL, NULL,
	    false },
	{ "RelayResults", CONFIG_RELAY_RESULTS, 0, "", 0, 0, NULL,
	    "ID [strips]: a pass in the Authentication-Results that they write under "
	    "this name counts",
	    NULL, NULL, false },
	{ "AuthservID", CONFIG_ID, AT(authserv_id), "", 0, 0, NULL,
	    "Our name in Authentication-Results; if empty: the name of the MTA", NULL,
	    NULL, false },
	{ "TrustedAuthservIDs", CONFIG_IDS, AT(trusted_authserv_ids), "", 0, 0, NULL,
	    "Names of our other filters in Authentication-Results, which stay", NULL,
	    NULL, false },
	{ "SPFCheckHelo", CONFIG_BOOL, AT(spf_check_helo), "no", 0, 0, NULL,
	    "Check the HELO name too: a separate result, which DMARC does not use",
	    "Checks", NULL, false },
	{ "SPFVoidLookups", CONFIG_INT, AT(spf_void_lookups), "2", 0, 10, NULL,
	    "Lookups of an SPF record that may find nothing; one more is permerror", NULL,
	    NULL, false },
	{ "ReceivedSPF", CONFIG_BOOL, AT(received_spf), "no", 0, 0, NULL,
	    "Add a Received-SPF field too", NULL, NULL, false },
	{ "MinimumKeyBits", CONFIG_INT, AT(minimum_key_bits), "1024", 1024, 4096, NULL,
	    "Shorter RSA keys of DKIM do not count", NULL, NULL, false },
	{ "MaximumSignatures", CONFIG_INT, AT(maximum_signatures), "10", 1, 50, NULL,
	    "How many DKIM signatures of one message are verified", NULL, NULL, false },
	{ "MaximumHeaderBytes", CONFIG_INT, AT(maximum_header_bytes), "262144", 16384,
	    16777216, NULL,
	    "Octets of header that are kept; with more, DKIM is not verified", NULL, NULL,
	    false },
	{ "MaximumHeaders", CONFIG_INT, AT(maximum_headers), "1000", 50, 100000, NULL,
	    "Header fields that are kept; with more, DKIM is not verified", NULL, NULL,
	    false },
	{ "Discovery", CONFIG_WORD, AT(discovery), "treewalk", 0, 0, discovery_words,
	    "How the policy is found: treewalk (RFC 9989) or psl (RFC 7489)", NULL, NULL,
	    false },
	{ "PublicSuffixList", CONFIG_STRING, AT(public_suffix_list), "", 0, 0, NULL,
	    "File with the public suffix list; if empty: that of the system", NULL, NULL,
	    false },
	{ "Nameservers", CONFIG_SERVERS, AT(nameservers), "", 0, 0, NULL,
	    "ADDRESS or ADDRESS@PORT, or recursive; if empty: those of resolv.conf",
	    "DNS", NULL, false },
	{ "DNSSEC", CONFIG_WORD, AT(dnssec), "auto", 0, 0, dnssec_words,
	    "auto (validate if the name servers allow it), require, off", NULL, NULL,
	    false },
	{ "TrustAnchorFile", CONFIG_STRING, AT(trust_anchor_file), "", 0, 0, NULL,
	    "File with the key of the root; if empty: that of dns-root-data", NULL, NULL,
	    false },
	{ "DNSTimeout", CONFIG_TIME, AT(dns_timeout_ms), "20s", 100, 60000, NULL,
	    "How long DNS may keep one message waiting", NULL, NULL, false },
	{ "Prefetch", CONFIG_BOOL, AT(prefetch), "yes", 0, 0, NULL,
	    "Ask DNS early, while the message is still coming in", NULL, NULL, false },
	{ "ZoneFile", CONFIG_STRING, AT(zone_file), "", 0, 0, NULL,
	    "Answer only from this zone file and ask nobody: for trials", NULL, NULL,
	    false },
	{ "History", CONFIG_STRING, AT(history), "", 0, 0, NULL,
	    "File that remembers each verdict, such as /var/lib/beschermd/history.db; "
	    "if empty: none",
	    "History", NULL, true },
	{ "HistoryDays", CONFIG_INT, AT(history_days), "30", 1, 3650, NULL,
	    "How many days a verdict is remembered", NULL, NULL, false },
	{ "HistoryTrace", CONFIG_WORD, AT(history_trace), "doubtful", 0, 0, trace_words,
	    "doubtful, all, none: for which messages every step is kept", NULL, NULL,
	    false },
	{ "HistoryTraceDays", CONFIG_INT, AT(history_trace_days), "7", 0, 3650, NULL,
	    "How many days the steps are kept", NULL, NULL, false },
	{ "HistoryCountDays", CONFIG_INT, AT(history_count_days), "400", 1, 3650, NULL,
	    "How many days counts by sender domain are kept", NULL, NULL, false },
	{ "HistoryQueueBytes", CONFIG_INT, AT(history_queue_bytes), "16777216", 65536,
	    1073741824, NULL,
	    "Memory for what is not yet on disk; beyond that verdicts are only counted",
	    NULL, NULL, false },
	{ "HistoryMaximumMB", CONFIG_INT, AT(history_maximum_mb), "4096", 16, 1048576,
	    NULL,
	    "Size of the file; when it is reached, the oldest verdicts are removed early",
	    NULL, NULL, false },
	{ "HistoryMinimumFreeMB", CONFIG_INT, AT(history_minimum_free_mb), "256", 32,
	    1048576, NULL, "Disk space that is left to others", NULL, NULL, false },
	{ "HistoryShared", CONFIG_CONNINFO, AT(history_shared), "", 0, 0, NULL,
	    "PostgreSQL to which beschermctl ship copies it, for several hosts: "
	    "host=... dbname=...; if empty: none",
	    NULL, NULL, false },
	{ "Metrics", CONFIG_METRICS, AT(metrics), "", 0, 0, NULL,
	    "File for Prometheus, such as /run/beschermd/metrics.prom; if empty: none",
	    NULL, NULL, false },
	{ "Reports", CONFIG_WORD, AT(reports), "no", 0, 0, reports_words,
	    "no, listed, known: to which sender domains a report is sent each day",
	    "Reports to sender domains", NULL, false },
	{ "ReportDomains", CONFIG_DOMAINS, AT(report_domains), "", 0, 0, NULL,
	    "Domains that get reports, and those below them", NULL, NULL, false },
	{ "ReportExclude", CONFIG_EXCLUDES, AT(report_exclude), "", 0, 0, NULL,
	    "Domains and addresses that never get a report", NULL, NULL, false },
	{ "ReportFrom", CONFIG_ADDRESS, AT(report_from), "", 0, 0, NULL,
	    "Sender of reports, at a domain whose DMARC record asks for none", NULL, NULL,
	    false },
	{ "ReportSubmitter", CONFIG_DOMAIN, AT(report_submitter), "", 0, 0, NULL,
	    "The domain that reports; if empty: the organization of ReportFrom", NULL,
	    NULL, false },
	{ "ReportName", CONFIG_STRING, AT(report_name), "", 0, 0, NULL,
	    "Your name in reports, without blanks; if empty: the submitter", NULL, NULL,
	    false },
	{ "ReportContact", CONFIG_STRING, AT(report_contact), "", 0, 0, NULL,
	    "How to reach you about reports: an address or a URL", NULL, NULL, false },
	{ "ReportMinimumDays", CONFIG_INT, AT(report_minimum_days), "7", 2, 30, NULL,
	    "How many days with accepted mail make a domain known", NULL, NULL, false },
	{ "ReportMaximum", CONFIG_INT, AT(report_maximum), "500", 1, 100000, NULL,
	    "How many mails are sent in one run", NULL, NULL, false },
	{ "ReportMaximumMB", CONFIG_INT, AT(report_maximum_mb), "5", 1, 100, NULL,
	    "Size of one mail; larger ones are not sent", NULL, NULL, false },
	{ "ReportSendmail", CONFIG_STRING, AT(report_sendmail), "/usr/sbin/sendmail", 0,
	    0, NULL, "Program that takes the mail", NULL, NULL, false },
	{ "ReportBounces", CONFIG_STRING, AT(report_bounces), "", 0, 0, NULL,
	    "Maildir with what came back, for beschermctl report --bounces", NULL, NULL,
	    false },
	{ "Socket", CONFIG_SOCKET, AT(socket), "unix:/run/beschermd/beschermd.sock", 0, 0,
	    NULL, "unix:/path, inet:port@host or inet6:port@host", "Service", NULL,
	    true },
	{ "SocketMode", CONFIG_MODE, AT(socket_mode), "0660", 0, 0777, NULL,
	    "Permissions of a unix socket", NULL, NULL, true },
	{ "SocketGroup", CONFIG_STRING, AT(socket_group), "", 0, 0, NULL,
	    "Group of a unix socket, which the MTA must be in, such as postfix", NULL,
	    NULL, true },
	{ "UserID", CONFIG_STRING, AT(user_id), "beschermd", 0, 0, NULL,
	    "The user to become when started as root", NULL, NULL, true },
	{ "PidFile", CONFIG_STRING, AT(pid_file), "", 0, 0, NULL,
	    "File for the process id; systemd needs none", NULL, NULL, true },
	{ "Syslog", CONFIG_BOOL, AT(syslog), "yes", 0, 0, NULL, "Log to syslog", NULL,
	    NULL, true },
	{ "SyslogFacility", CONFIG_WORD, AT(syslog_facility), "mail", 0, 0,
	    facility_words, "mail, daemon, local0 to local7, ...", NULL, NULL, true },
	{ "LogLevel", CONFIG_WORD, AT(log_level), "info", 0, 0, level_words,
	    "error, warning, info (one line per message), debug", NULL, NULL, false },
	{ "LogFormat", CONFIG_WORD, AT(log_format), "text", 0, 0, format_words,
	    "text, or json: each line is one object", NULL, NULL, false },
};

#define ROWS (sizeof rows / sizeof rows[0])

const struct config_row *
config_table_rows(size_t *count)
{
	*count = ROWS;
	return rows;
}

size_t
config_table_index(const struct config_row *row)
{
	return (size_t)(row - rows);
}

const struct config_row *
config_table_find(const char *name)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strcasecmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

const struct netlist *
config_table_networks(const struct config *config, const struct config_row *row)
{
	return (const void *)((const char *)config + row->offset);
}

const struct config_word *
config_table_actions(void)
{
	return action_words;
}

bool
config_table_word(
    const struct config_word *words, const char *text, int *value, struct buf *why)
{
	for (const struct config_word *w = words; w->word != NULL; w++) {
		if (strcasecmp(w->word, text) == 0) {
			*value = w->value;
			return true;
		}
	}
	config_text_refuse(why, text, "is not one of");
	for (const struct config_word *w = words; w->word != NULL; w++)
		buf_printf(why, "%s %s", w == words ? "" : ",", w->word);
	return false;
}

const char *
config_table_word_of(const struct config_word *words, int value)
{
	while (words->word != NULL && words->value != value)
		words++;
	return words->word != NULL ? words->word : "";
}

const char *
config_table_nearest(const char *name)
{
	struct config_near near;
	size_t theirs;
	const struct config_opendmarc_key *keys = config_opendmarc_keys(&theirs);

	config_near_begin(&near, name);
	for (size_t i = 0; i < ROWS; i++)
		config_near_try(&near, rows[i].name);
	for (size_t i = 0; i < theirs; i++)
		config_near_try(&near, keys[i].name);
	return near.found;
}
