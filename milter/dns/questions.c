#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/pool.h"
#include "dns/asked.h"
#include "dns/dname.h"
#include "dns/noted.h"
#include "dns/questions.h"

#define ASKED_MAX 250
#define IN_FLIGHT_MAX 16
#define FOLLOW_MAX 20
#define WAIT_UNBOUNDED_MS 3600e3 /* the lookup's own cap ends it long before */

/*
 * ${lock} keeps what all threads touch: what was asked, the then, ready and told of each,
 * and the flags below it.  What somebody waited for is the message's own thread's.
 */
struct questions {
	struct resolver *resolver;
	struct pool *pool;
	struct questions_options options;
	double left_ms; /* to wait, once there is a deadline */

	pthread_mutex_t *lock;
	struct asked_list asked;
	int followed;
	struct noted_list noted;
	bool draining; /* some thread is calling ${then}s */
	bool closed;
	bool has_deadline; /* changes under the lock; the message's own thread reads it */
};

static const struct dns_answer no_such_name = { .status = DNS_NXDOMAIN };
static const struct dns_answer over_budget = { .status = DNS_TEMPFAIL,
	.reason = "too many DNS questions for one message" };
static const struct dns_answer too_late = { .status = DNS_TEMPFAIL,
	.reason = "no answer in time" };
static const struct dns_answer nobody = { .status = DNS_TEMPFAIL,
	.reason = "the zone of the test messages cannot be read" };

struct questions *
questions_new(
    struct resolver *r, const struct questions_options *options, struct pool *pool)
{
	struct questions *q = pool_alloc(pool, sizeof *q);

	q->resolver = r;
	q->pool = pool;
	q->options = *options;
	if (q->options.asked_max <= 0)
		q->options.asked_max = ASKED_MAX;
	if (q->options.in_flight_max <= 0)
		q->options.in_flight_max = IN_FLIGHT_MAX;
	if (q->options.follow_max <= 0)
		q->options.follow_max = FOLLOW_MAX;
	q->lock = pool_alloc(pool, sizeof(pthread_mutex_t));
	pthread_mutex_init(q->lock, NULL);
	return q;
}

void
questions_free(struct questions *q)
{
	if (q == NULL)
		return;
	pthread_mutex_lock(q->lock);
	q->closed = true;
	pthread_mutex_unlock(q->lock);

	/* Not under the lock: it waits for a ${then} under way.  None begins any more. */
	asked_clear(&q->asked);
	noted_free(q->noted.first);
	pthread_mutex_destroy(q->lock);
}

/* Who answers for a name in normal form; NULL: who should cannot. */
static struct resolver *
resolver_of(const struct questions *q, const char *key)
{
	const struct questions_apart *apart = &q->options.apart;

	if (apart->domain != NULL && dname_is_within(key, apart->domain))
		return apart->resolver;
	return q->resolver;
}

static struct asked *
add(struct questions *q, const char *name, enum dns_type type)
{
	struct asked *e = asked_add(&q->asked, name, type);

	e->q = q;
	return e;
}

/* When a question is asked, for the trace. */
static struct timespec
asked_now(const struct questions *q)
{
	return q->options.trace ? deadline_in(0) : (struct timespec){ 0 };
}

/* The key of a question: the normal form, or the text as it is, cut, if it has none. */
static bool
key_make(const char *name, char key[DNAME_TEXT_SIZE])
{
	if (dname_normal(name, key))
		return true;
	strncpy(key, name, DNAME_TEXT_SIZE - 1);
	key[DNAME_TEXT_SIZE - 1] = '\0';
	return false;
}

/* One place is left for questions_ask(), which asks one at a time. */
static bool
is_crowded(const struct questions *q)
{
	return q->asked.count + 1 >= (size_t)q->options.in_flight_max &&
	       asked_under_way(&q->asked) + 1 >= q->options.in_flight_max;
}

static bool
is_over_budget(const struct questions *q)
{
	return q->asked.count >= (size_t)q->options.asked_max;
}

/* What somebody would like to know, without waiting for it. */
struct wish {
	const char *name;
	enum dns_type type;
	bool author; /* his policy or a key: it goes before what others led to */
	bool followed;
	questions_then *then;
};

/*
 * The entry, begun if need be; NULL: it may not be.  Then there is none at all: one
 * without its lookup would read as a name that does not exist.
 */
static struct asked *
begin_locked(struct questions *q, const struct wish *wish)
{
	struct resolver_asker asker = { q->options.network,
		!wish->author && !q->has_deadline };
	struct resolver_lookup *lookup;
	struct resolver *resolver;
	struct timespec asked_at;
	char key[DNAME_TEXT_SIZE];
	struct asked *e;

	if ((q->options.on_demand && !q->has_deadline) || !key_make(wish->name, key))
		return NULL;
	e = asked_find(&q->asked, key, wish->type);
	if (e != NULL)
		return e->lookup != NULL ? e : NULL;
	if (q->closed || is_over_budget(q) || (!wish->author && is_crowded(q)))
		return NULL;
	resolver = resolver_of(q, key);
	if (resolver == NULL)
		return NULL;
	asked_at = asked_now(q);
	lookup = resolver_start(resolver, key, wish->type, asker);
	if (lookup == NULL) {
		/* Later questions_ask() waits for a place, where it is wanted. */
		if (!q->has_deadline)
			noted_add(&q->noted, key, wish->type, wish->followed, wish->then);
		return NULL;
	}
	e = add(q, key, wish->type);
	e->public.prefetched = true;
	e->asked_at = asked_at;
	e->lookup = lookup;
	return e;
}

void
questions_prefetch(struct questions *q, const char *name, enum dns_type type)
{
	pthread_mutex_lock(q->lock);
	begin_locked(q, &(struct wish){ .name = name, .type = type });
	pthread_mutex_unlock(q->lock);
}

void
questions_begin(struct questions *q, const char *name, enum dns_type type)
{
	pthread_mutex_lock(q->lock);
	begin_locked(q, &(struct wish){ .name = name, .type = type, .author = true });
	pthread_mutex_unlock(q->lock);
}

static struct asked *
next_ready(const struct questions *q)
{
	for (size_t i = 0; i < q->asked.count; i++) {
		struct asked *e = q->asked.entries[i];

		if (e->ready && !e->told)
			return e;
	}
	return NULL;
}

/*
 * Calls what waits to be called, one after another: a ${then} that follows what is in
 * the cache already only adds to the work here, so that nothing recurses.
 */
static void
drain(struct questions *q)
{
	static const struct timespec now = { 0 };
	struct asked *e;

	pthread_mutex_lock(q->lock);
	if (q->draining) {
		pthread_mutex_unlock(q->lock);
		return;
	}
	q->draining = true;
	while (!q->closed && (e = next_ready(q)) != NULL) {
		e->told = true;
		pthread_mutex_unlock(q->lock);
		e->then(q, e->name, e->public.type, lookup_wait(e->lookup, &now));
		pthread_mutex_lock(q->lock);
	}
	q->draining = false;
	pthread_mutex_unlock(q->lock);
}

/* In the resolver's thread. */
static void
on_done(void *arg)
{
	struct asked *e = arg;

	pthread_mutex_lock(e->q->lock);
	e->ready = true;
	pthread_mutex_unlock(e->q->lock);
	drain(e->q);
}

static void
follow_locked(struct questions *q, const struct wish *wish)
{
	struct asked *e;

	if (q->closed || q->followed >= q->options.follow_max)
		return;
	e = begin_locked(q, wish);
	if (e == NULL)
		return;
	if (!e->followed)
		q->followed++;
	e->followed = true;
	if (e->then != NULL || wish->then == NULL)
		return;
	e->then = wish->then;
	e->watch = (struct resolver_watch){ .done = on_done, .arg = e };
	e->watched = lookup_watch(e->lookup, &e->watch);
	e->ready = !e->watched;
}

void
questions_follow(
    struct questions *q, const char *name, enum dns_type type, questions_then *then)
{
	pthread_mutex_lock(q->lock);
	follow_locked(q,
	    &(struct wish){ .name = name, .type = type, .followed = true, .then = then });
	pthread_mutex_unlock(q->lock);
	drain(q);
}

void
questions_deadline(struct questions *q, int timeout_ms)
{
	struct noted *noted, *n;

	pthread_mutex_lock(q->lock);
	q->has_deadline = true;
	q->left_ms = timeout_ms;
	noted = noted_take(&q->noted);
	for (n = noted; n != NULL; n = n->next) {
		struct wish wish = { .name = n->name,
			.type = n->type,
			.followed = n->followed,
			.then = n->then };

		if (n->followed)
			follow_locked(q, &wish);
		else
			begin_locked(q, &wish);
	}
	pthread_mutex_unlock(q->lock);
	noted_free(noted);
	drain(q);
}

/* What an ask got: the entry, or why there is none; neither: a place is to be had. */
struct asking {
	struct asked *entry;
	const struct dns_answer *refusal;
};

static struct asking
ask_locked(struct questions *q, const char *name, enum dns_type type)
{
	bool late = q->has_deadline && q->left_ms <= 0, good;
	struct timespec asked_at = asked_now(q);
	struct resolver_lookup *lookup = NULL;
	struct resolver *resolver;
	char key[DNAME_TEXT_SIZE];
	struct asked *e;

	good = key_make(name, key);
	e = asked_find(&q->asked, key, type);
	if (e != NULL)
		return (struct asking){ e, NULL };
	if (is_over_budget(q))
		return (struct asking){ NULL, &over_budget };
	resolver = resolver_of(q, key);
	if (resolver == NULL)
		return (struct asking){ NULL, &nobody };
	if (good && late && (lookup = resolver_find(resolver, key, type)) == NULL)
		return (struct asking){ NULL, &too_late };
	if (good && lookup == NULL)
		lookup = resolver_start(resolver, key, type,
		    (struct resolver_asker){ .network = q->options.network });
	if (good && lookup == NULL)
		return (struct asking){ NULL, NULL };
	e = add(q, key, type);
	if (good)
		e->asked_at = asked_at;
	e->lookup = lookup;
	return (struct asking){ e, NULL };
}

/*
 * Not under the lock while it waits: who holds the places may be told in the resolver's
 * thread, which wants it.
 */
static struct asked *
ask_in_turn(struct questions *q, const char *name, enum dns_type type)
{
	double left_ms = q->has_deadline ? q->left_ms : WAIT_UNBOUNDED_MS;
	struct timespec start = deadline_in(0), end;
	struct resolver_lookup *lookup;
	char key[DNAME_TEXT_SIZE];
	struct asked *e;

	key_make(name, key);
	lookup = resolver_start_waiting(resolver_of(q, key), key, type,
	    (struct resolver_asker){ .network = q->options.network }, (int)left_ms);
	end = deadline_in(0);
	q->left_ms -= deadline_ms_between(&start, &end);
	pthread_mutex_lock(q->lock);
	e = asked_find(&q->asked, key, type);
	if (e == NULL) {
		e = add(q, key, type);
		e->asked_at = q->options.trace ? start : (struct timespec){ 0 };
		e->lookup = lookup;
	} else {
		lookup_drop(lookup);
	}
	e->public.ms += deadline_ms_between(&start, &end);
	pthread_mutex_unlock(q->lock);
	return e;
}

/* Waits as long as is left, and takes from it what it took. */
static const struct dns_answer *
wait_for(struct questions *q, struct asked *e)
{
	double left_ms = q->has_deadline ? q->left_ms : WAIT_UNBOUNDED_MS;
	struct timespec start = deadline_in(0), end, until;
	const struct dns_answer *answer;

	until = deadline_after(start, left_ms);
	answer = lookup_wait(e->lookup, &until);
	end = deadline_in(0);
	q->left_ms -= deadline_ms_between(&start, &end);
	e->public.ms += deadline_ms_between(&start, &end);
	return answer;
}

const struct dns_answer *
questions_ask(struct questions *q, const char *name, enum dns_type type)
{
	static const struct timespec now = { 0 };
	struct asking asking;
	struct asked *e;

	pthread_mutex_lock(q->lock);
	asking = ask_locked(q, name, type);
	pthread_mutex_unlock(q->lock);
	if (asking.refusal != NULL)
		return asking.refusal;
	e = asking.entry != NULL ? asking.entry : ask_in_turn(q, name, type);
	if (e->lookup == NULL)
		e->public.answer = &no_such_name;
	else if (lookup_is_done(e->lookup))
		e->public.answer = lookup_wait(e->lookup, &now);
	else
		e->public.answer = wait_for(q, e);
	return e->public.answer;
}

const struct question *
questions_list(const struct questions *q, size_t *count)
{
	struct question *list;

	pthread_mutex_lock(q->lock);
	list = pool_alloc(q->pool, (q->asked.count + 1) * sizeof *list);
	for (size_t i = 0; i < q->asked.count; i++) {
		list[i] = q->asked.entries[i]->public;
		list[i].took_ms = asked_took_ms(q->asked.entries[i]);
	}
	*count = q->asked.count;
	pthread_mutex_unlock(q->lock);
	return list;
}
