#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/endpoint.h"

#define PATH_OCTETS (sizeof((struct sockaddr_un *)0)->sun_path)

static const char *
after(const char *spec, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(spec, prefix, len) == 0 ? spec + len : NULL;
}

const char *
endpoint_path(const char *spec)
{
	const char *path = after(spec, "unix:");

	if (path == NULL)
		path = after(spec, "local:");
	/* libmilter and the older filters take a bare path too. */
	return path == NULL && *spec == '/' ? spec : path;
}

static const char *
check_path(const char *path)
{
	size_t len = strlen(path);

	if (*path != '/')
		return "the path of a unix socket begins with /";
	if (path[len - 1] == '/')
		return "that is a folder: a unix socket needs a file name";
	if (len >= PATH_OCTETS)
		return "the path of a unix socket has at most 107 octets";
	return NULL;
}

/* Which names there are is for who listens to find out. */
static const char *
check_port(const char *port)
{
	char *end;
	unsigned long n = strtoul(port, &end, 10);

	if (*port < '0' || *port > '9')
		return NULL;
	return *end != '\0' || n < 1 || n > 65535 ? "a port is 1 to 65535" : NULL;
}

/* Read ${rest}, what follows "inet:".  NULL, or what is wrong. */
static const char *
parse_endpoint(int family, const char *rest, struct endpoint *endpoint)
{
	const char *at = strchr(rest, '@');
	const char *host = at == NULL ? "" : at + 1;
	size_t port_len = at == NULL ? strlen(rest) : (size_t)(at - rest);
	size_t host_len = strlen(host);

	if (host_len == 0)
		return "without a host it would listen on every address; "
		       "for this machine alone add @localhost";
	if (port_len == 0 || port_len >= sizeof endpoint->port)
		return "a port is 1 to 65535";
	if (*host == '[' && host[host_len - 1] == ']') {
		host++;
		host_len -= 2;
	}
	if (host_len == 0 || host_len >= ENDPOINT_HOST_OCTETS)
		return "no such host";
	endpoint->family = family;
	snprintf(endpoint->port, sizeof endpoint->port, "%.*s", (int)port_len, rest);
	snprintf(endpoint->host, sizeof endpoint->host, "%.*s", (int)host_len, host);
	return check_port(endpoint->port);
}

static const char *
parse_inet(const char *spec, struct endpoint *endpoint)
{
	const char *rest;

	if ((rest = after(spec, "inet:")) != NULL)
		return parse_endpoint(AF_INET, rest, endpoint);
	if ((rest = after(spec, "inet6:")) != NULL)
		return parse_endpoint(AF_INET6, rest, endpoint);
	return "is not one of unix:/path, inet:port@host, inet6:port@host";
}

const char *
endpoint_parse(const char *spec, struct endpoint *endpoint)
{
	const char *path = endpoint_path(spec);

	*endpoint = (struct endpoint){ AF_UNIX, path, "", "" };
	return path != NULL ? check_path(path) : parse_inet(spec, endpoint);
}
