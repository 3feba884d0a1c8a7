#ifndef POLICY_REPLY_H
#define POLICY_REPLY_H

struct config;
struct evidence;
struct pool;
struct verdict;

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

#endif
