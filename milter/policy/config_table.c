#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <syslog.h> /* names only: LOG_MAIL and its like */

#include "base/log.h"
#include "policy/config.h"
#include "policy/config_table.h"

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

static const struct config_word level_words[] = {
	{ "error", LOG_LEVEL_ERROR },
	{ "warning", LOG_LEVEL_WARNING },
	{ "info", LOG_LEVEL_INFO },
	{ "debug", LOG_LEVEL_DEBUG },
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
	    "enforce, or monitor: judge, log and write headers, but let all mail through",
	    "What is done with mail", NULL },
	{ "OnReject", CONFIG_WORD, AT(on_reject), "reject", 0, 0, action_words,
	    "DMARC fails, policy reject: accept, header, hold, reject or quarantine",
	    NULL, NULL },
	{ "OnQuarantine", CONFIG_WORD, AT(on_quarantine), "header", 0, 0,
	    quarantine_words,
	    "DMARC fails, policy quarantine: header (mark), hold, reject or accept", NULL,
	    NULL },
	{ "OnListMail", CONFIG_WORD, AT(on_list_mail), "quarantine", 0, 0, action_words,
	    "policy reject, but from an authenticated mailing list: as OnReject", NULL,
	    NULL },
	{ "OnBadFrom", CONFIG_WORD, AT(on_bad_from), "reject", 0, 0, action_words,
	    "no From, several, or none that can be read: as OnReject", NULL, NULL },
	{ "OnTempError", CONFIG_WORD, AT(on_temperror), "tempfail", 0, 0, temperror_words,
	    "DNS gave no answer: tempfail (sender tries again), accept or header", NULL,
	    NULL },
	{ "QuarantineHeader", CONFIG_MARK, 0, "X-Spam-Flag: YES", 0, 0, NULL,
	    "the field that header adds, for Sieve to sort by", NULL, NULL },
	{ "RejectCode", CONFIG_CODE, 0, "550 5.7.26", 0, 0, NULL,
	    "the codes of a refusal, both of class 5 (RFC 7372)", NULL, NULL },
	{ "RejectText", CONFIG_TEXT, AT(reject_text), "", 0, 0, NULL,
	    "the text of a refusal; empty: says which part failed and why", NULL,
	    "Deze e-mail is geweigerd: de afzender %{from} is niet vast te stellen "
	    "(DMARC-beleid: %{policy}, SPF: %{spf}, DKIM: %{dkim}). Kenmerk: "
	    "%{queueid}" },
	{ "Override", CONFIG_OVERRIDES, 0, "", 0, 0, NULL,
	    "DOMAIN ACTION [until=YYYY-MM-DD] [client=NETWORK] [reason=\"...\"]", NULL,
	    "example.nl accept client=192.0.2.0/24 until=2027-01-31 "
	    "reason=\"moving to a new mailer\"" },
	{ "IgnoreHosts", CONFIG_NETWORKS, AT(ignore_hosts), "127.0.0.0/8, ::1, local", 0,
	    0, NULL, "clients whose mail is not looked at: scanners, own servers",
	    "Who is known", NULL },
	{ "IgnoreAuthenticatedClients", CONFIG_BOOL, AT(ignore_authenticated_clients),
	    "yes", 0, 0, NULL, "accept without checks who has logged in (SMTP AUTH)",
	    NULL, NULL },
	{ "TrustedForwarders", CONFIG_NETWORKS, AT(trusted_forwarders), "", 0, 0, NULL,
	    "forwarders whose mail may fail DMARC", NULL, NULL },
	{ "TrustedLists", CONFIG_DOMAINS, AT(trusted_lists), "", 0, 0, NULL,
	    "domains of mailing lists; if any is named, OnListMail is for these alone",
	    NULL, NULL },
	{ "TrustedRelays", CONFIG_NETWORKS, AT(trusted_relays), "", 0, 0, NULL,
	    "our own gateways: SPF looks at the client that they had", NULL, NULL },
	{ "AuthservID", CONFIG_ID, AT(authserv_id), "", 0, 0, NULL,
	    "our name in Authentication-Results; empty: the MTA's own", NULL, NULL },
	{ "TrustedAuthservIDs", CONFIG_IDS, AT(trusted_authserv_ids), "", 0, 0, NULL,
	    "names of earlier filters of ours, whose results stay", NULL, NULL },
	{ "SPFCheckHelo", CONFIG_BOOL, AT(spf_check_helo), "no", 0, 0, NULL,
	    "also check the HELO name; a result of its own, not used by DMARC", "Checks",
	    NULL },
	{ "ReceivedSPF", CONFIG_BOOL, AT(received_spf), "no", 0, 0, NULL,
	    "also add a Received-SPF field", NULL, NULL },
	{ "MinimumKeyBits", CONFIG_INT, AT(minimum_key_bits), "1024", 1024, 4096, NULL,
	    "RSA keys with less do not count (RFC 8301)", NULL, NULL },
	{ "MaximumSignatures", CONFIG_INT, AT(maximum_signatures), "10", 1, 50, NULL,
	    "DKIM signatures that are verified", NULL, NULL },
	{ "MaximumHeaderBytes", CONFIG_INT, AT(maximum_header_bytes), "262144", 16384,
	    16777216, NULL, "octets of header that are kept", NULL, NULL },
	{ "MaximumHeaders", CONFIG_INT, AT(maximum_headers), "1000", 50, 100000, NULL,
	    "header fields that are kept", NULL, NULL },
	{ "Discovery", CONFIG_WORD, AT(discovery), "treewalk", 0, 0, discovery_words,
	    "whose policy holds: treewalk (RFC 9989) or psl (RFC 7489)", NULL, NULL },
	{ "PublicSuffixList", CONFIG_STRING, AT(public_suffix_list), "", 0, 0, NULL,
	    "the list for Discovery psl; empty: the system's", NULL, NULL },
	{ "Nameservers", CONFIG_SERVERS, AT(nameservers), "", 0, 0, NULL,
	    "ADDRESS or ADDRESS@PORT, or recursive; empty: those of resolv.conf", "DNS",
	    NULL },
	{ "DNSSEC", CONFIG_WORD, AT(dnssec), "auto", 0, 0, dnssec_words,
	    "auto (validate if the name servers let us), require or off", NULL, NULL },
	{ "TrustAnchorFile", CONFIG_STRING, AT(trust_anchor_file), "", 0, 0, NULL,
	    "the root's key; empty: that of the package dns-root-data", NULL, NULL },
	{ "DNSTimeout", CONFIG_TIME, AT(dns_timeout_ms), "20s", 100, 60000, NULL,
	    "how long DNS may keep one message waiting", NULL, NULL },
	{ "Prefetch", CONFIG_BOOL, AT(prefetch), "yes", 0, 0, NULL,
	    "ask DNS early, while the message still comes in", NULL, NULL },
	{ "ZoneFile", CONFIG_STRING, AT(zone_file), "", 0, 0, NULL,
	    "answer from this zone file alone and ask nobody: for trials", NULL, NULL },
	{ "Socket", CONFIG_STRING, AT(socket), "unix:/run/beschermd/beschermd.sock", 0, 0,
	    NULL, "unix:/path, inet:port@host or inet6:port@host", "Service", NULL },
	{ "SocketMode", CONFIG_MODE, AT(socket_mode), "0660", 0, 0777, NULL,
	    "permissions of a unix socket", NULL, NULL },
	{ "SocketGroup", CONFIG_STRING, AT(socket_group), "", 0, 0, NULL,
	    "its group, which the MTA must be in", NULL, NULL },
	{ "UserID", CONFIG_STRING, AT(user_id), "beschermd", 0, 0, NULL,
	    "the user to become when started as root", NULL, NULL },
	{ "PidFile", CONFIG_STRING, AT(pid_file), "", 0, 0, NULL,
	    "where to write the process id; systemd needs none", NULL, NULL },
	{ "Syslog", CONFIG_BOOL, AT(syslog), "yes", 0, 0, NULL,
	    "log to syslog; not with -f, unless -l is given too", NULL, NULL },
	{ "SyslogFacility", CONFIG_WORD, AT(syslog_facility), "mail", 0, 0,
	    facility_words, "mail, daemon, local0 to local7, ...", NULL, NULL },
	{ "LogLevel", CONFIG_WORD, AT(log_level), "info", 0, 0, level_words,
	    "error, warning, info (one line a message) or debug", NULL, NULL },
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

#define NAME_MAX_OCTETS 40

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* How many letters to add, drop or change (Levenshtein), whatever their case. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_OCTETS + 1];
	size_t blen = strlen(b);

	for (size_t j = 0; j <= blen; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t above = row[j];
			bool same = strncasecmp(&a[i - 1], &b[j - 1], 1) == 0;

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + !same);
			diagonal = above;
		}
	}
	return row[blen];
}

const struct config_row *
config_table_nearest(const char *name)
{
	const struct config_row *nearest = NULL;
	size_t len = strlen(name), best = 1 + (len < 9 ? 2 : len / 3);

	if (len > NAME_MAX_OCTETS)
		return NULL;
	for (size_t i = 0; i < ROWS; i++) {
		size_t d = distance(name, rows[i].name);

		if (d < best) {
			best = d;
			nearest = &rows[i];
		}
	}
	return nearest;
}
