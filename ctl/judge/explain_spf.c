#include <string.h>

#include "ctl/judge/explain_parts.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/reason.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/evidence.h"

static const char *
meaning(enum spf_result result)
{
	static const char *const meanings[] = {
		[SPF_NONE] = N_("none: there is no rule to go by"),
		[SPF_NEUTRAL] =
		    N_("neutral: the domain does not say whether this client may"),
		[SPF_PASS] = N_("pass: the domain lets this client send for it"),
		[SPF_FAIL] = N_("fail: the domain does not let this client send for it"),
		[SPF_SOFTFAIL] =
		    N_("softfail: the domain says that this client probably may not"),
		[SPF_TEMPERROR] = N_("temperror: DNS gave no usable answer"),
		[SPF_PERMERROR] = N_("permerror: what the domain published is wrong"),
	};

	return _(meanings[result]);
}

static void
print_step(const struct page *p, const struct spf_step *step)
{
	char term[PAGE_QUOTE_SIZE], target[PAGE_QUOTE_SIZE], outcome[PAGE_QUOTE_SIZE];
	const int indent = 4 + 2 * (step->depth < 10 ? step->depth : 10);

	page_quote(step->term, term);
	reason_quote(step->outcome, outcome);
	if (step->target != NULL && strstr(step->term, step->target) == NULL)
		page_text(p, indent, _("%s (that is %s): %s"), term,
		    page_quote(step->target, target), outcome);
	else
		page_text(p, indent, "%s: %s", term, outcome);
}

static void
print_steps(const struct page *p, const struct spf_evidence *spf)
{
	const char *domain = "";
	char quoted[PAGE_QUOTE_SIZE];

	for (size_t i = 0; i < spf->step_count; i++) {
		const struct spf_step *step = &spf->steps[i];

		if (strcmp(domain, step->domain) != 0)
			page_text(p, 2 + 2 * (step->depth < 10 ? step->depth : 10),
			    _("record of %s"), page_quote(step->domain, quoted));
		domain = step->domain;
		print_step(p, step);
	}
}

/* What stands in records, for those who never wrote one. */
static void
print_legend(const struct page *p)
{
	page_row(p, _("Terms"), "%s",
	    _("ip4, ip6: a network; a, mx: the addresses of a name, of its mail servers; "
	      "include: whoever another domain lets send; redirect: the record of "
	      "another "
	      "domain; all: everybody. The sign before a term says what a match means: - "
	      "may not send, ~ probably may not, ? no statement, + or none may."));
}

static void
print_result(
    const struct page *p, const struct config *config, const struct spf_evidence *spf)
{
	char reason[PAGE_QUOTE_SIZE];

	page_row(p, _("Result"), "%s",
	    spf->by_relay ? _("pass: the relay that it came through says so")
			  : meaning(spf->result));
	if (spf->reason != NULL &&
	    (spf->by_relay || spf->result == SPF_NONE || spf->result >= SPF_TEMPERROR))
		page_row(p, _("Reason"), "%s", reason_quote(spf->reason, reason));
	if (spf->explanation != NULL)
		page_row(
		    p, _("The domain says"), "%s", page_quote(spf->explanation, reason));
	if (spf->lookups > 0)
		page_row(p, _("DNS lookups"),
		    _("%d of at most 10; %d of at most %d found nothing"), spf->lookups,
		    spf->void_lookups, spf->void_lookups_max);
	if (spf->void_lookups > spf->void_lookups_max)
		explain_rule_print_setting(p, config, "SPFVoidLookups");
}

static void
print_one(const struct page *p, const struct config *config,
    const struct spf_evidence *spf, const char *whose)
{
	char domain[PAGE_QUOTE_SIZE];

	page_row(p, _("Domain"), "%s (%s)",
	    *spf->domain != '\0' ? page_quote(spf->domain, domain) : _("none"), whose);
	print_steps(p, spf);
	if (spf->step_count > 0)
		print_legend(p);
	print_result(p, config, spf);
}

void
explain_spf_print(const struct page *p, const struct judged *j)
{
	const struct evidence *ev = j->ev;
	const char *whose = _("of the envelope sender");

	if (ev->spf.scope == SPF_HELO && j->mail_from_source == JUDGED_UNKNOWN)
		whose = _(
		    "what the client said in HELO, because no envelope sender is known");
	else if (ev->spf.scope == SPF_HELO)
		whose = _(
		    "what the client said in HELO, because there is no envelope sender");
	page_heading(
	    p, _("SPF: may this client send mail for the envelope sender's domain?"));
	print_one(p, j->config, &ev->spf, whose);
	if (!ev->has_spf_helo)
		return;
	page_heading(p, _("SPF for HELO (SPFCheckHelo; DMARC does not use it)"));
	print_one(p, j->config, &ev->spf_helo, _("what the client said in HELO"));
}
