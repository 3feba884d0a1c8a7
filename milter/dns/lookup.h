#ifndef DNS_LOOKUP_H
#define DNS_LOOKUP_H

#include <pthread.h>
#include <stdatomic.h>

#include "dns/resolver.h"

struct cache;

/*
 * One question and, once it is there, its answer: an entry of dns/cache.h, counted by
 * its users (the cache is one while ${cached}).  Only cache.c and lookup.c look inside.
 * Under ${lock}: all but users, done, answer, and what never changes.
 */
struct resolver_lookup {
	struct cache *cache;      /* NULL: it was refused, and is in none */
	pthread_mutex_t *lock;    /* its shard's */
	pthread_mutex_t *telling; /* held while a watch is told; before any other */
	atomic_ullong *timeouts;  /* to count in */
	atomic_uint users;
	atomic_bool done;
	bool cached;
	uint32_t hash;
	unsigned clearings; /* of its shard, before it */
	enum dns_type type;
	struct resolver_lookup *chain;         /* the next in its bucket */
	struct resolver_lookup *newer, *older; /* by use */
	struct resolver_watch *watches;
	pthread_cond_t changed;
	struct timespec fails_at;
	time_t expires; /* once done; lookup_now() */
	size_t bytes;
	const struct dns_answer *answer; /* once done */
	struct dns_answer *owned;
	struct dns_answer failure;
	char name[];
};

/* With one user, and ${timeout_ms} until it has failed. */
struct resolver_lookup *lookup_new(const char *name, enum dns_type type, int timeout_ms);
struct resolver_lookup *lookup_hold(struct resolver_lookup *e);

time_t lookup_now(void); /* seconds of the clock that entries expire by */

/* Under the lock: done, for as long as status and TTL of ${answer} allow. */
void lookup_finish(struct resolver_lookup *e, const struct dns_answer *answer);
void lookup_finish_failed(
    struct resolver_lookup *e, enum dns_status status, const char *reason);

/* No answer will come: wakes who waits, tells nobody.  Kept for a few seconds. */
void lookup_fail(struct resolver_lookup *e, const char *reason);

void lookup_tell(struct resolver_lookup *e); /* all that watch, one after another */

#endif
