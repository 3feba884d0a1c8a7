#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/ip.h"
#include "config/config_opendmarc.h"
#include "config/config_syntax.h"
#include "config/config_text.h"

/* OpenDMARC looks at the first letter only.  -1: neither. */
static int
truth(const char *value, struct buf *why)
{
	if (*value != '\0' && strchr("TtYy1", *value) != NULL)
		return 1;
	if (*value != '\0' && strchr("FfNn0", *value) != NULL)
		return 0;
	config_text_refuse(why, value, "is neither yes nor no");
	return -1;
}

static bool
reject_failures(const char *value, struct buf *ours, struct buf *warning, struct buf *why)
{
	int yes = truth(value, why);

	(void)warning;
	buf_puts(ours, yes == 1 ? "OnReject reject" : "Mode monitor");
	return yes != -1;
}

/* Without it OpenDMARC leaves such mail as it is; we mark it at most. */
static bool
hold_quarantined(
    const char *value, struct buf *ours, struct buf *warning, struct buf *why)
{
	int yes = truth(value, why);

	(void)warning;
	if (yes == 1)
		buf_puts(ours, "OnQuarantine hold");
	return yes != -1;
}

int
config_opendmarc_mode(const char *value, bool *is_mode)
{
	long mask = config_syntax_digits(&value, 8);

	if (mask < 0 || mask > 0777 || *value != '\0')
		return -1;
	*is_mode = (mask & 0600) != 0;
	return (int)(0777 & ~mask);
}

static bool
umask_mode(const char *value, struct buf *ours, struct buf *warning, struct buf *why)
{
	bool is_mode = false;
	int mode = config_opendmarc_mode(value, &is_mode);

	if (mode == -1)
		return config_text_refuse(
		    why, value, "is not an octal mask such as 0007");
	buf_printf(ours, "SocketMode %04o", (unsigned)mode);
	if (is_mode)
		buf_printf(warning,
		    "UMask %04o removes the owner's own rights and leaves %04o: if the "
		    "mode "
		    "itself is meant, write SocketMode %04o",
		    (unsigned)(0777 & ~mode), (unsigned)mode, (unsigned)(0777 & ~mode));
	return true;
}

/* %s is the domain of From, %% a percent sign; another % is one for OpenDMARC's users. */
static bool
reject_string(const char *value, struct buf *ours, struct buf *warning, struct buf *why)
{
	(void)warning;
	(void)why;
	buf_puts(ours, "RejectText ");
	for (const char *p = value; *p != '\0'; p++) {
		if (*p != '%')
			buf_putc(ours, *p);
		else if (p[1] == 's')
			buf_puts(ours, "%{from}");
		else
			buf_puts(ours, "%%");
		if (*p == '%' && (p[1] == 's' || p[1] == '%'))
			p++;
	}
	return true;
}

#define CHOICE "RejectFailures"

static const char restarts[] = "systemd restarts the service";
static const char reports[] = "beschermd sends no failure reports";
static const char arc[] = "ARC is not evaluated; name forwarders in TrustedForwarders";
static const char own_spf[] = "beschermd always checks SPF itself";
static const char walk[] = "Discovery sets it, by default the tree walk of RFC 9989";
static const char history[] = "History keeps each verdict in a file of its own format";

static const struct config_opendmarc_key keys[] = {
	{ CHOICE, NULL, reject_failures },
	{ "HoldQuarantinedMessages", NULL, hold_quarantined },
	{ "RejectString", NULL, reject_string },
	{ "UMask", NULL, umask_mode },
	{ "AuthservIDWithJobID", "the log names the queue id", NULL },
	{ "AutoRestart", restarts, NULL },
	{ "AutoRestartCount", restarts, NULL },
	{ "AutoRestartRate", restarts, NULL },
	{ "Background", "the flag -f of beschermd sets it", NULL },
	{ "BaseDirectory", "paths are taken from the folder of the file that names them",
	    NULL },
	{ "ChangeRootDirectory", "the unit of systemd confines the service", NULL },
	{ "CopyFailuresTo", "no recipients are added; OnReject hold keeps such mail",
	    NULL },
	{ "DomainWhitelist", arc, NULL },
	{ "DomainWhitelistFile", arc, NULL },
	{ "DomainWhitelistSize", arc, NULL },
	{ "DMARCbisIgnorePct", "of pct= only pct=0 counts, as t=y", NULL },
	{ "DMARCbisWalkMode", walk, NULL },
	{ "DMARCbisWalkModeFallback", walk, NULL },
	{ "EnableCoredumps", "LimitCORE= of systemd does it", NULL },
	{ "FailureReports", reports, NULL },
	{ "FailureReportsBcc", reports, NULL },
	{ "FailureReportsOnNone", reports, NULL },
	{ "FailureReportsSentBy", reports, NULL },
	{ "ForensicReports", reports, NULL },
	{ "ForensicReportsBcc", reports, NULL },
	{ "ForensicReportsOnNone", reports, NULL },
	{ "ForensicReportsSentBy", reports, NULL },
	{ "HistoryFile", history, NULL },
	{ "IgnoreMailFrom", "use a line Override DOMAIN accept client=NETWORK for each",
	    NULL },
	{ "IgnoreMailTo", "no recipients are kept", NULL },
	{ "LogSPFDNS", "LogLevel debug shows what was asked", NULL },
	{ "MilterDebug", "LogLevel debug shows why", NULL },
	{ "NoReportsList", reports, NULL },
	{ "ReadCanonicalizedData", "beschermd hashes the message itself", NULL },
	{ "RecordAllMessages", history, NULL },
	{ "RejectMultiValueFrom", "OnBadFrom does it, by default reject", NULL },
	{ "RejectRequiredHeadersFailures",
	    "OnBadFrom looks at From, and at no other field", NULL },
	{ "ReportCommand", reports, NULL },
	{ "RequiredFrom", "OnBadFrom does it, by default reject", NULL },
	{ "RequiredHeaders", "OnBadFrom looks at From, and at no other field", NULL },
	{ "SoftwareHeader", "Authentication-Results names the host", NULL },
	{ "SPFIgnoreResults", own_spf, NULL },
	{ "SPFSelfValidate", own_spf, NULL },
	{ "TemporaryDirectory", "no files are written", NULL },
	{ "TestDNSData", "ZoneFile does it", NULL },
	{ "TweakQuarantine", "OnQuarantine sets it", NULL },
};

#define WALK "DMARCbisWalkMode"
#define KEYS (sizeof keys / sizeof keys[0])

const struct config_opendmarc_key *
config_opendmarc_keys(size_t *count)
{
	*count = KEYS;
	return keys;
}

const struct config_opendmarc_key *
config_opendmarc_find(const char *name)
{
	const struct config_opendmarc_key *others = NULL;

	for (size_t i = 0; i < KEYS; i++) {
		if (strcasecmp(keys[i].name, name) == 0)
			return &keys[i];
		if (strcmp(keys[i].name, WALK) == 0)
			others = &keys[i];
	}
	/* What else its walk may be told. */
	return strncasecmp(name, WALK, strlen(WALK)) == 0 ? others : NULL;
}

bool
config_opendmarc_is_choice(const struct config_opendmarc_key *key)
{
	return strcmp(key->name, CHOICE) == 0;
}

void
config_opendmarc_ask_choice(const char *key, struct buf *why)
{
	buf_printf(why,
	    "%s is a key of OpenDMARC, which refuses nothing by default; beschermd "
	    "does.  Add one of these lines:\n" CHOICE " no\n" CHOICE " yes",
	    key);
}

bool
config_opendmarc_translate(const struct config_opendmarc_key *key, const char *value,
    struct buf *ours, struct buf *warning, struct buf *why)
{
	if (key->translate != NULL)
		return key->translate(value, ours, warning, why);
	buf_printf(
	    warning, "%s of OpenDMARC has no use here: %s", key->name, key->instead);
	return true;
}

bool
config_opendmarc_uses(const char *setting)
{
	return strcmp(setting, "DNSTimeout") != 0;
}

/* The word of a line, such as "Syslog" of " Syslog yes"; its length. */
static size_t
word_of(const char **line)
{
	*line += strspn(*line, " \t");
	return strcspn(*line, " \t\r\n#");
}

bool
config_opendmarc_is_theirs(const char *text)
{
	for (const char *line = text; *line != '\0';) {
		const char *word = line;
		size_t len = word_of(&word);

		for (size_t i = 0; i < KEYS; i++) {
			if (len == strlen(keys[i].name) &&
			    strncasecmp(word, keys[i].name, len) == 0)
				return true;
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return false;
}

bool
config_opendmarc_is_path(const char *setting, const char *word, bool theirs)
{
	if (strcmp(setting, "IgnoreHosts") != 0)
		return false;
	/* opendmarc.conf(5) knows a path here and nothing else. */
	return *word == '/' || (theirs && config_opendmarc_is_host(word) &&
				   strcasecmp(word, "localhost") != 0);
}

/* The bits of a mask such as 255.255.255.0; -1: it is none. */
static int
mask_bits(const char *text)
{
	struct ip mask;
	int bits = 0;

	if (strchr(text, '.') == NULL || !ip_parse(text, &mask) || mask.family != IP_V4)
		return -1;
	while (bits < 32 && (mask.octets[bits / 8] & (0x80U >> bits % 8)) != 0)
		bits++;
	for (int i = bits; i < 32; i++) {
		if ((mask.octets[i / 8] & (0x80U >> i % 8)) != 0)
			return -1;
	}
	return bits;
}

const char *
config_opendmarc_address(char *entry)
{
	char *end, *slash;
	int bits;

	if (*entry == '[' && (end = strchr(entry, ']')) != NULL) {
		memmove(end, end + 1, strlen(end + 1) + 1);
		entry++;
	}
	slash = strchr(entry, '/');
	bits = slash != NULL && strchr(entry, ':') == NULL ? mask_bits(slash + 1) : -1;
	/* A mask is seven octets long at least, so there is room for its bits. */
	if (bits >= 0)
		snprintf(slash + 1, 3, "%d", bits);
	return entry;
}

bool
config_opendmarc_is_host(const char *entry)
{
	bool letter = false;

	for (const char *p = entry; *p != '\0'; p++) {
		if (!ascii_is_alpha(*p) && !ascii_is_digit(*p) &&
		    strchr("-._*", *p) == NULL)
			return false;
		letter = letter || ascii_is_alpha(*p);
	}
	return letter && strcasecmp(entry, "local") != 0;
}
