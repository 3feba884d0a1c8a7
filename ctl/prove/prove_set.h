#ifndef CTL_PROVE_PROVE_SET_H
#define CTL_PROVE_PROVE_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/prove/prove_case.h"
#include "policy/verdict.h"

struct pool;

/*
 * What the settings file says would be done with a message: judged here as the filter
 * would, by the zone of the test, or for a domain of one's own by the DNS of the
 * settings.
 */
struct prove_setting; /* who judges */

/* NULL with ${why}: the settings or the zone cannot be read. */
struct prove_setting *prove_set_open(
    const char *conf, const char *zone, char *why, size_t whysize);
void prove_set_close(struct prove_setting *s); /* NULL: nothing */

struct prove_set {
	bool known;
	enum action action;
	enum prove_wanted wanted; /* what the rule wants */
	const char *dmarc;        /* the result */
	bool by_suffix;           /* Discovery psl */
	/* how it would be said, "550 5.7.26 text", with PROVE_QUEUE_ID for the id */
	const char *refusal, *deferral;
};

/* All of it lives in ${pool}. */
struct prove_set prove_set(struct prove_setting *s, const struct prove_case *sent,
    const char *message, struct pool *pool);

#endif
