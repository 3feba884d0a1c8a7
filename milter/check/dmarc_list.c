#include <stddef.h>

#include "check/dmarc_list.h"
#include "check/orgdomain.h"
#include "mail/header.h"

/* ${list} if it signed, else NULL. */
static const char *
signed_by(
    const struct evidence *ev, const char *list, const struct orgdomain_list *suffixes)
{
	for (size_t i = 0; list != NULL && i < ev->dkim_count; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		if (d->result == DKIM_PASS &&
		    orgdomain_are_related(suffixes, list, d->domain))
			return list;
	}
	return NULL;
}

static bool
is_any_pass(const struct evidence *ev)
{
	size_t i = 0;

	while (i < ev->dkim_count && ev->dkim[i].result != DKIM_PASS)
		i++;
	return i < ev->dkim_count;
}

struct list_evidence
dmarc_list_find(
    const struct evidence *ev, const struct orgdomain_list *suffixes, struct pool *pool)
{
	const char *id = ev->headers->list_id, *post = ev->headers->list_post;
	struct list_evidence found = { NULL, NULL };

	/* Most have neither: nothing is read for them. */
	if ((id == NULL && post == NULL) || !is_any_pass(ev))
		return found;
	if (id != NULL)
		found.id = signed_by(ev, header_list_id(id, pool), suffixes);
	if (post != NULL)
		found.post = signed_by(ev, header_list_post(post, pool), suffixes);
	return found;
}
