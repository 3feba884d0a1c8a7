#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/mem.h"
#include "dns/flight.h"
#include "dns/share.h"

#define CHAINS 4096
#define EARLY_PART 4 /* of all places */

/*
 * Early lookups that leave this host: each costs a client one MAIL for some 15 of them,
 * and asks servers of others on his behalf.
 */
static const struct share_rate network_rate = { .per_second = 100, .burst = 400 };
static const struct share_rate rate_of_all = { .per_second = 500, .burst = 500 };

/* Forgotten once nothing is held and its rate is what it was: few are kept, as the rate
 * of all bounds how many can be below their own. */
struct flight_network {
	struct flight_network *next; /* in its chain */
	uint64_t number;
	struct share_held held;
	size_t waiting;
	struct share_bucket bucket;
};

/* In the stack of who waits. */
struct waiter {
	struct waiter *next, **prev;
	struct flight_network *network;
	pthread_cond_t changed;
	bool granted;
};

struct flight {
	pthread_mutex_t lock; /* of all that follows */
	struct share_held most, held;
	struct share_bucket bucket;
	struct waiter *first, **last;
	struct flight_stats stats;
	uint64_t seed; /* or a sender could choose whose chain to make long */
	struct flight_network *chains[CHAINS];
};

static double
clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct flight *
flight_new(size_t max)
{
	struct flight *f = mem_alloc(sizeof *f);

	pthread_mutex_init(&f->lock, NULL);
	f->most = (struct share_held){ max, (max + EARLY_PART - 1) / EARLY_PART };
	f->bucket = share_full(&rate_of_all, clock_now());
	f->last = &f->first;
	if (getentropy(&f->seed, sizeof f->seed) == -1)
		f->seed = (uint64_t)time(NULL);
	return f;
}

void
flight_free(struct flight *f)
{
	struct flight_network *n, *next;

	if (f == NULL)
		return;
	for (size_t i = 0; i < CHAINS; i++) {
		for (n = f->chains[i]; n != NULL; n = next) {
			next = n->next;
			free(n);
		}
	}
	pthread_mutex_destroy(&f->lock);
	free(f);
}

struct flight_stats
flight_stats(struct flight *f)
{
	struct flight_stats stats;

	pthread_mutex_lock(&f->lock);
	stats = f->stats;
	stats.held = f->held.all;
	stats.early = f->held.early;
	pthread_mutex_unlock(&f->lock);
	return stats;
}

/* What follows, up to flight_enter(), is done under the lock. */

static bool
is_forgotten(const struct flight_network *n, double now)
{
	return n->held.all == 0 && n->waiting == 0 &&
	       share_is_full(&n->bucket, &network_rate, now);
}

/* The network of that number, made if need be; NULL for none.  Tidies its chain. */
static struct flight_network *
network_get(struct flight *f, uint64_t number, double now)
{
	uint64_t hash = (number ^ f->seed) * 0x9e3779b97f4a7c15u;
	struct flight_network **p = &f->chains[(hash >> 32) % CHAINS], *n;

	if (number == 0)
		return NULL;
	while ((n = *p) != NULL && n->number != number) {
		if (is_forgotten(n, now)) {
			*p = n->next;
			free(n);
			f->stats.networks--;
		} else {
			p = &n->next;
		}
	}
	if (n == NULL) {
		n = *p = mem_alloc(sizeof *n);
		n->number = number;
		n->bucket = share_full(&network_rate, now);
		f->stats.networks++;
	}
	return n;
}

static bool
has_place(const struct flight *f, const struct flight_network *n, bool early)
{
	static const struct share_held none = { 0, 0 };

	return share_has_place(&f->most, &f->held, n != NULL ? &n->held : &none, early);
}

/* One early lookup more, by the rates. */
static bool
take_of_rates(struct flight *f, struct flight_network *n, double now)
{
	share_refill(&f->bucket, &rate_of_all, now);
	if (n != NULL)
		share_refill(&n->bucket, &network_rate, now);
	if (f->bucket.left < 1 || (n != NULL && n->bucket.left < 1))
		return false;
	f->bucket.left--;
	if (n != NULL)
		n->bucket.left--;
	return true;
}

static void
hold(struct flight *f, struct flight_network *n, bool early)
{
	f->held.all++;
	f->held.early += early;
	if (n != NULL) {
		n->held.all++;
		n->held.early += early;
	}
	if (f->stats.most < f->held.all)
		f->stats.most = f->held.all;
}

static void
waiter_remove(struct flight *f, struct waiter *w)
{
	*w->prev = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	else
		f->last = w->prev;
	f->stats.waiting--;
	if (w->network != NULL)
		w->network->waiting--;
}

static void
waiter_add(struct flight *f, struct waiter *w)
{
	w->prev = f->last;
	*f->last = w;
	f->last = &w->next;
	f->stats.waiting++;
	if (w->network != NULL)
		w->network->waiting++;
}

/*
 * To who waits and may have one.  So who still waits may have none, and one who comes
 * and may have one goes before nobody.
 */
static void
grant(struct flight *f)
{
	struct waiter *w, *next;

	for (w = f->first; w != NULL && f->held.all < f->most.all; w = next) {
		next = w->next;
		if (!has_place(f, w->network, false))
			continue;
		hold(f, w->network, false);
		waiter_remove(f, w);
		w->granted = true;
		pthread_cond_signal(&w->changed);
	}
}

bool
flight_enter(struct flight *f, uint64_t network, bool early, struct flight_place *place)
{
	double now = clock_now();
	struct flight_network *n;

	pthread_mutex_lock(&f->lock);
	n = network_get(f, network, now);
	place->held = has_place(f, n, early) && (!early || take_of_rates(f, n, now));
	place->network = n;
	place->early = early;
	if (place->held)
		hold(f, n, early);
	else
		f->stats.put_off++;
	pthread_mutex_unlock(&f->lock);
	return place->held;
}

bool
flight_wait(struct flight *f, uint64_t network, const struct timespec *deadline,
    struct flight_place *place)
{
	struct waiter w = { 0 };
	int error = 0;

	deadline_cond_init(&w.changed);
	pthread_mutex_lock(&f->lock);
	w.network = network_get(f, network, clock_now());
	waiter_add(f, &w);
	grant(f);
	while (!w.granted && error == 0)
		error = pthread_cond_timedwait(&w.changed, &f->lock, deadline);
	if (!w.granted) {
		waiter_remove(f, &w);
		f->stats.refused++;
	}
	*place = (struct flight_place){ w.network, w.granted, false };
	pthread_mutex_unlock(&f->lock);
	pthread_cond_destroy(&w.changed);
	return w.granted;
}

void
flight_leave(struct flight *f, struct flight_place *place)
{
	if (!place->held)
		return;
	pthread_mutex_lock(&f->lock);
	f->held.all--;
	f->held.early -= place->early;
	if (place->network != NULL) {
		place->network->held.all--;
		place->network->held.early -= place->early;
	}
	*place = (struct flight_place){ 0 };
	grant(f);
	pthread_mutex_unlock(&f->lock);
}
