#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/config_domain.h"
#include "config/config_syntax.h"
#include "ctl/conf/convert.h"
#include "ctl/conf/convert_hosts.h"
#include "ctl/conf/convert_policyd_spf.h"
#include "ctl/text.h"

/*
 * The keys of policyd-spf.conf(5), versions 2.9 and 3.1.  It refuses mail by SPF alone;
 * here DMARC decides, so what says when it refuses has no equal.
 */
static const char decides[] = "no SPF result alone refuses mail; DMARC decides";
static const char no_names[] =
    "there is nothing of that kind; put addresses or names of forwarders into "
    "TrustedForwarders";
static const char service[] = "policyd-spf's own service";
static const char replies[] = "RejectText is the text of a refusal";

#define LOOKUP_TIME 20 /* RFC 7208 section 4.6.4: at least */
#define TIMEOUT_MAX 60
#define VOID_MAX 10

/* A whole number of the entry; -1, and that is told. */
static long
number(struct convert *c)
{
	const char *rest = c->entry->value;
	long n = config_syntax_digits(&rest, 10);

	if (n >= 0 && *rest == '\0')
		return n;
	convert_fail(c, _("%s: \"%s\" is not a number"), c->entry->key, c->entry->value);
	return -1;
}

/* Its older conf files write "::1//128", the default among them. */
static void
put_addresses(struct convert *c, const char *name)
{
	char *copy = mem_strdup(c->entry->value), *out = copy, *list;

	for (const char *p = copy; *p != '\0'; p++) {
		if (p[0] != '/' || p[1] != '/')
			*out++ = *p;
	}
	*out = '\0';
	list = convert_hosts_words(c, copy);
	free(copy);
	convert_hosts_put(c, name, list);
	free(list);
}

static void
skip_addresses(struct convert *c)
{
	put_addresses(c, "IgnoreHosts");
}

/* Backup MX and forwarders: SPF must fail there, and a signature may pass. */
static void
whitelist(struct convert *c)
{
	put_addresses(c, "TrustedForwarders");
}

/* What SPF passes for, or a name of HELO: no name of the client. */
static void
names(struct convert *c)
{
	convert_quote(c, no_names);
	convert_warn(c,
	    _("%s %s: put the addresses of these forwarders into TrustedForwarders, or, "
	      "with a dot before it, the domain that the names of their hosts lie below"),
	    c->entry->key, c->entry->value);
}

/* A top-level domain would be anybody's. */
static char *
read_name(const char *word)
{
	struct buf why;
	char text[256], *dotted = NULL, *domain;

	buf_init(&why, text, sizeof text);
	if (asprintf(&dotted, ".%s", *word == '.' ? word + 1 : word) == -1)
		abort(); /* out of memory */
	domain = config_domain_read(dotted, CONFIG_DOMAIN_DOTTED, &why);
	free(dotted);
	if (domain == NULL || strchr(domain, '.') != NULL)
		return domain;
	free(domain);
	return NULL;
}

/*
 * Names of clients that lead back to them, as ours do.  There a name of the list is a
 * client's too; here it must lie below, as hosts' names do.
 */
static void
client_names(struct convert *c)
{
	char *copy = mem_strdup(c->entry->value), *rest = copy, *list = NULL, *word;
	size_t size;
	FILE *out = open_memstream(&list, &size);

	if (out == NULL)
		abort(); /* out of memory */
	while ((word = strsep(&rest, " \t,")) != NULL) {
		char *domain = *word != '\0' ? read_name(word) : NULL;

		if (domain != NULL)
			fprintf(out, "%s.%s", ftell(out) > 0 ? ", " : "", domain);
		else if (*word != '\0')
			convert_warn(c, _("%s: %.255s is not a domain and is left out"),
			    c->entry->key, word);
		free(domain);
	}
	fclose(out);
	convert_hosts_put(c, "TrustedForwarders", list);
	free(list);
	free(copy);
}

static void
void_limit(struct convert *c)
{
	long n = number(c);
	char text[32];

	if (n == -1)
		return;
	if (n > VOID_MAX)
		convert_warn(c, _("Void_Limit %ld: %d is the maximum"), n, VOID_MAX);
	convert_quote(c, NULL);
	snprintf(text, sizeof text, "%ld", n > VOID_MAX ? VOID_MAX : n);
	convert_set(c, "SPFVoidLookups", text);
}

/* For SPF alone there; here for a whole message. */
static void
lookup_time(struct convert *c)
{
	long n = number(c);
	char text[32];

	if (n == -1)
		return;
	if (n < LOOKUP_TIME) {
		convert_quote(c, "DNSTimeout is for a whole message, and 20 s is the "
				 "minimum for SPF (RFC "
				 "7208): the default is kept");
		return;
	}
	if (n > TIMEOUT_MAX)
		convert_warn(
		    c, _("Lookup_Time %ld: %d seconds is the maximum"), n, TIMEOUT_MAX);
	convert_quote(c, "seconds: that is DNSTimeout, for a whole message");
	snprintf(text, sizeof text, "%lds", n > TIMEOUT_MAX ? TIMEOUT_MAX : n);
	convert_set(c, "DNSTimeout", text);
}

static void
header_type(struct convert *c)
{
	const char *value = c->entry->value;

	if (strcasecmp(value, "SPF") == 0) {
		convert_quote(c, "Received-SPF");
		convert_set(c, "ReceivedSPF", "yes");
	} else if (strcasecmp(value, "AR") == 0) {
		convert_quote(c, "Authentication-Results is always added");
		convert_set(c, "ReceivedSPF", "no");
	} else if (strcasecmp(value, "None") == 0) {
		convert_quote(
		    c, "no Received-SPF; Authentication-Results is always added");
		convert_set(c, "ReceivedSPF", "no");
	} else {
		convert_fail(
		    c, _("Header_Type: \"%s\" is not one of SPF, AR, None"), value);
	}
}

static void
authserv_id(struct convert *c)
{
	if (convert_has_set(c, "AuthservID")) {
		convert_quote(c, "the AuthservID of the other file counts");
		return;
	}
	convert_quote(c, NULL);
	convert_set(c, "AuthservID", c->entry->value);
}

static void
on_result(struct convert *c)
{
	convert_quote(c, decides);
	if (strcasecmp(c->entry->value, "False") != 0 &&
	    strcasecmp(c->entry->value, "No_Check") != 0)
		convert_warn(c,
		    _("%s %s refused mail by SPF alone: here DMARC decides, and the From "
		      "domain's policy"),
		    c->entry->key, c->entry->value);
}

static const struct convert_key keys[] = {
	{ "Authserv_Id", NULL, authserv_id },
	{ "Authserv-Id", NULL, authserv_id },
	{ "debugLevel", "LogLevel debug shows why", NULL },
	{ "defaultSeedOnly", "Mode monitor judges and refuses nothing", NULL },
	{ "Domain_Whitelist", NULL, names },
	{ "Domain_Whitelist_PTR", NULL, client_names },
	{ "Header_Type", NULL, header_type },
	{ "HELO_pass_restriction", decides, NULL },
	{ "HELO_reject", NULL, on_result },
	{ "HELO_Whitelist", NULL, names },
	{ "Hide_Receiver", "Received-SPF names no recipient", NULL },
	{ "InternalHosts", NULL, skip_addresses },
	{ "IntHosts", service, NULL },
	{ "Lookup_Time", NULL, lookup_time },
	{ "MacroList", service, NULL },
	{ "MacroListVerify", service, NULL },
	{ "Mail_From_pass_restriction", decides, NULL },
	{ "Mail_From_reject", NULL, on_result },
	{ "Mock", "ZoneFile does it", NULL },
	{ "No_Mail", decides, NULL },
	{ "Per_User", "there is one verdict for all recipients", NULL },
	{ "PermError_reject", NULL, on_result },
	{ "PidFile", service, NULL },
	{ "Prospective", "beschermctl test shows what SPF says of an address", NULL },
	{ "QueueID", "the log names the queue id", NULL },
	{ "Reason_Message", replies, NULL },
	{ "Reason_URL", replies, NULL },
	{ "Reject_Not_Pass_Domains",
	    "use a line Override DOMAIN reject for each: then DKIM counts too", NULL },
	{ "skip_addresses", NULL, skip_addresses },
	{ "Socket", service, NULL },
	{ "SPF_Enhanced_Status_Codes", "RejectCode sets them", NULL },
	{ "TempError_Defer", "OnTempError is for this, and by default tempfail", NULL },
	{ "TestOnly", "Mode monitor judges and refuses nothing", NULL },
	{ "UMask", service, NULL },
	{ "UserID", service, NULL },
	{ "Void_Limit", NULL, void_limit },
	{ "Whitelist", NULL, whitelist },
	{ "Whitelist_Lookup_Time", "DNSTimeout is for a whole message", NULL },
};

/* policyd-spf leaves such a line out, so it did nothing.  Without a "=" it is no file of
 * its.
 */
static void
unknown(struct convert *c)
{
	if (!c->entry->equals) {
		convert_fail(
		    c, _("\"%s\" is not a key of policyd-spf.conf(5)"), c->entry->key);
		return;
	}
	convert_quote(c, "not a key of policyd-spf, which left it out too");
	convert_warn(c, _("\"%s\" is not a key of policyd-spf.conf(5), and is left out"),
	    c->entry->key);
}

/* It stands there for nothing. */
static void
empty(struct convert *c)
{
	convert_quote(c, "empty");
}

void
convert_policyd_spf_file(struct convert *c, const struct convert_file *file)
{
	convert_by_keys(c, file, keys, sizeof keys / sizeof *keys, unknown, empty);
	if (convert_find(file, "Header_Type") != NULL)
		return;
	convert_comment(c,
	    "Header_Type is not set: Received-SPF was added; Authentication-Results says "
	    "it too");
	fputs("#ReceivedSPF yes\n", c->out);
}
