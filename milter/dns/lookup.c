#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/mem.h"
#include "dns/lookup.h"

/*
 * Seconds.  A TTL of 0 is one message's affair (dns/questions); between messages a
 * few seconds spare a server that sees a burst.  What may change is seen within the
 * hour, what was missing within 5 minutes, what failed at once.
 */
#define TTL_MIN 5
#define TTL_MAX 3600
#define TTL_NEGATIVE_MAX 300
#define TTL_BOGUS 30
#define TTL_FAILED 5

static const struct dns_answer no_answer_in_time = { .status = DNS_TEMPFAIL,
	.reason = "no answer in time" };

struct resolver_lookup *
lookup_new(const char *name, enum dns_type type, int timeout_ms)
{
	size_t len = strlen(name);
	struct resolver_lookup *e = mem_alloc(sizeof *e + len + 1);

	memcpy(e->name, name, len);
	e->type = type;
	e->users = 1;
	e->bytes = sizeof *e + len + 1;
	deadline_cond_init(&e->changed);
	e->fails_at = deadline_in(timeout_ms);
	return e;
}

struct resolver_lookup *
lookup_hold(struct resolver_lookup *e)
{
	atomic_fetch_add_explicit(&e->users, 1, memory_order_relaxed);
	return e;
}

void
lookup_drop(struct resolver_lookup *e)
{
	if (atomic_fetch_sub_explicit(&e->users, 1, memory_order_acq_rel) > 1)
		return;
	pthread_cond_destroy(&e->changed);
	free(e->owned);
	free(e);
}

/* The coarse clock costs nothing. */
time_t
lookup_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return t.tv_sec;
}

static uint32_t
seconds_to_keep(const struct dns_answer *answer)
{
	bool negative = answer->status == DNS_NXDOMAIN || answer->status == DNS_NODATA;
	uint32_t most = negative ? TTL_NEGATIVE_MAX : TTL_MAX;

	if (answer->status == DNS_TEMPFAIL)
		return TTL_FAILED;
	if (answer->status == DNS_BOGUS)
		return TTL_BOGUS;
	if (answer->ttl < TTL_MIN)
		return TTL_MIN;
	return answer->ttl < most ? answer->ttl : most;
}

void
lookup_finish(struct resolver_lookup *e, const struct dns_answer *answer)
{
	e->expires = lookup_now() + (time_t)seconds_to_keep(answer);
	e->answer = answer;
	atomic_store_explicit(&e->done, true, memory_order_release);
	pthread_cond_broadcast(&e->changed);
}

void
lookup_finish_failed(
    struct resolver_lookup *e, enum dns_status status, const char *reason)
{
	e->failure = (struct dns_answer){ .status = status, .reason = reason };
	clock_gettime(CLOCK_MONOTONIC, &e->failure.at);
	lookup_finish(e, &e->failure);
}

void
lookup_fail(struct resolver_lookup *e, const char *reason)
{
	pthread_mutex_lock(e->lock);
	if (!e->done)
		lookup_finish_failed(e, DNS_TEMPFAIL, reason);
	pthread_mutex_unlock(e->lock);
}

bool
lookup_is_done(const struct resolver_lookup *e)
{
	return atomic_load_explicit(&e->done, memory_order_acquire);
}

static bool
is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec ||
	       (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

const struct dns_answer *
lookup_wait(struct resolver_lookup *e, const struct timespec *deadline)
{
	bool at_cap = !is_before(deadline, &e->fails_at);
	const struct timespec *until = at_cap ? &e->fails_at : deadline;
	const struct dns_answer *answer = &no_answer_in_time;
	int error = 0;

	if (lookup_is_done(e))
		return e->answer;
	pthread_mutex_lock(e->lock);
	while (!e->done && error == 0)
		error = pthread_cond_timedwait(&e->changed, e->lock, until);
	if (!e->done)
		atomic_fetch_add(e->timeouts, 1);
	if (!e->done && at_cap)
		lookup_finish_failed(e, DNS_TEMPFAIL, no_answer_in_time.reason);
	if (e->done)
		answer = e->answer;
	pthread_mutex_unlock(e->lock);
	return answer;
}

bool
lookup_watch(struct resolver_lookup *e, struct resolver_watch *watch)
{
	bool done;

	if (lookup_is_done(e))
		return false;
	pthread_mutex_lock(e->lock);
	done = e->done;
	if (!done) {
		watch->next = e->watches;
		e->watches = watch;
	}
	pthread_mutex_unlock(e->lock);
	return !done;
}

void
lookup_unwatch(struct resolver_lookup *e, struct resolver_watch *watch)
{
	struct resolver_watch **p;

	pthread_mutex_lock(e->telling);
	pthread_mutex_lock(e->lock);
	for (p = &e->watches; *p != NULL && *p != watch; p = &(*p)->next)
		continue;
	if (*p != NULL)
		*p = watch->next;
	pthread_mutex_unlock(e->lock);
	pthread_mutex_unlock(e->telling);
}

void
lookup_tell(struct resolver_lookup *e)
{
	struct resolver_watch *watch;

	pthread_mutex_lock(e->telling);
	for (;;) {
		pthread_mutex_lock(e->lock);
		watch = e->watches;
		if (watch != NULL)
			e->watches = watch->next;
		pthread_mutex_unlock(e->lock);
		if (watch == NULL)
			break;
		watch->done(watch->arg);
	}
	pthread_mutex_unlock(e->telling);
}
