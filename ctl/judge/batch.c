#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "ctl/judge/batch.h"
#include "ctl/judge/judge.h"
#include "ctl/judge/source.h"
#include "ctl/judge/summary.h"
#include "ctl/page.h"
#include "ctl/progress.h"
#include "ctl/text.h"

/* Messages judged and not yet told of, a thread: one slow answer stops few others. */
#define AHEAD 32
#define WHY_OCTETS 256
#define BAR_STEP_MS 100

/* One message between the thread that judged it and the one that tells. */
struct slot {
	bool done;
	struct judge *judge; /* NULL: it could not be read, see ${why} */
	char *text;
	size_t len;
	char why[WHY_OCTETS];
};

struct run {
	const struct batch *batch;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	struct slot *slots; /* of message i: i modulo ${slot_count} */
	size_t slot_count;
	size_t next; /* to be judged */
	size_t told;
};

/* The next message to judge; false: there is none. */
static bool
take(struct run *r, size_t *index)
{
	const size_t count = r->batch->source->count;
	bool more;

	pthread_mutex_lock(&r->lock);
	while (r->next < count && r->next >= r->told + r->slot_count)
		pthread_cond_wait(&r->changed, &r->lock);
	more = r->next < count;
	if (more)
		*index = r->next++;
	pthread_mutex_unlock(&r->lock);
	return more;
}

static void
judge_one(struct run *r, size_t index)
{
	const struct batch *b = r->batch;
	const struct source_message *m = &b->source->messages[index];
	struct slot *slot = &r->slots[index % r->slot_count];
	FILE *text;

	slot->judge = judge_message(
	    b->parts, b->options, &m->place, m->name, slot->why, sizeof slot->why);
	if (slot->judge != NULL) {
		text = open_memstream(&slot->text, &slot->len);
		if (text == NULL)
			abort(); /* out of memory */
		b->tell(text, judge_outcome(slot->judge), b->colour);
		fclose(text);
	}
	pthread_mutex_lock(&r->lock);
	slot->done = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

static void *
work(void *cookie)
{
	struct run *r = cookie;
	size_t index;

	while (take(r, &index))
		judge_one(r, index);
	return NULL;
}

static bool
is_time(struct timespec *last)
{
	struct timespec now;
	long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (now.tv_sec - last->tv_sec) * 1000 + (now.tv_nsec - last->tv_nsec) / 1000000;
	if (ms < BAR_STEP_MS)
		return false;
	*last = now;
	return true;
}

/* Wait for one message and tell of it.  False: it could not be read. */
static bool
tell(struct run *r, size_t index, FILE *out)
{
	const struct batch *b = r->batch;
	struct slot *slot = &r->slots[index % r->slot_count], taken;
	char name[PAGE_QUOTE_SIZE];

	pthread_mutex_lock(&r->lock);
	while (!slot->done)
		pthread_cond_wait(&r->changed, &r->lock);
	taken = *slot;
	*slot = (struct slot){ 0 };
	r->told++;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	if (taken.judge == NULL) {
		summary_add_unreadable(b->summary);
		if (b->progress)
			progress_erase();
		fprintf(stderr, "beschermctl: %s: %s\n",
		    page_quote(b->source->messages[index].name, name), taken.why);
		return false;
	}
	fwrite(taken.text, 1, taken.len, out);
	summary_add(b->summary, judge_outcome(taken.judge));
	free(taken.text);
	judge_free(taken.judge);
	return true;
}

static size_t
tell_all(struct run *r, FILE *out)
{
	const struct batch *b = r->batch;
	struct timespec last = { 0 };
	size_t unreadable = 0;

	for (size_t i = 0; i < b->source->count; i++) {
		if (b->progress && is_time(&last))
			progress_draw(i, b->source->count);
		unreadable += !tell(r, i, out);
	}
	if (b->progress)
		progress_erase();
	return unreadable;
}

size_t
batch_run(const struct batch *b, FILE *out)
{
	struct run r = { .batch = b, .slot_count = (size_t)b->threads * AHEAD };
	pthread_t *threads = mem_alloc((size_t)b->threads * sizeof *threads);
	size_t unreadable;
	int started = 0;

	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.changed, NULL);
	r.slots = mem_alloc(r.slot_count * sizeof *r.slots);
	while (started < b->threads &&
	       pthread_create(&threads[started], NULL, work, &r) == 0)
		started++;
	if (started == 0)
		abort(); /* not even one: there is no doing anything here */
	unreadable = tell_all(&r, out);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_cond_destroy(&r.changed);
	pthread_mutex_destroy(&r.lock);
	free(r.slots);
	free(threads);
	return unreadable;
}
