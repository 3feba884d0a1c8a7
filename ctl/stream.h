#ifndef CTL_STREAM_H
#define CTL_STREAM_H

#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>

/* Stream sockets that do not block, and the waiting for them.  Any thread. */

/* Connected to ${address} by ${until}; -1 with *error, ETIMEDOUT: no more time. */
int stream_open(const struct sockaddr *address, socklen_t len,
    const struct timespec *until, int *error);

/* Wait for ${events} of poll(2).  False: the time is over. */
bool stream_wait(int fd, short events, const struct timespec *until);

/* Milliseconds that are left, rounded up; 0: none. */
int stream_ms_left(const struct timespec *until);

#endif
