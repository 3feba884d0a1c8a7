#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/endpoint.h"
#include "ctl/negotiation.h"
#include "ctl/stream.h"

/* The milter protocol: a packet is its length, a command and what belongs to it. */
#define LENGTH_OCTETS 4
#define OPTION_OCTETS 13 /* 'O', version, actions, protocol */
#define NEGOTIATE 'O'
#define QUIT 'Q'
#define VERSION 6
#define VERSION_OLDEST 2
#define ALL_ACTIONS 0x1ffU
#define ALL_PROTOCOL 0x1fffffU

static uint32_t
number_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void
put_number(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)(n >> 24);
	p[1] = (uint8_t)(n >> 16);
	p[2] = (uint8_t)(n >> 8);
	p[3] = (uint8_t)n;
}

enum negotiation_reading
negotiation_read(const uint8_t *octets, size_t len, struct negotiation *answer)
{
	uint32_t wanted;

	if (len < LENGTH_OCTETS)
		return NEGOTIATION_PART;
	wanted = number_at(octets);
	/* Behind the options a milter may say which macros it wants. */
	if (wanted < OPTION_OCTETS || wanted > NEGOTIATION_OCTETS - LENGTH_OCTETS ||
	    (len > LENGTH_OCTETS && octets[LENGTH_OCTETS] != NEGOTIATE))
		return NEGOTIATION_OTHER;
	if (len < LENGTH_OCTETS + wanted)
		return NEGOTIATION_PART;
	*answer = (struct negotiation){ .version = number_at(octets + 5),
		.actions = number_at(octets + 9),
		.protocol = number_at(octets + 13) };
	/* It may only choose from what it was offered. */
	if (len > LENGTH_OCTETS + wanted || answer->version < VERSION_OLDEST ||
	    answer->version > VERSION || (answer->actions & ~ALL_ACTIONS) != 0)
		return NEGOTIATION_OTHER;
	return NEGOTIATION_WHOLE;
}

static int
open_port(const struct endpoint *endpoint, const struct timespec *until, int *error)
{
	struct addrinfo hints = { .ai_family = endpoint->family,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int fd = -1;

	*error = getaddrinfo(endpoint->host, endpoint->port, &hints, &found);
	if (*error != 0)
		return -1;
	for (const struct addrinfo *a = found; a != NULL && fd == -1; a = a->ai_next)
		fd = stream_open(a->ai_addr, a->ai_addrlen, until, error);
	freeaddrinfo(found);
	return fd;
}

static int
open_socket(const char *spec, const struct timespec *until, int *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct endpoint endpoint;

	*error = EINVAL;
	if (endpoint_parse(spec, &endpoint) != NULL)
		return -1;
	if (endpoint.path == NULL)
		return open_port(&endpoint, until, error);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", endpoint.path);
	return stream_open(
	    (const struct sockaddr *)&address, sizeof address, until, error);
}

/* It is a few octets, for which a new connection has room. */
static bool
send_packet(int fd, uint8_t command, const uint8_t *data, size_t len)
{
	uint8_t packet[LENGTH_OCTETS + OPTION_OCTETS];

	put_number(packet, (uint32_t)len + 1);
	packet[LENGTH_OCTETS] = command;
	if (len > 0)
		memcpy(packet + LENGTH_OCTETS + 1, data, len);
	len += LENGTH_OCTETS + 1;
	return send(fd, packet, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static enum negotiation_end
await_answer(int fd, const struct timespec *until, struct negotiation *answer)
{
	uint8_t octets[NEGOTIATION_OCTETS];
	enum negotiation_reading reading = NEGOTIATION_PART;
	size_t len = 0;
	ssize_t n;

	while (reading == NEGOTIATION_PART) {
		if (!stream_wait(fd, POLLIN, until))
			return NEGOTIATION_SILENT;
		n = recv(fd, octets + len, sizeof octets - len, 0);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return NEGOTIATION_CLOSED;
		len += (size_t)n;
		reading = negotiation_read(octets, len, answer);
	}
	return reading == NEGOTIATION_WHOLE ? NEGOTIATION_DONE : NEGOTIATION_FOREIGN;
}

static enum negotiation_end
talk(int fd, const struct timespec *until, struct negotiation *answer)
{
	uint8_t offer[OPTION_OCTETS - 1];
	enum negotiation_end end;

	put_number(offer, VERSION);
	put_number(offer + 4, ALL_ACTIONS);
	put_number(offer + 8, ALL_PROTOCOL);
	if (!send_packet(fd, NEGOTIATE, offer, sizeof offer))
		return NEGOTIATION_CLOSED;
	end = await_answer(fd, until, answer);
	if (end == NEGOTIATION_DONE)
		send_packet(fd, QUIT, NULL, 0);
	return end;
}

struct negotiation_result
negotiation_try(const char *spec, int timeout_ms)
{
	struct negotiation_result result = { .end = NEGOTIATION_AWAY };
	struct timespec begin = deadline_in(0), until = deadline_in(timeout_ms), end;
	int fd = open_socket(spec, &until, &result.error);

	if (fd != -1) {
		result.end = talk(fd, &until, &result.answer);
		close(fd);
	} else if (result.error == EACCES || result.error == EPERM) {
		result.end = NEGOTIATION_NO_RIGHT;
	} else if (result.error == ETIMEDOUT) {
		result.end = NEGOTIATION_SILENT;
	}
	end = deadline_in(0);
	result.ms = deadline_ms_between(&begin, &end);
	return result;
}
