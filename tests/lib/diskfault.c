/*
 * LD_PRELOADed: the disk below a history goes wrong as the file DISK_FAULT says, which is
 * read anew at each write: "full", "broken", "stuck" (until it says otherwise), or none
 * of these.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int
is_history(int fd)
{
	char link[64], path[4096];
	ssize_t len;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof path - 1);
	if (len == -1)
		return 0;
	path[len] = '\0';
	return strstr(path, "/history.db") != NULL;
}

static int
says(const char *word)
{
	const char *path = getenv("DISK_FAULT");
	char text[32] = "";
	int fd = path != NULL ? open(path, O_RDONLY) : -1;
	ssize_t len;

	if (fd == -1)
		return 0;
	len = read(fd, text, sizeof text - 1);
	close(fd);
	return len > 0 && strncmp(text, word, strlen(word)) == 0;
}

static void
wait_while_stuck(void)
{
	struct timespec t = { 0, 10000000 };

	while (says("stuck"))
		nanosleep(&t, NULL);
}

int
fdatasync(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");

	if (is_history(fd)) {
		wait_while_stuck();
		if (says("broken")) {
			errno = EIO;
			return -1;
		}
	}
	return real(fd);
}

static ssize_t
write_at(const char *name, int fd, const void *data, size_t len, off_t at)
{
	ssize_t (*real)(int, const void *, size_t, off_t) =
	    (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, name);

	if (is_history(fd) && says("full")) {
		errno = ENOSPC;
		return -1;
	}
	return real(fd, data, len, at);
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	return write_at("pwrite", fd, data, len, at);
}

ssize_t
pwrite64(int fd, const void *data, size_t len, off_t at)
{
	return write_at("pwrite64", fd, data, len, at);
}
