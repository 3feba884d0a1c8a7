#ifndef CTL_PROVE_PROVE_MESSAGE_H
#define CTL_PROVE_PROVE_MESSAGE_H

#include <stddef.h>

struct pool;
struct prove_case;

/* Where the messages and their zone are: PROVEDIR, or a tree that is not installed. */
const char *prove_message_folder(void);

/* What makes a message one of a run: this field has its id. */
#define PROVE_MESSAGE_FIELD "X-Beschermd-Prove"

struct prove_stamp {
	const char *run;         /* its id */
	const char *authserv_id; /* in whose name some have forged results */
	const char *date;        /* as Date has it, for a message that is made */
};

/*
 * The text of a case, with the field of its run on top, in ${pool}; NULL with ${why}: its
 * file cannot be read.
 */
const char *prove_message_text(const struct prove_case *sent,
    const struct prove_stamp *stamp, struct pool *pool, char *why, size_t whysize);

#endif
