#ifndef MAIL_DKIM_FIELD_H
#define MAIL_DKIM_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct pool;

/* Header fields as libopendkim wants them.  Pure; what is returned is in the pool. */

/* Is it DKIM-Signature?  White space may stand before the colon (RFC 5322 section 4.5).
 */
bool dkim_field_is_signature(const char *name);

/* Name, colon and value, every fold as CRLF; *len without the NUL behind. */
char *dkim_field_text(
    const char *name, const char *value, size_t *len, struct pool *pool);

/*
 * Does the value hold what libopendkim takes for white space, which relaxed
 * canonicalization changes at will, and RFC 6376 does not: VT, FF, a CR within a
 * line, a line end that no white space follows?
 */
bool dkim_field_is_odd(const char *value);

#endif
