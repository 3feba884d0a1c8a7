/* The resolver of the tests: see resolver_zone.h.  The text is read by zone_text.c. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/file.h"
#include "base/mem.h"
#include "dns/dname.h"
#include "resolver_zone.h"
#include "zone_text.h"

#define CNAME_MAX 11 /* as libunbound */
#define ZONE_BYTES_MAX ((size_t)16 << 20)

struct asked {
	char *name;
	enum dns_type type;
	size_t count;
};

struct delay {
	char *name;
	int ms;
};

struct resolver {
	struct zone_text *zone;
	pthread_mutex_t lock; /* of what follows */
	struct asked *asked;
	size_t asked_count, asked_all;
	struct delay *delays;
	size_t delay_count;
	bool full_for_early, full_for_all;
};

/* One lookup of one caller. */
struct resolver_lookup {
	struct dns_answer answer; /* since answer.at */
	struct dns_record *records;
	bool watched;
	pthread_t teller; /* who waits for the answer's time, if watched */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool unwatched;
};

static const struct dns_answer no_answer_in_time = { .status = DNS_TEMPFAIL,
	.reason = "no answer in time" };

struct resolver *
resolver_zone_new(const char *text, char *why, size_t whysize)
{
	struct zone_text *zone = zone_text_new(text, why, whysize);
	struct resolver *r;

	if (zone == NULL)
		return NULL;
	r = mem_alloc(sizeof *r);
	r->zone = zone;
	pthread_mutex_init(&r->lock, NULL);
	return r;
}

struct resolver *
resolver_open(const struct resolver_options *options, char *why, size_t whysize)
{
	char *text, reason[200];
	struct resolver *r;

	if (options->zone_file == NULL)
		return resolver_zone_new("", why, whysize);
	text = file_read(options->zone_file, ZONE_BYTES_MAX, NULL, why, whysize);
	if (text == NULL)
		return NULL;
	r = resolver_zone_new(text, reason, sizeof reason);
	if (r == NULL)
		snprintf(why, whysize, "%s: %s", options->zone_file, reason);
	free(text);
	return r;
}

static void
forget(struct resolver *r)
{
	for (size_t i = 0; i < r->asked_count; i++)
		free(r->asked[i].name);
	for (size_t i = 0; i < r->delay_count; i++)
		free(r->delays[i].name);
	free(r->asked);
	free(r->delays);
	r->asked = NULL;
	r->delays = NULL;
	r->asked_count = r->asked_all = r->delay_count = 0;
	zone_text_free(r->zone);
}

bool
resolver_zone_change(struct resolver *r, const char *text, char *why, size_t whysize)
{
	struct zone_text *zone = zone_text_new(text, why, whysize);

	if (zone == NULL)
		return false;
	forget(r);
	r->zone = zone;
	return true;
}

void
resolver_close(struct resolver *r)
{
	if (r == NULL)
		return;
	forget(r);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

bool
resolver_validates(const struct resolver *r, const char **why)
{
	(void)r;
	*why = "a zone text says what is secure";
	return true;
}

struct resolver_stats
resolver_stats(const struct resolver *r)
{
	return (struct resolver_stats){ .lookups = r->asked_all };
}

void
resolver_zone_delay(struct resolver *r, const char *name, int ms)
{
	char key[DNAME_TEXT_SIZE];

	if (!dname_normal(name, key))
		return;
	r->delays = mem_realloc(r->delays, (r->delay_count + 1) * sizeof r->delays[0]);
	r->delays[r->delay_count++] = (struct delay){ mem_strdup(key), ms };
}

void
resolver_zone_full(struct resolver *r, bool for_early, bool for_all)
{
	pthread_mutex_lock(&r->lock);
	r->full_for_early = for_early;
	r->full_for_all = for_all;
	pthread_mutex_unlock(&r->lock);
}

static bool
has_no_place(struct resolver *r, bool early)
{
	bool full;

	pthread_mutex_lock(&r->lock);
	full = r->full_for_all || (early && r->full_for_early);
	pthread_mutex_unlock(&r->lock);
	return full;
}

size_t
resolver_zone_asked_all(struct resolver *r)
{
	size_t n;

	pthread_mutex_lock(&r->lock);
	n = r->asked_all;
	pthread_mutex_unlock(&r->lock);
	return n;
}

static struct asked *
asked_find(struct resolver *r, const char *name, enum dns_type type)
{
	for (size_t i = 0; i < r->asked_count; i++) {
		if (r->asked[i].type == type && strcmp(r->asked[i].name, name) == 0)
			return &r->asked[i];
	}
	return NULL;
}

size_t
resolver_zone_asked(struct resolver *r, const char *name, enum dns_type type)
{
	char key[DNAME_TEXT_SIZE];
	struct asked *asked;
	size_t n = 0;

	if (!dname_normal(name, key))
		return 0;
	pthread_mutex_lock(&r->lock);
	asked = asked_find(r, key, type);
	if (asked != NULL)
		n = asked->count;
	pthread_mutex_unlock(&r->lock);
	return n;
}

static void
count_asked(struct resolver *r, const char *name, enum dns_type type)
{
	struct asked *asked;

	pthread_mutex_lock(&r->lock);
	r->asked_all++;
	asked = asked_find(r, name, type);
	if (asked == NULL) {
		r->asked = mem_realloc(r->asked, (r->asked_count + 1) * sizeof *asked);
		asked = &r->asked[r->asked_count++];
		*asked = (struct asked){ mem_strdup(name), type, 0 };
	}
	asked->count++;
	pthread_mutex_unlock(&r->lock);
}

static bool
is_past(const struct timespec *when, const struct timespec *now)
{
	return when->tv_sec < now->tv_sec ||
	       (when->tv_sec == now->tv_sec && when->tv_nsec <= now->tv_nsec);
}

static int
delay_of(const struct resolver *r, const char *name)
{
	for (size_t i = 0; i < r->delay_count; i++) {
		if (strcmp(r->delays[i].name, name) == 0)
			return r->delays[i].ms;
	}
	return 0;
}

/* Reads the zone along CNAMEs. */
static void
answer_make(struct resolver_lookup *lookup, const struct zone_text *zone,
    const char *name, enum dns_type type)
{
	struct dns_answer *answer = &lookup->answer;
	struct zone_answer found;
	uint32_t ttl = UINT32_MAX;
	bool secure = true;

	for (int i = 0; i < CNAME_MAX; i++) {
		found = zone_text_find(zone, name, type);
		secure = secure && found.secure;
		if (found.ttl < ttl)
			ttl = found.ttl;
		if (found.cname == NULL)
			break;
		name = found.cname;
	}
	if (found.cname != NULL)
		found.reason = "SERVFAIL";
	answer->status = found.cname != NULL ? DNS_TEMPFAIL : found.status;
	answer->reason = found.reason;
	answer->too_large =
	    found.reason != NULL && strcmp(found.reason, ZONE_TEXT_TOO_LARGE) == 0;
	answer->ttl = ttl;
	answer->secure = secure && answer->status < DNS_TEMPFAIL;
	lookup->records = zone_text_records(zone, &found, &answer->count);
	answer->records = lookup->records;
}

struct resolver_lookup *
resolver_start(
    struct resolver *r, const char *name, enum dns_type type, struct resolver_asker asker)
{
	struct resolver_lookup *lookup;
	char key[DNAME_TEXT_SIZE];

	if (has_no_place(r, asker.early))
		return NULL;
	lookup = mem_alloc(sizeof *lookup);
	lookup->answer.at = deadline_in(0);
	if (!dname_normal(name, key)) {
		lookup->answer.status = DNS_NXDOMAIN;
		return lookup;
	}
	count_asked(r, key, type);
	answer_make(lookup, r->zone, key, type);
	lookup->answer.at = deadline_in(delay_of(r, key));
	return lookup;
}

/* A place that is not there does not come by waiting, but that takes its time. */
struct resolver_lookup *
resolver_start_waiting(struct resolver *r, const char *name, enum dns_type type,
    struct resolver_asker asker, int wait_ms)
{
	struct resolver_lookup *lookup = resolver_start(r, name, type, asker);
	struct timespec until = deadline_in(wait_ms);

	if (lookup != NULL)
		return lookup;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	lookup = mem_alloc(sizeof *lookup);
	lookup->answer = (struct dns_answer){ .status = DNS_TEMPFAIL,
		.reason = "too many DNS lookups at once",
		.at = deadline_in(0) };
	return lookup;
}

struct resolver_lookup *
resolver_find(struct resolver *r, const char *name, enum dns_type type)
{
	/* There is no cache. */
	(void)r;
	(void)name;
	(void)type;
	return NULL;
}

bool
lookup_is_done(const struct resolver_lookup *lookup)
{
	struct timespec now = deadline_in(0);

	return is_past(&lookup->answer.at, &now);
}

const struct dns_answer *
lookup_wait(struct resolver_lookup *lookup, const struct timespec *deadline)
{
	const struct timespec *until = &lookup->answer.at;

	if (lookup_is_done(lookup))
		return &lookup->answer;
	if (is_past(deadline, until))
		until = deadline;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, until, NULL);
	return lookup_is_done(lookup) ? &lookup->answer : &no_answer_in_time;
}

void
lookup_drop(struct resolver_lookup *lookup)
{
	free(lookup->records);
	free(lookup);
}

struct teller {
	struct resolver_lookup *lookup;
	struct resolver_watch *watch;
};

/* The dispatcher of this resolver: one thread a watch. */
static void *
tell(void *arg)
{
	struct teller teller = *(struct teller *)arg;
	struct resolver_lookup *lookup = teller.lookup;
	bool tell;

	free(arg);
	pthread_mutex_lock(&lookup->lock);
	while (!lookup->unwatched && !lookup_is_done(lookup))
		pthread_cond_timedwait(
		    &lookup->changed, &lookup->lock, &lookup->answer.at);
	tell = !lookup->unwatched;
	pthread_mutex_unlock(&lookup->lock);
	if (tell)
		teller.watch->done(teller.watch->arg);
	return NULL;
}

bool
lookup_watch(struct resolver_lookup *lookup, struct resolver_watch *watch)
{
	struct teller *teller;

	if (lookup_is_done(lookup))
		return false;
	pthread_mutex_init(&lookup->lock, NULL);
	deadline_cond_init(&lookup->changed);
	teller = mem_alloc(sizeof *teller);
	*teller = (struct teller){ lookup, watch };
	if (pthread_create(&lookup->teller, NULL, tell, teller) != 0)
		abort();
	lookup->watched = true;
	return true;
}

void
lookup_unwatch(struct resolver_lookup *lookup, struct resolver_watch *watch)
{
	(void)watch;
	if (!lookup->watched)
		return;
	pthread_mutex_lock(&lookup->lock);
	lookup->unwatched = true;
	pthread_cond_signal(&lookup->changed);
	pthread_mutex_unlock(&lookup->lock);
	pthread_join(lookup->teller, NULL);
	pthread_cond_destroy(&lookup->changed);
	pthread_mutex_destroy(&lookup->lock);
	lookup->watched = false;
}
