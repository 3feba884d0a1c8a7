#include <string.h>

#include "base/pool.h"
#include "config/config.h"
#include "mail/authres.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "policy/actions.h"

/* Received-SPF, the mark, Authentication-Results */
#define INSERTIONS_MAX 3

/* dis=: a message that is refused or deferred gets no results to say it in. */
static const char *
disposition(enum action action)
{
	return action == ACTION_HEADER || action == ACTION_HOLD ? "quarantine" : "none";
}

static struct authres_outcome
outcome_of(const struct verdict *verdict)
{
	bool monitored = verdict->would != verdict->action;
	const struct config_override *o = verdict->override;
	const char *reason = o != NULL ? o->reason : NULL;

	return (struct authres_outcome){
		.disposition = disposition(verdict->action),
		.would = monitored ? verdict_action_name(verdict->would) : NULL,
		.rule = verdict_is_local(verdict) ? rule_name(verdict->rule) : NULL,
		.reason = verdict->pct_zero ? verdict->reason : reason,
	};
}

/* RFC 8601 section 5.  From the highest down: Postfix counts anew after each. */
static void
remove_forged(
    struct actions *actions, const struct header_list *headers, struct pool *pool)
{
	size_t count = headers->forged_count;
	struct header_removal *remove = pool_alloc(pool, count * sizeof *remove);

	for (size_t i = 0; i < count; i++)
		remove[i] = (struct header_removal){ "Authentication-Results",
			headers->forged[count - 1 - i] };
	actions->remove = remove;
	actions->remove_count = count;
}

/* The later of two at index 0 is on top, so our results come last. */
static void
insert_ours(struct actions *actions, const struct config *config,
    const struct evidence *ev, const struct verdict *verdict, struct pool *pool)
{
	struct header_insertion *insert =
	    pool_alloc(pool, INSERTIONS_MAX * sizeof *insert);
	struct authres_outcome outcome = outcome_of(verdict);
	size_t n = 0;

	if (config->received_spf)
		insert[n++] = (struct header_insertion){ "Received-SPF",
			authres_received_spf(ev->host_name, ev, pool), 0 };
	if (verdict->action == ACTION_HEADER)
		insert[n++] = (struct header_insertion){ config->quarantine_header_name,
			pool_printf(pool, " %s", config->quarantine_header_value), 0 };
	insert[n++] = (struct header_insertion){ "Authentication-Results",
		authres_format(
		    config_authserv_id(config, ev->host_name), ev, &outcome, pool),
		0 };
	actions->insert = insert;
	actions->insert_count = n;
}

/* What an operator sees in Sendmail's queue. */
static const char *
hold_reason(const struct evidence *ev, const struct verdict *verdict, struct pool *pool)
{
	return pool_printf(pool, "dmarc=%s from=%s rule=%s",
	    evidence_dmarc_name(ev->dmarc.result),
	    *ev->from.domain != '\0' ? ev->from.domain : "unknown",
	    rule_name(verdict->rule));
}

struct actions
actions_plan(const struct config *config, const struct evidence *ev,
    const struct verdict *verdict, struct pool *pool)
{
	struct actions actions = { .action = verdict->action };

	if (ev->exemption == EXEMPT_IGNORED_CLIENT)
		return actions;
	if (verdict->action == ACTION_REJECT || verdict->action == ACTION_TEMPFAIL) {
		actions.reply = reply_make(config, ev, verdict, pool);
		return actions;
	}
	remove_forged(&actions, ev->headers, pool);
	if (ev->exemption == EXEMPT_AUTHENTICATED)
		return actions;
	insert_ours(&actions, config, ev, verdict, pool);
	if (verdict->action == ACTION_HOLD)
		actions.hold = hold_reason(ev, verdict, pool);
	return actions;
}
