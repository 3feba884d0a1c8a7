#include <pthread.h>
#include <stdlib.h>

#include "base/deadline.h"
#include "base/ip.h"
#include "base/mem.h"
#include "ctl/audit/manners.h"

struct door {
	struct door *next;
	struct ip ip;
	unsigned connections;
	bool taken;
	struct timespec again; /* not before */
};

struct manners {
	pthread_mutex_t lock;
	pthread_cond_t left;
	struct door *doors;
	int pause_ms;
};

struct manners *
manners_new(int pause_ms)
{
	struct manners *m = mem_alloc(sizeof *m);

	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->left, NULL);
	m->pause_ms = pause_ms;
	return m;
}

void
manners_free(struct manners *m)
{
	struct door *next;

	if (m == NULL)
		return;
	for (struct door *d = m->doors; d != NULL; d = next) {
		next = d->next;
		free(d);
	}
	pthread_cond_destroy(&m->left);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static struct door *
door_of(struct manners *m, const struct ip *ip)
{
	struct door *d = m->doors;

	while (d != NULL && !ip_is_equal(&d->ip, ip))
		d = d->next;
	if (d != NULL)
		return d;
	d = mem_alloc(sizeof *d);
	d->ip = *ip;
	d->again = deadline_in(0);
	d->next = m->doors;
	m->doors = d;
	return d;
}

bool
manners_enter(struct manners *m, const struct ip *ip)
{
	struct timespec again = { 0 };
	struct door *d;
	bool may;

	pthread_mutex_lock(&m->lock);
	d = door_of(m, ip);
	while (d->taken)
		pthread_cond_wait(&m->left, &m->lock);
	may = d->connections < MANNERS_CONNECTIONS_MAX;
	if (may) {
		d->taken = true;
		d->connections++;
		again = d->again;
	}
	pthread_mutex_unlock(&m->lock);
	while (may && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &again, NULL) != 0)
		continue;
	return may;
}

void
manners_leave(struct manners *m, const struct ip *ip)
{
	struct door *d;

	pthread_mutex_lock(&m->lock);
	d = door_of(m, ip);
	d->taken = false;
	d->again = deadline_in(m->pause_ms);
	pthread_cond_broadcast(&m->left);
	pthread_mutex_unlock(&m->lock);
}
