#ifndef DNS_ASKED_H
#define DNS_ASKED_H

#include "dns/questions.h"

/*
 * What one message has asked so far, in that order: a name and type once.  Not locked:
 * only questions.c looks inside, and says who may.
 */
struct asked {
	struct questions *q;
	struct question public;
	uint32_t hash;
	struct resolver_lookup *lookup; /* NULL: a name that cannot be asked */
	struct timespec asked_at;
	questions_then *then; /* NULL: not followed */
	bool followed, ready,
	    told; /* the answer is there for ${then}; ${then} was called */
	bool watched;
	struct resolver_watch watch;
	char name[];
};

struct asked_list {
	struct asked **entries;
	size_t count, size;
};

/* ${name} is in normal form, or cannot be asked. */
struct asked *asked_find(
    const struct asked_list *list, const char *name, enum dns_type type);
struct asked *asked_add(struct asked_list *list, const char *name, enum dns_type type);

/*
 * What it took from asking to the answer; 0: that was in the cache, or is not there.  One
 * that did not come in time has no time of its own: it was waited for until now.
 */
double asked_took_ms(const struct asked *e);

/* How many have no answer yet. */
int asked_under_way(const struct asked_list *list);

/* Nobody is told of an answer any more, nor being told; then all answers are dropped. */
void asked_clear(struct asked_list *list);

#endif
