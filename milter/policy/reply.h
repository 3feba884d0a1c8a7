#ifndef POLICY_REPLY_H
#define POLICY_REPLY_H

#include <stddef.h>

struct config;
struct evidence;
struct pool;
struct verdict;

#define REPLY_TEXT_MAX 400 /* octets; libmilter takes 980, and nobody reads more */

/* An SMTP reply (RFC 5321, RFC 3463, RFC 7372). */
struct reply {
	const char *code;     /* "550"; NULL: none */
	const char *enhanced; /* "5.7.26" */
	const char *text;     /* one line of printable ASCII; % is not doubled here */
};

/*
 * The reply of a verdict that refuses or defers, or would in Mode enforce; without a
 * code for any other.  Pure.  Lives in ${pool} and ${config}.
 */
struct reply reply_make(const struct config *config, const struct evidence *ev,
    const struct verdict *verdict, struct pool *pool);

/*
 * Why a message does not pass, as one phrase: what %{reason} stands for.  In ${pool};
 * without meaning where DMARC says pass or none.  Pure.
 */
const char *reply_reason(const struct evidence *ev, struct pool *pool);

/* Is ${text} a well formed template: known %{words} only?  NULL, or what is wrong. */
const char *reply_check_template(const char *text);

#endif
