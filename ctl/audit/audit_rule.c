#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "ctl/audit/audit_rule.h"
#include "ctl/text.h"

static const struct {
	const char *name;
	enum audit_sort sort;
	const char *title;
	const char *asks;
} rules[AUDIT_RULES] = {
	[AUDIT_UNUSED] = { "MAIL-BESCHERM-001", AUDIT_SORT_RULE,
	    N_("Unused domain blocked"),
	    N_("A domain that is not used for mail says so, so that nobody can send in "
	       "its "
	       "name.") },
	[AUDIT_FLOWS] = { "MAIL-BESCHERM-002", AUDIT_SORT_ADVICE,
	    N_("One (sub)domain per mail flow"),
	    N_("Each kind of mail, such as the staff's and a newsletter, has a domain or "
	       "subdomain of its own.") },
	[AUDIT_APPLIED] = { "MAIL-BESCHERM-003", AUDIT_SORT_RULE,
	    N_("SPF, DKIM and DMARC applied"),
	    N_("A domain that sends mail has SPF, DKIM and DMARC, all three.") },
	[AUDIT_SPF] = { "MAIL-BESCHERM-004", AUDIT_SORT_RULE, N_("SPF policy"),
	    N_("SPF names only servers that may send for the domain, and turns all "
	       "others "
	       "away.") },
	[AUDIT_DKIM] = { "MAIL-BESCHERM-005", AUDIT_SORT_RULE, N_("DKIM signing"),
	    N_("All outgoing mail is signed with DKIM, with a key that is strong "
	       "enough.") },
	[AUDIT_KEYS] = { "MAIL-BESCHERM-006", AUDIT_SORT_ADVICE, N_("Key policy"),
	    N_("DKIM keys are replaced regularly, at least every half year.") },
	[AUDIT_DMARC] = { "MAIL-BESCHERM-007", AUDIT_SORT_RULE, N_("DMARC policy"),
	    N_("DMARC tells others to refuse or set aside mail that is not really from "
	       "the "
	       "domain.") },
	[AUDIT_ALIGNMENT] = { "MAIL-BESCHERM-008", AUDIT_SORT_RULE,
	    N_("Alignment (DMARC)"),
	    N_("The sender that readers see belongs to the domain that SPF or DKIM "
	       "proves.") },
	[AUDIT_REPORTS] = { "MAIL-BESCHERM-009", AUDIT_SORT_ADVICE, N_("DMARC reporting"),
	    N_("Others report what mail they see in the name of the domain.") },
	[AUDIT_INBOUND] = { "MAIL-BESCHERM-010", AUDIT_SORT_RULE,
	    N_("Inbound mail checked"),
	    N_("Incoming mail is checked with SPF, DKIM and DMARC, and what fails is "
	       "refused.") },
	[AUDIT_STARTTLS] = { "MAIL-BEVEILIG-001", AUDIT_SORT_RULE, N_("STARTTLS"),
	    N_("Mail servers talk over an encrypted connection, with settings that are "
	       "still safe.") },
	[AUDIT_DANE] = { "MAIL-BEVEILIG-002", AUDIT_SORT_RULE, N_("DANE"),
	    N_("The certificate of a mail server can be checked by DNS, if DNSSEC signs "
	       "it.") },
	[AUDIT_DNSSEC] = { "UBV-DNSSEC", AUDIT_SORT_ADDITION, N_("DNSSEC"),
	    N_("What DNS says about the domain is signed.") },
	[AUDIT_MTA_STS] = { "MTA-STS", AUDIT_SORT_ADDITION, N_("MTA-STS"),
	    N_("A second way to make others encrypt, for senders that do not know "
	       "DANE.") },
	[AUDIT_TLS_RPT] = { "TLS-RPT", AUDIT_SORT_ADDITION, N_("TLS reporting"),
	    N_("Others report when they could not deliver over an encrypted "
	       "connection.") },
};

const char *
audit_rule_name(enum audit_rule rule)
{
	return rules[rule].name;
}

const char *
audit_rule_title(enum audit_rule rule)
{
	return rules[rule].title;
}

const char *
audit_rule_asks(enum audit_rule rule)
{
	return rules[rule].asks;
}

enum audit_sort
audit_rule_sort(enum audit_rule rule)
{
	return rules[rule].sort;
}

const char *
audit_rule_sort_word(enum audit_sort sort)
{
	static const char *const words[] = { "rule", "advice", "addition" };

	return words[sort];
}

/* ${prefix} and ${name} together are ${whole}, any case? */
static bool
is_joined(const char *prefix, const char *name, const char *whole)
{
	size_t len = strlen(prefix);

	return strncasecmp(whole, prefix, len) == 0 && strcasecmp(whole + len, name) == 0;
}

size_t
audit_rule_find(const char *name)
{
	size_t i = 0;

	while (i < AUDIT_RULES && strcasecmp(rules[i].name, name) != 0 &&
	       !is_joined("MAIL-BESCHERM-", name, rules[i].name) &&
	       !is_joined("MAIL-", name, rules[i].name))
		i++;
	return i;
}
