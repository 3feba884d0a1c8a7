#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/deadline.h"
#include "base/mem.h"
#include "dns/outage.h"
#include "dns/trouble.h"

#define NS 2
#define OUTGOING 16
#define ANSWER_MS 5000   /* as long as a lookup may take */
#define ANSWERED_MS 1000 /* a server that answered so lately is there */
#define BETWEEN_MS 10000 /* looks without cause */
#define AGAIN_MS 5000    /* while there is an outage */

struct outage {
	struct unbound_options options;
	struct trouble *trouble;
	atomic_llong answered, looked; /* when, in ms; 0: never */
	atomic_bool looking;

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	bool closing, has_thread;
	pthread_t thread;
	enum { ASKED, ANSWERED, FAILED } state; /* of the question under way */
};

static long long
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1;
}

static void
on_answer(void *arg, struct dns_answer *answer)
{
	struct outage *o = arg;

	pthread_mutex_lock(&o->lock);
	o->state = answer == NULL || answer->status == DNS_TEMPFAIL ? FAILED : ANSWERED;
	pthread_cond_signal(&o->changed);
	pthread_mutex_unlock(&o->lock);
	free(answer);
}

/* Until ${state} is no longer ${while_state}, or we are closing, but so long at most. */
static void
wait_for(struct outage *o, int ms)
{
	struct timespec until = deadline_in(ms);
	int error = 0;

	pthread_mutex_lock(&o->lock);
	while (o->state == ASKED && !o->closing && error == 0)
		error = pthread_cond_timedwait(&o->changed, &o->lock, &until);
	pthread_mutex_unlock(&o->lock);
}

static bool
is_closing(struct outage *o)
{
	bool closing;

	pthread_mutex_lock(&o->lock);
	closing = o->closing;
	pthread_mutex_unlock(&o->lock);
	return closing;
}

/* Does the root answer?  If that cannot be asked, for a fault of ours: as was told last.
 */
static bool
has_answer(struct outage *o)
{
	char why[200];
	struct unbound *engine = unbound_open(&o->options, why, sizeof why);

	if (engine == NULL)
		return atomic_load(&o->trouble->outage_since) == 0;
	o->state = ASKED;
	if (unbound_ask(engine, ".", NS, on_answer, o) == 0)
		wait_for(o, ANSWER_MS);
	else
		o->state = ANSWERED;
	/* It also ends a question without an answer, so nobody writes the state now. */
	unbound_close(engine);
	return o->state == ANSWERED;
}

static void *
look(void *arg)
{
	struct outage *o = arg;
	bool answered;

	while (!(answered = has_answer(o)) && !is_closing(o)) {
		trouble_outage_begins(
		    o->trouble, o->options.nameservers, o->options.nameserver_count);
		o->state = ASKED;
		wait_for(o, AGAIN_MS);
	}
	if (answered)
		trouble_outage_ends(o->trouble);
	atomic_store(&o->looked, now_ms());
	atomic_store(&o->looking, false);
	return NULL;
}

static void
start(struct outage *o)
{
	bool looking = false;

	if (!atomic_compare_exchange_strong(&o->looking, &looking, true))
		return;
	pthread_mutex_lock(&o->lock);
	if (o->has_thread)
		pthread_join(o->thread, NULL); /* its look is over */
	o->has_thread = !o->closing && pthread_create(&o->thread, NULL, look, o) == 0;
	if (!o->has_thread)
		atomic_store(&o->looking, false);
	pthread_mutex_unlock(&o->lock);
}

struct outage *
outage_new(const struct unbound_options *options, struct trouble *trouble)
{
	struct outage *o = mem_alloc(sizeof *o);

	o->options = *options;
	o->options.outgoing = OUTGOING;
	o->trouble = trouble;
	pthread_mutex_init(&o->lock, NULL);
	deadline_cond_init(&o->changed);
	if (atomic_load(&trouble->outage_since) != 0)
		start(o);
	return o;
}

void
outage_free(struct outage *o)
{
	bool has_thread;

	if (o == NULL)
		return;
	pthread_mutex_lock(&o->lock);
	o->closing = true;
	has_thread = o->has_thread;
	pthread_cond_signal(&o->changed);
	pthread_mutex_unlock(&o->lock);
	if (has_thread)
		pthread_join(o->thread, NULL);
	pthread_cond_destroy(&o->changed);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

static bool
is_worth_a_look(struct outage *o, long long now)
{
	const long long looked = atomic_load(&o->looked);

	return now - atomic_load(&o->answered) >= ANSWERED_MS &&
	       (looked == 0 || now - looked >= BETWEEN_MS) && !atomic_load(&o->looking);
}

void
outage_note(struct outage *o, const struct dns_answer *answer)
{
	const long long now = now_ms();

	if (o == NULL)
		return;
	if (answer->status != DNS_TEMPFAIL || answer->too_large)
		atomic_store_explicit(&o->answered, now, memory_order_relaxed);
	else if (is_worth_a_look(o, now))
		start(o);
}
