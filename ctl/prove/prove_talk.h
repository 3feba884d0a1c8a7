#ifndef CTL_PROVE_PROVE_TALK_H
#define CTL_PROVE_PROVE_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct pool;
struct prove_case;

/* One message through the listener, as its client. */

enum prove_talk_end {
	PROVE_TALK_AWAY,    /* nobody listens: an errno */
	PROVE_TALK_STOPPED, /* no reply that SMTP knows, in time: ${why} */
	PROVE_TALK_REFUSED, /* the last reply is 4xx or 5xx */
	PROVE_TALK_TAKEN
};

struct prove_talk {
	enum prove_talk_end end;
	int error;
	int code;             /* of the last reply; 0: none */
	const char *reply;    /* the last one, its lines joined by blanks; NULL: none */
	const char *queue_id; /* of what was taken; NULL: it is not told */
	const char *why;      /* to be translated */
	const char *dialogue;
};

struct prove_talk_place {
	const char *socket; /* its path */
	int reply_ms;       /* what one reply may take */
	struct timespec until;
	struct pool *pool;
};

/* All of it lives in the pool. */
struct prove_talk prove_talk(const struct prove_talk_place *place,
    const struct prove_case *sent, const char *message, size_t len);

/*
 * Does ${reply} begin as ${ours}, where any queue id may stand for PROVE_QUEUE_ID?  The
 * MTA may add words of its own behind it.  Pure.
 */
bool prove_talk_is_ours(const char *reply, const char *ours);

/* What Postfix makes of a refusal by soft_bounce: "450 4.7.26 ..." of "550 5.7.26 ...".
 */
const char *prove_talk_softened(const char *refusal, struct pool *pool);

/*
 * The lines of a reply as one, "550 5.7.26 no 5.7.26 call us", the code that each begins
 * with told once.  NULL: there are none.  Pure.
 */
const char *prove_talk_joined(const char *reply, struct pool *pool);

/* The queue id in a reply as Postfix gives it; NULL: there is none.  Pure. */
const char *prove_talk_queue_id(const char *reply, struct pool *pool);

#endif
