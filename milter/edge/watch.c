#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "edge/watch.h"

#define FOLDER_EVENTS                                                           \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | \
	    IN_DELETE_SELF | IN_MOVE_SELF)
#define FILE_EVENTS (IN_CLOSE_WRITE | IN_MODIFY | IN_DELETE_SELF | IN_MOVE_SELF)

void
watch_open(struct watch *watch)
{
	watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	watch->complete = watch->fd != -1;
}

void
watch_close(struct watch *watch)
{
	if (watch->fd != -1)
		close(watch->fd);
	watch->fd = -1;
}

void
watch_reset(struct watch *watch)
{
	char events[4096];

	while (watch->fd != -1 && read(watch->fd, events, sizeof events) > 0)
		continue;
	watch->complete = watch->fd != -1;
}

/* The same folder or file a second time is the same watch to the kernel. */
static void
add_folder(struct watch *watch, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	size_t len = slash == NULL || slash == path ? 1 : (size_t)(slash - path);

	snprintf(folder, sizeof folder, "%.*s", (int)len, slash == NULL ? "." : path);
	if (watch->fd == -1 || inotify_add_watch(watch->fd, folder, FOLDER_EVENTS) == -1)
		watch->complete = false;
}

void
watch_add(struct watch *watch, const char *path)
{
	char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof target);

	add_folder(watch, path);
	if (realpath(path, target) == NULL) {
		/* A link that leads nowhere yet: the folder may be missing too. */
		if (len != -1)
			watch->complete = false;
		return;
	}
	if (strcmp(target, path) != 0)
		add_folder(watch, target);
	/* A file that is a mount of its own (containers) is in no folder's events. */
	if (watch->fd != -1)
		(void)inotify_add_watch(watch->fd, target, FILE_EVENTS);
}
