#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "base/log.h"
#include "base/oserror.h"
#include "edge/workers.h"

#define SHORT_SECONDS 10
#define CURE                                                                     \
	"raise what limits it: LimitNPROC and TasksMax of the unit, ulimit -u, " \
	"memory (MemoryMax, ulimit -v)"
/* Address space that a thread must leave: its stack, and what messages are judged in. */
#define ROOM_OCTETS ((size_t)48 << 20)
/* Of libmilter's threads, those that serve no client: for signals, and for the others. */
#define NO_WORKERS 2

typedef void *work_function(void *);
typedef int create_function(pthread_t *, const pthread_attr_t *, work_function *, void *);

/* A sanitizer's own, where one is linked in: it must see every thread.  Else NULL. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): so called */
extern create_function __interceptor_pthread_create __attribute__((weak));

struct start {
	work_function *routine;
	void *arg;
};

static _Thread_local bool of_libmilter;
static atomic_int threads, waiting;     /* of libmilter's */
static _Atomic(work_function *) worker; /* what a worker of libmilter's runs */
static atomic_llong failed_at;          /* in seconds; 0: not lately */

static long long
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (long long)time.tv_sec + 1;
}

static int
create(pthread_t *thread, const pthread_attr_t *attr, work_function *routine, void *arg)
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
	result = start.routine(start.arg);
	atomic_fetch_sub(&threads, 1);
	return result;
}

/*
 * Where the address space is bounded, stacks would take all of it, and the next
 * allocation end the process with all messages under way.
 */
static bool
has_room(void)
{
	void *room = mmap(NULL, ROOM_OCTETS, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return room != MAP_FAILED && munmap(room, ROOM_OCTETS) == 0;
}

static int
create_counted(
    pthread_t *thread, const pthread_attr_t *attr, work_function *routine, void *arg)
{
	struct start *start = has_room() ? malloc(sizeof *start) : NULL;
	int error;

	if (start == NULL)
		return EAGAIN;
	*start = (struct start){ routine, arg };
	atomic_fetch_add(&threads, 1);
	error = create(thread, attr, run_counted, start);
	if (error == 0)
		return 0;
	atomic_fetch_sub(&threads, 1);
	free(start);
	return error;
}

static void
note_failure(int error)
{
	if (atomic_exchange(&failed_at, now()) == 0)
		log_error("no more threads can be started (%s): messages beyond those in "
			  "progress "
			  "are deferred; " CURE,
		    oserror_text(error));
}

int
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
pthread_create(
    pthread_t *thread, const pthread_attr_t *attr, work_function *routine, void *arg)
{
	int error;

	if (!of_libmilter)
		return create(thread, attr, routine, arg);
	/* Those that it begins with have no client yet; workers are the last of them. */
	if (arg == NULL)
		atomic_store(&worker, routine);
	error = create_counted(thread, attr, routine, arg);
	if (error == 0)
		return 0;
	note_failure(error);
	if (arg == NULL || routine != atomic_load(&worker))
		return error;
	/*
	 * What libmilter starts for a client detaches its thread first.  This one is
	 * detached already, so that fails; then it leaves the client to the next worker
	 * that is free, and returns.
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

void
workers_leave(void)
{
	of_libmilter = false;
}

void
workers_return(void)
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

/* Would no worker be left that does not wait? */
static bool
is_last(int waiters)
{
	return waiters >= atomic_load(&threads) - NO_WORKERS;
}

/* As libmilter does at its start. */
static bool
add_worker(void)
{
	work_function *routine = atomic_load(&worker);
	pthread_t thread;

	return routine != NULL && pthread_create(&thread, NULL, routine, NULL) == 0;
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

	if (!is_last(waiters) || add_worker())
		return true;
	workers_wait_end();
	return false;
}

void
workers_wait_end(void)
{
	atomic_fetch_sub(&waiting, 1);
}
