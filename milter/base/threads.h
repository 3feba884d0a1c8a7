#ifndef BASE_THREADS_H
#define BASE_THREADS_H

#include <stdbool.h>

/*
 * Does every other thread of this process sleep, just now?  One that still has something
 * to do, or waits for a processor to do it, does not.  False also if the system does not
 * tell (/proc).  Any thread.
 */
bool threads_asleep(void);

#endif
