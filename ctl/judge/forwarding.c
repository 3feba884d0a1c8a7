#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/pool.h"
#include "ctl/judge/forwarding.h"
#include "mail/address.h"
#include "mail/evidence.h"

/* Of the author's organization, or of the author domain alone where that is not known. */
static bool
is_of_author(const struct evidence *ev, const char *name)
{
	const char *org = ev->dmarc.org_domain;

	return *name != '\0' &&
	       address_is_within(name, org != NULL ? org : ev->from.domain);
}

static bool
is_changed(const struct evidence *ev)
{
	for (size_t i = 0; i < ev->dkim_count; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		if (evidence_is_body_changed(d) && is_of_author(ev, d->domain))
			return true;
	}
	return false;
}

/* "SRS0=HASH=TT=domain=local", as the Sender Rewriting Scheme has it: "=", "+" or "-". */
static bool
is_srs(const char *local)
{
	return (strncasecmp(local, "SRS0", 4) == 0 ||
		   strncasecmp(local, "SRS1", 4) == 0) &&
	       local[4] != '\0' && strchr("=+-", local[4]) != NULL;
}

/* Who forwards rewrites it so that SPF passes for his own domain. */
static bool
is_rewritten(const struct evidence *ev)
{
	struct pool *pool;
	bool is;

	if (ev->spf.result != SPF_PASS || ev->spf.scope != SPF_MAILFROM ||
	    is_of_author(ev, ev->spf.domain))
		return false;
	pool = pool_new();
	is = is_srs(address_reverse_path(ev->mail_from, pool).local);
	pool_free(pool);
	return is;
}

enum forwarding
forwarding_of(const struct evidence *ev)
{
	if (is_changed(ev))
		return FORWARDING_BODY;
	return is_rewritten(ev) ? FORWARDING_SRS : FORWARDING_NONE;
}
