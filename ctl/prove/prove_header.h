#ifndef CTL_PROVE_PROVE_HEADER_H
#define CTL_PROVE_PROVE_HEADER_H

#include <stdbool.h>
#include <stddef.h>

struct pool;
struct prove_view;

/*
 * Headers of a message as it was sent and as it lies in the queue: what was done to it on
 * the way.  Pure; text is as received.
 */

#define PROVE_HEADER_FIELDS_MAX 200

struct prove_field {
	const char *name;
	const char *value; /* on one line, single blanks, none at its ends */
};

struct prove_header {
	const struct prove_field *fields; /* in ${pool} */
	size_t count;
};

/* Fields up to the first empty line, in any line ends; what is none is left out. */
struct prove_header prove_header_read(const char *text, size_t len, struct pool *pool);

/* What one has and the other does not, Received aside; as often as that is so. */
struct prove_header prove_header_beyond(
    const struct prove_header *all, const struct prove_header *known, struct pool *pool);

/* By what the header is read. */
struct prove_reader {
	const char *authserv_id;
	const char *mark; /* name of the field of QuarantineHeader */
	const char *from; /* the domain of the message's author */
	bool held;        /* it lies in the queue "hold" */
};

/* Fill in what the header of a message that was taken tells: its fate and our results. */
void prove_header_look(struct prove_view *view, const struct prove_header *sent,
    const struct prove_header *queued, const struct prove_reader *reader,
    struct pool *pool);

#endif
