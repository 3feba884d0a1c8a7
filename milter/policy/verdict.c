#include <stddef.h>
#include <string.h>

#include "config/config.h"
#include "config/config_forwarder.h"
#include "config/config_override.h"
#include "mail/address.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "policy/verdict.h"

/* What a setting or an Override asks for, with "quarantine" resolved. */
static enum action
action_of(const struct config *config, int setting)
{
	switch (setting == CONFIG_QUARANTINE ? config->on_quarantine : setting) {
	case CONFIG_ACCEPT:
		return ACTION_ACCEPT;
	case CONFIG_HEADER:
		return ACTION_HEADER;
	case CONFIG_HOLD:
		return ACTION_HOLD;
	case CONFIG_TEMPFAIL:
		return ACTION_TEMPFAIL;
	default:
		return ACTION_REJECT;
	}
}

static struct verdict
verdict(enum action would, enum rule rule, const char *reason)
{
	return (struct verdict){ .would = would, .rule = rule, .reason = reason };
}

/* Naming no list trusts every list that signs its mail. */
static bool
is_trusted_list(const struct wordlist *trusted, const char *list)
{
	for (size_t i = 0; i < trusted->count; i++) {
		if (address_is_within(list, trusted->words[i]))
			return true;
	}
	return trusted->count == 0;
}

/* SPF alone would not do: whoever sends from a list's provider would be the list. */
static bool
is_list_mail(const struct config *config, const struct list_evidence *list)
{
	const struct wordlist *trusted = &config->trusted_lists;

	return (list->id != NULL && is_trusted_list(trusted, list->id)) ||
	       (list->post != NULL && is_trusted_list(trusted, list->post));
}

/* Is ${action} what the domain's policy asks for, where ${rule} decides? */
static bool
is_asked_for(enum rule rule, enum action action)
{
	return (rule_row(rule)->asked & RULE_ACTION(action)) != 0;
}

static struct verdict
by_override(const struct config *config, const struct config_override *o)
{
	struct verdict v = verdict(action_of(config, o->action), RULE_OVERRIDE,
	    o->reason != NULL ? o->reason : "local policy (Override)");

	v.override = o;
	return v;
}

static struct verdict
by_policy_quarantine(const struct config *config)
{
	enum action would = action_of(config, config->on_quarantine);

	return verdict(would, RULE_POLICY_QUARANTINE,
	    is_asked_for(RULE_POLICY_QUARANTINE, would) ? NULL
							: "local policy (OnQuarantine)");
}

static struct verdict
by_policy_reject(const struct config *config)
{
	enum action would = action_of(config, config->on_reject);

	return verdict(would, RULE_POLICY_REJECT,
	    is_asked_for(RULE_POLICY_REJECT, would) ? NULL : "local policy (OnReject)");
}

/*
 * While no list is named, whoever adds a List-Id and signs is one: such mail is marked at
 * least, or anybody could undo p=reject.
 */
static struct verdict
by_list(const struct config *config)
{
	enum action would = action_of(config, config->on_list_mail);

	if (would == ACTION_ACCEPT && config->trusted_lists.count == 0)
		return verdict(ACTION_HEADER, RULE_MAILING_LIST,
		    "signed by a mailing list that is not in TrustedLists");
	return verdict(would, RULE_MAILING_LIST, "signed by its mailing list");
}

/*
 * What the record asks for.  pct=0 is how a domain in rollout asked not to be taken at
 * its word yet, before t=y took its place (RFC 9989 appendix A.6), and many still do: to
 * be milder than the policy is a receiver's own choice (section 5.4).
 */
static enum dmarc_policy
policy_of(const struct dmarc_evidence *dmarc)
{
	if (!dmarc->pct_zero)
		return dmarc->policy;
	return dmarc->policy == DMARC_P_REJECT ? DMARC_P_QUARANTINE : DMARC_P_NONE;
}

/* Why an entry of TrustedForwarders lets a failure in. */
static const char *
forwarder_reason(const struct config_forwarder *f, const struct evidence *ev)
{
	if (f->only_forwarded && ev->forward.forwarded == FORWARDED_BODY)
		return "client is in TrustedForwarders, and only the body was changed";
	if (f->only_forwarded)
		return "client is in TrustedForwarders, and rewrote the envelope sender";
	return f->domain != NULL ? "the client's name is in TrustedForwarders"
				 : "client is in TrustedForwarders";
}

/* Does an entry of TrustedForwarders let the failure in?  Else ${v} is past them. */
static bool
is_by_forwarder(const struct config *config, const struct evidence *ev, struct verdict *v)
{
	const struct config_forwarder *f = config_forwarder_find(config, &ev->client,
	    ev->forward.client_confirmed, ev->forward.forwarded > FORWARDED_NO);

	if (f == NULL)
		return false;
	*v = verdict(ACTION_ACCEPT, RULE_TRUSTED_FORWARDER, forwarder_reason(f, ev));
	v->forwarder = f;
	return true;
}

/* The same without any of TrustedForwarders. */
static struct verdict
past_forwarders(const struct config *config, struct verdict v)
{
	v.past_forwarders = config->forwarder_count > 0 && v.would != ACTION_ACCEPT;
	return v;
}

/* DMARC says fail, and neither an Override nor TrustedForwarders says otherwise. */
static struct verdict
judge_by_policy(const struct config *config, const struct evidence *ev)
{
	const enum dmarc_policy policy = policy_of(&ev->dmarc);

	if (policy == DMARC_P_NONE)
		return verdict(ACTION_ACCEPT, RULE_POLICY_NONE, NULL);
	if (policy == DMARC_P_QUARANTINE)
		return by_policy_quarantine(config);
	if (is_list_mail(config, &ev->list))
		return by_list(config);
	return by_policy_reject(config);
}

/* DMARC says fail and no Override says otherwise. */
static struct verdict
judge_failure(const struct config *config, const struct evidence *ev)
{
	struct verdict v;

	if (is_by_forwarder(config, ev, &v))
		return v;
	return past_forwarders(config, judge_by_policy(config, ev));
}

/* An author domain was found and DMARC says temperror or fail. */
static struct verdict
judge_doubt(const struct config *config, const struct evidence *ev)
{
	bool temperror = ev->dmarc.result == DMARC_TEMPERROR;
	const struct config_override *o =
	    config_override_find(config, ev->from.domain, &ev->client, ev->day);

	/* A better answer would change nothing, unless an Override asks for a pass: a
	 * forger could name a key that never answers. */
	if (temperror && ev->dmarc.policy_known &&
	    policy_of(&ev->dmarc) == DMARC_P_NONE &&
	    (o == NULL || o->action == CONFIG_ACCEPT))
		return verdict(ACTION_ACCEPT, RULE_POLICY_NONE, NULL);
	if (o != NULL && (!temperror || o->action == CONFIG_ACCEPT))
		return by_override(config, o);
	if (temperror)
		return verdict(
		    action_of(config, config->on_temperror), RULE_DMARC_TEMPERROR, NULL);
	return judge_failure(config, ev);
}

/*
 * May ${name} vouch for ${author} under ${o}?  It itself, what is below it, and what is
 * above it but not above the Override's own name: with ".example.nl" example.nl vouches
 * for a.example.nl, and b.example.nl does not.
 */
static bool
may_vouch(const struct config_override *o, const char *author, const char *name)
{
	return address_is_within(name, author) ||
	       (address_is_within(author, name) && address_is_within(name, o->domain));
}

enum vouch { VOUCH_NONE, VOUCH_TEMPERROR, VOUCH_PASS };

/* The best that SPF and DKIM say for the author where no record says what counts. */
static enum vouch
vouch_for(const struct config_override *o, const struct evidence *ev)
{
	const char *author = ev->from.domain;
	enum vouch best = VOUCH_NONE;

	if (may_vouch(o, author, ev->spf.domain))
		best = ev->spf.result == SPF_PASS        ? VOUCH_PASS
		       : ev->spf.result == SPF_TEMPERROR ? VOUCH_TEMPERROR
							 : VOUCH_NONE;
	for (size_t i = 0; i < ev->dkim_count; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		if (!may_vouch(o, author, d->domain))
			continue;
		if (d->result == DKIM_PASS)
			return VOUCH_PASS;
		if (d->result == DKIM_TEMPERROR && best == VOUCH_NONE)
			best = VOUCH_TEMPERROR;
	}
	return best;
}

/* Null reverse-paths have nothing that SPF could pass by (RFC 7208 section 2.4). */
static bool
is_null_path(const char *mail_from)
{
	return *mail_from == '\0' || strcmp(mail_from, "<>") == 0;
}

/* What SPF and DKIM say, whoever they say it of. */
static enum vouch
any_vouch(const struct evidence *ev)
{
	enum vouch best = ev->spf.result == SPF_PASS        ? VOUCH_PASS
			  : ev->spf.result == SPF_TEMPERROR ? VOUCH_TEMPERROR
							    : VOUCH_NONE;

	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (ev->dkim[i].result == DKIM_PASS)
			return VOUCH_PASS;
		if (ev->dkim[i].result == DKIM_TEMPERROR && best == VOUCH_NONE)
			best = VOUCH_TEMPERROR;
	}
	return best;
}

/* No record, no Override: nobody may answer for it at all, as most senders must today. */
static struct verdict
judge_unasked(const struct config *config, const struct evidence *ev)
{
	enum action would = action_of(config, config->on_unauthenticated);
	enum vouch vouch = any_vouch(ev);
	struct verdict v;

	if (would == ACTION_ACCEPT || vouch == VOUCH_PASS || is_null_path(ev->mail_from))
		return verdict(ACTION_ACCEPT, RULE_DMARC_NONE, NULL);
	if (is_by_forwarder(config, ev, &v))
		return v;
	v = verdict(would, RULE_UNAUTHENTICATED, "neither SPF nor DKIM passed");
	if (vouch == VOUCH_TEMPERROR)
		v = verdict(action_of(config, config->on_temperror), RULE_DMARC_TEMPERROR,
		    "OnUnauthenticated asks for a pass, and DNS gave no answer");
	return past_forwarders(config, v);
}

/* No record that counts: only an Override, or OnUnauthenticated, asks for anything. */
static struct verdict
judge_none(const struct config *config, const struct evidence *ev)
{
	const struct config_override *o =
	    config_override_find(config, ev->from.domain, &ev->client, ev->day);
	enum vouch vouch;

	if (o == NULL)
		return judge_unasked(config, ev);
	vouch = vouch_for(o, ev);
	if (vouch == VOUCH_PASS)
		return verdict(ACTION_ACCEPT, RULE_DMARC_NONE, NULL);
	if (vouch == VOUCH_TEMPERROR && o->action != CONFIG_ACCEPT)
		return verdict(action_of(config, config->on_temperror),
		    RULE_DMARC_TEMPERROR,
		    "an Override asks for a pass, and DNS gave no answer");
	return by_override(config, o);
}

/* Nothing to hold it against: a bounce that shows no domain forges none. */
static struct verdict
judge_no_author(const struct config *config, const struct evidence *ev)
{
	bool postfix = ev->headers->postfix;
	enum action marked = action_of(config, config->on_quarantine);

	if (ev->from.bounce == FROM_BOUNCE_WORD && !postfix)
		return verdict(
		    action_of(config, config->on_bad_from), RULE_BAD_FROM, NULL);
	if (ev->from.bounce == FROM_BOUNCE_MAILER ||
	    (ev->from.bounce == FROM_BOUNCE_COMPLETED && postfix))
		return verdict(ACTION_ACCEPT, RULE_NO_AUTHOR, NULL);
	return verdict(marked == ACTION_ACCEPT ? ACTION_ACCEPT : ACTION_HEADER,
	    RULE_NO_AUTHOR, NULL);
}

static struct verdict
judge(const struct config *config, const struct evidence *ev)
{
	if (ev->exemption == EXEMPT_IGNORED_CLIENT)
		return verdict(ACTION_ACCEPT, RULE_IGNORED_CLIENT, NULL);
	if (ev->exemption == EXEMPT_AUTHENTICATED)
		return verdict(ACTION_ACCEPT, RULE_AUTHENTICATED, NULL);
	if (ev->from.status == FROM_NO_AUTHOR)
		return judge_no_author(config, ev);
	if (!evidence_has_author(ev) || ev->dmarc.result == DMARC_PERMERROR)
		return verdict(
		    action_of(config, config->on_bad_from), RULE_BAD_FROM, NULL);
	if (ev->dmarc.result == DMARC_PASS)
		return verdict(ACTION_ACCEPT, RULE_DMARC_PASS, NULL);
	if (ev->dmarc.result == DMARC_NONE)
		return judge_none(config, ev);
	/* Whatever the policy: without a pass the field is malformed. */
	if (ev->from.status == FROM_MALFORMED_ONE_DOMAIN)
		return verdict(
		    action_of(config, config->on_temperror), RULE_DMARC_TEMPERROR, NULL);
	return judge_doubt(config, ev);
}

/* What we refuse from a relay, it would bounce to whoever the forger named; and what is
 * deferred for good too, in the end. */
static bool
would_bounce(const struct verdict *v)
{
	return v->would == ACTION_REJECT ||
	       (v->would == ACTION_TEMPFAIL && v->rule == RULE_UNAUTHENTICATED);
}

static void
spare_relay(const struct config *config, struct verdict *v)
{
	v->would = action_of(config, config->on_quarantine);
	if (v->would == ACTION_REJECT)
		v->would = ACTION_HEADER;
	v->relay_spared = true;
	v->reason = "not refused, as it comes through a trusted relay";
}

/* A milder policy than the published one decided: these two say it, and no other rule. */
static void
tell_pct_zero(const struct dmarc_evidence *dmarc, struct verdict *v)
{
	if (!dmarc->pct_zero ||
	    (v->rule != RULE_POLICY_NONE && v->rule != RULE_POLICY_QUARANTINE))
		return;
	v->pct_zero = true;
	v->reason = v->reason == NULL ? "pct=0 read as t=y"
				      : "pct=0 read as t=y; local policy (OnQuarantine)";
}

struct verdict
verdict_decide(const struct config *config, const struct evidence *ev)
{
	struct verdict v = judge(config, ev);

	tell_pct_zero(&ev->dmarc, &v);
	if (would_bounce(&v) && ev->relay.is_relay)
		spare_relay(config, &v);
	v.action = config->mode == CONFIG_MONITOR ? ACTION_ACCEPT : v.would;
	return v;
}

const char *
verdict_action_name(enum action action)
{
	static const char *const names[] = {
		[ACTION_ACCEPT] = "accept",
		[ACTION_HEADER] = "header",
		[ACTION_HOLD] = "hold",
		[ACTION_REJECT] = "reject",
		[ACTION_TEMPFAIL] = "tempfail",
	};

	return names[action];
}

bool
verdict_touches(const struct verdict *v)
{
	return v->would == ACTION_HEADER || v->would == ACTION_HOLD ||
	       v->would == ACTION_REJECT;
}

bool
verdict_is_local(const struct verdict *v)
{
	return v->pct_zero ||
	       (rule_row(v->rule)->is_local && !is_asked_for(v->rule, v->action));
}

/* What an action comes to in the words of a policy. */
static enum dmarc_policy
disposition_of(enum action action)
{
	switch (action) {
	case ACTION_HEADER:
	case ACTION_HOLD:
		return DMARC_P_QUARANTINE;
	case ACTION_REJECT:
		return DMARC_P_REJECT;
	default:
		return DMARC_P_NONE;
	}
}

/* Our own part in it: the rule that decided, unless Mode monitor stayed its hand. */
static struct verdict_departure
own_departure(const struct verdict *v)
{
	const char *comment =
	    v->rule == RULE_DMARC_TEMPERROR ? "temporary error" : v->reason;

	if (v->action != v->would)
		return (struct verdict_departure){ "local_policy", "Mode monitor" };
	if (v->pct_zero)
		return (struct verdict_departure){ "local_policy", comment };
	return (struct verdict_departure){ rule_row(v->rule)->departure, comment };
}

size_t
verdict_departures(const struct verdict *v, const struct evidence *ev,
    struct verdict_departure out[VERDICT_DEPARTURES_MAX])
{
	const struct dmarc_evidence *dmarc = &ev->dmarc;
	const enum dmarc_policy done = disposition_of(v->action);
	bool judged = dmarc->result == DMARC_FAIL ||
		      (dmarc->result == DMARC_TEMPERROR && dmarc->policy_known);
	size_t count = 0;

	if (!judged || v->action == ACTION_TEMPFAIL || done == dmarc->published)
		return 0;
	if (dmarc->test_mode)
		out[count++] = (struct verdict_departure){ "policy_test_mode", "t=y" };
	else if (dmarc->sampled_out)
		out[count++] = (struct verdict_departure){ "other", "spared by pct=" };
	if (done != dmarc->policy)
		out[count++] = own_departure(v);
	return count;
}
