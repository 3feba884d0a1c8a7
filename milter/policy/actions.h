#ifndef POLICY_ACTIONS_H
#define POLICY_ACTIONS_H

#include <stddef.h>

#include "policy/reply.h"
#include "policy/verdict.h"

struct config;
struct evidence;
struct pool;

/* One field to take away: the ${nth} called ${name}, counted from 1. */
struct header_removal {
	const char *name;
	int nth;
};

/* One field to put at ${index}: 0 is above everything, MTA's Received included. */
struct header_insertion {
	const char *name;
	const char *value; /* with its leading space, folds as LF and a space */
	int index;
};

/*
 * Everything to be told to the MTA at end of message, in this order: removals
 * (highest nth first, as Postfix counts anew after each), insertions, hold.  A
 * message that is refused or deferred is not edited.
 */
struct actions {
	enum action action;
	const struct header_removal *remove;
	size_t remove_count;
	const struct header_insertion *insert;
	size_t insert_count;
	const char *hold;   /* reason for the hold queue, or NULL */
	struct reply reply; /* for ACTION_REJECT and ACTION_TEMPFAIL */
};

/* Pure.  Lives in ${pool}, ${config} and ${ev}. */
struct actions actions_plan(const struct config *config, const struct evidence *ev,
    const struct verdict *verdict, struct pool *pool);

#endif
