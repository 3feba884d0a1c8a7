#ifndef EDGE_MILTER_H
#define EDGE_MILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "edge/listener.h"

struct parts_store;

/*
 * Open the listening socket with its mode and group; before privileges are
 * dropped.  A stale unix socket is replaced, a live one is not.  ${why} names the
 * path and the command that mends it.  ${listener} is used until milter_drain().
 */
enum listener_error milter_open(
    const struct listener *listener, char *why, size_t whysize);

/*
 * Serve until the process ends; runs libmilter's loop in the calling thread, which
 * must not be the one that waits for signals.  Nobody asks it to end: -1 when it gave
 * up, 0 when it was stopped all the same.
 */
int milter_run(struct parts_store *parts);

/*
 * Take no more messages and wait until none is under way, ${timeout_ms} at most:
 * libmilter itself never serves waiting sessions again after smfi_stop().  Who comes
 * now is told to come again: no unix socket any more, and 451 at MAIL for those who are
 * there.  Returns how many were still under way.
 */
int milter_drain(int timeout_ms);

/* Somebody took away the unix socket that milter_open() made: nobody finds us any more.
 */
bool milter_is_unreachable(void);

/* Remove the unix socket that milter_open() made; milter_drain() does too. */
void milter_close(void);

/* "1.0.1": libmilter's version as it counts itself, in ${text}. */
void milter_library_version(char *text, size_t size);

#endif
