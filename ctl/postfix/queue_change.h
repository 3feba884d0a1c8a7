#ifndef CTL_POSTFIX_QUEUE_CHANGE_H
#define CTL_POSTFIX_QUEUE_CHANGE_H

#include <stddef.h>

/*
 * What is done with a message that Postfix holds, by its own programs, which want root.
 * ${id} is one of queue_is_id(), ${dir} as in queue_begin().
 */
enum queue_change {
	QUEUE_CHANGE_DONE,
	QUEUE_CHANGE_GONE,  /* it is not held (any more) */
	QUEUE_CHANGE_FAILED /* with ${why} */
};

/*
 * Off hold.  It is not judged again: it goes on from the queue it is in (-H), not through
 * the filters anew (-r).
 */
enum queue_change queue_change_release(
    const char *dir, const char *id, char *why, size_t whysize);

/* Try now to deliver what was released.  -1 with ${why}. */
int queue_change_deliver(const char *dir, const char *id, char *why, size_t whysize);

/* Gone for good, from the queue "hold"; and from the one called ${queue}. */
enum queue_change queue_change_delete(
    const char *dir, const char *id, char *why, size_t whysize);
enum queue_change queue_change_drop(
    const char *dir, const char *id, const char *queue, char *why, size_t whysize);

#endif
