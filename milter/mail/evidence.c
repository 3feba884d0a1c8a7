#include <stddef.h>
#include <string.h>

#include "mail/evidence.h"

bool
evidence_has_temperror(const struct evidence *ev)
{
	bool found =
	    ev->dmarc.result == DMARC_TEMPERROR || ev->spf.result == SPF_TEMPERROR;

	for (size_t i = 0; i < ev->dkim_count && !found; i++)
		found = ev->dkim[i].result == DKIM_TEMPERROR;
	return found;
}

bool
evidence_is_body_changed(const struct dkim_evidence *d)
{
	return d->result == DKIM_FAIL && d->reason != NULL &&
	       strcmp(d->reason, EVIDENCE_BODY_CHANGED) == 0;
}

const char *
evidence_forwarded_name(enum forwarded f)
{
	static const char *const names[] = {
		[FORWARDED_UNASKED] = NULL,
		[FORWARDED_NO] = "no",
		[FORWARDED_BODY] = "body",
		[FORWARDED_SRS] = "srs",
	};

	return names[f];
}

const char *
evidence_record_owner(const struct dmarc_evidence *d)
{
	if (d->record_domain != NULL)
		return d->record_domain;
	for (size_t i = d->step_count; i-- > 0;) {
		if (strcmp(d->steps[i].outcome, EVIDENCE_RECORD_UNUSABLE) == 0)
			return d->steps[i].name;
	}
	return NULL;
}

const char *
evidence_spf_name(enum spf_result r)
{
	static const char *const names[] = {
		[SPF_NONE] = "none",
		[SPF_NEUTRAL] = "neutral",
		[SPF_PASS] = "pass",
		[SPF_FAIL] = "fail",
		[SPF_SOFTFAIL] = "softfail",
		[SPF_TEMPERROR] = "temperror",
		[SPF_PERMERROR] = "permerror",
	};

	return names[r];
}

const char *
evidence_dkim_name(enum dkim_result r)
{
	static const char *const names[] = {
		[DKIM_NONE] = "none",
		[DKIM_PASS] = "pass",
		[DKIM_FAIL] = "fail",
		[DKIM_POLICY] = "policy",
		[DKIM_NEUTRAL] = "neutral",
		[DKIM_TEMPERROR] = "temperror",
		[DKIM_PERMERROR] = "permerror",
	};

	return names[r];
}

const char *
evidence_dmarc_name(enum dmarc_result r)
{
	static const char *const names[] = {
		[DMARC_NONE] = "none",
		[DMARC_PASS] = "pass",
		[DMARC_FAIL] = "fail",
		[DMARC_TEMPERROR] = "temperror",
		[DMARC_PERMERROR] = "permerror",
	};

	return names[r];
}

const char *
evidence_policy_name(enum dmarc_policy p)
{
	static const char *const names[] = {
		[DMARC_P_NONE] = "none",
		[DMARC_P_QUARANTINE] = "quarantine",
		[DMARC_P_REJECT] = "reject",
	};

	return names[p];
}

const char *
evidence_tag_name(enum dmarc_tag t)
{
	static const char *const names[] = {
		[DMARC_TAG_P] = "p",
		[DMARC_TAG_SP] = "sp",
		[DMARC_TAG_NP] = "np",
	};

	return names[t];
}

const char *
evidence_dns_sec_name(enum dns_sec s)
{
	static const char *const names[] = {
		[DNS_SEC_UNASKED] = NULL,
		[DNS_SEC_NO] = "no",
		[DNS_SEC_YES] = "yes",
	};

	return names[s];
}

const char *
evidence_relay_results_name(enum relay_results r)
{
	static const char *const names[] = {
		[RELAY_RESULTS_UNASKED] = NULL,
		[RELAY_RESULTS_HELD] = "held",
		[RELAY_RESULTS_READ] = "read",
	};

	return names[r];
}

const char *
evidence_from_name(enum from_status s)
{
	static const char *const names[] = {
		[FROM_OK] = "ok",
		[FROM_MISSING] = "missing",
		[FROM_REPEATED] = "multiple",
		[FROM_SEVERAL_DOMAINS] = "multiple",
		[FROM_MALFORMED] = "malformed",
		[FROM_MALFORMED_ONE_DOMAIN] = "malformed_one_domain",
		[FROM_NO_AUTHOR] = "no_author",
		[FROM_HEADER_FLOOD] = "malformed",
	};

	return names[s];
}
