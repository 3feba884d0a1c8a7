#include <string.h>

#include "policy/rule.h"
#include "policy/verdict.h"

#define A RULE_ACTION(ACTION_ACCEPT)
#define H RULE_ACTION(ACTION_HEADER)
#define Q RULE_ACTION(ACTION_HOLD)
#define R RULE_ACTION(ACTION_REJECT)
#define T RULE_ACTION(ACTION_TEMPFAIL)

/* name, setting, type of departure, is it local policy, asked for, may lead to */
static const struct rule_row rows[RULE_COUNT] = {
	[RULE_IGNORED_CLIENT] = { "ignored_client", "IgnoreHosts", RULE_NO_DEPARTURE,
	    false, 0, A },
	[RULE_AUTHENTICATED] = { "authenticated", "IgnoreAuthenticatedClients",
	    RULE_NO_DEPARTURE, false, 0, A },
	[RULE_NO_AUTHOR] = { "no_author", "OnQuarantine", RULE_NO_DEPARTURE, false, 0,
	    A | H },
	[RULE_BAD_FROM] = { "bad_from", "OnBadFrom", RULE_NO_DEPARTURE, false, 0,
	    A | H | Q | R },
	[RULE_DMARC_PASS] = { "dmarc_pass", NULL, RULE_NO_DEPARTURE, false, A, A },
	[RULE_UNAUTHENTICATED] = { "unauthenticated", "OnUnauthenticated", "local_policy",
	    true, 0, H | Q | R | T },
	[RULE_DMARC_NONE] = { "dmarc_none", NULL, RULE_NO_DEPARTURE, false, A, A },
	[RULE_POLICY_NONE] = { "policy_none", NULL, RULE_NO_DEPARTURE, false, A, A },
	[RULE_OVERRIDE] = { "override", NULL, "local_policy", true, 0, A | H | Q | R },
	[RULE_DMARC_TEMPERROR] = { "dmarc_temperror", "OnTempError", "other", false, T,
	    A | H | T },
	[RULE_TRUSTED_FORWARDER] = { "trusted_forwarder", "TrustedForwarders",
	    "trusted_forwarder", true, 0, A },
	[RULE_MAILING_LIST] = { "mailing_list", "OnListMail", "mailing_list", true, 0,
	    A | H | Q | R },
	[RULE_POLICY_QUARANTINE] = { "policy_quarantine", "OnQuarantine", "local_policy",
	    true, H | Q, A | H | Q | R },
	[RULE_POLICY_REJECT] = { "policy_reject", "OnReject", "local_policy", true, R,
	    A | H | Q | R },
};

const struct rule_row *
rule_row(enum rule rule)
{
	return &rows[rule];
}

const char *
rule_name(enum rule rule)
{
	return rows[rule].name;
}

enum rule
rule_find(const char *name)
{
	enum rule rule = 0;

	while (rule < RULE_COUNT && strcmp(rows[rule].name, name) != 0)
		rule++;
	return rule;
}
