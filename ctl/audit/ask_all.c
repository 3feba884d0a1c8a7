#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/deadline.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ctl/audit/ask.h"
#include "ctl/audit/ask_all.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/plan.h"
#include "ctl/progress.h"

#define BAR_STEP_NS 100000000L
#define BAR_AFTER_MS 2000

struct run {
	const struct ask_all *all;
	atomic_size_t next, done;
};

static void *
work(void *arg)
{
	struct run *r = arg;
	const struct ask_all *all = r->all;
	const struct plan *plan = all->options->plan;
	size_t i;

	while ((i = atomic_fetch_add(&r->next, 1)) < plan->domain_count) {
		const struct plan_domain *d = &plan->domains[i];
		const struct earlier_domain *before = earlier_find(all->earlier, d->name);

		all->pools[i] = pool_new();
		all->facts[i] = ask_domain(all->options, d,
		    before != NULL ? &before->selectors : NULL, all->pools[i]);
		atomic_fetch_add(&r->done, 1);
	}
	return NULL;
}

static void
watch(struct run *r)
{
	const size_t count = r->all->options->plan->domain_count;
	const struct timespec begin = deadline_in(0), step = { 0, BAR_STEP_NS };
	bool drawn = false;

	while (atomic_load(&r->done) < count) {
		struct timespec now = deadline_in(0);

		if (deadline_ms_between(&begin, &now) > BAR_AFTER_MS) {
			progress_draw(atomic_load(&r->done), count);
			drawn = true;
		}
		nanosleep(&step, NULL);
	}
	if (drawn)
		progress_erase();
}

void
ask_all(const struct ask_all *all)
{
	struct run r = { .all = all };
	pthread_t *threads = mem_alloc((size_t)all->threads * sizeof *threads);
	int started = 0;

	while (started < all->threads &&
	       pthread_create(&threads[started], NULL, work, &r) == 0)
		started++;
	if (started == 0)
		work(&r); /* alone, then */
	else if (all->progress)
		watch(&r);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}
