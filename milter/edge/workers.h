#ifndef EDGE_WORKERS_H
#define EDGE_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What happens when no thread can be started.  libmilter logs that and forgets the client
 * of it, which then hangs until its own patience ends; libunbound waits for a thread that
 * is not there for ever.  So this module has a pthread_create() for the whole program, as
 * a program's own functions go before those of libraries:
 *
 * - One thread is kept in reserve, for the first that cannot be started.
 * - A client of libmilter's for whom there is none waits for the next worker that is
 * done.
 * - While threads are short, one worker is kept from waiting for DNS: it defers instead,
 *   so that whoever comes gets an answer at once.
 */

/*
 * Threads that the daemon cannot do without: the reserve; libunbound's and the one that
 * takes its answers; ours for libmilter, its signals, its controller, two workers.
 */
#define WORKERS_NEEDED 8

/*
 * Can they be had?  Makes the reserve.  Before other threads, and after privileges are
 * gone, as the limit may be that of the user.  -1 with ${why}.
 */
int workers_prepare(char *why, size_t whysize);

/* This thread is to run libmilter, and what it starts is libmilter's too.  It is detached
 * already. */
void workers_enter(void);

/* No thread could be started lately, and all workers but one wait. */
bool workers_are_short(void);

/*
 * A worker is going to wait.  False: it must not, and there is no end.
 */
bool workers_wait_begin(void);
void workers_wait_end(void);

#endif
