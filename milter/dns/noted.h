#ifndef DNS_NOTED_H
#define DNS_NOTED_H

#include "dns/questions.h"

/* Early questions that found no place, to be asked once the message is judged. */
struct noted {
	struct noted *next;
	enum dns_type type;
	questions_then *then; /* NULL: none */
	bool followed;        /* by questions_follow() */
	char name[];
};

struct noted_list {
	struct noted *first;
	int count;
};

/* Each name and type once, and only the first few: the others wait for questions_ask().
 */
void noted_add(struct noted_list *list, const char *name, enum dns_type type,
    bool followed, questions_then *then);

/* All of them, in their order: the caller's, for noted_free(). */
struct noted *noted_take(struct noted_list *list);
void noted_free(struct noted *first); /* and all behind it; NULL: nothing */

#endif
