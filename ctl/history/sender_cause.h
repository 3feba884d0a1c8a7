#ifndef CTL_HISTORY_SENDER_CAUSE_H
#define CTL_HISTORY_SENDER_CAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

struct query_client;
struct query_pair;
struct query_sender;
struct pool;

/* Why mail of an author domain fails: the first that fits. */
enum sender_cause {
	CAUSE_NONE,       /* nothing fails */
	CAUSE_FORWARDER,  /* one client, which also shows signs of forwarding */
	CAUSE_ONE_SENDER, /* one client, without them: its own mailer, or a forger */
	CAUSE_LIST,
	CAUSE_FAULT,  /* its SPF record or its keys */
	CAUSE_FORGED, /* many clients, and nothing that passes */
	CAUSE_UNCLEAR
};

/* The network that most failures come from, a /24 or /48. */
struct sender_top {
	const char *network; /* as settings say it; one address if it is only one */
	const char **clients;
	size_t client_count;
	int64_t failures, days;
	int64_t broken, explained, unasked; /* see struct query_client */
	bool is_relay;                      /* one of them was */
};

/* In ${pool}; without failures all is empty. */
struct sender_top sender_cause_top(
    const struct query_client *clients, size_t count, struct pool *pool);

/* Is the top what a forwarder, or one mailer, looks like, if there are signs of it? */
bool sender_cause_is_one(const struct query_sender *sender, const struct sender_top *top);

/*
 * A sign of forwarding: a signature of the author domain whose body alone was changed, or
 * passing mail of three or more other author domains, of different owners by their looks.
 */
enum sender_sign { SIGN_NONE, SIGN_BODY_CHANGED, SIGN_OTHERS_PASS };

/* That of the clients of ${top}; ${pairs}: what passed from them. */
enum sender_sign sender_cause_sign(const struct sender_top *top,
    const struct query_pair *pairs, size_t pair_count, const char *domain);

/* Without a sign of forwarding the same numbers are also what a phishing run looks like.
 */
enum sender_cause sender_cause_of(const struct query_sender *sender,
    const struct sender_top *top, const struct query_pair *pairs, size_t pair_count);

#endif
