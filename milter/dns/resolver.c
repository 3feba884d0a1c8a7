#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "dns/cache.h"
#include "dns/dname.h"
#include "dns/flight.h"
#include "dns/outage.h"
#include "dns/probe.h"
#include "dns/resolver.h"
#include "dns/sockets.h"
#include "dns/trouble.h"
#include "dns/unbound.h"
#include "dns/zonefile.h"

#define ANCHOR_BYTES_MAX 65536
#define ZONE_BYTES_MAX ((size_t)16 << 20)
#define LOOKUP_TIMEOUT_MS 5000
#define CACHE_ENTRIES 16384
#define CACHE_BYTES ((size_t)8 << 20)
#define IN_FLIGHT_MAX 3000
#define OUTGOING 3072

struct resolver {
	struct resolver_options options;
	char **nameservers;
	char *zone; /* NULL: none */
	char *anchor_file;
	bool no_anchor; /* none there, and none is needed */
	int outgoing;
	struct cache *cache;

	pthread_rwlock_t *swap;  /* of what follows: held for reading while one asks */
	struct unbound *unbound; /* NULL: none that may be asked yet */
	bool validates;
	const char *why;

	struct trouble own_trouble; /* of who hands in none */
	struct outage *outage;      /* NULL: a zone of ours never fails */
	struct flight *flight;
	atomic_ullong sent;

	/* Only while "auto" waits for its first answer. */
	bool has_retry;
	pthread_t retry;
	pthread_mutex_t lock; /* of ${closing} */
	pthread_cond_t changed;
	bool closing;
};

/* One lookup that libunbound has. */
struct ticket {
	struct resolver *r;
	struct resolver_lookup *lookup;
	struct flight_place place;
};

static struct unbound_options
engine_options(const struct resolver *r, bool validating)
{
	return (struct unbound_options){
		.nameservers = r->options.nameservers,
		.nameserver_count = r->options.nameserver_count,
		.zone = r->zone,
		.anchor_file = validating ? r->anchor_file : NULL,
		.outgoing = r->outgoing,
	};
}

/* False: the resolver is being closed. */
static bool
pause_for(struct resolver *r, int ms)
{
	struct timespec until = deadline_in(ms);
	int error = 0;
	bool closing;

	pthread_mutex_lock(&r->lock);
	while (!r->closing && error == 0)
		error = pthread_cond_timedwait(&r->changed, &r->lock, &until);
	closing = r->closing;
	pthread_mutex_unlock(&r->lock);
	return !closing;
}

static void
take_engine(struct resolver *r, struct unbound *engine)
{
	struct unbound *old;

	pthread_rwlock_wrlock(r->swap);
	old = r->unbound;
	r->unbound = engine;
	r->validates = true;
	r->why = "the root is signed and its keys are trusted";
	pthread_rwlock_unlock(r->swap);
	trouble_dnssec_settled(r->options.trouble);
	cache_clear(r->cache);
	log_info("DNSSEC is in force from now on");
	/* What the old one was asked may still be answered in its time. */
	pause_for(r, r->options.lookup_timeout_ms);
	unbound_close(old);
}

static void
give_up(struct resolver *r)
{
	pthread_rwlock_wrlock(r->swap);
	r->why = "the name servers do not pass on DNSSEC";
	pthread_rwlock_unlock(r->swap);
	trouble_no_dnssec(r->options.trouble, r->why);
}

/* Who requires validation waits for it as long as it takes. */
static bool
is_open(const struct resolver *r, enum probe result)
{
	return result != PROBE_SECURE &&
	       (result != PROBE_INSECURE || r->options.wait_for_keys);
}

/* The network came up after us: look again until an answer comes. */
static void *
retry(void *arg)
{
	static const int later_ms[] = { 60000, 300000, 900000 };
	struct resolver *r = arg;
	int ms = r->options.dnssec_retry_ms;
	enum probe result = PROBE_NO_ANSWER;
	struct unbound_options options = engine_options(r, true);
	struct unbound *engine;
	char why[200];

	for (size_t next = 0; is_open(r, result) && pause_for(r, ms);) {
		result = probe_open(&options, &engine, why, sizeof why);
		if (!r->options.wait_for_keys) /* else all mail waits for it */
			ms = later_ms[next < 2 ? next++ : next];
		if (result == PROBE_SECURE)
			take_engine(r, engine);
		else if (!is_open(r, result))
			give_up(r);
		else
			trouble_no_dnssec(r->options.trouble, r->why);
	}
	return NULL;
}

static int
start_plain(struct resolver *r, const char *reason, char *why, size_t whysize)
{
	struct unbound_options options = engine_options(r, false);

	r->unbound = unbound_open(&options, why, whysize);
	r->why = reason;
	return r->unbound == NULL ? -1 : 0;
}

static int
start_retry(struct resolver *r, char *why, size_t whysize)
{
	r->has_retry = pthread_create(&r->retry, NULL, retry, r) == 0;
	snprintf(why, whysize, "no thread can be started for DNS");
	return r->has_retry || r->unbound != NULL ? 0 : -1;
}

/* Validating if that can be had. */
static int
start(struct resolver *r, char *why, size_t whysize)
{
	bool required = r->options.dnssec == RESOLVER_DNSSEC_REQUIRE;
	struct unbound_options options = engine_options(r, true);
	enum probe result;

	if (r->no_anchor)
		return start_plain(r, "there is no trust anchor", why, whysize);
	if (r->options.dnssec == RESOLVER_DNSSEC_OFF) {
		trouble_dnssec_settled(r->options.trouble);
		return start_plain(r, "it is switched off", why, whysize);
	}
	if (r->zone != NULL && !required)
		return start_plain(r, "the zone is a file of ours", why, whysize);

	result = probe_open(&options, &r->unbound, why, whysize);
	if (result == PROBE_FAILED)
		return -1;
	if (result == PROBE_SECURE) {
		trouble_dnssec_settled(r->options.trouble);
		r->validates = true;
		r->why = "the root is signed and its keys are trusted";
		return 0;
	}
	r->why = result == PROBE_INSECURE ? "the name servers do not pass on DNSSEC"
					  : "no answer about the keys of the root yet";
	if (required && (result == PROBE_INSECURE || !r->options.wait_for_keys)) {
		snprintf(why, whysize, "DNSSEC is required: %s", r->why);
		return -1;
	}
	r->options.wait_for_keys = required;
	/* An answer may come in a moment, as where the network comes up after us. */
	if (required)
		trouble_dnssec_required(r->options.trouble, r->why);
	else if (result == PROBE_INSECURE)
		trouble_no_dnssec(r->options.trouble, r->why);
	if (!required && start_plain(r, r->why, why, whysize) == -1)
		return -1;
	return result == PROBE_NO_ANSWER ? start_retry(r, why, whysize) : 0;
}

static void
options_copy(struct resolver *r, const struct resolver_options *options)
{
	const char *anchor = options->trust_anchor_file != NULL
				 ? options->trust_anchor_file
				 : RESOLVER_ANCHOR_FILE;
	size_t count = options->nameserver_count;

	r->options = *options;
	if (r->options.trouble == NULL)
		r->options.trouble = &r->own_trouble;
	r->nameservers = mem_alloc(count * sizeof r->nameservers[0]);
	for (size_t i = 0; i < count; i++)
		r->nameservers[i] = mem_strdup(options->nameservers[i]);
	r->options.nameservers = (const char *const *)r->nameservers;
	r->anchor_file = mem_strdup(anchor);
	r->outgoing =
	    options->zone_file != NULL ? OUTGOING / 64 : sockets_allowed(OUTGOING);
	if (r->options.lookup_timeout_ms <= 0)
		r->options.lookup_timeout_ms = LOOKUP_TIMEOUT_MS;
	if (r->options.cache_entries == 0)
		r->options.cache_entries = CACHE_ENTRIES;
	if (r->options.cache_bytes == 0)
		r->options.cache_bytes = CACHE_BYTES;
	if (r->options.in_flight_max == 0)
		r->options.in_flight_max = IN_FLIGHT_MAX;
	if (r->options.dnssec_retry_ms <= 0)
		r->options.dnssec_retry_ms = 10000;
	/* A place is a socket: one too many would wait in libunbound, where the first to
	 * come is the first to be served, whoever it is. */
	if (options->zone_file == NULL && r->options.in_flight_max > (size_t)r->outgoing)
		r->options.in_flight_max = (size_t)r->outgoing;
}

/* Only who asked for it, or named a file, must have one.  -1: he did. */
static int
do_without_anchor(struct resolver *r)
{
	if (r->options.dnssec != RESOLVER_DNSSEC_AUTO ||
	    strcmp(r->anchor_file, RESOLVER_ANCHOR_FILE) != 0)
		return -1;
	trouble_no_anchor(r->options.trouble, r->anchor_file);
	r->no_anchor = true;
	return 0;
}

/* Reads what libunbound would only say "error" about. */
static int
files_check(struct resolver *r, const char *zone_file, char *why, size_t whysize)
{
	char *text, reason[200];

	if (zone_file != NULL) {
		text = file_read(zone_file, ZONE_BYTES_MAX, NULL, why, whysize);
		if (text == NULL)
			return -1;
		r->zone = zonefile_read(text, reason, sizeof reason);
		free(text);
		if (r->zone == NULL) {
			snprintf(why, whysize, "%s:%s", zone_file, reason);
			return -1;
		}
	} else if (r->options.dnssec != RESOLVER_DNSSEC_OFF) {
		text = file_read(r->anchor_file, ANCHOR_BYTES_MAX, NULL, why, whysize);
		if (text == NULL)
			return do_without_anchor(r);
		free(text);
	}
	if (r->zone != NULL && r->options.dnssec == RESOLVER_DNSSEC_REQUIRE) {
		snprintf(why, whysize, "%s: DNSSEC is required, a zone of ours has none",
		    zone_file);
		return -1;
	}
	return 0;
}

struct resolver *
resolver_open(const struct resolver_options *options, char *why, size_t whysize)
{
	struct resolver *r = mem_alloc(sizeof *r);
	struct cache_options cache_options;
	struct unbound_options engine;

	r->swap = mem_alloc(sizeof(pthread_rwlock_t));
	pthread_rwlock_init(r->swap, NULL);
	pthread_mutex_init(&r->lock, NULL);
	deadline_cond_init(&r->changed);
	options_copy(r, options);
	cache_options = (struct cache_options){ r->options.cache_entries,
		r->options.cache_bytes, r->options.lookup_timeout_ms };
	r->cache = cache_new(&cache_options);
	if (files_check(r, options->zone_file, why, whysize) == -1 ||
	    start(r, why, whysize) == -1)
		goto fail;
	r->options.zone_file = NULL;
	r->flight = flight_new(r->options.in_flight_max);
	engine = engine_options(r, false);
	if (r->zone == NULL)
		r->outage = outage_new(&engine, r->options.trouble);
	return r;
fail:
	resolver_close(r);
	return NULL;
}

void
resolver_close(struct resolver *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->closing = true;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
	if (r->has_retry)
		pthread_join(r->retry, NULL);
	unbound_close(r->unbound);
	outage_free(r->outage); /* nobody notes anything any more */
	flight_free(r->flight);
	cache_free(r->cache);
	for (size_t i = 0; i < r->options.nameserver_count; i++)
		free(r->nameservers[i]);
	free(r->nameservers);
	free(r->anchor_file);
	free(r->zone);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	pthread_rwlock_destroy(r->swap);
	free(r->swap);
	free(r);
}

bool
resolver_validates(const struct resolver *r, const char **why)
{
	bool validates;

	pthread_rwlock_rdlock(r->swap);
	validates = r->validates;
	*why = r->why;
	pthread_rwlock_unlock(r->swap);
	return validates;
}

struct resolver_stats
resolver_stats(const struct resolver *r)
{
	struct cache_stats cache = cache_stats(r->cache);
	struct flight_stats flight = flight_stats(r->flight);

	return (struct resolver_stats){
		.lookups = cache.lookups,
		.hits = cache.hits,
		.sent = r->sent,
		.timeouts = cache.timeouts,
		.bogus = r->options.trouble->bogus,
		.put_off = flight.put_off,
		.refused = flight.refused,
		.entries = cache.entries,
		.bytes = cache.bytes,
		.in_flight = flight.held,
		.in_flight_most = flight.most,
	};
}

static void
on_answer(void *arg, struct dns_answer *answer)
{
	struct ticket *ticket = arg;

	/* First, or who is woken may find no place yet. */
	flight_leave(ticket->r->flight, &ticket->place);
	if (answer == NULL) {
		lookup_fail(ticket->lookup, "the resolver was closed");
	} else {
		if (answer->status == DNS_BOGUS)
			trouble_bogus(ticket->r->options.trouble, ticket->lookup->name);
		outage_note(ticket->r->outage, answer);
		cache_answer(ticket->lookup, answer);
	}
	lookup_drop(ticket->lookup);
	free(ticket);
}

static void
ask(struct resolver *r, struct resolver_lookup *lookup, const struct flight_place *place)
{
	struct ticket *ticket = mem_alloc(sizeof *ticket);
	const char *reason = "the resolver failed";
	int error = -1;

	*ticket = (struct ticket){ r, lookup_hold(lookup), *place };
	pthread_rwlock_rdlock(r->swap);
	if (r->unbound == NULL)
		reason = "DNSSEC is required: no answer about the keys of the root yet";
	else
		error = unbound_ask(
		    r->unbound, lookup->name, (int)lookup->type, on_answer, ticket);
	pthread_rwlock_unlock(r->swap);
	if (error == 0) {
		atomic_fetch_add(&r->sent, 1);
		return;
	}
	flight_leave(r->flight, &ticket->place);
	lookup_fail(lookup, reason);
	lookup_drop(lookup);
	free(ticket);
}

/* With a place: it is the lookup's, or back if somebody else was first. */
static struct resolver_lookup *
begin(struct resolver *r, const char *normal, enum dns_type type,
    struct flight_place *place)
{
	bool fresh;
	struct resolver_lookup *lookup = cache_get(r->cache, normal, type, &fresh);

	if (fresh)
		ask(r, lookup, place);
	else
		flight_leave(r->flight, place);
	return lookup;
}

struct resolver_lookup *
resolver_start(
    struct resolver *r, const char *name, enum dns_type type, struct resolver_asker asker)
{
	char normal[DNAME_TEXT_SIZE];
	struct resolver_lookup *lookup;
	struct flight_place place;

	if (!dname_normal(name, normal))
		return cache_refuse(DNS_NXDOMAIN, NULL);
	lookup = cache_find(r->cache, normal, type);
	if (lookup != NULL)
		return lookup;
	if (!flight_enter(r->flight, asker.network, asker.early, &place))
		return NULL;
	return begin(r, normal, type, &place);
}

struct resolver_lookup *
resolver_start_waiting(struct resolver *r, const char *name, enum dns_type type,
    struct resolver_asker asker, int wait_ms)
{
	char normal[DNAME_TEXT_SIZE];
	struct resolver_lookup *lookup;
	struct flight_place place;
	struct timespec until;

	if (!dname_normal(name, normal))
		return cache_refuse(DNS_NXDOMAIN, NULL);
	if (wait_ms > r->options.lookup_timeout_ms)
		wait_ms = r->options.lookup_timeout_ms;
	until = deadline_in(wait_ms);
	if (flight_wait(r->flight, asker.network, &until, &place))
		return begin(r, normal, type, &place);
	/* Meanwhile somebody else may have asked for it. */
	lookup = cache_find(r->cache, normal, type);
	if (lookup != NULL)
		return lookup;
	return cache_refuse(DNS_TEMPFAIL, "too many DNS lookups at once");
}

struct resolver_lookup *
resolver_find(struct resolver *r, const char *name, enum dns_type type)
{
	char normal[DNAME_TEXT_SIZE];
	struct resolver_lookup *lookup;

	if (!dname_normal(name, normal))
		return cache_refuse(DNS_NXDOMAIN, NULL);
	lookup = cache_find(r->cache, normal, type);
	if (lookup != NULL && !lookup_is_done(lookup)) {
		lookup_drop(lookup);
		return NULL;
	}
	return lookup;
}
