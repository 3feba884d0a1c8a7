#ifndef EXPECTATION_H
#define EXPECTATION_H

#include <stdbool.h>

struct actions;
struct case_expect;
struct pool;
struct session;

/* A message that was judged: between session_end() and session_done(). */
struct expectation_message {
	struct session *session;
	bool ignored; /* nothing more was wanted after MAIL */
	const struct actions *actions;
	struct pool *pool;
};

/* NULL: it is as a case expects (tests/cases/README.md); else what is wrong. */
const char *expectation_broken(
    const struct expectation_message *m, const struct case_expect *x);

/* Words for what was done. */
const char *expectation_reply(const struct expectation_message *m);
const char *expectation_insert(const struct expectation_message *m);

#endif
