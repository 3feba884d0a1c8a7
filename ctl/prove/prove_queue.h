#ifndef CTL_PROVE_PROVE_QUEUE_H
#define CTL_PROVE_PROVE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct pool;

/*
 * The queue of the running Postfix, by its own programs: our messages in it, and no
 * others.
 */
struct prove_queue {
	const char *dir; /* of Postfix's settings; NULL: the default one */
	struct pool *pool;
	struct timespec until; /* all has to be done by then */
	char *why;             /* of what failed */
	size_t whysize;
};

/* What of a message lies there. */
struct prove_queued {
	const char *name;   /* of the queue; NULL: in none */
	const char *header; /* as it would be delivered; NULL: it cannot be read */
	size_t len;
};

/* Wait until ${id} has come to rest, or is not there. */
struct prove_queued prove_queue_look(const struct prove_queue *q, const char *id);

/* From the queue where it was seen, or wherever it is by now (${queue} NULL: not known).
 * False with ${q}->why: it is still there. */
bool prove_queue_delete(const struct prove_queue *q, const char *id, const char *queue);

/*
 * The same of one that a filter gave another recipient: it is ours if a line of its
 * header begins with ${stamp}.
 */
void prove_queue_delete_changed(
    const struct prove_queue *q, const char *id, const char *stamp);

/*
 * Delete what earlier runs left: all that is for the recipient of a proof alone; *count
 * of them.  False with ${q}->why.
 */
bool prove_queue_clear(const struct prove_queue *q, size_t *count);

/* What a program of Postfix's writes, at most ${max} octets, in the pool; NULL with
 * ${q}->why. */
const char *prove_queue_output(
    const struct prove_queue *q, char *const *argv, size_t max, size_t *len);

#endif
