#include <string.h>

#include "config/config.h"
#include "ctl/judge/explain_parts.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/reason.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/evidence.h"

static const char *
meaning(enum dmarc_result result)
{
	static const char *const meanings[] = {
		[DMARC_NONE] = N_("none: there is no policy"),
		[DMARC_PASS] = N_("pass: the author domain is proven"),
		[DMARC_FAIL] = N_("fail: nothing proves the author domain"),
		[DMARC_TEMPERROR] = N_("temperror: DNS gave no usable answer"),
		[DMARC_PERMERROR] = N_("permerror: there is no author domain to check"),
	};

	return _(meanings[result]);
}

/* What the steps are for, in the order in which a message meets them. */
static const struct {
	const char *what, *title;
} parts[] = {
	{ "policy", N_("Where the policy is looked for") },
	{ "author", N_("The author domain, and the organization it belongs to") },
	{ "spf", N_("SPF's domain, compared with the author's (alignment)") },
	{ "dkim", N_("DKIM's domains, compared with the author's (alignment)") },
	{ "srs", N_("The domain within the rewritten envelope sender, compared with the "
		    "author's (alignment)") },
};

/* Which record applies, or does not count, stands under Record and Policy. */
static bool
is_told_below(const struct dmarc_step *step)
{
	static const char begin[] = "this record applies";

	return strncmp(step->outcome, begin, sizeof begin - 1) == 0 ||
	       strcmp(step->outcome, EVIDENCE_RECORD_UNUSABLE) == 0;
}

static void
print_steps(const struct page *p, const struct dmarc_evidence *d, size_t part)
{
	char name[PAGE_QUOTE_SIZE], outcome[PAGE_QUOTE_SIZE];
	bool titled = false;

	for (size_t i = 0; i < d->step_count; i++) {
		const struct dmarc_step *step = &d->steps[i];

		if (strcmp(step->what, parts[part].what) != 0 || is_told_below(step))
			continue;
		if (!titled)
			page_text(p, 2, "%s", _(parts[part].title));
		titled = true;
		page_text(p, 4, "%s: %s", page_quote(step->name, name),
		    reason_quote(step->outcome, outcome));
	}
}

/* One that no policy comes of is shown, too: its owner has to find the fault. */
static void
print_record(const struct page *p, const struct dmarc_evidence *d)
{
	const char *owner = evidence_record_owner(d);
	char text[PAGE_QUOTE_SIZE], name[PAGE_QUOTE_SIZE];

	if (d->record == NULL)
		return;
	page_quote(d->record, text);
	if (d->record_domain != NULL)
		page_row(p, _("Record"), _("%s (of %s)"), text, d->record_domain);
	else if (owner != NULL)
		page_row(p, _("Record"), _("%s (of %s; it does not count)"), text,
		    page_quote(owner, name));
	else
		page_row(p, _("Record"), _("%s (it does not count)"), text);
}

static void
print_policy(const struct page *p, const struct dmarc_evidence *d)
{
	static const char *const names[] = {
		[DMARC_P_NONE] = N_("none: do nothing about mail that fails"),
		[DMARC_P_QUARANTINE] =
		    N_("quarantine: treat mail that fails as suspicious"),
		[DMARC_P_REJECT] = N_("reject: refuse mail that fails"),
	};
	/* A subdomain may have come by p=, too: RFC 9989 section 4.7. */
	static const char *const tags[] = {
		[DMARC_TAG_P] = N_("p= of the record"),
		[DMARC_TAG_SP] = N_("sp= of the record, which is for names below it"),
		[DMARC_TAG_NP] =
		    N_("np= of the record, which is for names that do not exist"),
	};

	if (d->record_domain == NULL)
		return;
	page_row(p, _("Policy"), "%s (%s)", _(names[d->policy]), _(tags[d->tag]));
	if (d->test_mode)
		page_row(p, _("Note"),
		    _("published is %s, one step milder for now, because the record says "
		      "t=y "
		      "(testing)"),
		    evidence_policy_name(d->published));
	if (d->pct_zero)
		page_row(p, _("Note"), "%s",
		    _("the record says pct=0 and has no t=: counted as t=y (testing), "
		      "one step milder, by local policy"));
	if (d->sampled_out)
		page_row(p, _("Note"),
		    _("published is %s, but the record applies it to only a part of the "
		      "mail "
		      "(pct=), and this one is spared"),
		    evidence_policy_name(d->published));
	page_row(p, _("Alignment"),
	    _("SPF %s, DKIM %s (relaxed: the same organization is enough; strict: "
	      "exactly the "
	      "same name)"),
	    d->strict_spf ? _("strict") : _("relaxed"),
	    d->strict_dkim ? _("strict") : _("relaxed"));
}

void
explain_dmarc_print(const struct page *p, const struct judged *j)
{
	const struct dmarc_evidence *d = &j->ev->dmarc;
	char text[PAGE_QUOTE_SIZE];

	page_heading(
	    p, _("DMARC: does what SPF or DKIM proves belong to the author's domain?"));
	if (evidence_has_author(j->ev)) {
		print_steps(p, d, 0);
		print_record(p, d);
		print_policy(p, d);
		for (size_t i = 1; i < sizeof parts / sizeof parts[0]; i++)
			print_steps(p, d, i);
		if (d->org_domain != NULL)
			page_row(
			    p, _("Organization"), "%s", page_quote(d->org_domain, text));
	}
	page_row(p, _("Result"), "%s", meaning(d->result));
	if (d->reason != NULL && d->result != DMARC_PASS)
		page_row(p, _("Reason"), "%s", reason_quote(d->reason, text));
	if (d->judges_differ)
		page_row(p, _("Note"), "%s",
		    _("libopendmarc came to another result; the stricter one counts"));
}
