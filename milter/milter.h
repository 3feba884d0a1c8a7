#ifndef MILTER_H
#define MILTER_H

#include <stddef.h>

struct parts_store;

/* What keeps a socket from being opened, by the sysexits code it leads to. */
enum milter_error { MILTER_OK, MILTER_BAD_SOCKET, MILTER_IN_USE, MILTER_NO_RIGHTS };

struct milter_socket {
	const char *spec;  /* unix:/path, local:/path, inet:port@host, inet6:port@host */
	int mode;          /* permission bits of a unix socket */
	const char *group; /* its group; "" = ours */
};

/* Is ${spec} well formed?  NULL, or what is wrong with it. */
const char *milter_socket_check(const char *spec);

/*
 * Open the listening socket with its mode and group; before privileges are
 * dropped.  A stale unix socket is replaced, a live one is not.  ${why} names the
 * path and the command that mends it.
 */
enum milter_error milter_open(
    const struct milter_socket *socket, char *why, size_t whysize);

/*
 * Serve until the process ends; runs libmilter's loop in the calling thread, which
 * must not be the one that waits for signals.  Returns 0, or -1: libmilter gave up.
 */
int milter_run(struct parts_store *parts);

/*
 * Stop taking connections and wait until no message is under way, ${timeout_ms} at
 * most (milter.md: libmilter itself never serves waiting sessions again after
 * smfi_stop).  Returns how many were still under way.
 */
int milter_drain(int timeout_ms);

#endif
