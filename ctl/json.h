#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct dkim_evidence;
struct judged;
struct pool;

/*
 * One message as one line of JSON.  Keys are fixed: all are always there, null where
 * there is nothing to say.  Text from outside that is no UTF-8 has \xNN in place of its
 * octets above 127.
 */
void json_print(FILE *out, const struct judged *judged);

/* Is ${text} one JSON array, on one line and in ASCII? */
bool json_holds_array(const char *text);

/*
 * The signatures as the history keeps them, [[result,d,s,a,bits,...,reason],...], in
 * ${pool}.  What is none is left out.
 */
struct dkim_evidence *json_read_signatures(
    const char *text, struct pool *pool, size_t *count);

#endif
