#ifndef EDGE_WORKERS_H
#define EDGE_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Threads of libmilter's, and what happens when no more can be started.
 *
 * libmilter counts a worker as idle until it really runs, and leaves clients to it that
 * nobody serves while it waits for DNS.  So one worker never waits: before the last
 * would, another is started, and where none can be, it defers its message and goes on.
 *
 * Where it cannot start one itself, libmilter forgets the client, who then hangs until
 * its own patience ends.  So this module has a pthread_create() for the whole program, as
 * a program's own functions go before those of libraries: such a client is left to the
 * worker that does not wait.
 */

/*
 * Threads that the daemon cannot do without: libunbound's and the one that takes its
 * answers; ours for libmilter, its signals, its controller, two workers.
 */
#define WORKERS_NEEDED 7

/*
 * Can they be had?  Before other threads, and after privileges are gone, as the limit may
 * be that of the user.  -1 with ${why}.
 */
int workers_prepare(char *why, size_t whysize);

/* This thread is to run libmilter, and what it starts is libmilter's too.  It is detached
 * already. */
void workers_enter(void);

/*
 * A worker does for a while what may start threads that are not libmilter's: else they
 * would be counted as workers.
 */
void workers_leave(void);
void workers_return(void);

/* No thread could be started lately, and all workers but one wait. */
bool workers_are_short(void);

/* A worker is going to wait.  False: it must not, and there is no end. */
bool workers_wait_begin(void);
void workers_wait_end(void);

#endif
