#ifndef CTL_SMTP_REPLY_H
#define CTL_SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/*
 * A reply of an SMTP server, as its octets come in.  Pure.  Begin with a zeroed struct.
 * Text is as received: to be escaped wherever it is shown.
 */

#define SMTP_REPLY_LINE_OCTETS 2048 /* its end included; RFC 5321 has 512 */
#define SMTP_REPLY_LINES 100

struct smtp_reply {
	int code;
	struct text text; /* its lines with their codes, a line feed between them */
	size_t lines;
	size_t begin; /* where the line under way begins in the text */
};

enum smtp_reply_reading {
	SMTP_REPLY_PART,
	SMTP_REPLY_WHOLE,
	SMTP_REPLY_FOREIGN /* no reply of SMTP, or one beyond the bounds */
};

/*
 * Take octets, to the end of the reply at most; *used of them.  Once it is not PART any
 * more it takes no more.
 */
enum smtp_reply_reading smtp_reply_take(
    struct smtp_reply *reply, const char *octets, size_t len, size_t *used);

/* To EHLO: does a line behind the first begin with ${keyword}? */
bool smtp_reply_offers(const struct smtp_reply *reply, const char *keyword);

/* As at the start, the memory kept. */
void smtp_reply_reset(struct smtp_reply *reply);
void smtp_reply_free(struct smtp_reply *reply);

#endif
