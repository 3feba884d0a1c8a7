#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "base/deadline.h"
#include "ctl/stream.h"

#define AGAIN_MS 50 /* a full backlog of a unix socket tells nobody when it is not */

int
stream_ms_left(const struct timespec *until)
{
	struct timespec now = deadline_in(0);
	double left = deadline_ms_between(&now, until);

	if (left <= 0)
		return 0;
	return left < INT_MAX - 1 ? (int)left + 1 : INT_MAX;
}

bool
stream_wait(int fd, short events, const struct timespec *until)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do
		n = poll(&p, 1, stream_ms_left(until));
	while (n == -1 && errno == EINTR);
	return n > 0;
}

/* 0 or an errno. */
static int
connect_in_time(
    int fd, const struct sockaddr *address, socklen_t len, const struct timespec *until)
{
	int error = 0;
	socklen_t size = sizeof error;

	while (connect(fd, address, len) == -1) {
		if (errno == EINPROGRESS) {
			if (!stream_wait(fd, POLLOUT, until))
				return ETIMEDOUT;
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
			return error;
		}
		if (errno != EAGAIN && errno != EINTR)
			return errno;
		if (stream_ms_left(until) == 0)
			return ETIMEDOUT;
		poll(NULL, 0, AGAIN_MS);
	}
	return 0;
}

int
stream_open(const struct sockaddr *address, socklen_t len, const struct timespec *until,
    int *error)
{
	int fd =
	    socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*error = fd == -1 ? errno : connect_in_time(fd, address, len, until);
	if (*error == 0)
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}
