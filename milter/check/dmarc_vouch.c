#include <string.h>

#include "check/dmarc_vouch.h"
#include "check/orgdomain.h"
#include "mail/evidence.h"

/* The same name is, also where nobody else could be told from it. */
static bool
is_related(const char *author, const char *domain, const struct orgdomain_list *suffixes)
{
	if (*domain == '\0')
		return false;
	return strcmp(author, domain) == 0 ||
	       orgdomain_are_related(suffixes, author, domain);
}

enum dmarc_vouch
dmarc_vouch(const struct evidence *ev, const struct orgdomain_list *suffixes)
{
	enum dmarc_vouch best = DMARC_VOUCH_NONE;

	if (is_related(ev->from.domain, ev->spf.domain, suffixes)) {
		if (ev->spf.result == SPF_PASS)
			return DMARC_VOUCH_PASS;
		if (ev->spf.result == SPF_TEMPERROR)
			best = DMARC_VOUCH_TEMPERROR;
	}
	for (size_t i = 0; i < ev->dkim_count; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		if (!is_related(ev->from.domain, d->domain, suffixes))
			continue;
		if (d->result == DKIM_PASS)
			return DMARC_VOUCH_PASS;
		if (d->result == DKIM_TEMPERROR)
			best = DMARC_VOUCH_TEMPERROR;
	}
	return best;
}
