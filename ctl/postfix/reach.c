#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/oserror.h"
#include "ctl/postfix/reach.h"

#define MAY_ENTER 1U
#define MAY_WRITE 2U
#define CONNECT_TIMEOUT_S 3
#define HOST_OCTETS 256

bool
reach_user(struct reach_user *user, const char *name)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	const struct passwd *pw = getpwnam(name);

	*user = (struct reach_user){ .group_count = REACH_GROUPS_MAX };
	if (pw == NULL || (size_t)snprintf(user->name, sizeof user->name, "%s", name) >=
			      sizeof user->name)
		return false;
	user->uid = pw->pw_uid;
	user->gid = pw->pw_gid;
	if (getgrouplist(name, user->gid, user->groups, &user->group_count) == -1)
		user->group_count = REACH_GROUPS_MAX;
	return true;
}

bool
reach_in_group(const struct reach_user *user, gid_t gid)
{
	for (int i = 0; i < user->group_count; i++) {
		if (user->groups[i] == gid)
			return true;
	}
	return false;
}

/* The permission bits, of the lowest three, that he has on what ${st} tells of. */
static unsigned
bits_for(const struct reach_user *user, const struct stat *st)
{
	if (user->uid == 0)
		return 7;
	/* The first class that fits counts, even where a later one would give more. */
	if (user->uid == st->st_uid)
		return st->st_mode >> 6 & 7;
	return reach_in_group(user, st->st_gid) ? st->st_mode >> 3 & 7 : st->st_mode & 7;
}

/* Fill in what is wrong with reach->path, the socket itself or a folder before it. */
static enum reach_stop
look(struct reach *reach, const struct reach_user *user, bool is_last)
{
	if (stat(reach->path, &reach->st) == -1) {
		reach->error = errno;
		return errno == ENOENT ? REACH_MISSING : REACH_UNKNOWN;
	}
	if (is_last && !S_ISSOCK(reach->st.st_mode))
		return REACH_NO_SOCKET;
	if (is_last && (bits_for(user, &reach->st) & MAY_WRITE) == 0)
		return REACH_NO_WRITE;
	if (!is_last && (bits_for(user, &reach->st) & MAY_ENTER) == 0)
		return REACH_NO_ENTRY;
	return REACH_FREE;
}

struct reach
reach_walk(const struct reach_user *user, const char *path)
{
	struct reach reach = { .stop = REACH_FREE };
	const char *end = path;

	do {
		/* "/" first, then one name more each time */
		end = end == path ? path + 1 : end + strcspn(end, "/");
		snprintf(reach.path, sizeof reach.path, "%.*s", (int)(end - path), path);
		reach.stop = look(&reach, user, *end == '\0');
		end += strspn(end, "/");
	} while (*end != '\0' && reach.stop == REACH_FREE);
	return reach;
}

/* In the child: never comes back. */
static void __attribute__((noreturn))
connect_as(const struct reach_user *user, const char *root, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if ((root != NULL && (chroot(root) == -1 || chdir("/") == -1)) ||
	    setgroups((size_t)user->group_count, user->groups) == -1 ||
	    setresgid(user->gid, user->gid, user->gid) == -1 ||
	    setresuid(user->uid, user->uid, user->uid) == -1)
		_exit(errno);
	/* A full backlog must not hold us: EAGAIN shows that somebody listens. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    (connect(fd, (const struct sockaddr *)&address, sizeof address) == -1 &&
		errno != EAGAIN))
		_exit(errno);
	_exit(0);
}

int
reach_connect(const struct reach_user *user, const char *root, const char *path)
{
	pid_t pid;
	int status;

	fflush(stdout); /* what waits there is not the child's to write */
	pid = fork();
	if (pid == -1)
		return errno;
	if (pid == 0)
		connect_as(user, root, path);
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			return errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/* 0 or an errno. */
static int
try_address(const struct addrinfo *address)
{
	const struct timeval timeout = { .tv_sec = CONNECT_TIMEOUT_S };
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), error = 0;

	if (fd == -1)
		return errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) == -1 ||
	    connect(fd, address->ai_addr, address->ai_addrlen) == -1)
		error = errno;
	close(fd);
	return error;
}

/* "HOST", "PORT" of "inet:HOST:PORT"; the brackets around a host are left out. */
static bool
split(const char *place, char host[HOST_OCTETS], const char **port)
{
	const char *begin = strchr(place, ':') + 1, *colon = strrchr(begin, ':');
	size_t len;

	if (colon == NULL)
		return false;
	*port = colon + 1;
	if (*begin == '[' && colon[-1] == ']') {
		begin++;
		colon--;
	}
	len = (size_t)(colon - begin);
	return (size_t)snprintf(host, HOST_OCTETS, "%.*s", (int)len, begin) < HOST_OCTETS;
}

bool
reach_inet(const char *place, char *why, size_t whysize)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char host[HOST_OCTETS];
	const char *port;
	int error = EINVAL;

	if (!split(place, host, &port)) {
		snprintf(why, whysize, "%s", oserror_text(error));
		return false;
	}
	error = getaddrinfo(host, port, &hints, &found);
	if (error != 0)
		snprintf(why, whysize, "%s", gai_strerror(error));
	for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
		error = try_address(a);
		if (error == 0)
			break;
		snprintf(why, whysize, "%s", oserror_text(error));
	}
	if (found != NULL)
		freeaddrinfo(found);
	return error == 0;
}
