#ifndef CTL_POSTFIX_MILTERS_H
#define CTL_POSTFIX_MILTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"

/*
 * A list of filters as Postfix reads smtpd_milters: addresses with commas or blanks
 * between them, each alone or as { ADDRESS, name=value, ... } (postconf(5)).
 */
struct milters_entry {
	const char *text;           /* as it stands there, with braces */
	const char *address;        /* without */
	const char *default_action; /* from the braces; NULL: that of main.cf */
	const char *protocol;       /* the same */
	struct milters_entry *next;
};

/* Where Postfix sees what from. */
struct milters_view {
	const char *queue; /* the queue directory: paths are relative to it */
	bool chrooted;     /* and it is the root */
};

/* Take ${value} apart; NULL: nothing is listed.  All of it lives in ${pool}. */
struct milters_entry *milters_read(const char *value, struct pool *pool);

/* The rest of ${path} behind the folder ${queue} and its slashes; NULL: not below it. */
const char *milters_below(const char *path, const char *queue);

/*
 * What to write for ${socket} (a Socket of ours that is well formed): relative to the
 * queue directory where it is below, so that it holds in the chroot and outside.  NULL:
 * it cannot be seen from the chroot.
 */
const char *milters_address(
    const char *socket, const struct milters_view *view, struct pool *pool);

/* Does ${address} lead to ${socket}? */
bool milters_leads_to(const char *address, const char *socket,
    const struct milters_view *view, struct pool *pool);

#endif
