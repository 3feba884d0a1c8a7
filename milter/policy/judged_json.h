#ifndef POLICY_JUDGED_JSON_H
#define POLICY_JUDGED_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/reply.h"

struct actions;
struct evidence;
struct json_text;
struct pool;
struct question_fact;
struct text;
struct verdict;

/* What a message came to, with all that led there. */
struct judged_json {
	const char *file; /* where it was read; NULL */
	const struct evidence *ev;
	const struct verdict *verdict;
	const struct actions *actions;
	const char *reason; /* judged_json_reason() */
	struct reply reply; /* to the sender, in Mode enforce; without a code: none */
	const struct question_fact *questions;
	size_t question_count;
};

/*
 * The object of `beschermctl test --json`.  Keys are fixed: all are always there, null
 * where there is nothing to say.  Text from outside that is no UTF-8 has \xNN in place of
 * its octets above 127.  Pure.
 */
void judged_json_write(struct text *out, const struct judged_json *judged);

/* "v" of what is kept: goes up when what was there means something else. */
#define JUDGED_JSON_VERSION 1

/*
 * The same to be kept: without ${file} and the explanation of SPF, with every step, and
 * without the sender's local part, wherever SPF's macros put that.  ${reply} must have
 * been made without the explanation.
 */
void judged_json_trace(struct text *out, const struct judged_json *judged);

/* What of it is told where there is not room for all; the rest is null. */
struct judged_json_room {
	bool headers, dns;
	size_t signatures;
};

/*
 * From "action" on, into an object that is begun, for the log: without ${file}, the
 * explanation of SPF and the local part; of exempt mail what was not looked at is null.
 * ${reply} as above.
 */
void judged_json_log(struct json_text *j, const struct judged_json *judged,
    const struct judged_json_room *room);

/* Of it, what is known of who passed the message on: short whatever its sender does. */
void judged_json_passed_on(struct json_text *j, const struct evidence *ev);

/* Why it does not pass, one phrase of ours, in ${pool}; NULL: it does. */
const char *judged_json_reason(const struct evidence *ev, struct pool *pool);

#endif
