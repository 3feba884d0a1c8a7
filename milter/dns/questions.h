#ifndef DNS_QUESTIONS_H
#define DNS_QUESTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/resolver.h"

struct pool;

/*
 * The DNS questions of one message: one deadline, one budget, every answer held
 * until the message ends (so one with TTL 0 is asked once), and the list of them
 * for the trace.  All of check/ asks through here.  Used by one thread at a time;
 * beside it the resolvers' own, for questions_follow().
 */
struct questions;

/* Names at and below ${domain} (normal form; NULL: none) have a resolver of their own;
 * NULL: nobody can answer for them, and they are DNS_TEMPFAIL. */
struct questions_apart {
	const char *domain;
	struct resolver *resolver;
};

struct questions_options {
	int asked_max;     /* names and types in all; 0: 250 */
	int in_flight_max; /* at one time, but for questions_begin(); 0: 16 */
	int follow_max;    /* by questions_follow() in all; 0: 20 */
	bool trace;        /* keep times for questions_list() */
	uint64_t network;  /* of the client: see struct resolver_asker */
	bool on_demand; /* ask nothing early, before questions_deadline() (Prefetch no) */
	struct questions_apart apart;
};

struct question {
	const char *name; /* lower case, no final dot */
	enum dns_type type;
	const struct dns_answer *answer; /* NULL: nobody waited for it */
	double ms;                       /* that somebody waited for it */
	double took_ms; /* from asking to its coming; 0: it was in the cache */
	bool prefetched;
};

/* Before questions_deadline() nothing bounds a wait but the lookup's own cap. */
struct questions *questions_new(
    struct resolver *r, const struct questions_options *options, struct pool *pool);
/* Drops all answers; the memory is the pool's.  questions_free(NULL) does nothing. */
void questions_free(struct questions *q);

/*
 * The header has ended: there is a message to judge, and at most ${timeout_ms} in all
 * are spent waiting, for answers or for a place to ask.  What was to be asked early and
 * found no place is begun now.
 */
void questions_deadline(struct questions *q, int timeout_ms);

/*
 * Ask early what may be wanted.  Never blocks; over budget, with in_flight_max under
 * way, or on_demand: does nothing.  Without a place in the resolver, it is kept in mind
 * for questions_deadline().
 */
void questions_prefetch(struct questions *q, const char *name, enum dns_type type);

/*
 * The same for what the verdict hangs on, the author's policy and the keys, however many
 * are under way: slow names of a sender's own choice must not keep it waiting until the
 * deadline.  The caller bounds how many there are.  To the resolver it is never early.
 */
void questions_begin(struct questions *q, const char *name, enum dns_type type);

/*
 * What to ask next, now that ${answer} is there: reads it, and calls
 * questions_follow() or questions_prefetch() and nothing else of these.  Runs in the
 * caller's thread or in the resolver's, never after questions_free() began.
 */
typedef void questions_then(struct questions *q, const char *name, enum dns_type type,
    const struct dns_answer *answer);

/*
 * Prefetch as above, and call ${then} when the answer is there, once a name and type
 * whoever asks.  At most follow_max names and types of these, however they branch;
 * ${then} NULL: this one leads nowhere.
 */
void questions_follow(
    struct questions *q, const char *name, enum dns_type type, questions_then *then);

/*
 * Ask and wait.  Never NULL; over budget or past the deadline is DNS_TEMPFAIL
 * unless the answer is already there (past the deadline, in the cache is there too).
 * It lives until questions_free().
 */
const struct dns_answer *questions_ask(
    struct questions *q, const char *name, enum dns_type type);

/* All questions so far, in the order first asked.  Valid until the next call. */
const struct question *questions_list(const struct questions *q, size_t *count);

#endif
