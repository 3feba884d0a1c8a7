#ifndef DKIM_RUN_H
#define DKIM_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "check/dkim.h"

struct resolver;

/* A message taken apart for the DKIM tests: line ends CRLF, fields as a milter sees them.
 */
struct dkim_message {
	struct dkim_run_field {
		char *name, *value;
	} * fields;
	size_t field_count;
	char *body;
	size_t body_len;
};

/* ${text} without any CR gets CRLF.  dkim_run_forget() it. */
struct dkim_message dkim_run_parse(const char *text, size_t len);
void dkim_run_forget(struct dkim_message *m);

/* Through check/dkim.c, the body in pieces of ${piece}; findings live in ${pool}. */
const struct dkim_evidence *dkim_run(struct dkim_lib *lib, struct resolver *resolver,
    const struct dkim_message *m, time_t now, size_t piece, struct pool *pool,
    size_t *count);

/*
 * The library's own full verification of the same message: its key lookup answered
 * from the same zone, the body fed to it.  Results in RFC 8601 words in the order of
 * the signatures, at most ${max}; returns how many.  ${why} gets its error numbers.
 */
size_t dkim_run_library(struct resolver *resolver, const struct dkim_message *m,
    enum dkim_result *results, int *why, size_t max);

#endif
