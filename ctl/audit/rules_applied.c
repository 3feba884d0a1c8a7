#include "ctl/audit/rules_applied.h"
#include "ctl/audit/rules_row.h"
#include "ctl/text.h"

enum applied_case { APPLIED_YES, APPLIED_NO, APPLIED_UNKNOWN };

static const struct rules_row spf_rows[] = {
	[APPLIED_YES] = { "applied.spf", AUDIT_OK, N_("SPF is there"), NULL },
	[APPLIED_NO] = { "applied.spf", AUDIT_WRONG, N_("SPF is missing or broken"),
	    NULL },
	[APPLIED_UNKNOWN] = { "applied.spf", AUDIT_UNKNOWN,
	    N_("there was no answer for SPF"), NULL },
};
static const struct rules_row dkim_rows[] = {
	[APPLIED_YES] = { "applied.dkim", AUDIT_OK, N_("DKIM is there"), NULL },
	[APPLIED_NO] = { "applied.dkim", AUDIT_WRONG,
	    N_("DKIM is missing: there is no key that can be used"), NULL },
	[APPLIED_UNKNOWN] = { "applied.dkim", AUDIT_UNKNOWN,
	    N_("whether there is a DKIM key could not be found out"), NULL },
};
static const struct rules_row dmarc_rows[] = {
	[APPLIED_YES] = { "applied.dmarc", AUDIT_OK, N_("DMARC is there"), NULL },
	[APPLIED_NO] = { "applied.dmarc", AUDIT_WRONG, N_("DMARC is missing or broken"),
	    NULL },
	[APPLIED_UNKNOWN] = { "applied.dmarc", AUDIT_UNKNOWN,
	    N_("there was no answer for DMARC"), NULL },
};

static enum applied_case
spf_case(const struct facts *f)
{
	if (f->spf.state == SPF_TREE_UNKNOWN)
		return APPLIED_UNKNOWN;
	return f->spf.state == SPF_TREE_ONE ? APPLIED_YES : APPLIED_NO;
}

/* One key that is good is enough, whatever stands beside it. */
static enum applied_case
dkim_case(const struct facts *f)
{
	bool unknown = !f->selectors_named && f->domainkey.status != DNS_NXDOMAIN;

	for (size_t i = 0; i < f->key_count; i++) {
		const struct facts_key *k = &f->keys[i];

		if (k->usable && (k->type != DKIM_RSA || k->bits >= 1024))
			return APPLIED_YES;
		if (rules_row_failed(&k->lookup) && !k->guessed)
			unknown = true;
		else if (k->found && !k->revoked)
			unknown = false; /* it is there, and of no use */
	}
	return unknown ? APPLIED_UNKNOWN : APPLIED_NO;
}

static enum applied_case
dmarc_case(const struct facts_dmarc *d)
{
	if (d->unknown)
		return APPLIED_UNKNOWN;
	return d->domain != NULL && d->is_usable && !d->several ? APPLIED_YES
								: APPLIED_NO;
}

static const struct rules_row all_there = { "applied.all", AUDIT_OK,
	N_("SPF, DKIM and DMARC are there, all three"), NULL };

void
rules_applied(struct rules_case *c)
{
	const struct facts *f = c->f;

	if (spf_case(f) == APPLIED_YES && dkim_case(f) == APPLIED_YES &&
	    dmarc_case(&f->dmarc) == APPLIED_YES)
		rules_row_add(c, &all_there, (struct rules_about){ 0 });
	rules_row_add(c, &spf_rows[spf_case(f)], (struct rules_about){ .seen = &f->txt });
	rules_row_add(
	    c, &dkim_rows[dkim_case(f)], (struct rules_about){ .seen = &f->domainkey });
	rules_row_add(c, &dmarc_rows[dmarc_case(&f->dmarc)],
	    (struct rules_about){ .seen = &f->dmarc.lookup });
}

enum flow_case { FLOW_OWN, FLOW_SHARED, FLOW_SEVERAL, FLOW_UNTOLD };

static const struct rules_row flow_rows[] = {
	[FLOW_OWN] = { "flow.own", AUDIT_OK, N_("has one flow of mail: %s"), NULL },
	[FLOW_SHARED] = { "flow.shared", AUDIT_LOOK,
	    N_("the flow %s uses another domain, too"), NULL },
	[FLOW_SEVERAL] = { "flow.several", AUDIT_WRONG,
	    N_("%s flows of mail use one domain: give each a domain or subdomain of its "
	       "own"),
	    NULL },
	[FLOW_UNTOLD] = { "flow.untold", AUDIT_UNKNOWN,
	    N_("DNS does not show which flows of mail there are; give flow= for each "
	       "domain in the settings of the audit"),
	    NULL },
};

static const struct rules_row hint = { "flow.hint", AUDIT_INFO,
	N_("%s other organisations may send for it (SPF), and %s DKIM selectors are "
	   "known"),
	NULL };
static const struct rules_row told = { "flow.told", AUDIT_OK,
	N_("the flows of mail are stated"), NULL };

static enum flow_case
flow_case(const struct facts *f)
{
	if (f->flows.count > 1)
		return FLOW_SEVERAL;
	if (f->flows.count == 0 || !f->flows_are_told)
		return FLOW_UNTOLD;
	return f->flow_is_shared ? FLOW_SHARED : FLOW_OWN;
}

void
rules_applied_flows(struct rules_case *c)
{
	const struct facts *f = c->f;
	enum flow_case which = flow_case(f);
	struct rules_about about = { 0 };

	if (which == FLOW_SEVERAL)
		about.one = rules_row_number(c, f->flows.count);
	else if (which != FLOW_UNTOLD)
		about.one = f->flows.words[0];
	rules_row_add(c, &flow_rows[which], about);
	if (which == FLOW_SHARED)
		rules_row_add(c, &told, (struct rules_about){ 0 });
	if (which == FLOW_UNTOLD)
		rules_row_add(c, &hint,
		    (struct rules_about){ .one = rules_row_number(c, f->foreign_senders),
			.two = rules_row_number(c, f->key_count) });
}
