#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/endpoint.h"
#include "base/log.h"
#include "base/oserror.h"
#include "edge/listener.h"
#include "edge/occupant.h"

#define PATH_OCTETS (sizeof((struct sockaddr_un *)0)->sun_path)
#define GROUPS_MAX 65536
#define WHO_OCTETS 80

const char *
listener_path(const char *spec)
{
	return endpoint_path(spec);
}

const char *
listener_check_spec(const char *spec)
{
	struct endpoint endpoint;
	const char *wrong = endpoint_parse(spec, &endpoint);

	if (wrong != NULL || endpoint.family == AF_UNIX ||
	    isdigit((unsigned char)*endpoint.port))
		return wrong;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	return getservbyname(endpoint.port, "tcp") == NULL ? "no such port" : NULL;
}

/* The folder of ${path}, in storage of PATH_OCTETS. */
static const char *
folder_of(const char *path, char *storage)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == path ? 1 : (size_t)(slash - path);

	snprintf(storage, PATH_OCTETS, "%.*s", (int)len, path);
	return storage;
}

/* The name of UserID, for "%.*s". */
#define USER(listener) (int)strcspn((listener)->user, ":"), (listener)->user

static const char *
own_name(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	const struct passwd *entry = getpwuid(geteuid());

	return entry != NULL ? entry->pw_name : "without a name";
}

static bool
is_user(const struct listener *listener)
{
	const char *name = own_name();
	size_t len = strcspn(listener->user, ":");

	return strlen(name) == len && strncmp(name, listener->user, len) == 0;
}

/* As tmpfiles.d has it: the setgid bit hands the group on to the socket. */
static enum listener_error
explain_no_folder(const struct listener *listener, const char *folder, int error,
    char *why, size_t whysize)
{
	const char *group = *listener->group == '\0' ? "postfix" : listener->group;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	bool known = getgrnam(group) != NULL;

	snprintf(why, whysize,
	    "Socket %s: %s: %s; make it with: install -d -o %.*s%s%s -m %s %s",
	    listener->spec, folder, oserror_text(error), USER(listener),
	    known ? " -g " : "", known ? group : "", known ? "2750" : "0755", folder);
	return LISTENER_UNAVAILABLE;
}

/* Nothing else is in ${folder} than, at most, our socket. */
static bool
is_own_folder(const char *path, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	bool own = dir != NULL;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	while (own && (entry = readdir(dir)) != NULL)
		own = strcmp(entry->d_name, ".") == 0 ||
		      strcmp(entry->d_name, "..") == 0 ||
		      strcmp(entry->d_name, strrchr(path, '/') + 1) == 0;
	if (dir != NULL)
		closedir(dir);
	return own;
}

static enum listener_error
explain_closed_folder(const struct listener *listener, const char *folder, int error,
    char *why, size_t whysize)
{
	const char *path = listener_path(listener->spec);
	size_t len;

	snprintf(why, whysize, "Socket %s: user %s may not write to %s (%s); ",
	    listener->spec, own_name(), folder, oserror_text(error));
	len = strlen(why);
	why += len;
	whysize -= len;
	if (error == EROFS)
		snprintf(why, whysize,
		    "make it writable for the unit with: systemctl edit beschermd, with "
		    "the "
		    "lines [Service] and ReadWritePaths=%s",
		    folder);
	else if (!is_user(listener) && geteuid() != 0)
		snprintf(why, whysize, "start as root, or as user %.*s", USER(listener));
	else if (is_own_folder(path, folder))
		snprintf(
		    why, whysize, "fix it with: chown %.*s %s", USER(listener), folder);
	else /* to give away /run or a whole spool would break others */
		snprintf(why, whysize,
		    "others use it too, so choose a separate folder, such as "
		    "unix:/run/beschermd/beschermd.sock");
	return LISTENER_NO_RIGHTS;
}

static enum listener_error
check_folder(const struct listener *listener, const char *path, char *why, size_t whysize)
{
	char storage[PATH_OCTETS];
	const char *folder = folder_of(path, storage);
	struct stat st;

	if (stat(folder, &st) == -1 && errno != EACCES)
		return explain_no_folder(listener, folder, errno, why, whysize);
	if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == -1)
		return explain_closed_folder(listener, folder, errno, why, whysize);
	return LISTENER_OK;
}

static enum listener_error
check_file(const struct listener *listener, const char *path, char *why, size_t whysize)
{
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
		snprintf(why, whysize,
		    "Socket %s: something else is there, not a socket; look at it with: "
		    "ls -ld %s",
		    listener->spec, path);
		return LISTENER_BAD_SPEC;
	}
	return LISTENER_OK;
}

/* A folder with the setgid bit gives its group to what is made in it. */
static bool
folder_gives(const struct listener *listener, gid_t gid)
{
	char storage[PATH_OCTETS];
	struct stat st;

	return stat(folder_of(listener_path(listener->spec), storage), &st) == 0 &&
	       (st.st_mode & S_ISGID) != 0 && st.st_gid == gid;
}

static bool
is_member(gid_t gid)
{
	gid_t *groups;
	int count = getgroups(0, NULL);
	bool found = gid == getegid();

	if (found || count <= 0 || count > GROUPS_MAX)
		return found;
	groups = calloc((size_t)count, sizeof *groups);
	count = groups == NULL ? 0 : getgroups(count, groups);
	for (int i = 0; i < count && !found; i++)
		found = groups[i] == gid;
	free(groups);
	return found;
}

static enum listener_error
check_group(const struct listener *listener, gid_t *gid, char *why, size_t whysize)
{
	const struct group *group;

	*gid = (gid_t)-1;
	if (*listener->group == '\0')
		return LISTENER_OK;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	group = getgrnam(listener->group);
	if (group == NULL) {
		snprintf(why, whysize,
		    "SocketGroup %s: there is no such group; see: "
		    "getent group",
		    listener->group);
		return LISTENER_BAD_SPEC;
	}
	*gid = group->gr_gid;
	if (geteuid() != 0 && !is_member(*gid) && !folder_gives(listener, *gid)) {
		snprintf(why, whysize,
		    "SocketGroup %s: user %s is not in that group; start as root, or: "
		    "adduser %s %s",
		    listener->group, own_name(), own_name(), listener->group);
		return LISTENER_NO_RIGHTS;
	}
	return LISTENER_OK;
}

/* Does somebody answer at ${path}?  0, or the errno of connect(). */
static int
knock(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	/* A full backlog must not hold us: it is answered by EAGAIN, and is alive. */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd == -1)
		return errno;
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) == -1)
		error = errno;
	close(fd);
	return error == EAGAIN ? 0 : error;
}

static enum listener_error
free_path(const struct listener *listener, const char *path, char *why, size_t whysize)
{
	int error = knock(path);

	if (error == ENOENT)
		return LISTENER_OK;
	if (error == 0) {
		snprintf(why, whysize,
		    "Socket %s: a program is serving it already; see: ss -xlp src %s",
		    listener->spec, path);
		return LISTENER_UNAVAILABLE;
	}
	if (error != ECONNREFUSED || unlink(path) == -1) {
		if (error == ECONNREFUSED)
			error = errno;
		snprintf(why, whysize,
		    "Socket %s: the old one cannot be replaced (%s); remove it with: "
		    "rm %s",
		    listener->spec, oserror_text(error), path);
		return LISTENER_NO_RIGHTS;
	}
	return LISTENER_OK;
}

static enum listener_error
explain_bind(const struct listener *listener, int error, char *why, size_t whysize)
{
	if (error == EACCES || error == EPERM) {
		snprintf(why, whysize,
		    "Socket %s: no right to listen there (%s); choose a port above 1023, "
		    "or "
		    "start as root",
		    listener->spec, oserror_text(error));
		return LISTENER_NO_RIGHTS;
	}
	snprintf(why, whysize, "Socket %s: %s; see: ss -ltnp, ip address", listener->spec,
	    oserror_text(error));
	return LISTENER_UNAVAILABLE;
}

/*
 * Bind and let go: what fails here would fail in libmilter, which does not say why.
 * ${in_use}: somebody may serve there.
 */
static enum listener_error
try_address(const struct listener *listener, bool in_use, char *why, size_t whysize)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	struct endpoint endpoint;
	int yes = 1, error = 0, fd;

	if (endpoint_parse(listener->spec, &endpoint) != NULL)
		return LISTENER_BAD_SPEC;
	hints.ai_family = endpoint.family;
	error = getaddrinfo(endpoint.host, endpoint.port, &hints, &found);
	if (error != 0) {
		snprintf(why, whysize, "Socket %s: %s: %s", listener->spec, endpoint.host,
		    gai_strerror(error));
		return LISTENER_UNAVAILABLE;
	}
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1 ||
	    bind(fd, found->ai_addr, found->ai_addrlen) == -1)
		error = errno;
	if (fd != -1)
		close(fd);
	freeaddrinfo(found);
	if (error == 0 || (in_use && error == EADDRINUSE))
		return LISTENER_OK;
	return explain_bind(listener, error, why, whysize);
}

enum listener_error
listener_check(const struct listener *listener, char *why, size_t whysize)
{
	const char *wrong = listener_check_spec(listener->spec);
	const char *path = listener_path(listener->spec);
	enum listener_error error;
	gid_t gid;

	if (wrong != NULL) {
		snprintf(why, whysize, "Socket %s: %s", listener->spec, wrong);
		return LISTENER_BAD_SPEC;
	}
	if (path == NULL)
		return try_address(listener, true, why, whysize);
	error = check_folder(listener, path, why, whysize);
	if (error == LISTENER_OK)
		error = check_file(listener, path, why, whysize);
	if (error == LISTENER_OK)
		error = check_group(listener, &gid, why, whysize);
	return error;
}

enum listener_error
listener_check_free(const struct listener *listener, char *why, size_t whysize)
{
	char who[WHO_OCTETS];

	switch (occupant_find(listener->spec, who, sizeof who)) {
	case OCCUPANT_NONE:
	case OCCUPANT_OURS:
		break;
	case OCCUPANT_UNKNOWN:
		log_warning("Socket %s: a program listens there, and only root can see "
			    "whether it is this filter; see: ss -lxtnp",
		    listener->spec);
		break;
	case OCCUPANT_OTHER:
		snprintf(why, whysize,
		    "Socket %s: %s listens there already; see: ss -lxtnp", listener->spec,
		    who);
		return LISTENER_UNAVAILABLE;
	}
	return LISTENER_OK;
}

bool
listener_is_served(const struct listener *listener)
{
	char who[WHO_OCTETS];

	return occupant_find(listener->spec, who, sizeof who) != OCCUPANT_NONE;
}

enum listener_error
listener_prepare(const struct listener *listener, char *why, size_t whysize)
{
	const char *path = listener_path(listener->spec);
	enum listener_error error = listener_check(listener, why, whysize);

	if (error != LISTENER_OK)
		return error;
	return path == NULL ? try_address(listener, false, why, whysize)
			    : free_path(listener, path, why, whysize);
}

/*
 * libmilter sends every edit by itself and never sets TCP_NODELAY, which costs 40 ms
 * a message.  Accepted sockets have it from the one that listens (tcp(7)), which
 * libmilter does not hand out: it is a new one, so of a low number.
 */
static void
set_nodelay(void)
{
	struct sockaddr_storage address = { 0 };
	long open_max = sysconf(_SC_OPEN_MAX);
	int yes = 1;

	for (int fd = 0; fd < 1024 && fd < open_max; fd++) {
		int listens = 0;
		socklen_t len = sizeof listens;

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == -1 ||
		    !listens)
			continue;
		len = sizeof address;
		if (getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
		    address.ss_family != AF_UNIX)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	}
}

enum listener_error
listener_finish(const struct listener *listener, struct listener_file *file, char *why,
    size_t whysize)
{
	const char *path = listener_path(listener->spec);
	enum listener_error error;
	struct stat st;
	gid_t gid;

	*file = (struct listener_file){ 0 };
	if (path == NULL) {
		set_nodelay();
		return LISTENER_OK;
	}
	if (lstat(path, &st) == -1 || !S_ISSOCK(st.st_mode)) {
		snprintf(why, whysize, "Socket %s: it is gone again", listener->spec);
		return LISTENER_UNAVAILABLE;
	}
	*file = (struct listener_file){ path, st.st_dev, st.st_ino };
	error = check_group(listener, &gid, why, whysize);
	if (error != LISTENER_OK || gid == (gid_t)-1 || gid == st.st_gid)
		return error;
	if (lchown(path, (uid_t)-1, gid) == -1) {
		snprintf(why, whysize, "Socket %s: cannot give it group %s: %s",
		    listener->spec, listener->group, oserror_text(errno));
		return LISTENER_NO_RIGHTS;
	}
	return LISTENER_OK;
}

bool
listener_is_there(const struct listener_file *file)
{
	struct stat st;

	return lstat(file->path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       st.st_dev == file->device && st.st_ino == file->inode;
}

void
listener_remove(const struct listener_file *file)
{
	if (file->path != NULL && listener_is_there(file))
		unlink(file->path);
}
