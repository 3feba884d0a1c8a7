#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/*
 * Memory that never fails: out of memory logs one line and aborts, and the
 * MTA's default action (tempfail) makes the sender retry.  No caller checks for
 * NULL.  Sizes that a client controls are bounded before they get here.
 * What is returned is the caller's to free().  Any thread.
 */
void *mem_alloc(size_t size); /* zeroed */
void *mem_room(size_t size);  /* not zeroed: to be written to first */
void *mem_realloc(void *p, size_t size);
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t len); /* copies ${len} octets and adds a NUL */

/* What was freed goes back to the system, where the C library would keep it.  Takes
 * milliseconds, and holds up others who allocate: for after a rare peak.  Any thread. */
void mem_give_back(void);

#endif
