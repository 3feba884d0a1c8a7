#ifndef CTL_ASIDE_H
#define CTL_ASIDE_H

#include <stdbool.h>

struct text;

/*
 * Run ${run} in a process of its own, which may give up what we have, and take what it
 * prints to standard output, up to a MiB, into ${said}; what it complains of is nobody's
 * business.  False: it could not be started, or did not return true.  Before there are
 * threads.
 */
bool aside_run(bool (*run)(void *arg), void *arg, struct text *said);

#endif
