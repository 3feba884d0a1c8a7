#include "config/config.h"
#include "config/config_override.h"
#include "ctl/judge/explain_parts.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/reason.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/evidence.h"
#include "policy/verdict.h"

const char *
explain_verdict_word(const struct judged *j)
{
	static const char *const words[] = {
		[ACTION_ACCEPT] = N_("accepted"),
		[ACTION_HEADER] = N_("marked"),
		[ACTION_HOLD] = N_("held"),
		[ACTION_REJECT] = N_("refused"),
		[ACTION_TEMPFAIL] = N_("deferred"),
	};

	return _(words[j->verdict->action]);
}

/* What proves the author domain, or that nothing does. */
static void
print_pass(const struct page *p, const struct dmarc_evidence *d, const char *domain)
{
	if (d->spf_aligned && d->dkim_aligned)
		page_text(p, 2,
		    _("The message really comes from %s: SPF and a DKIM signature prove "
		      "it."),
		    domain);
	else if (d->spf_aligned)
		page_text(
		    p, 2, _("The message really comes from %s: SPF proves it."), domain);
	else
		page_text(p, 2,
		    _("The message really comes from %s: a DKIM signature proves it."),
		    domain);
}

static void
print_fail(const struct page *p, const struct judged *j, const char *domain)
{
	static const char *const wishes[] = {
		[DMARC_P_NONE] = N_("do nothing about such mail"),
		[DMARC_P_QUARANTINE] = N_("treat such mail as suspicious"),
		[DMARC_P_REJECT] = N_("refuse such mail"),
	};
	const struct dmarc_evidence *d = &j->ev->dmarc;
	char record[PAGE_QUOTE_SIZE];

	page_text(p, 2,
	    _("The message says that it comes from %s, and nothing proves it."), domain);
	page_text(p, 2, _("%s asks to %s (%s=%s)."),
	    page_quote(d->record_domain != NULL ? d->record_domain : domain, record),
	    _(wishes[d->published]), evidence_tag_name(d->tag),
	    evidence_policy_name(d->published));
	if (d->test_mode)
		page_text(p, 2, "%s",
		    _("It asks for one step less for now, because it is testing (t=y)."));
	if (j->verdict->pct_zero)
		page_text(p, 2, "%s",
		    _("It says pct=0, as domains that were rolling out DMARC did before "
		      "there "
		      "was t=y: here it counts as one step less, by local policy."));
	if (d->sampled_out)
		page_text(p, 2, "%s",
		    _("It means only a part of such mail (pct=), and for this message "
		      "asks for "
		      "one step less."));
}

/* Who wants a pass where no policy does. */
static const char *
asked_by(const struct judged *j)
{
	const struct evidence *ev = j->ev;

	return config_override_find(j->config, ev->from.domain, &ev->client, ev->day) !=
		       NULL
		   ? _("An Override asks for one, and DNS gave no usable answer.")
		   : _("OnUnauthenticated asks for a pass of any domain, and DNS gave no "
		       "usable answer.");
}

/* Only an Override or OnUnauthenticated asks for anything then. */
static void
print_none(const struct page *p, const struct judged *j, const char *domain)
{
	const enum rule rule = j->verdict->rule;

	if (rule == RULE_DMARC_NONE) {
		page_text(p, 2,
		    _("%s has published no DMARC policy that counts, so there is nothing "
		      "to "
		      "check the message against."),
		    domain);
		return;
	}
	page_text(p, 2,
	    _("%s has published no DMARC policy that counts, and no pass of its own "
	      "proves the message."),
	    domain);
	if (rule == RULE_DMARC_TEMPERROR)
		page_text(p, 2, "%s", asked_by(j));
}

static void
print_dmarc(const struct page *p, const struct judged *j, const char *domain)
{
	const struct evidence *ev = j->ev;
	char reason[PAGE_QUOTE_SIZE];

	switch (ev->dmarc.result) {
	case DMARC_PASS:
		print_pass(p, &ev->dmarc, domain);
		break;
	case DMARC_FAIL:
		print_fail(p, j, domain);
		break;
	case DMARC_NONE:
		print_none(p, j, domain);
		break;
	default:
		page_text(p, 2,
		    _("Whether the message comes from %s could not be determined, "
		      "because DNS "
		      "gave no usable answer: %s."),
		    domain, reason_of(j, reason));
	}
}

/* RelayResults */
static void
print_by_relay(const struct page *p, const struct evidence *ev)
{
	bool any = ev->spf.by_relay;

	for (size_t i = 0; i < ev->dkim_count; i++)
		any = any || ev->dkim[i].by_relay;
	if (any)
		page_text(p, 2, "%s",
		    _("Some of this is known only from the relay that it came through "
		      "(RelayResults)."));
}

static void
print_monitor(const struct page *p, const struct judged *j)
{
	static const char *const would[] = {
		[ACTION_HEADER] = N_("mark it for Junk"),
		[ACTION_HOLD] = N_("hold it for an operator"),
		[ACTION_REJECT] = N_("refuse it"),
		[ACTION_TEMPFAIL] = N_("defer it"),
	};

	if (j->verdict->action != j->verdict->would)
		page_text(p, 2,
		    _("Mode monitor only watches, so it is accepted; Mode enforce would "
		      "%s."),
		    _(would[j->verdict->would]));
}

/* What the rule says; where no envelope sender is known, nobody said it is a bounce. */
static const char *
why_of(const struct judged *j)
{
	if (j->verdict->rule == RULE_NO_AUTHOR && j->mail_from_source == JUDGED_UNKNOWN)
		return N_("It is judged as a bounce, as its envelope sender is not "
			  "known, and its From field shows no domain that could be "
			  "forged.");
	return explain_rule_of(j->verdict->rule)->why;
}

void
explain_verdict_print(const struct page *p, const struct judged *j)
{
	const struct evidence *ev = j->ev;
	char domain[PAGE_QUOTE_SIZE], reason[PAGE_QUOTE_SIZE];
	const char *why = why_of(j);

	page_quote(ev->from.domain, domain);
	if (ev->exemption != EXEMPT_NO) {
		page_text(p, 2, "%s",
		    _("The client is one of IgnoreHosts: its mail is not checked and not "
		      "changed."));
		return;
	}
	if (!evidence_has_author(ev))
		page_text(p, 2,
		    _("The From field does not name one author domain (%s), so nobody "
		      "can say "
		      "whose mail this is."),
		    reason_of(j, reason));
	else
		print_dmarc(p, j, domain);
	print_by_relay(p, ev);
	if (why != NULL)
		page_text(p, 2, "%s", _(why));
	if (j->verdict->relay_spared)
		page_text(p, 2, "%s",
		    _("It came through one of TrustedRelays. What is refused there, the "
		      "relay "
		      "would send back to a sender who may be forged: so such mail is "
		      "not "
		      "refused."));
	print_monitor(p, j);
}
