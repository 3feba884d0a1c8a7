#ifndef EDGE_WATCH_H
#define EDGE_WATCH_H

#include <stdbool.h>

/*
 * Files that others may take away, bring or change: inotify(7) tells when to look at them
 * again.  It says that something happened, not what: who is woken looks at all of them.
 */
struct watch {
	int fd;        /* to poll(); -1: there is no inotify here */
	bool complete; /* else somebody must look from time to time */
};

/* watch_open() always leaves a usable ${watch}; it watches nothing yet. */
void watch_open(struct watch *watch);
void watch_close(struct watch *watch);

/* Begin anew: what happened so far is forgotten, files are added again. */
void watch_reset(struct watch *watch);

/* Also where ${path} is a link, and where it does not exist yet. */
void watch_add(struct watch *watch, const char *path);

#endif
