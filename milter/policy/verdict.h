#ifndef POLICY_VERDICT_H
#define POLICY_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/rule.h"

struct config;
struct config_forwarder;
struct config_override;
struct evidence;

enum action { ACTION_ACCEPT, ACTION_HEADER, ACTION_HOLD, ACTION_REJECT, ACTION_TEMPFAIL };
#define ACTION_COUNT (ACTION_TEMPFAIL + 1)

struct verdict {
	enum action action; /* what is done */
	enum action would;  /* what Mode enforce would do: differs in monitor mode only */
	enum rule rule;     /* which one decided */
	const char *reason; /* why it departs from the published policy; or NULL */
	const struct config_override *override;   /* the one that decided, or NULL */
	const struct config_forwarder *forwarder; /* the entry that decided, or NULL */
	/* TrustedForwarders has entries, and none let it in: it is not accepted */
	bool past_forwarders;
	bool relay_spared; /* not refused, as the client is one of TrustedRelays */
	bool pct_zero;     /* the policy counts one step lower, for its pct=0 */
};

/*
 * Decide about one message: rules in order, first match wins.  Pure: same config
 * and evidence, same verdict.  What it points to lives as long as config and
 * evidence.
 */
struct verdict verdict_decide(const struct config *config, const struct evidence *ev);
const char *verdict_action_name(enum action action);

/* Is the message refused, held or marked, or would Mode enforce do so? */
bool verdict_touches(const struct verdict *verdict);

/* Does the rule depart from what the domain's policy asks for (RFC 9990 3.1.6)? */
bool verdict_is_local(const struct verdict *verdict);

/* Why a disposition is not the published one, as RFC 9990 section 3.1.6 names it. */
struct verdict_departure {
	const char *type;    /* "local_policy", "mailing_list", ...: a constant */
	const char *comment; /* for people: a constant, or verdict's reason; or NULL */
};

#define VERDICT_DEPARTURES_MAX 2
/*
 * How ${verdict} departs from the policy that the author domain publishes, before its
 * t= and pct=.  Only where DMARC fails, or temperror with a known policy; a deferral
 * is no disposition, as the message will come again.  How many; 0: it does not depart.
 */
size_t verdict_departures(const struct verdict *verdict, const struct evidence *ev,
    struct verdict_departure out[VERDICT_DEPARTURES_MAX]);

#endif
