#ifndef CTL_PROVE_PROVE_PLACE_H
#define CTL_PROVE_PROVE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/postfix/postfix_setup.h"

struct config;
struct pool;
struct prove_result;
struct prove_options;

/* Where a proof is made: the running Postfix and its listener. */
struct prove_place {
	struct postfix_setup setup;
	const char *socket;      /* of the listener */
	const char *host;        /* the name of this mail server */
	const char *authserv_id; /* of our results there */
	bool locked;
	int lock; /* where ${locked}: that no other run is under way */
};

/*
 * Look at it; an exit code, and it has been said why: there is no Postfix, or it has no
 * listener as it should be.  ${config} and ${pool} outlive it.
 */
int prove_place_open(struct prove_place *place, const struct prove_options *o,
    const struct config *config, struct pool *pool);

/*
 * Only one run at a time: each deletes what lies there of others.  An exit code, and it
 * has been said why.  Until unlocked, which may be asked for in any case.
 */
int prove_place_lock(struct prove_place *place);
void prove_place_unlock(struct prove_place *place);

/* Print what --setup or --undo asks for; an exit code. */
int prove_place_print(const struct prove_options *o, struct pool *pool);

/*
 * Fill in of ${proof} what is known before any message is sent: whose it is, by which
 * settings; and what keeps all of them from being sent.
 */
void prove_place_tell(
    const struct prove_place *place, struct prove_result *proof, struct pool *pool);

/* The domain of this mail server; NULL: it has none of its own. */
const char *prove_place_domain(const struct prove_place *place);

#endif
