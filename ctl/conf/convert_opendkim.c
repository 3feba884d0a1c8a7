#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config_syntax.h"
#include "config/config_table.h"
#include "ctl/conf/convert.h"
#include "ctl/conf/convert_hosts.h"
#include "ctl/conf/convert_opendkim.h"
#include "ctl/text.h"

/*
 * The keys of opendkim.conf(5), from version 2.0 to the development after 2.11.  Only
 * what bears on verifying is converted; OpenDKIM stays where mail is signed.
 */
static const char signing[] = "signing: OpenDKIM stays for that";
static const char service[] = "OpenDKIM's own service";
static const char hosts[] =
    "clients that OpenDKIM did not verify; if they send without login, put their "
    "addresses into IgnoreHosts";
static const char action[] = "no DKIM result alone refuses mail; DMARC decides";
static const char no_use[] = "no equivalent, and none is needed";
static const char reports[] = "beschermd sends no reports";
static const char resolver[] = "beschermd asks through libunbound";
static const char adsp[] = "ADSP is historic (RFC 5617); DMARC replaced it";
static const char not_there[] = "no equivalent: beschermd does not do it";

/* Is ${value} a number less than ${least}?  Any other text is for convert_set(). */
static bool
is_below(const char *value, long least)
{
	long n = config_syntax_digits(&value, 10);

	return n >= 0 && *value == '\0' && n < least;
}

/* A number that is the same as in our ${name}, where that has no lower end. */
static void
set_at_most(struct convert *c, const char *name)
{
	const long most = config_table_find(name)->max;
	const char *rest = c->entry->value;
	long n = config_syntax_digits(&rest, 10);
	char text[24];

	if (n <= most || *rest != '\0') {
		convert_set(c, name, c->entry->value);
		return;
	}
	convert_warn(
	    c, _("%s %s: %ld is the maximum"), c->entry->key, c->entry->value, most);
	snprintf(text, sizeof text, "%ld", most);
	convert_set(c, name, text);
}

static void
key_bits(struct convert *c)
{
	const char *value = c->entry->value;

	/* RFC 8301 section 3.2: shorter ones must not count. */
	if (is_below(value, 1024)) {
		convert_warn(c,
		    _("MinimumKeyBits %s: keys below 1024 bits never count (RFC 8301)"),
		    value);
		convert_quote(c, "RFC 8301: 1024 is the minimum");
		convert_set(c, "MinimumKeyBits", "1024");
		return;
	}
	convert_quote(c, NULL);
	set_at_most(c, "MinimumKeyBits");
}

static void
signatures(struct convert *c)
{
	if (is_below(c->entry->value, 1)) {
		convert_quote(c, "the default is kept, because 1 is the minimum");
		return;
	}
	convert_quote(c, NULL);
	set_at_most(c, "MaximumSignatures");
}

static void
header_bytes(struct convert *c)
{
	/* OpenDKIM refuses more; we keep no more, and judge what we have. */
	if (is_below(c->entry->value, 16384)) {
		convert_quote(
		    c, "octets: the default is kept, because 16384 is the minimum");
		return;
	}
	convert_quote(c, "octets: that is MaximumHeaderBytes");
	set_at_most(c, "MaximumHeaderBytes");
}

static void
nameservers(struct convert *c)
{
	char *copy = mem_strdup(c->entry->value), *rest = copy, *word, *list = NULL;
	size_t size;
	FILE *out = open_memstream(&list, &size);

	if (out == NULL)
		abort(); /* out of memory */
	while ((word = strsep(&rest, " \t,")) != NULL) {
		if (*word != '\0' && config_syntax_is_server(word))
			fprintf(out, "%s%s", ftell(out) > 0 ? ", " : "", word);
		else if (*word != '\0')
			convert_warn(c, _("%s: %.255s is not an address and is left out"),
			    c->entry->key, word);
	}
	fclose(out);
	free(copy);
	convert_quote(c, *list == '\0' ? "the servers of resolv.conf are asked" : NULL);
	if (*list != '\0')
		convert_set(c, "Nameservers", list);
	free(list);
}

static void
trust_anchor(struct convert *c)
{
	if (access(c->entry->value, R_OK) == -1) {
		convert_quote(c, "it cannot be read: the default is kept");
		convert_warn(c, _("%s %s cannot be read: left out"), c->entry->key,
		    c->entry->value);
		return;
	}
	convert_quote(c, NULL);
	convert_set(c, "TrustAnchorFile", c->entry->value);
}

/* Not converted: OnTempError is for the answers that SPF and DMARC wait for, too. */
static void
on_dns_error(struct convert *c)
{
	convert_quote(c, "OnTempError is for this, and by default tempfail");
	if (strncasecmp(c->entry->value, "t", 1) != 0)
		convert_warn(c,
		    _("%s %s is not taken over: without an answer from DNS OnTempError "
		      "applies, "
		      "by default tempfail"),
		    c->entry->key, c->entry->value);
}

static void
on_result(struct convert *c)
{
	convert_quote(c, action);
	if (strncasecmp(c->entry->value, "a", 1) != 0)
		convert_warn(c,
		    _("%s %s refused mail by DKIM alone: here DMARC decides, and the "
		      "From domain's policy"),
		    c->entry->key, c->entry->value);
}

static void
authserv_id(struct convert *c)
{
	if (!c->alone) {
		convert_quote(
		    c, "AuthservID of OpenDMARC's file counts, or the MTA's name");
		return;
	}
	convert_quote(c, NULL);
	convert_set(c, "AuthservID", c->entry->value);
}

/* OpenDKIM signs for them, and verifies nothing: hosts that send without login. */
static void
internal_hosts(struct convert *c)
{
	char *list = convert_hosts_file(c, c->entry->value);

	convert_hosts_put(c, "IgnoreHosts", list);
	free(list);
}

static const struct convert_key keys[] = {
	{ "AddAllSignatureResults", "each signature has its result", NULL },
	{ "AddCanonicalizedData", not_there, NULL },
	{ "ADSPAction", adsp, NULL },
	{ "ADSPDiscard", adsp, NULL },
	{ "ADSPNoSuchDomain", adsp, NULL },
	{ "AllowSHA1Only", "rsa-sha1 never counts (RFC 8301)", NULL },
	{ "AlwaysAddARHeader", "Authentication-Results is always added", NULL },
	{ "ATPSDomains", not_there, NULL },
	{ "ATPSHashAlgorithm", not_there, NULL },
	{ "AuthservID", NULL, authserv_id },
	{ "AuthservIDWithJobID", "the log names the queue id", NULL },
	{ "AutoRestart", service, NULL },
	{ "AutoRestartCount", service, NULL },
	{ "AutoRestartRate", service, NULL },
	{ "Background", service, NULL },
	{ "BaseDirectory", service, NULL },
	{ "BodyLengthDB", signing, NULL },
	{ "BogusKey", "an answer that DNSSEC shows to be forged is no answer", NULL },
	{ "BogusPolicy", adsp, NULL },
	{ "CaptureUnknownErrors", no_use, NULL },
	{ "Canonicalization", signing, NULL },
	{ "ChangeRootDirectory", service, NULL },
	{ "CheckSigningTable", signing, NULL },
	{ "ClockDrift", "t= may be 12 hours ahead, x= 5 minutes past", NULL },
	{ "ConditionalSignatures", signing, NULL },
	{ "DefaultSender", signing, NULL },
	{ "Diagnostics", not_there, NULL },
	{ "DiagnosticDirectory", not_there, NULL },
	{ "DisableADSP", adsp, NULL },
	{ "DisableCryptoInit", no_use, NULL },
	{ "DKIMReputationFail", not_there, NULL },
	{ "DKIMReputationPass", not_there, NULL },
	{ "DKIMReputationReject", not_there, NULL },
	{ "DKIMReputationRoot", not_there, NULL },
	{ "DNSConnect", resolver, NULL },
	{ "DNSTimeout", "DNSTimeout here is for a whole message: the default is kept",
	    NULL },
	{ "Domain", signing, NULL },
	{ "DomainKeysCompat", no_use, NULL },
	{ "DontSignMailTo", signing, NULL },
	{ "EnableCoredumps", service, NULL },
	{ "ExemptDomains", "use a line Override DOMAIN accept client=NETWORK for each",
	    NULL },
	{ "ExternalIgnoreList", "it only silences a line of OpenDKIM's log", NULL },
	{ "FinalPolicyScript", not_there, NULL },
	{ "FixCRLF", no_use, NULL },
	{ "FlowData", not_there, NULL },
	{ "FlowDataFactor", not_there, NULL },
	{ "FlowDataTTL", not_there, NULL },
	{ "IdentityHeader", signing, NULL },
	{ "IdentityHeaderRemove", signing, NULL },
	{ "IgnoreMalformedMail", not_there, NULL },
	{ "Include", NULL, convert_include },
	{ "InternalHosts", NULL, internal_hosts },
	{ "KeepAuthResults", "forged results are always removed", NULL },
	{ "KeepTemporaryFiles", no_use, NULL },
	{ "KeyFile", signing, NULL },
	{ "KeyTable", signing, NULL },
	{ "LDAPAuthMechanism", signing, NULL },
	{ "LDAPAuthName", signing, NULL },
	{ "LDAPAuthRealm", signing, NULL },
	{ "LDAPAuthUser", signing, NULL },
	{ "LDAPBindPassword", signing, NULL },
	{ "LDAPBindUser", signing, NULL },
	{ "LDAPDisableCache", signing, NULL },
	{ "LDAPKeepaliveIdle", signing, NULL },
	{ "LDAPKeepaliveInterval", signing, NULL },
	{ "LDAPKeepaliveProbes", signing, NULL },
	{ "LDAPSoftStart", signing, NULL },
	{ "LDAPTimeout", signing, NULL },
	{ "LDAPUseTLS", signing, NULL },
	{ "LocalADSP", adsp, NULL },
	{ "LogResults", "the log has one line per message", NULL },
	{ "LogWhy", "LogLevel debug shows why", NULL },
	{ "LuaOnlySigning", signing, NULL },
	{ "MacroList", signing, NULL },
	{ "MaximumHeaders", NULL, header_bytes },
	{ "MaximumSignaturesToVerify", NULL, signatures },
	{ "MaximumSignedBytes", signing, NULL },
	{ "MilterDebug", "LogLevel debug shows why", NULL },
	{ "Minimum", "a signature with l= that does not cover the body does not count",
	    NULL },
	{ "MinimumKeyBits", NULL, key_bits },
	{ "Mode", "write Mode s into that file: OpenDKIM then signs only", NULL },
	{ "MTA", signing, NULL },
	{ "MTACommand", service, NULL },
	{ "MultipleSignatures", signing, NULL },
	{ "MustBeSigned", not_there, NULL },
	{ "Nameservers", NULL, nameservers },
	{ "NoDiscardableMailTo", adsp, NULL },
	{ "NoHeaderB", "header.b= is always written", NULL },
	{ "OmitHeaders", signing, NULL },
	{ "On-BadSignature", NULL, on_result },
	{ "On-Default", NULL, on_result },
	{ "On-DNSError", NULL, on_dns_error },
	{ "On-InternalError", "a fault of its own never lets mail in unchecked", NULL },
	{ "On-KeyNotFound", NULL, on_result },
	{ "On-NoSignature", NULL, on_result },
	{ "On-PolicyError", action, NULL },
	{ "On-ReputationError", not_there, NULL },
	{ "On-Security", "OnBadFrom is for mail without one author domain", NULL },
	{ "On-SignatureError", signing, NULL },
	{ "OversignHeaders", signing, NULL },
	{ "PeerList", hosts, NULL },
	{ "PidFile", service, NULL },
	{ "POPDBFile", signing, NULL },
	{ "Quarantine", action, NULL },
	{ "QueryCache", "answers are always cached", NULL },
	{ "RateLimits", not_there, NULL },
	{ "RedirectFailuresTo", not_there, NULL },
	{ "RemoveARAll", "only results that claim our name are removed", NULL },
	{ "RemoveARFrom", "results that claim our name are always removed", NULL },
	{ "RemoveOldSignatures", signing, NULL },
	{ "ReplaceHeaders", signing, NULL },
	{ "ReplaceRules", signing, NULL },
	{ "ReportAddress", reports, NULL },
	{ "ReportBccAddress", reports, NULL },
	{ "ReputationCache", not_there, NULL },
	{ "ReputationCacheTTL", not_there, NULL },
	{ "ReputationDuplicates", not_there, NULL },
	{ "ReputationLimitModifiers", not_there, NULL },
	{ "ReputationLimits", not_there, NULL },
	{ "ReputationLowTime", not_there, NULL },
	{ "ReputationMinimum", not_there, NULL },
	{ "ReputationRatios", not_there, NULL },
	{ "ReputationRRDHashDepth", not_there, NULL },
	{ "ReputationRRDRoot", not_there, NULL },
	{ "ReputationSpamCheck", not_there, NULL },
	{ "ReputationTest", not_there, NULL },
	{ "ReputationTimeFactor", not_there, NULL },
	{ "ReputationTimeout", not_there, NULL },
	{ "ReputationVerbose", not_there, NULL },
	{ "RequestReports", signing, NULL },
	{ "RequiredHeaders", "OnBadFrom looks at From, and at no other field", NULL },
	{ "RequireSafeKeys", signing, NULL },
	{ "ResignAll", signing, NULL },
	{ "ResignMailTo", signing, NULL },
	{ "ResolverConfiguration", resolver, NULL },
	{ "ResolverTracing", resolver, NULL },
	{ "ScreenPolicyScript", not_there, NULL },
	{ "SelectCanonicalizationHeader", signing, NULL },
	{ "Selector", signing, NULL },
	{ "SendADSPReports", adsp, NULL },
	{ "SenderHeaders", signing, NULL },
	{ "SenderMacro", signing, NULL },
	{ "SendReports", reports, NULL },
	{ "SetupPolicyScript", signing, NULL },
	{ "SignatureAlgorithm", signing, NULL },
	{ "SignatureTTL", signing, NULL },
	{ "SignHeaders", signing, NULL },
	{ "SigningTable", signing, NULL },
	{ "SingleAuthResult", "each signature has its result", NULL },
	{ "SMTPURI", service, NULL },
	{ "Socket", "OpenDKIM's own; beschermd has another", NULL },
	{ "SoftStart", service, NULL },
	{ "SoftwareHeader", service, NULL },
	{ "Statistics", not_there, NULL },
	{ "StatisticsName", not_there, NULL },
	{ "StatisticsPolicyScript", not_there, NULL },
	{ "StatisticsPrefix", not_there, NULL },
	{ "StdoutLog", service, NULL },
	{ "StrictHeaders", "OnBadFrom looks at From, and at no other field", NULL },
	{ "StrictTestMode", no_use, NULL },
	{ "SubDomains", signing, NULL },
	{ "Syslog", service, NULL },
	{ "SyslogFacility", service, NULL },
	{ "SyslogName", service, NULL },
	{ "SyslogSuccess", "the log has one line per message", NULL },
	{ "TemporaryDirectory", "no files are written", NULL },
	{ "TestDNSData", "ZoneFile does it", NULL },
	{ "TestPublicKeys", "ZoneFile does it", NULL },
	{ "TrustAnchorFile", NULL, trust_anchor },
	{ "TrustSignaturesFrom", "DMARC's alignment says whose signature counts", NULL },
	{ "UMask", service, NULL },
	{ "UnprotectedKey",
	    "the header shows it with dns.sec=; keys without DNSSEC count", NULL },
	{ "UnprotectedPolicy", adsp, NULL },
	{ "UserID", service, NULL },
	{ "VBR-Certifiers", not_there, NULL },
	{ "VBR-PurgeFields", not_there, NULL },
	{ "VBR-TrustedCertifiers", not_there, NULL },
	{ "VBR-TrustedCertifiersOnly", not_there, NULL },
	{ "VBR-Type", not_there, NULL },
	{ "WeakSyntaxChecks", not_there, NULL },
	{ "X-Header", service, NULL },
};

static void
unknown(struct convert *c)
{
	convert_fail(c, _("\"%s\" is not a key of opendkim.conf(5)"), c->entry->key);
}

static void
empty(struct convert *c)
{
	convert_fail(c, _("%s has no value"), c->entry->key);
}

void
convert_opendkim_file(struct convert *c, const struct convert_file *file)
{
	convert_by_keys(c, file, keys, sizeof keys / sizeof *keys, unknown, empty);
	if (convert_find(file, "KeyFile") == NULL &&
	    convert_find(file, "KeyTable") == NULL)
		return;
	convert_comment(c, "OpenDKIM stays for signing: write Mode s into its file");
}
