#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/day.h"
#include "base/pool.h"
#include "conf.h"
#include "config/config.h"
#include "mail/evidence.h"
#include "policy/verdict.h"

/* 2027-01-31 22:30 UTC, which is the next day east of Greenwich. */
#define TODAY 20270131

/*
 * A message from example.nl, of which DMARC says fail; ${change} makes it another.
 * The header and the signatures are those of the evidence.
 */
struct message {
	struct evidence ev;
	struct header_list headers;
	struct dkim_evidence dkim[3];
};

static void
message_init(struct message *m)
{
	*m = (struct message){ 0 };
	m->ev.headers = &m->headers;
	m->ev.dkim = m->dkim;
	m->ev.mail_from = "<a@example.nl>";
	m->ev.day = TODAY;
	ip_parse("192.0.2.7", &m->ev.client);
	m->ev.from = (struct from_evidence){ .status = FROM_OK, .domain = "example.nl" };
	m->ev.spf.domain = "";
	m->ev.dmarc.result = DMARC_FAIL;
	m->ev.dmarc.policy_known = true;
	m->ev.dmarc.policy = m->ev.dmarc.published = DMARC_P_REJECT;
}

static void
ignored_client(struct message *m)
{
	m->ev.exemption = EXEMPT_IGNORED_CLIENT;
	m->ev.from.status = FROM_MISSING;
}

static void
authenticated(struct message *m)
{
	m->ev.exemption = EXEMPT_AUTHENTICATED;
}

static void
from_missing(struct message *m)
{
	m->ev.from = (struct from_evidence){
		.status = FROM_MISSING, .domain = "", .reason = "no From field"
	};
	m->ev.dmarc = (struct dmarc_evidence){ .result = DMARC_PERMERROR };
}

static void
no_author(struct message *m, enum from_bounce bounce, bool postfix)
{
	m->ev.from = (struct from_evidence){ .status = FROM_NO_AUTHOR,
		.bounce = bounce,
		.domain = "",
		.reason = "no address" };
	m->ev.dmarc = (struct dmarc_evidence){ .result = DMARC_NONE };
	m->headers.postfix = postfix;
}

static void
bounce_mailer(struct message *m)
{
	no_author(m, FROM_BOUNCE_MAILER, false);
}

static void
bounce_completed(struct message *m)
{
	no_author(m, FROM_BOUNCE_COMPLETED, false);
}

static void
bounce_completed_postfix(struct message *m)
{
	no_author(m, FROM_BOUNCE_COMPLETED, true);
}

static void
bounce_nameless(struct message *m)
{
	no_author(m, FROM_BOUNCE_NAMELESS, true);
}

static void
bounce_word(struct message *m)
{
	no_author(m, FROM_BOUNCE_WORD, false);
}

static void
bounce_word_postfix(struct message *m)
{
	no_author(m, FROM_BOUNCE_WORD, true);
}

static void
one_domain_temperror(struct message *m)
{
	m->ev.from.status = FROM_MALFORMED_ONE_DOMAIN;
	m->ev.dmarc = (struct dmarc_evidence){
		.result = DMARC_TEMPERROR, .policy_known = true, .policy = DMARC_P_NONE
	};
}

static void
one_domain_pass(struct message *m)
{
	m->ev.from.status = FROM_MALFORMED_ONE_DOMAIN;
	m->ev.dmarc.result = DMARC_PASS;
}

static void
from_repeated(struct message *m)
{
	m->ev.from = (struct from_evidence){ .status = FROM_REPEATED, .domain = "" };
}

static void
permerror(struct message *m)
{
	m->ev.dmarc.result = DMARC_PERMERROR;
}

static void
pass(struct message *m)
{
	m->ev.dmarc.result = DMARC_PASS;
}

static void
none(struct message *m)
{
	m->ev.dmarc = (struct dmarc_evidence){ .result = DMARC_NONE };
}

/* No record, and SPF says ${result} for ${domain}. */
static void
none_spf(struct message *m, enum spf_result result, const char *domain)
{
	none(m);
	m->ev.spf = (struct spf_evidence){ .result = result, .domain = domain };
}

static void
none_spf_other(struct message *m)
{
	none_spf(m, SPF_PASS, "evil.example");
}

static void
none_spf_lookalike(struct message *m)
{
	none_spf(m, SPF_PASS, "badexample.nl");
}

static void
none_spf_own(struct message *m)
{
	none_spf(m, SPF_PASS, "example.nl");
}

static void
none_spf_own_softfail(struct message *m)
{
	none_spf(m, SPF_SOFTFAIL, "example.nl");
}

static void
none_spf_below(struct message *m)
{
	none_spf(m, SPF_PASS, "bounce.example.nl");
}

static void
none_spf_above(struct message *m)
{
	none_spf(m, SPF_PASS, "nl");
}

static void
none_spf_own_temperror(struct message *m)
{
	none_spf(m, SPF_TEMPERROR, "example.nl");
}

static void
none_spf_other_temperror(struct message *m)
{
	none_spf(m, SPF_TEMPERROR, "evil.example");
}

static void
none_signed(struct message *m, enum dkim_result result, const char *domain)
{
	none_spf_other(m);
	m->dkim[0] =
	    (struct dkim_evidence){ .result = DKIM_PASS, .domain = "evil.example" };
	m->dkim[1] = (struct dkim_evidence){ .result = result, .domain = domain };
	m->ev.dkim_count = 2;
}

static void
none_signed_own(struct message *m)
{
	none_signed(m, DKIM_PASS, "example.nl");
}

static void
none_signed_own_fail(struct message *m)
{
	none_signed(m, DKIM_FAIL, "example.nl");
}

static void
none_signed_below(struct message *m)
{
	none_signed(m, DKIM_PASS, "mail.example.nl");
}

static void
none_signed_other(struct message *m)
{
	none_signed(m, DKIM_PASS, "other.example");
}

static void
none_signed_own_temperror(struct message *m)
{
	none_signed(m, DKIM_TEMPERROR, "example.nl");
}

static void
none_signed_other_temperror(struct message *m)
{
	none_signed(m, DKIM_TEMPERROR, "other.example");
}

/* The SPF of example.nl could pass, but its signature does. */
static void
none_temperror_and_pass(struct message *m)
{
	none_signed(m, DKIM_PASS, "example.nl");
	m->ev.spf =
	    (struct spf_evidence){ .result = SPF_TEMPERROR, .domain = "example.nl" };
}

static void
none_signature(struct message *m)
{
	none_signed(m, DKIM_FAIL, "example.nl");
	m->ev.spf.result = SPF_NEUTRAL;
	m->dkim[0].result = DKIM_NEUTRAL;
}

static void
none_signature_temperror(struct message *m)
{
	none_signature(m);
	m->dkim[0].result = DKIM_TEMPERROR;
}

static void
none_bounce(struct message *m)
{
	none_spf_own_softfail(m);
	m->ev.mail_from = "";
}

static void
none_bounce_typed(struct message *m)
{
	none_spf_own_softfail(m);
	m->ev.mail_from = "<>";
}

static void
none_relayed(struct message *m)
{
	none_spf_own_softfail(m);
	m->ev.relay.is_relay = true;
}

/* From a.b.example.nl. */
static void
none_deep(struct message *m, const char *signer)
{
	none_signed(m, DKIM_PASS, signer);
	m->ev.from.domain = "a.b.example.nl";
}

static void
none_deep_signed_top(struct message *m)
{
	none_deep(m, "example.nl");
}

static void
none_deep_signed_between(struct message *m)
{
	none_deep(m, "b.example.nl");
}

static void
none_deep_signed_sibling(struct message *m)
{
	none_deep(m, "c.b.example.nl");
}

static void
none_deep_signed_cousin(struct message *m)
{
	none_deep(m, "c.example.nl");
}

static void
temperror(struct message *m)
{
	m->ev.dmarc = (struct dmarc_evidence){ .result = DMARC_TEMPERROR };
}

static void
temperror_policy_none(struct message *m)
{
	temperror(m);
	m->ev.dmarc.policy_known = true;
}

static void
temperror_policy_reject(struct message *m)
{
	temperror(m);
	m->ev.dmarc.policy_known = true;
	m->ev.dmarc.policy = DMARC_P_REJECT;
}

static void
policy_none(struct message *m)
{
	m->ev.dmarc.policy = DMARC_P_NONE;
}

static void
policy_quarantine(struct message *m)
{
	m->ev.dmarc.policy = DMARC_P_QUARANTINE;
}

static void
policy_reject(struct message *m)
{
	m->ev.dmarc.policy = DMARC_P_REJECT;
}

static void
pct_zero(struct message *m)
{
	m->ev.dmarc.pct_zero = true;
}

static void
pct_zero_quarantine(struct message *m)
{
	pct_zero(m);
	m->ev.dmarc.policy = m->ev.dmarc.published = DMARC_P_QUARANTINE;
}

static void
pct_zero_temperror(struct message *m)
{
	pct_zero(m);
	m->ev.dmarc.result = DMARC_TEMPERROR;
}

static void
pct_zero_quarantine_temperror(struct message *m)
{
	pct_zero_quarantine(m);
	m->ev.dmarc.result = DMARC_TEMPERROR;
}

static void
pct_zero_not_known(struct message *m)
{
	pct_zero_quarantine_temperror(m);
	m->ev.dmarc.policy_known = false;
}

static void
pct_zero_pass(struct message *m)
{
	pct_zero(m);
	m->ev.dmarc.result = DMARC_PASS;
}

static void
pct_zero_by_relay(struct message *m)
{
	pct_zero(m);
	m->ev.relay.is_relay = true;
}

static void
list_mail(struct message *m)
{
	m->ev.list.id = "users.lists.club.example";
}

static void
list_by_post(struct message *m)
{
	m->ev.list.post = "lists.club.example";
}

static void
list_of_two_names(struct message *m)
{
	m->ev.list.id = "users.other.example";
	m->ev.list.post = "lists.club.example";
}

/* The header names a list, and signatures pass: what they are to it, the checks say. */
static void
list_that_did_not_sign(struct message *m)
{
	m->headers.list_id = " <users.lists.club.example>";
	m->headers.list_post = " <mailto:users@lists.club.example>";
	m->dkim[0] =
	    (struct dkim_evidence){ .result = DKIM_PASS, .domain = "lists.club.example" };
	m->ev.dkim_count = 1;
	m->ev.spf =
	    (struct spf_evidence){ .result = SPF_PASS, .domain = "lists.club.example" };
}

static void
list_policy_quarantine(struct message *m)
{
	list_mail(m);
	m->ev.dmarc.policy = DMARC_P_QUARANTINE;
}

static void
list_policy_none(struct message *m)
{
	list_mail(m);
	m->ev.dmarc.policy = DMARC_P_NONE;
}

static void
by_relay(struct message *m)
{
	m->ev.relay.is_relay = true;
}

static void
by_relay_bad_from(struct message *m)
{
	from_missing(m);
	m->ev.relay.is_relay = true;
}

static void
by_relay_temperror(struct message *m)
{
	temperror(m);
	m->ev.relay.is_relay = true;
}

static void
by_relay_pass(struct message *m)
{
	pass(m);
	m->ev.relay.is_relay = true;
}

static void
below_example(struct message *m)
{
	m->ev.from.domain = "sub.example.nl";
}

static void
lookalike(struct message *m)
{
	m->ev.from.domain = "badexample.nl";
}

static void
lookalike_behind(struct message *m)
{
	m->ev.from.domain = "example.nl.evil.example";
}

/* A message, the settings, and what is decided about it. */
struct row {
	void (*change)(struct message *);
	const char *conf;
	enum rule rule;
	enum action action;
	bool has_reason;
	bool is_local; /* RFC 9990 3.1.6: not what the policy asks for */
};

#define FORWARDER "TrustedForwarders 192.0.2.7\n"
#define NOBODY "OnUnauthenticated "
#define OWN "Override example.nl reject"
#define BELOW "Override .example.nl reject"
#define A ACTION_ACCEPT
#define H ACTION_HEADER
#define Q ACTION_HOLD
#define R ACTION_REJECT
#define T ACTION_TEMPFAIL

static const struct row rows[] = {
	/* Exempt comes before all else. */
	{ ignored_client, "", RULE_IGNORED_CLIENT, A, false, false },
	{ authenticated, "Override example.nl reject", RULE_AUTHENTICATED, A, false,
	    false },

	/* Bad From: no Override, forwarder or policy counts. */
	{ bounce_mailer, "", RULE_NO_AUTHOR, A, false, false },
	{ bounce_completed, "", RULE_NO_AUTHOR, H, false, false },
	{ bounce_completed_postfix, "", RULE_NO_AUTHOR, A, false, false },
	{ bounce_nameless, "", RULE_NO_AUTHOR, H, false, false },
	{ bounce_nameless, "OnQuarantine reject", RULE_NO_AUTHOR, H, false, false },
	{ bounce_nameless, "OnQuarantine hold", RULE_NO_AUTHOR, H, false, false },
	{ bounce_nameless, "OnQuarantine accept", RULE_NO_AUTHOR, A, false, false },
	{ bounce_word, "", RULE_BAD_FROM, R, false, false },
	{ bounce_word_postfix, "", RULE_NO_AUTHOR, H, false, false },
	{ one_domain_pass, "", RULE_DMARC_PASS, A, false, false },
	{ one_domain_temperror, "", RULE_DMARC_TEMPERROR, T, false, false },
	{ one_domain_temperror, "Override example.nl accept", RULE_DMARC_TEMPERROR, T,
	    false, false },
	{ from_missing, "", RULE_BAD_FROM, R, false, false },
	{ from_repeated, "", RULE_BAD_FROM, R, false, false },
	{ permerror, "", RULE_BAD_FROM, R, false, false },
	{ from_missing, "OnBadFrom accept", RULE_BAD_FROM, A, false, false },
	{ from_missing, "OnBadFrom header", RULE_BAD_FROM, H, false, false },
	{ from_missing, "OnBadFrom hold", RULE_BAD_FROM, Q, false, false },
	{ from_missing, "OnBadFrom quarantine", RULE_BAD_FROM, H, false, false },
	{ from_missing, "OnBadFrom quarantine\nOnQuarantine hold", RULE_BAD_FROM, Q,
	    false, false },
	{ from_repeated, FORWARDER "Override example.nl accept", RULE_BAD_FROM, R, false,
	    false },

	/* Pass and none: an Override is for mail that does not pass. */
	{ pass, "", RULE_DMARC_PASS, A, false, false },
	{ pass, "Override example.nl reject", RULE_DMARC_PASS, A, false, false },
	{ none, "", RULE_DMARC_NONE, A, false, false },

	/* No record: an Override asks for a pass of the name itself, or close to it. */
	{ none, "Override example.nl reject", RULE_OVERRIDE, R, true, true },
	{ none, "Override example.nl accept", RULE_OVERRIDE, A, true, true },
	{ none, "OnQuarantine hold\nOverride example.nl quarantine", RULE_OVERRIDE, Q,
	    true, true },
	{ none, "Override other.nl reject\nOverride .example.nl reject", RULE_DMARC_NONE,
	    A, false, false },
	{ none, "Override example.nl reject until=2027-01-30", RULE_DMARC_NONE, A, false,
	    false },
	{ none, "Override example.nl reject client=192.0.2.8", RULE_DMARC_NONE, A, false,
	    false },
	{ none_spf_other, "", RULE_DMARC_NONE, A, false, false },
	{ none_spf_other, OWN, RULE_OVERRIDE, R, true, true },
	{ none_spf_lookalike, OWN, RULE_OVERRIDE, R, true, true },
	{ none_spf_own, OWN, RULE_DMARC_NONE, A, false, false },
	{ none_spf_own_softfail, OWN, RULE_OVERRIDE, R, true, true },
	{ none_spf_below, OWN, RULE_DMARC_NONE, A, false, false },
	{ none_spf_above, OWN, RULE_OVERRIDE, R, true, true },
	{ none_spf_above, "Override .nl reject", RULE_DMARC_NONE, A, false, false },
	{ none_signed_own, OWN, RULE_DMARC_NONE, A, false, false },
	{ none_signed_own_fail, OWN, RULE_OVERRIDE, R, true, true },
	{ none_signed_below, OWN, RULE_DMARC_NONE, A, false, false },
	{ none_signed_other, OWN, RULE_OVERRIDE, R, true, true },
	{ none_deep_signed_top, BELOW, RULE_DMARC_NONE, A, false, false },
	{ none_deep_signed_between, BELOW, RULE_DMARC_NONE, A, false, false },
	{ none_deep_signed_sibling, BELOW, RULE_OVERRIDE, R, true, true },
	{ none_deep_signed_cousin, BELOW, RULE_OVERRIDE, R, true, true },
	{ none_deep_signed_top, "Override a.b.example.nl reject", RULE_OVERRIDE, R, true,
	    true },
	{ none_deep_signed_top, BELOW "\nOverride .b.example.nl reject", RULE_OVERRIDE, R,
	    true, true },
	{ none_spf_own_temperror, OWN, RULE_DMARC_TEMPERROR, T, true, false },
	{ none_spf_own_temperror, OWN "\nOnTempError header", RULE_DMARC_TEMPERROR, H,
	    true, false },
	{ none_spf_own_temperror, "Override example.nl accept", RULE_OVERRIDE, A, true,
	    true },
	{ none_spf_own_temperror, "", RULE_DMARC_NONE, A, false, false },
	{ none_spf_other_temperror, OWN, RULE_OVERRIDE, R, true, true },
	{ none_signed_own_temperror, OWN, RULE_DMARC_TEMPERROR, T, true, false },
	{ none_signed_other_temperror, OWN, RULE_OVERRIDE, R, true, true },
	{ none_temperror_and_pass, OWN, RULE_DMARC_NONE, A, false, false },

	/* No record, no Override: any pass at all is asked for. */
	{ none_spf_own_softfail, "", RULE_DMARC_NONE, A, false, false },
	{ none_spf_own_softfail, NOBODY "header", RULE_UNAUTHENTICATED, H, true, true },
	{ none_spf_own_softfail, NOBODY "hold", RULE_UNAUTHENTICATED, Q, true, true },
	{ none_spf_own_softfail, NOBODY "reject", RULE_UNAUTHENTICATED, R, true, true },
	{ none_spf_own_softfail, NOBODY "tempfail", RULE_UNAUTHENTICATED, T, true, true },
	{ none_spf_own_softfail, NOBODY "accept", RULE_DMARC_NONE, A, false, false },
	{ none_spf_other, NOBODY "reject", RULE_DMARC_NONE, A, false, false },
	{ none_signed_other, NOBODY "reject", RULE_DMARC_NONE, A, false, false },
	{ none_signature, NOBODY "reject", RULE_UNAUTHENTICATED, R, true, true },
	{ none_signature_temperror, NOBODY "reject", RULE_DMARC_TEMPERROR, T, true,
	    false },
	{ none_spf_other_temperror, NOBODY "hold", RULE_DMARC_TEMPERROR, T, true, false },
	{ none_spf_other_temperror, NOBODY "hold\nOnTempError accept",
	    RULE_DMARC_TEMPERROR, A, true, false },
	{ none_spf_other_temperror, NOBODY "accept", RULE_DMARC_NONE, A, false, false },
	{ none_temperror_and_pass, NOBODY "reject", RULE_DMARC_NONE, A, false, false },
	{ none_bounce, NOBODY "reject", RULE_DMARC_NONE, A, false, false },
	{ none_bounce_typed, NOBODY "reject", RULE_DMARC_NONE, A, false, false },
	{ none_spf_own_softfail, NOBODY "reject\n" FORWARDER, RULE_TRUSTED_FORWARDER, A,
	    true, true },
	{ none_spf_own_softfail, NOBODY "reject\nOverride example.nl header",
	    RULE_OVERRIDE, H, true, true },
	{ none_relayed, NOBODY "reject", RULE_UNAUTHENTICATED, H, true, true },
	{ none_relayed, NOBODY "tempfail", RULE_UNAUTHENTICATED, H, true, true },
	{ none_relayed, NOBODY "tempfail\nOnQuarantine hold", RULE_UNAUTHENTICATED, Q,
	    true, true },
	{ policy_none, NOBODY "reject", RULE_POLICY_NONE, A, false, false },

	/* Temperror */
	{ temperror, "", RULE_DMARC_TEMPERROR, T, false, false },
	{ temperror, "OnTempError accept", RULE_DMARC_TEMPERROR, A, false, false },
	{ temperror, "OnTempError header", RULE_DMARC_TEMPERROR, H, false, false },
	{ temperror_policy_none, "", RULE_POLICY_NONE, A, false, false },
	{ temperror_policy_none, "Override example.nl accept", RULE_POLICY_NONE, A, false,
	    false },
	/* A forger could name a key that never answers. */
	{ temperror_policy_none, "Override example.nl reject", RULE_DMARC_TEMPERROR, T,
	    false, false },
	{ temperror_policy_none, "Override example.nl header", RULE_DMARC_TEMPERROR, T,
	    false, false },
	{ temperror_policy_none, "Override example.nl reject\nOnTempError header",
	    RULE_DMARC_TEMPERROR, H, false, false },
	{ temperror_policy_reject, "", RULE_DMARC_TEMPERROR, T, false, false },
	{ temperror_policy_reject, FORWARDER, RULE_DMARC_TEMPERROR, T, false, false },
	{ temperror, "Override example.nl accept", RULE_OVERRIDE, A, true, true },
	{ temperror, "Override example.nl reject", RULE_DMARC_TEMPERROR, T, false,
	    false },
	{ temperror, "Override example.nl hold", RULE_DMARC_TEMPERROR, T, false, false },
	/* The nearer one says hold, so the wider one does not speak. */
	{ temperror, "Override .nl accept\nOverride example.nl hold",
	    RULE_DMARC_TEMPERROR, T, false, false },

	/* Override: every action, before forwarders, lists and policy none. */
	{ NULL, "Override example.nl accept", RULE_OVERRIDE, A, true, true },
	{ NULL, "Override example.nl header", RULE_OVERRIDE, H, true, true },
	{ NULL, "Override example.nl hold", RULE_OVERRIDE, Q, true, true },
	{ NULL, "OnReject header\nOverride example.nl reject", RULE_OVERRIDE, R, true,
	    true },
	{ NULL, "OnQuarantine hold\nOverride example.nl quarantine", RULE_OVERRIDE, Q,
	    true, true },
	{ NULL, FORWARDER "Override example.nl hold", RULE_OVERRIDE, Q, true, true },
	{ policy_none, "Override example.nl reject", RULE_OVERRIDE, R, true, true },
	{ list_mail, "Override example.nl reject", RULE_OVERRIDE, R, true, true },
	{ NULL, "Override .example.nl accept", RULE_POLICY_REJECT, R, false, false },
	{ NULL, "Override sub.example.nl accept", RULE_POLICY_REJECT, R, false, false },
	{ NULL, "Override Example.NL. accept", RULE_OVERRIDE, A, true, true },
	{ below_example, "Override .example.nl accept", RULE_OVERRIDE, A, true, true },
	{ below_example, "Override example.nl accept", RULE_POLICY_REJECT, R, false,
	    false },
	{ lookalike, "Override example.nl accept\nOverride .example.nl accept",
	    RULE_POLICY_REJECT, R, false, false },
	{ lookalike_behind, "Override example.nl accept\nOverride .example.nl accept",
	    RULE_POLICY_REJECT, R, false, false },
	{ NULL, "Override example.nl accept client=192.0.2.7", RULE_OVERRIDE, A, true,
	    true },
	{ NULL, "Override example.nl accept client=192.0.2.8", RULE_POLICY_REJECT, R,
	    false, false },
	{ NULL, "Override example.nl accept until=2027-01-30", RULE_POLICY_REJECT, R,
	    false, false },
	{ NULL, "Override example.nl accept until=2027-01-31", RULE_OVERRIDE, A, true,
	    true },

	/* Trusted forwarders */
	{ NULL, FORWARDER, RULE_TRUSTED_FORWARDER, A, true, true },
	{ policy_quarantine, FORWARDER, RULE_TRUSTED_FORWARDER, A, true, true },
	{ NULL, "TrustedForwarders 192.0.2.8", RULE_POLICY_REJECT, R, false, false },

	/* Policy none */
	{ policy_none, "", RULE_POLICY_NONE, A, false, false },
	{ policy_none, "OnReject reject\nOnQuarantine reject", RULE_POLICY_NONE, A, false,
	    false },
	{ list_policy_none, "OnListMail reject", RULE_POLICY_NONE, A, false, false },

	/* Mailing lists that signed: policy reject only. */
	{ list_mail, "", RULE_MAILING_LIST, H, true, true },
	{ list_by_post, "", RULE_MAILING_LIST, H, true, true },
	{ list_of_two_names, "TrustedLists club.example", RULE_MAILING_LIST, H, true,
	    true },
	{ list_of_two_names, "TrustedLists other.example", RULE_MAILING_LIST, H, true,
	    true },
	{ list_of_two_names, "TrustedLists example.com", RULE_POLICY_REJECT, R, false,
	    false },
	{ list_mail, "OnQuarantine hold", RULE_MAILING_LIST, Q, true, true },
	{ list_mail, "OnListMail accept", RULE_MAILING_LIST, H, true, true },
	{ list_mail, "OnQuarantine accept", RULE_MAILING_LIST, H, true, true },
	{ list_mail, "OnListMail accept\nTrustedLists lists.club.example",
	    RULE_MAILING_LIST, A, true, true },
	{ list_mail, "OnQuarantine accept\nTrustedLists lists.club.example",
	    RULE_MAILING_LIST, A, true, true },
	{ list_mail, "OnListMail header", RULE_MAILING_LIST, H, true, true },
	{ list_mail, "OnListMail hold", RULE_MAILING_LIST, Q, true, true },
	{ list_mail, "OnListMail reject", RULE_MAILING_LIST, R, true, true },
	{ list_mail, FORWARDER, RULE_TRUSTED_FORWARDER, A, true, true },
	{ list_mail, "TrustedLists lists.club.example", RULE_MAILING_LIST, H, true,
	    true },
	{ list_mail, "TrustedLists users.lists.club.example", RULE_MAILING_LIST, H, true,
	    true },
	{ list_mail, "TrustedLists a.example club.example", RULE_MAILING_LIST, H, true,
	    true },
	{ list_mail, "TrustedLists other.example", RULE_POLICY_REJECT, R, false, false },
	{ list_mail, "TrustedLists other.users.lists.club.example", RULE_POLICY_REJECT, R,
	    false, false },
	{ list_mail, "TrustedLists ub.example", RULE_POLICY_REJECT, R, false, false },
	{ list_that_did_not_sign, "", RULE_POLICY_REJECT, R, false, false },
	{ list_policy_quarantine, "OnListMail accept", RULE_POLICY_QUARANTINE, H, false,
	    false },

	/* Policy quarantine */
	{ policy_quarantine, "", RULE_POLICY_QUARANTINE, H, false, false },
	{ policy_quarantine, "OnQuarantine hold", RULE_POLICY_QUARANTINE, Q, false,
	    false },
	{ policy_quarantine, "OnQuarantine reject", RULE_POLICY_QUARANTINE, R, true,
	    true },
	{ policy_quarantine, "OnQuarantine accept", RULE_POLICY_QUARANTINE, A, true,
	    true },

	/* Policy reject */
	{ policy_reject, "", RULE_POLICY_REJECT, R, false, false },
	{ policy_reject, "OnReject accept", RULE_POLICY_REJECT, A, true, true },
	{ policy_reject, "OnReject header", RULE_POLICY_REJECT, H, true, true },
	{ policy_reject, "OnReject hold", RULE_POLICY_REJECT, Q, true, true },
	{ policy_reject, "OnReject quarantine", RULE_POLICY_REJECT, H, true, true },
	{ policy_reject, "OnReject quarantine\nOnQuarantine hold", RULE_POLICY_REJECT, Q,
	    true, true },
	{ policy_reject, "OnReject quarantine\nOnQuarantine accept", RULE_POLICY_REJECT,
	    A, true, true },
	{ policy_reject, "OnReject quarantine\nOnQuarantine reject", RULE_POLICY_REJECT,
	    R, false, false },

	/* pct=0 counts as t=y, under the rule of the milder policy and by our choice. */
	{ pct_zero, "", RULE_POLICY_QUARANTINE, H, true, true },
	{ pct_zero, "OnReject hold", RULE_POLICY_QUARANTINE, H, true, true },
	{ pct_zero, "OnQuarantine hold", RULE_POLICY_QUARANTINE, Q, true, true },
	{ pct_zero, "OnQuarantine accept", RULE_POLICY_QUARANTINE, A, true, true },
	{ pct_zero, "OnQuarantine reject", RULE_POLICY_QUARANTINE, R, true, true },
	{ pct_zero, "Override example.nl reject", RULE_OVERRIDE, R, true, true },
	{ pct_zero, FORWARDER, RULE_TRUSTED_FORWARDER, A, true, true },
	{ pct_zero_quarantine, "", RULE_POLICY_NONE, A, true, true },
	{ pct_zero_quarantine, "OnQuarantine reject", RULE_POLICY_NONE, A, true, true },
	{ pct_zero_quarantine_temperror, "", RULE_POLICY_NONE, A, true, true },
	{ pct_zero_temperror, "", RULE_DMARC_TEMPERROR, T, false, false },
	{ pct_zero_not_known, "", RULE_DMARC_TEMPERROR, T, false, false },
	{ pct_zero_pass, "", RULE_DMARC_PASS, A, false, false },
	{ pct_zero_by_relay, "", RULE_POLICY_QUARANTINE, H, true, true },
	{ pct_zero_by_relay, "OnQuarantine reject", RULE_POLICY_QUARANTINE, H, true,
	    true },

	/* What comes through a relay is not refused. */
	{ by_relay, "", RULE_POLICY_REJECT, H, true, true },
	{ by_relay, "OnQuarantine hold", RULE_POLICY_REJECT, Q, true, true },
	{ by_relay, "OnQuarantine accept", RULE_POLICY_REJECT, A, true, true },
	{ by_relay, "OnQuarantine reject", RULE_POLICY_REJECT, H, true, true },
	{ by_relay, "OnReject accept", RULE_POLICY_REJECT, A, true, true },
	{ by_relay, "Override example.nl reject", RULE_OVERRIDE, H, true, true },
	{ by_relay_bad_from, "", RULE_BAD_FROM, H, true, false },
	{ by_relay_temperror, "", RULE_DMARC_TEMPERROR, T, false, false },
	{ by_relay_pass, "", RULE_DMARC_PASS, A, false, false },
};

static void
check_row(const struct row *row, bool monitor)
{
	char conf[300];
	struct config *config;
	struct message m;
	struct verdict v;

	snprintf(
	    conf, sizeof conf, "Mode %s\n%s", monitor ? "monitor" : "enforce", row->conf);
	config = conf_good(conf);
	message_init(&m);
	if (row->change != NULL)
		row->change(&m);
	v = verdict_decide(config, &m.ev);
	if (v.would != row->action || v.rule != row->rule)
		fail_msg("row %td (%s): %s by %s, not %s by %s", row - rows, row->conf,
		    verdict_action_name(v.would), rule_name(v.rule),
		    verdict_action_name(row->action), rule_name(row->rule));
	if ((v.reason != NULL) != row->has_reason)
		fail_msg("row %td: reason %s", row - rows, v.reason);
	assert_int_equal(v.action, monitor ? ACTION_ACCEPT : row->action);
	if (!monitor && verdict_is_local(&v) != row->is_local)
		fail_msg("row %td (%s): local %d", row - rows, row->conf, !row->is_local);
	assert_true((v.override != NULL) == (v.rule == RULE_OVERRIDE));
	config_free(config);
}

static void
test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_row(&rows[i], false);
}

static void
test_every_rule_has_a_row(void **state)
{
	(void)state;
	for (enum rule r = 0; r < RULE_COUNT; r++) {
		size_t i = 0;

		while (i < sizeof rows / sizeof rows[0] && rows[i].rule != r)
			i++;
		if (i == sizeof rows / sizeof rows[0])
			fail_msg(
			    "rule %s: no row of this test leads to it", rule_name(r));
	}
}

/* Monitor mode lets all through and says what enforce would have done. */
static void
test_monitor(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_row(&rows[i], true);
}

/* Not to do what the policy asks for is local, also because of Mode monitor. */
static void
test_monitor_is_local(void **state)
{
	struct config *config = conf_good("Mode monitor");
	struct message m;
	struct verdict v;

	(void)state;
	message_init(&m);
	v = verdict_decide(config, &m.ev);
	assert_true(verdict_is_local(&v));
	policy_none(&m);
	v = verdict_decide(config, &m.ev);
	assert_false(verdict_is_local(&v));
	pct_zero_quarantine(&m);
	v = verdict_decide(config, &m.ev);
	assert_true(verdict_is_local(&v));
	config_free(config);
}

static void
test_reasons(void **state)
{
	struct config *config =
	    conf_good("Override example.nl hold reason=\"they move\"\n"
		      "OnQuarantine hold\n");
	struct message m;
	struct verdict v;

	(void)state;
	message_init(&m);
	v = verdict_decide(config, &m.ev);
	assert_string_equal(v.reason, "they move");
	assert_ptr_equal(v.override, &config->overrides[0]);
	config->overrides[0].action = CONFIG_REJECT;
	m.ev.relay.is_relay = true;
	v = verdict_decide(config, &m.ev);
	assert_int_equal(v.action, ACTION_HOLD);
	assert_non_null(strstr(v.reason, "relay"));
	assert_ptr_equal(v.override, &config->overrides[0]);
	config_free(config);
}

/* The last day is one of those on which it holds. */
static void
test_last_day(void **state)
{
	static const struct {
		int day;
		enum rule rule; /* with until=2027-01-31 */
	} days[] = {
		{ 20270130, RULE_OVERRIDE },
		{ 20270131, RULE_OVERRIDE },
		{ 20270201, RULE_POLICY_REJECT },
		{ DAY_NONE, RULE_POLICY_REJECT },
	};
	struct config *config = conf_good("Override example.nl accept until=2027-01-31");

	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
		struct message m;
		struct verdict v;

		message_init(&m);
		m.ev.day = days[i].day;
		v = verdict_decide(config, &m.ev);
		if (v.rule != days[i].rule)
			fail_msg("%d: %s", days[i].day, rule_name(v.rule));
	}
	config_free(config);
}

static void
test_action_names(void **state)
{
	(void)state;
	assert_string_equal(verdict_action_name(ACTION_ACCEPT), "accept");
	assert_string_equal(verdict_action_name(ACTION_HEADER), "header");
	assert_string_equal(verdict_action_name(ACTION_HOLD), "hold");
	assert_string_equal(verdict_action_name(ACTION_REJECT), "reject");
	assert_string_equal(verdict_action_name(ACTION_TEMPFAIL), "tempfail");
}

static void
in_test_mode(struct message *m)
{
	m->ev.dmarc.test_mode = true;
	m->ev.dmarc.policy = DMARC_P_QUARANTINE;
}

static void
quarantine_in_test_mode(struct message *m)
{
	m->ev.dmarc.test_mode = true;
	m->ev.dmarc.published = DMARC_P_QUARANTINE;
	m->ev.dmarc.policy = DMARC_P_NONE;
}

static void
sampled_out(struct message *m)
{
	m->ev.dmarc.sampled_out = true;
	m->ev.dmarc.policy = DMARC_P_QUARANTINE;
}

static void
published_quarantine(struct message *m)
{
	m->ev.dmarc.published = m->ev.dmarc.policy = DMARC_P_QUARANTINE;
}

static void
published_none(struct message *m)
{
	m->ev.dmarc.published = m->ev.dmarc.policy = DMARC_P_NONE;
}

static void
temperror_published_reject(struct message *m)
{
	temperror_policy_reject(m);
	m->ev.dmarc.published = DMARC_P_REJECT;
}

struct departure_row {
	void (*change)(struct message *);
	const char *conf;
	const char *told; /* "type (comment)", and the next */
};

static const struct departure_row departure_rows[] = {
	/* What was asked for was done. */
	{ NULL, "", "" },
	{ published_quarantine, "", "" },
	{ published_quarantine, "OnQuarantine hold", "" },
	{ published_none, "", "" },
	/* There is no alignment to fail, or no policy. */
	{ pass, "", "" },
	{ none, "", "" },
	{ permerror, "OnBadFrom accept", "" },
	{ temperror, "OnTempError accept", "" },
	/* The message will come again. */
	{ temperror_published_reject, "", "" },
	{ temperror_published_reject, "OnTempError accept", "other (temporary error)" },
	{ temperror_published_reject, "OnTempError header", "other (temporary error)" },
	{ temperror_published_reject, "Override example.nl accept",
	    "local_policy (local policy (Override))" },
	{ NULL, FORWARDER, "trusted_forwarder (client is in TrustedForwarders)" },
	{ list_mail, "", "mailing_list (signed by its mailing list)" },
	{ list_mail, "OnListMail reject", "" },
	{ NULL, "Override example.nl hold reason=moving", "local_policy (moving)" },
	{ published_none, "Override example.nl reject reason=forged",
	    "local_policy (forged)" },
	{ NULL, "OnReject header", "local_policy (local policy (OnReject))" },
	{ published_quarantine, "OnQuarantine reject",
	    "local_policy (local policy (OnQuarantine))" },
	{ by_relay, "",
	    "local_policy (not refused, as it comes through a trusted relay)" },
	{ NULL, "Mode monitor", "local_policy (Mode monitor)" },
	{ list_mail, "Mode monitor", "local_policy (Mode monitor)" },
	{ published_none, "Mode monitor", "" },
	{ NULL, "Mode monitor\n" FORWARDER,
	    "trusted_forwarder (client is in TrustedForwarders)" },
	/* The record itself asks for less, and we may still do another thing. */
	{ in_test_mode, "", "policy_test_mode (t=y)" },
	{ quarantine_in_test_mode, "", "policy_test_mode (t=y)" },
	{ sampled_out, "", "other (spared by pct=)" },
	{ in_test_mode, "OnQuarantine accept",
	    "policy_test_mode (t=y); local_policy (local policy (OnQuarantine))" },
	{ sampled_out, "Mode monitor",
	    "other (spared by pct=); local_policy (Mode monitor)" },
	{ in_test_mode, "OnQuarantine reject", "" },
	/* It does not, but we take it so. */
	{ pct_zero, "", "local_policy (pct=0 read as t=y)" },
	{ pct_zero, "OnQuarantine accept",
	    "local_policy (pct=0 read as t=y; local policy (OnQuarantine))" },
	{ pct_zero, "OnQuarantine reject", "" },
	{ pct_zero, "Mode monitor", "local_policy (Mode monitor)" },
	{ pct_zero, FORWARDER, "trusted_forwarder (client is in TrustedForwarders)" },
	{ pct_zero_quarantine, "", "local_policy (pct=0 read as t=y)" },
	{ pct_zero_quarantine_temperror, "", "local_policy (pct=0 read as t=y)" },
	{ pct_zero_temperror, "OnTempError header", "other (temporary error)" },
};

static void
check_departures(const struct departure_row *row)
{
	struct verdict_departure out[VERDICT_DEPARTURES_MAX];
	struct config *config = conf_good(row->conf);
	struct message m;
	struct verdict v;
	char told[300] = "";
	size_t count;

	message_init(&m);
	if (row->change != NULL)
		row->change(&m);
	v = verdict_decide(config, &m.ev);
	count = verdict_departures(&v, &m.ev, out);
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(told);

		snprintf(told + len, sizeof told - len, "%s%s (%s)", i > 0 ? "; " : "",
		    out[i].type, out[i].comment != NULL ? out[i].comment : "");
	}
	if (strcmp(told, row->told) != 0)
		fail_msg("row %td (%s): \"%s\"", row - departure_rows, row->conf, told);
	config_free(config);
}

static void
test_departures(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof departure_rows / sizeof departure_rows[0]; i++)
		check_departures(&departure_rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_every_rule_has_a_row),
		cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_monitor_is_local),
		cmocka_unit_test(test_departures),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_last_day),
		cmocka_unit_test(test_action_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
