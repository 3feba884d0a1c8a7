#ifndef CTL_AUDIT_KNOCK_H
#define CTL_AUDIT_KNOCK_H

#include <stdbool.h>
#include <time.h>

#include "base/ip.h"
#include "ctl/audit/probed.h"

struct manners;
struct pool;
struct smtp;

/*
 * Connections to the SMTP server at one address, one behind the other, each up to the
 * 220 of STARTTLS.
 */
struct knock {
	struct manners *manners;
	struct pool *pool;
	const char *name; /* who we say we are */
	struct ip ip;
	uint16_t port;
	double *ms_left;      /* of the host: what connections may take in all */
	unsigned connections; /* so far */
};

struct knock_answer {
	enum probed_end end;
	bool no_family; /* UNREACHED: this host has no such addresses */
	const char *phrase, *words, *dialogue;
	struct smtp *smtp; /* of PROBED_TLS: to go on with */
	struct timespec begin;
};

/* Where it comes to PROBED_TLS, knock_end() is to follow; else it is over. */
struct knock_answer knock_begin(struct knock *k);
void knock_end(struct knock *k, struct knock_answer *answer);

/* When what lasts ${ms} at most must be over: the host may have less left. */
struct timespec knock_until(const struct knock *k, const struct knock_answer *a, int ms);

#endif
