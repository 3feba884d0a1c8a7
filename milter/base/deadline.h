#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <pthread.h>
#include <time.h>

/* Points in time to wait for, on CLOCK_MONOTONIC: no step of the real clock moves them.
 */

/* ${ms} milliseconds from now, 0 or more. */
struct timespec deadline_in(int ms);

/* ${ms} later than ${t}. */
struct timespec deadline_after(struct timespec t, double ms);
double deadline_ms_between(const struct timespec *from, const struct timespec *to);
int deadline_ms_since(const struct timespec *from); /* whole ones, until now */

/* A condition whose pthread_cond_timedwait() takes such a time. */
void deadline_cond_init(pthread_cond_t *cond);

#endif
