#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/oserror.h"
#include "edge/workers.h"

#define SHORT_SECONDS 10
#define CURE                                                                     \
	"raise what bounds it: LimitNPROC and TasksMax of the unit, ulimit -u, " \
	"memory (MemoryMax, ulimit -v)"
/* Of libmilter's threads, those that serve no client: for signals, and for the others. */
#define NO_WORKERS 2

typedef int create_function(
    pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* A sanitizer's own, where one is linked in: it must see every thread.  Else NULL. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizers call it so */
extern create_function __interceptor_pthread_create __attribute__((weak));

struct start {
	void *(*routine)(void *);
	void *arg;
};

/* The thread in reserve. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t given;
	bool there; /* and free */
	pthread_t thread;
	struct start start; /* ${routine} NULL: nothing yet */
} reserve = { .lock = PTHREAD_MUTEX_INITIALIZER, .given = PTHREAD_COND_INITIALIZER };

static _Thread_local bool of_libmilter;
static atomic_int threads, waiting; /* of libmilter's */
static atomic_llong failed_at;      /* in seconds; 0: not lately */

static long long
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (long long)time.tv_sec + 1;
}

static int
create(pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *), void *arg)
{
	static _Atomic(create_function *) next;
	create_function *function = atomic_load(&next);

	if (function == NULL && __interceptor_pthread_create != NULL)
		function = __interceptor_pthread_create;
	if (function == NULL)
		/* ISO C knows no pointer to a function from dlsym(); POSIX does */
		*(void **)&function = dlsym(RTLD_NEXT, "pthread_create");
	atomic_store(&next, function);
	return function(thread, attr, routine, arg);
}

/* One of libmilter's, counted while it runs. */
static void *
run_counted(void *arg)
{
	struct start start = *(struct start *)arg;
	void *result;

	free(arg);
	of_libmilter = true;
	atomic_fetch_add(&threads, 1);
	result = start.routine(start.arg);
	atomic_fetch_sub(&threads, 1);
	return result;
}

static int
create_counted(
    pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *), void *arg)
{
	struct start *start = malloc(sizeof *start);
	int error;

	if (start == NULL)
		return EAGAIN;
	*start = (struct start){ routine, arg };
	error = create(thread, attr, run_counted, start);
	if (error != 0)
		free(start);
	return error;
}

static void *
run_reserve(void *arg)
{
	struct start start;

	(void)arg;
	pthread_mutex_lock(&reserve.lock);
	while (reserve.start.routine == NULL)
		pthread_cond_wait(&reserve.given, &reserve.lock);
	start = reserve.start;
	reserve.start = (struct start){ 0 };
	pthread_mutex_unlock(&reserve.lock);
	return start.routine(start.arg);
}

/* A new one, where the last was used up. */
static int
make_reserve(void)
{
	int error = 0;

	pthread_mutex_lock(&reserve.lock);
	/* One that was given its task just now takes it first. */
	if (!reserve.there && reserve.start.routine == NULL) {
		error = create(&reserve.thread, NULL, run_reserve, NULL);
		reserve.there = error == 0;
	}
	pthread_mutex_unlock(&reserve.lock);
	return error;
}

static bool
use_reserve(pthread_t *thread, void *(*routine)(void *), void *arg)
{
	struct start *counted = of_libmilter ? malloc(sizeof *counted) : NULL;
	bool used = false;

	pthread_mutex_lock(&reserve.lock);
	if (reserve.there && (counted != NULL || !of_libmilter)) {
		reserve.start = (struct start){ routine, arg };
		if (counted != NULL) {
			*counted = reserve.start;
			reserve.start = (struct start){ run_counted, counted };
			counted = NULL;
		}
		*thread = reserve.thread;
		reserve.there = false;
		used = true;
		pthread_cond_signal(&reserve.given);
	}
	pthread_mutex_unlock(&reserve.lock);
	free(counted);
	return used;
}

static void
note_failure(int error)
{
	if (atomic_exchange(&failed_at, now()) == 0)
		log_error("no thread can be started any more (%s): messages beyond those "
			  "under way are deferred; " CURE,
		    oserror_text(error));
}

int
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
pthread_create(
    pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *), void *arg)
{
	int error = of_libmilter ? create_counted(thread, attr, routine, arg)
				 : create(thread, attr, routine, arg);

	if (error == 0) {
		if (of_libmilter)
			(void)make_reserve();
		return 0;
	}
	if (!of_libmilter)
		return use_reserve(thread, routine, arg) ? 0 : error;
	note_failure(error);
	if (use_reserve(thread, routine, arg))
		return 0;
	if (arg == NULL) /* no client's, but one that libmilter cannot do without */
		return error;
	/*
	 * What libmilter starts for a client detaches its thread first.  This one is
	 * detached already, so that fails; then it leaves the client to the next worker
	 * that is done, and returns.  There always is one, or the reserve would not be
	 * used.
	 */
	routine(arg);
	*thread = pthread_self();
	return 0;
}

void
workers_enter(void)
{
	of_libmilter = true;
}

static void *
sit(void *arg)
{
	pthread_mutex_t *until = arg;

	pthread_mutex_lock(until);
	pthread_mutex_unlock(until);
	return NULL;
}

int
workers_prepare(char *why, size_t whysize)
{
	pthread_mutex_t until = PTHREAD_MUTEX_INITIALIZER;
	pthread_t some[WORKERS_NEEDED];
	int count = 0, error = 0;

	pthread_mutex_lock(&until);
	while (count < WORKERS_NEEDED && error == 0) {
		error = create(&some[count], NULL, sit, &until);
		count += error == 0;
	}
	pthread_mutex_unlock(&until);
	for (int i = 0; i < count; i++)
		pthread_join(some[i], NULL);
	if (error == 0)
		error = make_reserve();
	if (error == 0)
		return 0;
	snprintf(why, whysize,
	    "only %d of %d threads that are needed can be started (%s); " CURE, count,
	    WORKERS_NEEDED, oserror_text(error));
	return -1;
}

static bool
failed_lately(void)
{
	long long at = atomic_load(&failed_at);

	if (at == 0)
		return false;
	if (now() - at < SHORT_SECONDS)
		return true;
	if (atomic_compare_exchange_strong(&failed_at, &at, 0))
		log_info("threads can be started again");
	return false;
}

/* One that must not wait is kept. */
static bool
is_last(int waiters)
{
	return waiters >= atomic_load(&threads) - NO_WORKERS;
}

bool
workers_are_short(void)
{
	return failed_lately() && is_last(atomic_load(&waiting) + 1);
}

bool
workers_wait_begin(void)
{
	int waiters = atomic_fetch_add(&waiting, 1) + 1;

	if (!failed_lately() || !is_last(waiters))
		return true;
	workers_wait_end();
	return false;
}

void
workers_wait_end(void)
{
	atomic_fetch_sub(&waiting, 1);
}
