#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "dns/cache.h"

#define SHARDS_MAX 64
#define SHARD_ENTRIES_MIN 16
#define CHAIN_MEAN 2 /* entries a bucket when full */

struct shard {
	pthread_mutex_t lock;
	struct resolver_lookup **buckets;
	struct resolver_lookup *newest, *oldest;
	size_t entries, bytes;
	uint64_t lookups, hits;
	unsigned clearings;
};

struct cache {
	struct cache_options options;
	size_t shard_count, bucket_count; /* powers of 2 */
	pthread_mutex_t telling;          /* see dns/lookup.h */
	atomic_ullong timeouts;
	struct shard *shards;
};

struct cache *
cache_new(const struct cache_options *options)
{
	struct cache *c = mem_alloc(sizeof *c);

	c->options = *options;
	c->shard_count = 1;
	while (c->shard_count < SHARDS_MAX &&
	       options->entries / (c->shard_count * 2) >= SHARD_ENTRIES_MIN)
		c->shard_count *= 2;
	c->options.entries /= c->shard_count;
	c->options.bytes /= c->shard_count;
	c->bucket_count = 1;
	while (c->bucket_count * CHAIN_MEAN < c->options.entries)
		c->bucket_count *= 2;
	pthread_mutex_init(&c->telling, NULL);
	c->shards = mem_alloc(c->shard_count * sizeof c->shards[0]);
	for (size_t i = 0; i < c->shard_count; i++) {
		pthread_mutex_init(&c->shards[i].lock, NULL);
		c->shards[i].buckets =
		    mem_alloc(c->bucket_count * sizeof(struct resolver_lookup *));
	}
	return c;
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	cache_clear(c);
	for (size_t i = 0; i < c->shard_count; i++) {
		pthread_mutex_destroy(&c->shards[i].lock);
		free(c->shards[i].buckets);
	}
	free(c->shards);
	pthread_mutex_destroy(&c->telling);
	free(c);
}

/* Stirred at the end so that shard and bucket can take bits from it. */
static uint32_t
hash_of(const char *name, enum dns_type type)
{
	uint32_t hash = hash_text(HASH_START ^ (uint32_t)type, name);

	hash ^= hash >> 15;
	hash *= 0x2c1b3c6du;
	return hash ^ hash >> 13;
}

static struct shard *
shard_of(struct cache *c, uint32_t hash)
{
	return &c->shards[hash & (c->shard_count - 1)];
}

/* What follows, up to cache_find(), is done under the shard's lock. */

static struct resolver_lookup **
bucket_of(struct cache *c, uint32_t hash)
{
	return &shard_of(c, hash)->buckets[hash >> 8 & (c->bucket_count - 1)];
}

static void
order_remove(struct shard *s, struct resolver_lookup *e)
{
	*(e->newer != NULL ? &e->newer->older : &s->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &s->oldest) = e->newer;
}

static void
order_add(struct shard *s, struct resolver_lookup *e)
{
	e->newer = NULL;
	e->older = s->newest;
	*(s->newest != NULL ? &s->newest->newer : &s->oldest) = e;
	s->newest = e;
}

static void
forget(struct cache *c, struct resolver_lookup *e)
{
	struct resolver_lookup **p = bucket_of(c, e->hash);
	struct shard *s = shard_of(c, e->hash);

	while (*p != e)
		p = &(*p)->chain;
	*p = e->chain;
	order_remove(s, e);
	s->entries--;
	s->bytes -= e->bytes;
	e->cached = false;
	lookup_drop(e);
}

static struct resolver_lookup *
add(struct cache *c, const char *name, enum dns_type type, uint32_t hash)
{
	struct resolver_lookup *e = lookup_new(name, type, c->options.lookup_timeout_ms);
	struct resolver_lookup **bucket = bucket_of(c, hash);
	struct shard *s = shard_of(c, hash);

	e->cache = c;
	e->lock = &s->lock;
	e->telling = &c->telling;
	e->timeouts = &c->timeouts;
	e->hash = hash;
	e->clearings = s->clearings;
	e->chain = *bucket;
	*bucket = lookup_hold(e);
	e->cached = true;
	s->entries++;
	s->bytes += e->bytes;
	order_add(s, e);
	return e;
}

/* An entry without its answer is not dropped: who asks next would ask again. */
static void
shrink(struct cache *c, struct shard *s)
{
	struct resolver_lookup *e, *newer;

	for (e = s->oldest; e != NULL; e = newer) {
		newer = e->newer;
		if (s->entries <= c->options.entries && s->bytes <= c->options.bytes)
			return;
		if (e->done)
			forget(c, e);
	}
}

static struct resolver_lookup *
find(struct cache *c, const char *name, enum dns_type type, uint32_t hash)
{
	struct resolver_lookup *e = *bucket_of(c, hash);
	struct shard *s = shard_of(c, hash);

	while (e != NULL &&
	       (e->hash != hash || e->type != type || strcmp(e->name, name) != 0))
		e = e->chain;
	if (e == NULL)
		return NULL;
	if (e->done && e->expires <= lookup_now()) {
		forget(c, e);
		return NULL;
	}
	if (s->newest != e) {
		order_remove(s, e);
		order_add(s, e);
	}
	return e;
}

struct resolver_lookup *
cache_find(struct cache *c, const char *name, enum dns_type type)
{
	uint32_t hash = hash_of(name, type);
	struct shard *s = shard_of(c, hash);
	struct resolver_lookup *e;

	pthread_mutex_lock(&s->lock);
	e = find(c, name, type, hash);
	if (e != NULL) {
		lookup_hold(e);
		s->lookups++;
		s->hits++;
	}
	pthread_mutex_unlock(&s->lock);
	return e;
}

struct resolver_lookup *
cache_get(struct cache *c, const char *name, enum dns_type type, bool *fresh)
{
	uint32_t hash = hash_of(name, type);
	struct shard *s = shard_of(c, hash);
	struct resolver_lookup *e;

	pthread_mutex_lock(&s->lock);
	s->lookups++;
	e = find(c, name, type, hash);
	*fresh = e == NULL;
	if (e == NULL) {
		e = add(c, name, type, hash);
		shrink(c, s);
	} else {
		lookup_hold(e);
		s->hits++;
	}
	pthread_mutex_unlock(&s->lock);
	return e;
}

struct resolver_lookup *
cache_refuse(enum dns_status status, const char *reason)
{
	struct resolver_lookup *e = lookup_new("", DNS_TXT, 0);

	lookup_finish_failed(e, status, reason);
	return e;
}

/* A late answer: its entry was failed by who waited, and what they hold stays so. */
static struct resolver_lookup *
replace(struct cache *c, struct resolver_lookup *failed)
{
	struct resolver_lookup *e;

	/* Whoever cleared the cache wants nothing more from before: not validated then.
	 */
	if (failed->clearings != shard_of(c, failed->hash)->clearings)
		return NULL;
	e = find(c, failed->name, failed->type, failed->hash);
	if (e != NULL && e != failed)
		return NULL; /* asked anew meanwhile */
	if (e == failed)
		forget(c, failed);
	return add(c, failed->name, failed->type, failed->hash);
}

/* Returns the entry that got the answer, held; NULL: none wanted it. */
static struct resolver_lookup *
take_answer(struct resolver_lookup *e, struct dns_answer *answer)
{
	struct shard *s = shard_of(e->cache, e->hash);
	size_t bytes = sizeof *answer + answer->count * sizeof answer->records[0];

	for (size_t i = 0; i < answer->count; i++)
		bytes += answer->records[i].len;
	pthread_mutex_lock(&s->lock);
	e = e->done ? replace(e->cache, e) : lookup_hold(e);
	if (e != NULL) {
		e->owned = answer;
		e->bytes += bytes;
		if (e->cached)
			s->bytes += bytes;
		lookup_finish(e, answer);
		shrink(e->cache, s);
	}
	pthread_mutex_unlock(&s->lock);
	return e;
}

void
cache_answer(struct resolver_lookup *e, struct dns_answer *answer)
{
	struct resolver_lookup *taker;

	clock_gettime(CLOCK_MONOTONIC, &answer->at);
	taker = take_answer(e, answer);
	if (taker == NULL) {
		free(answer);
		return;
	}
	lookup_tell(taker);
	lookup_drop(taker);
}

void
cache_clear(struct cache *c)
{
	for (size_t i = 0; i < c->shard_count; i++) {
		struct shard *s = &c->shards[i];

		pthread_mutex_lock(&s->lock);
		s->clearings++;
		while (s->oldest != NULL)
			forget(c, s->oldest);
		pthread_mutex_unlock(&s->lock);
	}
}

struct cache_stats
cache_stats(const struct cache *c)
{
	struct cache_stats stats = { .timeouts = c->timeouts };

	for (size_t i = 0; i < c->shard_count; i++) {
		struct shard *s = &c->shards[i];

		pthread_mutex_lock(&s->lock);
		stats.lookups += s->lookups;
		stats.hits += s->hits;
		stats.entries += s->entries;
		stats.bytes += s->bytes;
		pthread_mutex_unlock(&s->lock);
	}
	return stats;
}
