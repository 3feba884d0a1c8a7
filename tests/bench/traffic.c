/*
 * Mail servers' side of the milter protocol, many connections at once: made for load.
 *
 *   traffic SCRIPT RECORDS SOCKET CONNECTIONS ACTIVE
 *
 * SCRIPT: messages as packets, made by tests/bench/soak (traffic_script_read() says how),
 * RECORDS: what the name server knows besides.  Prints "port N" of that server first, and
 * connects to the unix socket when told to.  Then, for each line
 *
 *   run MS
 *
 * of standard input, ACTIVE of the CONNECTIONS have a message under way at any time,
 * each in its turn; after MS milliseconds those end, and a line says what was seen:
 * messages, those with a wrong answer, connections that broke, ms from MAIL to the
 * answer.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "nameserver.h"
#include "traffic_script.h"

#define NUMBERS 100000000u
#define IN_SIZE 32768
#define EVENTS 256
#define TIMES_MAX (1 << 20)
#define STUCK_MS 60000
#define ANSWER_HEAD 5 /* length and command */

enum state { NEGOTIATING, IDLE, AT_MAIL, AT_CONTENT };

struct connection {
	int fd;
	enum state state;
	const struct traffic_kind *kind;
	bool authres;
	char number[16];
	double begun;
	unsigned char *out; /* what is not written yet */
	size_t out_len, out_done;
	unsigned char in[IN_SIZE];
	size_t in_len;
	struct connection *next; /* in the queue of idle ones */
};

struct traffic {
	const char *socket;
	struct traffic_script script;
	struct connection *connections;
	size_t count, active, active_max;
	struct connection *first, **last; /* idle */
	int poll;
	uint64_t messages, answered, wrong, broken, seed;
	char wrong_one[80];
	double *times;
	size_t time_count;
};

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static _Noreturn void
give_up(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t
roll(struct traffic *t, uint32_t below)
{
	t->seed = t->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(t->seed >> 33) % below;
}

static void
watch(const struct traffic *t, struct connection *c, int op, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = c };

	if (epoll_ctl(t->poll, op, c->fd, &event) == -1)
		give_up("epoll");
}

/* Writes what it can.  False: the connection is broken. */
static bool
flush(const struct traffic *t, struct connection *c)
{
	while (c->out_done < c->out_len) {
		ssize_t n = send(c->fd, c->out + c->out_done, c->out_len - c->out_done,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n == -1 && errno == EAGAIN) {
			watch(t, c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
			return true;
		}
		if (n == -1)
			return false;
		c->out_done += (size_t)n;
	}
	free(c->out);
	c->out = NULL;
	c->out_len = c->out_done = 0;
	watch(t, c, EPOLL_CTL_MOD, EPOLLIN);
	return true;
}

/* Only called with nothing left to write. */
static bool
put(const struct traffic *t, struct connection *c, const struct traffic_part *part)
{
	c->out = mem_alloc(part->len);
	c->out_len = part->len;
	memcpy(c->out, part->data, part->len);
	for (size_t i = 0; i < part->spot_count; i++)
		memcpy(c->out + part->spots[i], c->number, TRAFFIC_DIGITS);
	return flush(t, c);
}

static void
open_connection(const struct traffic *t, struct connection *c)
{
	/* version 6, every action, every protocol bit: what Postfix offers */
	static unsigned char offer[] = { 0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 1, 0xff, 0,
		0x1f, 0xff, 0xff };
	static const struct traffic_part hello = { .data = offer, .len = sizeof offer };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	snprintf(sa.sun_path, sizeof sa.sun_path, "%s", t->socket);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd == -1 || connect(c->fd, (struct sockaddr *)&sa, sizeof sa) == -1)
		give_up(t->socket);
	c->state = NEGOTIATING;
	c->in_len = 0;
	watch(t, c, EPOLL_CTL_ADD, EPOLLIN);
	if (!put(t, c, &hello))
		give_up("negotiation");
}

static void
begin_idle(struct traffic *t, struct connection *c)
{
	c->state = IDLE;
	c->next = NULL;
	*t->last = c;
	t->last = &c->next;
}

static void
end_message(struct traffic *t, struct connection *c)
{
	t->active--;
	t->messages++;
	begin_idle(t, c);
}

static void
reopen(struct traffic *t, struct connection *c)
{
	close(c->fd);
	free(c->out);
	c->out = NULL;
	c->out_len = c->out_done = 0;
	open_connection(t, c);
}

static void
on_broken(struct traffic *t, struct connection *c)
{
	t->broken++;
	if (c->state == AT_MAIL || c->state == AT_CONTENT)
		t->active--;
	if (c->state == IDLE) {
		fputs("an idle connection was closed\n", stderr);
		exit(1);
	}
	reopen(t, c);
}

/* The content is out, and nobody will answer. */
static void
end_early(struct traffic *t, struct connection *c)
{
	if (c->state != AT_CONTENT || c->out != NULL || c->kind->ending == END_ANSWER)
		return;
	if (c->kind->ending == END_DROP) {
		t->active--;
		t->messages++;
		reopen(t, c);
		return;
	}
	end_message(t, c);
}

/* '4', '5', or the command itself; 0: no answer, but an edit. */
static char
answer_of(const unsigned char *packet)
{
	switch (packet[4]) {
	case 'y':
		return (char)packet[ANSWER_HEAD];
	case 't':
		return '4';
	case 'r':
		return '5';
	case 'c':
	case 'a':
		return (char)packet[4];
	default:
		return 0;
	}
}

static void
judge(struct traffic *t, struct connection *c, char answer)
{
	const struct traffic_kind *k = c->kind;

	if (answer != k->wanted || c->authres != k->authres) {
		t->wrong++;
		snprintf(t->wrong_one, sizeof t->wrong_one, "kind_%zu:%c%d_not_%c%d",
		    (size_t)(k - t->script.kinds), answer, c->authres, k->wanted,
		    k->authres);
	}
	t->answered++;
	if (t->time_count < TIMES_MAX)
		t->times[t->time_count++] = now_ms() - c->begun;
	end_message(t, c);
}

/* Connect from 192.0.2.10, with the macro j. */
static unsigned char client_data[] = "\0\0\0\24DCj\0mx.soak.example\0"
				     "\0\0\0\34C[192.0.2.10]\0004\0\031192.0.2.10";
static const struct traffic_part client = { .data = client_data,
	.len = sizeof client_data };

/* False: the connection is broken. */
static bool
on_packet(
    struct traffic *t, struct connection *c, const unsigned char *packet, size_t len)
{
	char answer = answer_of(packet);

	if (c->state == NEGOTIATING) {
		begin_idle(t, c);
		return packet[4] == 'O' && put(t, c, &client);
	}
	if (packet[4] == 'i' && len > 30 &&
	    memcmp(packet + 9, "Authentication-Results", 22) == 0)
		c->authres = true;
	if (answer == 0)
		return true;
	if (c->state == AT_MAIL && answer == 'c') {
		c->state = AT_CONTENT;
		return put(t, c, &c->kind->content);
	}
	judge(t, c, answer);
	return true;
}

static bool
on_input(struct traffic *t, struct connection *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_len, IN_SIZE - c->in_len, MSG_DONTWAIT);
	size_t at = 0;

	if (n == -1 && errno == EAGAIN)
		return true;
	if (n <= 0)
		return false;
	c->in_len += (size_t)n;
	while (c->in_len - at >= ANSWER_HEAD) {
		const unsigned char *p = c->in + at;
		size_t len = 4 + ((size_t)p[0] << 24 | (size_t)p[1] << 16 |
				     (size_t)p[2] << 8 | p[3]);

		if (len < ANSWER_HEAD || len > IN_SIZE)
			return false;
		if (c->in_len - at < len)
			break;
		at += len;
		if (!on_packet(t, c, p, len))
			return false;
	}
	memmove(c->in, c->in + at, c->in_len - at);
	c->in_len -= at;
	return true;
}

static void
on_event(struct traffic *t, const struct epoll_event *event)
{
	struct connection *c = event->data.ptr;
	bool well = true;

	if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		well = on_input(t, c);
	if (well && event->events & EPOLLOUT && c->out != NULL)
		well = flush(t, c);
	if (well)
		end_early(t, c);
	else
		on_broken(t, c);
}

static void
begin_message(struct traffic *t)
{
	struct connection *c = t->first;
	uint32_t at = roll(t, t->script.weights);
	size_t i = 0;

	t->first = c->next;
	if (t->first == NULL)
		t->last = &t->first;
	while (at >= t->script.kinds[i].weight)
		at -= t->script.kinds[i++].weight;
	c->kind = &t->script.kinds[i];
	c->authres = false;
	snprintf(c->number, sizeof c->number, "%08u", roll(t, c->kind->range) % NUMBERS);
	c->begun = now_ms();
	c->state = AT_MAIL;
	t->active++;
	if (!put(t, c, &c->kind->mail))
		on_broken(t, c);
}

static void
wait_for_events(struct traffic *t, int ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(t->poll, events, EVENTS, ms);

	if (n == -1 && errno != EINTR)
		give_up("epoll");
	for (int i = 0; i < n; i++)
		on_event(t, &events[i]);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
percentile(const struct traffic *t, double part)
{
	return t->time_count == 0
		   ? 0
		   : t->times[(size_t)((double)(t->time_count - 1) * part)];
}

static void
run(struct traffic *t, double ms)
{
	double begun = now_ms(), end = begun + ms;

	t->messages = t->answered = t->wrong = t->broken = t->time_count = 0;
	snprintf(t->wrong_one, sizeof t->wrong_one, "-");
	while (now_ms() < end || t->active > 0) {
		while (now_ms() < end && t->active < t->active_max && t->first != NULL)
			begin_message(t);
		wait_for_events(t, 10);
		if (now_ms() > end + STUCK_MS) {
			fputs("messages without an answer\n", stderr);
			exit(1);
		}
	}
	qsort(t->times, t->time_count, sizeof t->times[0], by_size);
	printf("messages=%ju answered=%ju wrong=%ju broken=%ju seconds=%.2f p50=%.2f "
	       "p99=%.2f first_wrong=%s\n",
	    (uintmax_t)t->messages, (uintmax_t)t->answered, (uintmax_t)t->wrong,
	    (uintmax_t)t->broken, (now_ms() - begun) / 1e3, percentile(t, 0.5),
	    percentile(t, 0.99), t->wrong_one);
}

static void
open_all(struct traffic *t)
{
	t->connections = mem_alloc(t->count * sizeof *t->connections);
	for (size_t i = 0; i < t->count; i++)
		open_connection(t, &t->connections[i]);
	for (size_t i = 0; i < t->count; i++) {
		while (t->connections[i].state == NEGOTIATING)
			wait_for_events(t, 1000);
	}
}

int
main(int argc, char **argv)
{
	struct traffic *t = mem_alloc(sizeof *t);
	char line[100];

	if (argc != 6) {
		fputs(
		    "usage: traffic SCRIPT RECORDS SOCKET CONNECTIONS ACTIVE\n", stderr);
		return 64;
	}
	setlinebuf(stdout);
	t->last = &t->first;
	t->seed = 1;
	t->times = mem_alloc(TIMES_MAX * sizeof *t->times);
	traffic_script_read(&t->script, argv[1]);
	printf("port %d\n", nameserver_start(argv[2]));
	t->socket = argv[3];
	t->count = strtoul(argv[4], NULL, 10);
	t->active_max = strtoul(argv[5], NULL, 10);
	t->poll = epoll_create1(EPOLL_CLOEXEC);
	while (fgets(line, sizeof line, stdin) != NULL && strncmp(line, "run ", 4) == 0) {
		if (t->connections == NULL)
			open_all(t);
		run(t, strtod(line + 4, NULL));
	}
	return 0;
}
