#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "mail/evidence.h"
#include "policy/actions.h"

struct judged;
struct pool;

/*
 * One message as one line of JSON.  Keys are fixed: all are always there, null where
 * there is nothing to say.  Text from outside that is no UTF-8 has \xNN in place of its
 * octets above 127.
 */
void json_print(FILE *out, const struct judged *judged);

/* Is ${text} one JSON array, or object, on one line and in ASCII? */
bool json_holds_array(const char *text);
bool json_holds_object(const char *text);

/*
 * The signatures as the history keeps them, [[result,d,s,a,bits,...,reason],...], in
 * ${pool}.  What is none is left out.
 */
struct dkim_evidence *json_read_signatures(
    const char *text, struct pool *pool, size_t *count);

/* What the steps of a remembered message (judged_json_trace()) tell beside its columns.
 */
struct json_trace {
	struct evidence ev;
	struct actions actions;
	struct reply reply;
	struct question_fact *questions;
	size_t question_count;
};

/*
 * Read the steps over what ${trace}->ev holds of the columns, all in ${pool}.  False: it
 * is not of a version that we know.
 */
bool json_read_trace(const char *text, struct json_trace *trace, struct pool *pool);

/* What `beschermctl prove` came to, as its evidence has it. */
#define JSON_PROOF_SIZE 72
struct json_proof {
	char made[JSON_PROOF_SIZE], verdict[JSON_PROOF_SIZE];
	char settings_sha256[JSON_PROOF_SIZE]; /* "" where it is missing, or longer */
};

/* False: it is no evidence of ours.  ${text} may be any octets. */
bool json_read_proof(const char *text, size_t len, struct json_proof *proof);

/* One message of a mail queue, as postqueue -j tells it. */
#define JSON_QUEUED_SIZE 48
struct json_queued {
	char queue[JSON_QUEUED_SIZE], id[JSON_QUEUED_SIZE]; /* "" what is longer */
	char recipient[JSON_QUEUED_SIZE]; /* the only one; "": others, or longer */
	int64_t arrival, size;
};

/*
 * Read a line of it; addresses may be no UTF-8, as Postfix writes them as they came:
 * what is not ASCII in ${line} becomes "?".  False: it is no such object.
 */
bool json_read_queued(char *line, size_t len, struct json_queued *queued);

#endif
