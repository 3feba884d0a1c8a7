#ifndef POLICY_JUDGED_JSON_H
#define POLICY_JUDGED_JSON_H

#include <stddef.h>

#include "base/text.h"
#include "policy/reply.h"

struct actions;
struct config;
struct evidence;
struct pool;
struct question_fact;
struct verdict;

/* One message as it was judged.  Plain data; pure. */
struct judged_json {
	const char *file; /* NULL: none */
	const struct config *config;
	const struct evidence *ev;
	const struct verdict *verdict;
	const struct actions *actions;
	const char *reason; /* why it does not pass; NULL */
	struct reply reply; /* without a code: none */
	const struct question_fact *questions;
	size_t question_count;
};

/*
 * The object that `beschermctl test --json` prints (beschermctl(8) lists its keys), on one
 * line.  Keys are fixed: all are always there, null where there is nothing to say.
 */
void judged_json_write(struct text *out, const struct judged_json *judged);

/*
 * The same for the history, with every step, and without what is never kept: local parts,
 * the text of exp=, names in which the macros l and s of SPF put a local part.  ${judged}'s
 * actions, reply and reason need not be set.  Scratch memory is ${pool}'s.
 */
void judged_json_trace(
    struct text *out, const struct judged_json *judged, struct pool *pool);

/* "v" of it: goes up when what was there means something else. */
#define JUDGED_JSON_VERSION 1

/* What stands in place of a name that holds a local part. */
#define JUDGED_JSON_REDACTED "(holds the local part)"

/* Why a message does not pass, one phrase of ours in ${pool}; NULL: it does. */
const char *judged_json_reason(const struct evidence *ev, struct pool *pool);

#endif
