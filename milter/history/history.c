#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/oserror.h"
#include "history/fact_list.h"
#include "history/history.h"

#define BATCH_MS 100     /* so many facts share a commit */
#define BATCH_FACTS 2000 /* in one transaction */
#define TIDY_MS 60000    /* what came is counted by day soon, but not at each commit */
#define REST_MS 3600000  /* what is too old goes also where no mail comes */
#define LAST_MS 1000     /* beyond the time that a stop gives */
#define SAY_MS 60000     /* one warning a minute, however much goes wrong */

struct history {
	pthread_mutex_t
	    lock; /* of all up to the thread; never held while the disk works */
	pthread_cond_t work; /* facts, a change, or the end */
	pthread_cond_t done; /* the thread has ended */
	struct fact_list queue;
	struct history_counts counts; /* queue: what is in the thread's hands too */
	struct history_losses losses;
	bool full; /* paused for lack of room in the file itself */
	size_t queue_bytes;
	struct history_file_limits limits;
	struct history_settings *settings;
	struct timespec since; /* when the queue was empty last */
	struct timespec say;   /* when the next warning may be given */
	uint64_t unsaid;       /* lost since the last */
	bool changed, ending, ended;
	struct timespec give_up; /* once ending */

	pthread_t thread;
	bool stopped; /* by who opened it */
	char *path, *host;

	/* The thread's own. */
	struct history_file *file;
	struct fact_list hand; /* what it is about to write */
	struct timespec tidy;  /* when it does so next */
};

static double
ms_until(const struct timespec *then)
{
	struct timespec now = deadline_in(0);

	return deadline_ms_between(&now, then);
}

struct history_settings *
history_settings(struct history *h, const char *version, const char *text)
{
	struct history_settings *settings;

	pthread_mutex_lock(&h->lock);
	settings = history_settings_find(&h->settings, version, text);
	pthread_mutex_unlock(&h->lock);
	return settings;
}

/* ${since}: when the oldest of them came, or 0: now.  Under the lock. */
static void
count_loss(struct history *h, enum history_cause cause, uint64_t lost, int64_t since)
{
	history_loss_count(&h->losses, cause, lost, since);
	h->counts.lost[cause] += lost;
	h->unsaid += lost;
}

/* Why the queue is full.  Under the lock. */
static enum history_cause
cause_of(const struct history *h)
{
	if (h->ending)
		return HISTORY_LOST_STOP;
	if (h->counts.state == HISTORY_BROKEN)
		return HISTORY_LOST_BROKEN;
	if (h->counts.state == HISTORY_PAUSED)
		return h->full ? HISTORY_LOST_SIZE : HISTORY_LOST_DISK;
	return HISTORY_LOST_QUEUE;
}

/* How many losses a warning is to tell of now, if one may be given.  Under the lock. */
static uint64_t
take_unsaid(struct history *h)
{
	uint64_t lost = h->unsaid;

	if (lost == 0 || ms_until(&h->say) > 0)
		return 0;
	h->say = deadline_in(SAY_MS);
	h->unsaid = 0;
	return lost;
}

static void
say_loss(uint64_t lost)
{
	if (lost > 0)
		log_warning("history: verdicts not remembered: %llu, because more than "
			    "HistoryQueueBytes wait to be written",
		    (unsigned long long)lost);
}

/* Under the lock. */
static void
enlist(struct history *h, struct fact *fact)
{
	if (h->counts.queue_facts == 0)
		h->since = deadline_in(0);
	h->counts.queue_facts++;
	h->counts.queue_bytes += fact->size;
	fact_list_add(&h->queue, fact);
	if (h->queue.count == 1)
		pthread_cond_signal(&h->work);
}

void
history_push(struct history *h, struct fact *fact)
{
	uint64_t unsaid = 0;

	if (fact == NULL)
		return;
	pthread_mutex_lock(&h->lock);
	if (h->ending || h->counts.queue_bytes + fact->size > h->queue_bytes) {
		count_loss(h, cause_of(h), 1, 0);
		unsaid = take_unsaid(h);
	} else {
		enlist(h, fact);
		fact = NULL;
	}
	pthread_mutex_unlock(&h->lock);
	fact_free(fact);
	say_loss(unsaid);
}

/* Wait for the end or a change at most ${ms}, or also for work.  Under the lock. */
static void
wait_for(struct history *h, double ms, bool or_work)
{
	struct timespec until = deadline_after(deadline_in(0), ms > 0 ? ms : 0);
	int late = 0;

	while (
	    late == 0 && !h->ending && !(or_work && (h->queue.count > 0 || h->changed)))
		late = pthread_cond_timedwait(&h->work, &h->lock, &until);
}

/* At the end there is no time for long pauses.  Under the lock. */
static void
retry_soon(struct history *h)
{
	struct timespec until = deadline_in(BATCH_MS);

	while (pthread_cond_timedwait(&h->work, &h->lock, &until) == 0)
		continue;
}

/* Is there nothing more to be done?  Under the lock. */
static bool
is_over(const struct history *h)
{
	if (!h->ending)
		return false;
	return h->hand.count == 0 || h->counts.state == HISTORY_BROKEN ||
	       ms_until(&h->give_up) <= 0;
}

/* Until there may be something to do.  Under the lock. */
static void
rest(struct history *h)
{
	double ms = ms_until(&h->tidy);

	if (h->counts.state != HISTORY_OK) {
		if (h->ending)
			retry_soon(h);
		else
			wait_for(h, history_file_pause_ms(h->file), false);
		return;
	}
	if (h->unsaid > 0 && ms_until(&h->say) < ms)
		ms = ms_until(&h->say);
	wait_for(h, ms, true);
	if (h->queue.count > 0)
		wait_for(h, BATCH_MS, false);
}

/* Wait for facts and take them all; false: it is over. */
static bool
take_work(struct history *h)
{
	uint64_t unsaid;
	bool go_on;

	pthread_mutex_lock(&h->lock);
	/* In hand are those whose transaction failed, or came behind one that did. */
	if (h->hand.count == 0 || h->counts.state != HISTORY_OK)
		rest(h);
	fact_list_move(&h->hand, &h->queue);
	if (h->changed) {
		history_file_limit(h->file, &h->limits);
		h->tidy = deadline_in(0);
	}
	h->changed = false;
	unsaid = take_unsaid(h);
	go_on = !is_over(h);
	pthread_mutex_unlock(&h->lock);
	say_loss(unsaid);
	return go_on;
}

/* What was lost becomes a row, once rows can be written again.  Not under the lock. */
static void
write_gap(struct history *h, enum history_cause cause)
{
	struct history_loss loss;

	pthread_mutex_lock(&h->lock);
	loss = h->losses.by_cause[cause];
	pthread_mutex_unlock(&h->lock);
	if (loss.lost == 0 || !history_file_gap(h->file, loss.begin_at, loss.end_at,
				  (int64_t)loss.lost, history_loss_name(cause)))
		return;
	pthread_mutex_lock(&h->lock);
	history_loss_told(&h->losses, cause, &loss);
	pthread_mutex_unlock(&h->lock);
}

static void
write_gaps(struct history *h)
{
	for (enum history_cause c = HISTORY_LOST_QUEUE; c < HISTORY_CAUSE_COUNT; c++)
		write_gap(h, c);
}

/* One transaction of what is in hand.  False: it could not be written. */
static bool
write_some(struct history *h)
{
	struct timespec begin = deadline_in(0), end;
	struct fact *rest;
	unsigned refused;
	size_t count, bytes;

	rest = history_file_write(h->file, h->hand.first, BATCH_FACTS, &refused);
	bytes = fact_list_drop(&h->hand, rest, &count);
	end = deadline_in(0);
	pthread_mutex_lock(&h->lock);
	h->counts.state = history_file_state(h->file);
	h->full = history_file_is_full(h->file);
	h->counts.oldest_at = history_file_oldest(h->file);
	h->counts.queue_bytes -= bytes;
	h->counts.queue_facts -= count;
	h->since = begin;
	count_loss(h, HISTORY_LOST_REFUSED, refused, 0);
	if (count > 0) {
		h->counts.rows += count - refused;
		h->counts.commits++;
		h->counts.commit_seconds += deadline_ms_between(&begin, &end) / 1e3;
	}
	pthread_mutex_unlock(&h->lock);
	return count > 0;
}

/* A line for each change of state or of its reason, but not more than one a minute. */
static void
say_state(struct history *h)
{
	bool may;

	if (!history_file_is_news(h->file))
		return;
	if (history_file_state(h->file) == HISTORY_OK) {
		log_info("history: %s is written again", h->path);
		history_file_told(h->file);
		return;
	}
	pthread_mutex_lock(&h->lock);
	may = ms_until(&h->say) <= 0;
	if (may)
		h->say = deadline_in(SAY_MS);
	pthread_mutex_unlock(&h->lock);
	if (!may)
		return;
	history_file_told(h->file);
	log_warning(
	    "history: %s; verdicts are kept in memory, and writing is tried again",
	    history_file_why(h->file));
}

/* All that can be written now. */
static void
write_all(struct history *h)
{
	struct timespec soon = deadline_in(TIDY_MS);
	bool over = false;

	if (h->hand.count > 0 && deadline_ms_between(&soon, &h->tidy) > 0)
		h->tidy = soon;
	while (write_some(h) && h->hand.count > 0 && !over) {
		pthread_mutex_lock(&h->lock);
		over = is_over(h);
		pthread_mutex_unlock(&h->lock);
	}
	say_state(h);
	write_gaps(h);
}

static void
tidy(struct history *h)
{
	bool ending;

	pthread_mutex_lock(&h->lock);
	ending = h->ending;
	pthread_mutex_unlock(&h->lock);
	if (ending || ms_until(&h->tidy) > 0)
		return;
	if (!history_file_tidy(h->file, time(NULL)))
		h->tidy = deadline_in(REST_MS);
}

/* What is still in hand is lost.  Under the lock. */
static void
lose_rest(struct history *h)
{
	struct fact_value values[FACT_VALUES];
	size_t left = h->hand.count;

	if (left == 0)
		return;
	fact_read(h->hand.first, values);
	count_loss(h, HISTORY_LOST_STOP, left, values[FACT_AT].number);
	h->counts.queue_bytes -= fact_list_drop(&h->hand, NULL, &left);
	h->counts.queue_facts -= left;
}

/* The end: what is left becomes a gap, now or when the file is opened next. */
static void
leave(struct history *h)
{
	struct history_path_note note;
	uint64_t left;

	pthread_mutex_lock(&h->lock);
	fact_list_move(&h->hand, &h->queue);
	left = h->hand.count;
	lose_rest(h);
	pthread_mutex_unlock(&h->lock);
	write_gaps(h);
	pthread_mutex_lock(&h->lock);
	note = history_loss_sum(&h->losses);
	pthread_mutex_unlock(&h->lock);
	if (left > 0)
		log_error("history: %llu verdicts could not be written before the end",
		    (unsigned long long)left);
	history_file_free(h->file, &note);
	h->file = NULL;
}

static void *
writer(void *cookie)
{
	struct history *h = cookie;

	write_all(h);
	while (take_work(h)) {
		write_all(h);
		tidy(h);
	}
	leave(h);
	pthread_mutex_lock(&h->lock);
	h->ended = true;
	pthread_cond_signal(&h->done);
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

static void
set_limits(struct history *h, const struct history_options *options)
{
	h->queue_bytes = options->queue_bytes;
	h->limits = options->limits;
}

static struct history *
history_new(const struct history_options *options)
{
	struct history *h = mem_alloc(sizeof *h);

	pthread_mutex_init(&h->lock, NULL);
	deadline_cond_init(&h->work);
	deadline_cond_init(&h->done);
	fact_list_init(&h->queue);
	fact_list_init(&h->hand);
	h->path = mem_strdup(options->path);
	h->host = mem_strdup(options->host);
	h->since = h->say = deadline_in(0);
	h->tidy = deadline_in(TIDY_MS);
	set_limits(h, options);
	h->file = history_file_new(h->path, h->host);
	history_file_limit(h->file, &h->limits);
	return h;
}

struct history *
history_open(const struct history_options *options, char *why, size_t whysize)
{
	struct history *h = history_new(options);
	int error = pthread_create(&h->thread, NULL, writer, h);

	if (error == 0)
		return h;
	snprintf(why, whysize, "cannot start a thread: %s", oserror_text(error));
	history_file_free(h->file, &(struct history_path_note){ 0 });
	h->ended = true;
	history_free(h);
	return NULL;
}

void
history_change(struct history *h, const struct history_options *options)
{
	pthread_mutex_lock(&h->lock);
	set_limits(h, options);
	h->changed = true;
	pthread_cond_signal(&h->work);
	pthread_mutex_unlock(&h->lock);
}

void
history_stop(struct history *h, int timeout_ms)
{
	/* A transaction that has begun is waited for somewhat longer. */
	struct timespec until = deadline_in(timeout_ms + LAST_MS);
	int late = 0;

	if (h == NULL || h->stopped)
		return;
	h->stopped = true;
	pthread_mutex_lock(&h->lock);
	h->ending = true;
	h->give_up = deadline_in(timeout_ms);
	pthread_cond_signal(&h->work);
	while (late == 0 && !h->ended)
		late = pthread_cond_timedwait(&h->done, &h->lock, &until);
	late = !h->ended;
	pthread_mutex_unlock(&h->lock);
	if (late == 0) {
		pthread_join(h->thread, NULL);
		return;
	}
	pthread_detach(h->thread);
	log_error("history: the disk of %s does not answer: the last verdicts may be "
		  "missing from it",
	    h->path);
}

void
history_free(struct history *h)
{
	size_t count;

	/* A thread that its disk keeps still uses all of it. */
	if (h == NULL || !h->ended)
		return;
	fact_list_drop(&h->queue, NULL, &count);
	history_settings_free(h->settings);
	pthread_cond_destroy(&h->work);
	pthread_cond_destroy(&h->done);
	pthread_mutex_destroy(&h->lock);
	free(h->path);
	free(h->host);
	free(h);
}

struct history_counts
history_counts(struct history *h)
{
	struct history_counts counts;

	pthread_mutex_lock(&h->lock);
	counts = h->counts;
	if (counts.queue_facts > 0)
		counts.queue_age_seconds = -ms_until(&h->since) / 1e3;
	pthread_mutex_unlock(&h->lock);
	return counts;
}
