#ifndef DNS_CACHE_H
#define DNS_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/lookup.h"
#include "dns/resolver.h"

/*
 * The answers of the resolver: each question once, whoever asks (a second asker
 * joins), bounded, least recently used out first, in shards so that threads do not
 * queue on one lock.  Entries are struct resolver_lookup.  Any thread.
 */
struct cache;

struct cache_options {
	size_t entries, bytes; /* upper bounds, not counting what waits for an answer */
	int lookup_timeout_ms; /* an entry without an answer by then has failed */
};

struct cache_stats {
	uint64_t lookups, hits, timeouts;
	size_t entries, bytes;
};

struct cache *cache_new(const struct cache_options *options);
void cache_free(struct cache *c); /* nobody uses an entry any more; NULL: nothing */
struct cache_stats cache_stats(const struct cache *c);
/* Forgets all, also what is not answered yet; users keep what they hold. */
void cache_clear(struct cache *c);

/* ${name} is in normal form.  Held for the caller: lookup_drop().  NULL: not there. */
struct resolver_lookup *cache_find(struct cache *c, const char *name, enum dns_type type);

/* As cache_find(), or a new one, *fresh, which the caller must have answered. */
struct resolver_lookup *cache_get(
    struct cache *c, const char *name, enum dns_type type, bool *fresh);

/* One of the caller's own that is done with ${status}, and in no cache. */
struct resolver_lookup *cache_refuse(enum dns_status status, const char *reason);

/*
 * The answer is here: wakes who waits, tells who watches.  ${answer} is one malloc()ed
 * block with its records, the entry's from here on.  If the entry has failed
 * meanwhile, a new one takes its place for later askers.
 */
void cache_answer(struct resolver_lookup *e, struct dns_answer *answer);

#endif
