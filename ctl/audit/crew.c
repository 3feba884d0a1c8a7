#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/deadline.h"
#include "base/mem.h"
#include "ctl/audit/crew.h"
#include "ctl/progress.h"

#define BAR_STEP_NS 100000000L
#define BAR_AFTER_MS 2000

struct run {
	const struct crew *crew;
	atomic_size_t next, done;
};

static void *
work(void *arg)
{
	struct run *r = arg;
	size_t i;

	while ((i = atomic_fetch_add(&r->next, 1)) < r->crew->count) {
		r->crew->work(r->crew->arg, i);
		atomic_fetch_add(&r->done, 1);
	}
	return NULL;
}

static void
watch(struct run *r)
{
	const size_t count = r->crew->count;
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
crew_run(const struct crew *crew)
{
	struct run r = { .crew = crew };
	pthread_t *threads = mem_alloc((size_t)crew->threads * sizeof *threads);
	int started = 0;

	while (started < crew->threads &&
	       pthread_create(&threads[started], NULL, work, &r) == 0)
		started++;
	if (started == 0)
		work(&r); /* alone, then */
	else if (crew->progress)
		watch(&r);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}
