#ifndef CTL_POSTFIX_REACH_H
#define CTL_POSTFIX_REACH_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#define REACH_GROUPS_MAX 256

/* Somebody else, as the kernel sees him. */
struct reach_user {
	char name[64];
	uid_t uid;
	gid_t gid;
	gid_t groups[REACH_GROUPS_MAX]; /* ${gid} among them */
	int group_count;
};

/* What keeps him from a unix socket. */
enum reach_stop {
	REACH_FREE,      /* nothing */
	REACH_MISSING,   /* ${path}: a folder, or the socket, is not there */
	REACH_UNKNOWN,   /* ${path}: we may not look ourselves (${error}) */
	REACH_NO_SOCKET, /* ${path}: is something else */
	REACH_NO_ENTRY,  /* ${path}: a folder that he may not enter */
	REACH_NO_WRITE,  /* ${path}: the socket, which he may not write to */
};

struct reach {
	enum reach_stop stop;
	char path[PATH_MAX];
	struct stat st; /* of ${path}, from REACH_NO_SOCKET on */
	int error;      /* an errno */
};

/* User ${name} with all groups.  False: there is none. */
bool reach_user(struct reach_user *user, const char *name);

/*
 * Walk ${path} from the root and look at the modes.  What ACLs and the like add is
 * not seen.
 */
struct reach reach_walk(const struct reach_user *user, const char *path);

/*
 * Connect to ${path} as ${user}, in a process of its own, below ${root} unless that is
 * NULL.  0 or an errno; needs root.
 */
int reach_connect(const struct reach_user *user, const char *root, const char *path);

/* Does somebody answer at ${place}, "inet:HOST:PORT" as Postfix writes it?  Else ${why}.
 */
bool reach_inet(const char *place, char *why, size_t whysize);

bool reach_in_group(const struct reach_user *user, gid_t gid);

#endif
