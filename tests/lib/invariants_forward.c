#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/netlist.h"
#include "config/config.h"
#include "invariants_forward.h"
#include "mail/address.h"
#include "mail/evidence.h"
#include "policy/verdict.h"

static const char *
last_label(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL ? dot + 1 : name;
}

/* What could align, whatever the records say: of one top-level domain. */
static bool
is_near(const struct evidence *ev, const char *domain)
{
	return *domain != '\0' &&
	       strcasecmp(last_label(domain), last_label(ev->from.domain)) == 0;
}

static bool
has_changed_body(const struct evidence *ev)
{
	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (ev->dkim[i].result == DKIM_FAIL &&
		    evidence_is_body_changed(&ev->dkim[i]) &&
		    is_near(ev, ev->dkim[i].domain))
			return true;
	}
	return false;
}

static bool
is_rewritten(const struct evidence *ev)
{
	return ev->spf.result == SPF_PASS && ev->spf.scope == SPF_MAILFROM &&
	       !ev->relay.is_relay && strcasestr(ev->mail_from, "SRS0") != NULL &&
	       strcasestr(ev->mail_from, last_label(ev->from.domain)) != NULL;
}

static bool
is_below(const char *name, const char *domain)
{
	return name != NULL && strcmp(name, domain) != 0 &&
	       address_is_within(name, domain);
}

/* Only what an entry asked for was looked at, and it is what it says. */
static const char *
look_broken(const struct config *config, const struct evidence *ev)
{
	const char *name = ev->forward.client_confirmed;
	bool has_names = false, wanted = name == NULL || *name == '\0';

	for (size_t i = 0; i < config->forwarder_count; i++) {
		const char *domain = config->forwarders[i].domain;

		has_names = has_names || domain != NULL;
		wanted = wanted || (domain != NULL && is_below(name, domain));
	}
	if (name != NULL && !has_names)
		return "a client's name was asked for, and no entry is one";
	if (!wanted)
		return "a client's name is confirmed that no entry asked for";
	if (ev->forward.forwarded != FORWARDED_UNASKED && config->forwarder_count == 0)
		return "forwarding was looked for without TrustedForwarders";
	if (ev->forward.forwarded == FORWARDED_BODY && !has_changed_body(ev))
		return "forwarded by a signature that there is not";
	if (ev->forward.forwarded == FORWARDED_SRS && !is_rewritten(ev))
		return "forwarded by an envelope sender that was not rewritten";
	return NULL;
}

static const char *
entry_broken(const struct evidence *ev, const struct config_forwarder *f)
{
	if (f->only_forwarded && ev->forward.forwarded != FORWARDED_BODY &&
	    ev->forward.forwarded != FORWARDED_SRS)
		return "let in by only=forwarded, and nothing shows it";
	if (f->domain != NULL && !is_below(ev->forward.client_confirmed, f->domain))
		return "let in by a name that the client does not have";
	if (f->domain == NULL && !netlist_covers(&f->network, &ev->client))
		return "let in by an address that is not the client's";
	return NULL;
}

const char *
invariants_forward_broken(
    const struct config *config, const struct evidence *ev, const struct verdict *v)
{
	const char *broken = look_broken(config, ev);
	bool stopped = v->would == ACTION_HEADER || v->would == ACTION_HOLD ||
		       v->would == ACTION_REJECT;

	if (broken != NULL)
		return broken;
	if ((v->rule == RULE_TRUSTED_FORWARDER) != (v->forwarder != NULL))
		return "the rule is TrustedForwarders, and no entry decided, or the "
		       "other "
		       "way";
	if (v->forwarder != NULL && v->would != ACTION_ACCEPT)
		return "TrustedForwarders does not let in";
	if (ev->sealed != NULL && !stopped)
		return "who sealed it is told of what is not stopped";
	return v->forwarder != NULL ? entry_broken(ev, v->forwarder) : NULL;
}
