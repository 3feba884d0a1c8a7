#include <pthread.h>
#include <stdlib.h>

#include "base/deadline.h"
#include "dns/probe.h"

#define PROBE_SECONDS 3
#define DNSKEY 48

struct probing {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool done;
	enum probe result;
};

static enum probe
judge(const struct dns_answer *answer)
{
	if (answer == NULL || answer->status == DNS_TEMPFAIL)
		return PROBE_NO_ANSWER;
	return answer->secure && answer->status == DNS_FOUND ? PROBE_SECURE
							     : PROBE_INSECURE;
}

static void
on_answer(void *arg, struct dns_answer *answer)
{
	struct probing *p = arg;

	pthread_mutex_lock(&p->lock);
	p->done = true;
	p->result = judge(answer);
	pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->lock);
	free(answer);
}

static enum probe
wait_for(struct probing *p)
{
	struct timespec until = deadline_in(PROBE_SECONDS * 1000);
	enum probe result;
	int error = 0;

	pthread_mutex_lock(&p->lock);
	while (!p->done && error == 0)
		error = pthread_cond_timedwait(&p->changed, &p->lock, &until);
	result = p->result;
	pthread_mutex_unlock(&p->lock);
	return result;
}

enum probe
probe_open(const struct unbound_options *options, struct unbound **engine, char *why,
    size_t whysize)
{
	struct probing p = { .result = PROBE_NO_ANSWER };
	enum probe result = PROBE_NO_ANSWER;

	*engine = unbound_open(options, why, whysize);
	if (*engine == NULL)
		return PROBE_FAILED;
	pthread_mutex_init(&p.lock, NULL);
	deadline_cond_init(&p.changed);
	if (unbound_ask(*engine, ".", DNSKEY, on_answer, &p) == 0)
		result = wait_for(&p);
	/* Closing it also ends a question without an answer, before ${p} goes. */
	if (result != PROBE_SECURE) {
		unbound_close(*engine);
		*engine = NULL;
	}
	pthread_cond_destroy(&p.changed);
	pthread_mutex_destroy(&p.lock);
	return result;
}
