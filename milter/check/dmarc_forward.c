#include <stddef.h>
#include <string.h>

#include "check/dmarc.h"
#include "check/dmarc_forward.h"
#include "check/orgdomain.h"
#include "mail/address.h"
#include "mail/evidence.h"
#include "mail/srs.h"

/* One of the author domain itself comes first, as it needs no DNS. */
static bool
is_body_changed(struct dmarc_check *check, const struct evidence *ev)
{
	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (evidence_is_body_changed(&ev->dkim[i]) &&
		    strcmp(ev->dkim[i].domain, ev->from.domain) == 0)
			return true;
	}
	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (evidence_is_body_changed(&ev->dkim[i]) &&
		    dmarc_check_aligns(check, ev->dkim[i].domain, "dkim"))
			return true;
	}
	return false;
}

static bool
is_of_owner(const struct orgdomain_list *suffixes, const char *name, const char *domain,
    struct pool *pool)
{
	const char *normal =
	    name != NULL ? address_domain(name, strlen(name), pool) : NULL;

	return normal != NULL && orgdomain_are_of_one(suffixes, normal, domain);
}

/*
 * Is the envelope sender the forwarder's own?  That SPF passes does not say so: whoever
 * sends through a forwarder that rewrites nothing can name it in his own SPF record.
 * What it calls itself no stranger chooses.
 */
static bool
is_of_client(const struct evidence *ev, const char *domain,
    const struct orgdomain_list *suffixes, struct pool *pool)
{
	return is_of_owner(suffixes, ev->helo, domain, pool) ||
	       is_of_owner(suffixes, ev->client_name, domain, pool) ||
	       is_of_owner(suffixes, ev->forward.client_confirmed, domain, pool);
}

/* Behind a relay SPF looks at another host than the one that is trusted. */
static bool
is_rewritten(struct dmarc_check *check, const struct evidence *ev,
    const struct orgdomain_list *suffixes, struct pool *pool)
{
	struct address sender;
	const char *inner;

	if (ev->spf.result != SPF_PASS || ev->spf.scope != SPF_MAILFROM ||
	    ev->relay.is_relay)
		return false;
	sender = address_reverse_path(ev->mail_from, pool);
	inner = srs_inner_domain(sender.local, pool);
	return inner != NULL && sender.domain != NULL &&
	       is_of_client(ev, sender.domain, suffixes, pool) &&
	       dmarc_check_aligns(check, inner, "srs");
}

void
dmarc_forward_find(struct dmarc_check *check, struct evidence *ev,
    const struct orgdomain_list *suffixes, struct pool *pool)
{
	if (is_body_changed(check, ev))
		ev->forward.forwarded = FORWARDED_BODY;
	else if (is_rewritten(check, ev, suffixes, pool))
		ev->forward.forwarded = FORWARDED_SRS;
	else
		ev->forward.forwarded = FORWARDED_NO;
	ev->dmarc.steps = dmarc_check_steps(check, &ev->dmarc.step_count);
}
