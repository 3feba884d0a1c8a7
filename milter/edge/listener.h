#ifndef EDGE_LISTENER_H
#define EDGE_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The address that the MTA speaks to.  libmilter opens the socket, but tells the
 * reason of a failure to syslog only and removes a live socket as gladly as a stale
 * one: so everything is looked at before, and mode, group and TCP options after.
 */
struct listener {
	const char *spec;  /* unix:/path, local:/path, inet:port@host, inet6:port@host */
	int mode;          /* permission bits of a unix socket */
	const char *group; /* its group; "" = ours */
	const char
	    *user; /* UserID, whose the folder is to be; a ":group" is passed over */
};

/* What keeps it from being opened, by the sysexits code it leads to. */
enum listener_error {
	LISTENER_OK,
	LISTENER_BAD_SPEC,    /* 78: no such setting can work */
	LISTENER_UNAVAILABLE, /* 69: in use, no such folder, no such address */
	LISTENER_NO_RIGHTS    /* 77 */
};

/* A unix socket that we made: nothing else is ever removed. */
struct listener_file {
	const char *path; /* points into the spec; NULL: no unix socket */
	dev_t device;
	ino_t inode;
};

/* Is ${spec} well formed?  NULL, or what is wrong with it. */
const char *listener_check_spec(const char *spec);

/* The path of a unix socket's ${spec}, NULL for the others. */
const char *listener_path(const char *spec);

/*
 * All that can be known while somebody else may serve there: form, folder, file type,
 * group, host, rights.  ${why} names the path and the command that mends it.
 */
enum listener_error listener_check(
    const struct listener *listener, char *why, size_t whysize);

/* No program but a filter of ours listens there; which one it is, only root is told. */
enum listener_error listener_check_free(
    const struct listener *listener, char *why, size_t whysize);

/* Does anybody listen there? */
bool listener_is_served(const struct listener *listener);

/* As listener_check(), and the address is free, or made free: a stale unix socket is
 * removed. */
enum listener_error listener_prepare(
    const struct listener *listener, char *why, size_t whysize);

/* After the socket was opened: its group, TCP_NODELAY.  Fills ${file}. */
enum listener_error listener_finish(const struct listener *listener,
    struct listener_file *file, char *why, size_t whysize);

/* Is what is at its path still the one that we made? */
bool listener_is_there(const struct listener_file *file);

/* Remove the unix socket, if what is there is still the one that we made. */
void listener_remove(const struct listener_file *file);

#endif
