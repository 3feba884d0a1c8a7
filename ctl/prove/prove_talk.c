#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/pool.h"
#include "base/text.h"
#include "ctl/postfix/queue.h"
#include "ctl/prove/prove_case.h"
#include "ctl/prove/prove_talk.h"
#include "ctl/smtp.h"
#include "ctl/stream.h"
#include "ctl/text.h"

#define CLIENT_NAME "prove.beschermd.test"
#define QUEUED "queued as "
#define ALPHANUMERIC "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define STATUS 4   /* where the enhanced status code begins in a reply of ours */
#define ERRORS 400 /* replies from there on say no */

const char *
prove_talk_queue_id(const char *reply, struct pool *pool)
{
	const char *at = strstr(reply, QUEUED), *id;

	if (at == NULL)
		return NULL;
	at += strlen(QUEUED);
	id = pool_strndup(pool, at, strcspn(at, " \r\n"));
	return queue_is_id(id) ? id : NULL;
}

bool
prove_talk_is_ours(const char *reply, const char *ours)
{
	if (*ours == '\0')
		return false;
	for (const char *hole; (hole = strstr(ours, PROVE_QUEUE_ID)) != NULL;) {
		const size_t len = (size_t)(hole - ours);

		if (strncmp(reply, ours, len) != 0)
			return false;
		reply += len;
		reply += strspn(reply, ALPHANUMERIC);
		ours = hole + strlen(PROVE_QUEUE_ID);
	}
	if (strncmp(reply, ours, strlen(ours)) != 0)
		return false;
	reply += strlen(ours);
	return *reply == '\0' || *reply == ' ' || *reply == '.';
}

const char *
prove_talk_softened(const char *refusal, struct pool *pool)
{
	char *soft = pool_strdup(pool, refusal);

	if (strlen(soft) > STATUS)
		soft[0] = soft[STATUS] = '4';
	return soft;
}

/* -1 with *error. */
static int
open_socket(const struct prove_talk_place *place, int *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(place->socket) >= sizeof address.sun_path) {
		*error = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, place->socket, strlen(place->socket));
	return stream_open(
	    (const struct sockaddr *)&address, sizeof address, &place->until, error);
}

/* Did it go well; else *talk says why not. */
static bool
is_good(struct prove_talk *talk, const struct smtp *smtp, enum smtp_end end)
{
	if (end == SMTP_REPLIED && smtp_reply_of(smtp)->code < ERRORS)
		return true;
	talk->end = PROVE_TALK_STOPPED;
	switch (end) {
	case SMTP_REPLIED:
		talk->end = PROVE_TALK_REFUSED;
		break;
	case SMTP_SILENT:
		talk->why = N_("the mail server gave no answer in time");
		break;
	case SMTP_CLOSED:
		talk->why = N_("the mail server ended the connection");
		break;
	default:
		talk->why = N_("what answers is not a mail server");
		break;
	}
	return false;
}

/* Be another client. */
static bool
become(struct prove_talk *talk, struct smtp *smtp, const struct prove_case *sent)
{
	if (!is_good(talk, smtp, smtp_read(smtp)) ||
	    !is_good(talk, smtp, smtp_command(smtp, "EHLO localhost")))
		return false;
	if (!smtp_reply_offers(smtp_reply_of(smtp), "XCLIENT")) {
		talk->end = PROVE_TALK_STOPPED;
		talk->why = N_("the listener does not offer XCLIENT");
		return false;
	}
	return is_good(talk, smtp,
		   smtp_command(
		       smtp, "XCLIENT ADDR=%s NAME=" CLIENT_NAME, sent->client)) &&
	       is_good(talk, smtp, smtp_command(smtp, "EHLO %s", sent->helo));
}

static void
converse(struct prove_talk *talk, struct smtp *smtp, const struct prove_case *sent,
    const char *message, size_t len)
{
	if (become(talk, smtp, sent) &&
	    is_good(talk, smtp, smtp_command(smtp, "MAIL FROM:<%s>", sent->mail_from)) &&
	    is_good(talk, smtp, smtp_command(smtp, "RCPT TO:<" PROVE_RECIPIENT ">")) &&
	    is_good(talk, smtp, smtp_command(smtp, "DATA")) &&
	    is_good(talk, smtp, smtp_message(smtp, message, len)))
		talk->end = PROVE_TALK_TAKEN;
}

const char *
prove_talk_joined(const char *reply, struct pool *pool)
{
	const char *all = NULL;

	while (reply != NULL && *reply != '\0') {
		size_t len = strcspn(reply, "\n"), code = len < 3 ? len : 3;
		size_t skip = len > code ? code + 1 : code;

		/* "550-" of a first line is "550 " of the only one. */
		if (all == NULL)
			all = pool_strndup(pool, reply, code);
		if (len > skip)
			all = pool_printf(
			    pool, "%s %.*s", all, (int)(len - skip), reply + skip);
		reply += len + (reply[len] != '\0');
	}
	return all;
}

struct prove_talk
prove_talk(const struct prove_talk_place *place, const struct prove_case *sent,
    const char *message, size_t len)
{
	struct prove_talk talk = { 0 };
	struct text dialogue = { 0 };
	int fd = open_socket(place, &talk.error);
	struct smtp *smtp;

	if (fd == -1)
		return talk;
	smtp = smtp_open(fd, &(struct smtp_options){ .reply_ms = place->reply_ms,
				 .until = place->until,
				 .dialogue = &dialogue });
	converse(&talk, smtp, sent, message, len);
	talk.code = smtp_reply_of(smtp)->code;
	talk.reply = prove_talk_joined(smtp_reply_of(smtp)->text.data, place->pool);
	if (talk.end == PROVE_TALK_TAKEN && talk.reply != NULL)
		talk.queue_id = prove_talk_queue_id(talk.reply, place->pool);
	if (talk.end != PROVE_TALK_STOPPED)
		smtp_command(smtp, "QUIT");
	smtp_close(smtp);
	if (dialogue.data != NULL)
		talk.dialogue = pool_strdup(place->pool, dialogue.data);
	text_free(&dialogue);
	return talk;
}
