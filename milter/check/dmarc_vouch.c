#include <string.h>

#include "check/dmarc_vouch.h"
#include "check/orgdomain.h"
#include "mail/evidence.h"

/* Where the record gave no answer, it could have aligned siblings too. */
static bool
may_be_aligned(
    const struct evidence *ev, const char *domain, const struct orgdomain_list *suffixes)
{
	return ev->dmarc.result == DMARC_TEMPERROR && ev->dmarc.record_domain == NULL &&
	       suffixes != NULL &&
	       strcmp(orgdomain_registrable(suffixes, ev->from.domain),
		   orgdomain_registrable(suffixes, domain)) == 0;
}

/* The same name is, also where nobody else could be told from it. */
static bool
is_related(
    const struct evidence *ev, const char *domain, const struct orgdomain_list *suffixes)
{
	const char *author = ev->from.domain;

	if (*domain == '\0')
		return false;
	return strcmp(author, domain) == 0 ||
	       orgdomain_are_related(suffixes, author, domain) ||
	       may_be_aligned(ev, domain, suffixes);
}

enum dmarc_vouch
dmarc_vouch(const struct evidence *ev, const struct orgdomain_list *suffixes)
{
	enum dmarc_vouch best = DMARC_VOUCH_NONE;

	if (is_related(ev, ev->spf.domain, suffixes)) {
		if (ev->spf.result == SPF_PASS)
			return DMARC_VOUCH_PASS;
		if (ev->spf.result == SPF_TEMPERROR)
			best = DMARC_VOUCH_TEMPERROR;
	}
	for (size_t i = 0; i < ev->dkim_count; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		if (!is_related(ev, d->domain, suffixes))
			continue;
		if (d->result == DKIM_PASS)
			return DMARC_VOUCH_PASS;
		if (d->result == DKIM_TEMPERROR)
			best = DMARC_VOUCH_TEMPERROR;
	}
	return best;
}
