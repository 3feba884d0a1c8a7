#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/deadline.h"
#include "base/pool.h"
#include "base/text.h"
#include "ctl/audit/knock.h"
#include "ctl/audit/manners.h"
#include "ctl/smtp.h"
#include "ctl/stream.h"
#include "ctl/text.h"

#define CONNECT_MS 10000
#define REPLY_MS 30000 /* the greeting too: postscreen waits 6 s with it, some 15 s */
#define WORDS_OCTETS 200

static socklen_t
address_of(const struct knock *k, struct sockaddr_storage *to)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(k->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(k->port) };

	memset(to, 0, sizeof *to);
	if (k->ip.family == IP_V4) {
		memcpy(&v4.sin_addr, k->ip.octets, sizeof v4.sin_addr);
		memcpy(to, &v4, sizeof v4);
		return sizeof v4;
	}
	memcpy(&v6.sin6_addr, k->ip.octets, sizeof v6.sin6_addr);
	memcpy(to, &v6, sizeof v6);
	return sizeof v6;
}

static const char *
connect_phrase(int error)
{
	switch (error) {
	case ETIMEDOUT:
		return N_("no connection could be made in time");
	case ECONNREFUSED:
		return N_("the connection was refused");
	case ENETUNREACH:
	case EHOSTUNREACH:
		return N_("it cannot be reached from here");
	default:
		return N_("no connection could be made");
	}
}

struct timespec
knock_until(const struct knock *k, const struct knock_answer *a, int ms)
{
	struct timespec one = deadline_in(ms),
			all = deadline_after(a->begin, *k->ms_left);

	return deadline_ms_between(&one, &all) < 0 ? all : one;
}

/* The server's own, on one line. */
static const char *
words_of(const struct smtp_reply *reply, struct pool *pool)
{
	char *words;

	if (reply->text.len == 0)
		return NULL;
	words = pool_strndup(pool, reply->text.data,
	    reply->text.len < WORDS_OCTETS ? reply->text.len : WORDS_OCTETS);
	for (char *c = words; *c != '\0'; c++) {
		if (*c == '\n')
			*c = ' ';
	}
	return words;
}

static void
take_stop(struct knock_answer *a, enum smtp_end end)
{
	switch (end) {
	case SMTP_REPLIED:
		a->phrase = N_("it turned us away");
		return;
	case SMTP_CLOSED:
		a->phrase = N_("it closed the connection");
		return;
	case SMTP_SILENT:
		a->phrase = N_("it did not answer in time");
		return;
	default:
		a->phrase = N_("what it said is not SMTP");
	}
}

static void
take_start(struct knock_answer *a, enum smtp_start start, enum smtp_end end)
{
	switch (start) {
	case SMTP_START_READY:
		a->end = PROBED_TLS;
		return;
	case SMTP_START_PLAIN:
		a->end = PROBED_PLAIN;
		return;
	case SMTP_START_REFUSED:
		a->end = PROBED_REFUSED;
		return;
	case SMTP_START_INJECTED:
		a->end = PROBED_INJECTED;
		return;
	case SMTP_START_STOPPED:
		a->end = PROBED_STOPPED;
		take_stop(a, end);
		return;
	}
}

static void
talk(struct knock *k, struct knock_answer *a, int fd)
{
	struct text dialogue = { 0 };
	struct smtp_options options = { .reply_ms = REPLY_MS,
		.until = deadline_after(a->begin, *k->ms_left),
		.dialogue = &dialogue };
	enum smtp_start start;
	enum smtp_end end;

	a->smtp = smtp_open(fd, &options);
	start = smtp_start(a->smtp, k->name, &end);
	take_start(a, start, end);
	a->words = words_of(smtp_reply_of(a->smtp), k->pool);
	/* Who would have no more of us has gone already, or waits for no word. */
	if (a->end == PROBED_PLAIN || a->end == PROBED_REFUSED)
		smtp_command(a->smtp, "QUIT");
	smtp_forget_dialogue(a->smtp);
	if (dialogue.len > 0)
		a->dialogue = pool_strndup(k->pool, dialogue.data, dialogue.len);
	text_free(&dialogue);
}

struct knock_answer
knock_begin(struct knock *k)
{
	struct knock_answer a = { .end = PROBED_NOT_TRIED };
	struct sockaddr_storage to;
	struct timespec until;
	socklen_t len = address_of(k, &to);
	int error, fd;

	if (*k->ms_left <= 0) {
		a.phrase = N_("the time for one host was up");
		return a;
	}
	if (!manners_enter(k->manners, &k->ip)) {
		a.phrase = N_("the limit of connections per audit was reached");
		return a;
	}
	a.begin = deadline_in(0);
	until = knock_until(k, &a, CONNECT_MS);
	k->connections++;
	fd = stream_open((const struct sockaddr *)&to, len, &until, &error);
	if (fd != -1) {
		talk(k, &a, fd);
	} else {
		a.end = PROBED_UNREACHED;
		a.phrase = connect_phrase(error);
		a.no_family = error == ENETUNREACH || error == EADDRNOTAVAIL ||
			      error == EAFNOSUPPORT;
	}
	if (a.end != PROBED_TLS)
		knock_end(k, &a);
	return a;
}

void
knock_end(struct knock *k, struct knock_answer *a)
{
	struct timespec now;

	smtp_close(a->smtp);
	a->smtp = NULL;
	now = deadline_in(0);
	*k->ms_left -= deadline_ms_between(&a->begin, &now);
	manners_leave(k->manners, &k->ip);
}
