#include "ctl/judge/explain_parts.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/reason.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/evidence.h"

static const char *
meaning(enum dkim_result result)
{
	static const char *const meanings[] = {
		[DKIM_NONE] = N_("none: there is no signature"),
		[DKIM_PASS] = N_("pass: the signature is valid"),
		[DKIM_FAIL] = N_("fail: the signature does not match the message"),
		[DKIM_POLICY] = N_("policy: our own rules do not let it count"),
		[DKIM_NEUTRAL] = N_("neutral: the signature cannot be checked"),
		[DKIM_TEMPERROR] = N_("temperror: the key could not be fetched now"),
		[DKIM_PERMERROR] = N_("permerror: the signature or its key is wrong"),
	};

	return _(meanings[result]);
}

static void
print_signature(const struct page *p, const struct dkim_evidence *d)
{
	char domain[PAGE_QUOTE_SIZE], selector[PAGE_QUOTE_SIZE], text[PAGE_QUOTE_SIZE];

	page_row(p, _("Signed by"), "%s",
	    *d->domain != '\0' ? page_quote(d->domain, domain) : _("(cannot be read)"));
	if (*d->domain != '\0' && *d->selector != '\0')
		page_row(p, _("Key"), "%s._domainkey.%s",
		    page_quote(d->selector, selector), domain);
	if (d->key_bits > 0)
		page_row(p, _("Algorithm"), _("%s, key of %d bits"),
		    page_quote(d->algorithm, text), d->key_bits);
	page_row(p, _("Result"), "%s",
	    d->by_relay ? _("pass: the relay that it came through says so")
			: meaning(d->result));
	if ((d->by_relay || d->result != DKIM_PASS) && d->reason != NULL)
		page_row(p, _("Reason"), "%s", reason_quote(d->reason, text));
	if (d->testing)
		page_row(p, _("Note"), "%s",
		    _("the domain says that it is still testing DKIM (t=y)"));
}

void
explain_dkim_print(const struct page *p, const struct judged *j)
{
	page_heading(
	    p, _("DKIM: which domains signed it, and are the signatures valid?"));
	for (size_t i = 0; i < j->ev->dkim_count; i++) {
		if (i > 0)
			page_line(p, PAGE_PLAIN, "%s", "");
		print_signature(p, &j->ev->dkim[i]);
	}
	if (j->ev->dkim_count == 0)
		page_text(p, 2, "%s", _("There is no signature."));
}
