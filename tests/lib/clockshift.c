/*
 * Preloaded into the daemon: its wall clock is ahead by the seconds that stand in the
 * file $CLOCKSHIFT, looked at each time; what waits by the other clock waits only the
 * $CLOCKFAST-th part.  libfaketime does more and, in Debian 13, waits for itself where
 * there are threads.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t
shift(void)
{
	const char *path = getenv("CLOCKSHIFT");
	char text[32] = "";
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		if (read(fd, text, sizeof text - 1) < 0)
			*text = '\0';
		close(fd);
	}
	return (time_t)strtol(text, NULL, 10);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	static int (*real)(clockid_t, struct timespec *);
	int code;

	if (real == NULL)
		real = (int (*)(clockid_t, struct timespec *))dlsym(
		    RTLD_NEXT, "clock_gettime");
	code = real(id, ts);
	if (code == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		ts->tv_sec += shift();
	if (code == 0 && id == CLOCK_MONOTONIC && getenv("CLOCKFAST") != NULL)
		ts->tv_sec *= strtol(getenv("CLOCKFAST"), NULL, 10);
	return code;
}

time_t
time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	tv->tv_sec = now.tv_sec;
	tv->tv_usec = now.tv_nsec / 1000;
	return 0;
}
