#include <stdbool.h>

#include "base/wordlist.h"
#include "check/client_name.h"
#include "check/dmarc_forward.h"
#include "config/config.h"
#include "config/config_forwarder.h"
#include "forwarder.h"
#include "mail/evidence.h"
#include "parts.h"

static void
ask_name(const struct config *config, struct questions *questions, struct evidence *ev,
    struct pool *pool)
{
	struct wordlist names = { 0 };

	config_forwarder_names(config, &names);
	if (names.count > 0)
		ev->forward.client_confirmed =
		    client_name_confirm(questions, &ev->client, &names, pool);
	wordlist_clear(&names);
}

static bool
has_name(const struct evidence *ev)
{
	return ev->forward.client_confirmed != NULL &&
	       *ev->forward.client_confirmed != '\0';
}

struct verdict
forwarder_judge(const struct parts *parts, struct questions *questions,
    struct dmarc_check *dmarc, struct evidence *ev, struct pool *pool)
{
	const struct config *config = parts->config;
	struct verdict v = verdict_decide(config, ev);

	if ((v.forwarder != NULL || v.past_forwarders) &&
	    config_forwarder_has_address(config, &ev->client)) {
		dmarc_forward_find(dmarc, ev, parts->suffixes, pool);
		v = verdict_decide(config, ev);
	}
	if (!v.past_forwarders)
		return v;
	ask_name(config, questions, ev, pool);
	if (!has_name(ev))
		return v;
	/* Whose name is known now may be the rewritten envelope sender's. */
	dmarc_forward_find(dmarc, ev, parts->suffixes, pool);
	return verdict_decide(config, ev);
}
