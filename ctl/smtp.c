#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/mem.h"
#include "ctl/smtp.h"
#include "ctl/stream.h"

#define COMMAND_OCTETS 2048
#define READ_OCTETS 4096
#define DIALOGUE_OCTETS ((size_t)32 << 10)
#define READY 220
#define DONE 250
#define NO_COMMAND_FIRST                                              \
	500 /* RFC 5321 section 4.2.2: the command itself is at fault \
	     */
#define NO_COMMAND_LAST 504

struct smtp {
	int fd;
	struct smtp_options options;
	struct smtp_reply reply;
	char octets[READ_OCTETS]; /* that came and are not used */
	size_t len;
};

struct smtp *
smtp_open(int fd, const struct smtp_options *options)
{
	struct smtp *smtp = mem_alloc(sizeof *smtp);
	int flags = fcntl(fd, F_GETFL);

	if (flags != -1)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	smtp->fd = fd;
	smtp->options = *options;
	return smtp;
}

void
smtp_close(struct smtp *smtp)
{
	if (smtp == NULL)
		return;
	close(smtp->fd);
	smtp_reply_free(&smtp->reply);
	free(smtp);
}

const struct smtp_reply *
smtp_reply_of(const struct smtp *smtp)
{
	return &smtp->reply;
}

int
smtp_socket(const struct smtp *smtp)
{
	return smtp->fd;
}

void
smtp_forget_dialogue(struct smtp *smtp)
{
	smtp->options.dialogue = NULL;
}

/* When what begins now must be over. */
static struct timespec
until_when(const struct smtp *smtp)
{
	struct timespec one = deadline_in(smtp->options.reply_ms);

	return deadline_ms_between(&one, &smtp->options.until) < 0 ? smtp->options.until
								   : one;
}

/* Keep what was said, line by line. */
static void
keep(struct smtp *smtp, char side, const char *lines)
{
	struct text *t = smtp->options.dialogue;

	while (t != NULL && lines != NULL && *lines != '\0') {
		size_t len = strcspn(lines, "\n");

		if (t->len + len + 3 > DIALOGUE_OCTETS)
			return;
		text_printf(t, "%c %.*s\n", side, (int)len, lines);
		lines += len + (lines[len] != '\0');
	}
}

/* SMTP_REPLIED: there is something, or there was. */
static enum smtp_end
fill(struct smtp *smtp, const struct timespec *until)
{
	ssize_t n = 0;

	while (smtp->len == 0) {
		if (!stream_wait(smtp->fd, POLLIN, until))
			return SMTP_SILENT;
		n = recv(smtp->fd, smtp->octets, sizeof smtp->octets, 0);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return SMTP_CLOSED;
		smtp->len = (size_t)n;
	}
	return SMTP_REPLIED;
}

enum smtp_end
smtp_read(struct smtp *smtp)
{
	const struct timespec until = until_when(smtp);
	enum smtp_reply_reading reading = SMTP_REPLY_PART;
	enum smtp_end end = SMTP_REPLIED;

	smtp_reply_reset(&smtp->reply);
	while (reading == SMTP_REPLY_PART && end == SMTP_REPLIED) {
		size_t used = 0;

		end = fill(smtp, &until);
		reading = smtp_reply_take(&smtp->reply, smtp->octets, smtp->len, &used);
		smtp->len -= used;
		memmove(smtp->octets, smtp->octets + used, smtp->len);
		/* One octet at a time would keep us for ever within poll()'s grace. */
		if (reading == SMTP_REPLY_PART && stream_ms_left(&until) == 0)
			end = SMTP_SILENT;
	}
	keep(smtp, '<', smtp->reply.text.data);
	if (end != SMTP_REPLIED)
		return end;
	return reading == SMTP_REPLY_WHOLE ? SMTP_REPLIED : SMTP_FOREIGN;
}

enum smtp_end
smtp_send(struct smtp *smtp, const char *octets, size_t len)
{
	const struct timespec until = until_when(smtp);

	while (len > 0) {
		ssize_t n;

		if (!stream_wait(smtp->fd, POLLOUT, &until))
			return SMTP_SILENT;
		n = send(smtp->fd, octets, len, MSG_NOSIGNAL);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return SMTP_CLOSED;
		octets += n;
		len -= (size_t)n;
	}
	return SMTP_REPLIED;
}

static bool
is_command(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return false;
	}
	return true;
}

enum smtp_end
smtp_command(struct smtp *smtp, const char *format, ...)
{
	char line[COMMAND_OCTETS];
	enum smtp_end end;
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(line, sizeof line - 2, format, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof line - 2 || !is_command(line, (size_t)len))
		return SMTP_UNSENT;
	keep(smtp, '>', line);
	line[len] = '\r';
	line[len + 1] = '\n';
	end = smtp_send(smtp, line, (size_t)len + 2);
	/* Who closed may have said why before. */
	if (end == SMTP_REPLIED || end == SMTP_CLOSED)
		end = smtp_read(smtp);
	return end;
}

/* ${octets} as they go through SMTP, with the dot that ends them. */
static void
stuff(struct text *t, const char *octets, size_t len)
{
	bool begins = true;

	for (size_t i = 0; i < len; i++) {
		if (begins && octets[i] == '.')
			text_putc(t, '.');
		begins = octets[i] == '\n';
		if (begins && (i == 0 || octets[i - 1] != '\r'))
			text_putc(t, '\r');
		text_putc(t, octets[i]);
	}
	text_puts(t, begins ? ".\r\n" : "\r\n.\r\n");
}

enum smtp_end
smtp_message(struct smtp *smtp, const char *octets, size_t len)
{
	struct text t = { 0 };
	enum smtp_end end;

	stuff(&t, octets, len);
	keep(smtp, '>', "(a message)");
	end = smtp_send(smtp, t.data, t.len);
	text_free(&t);
	return end == SMTP_REPLIED || end == SMTP_CLOSED ? smtp_read(smtp) : end;
}

/* Is there anything that came and was not waited for? */
static bool
has_more(const struct smtp *smtp)
{
	char octet;

	return smtp->len > 0 ||
	       recv(smtp->fd, &octet, sizeof octet, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static enum smtp_start
after_starttls(struct smtp *smtp)
{
	int code = smtp->reply.code;

	/* A client that took this for an answer would take it as if it came encrypted. */
	if (code == READY)
		return has_more(smtp) ? SMTP_START_INJECTED : SMTP_START_READY;
	if (code >= NO_COMMAND_FIRST && code <= NO_COMMAND_LAST)
		return SMTP_START_REFUSED;
	return SMTP_START_STOPPED;
}

enum smtp_start
smtp_start(struct smtp *smtp, const char *name, enum smtp_end *end)
{
	enum smtp_start start = SMTP_START_STOPPED;

	*end = smtp_read(smtp);
	if (*end != SMTP_REPLIED || smtp->reply.code != READY)
		return start;
	*end = smtp_command(smtp, "EHLO %s", name);
	if (*end != SMTP_REPLIED || smtp->reply.code != DONE)
		return start;
	if (!smtp_reply_offers(&smtp->reply, "STARTTLS")) {
		start = SMTP_START_PLAIN;
	} else {
		*end = smtp_command(smtp, "STARTTLS");
		if (*end == SMTP_REPLIED)
			start = after_starttls(smtp);
	}
	return start;
}
