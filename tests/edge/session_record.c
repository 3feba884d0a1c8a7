/*
 * A session that judges nothing: it writes down what it is told, one line an event,
 * to the file RECORD_FILE, and answers as the sender's local part says.  Linked in
 * place of milter/session.c it shows what the edge makes of the milter protocol.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "session.h"

#define LONG_VALUE 200

struct session {
	char sender[64];
	bool under_way;
	unsigned long body_octets;
	struct actions actions;
};

static void record(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
record(const char *fmt, ...)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it here */
	const char *path = getenv("RECORD_FILE");
	char line[2048];
	va_list ap;
	int len, fd;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof line - 1, fmt, ap);
	va_end(ap);
	if (path == NULL || len < 0)
		return;
	if ((size_t)len > sizeof line - 2)
		len = sizeof line - 2;
	line[len++] = '\n';
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd != -1) {
		(void)!write(fd, line, (size_t)len);
		close(fd);
	}
}

/* Escaped; long ones as their length. */
static const char *
shown(const char *text, char *storage, size_t size)
{
	struct buf b;

	buf_init(&b, storage, size);
	if (text == NULL)
		buf_puts(&b, "(none)");
	else if (strlen(text) > LONG_VALUE)
		buf_printf(&b, "(%zu octets)", strlen(text));
	else
		buf_put_escaped(&b, text);
	return storage;
}

struct session *
session_new(struct parts_store *parts, struct ip client, const char *client_name,
    const char *host_name)
{
	struct session *s = mem_alloc(sizeof *s);
	char ip[IP_TEXT_SIZE], a[1024], b[1024];

	assert(parts != NULL);
	record("connect %s %s host=%s", ip_format(&client, ip),
	    shown(client_name, a, sizeof a), shown(host_name, b, sizeof b));
	return s;
}

void
session_free(struct session *s)
{
	record("free");
	free(s);
}

void
session_mta(struct session *s, const char *version)
{
	char a[1024];

	(void)s;
	if (version != NULL)
		record("mta %s", shown(version, a, sizeof a));
}

bool
session_service(struct session *s, const char *daemon_name)
{
	char a[1024];

	(void)s;
	if (daemon_name != NULL)
		record("service %s", shown(daemon_name, a, sizeof a));
	return false;
}

void
session_helo(struct session *s, const char *name)
{
	char a[1024];

	(void)s;
	record("helo %s", shown(name, a, sizeof a));
}

void
session_authenticated(struct session *s, bool yes)
{
	(void)s;
	record("authenticated %s", yes ? "yes" : "no");
}

enum session_next
session_mail(struct session *s, const char *mail_from, const char *queue_id)
{
	char a[1024], b[64];

	record(
	    "mail %s id=%s", shown(mail_from, a, sizeof a), shown(queue_id, b, sizeof b));
	if (strncmp(mail_from, "<ignored@", 9) == 0)
		return SESSION_ACCEPT;
	s->under_way = true;
	s->body_octets = 0;
	snprintf(s->sender, sizeof s->sender, "%s", mail_from);
	return SESSION_GO_ON;
}

void
session_header(struct session *s, const char *name, const char *value)
{
	char a[1024], b[1024];

	assert(s->under_way);
	record("header %s:%s", shown(name, a, sizeof a), shown(value, b, sizeof b));
}

void
session_eoh(struct session *s, const char *queue_id)
{
	char a[64];

	assert(s->under_way);
	record("eoh id=%s", shown(queue_id, a, sizeof a));
}

void
session_body(struct session *s, const unsigned char *data, size_t len)
{
	assert(s->under_way);
	assert(data != NULL || len == 0);
	s->body_octets += len;
}

static bool
sender_is(const struct session *s, const char *local)
{
	size_t len = strlen(local);

	return strncmp(s->sender + 1, local, len) == 0 && s->sender[1 + len] == '@';
}

static void
fill_edits(struct actions *a)
{
	static const struct header_removal removals[] = {
		{ "Authentication-Results", 3 },
		{ "Authentication-Results", 1 },
	};
	static const struct header_insertion insertions[] = {
		{ "Authentication-Results", " mx.example;\n dmarc=none", 0 },
		{ "X-Spam-Flag", " YES", 1 },
	};

	a->action = ACTION_HEADER;
	a->remove = removals;
	a->remove_count = 2;
	a->insert = insertions;
	a->insert_count = 2;
}

const struct actions *
session_end(struct session *s)
{
	struct actions *a = &s->actions;

	assert(s->under_way);
	record("end body=%lu", s->body_octets);
	*a = (struct actions){ .action = ACTION_ACCEPT };
	if (sender_is(s, "slow"))
		nanosleep(&(struct timespec){ 1, 500000000 }, NULL);
	if (sender_is(s, "edit") || sender_is(s, "slow"))
		fill_edits(a);
	if (sender_is(s, "hold")) {
		fill_edits(a);
		a->action = ACTION_HOLD;
		a->hold = "p=quarantine";
	}
	if (sender_is(s, "reject")) {
		a->action = ACTION_REJECT;
		a->reply = (struct reply){ "550", "5.7.26", "100% forged, 50%% sure" };
	}
	if (sender_is(s, "tempfail")) {
		a->action = ACTION_TEMPFAIL;
		a->reply = (struct reply){ "451", "4.7.0", "DNS" };
	}
	if (sender_is(s, "unfit")) {
		fill_edits(a);
		a->reply = (struct reply){ "550", "5.7.26", "two\r\nlines" };
	}
	return a;
}

void
session_done(struct session *s)
{
	record("done");
	s->under_way = false;
}

void
session_abort(struct session *s)
{
	record("abort");
	s->under_way = false;
}
