#ifndef CTL_SMTP_H
#define CTL_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "ctl/smtp_reply.h"

/*
 * The client's side of an SMTP dialogue, over any stream socket that is connected.  One
 * command at a time: each is sent and its reply read.  Bounded in time and octets
 * whatever the other side does.  One thread at a time.
 */
struct smtp;

struct smtp_options {
	int reply_ms;          /* how long a reply, or taking what we send, may last */
	struct timespec until; /* and all of it, as deadline_in() tells */
	struct text *dialogue; /* "> EHLO ...", "< 250 ...", a line each, goes there as
				  well, up to 32 KiB; NULL: nowhere */
};

enum smtp_end {
	SMTP_REPLIED, /* a whole reply: smtp_reply_of() */
	SMTP_SILENT,  /* no more time */
	SMTP_CLOSED,  /* by the other side, or the connection is lost */
	SMTP_FOREIGN, /* what came is no reply of SMTP, or beyond the bounds */
	SMTP_UNSENT   /* the command has a control character, or is too long */
};

/* Takes ${fd} over, which no longer blocks then. */
struct smtp *smtp_open(int fd, const struct smtp_options *options);
void smtp_close(struct smtp *smtp); /* says nothing; NULL: nothing to do */

/* Wait for a reply: the greeting, or one to what was sent by smtp_send(). */
enum smtp_end smtp_read(struct smtp *smtp);

/* Send one command, its line end added, and wait for the reply. */
enum smtp_end smtp_command(struct smtp *smtp, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Octets as they are; SMTP_REPLIED once all are on their way. */
enum smtp_end smtp_send(struct smtp *smtp, const char *octets, size_t len);

/*
 * A message behind 354: its lines end in LF or CRLF and go out as RFC 5321 section 4.5.2
 * has them, then the dot; and wait for the reply.
 */
enum smtp_end smtp_message(struct smtp *smtp, const char *octets, size_t len);

/* The last reply, also a part of one; its text may be NULL. */
const struct smtp_reply *smtp_reply_of(const struct smtp *smtp);

/* How far a dialogue comes that wants TLS. */
enum smtp_start {
	SMTP_START_READY,    /* 220: the handshake may begin */
	SMTP_START_PLAIN,    /* EHLO has 250, and STARTTLS is not offered */
	SMTP_START_REFUSED,  /* it is, and is not a command that the server takes */
	SMTP_START_INJECTED, /* octets came behind its 220, before our hello */
	SMTP_START_STOPPED   /* before that: by the reply that is the last, or *end */
};

/* From the greeting to STARTTLS.  ${name}: who we are.  A QUIT is left to the caller. */
enum smtp_start smtp_start(struct smtp *smtp, const char *name, enum smtp_end *end);

/* Keep no more of it: where it went to is going away. */
void smtp_forget_dialogue(struct smtp *smtp);

/* The socket, for who goes on with it; it stays ours to close. */
int smtp_socket(const struct smtp *smtp);

#endif
