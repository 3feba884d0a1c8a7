#include <string.h>

#include "base/deadline.h"
#include "base/oserror.h"
#include "base/pool.h"
#include "ctl/prove/prove_queue.h"
#include "ctl/prove/prove_set.h"
#include "ctl/prove/prove_talk.h"
#include "ctl/prove/prove_try.h"
#include "ctl/stream.h"
#include "ctl/text.h"

#define REPLY_MS 10000
#define QUEUE_MS 10000 /* to look at it and delete it, whatever time is left */
#define REFUSED 500

/* A message on its way. */
struct attempt {
	const struct prove_try *t;
	const char *message;
	struct prove_set set;
	struct prove_result_case *c;
	struct prove_view view;
	char *why;
	size_t whysize;
};

static void
take_refusal(struct attempt *a, const struct prove_talk *talk)
{
	struct prove_view *view = &a->view;

	view->fate = PROVE_NOT_TAKEN;
	view->said = talk->reply;
	if (talk->reply == NULL)
		return;
	if (talk->code >= REFUSED && prove_talk_is_ours(talk->reply, a->set.refusal))
		view->fate = PROVE_REFUSED;
	if (talk->code < REFUSED &&
	    (prove_talk_is_ours(talk->reply, a->set.deferral) ||
		prove_talk_is_ours(
		    talk->reply, prove_talk_softened(a->set.refusal, a->t->pool))))
		view->fate = PROVE_PUT_OFF;
}

/* What lies in the queue, before it is deleted. */
static void
look(struct attempt *a, const struct prove_queue *queue)
{
	struct pool *pool = a->t->pool;
	struct prove_result_seen *seen = &a->c->seen;
	const struct prove_queued q = prove_queue_look(queue, seen->queue_id);
	struct prove_header sent, queued;
	struct prove_reader reader = { .authserv_id = a->t->stamp.authserv_id,
		.mark = a->t->mark,
		.from = a->c->sent.from };

	seen->queue = q.name;
	a->view.fate = PROVE_LOST;
	a->view.said = seen->queue_id;
	if (q.header == NULL)
		return;
	sent = prove_header_read(a->message, strlen(a->message), pool);
	queued = prove_header_read(q.header, q.len, pool);
	seen->added = prove_header_beyond(&queued, &sent, pool);
	seen->removed = prove_header_beyond(&sent, &queued, pool);
	reader.held = q.name != NULL && strcmp(q.name, "hold") == 0;
	prove_header_look(&a->view, &sent, &queued, &reader, pool);
}

/* False with why: it is still there. */
static bool
take_message(struct attempt *a)
{
	struct prove_queue queue = {
		.dir = a->t->dir,
		.pool = a->t->pool,
		.until = deadline_in(QUEUE_MS),
		.why = a->why,
		.whysize = a->whysize,
	};
	size_t count;

	if (a->c->seen.queue_id == NULL) {
		a->view.fate = PROVE_LOST;
		a->view.said = a->c->seen.reply;
		return prove_queue_clear(&queue, &count);
	}
	look(a, &queue);
	if (a->c->seen.queue == NULL)
		prove_queue_delete_changed(&queue, a->c->seen.queue_id,
		    pool_printf(a->t->pool, PROVE_MESSAGE_FIELD ": %s", a->t->stamp.run));
	queue.until = deadline_in(QUEUE_MS);
	return prove_queue_delete(&queue, a->c->seen.queue_id, a->c->seen.queue);
}

/* How long a reply may take: that to a message waits for DNS. */
static int
reply_ms(const struct prove_try *t, const struct prove_case *sent)
{
	bool waits = sent->wanted == PROVE_DEFERRED || sent->number == PROVE_CASE_OWN;

	return waits ? REPLY_MS + t->dns_ms : REPLY_MS;
}

static bool
transmit(struct attempt *a)
{
	const struct prove_try *t = a->t;
	const struct prove_talk_place place = { t->socket, reply_ms(t, &a->c->sent),
		t->until, t->pool };
	const struct prove_talk talk =
	    prove_talk(&place, &a->c->sent, a->message, strlen(a->message));

	a->c->seen.reply = talk.reply;
	a->c->seen.queue_id = talk.queue_id;
	a->c->dialogue = talk.dialogue;
	switch (talk.end) {
	case PROVE_TALK_AWAY:
		a->view.said = pool_strdup(t->pool, oserror_text(talk.error));
		return true;
	case PROVE_TALK_STOPPED:
		a->view.said = talk.why;
		return true;
	case PROVE_TALK_REFUSED:
		take_refusal(a, &talk);
		return true;
	case PROVE_TALK_TAKEN:
		break;
	}
	return take_message(a);
}

static bool
attempt(struct attempt *a, struct prove_judged *judged)
{
	struct prove_result_case *c = a->c;

	a->set = prove_set(a->t->setting, &c->sent, a->message, a->t->pool);
	judged->has_set = a->set.known;
	judged->set = a->set.action;
	judged->by_suffix = a->set.by_suffix;
	judged->wanted = c->wanted = a->set.wanted;
	c->set = a->set.known ? verdict_action_name(a->set.action) : NULL;
	return transmit(a);
}

bool
prove_try(const struct prove_try *t, const struct prove_case *sent,
    struct prove_result_case *out, char *why, size_t whysize)
{
	struct prove_judged judged = { .sent = sent, .wanted = sent->wanted };
	struct attempt a = { .t = t,
		.message = prove_message_text(sent, &t->stamp, t->pool, why, whysize),
		.c = out,
		.view = { .fate = PROVE_NOT_SENT, .away = t->away },
		.why = why,
		.whysize = whysize };
	bool good = true;

	*out = (struct prove_result_case){ .sent = *sent, .wanted = sent->wanted };
	if (a.message == NULL)
		a.view.said = pool_strdup(t->pool, why);
	else if (stream_ms_left(&t->until) == 0)
		a.view.said = N_("there was no time left");
	else
		good = attempt(&a, &judged);
	out->finding = prove_verdict(&judged, &a.view);
	return good;
}
