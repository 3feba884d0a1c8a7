#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/endpoint.h"
#include "edge/occupant.h"

#define ADDRESS_OCTETS 40
#define NAME_OCTETS 32
#define LISTENS "0A" /* TCP_LISTEN, as /proc/net/tcp has it */

/* The name of a program as the kernel has it; "self": ours. */
static bool
program_name(const char *pid, char name[NAME_OCTETS])
{
	char path[PATH_MAX];
	FILE *file;
	bool ok;

	snprintf(path, sizeof path, "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	ok = fgets(name, NAME_OCTETS, file) != NULL;
	fclose(file);
	if (ok)
		name[strcspn(name, "\n")] = '\0';
	return ok;
}

static enum occupant
judge(const char *pid, char *who, size_t whosize)
{
	char name[NAME_OCTETS], own[NAME_OCTETS];

	if (!program_name(pid, name) || !program_name("self", own))
		return OCCUPANT_UNKNOWN;
	snprintf(who, whosize, "%s (process %s)", name, pid);
	return strcmp(name, own) == 0 ? OCCUPANT_OURS : OCCUPANT_OTHER;
}

/* proc_net_tcp.txt: the octets of an address as numbers of this machine, in hex. */
static void
kernel_address(const struct sockaddr *address, char text[ADDRESS_OCTETS])
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
	const struct sockaddr_in6 *v6 =
	    (const struct sockaddr_in6 *)(const void *)address;
	uint32_t words[4] = { v4->sin_addr.s_addr };
	int count = 1;

	if (address->sa_family == AF_INET6) {
		memcpy(words, &v6->sin6_addr, sizeof words);
		count = 4;
	}
	for (int i = 0; i < count; i++)
		snprintf(text + 8 * (size_t)i, ADDRESS_OCTETS - 8 * (size_t)i,
		    "%08" PRIX32, words[i]);
}

/* A line of the list: "0: 0100007F:22BB 00000000:0000 0A ...", its inode the tenth. */
static unsigned long
listener_inode(char *line, const char *address, unsigned port)
{
	char *words[10], *rest = line, *colon;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		while ((words[i] = strsep(&rest, " \n")) != NULL && *words[i] == '\0')
			continue;
		if (words[i] == NULL)
			return 0;
	}
	colon = strchr(words[1], ':');
	if (colon == NULL || strcmp(words[3], LISTENS) != 0 ||
	    strtoul(colon + 1, NULL, 16) != port)
		return 0;
	*colon = '\0';
	/* One that listens on every address is in the way too. */
	if (strcmp(words[1], address) != 0 && strspn(words[1], "0") != strlen(words[1]))
		return 0;
	return strtoul(words[9], NULL, 10);
}

static unsigned long
find_listener(const char *list, const char *address, unsigned port)
{
	char line[512];
	unsigned long inode = 0;
	FILE *file = fopen(list, "re");

	while (file != NULL && inode == 0 && fgets(line, sizeof line, file) != NULL)
		inode = listener_inode(line, address, port);
	if (file != NULL)
		fclose(file);
	return inode;
}

/* Does the process hold the socket that ${wanted} names? */
static bool
holds(const char *pid, const char *wanted)
{
	char path[PATH_MAX], target[64];
	const struct dirent *entry;
	bool found = false;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%s/fd", pid);
	dir = opendir(path);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone */
	while (dir != NULL && !found && (entry = readdir(dir)) != NULL) {
		len = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);
		target[len > 0 ? len : 0] = '\0';
		found = strcmp(target, wanted) == 0;
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

static enum occupant
find_holder(unsigned long inode, char *who, size_t whosize)
{
	enum occupant result = OCCUPANT_UNKNOWN;
	const struct dirent *entry;
	DIR *all = opendir("/proc");
	char wanted[64];

	snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone */
	while (all != NULL && (entry = readdir(all)) != NULL) {
		if (*entry->d_name < '1' || *entry->d_name > '9' ||
		    !holds(entry->d_name, wanted))
			continue;
		result = judge(entry->d_name, who, whosize);
		break;
	}
	if (all != NULL)
		closedir(all);
	return result;
}

static enum occupant
of_port(const struct endpoint *endpoint, char *who, size_t whosize)
{
	struct addrinfo hints = { .ai_family = endpoint->family,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char text[ADDRESS_OCTETS];
	unsigned long inode = 0;
	unsigned port;

	if (getaddrinfo(endpoint->host, endpoint->port, &hints, &found) != 0)
		return OCCUPANT_NONE;
	/* at the same place in both families */
	port =
	    ntohs(((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_port);
	kernel_address(found->ai_addr, text);
	if (endpoint->family == AF_INET)
		inode = find_listener("/proc/net/tcp", text, port);
	if (inode == 0) /* one of IPv6 may take IPv4 as well */
		inode = find_listener("/proc/net/tcp6", text, port);
	freeaddrinfo(found);
	return inode == 0 ? OCCUPANT_NONE : find_holder(inode, who, whosize);
}

static enum occupant
of_path(const char *path, char *who, size_t whosize)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	/* A full backlog must not hold us. */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	enum occupant result = OCCUPANT_NONE;
	struct ucred peer = { 0 };
	socklen_t len = sizeof peer;
	char pid[32];

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (fd != -1 &&
	    connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
		/* unix(7): who called listen() */
		(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
		snprintf(pid, sizeof pid, "%ld", (long)peer.pid);
		result = judge(pid, who, whosize);
	}
	if (fd != -1)
		close(fd);
	return result;
}

enum occupant
occupant_find(const char *spec, char *who, size_t whosize)
{
	struct endpoint endpoint;

	if (endpoint_parse(spec, &endpoint) != NULL)
		return OCCUPANT_NONE;
	return endpoint.path != NULL ? of_path(endpoint.path, who, whosize)
				     : of_port(&endpoint, who, whosize);
}
