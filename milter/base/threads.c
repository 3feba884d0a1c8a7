#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/threads.h"

/* proc(5), stat: "TID (name) state ..."; the name may hold anything but its end. */
static bool
is_asleep(int folder, const char *tid)
{
	char path[300], text[512];
	const char *after;
	ssize_t len;
	int fd;

	snprintf(path, sizeof path, "%s/stat", tid);
	fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return true; /* it has ended */
	len = read(fd, text, sizeof text - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	after = strrchr(text, ')');
	return after == NULL || strncmp(after, ") S", 3) == 0;
}

bool
threads_asleep(void)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *task;
	bool all = tasks != NULL;
	char own[32];

	if (tasks == NULL)
		return false;
	snprintf(own, sizeof own, "%ld", (long)gettid());
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone */
	while (all && (task = readdir(tasks)) != NULL) {
		if (*task->d_name != '.' && strcmp(task->d_name, own) != 0)
			all = is_asleep(dirfd(tasks), task->d_name);
	}
	closedir(tasks);
	return all;
}
