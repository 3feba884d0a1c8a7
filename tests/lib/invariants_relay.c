#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "invariants_relay.h"
#include "mail/evidence.h"
#include "mail/header.h"

/* A relay's word is a pass, in the place of what may be replaced, and only where asked.
 */
const char *
invariants_relay_broken(const struct config *config, const struct evidence *ev)
{
	bool any = ev->spf.by_relay;

	if (any && (ev->spf.result != SPF_PASS ||
		       (ev->spf.own != SPF_FAIL && ev->spf.own != SPF_NONE &&
			   ev->spf.own != SPF_NEUTRAL)))
		return "a relay's word on SPF counts where it must not";
	for (size_t i = 0; i < ev->dkim_count; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		if (d->by_relay &&
		    (d->result != DKIM_PASS || d->own == DKIM_PASS ||
			d->own == DKIM_TEMPERROR || d->own == DKIM_PERMERROR))
			return "a relay's word on DKIM counts where it must not";
		any = any || d->by_relay;
	}
	if (any && (ev->relay.results != RELAY_RESULTS_READ || !ev->relay.is_relay ||
		       *config->relay_results_id == '\0' || ev->from.status != FROM_OK ||
		       ev->headers->overflow))
		return "a relay's word counts unasked";
	return NULL;
}
