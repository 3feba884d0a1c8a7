#ifndef MAIL_DKIM_FIELD_H
#define MAIL_DKIM_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct pool;

/* Header fields as libopendkim wants them.  Pure; what is returned is in the pool. */

/* The header of a message, field by field: texts of dkim_field_text(). */
struct dkim_field {
	struct dkim_field *next;
	const char *text;
	size_t len;
	bool skipped; /* a signature that is not wanted: it takes no part */
};

/* Is it DKIM-Signature?  White space may stand before the colon (RFC 5322 section 4.5).
 */
bool dkim_field_is_signature(const char *name);

/* Name, colon and value, every fold as CRLF; *len without the NUL behind. */
char *dkim_field_text(
    const char *name, const char *value, size_t *len, struct pool *pool);

/* Names of fields, without case.  It never misses one, but may know one too many. */
struct dkim_field_names {
	bool known[256];
};

/* ${names}: between colons, as in h=. */
void dkim_field_names_add(struct dkim_field_names *set, const char *names);
bool dkim_field_names_may_hold(
    const struct dkim_field_names *set, const struct dkim_field *field);

/*
 * What is in the value that libopendkim takes for white space, which relaxed
 * canonicalization changes at will, and RFC 6376 does not; the worst of it.
 */
enum dkim_oddity {
	DKIM_PLAIN,
	DKIM_ODD_SPACE, /* VT or FF: dkim_header.h reads them by the RFC */
	DKIM_ODD_LINE   /* a CR within a line, a line end that no white space follows */
};
enum dkim_oddity dkim_field_oddity(const char *value);

#endif
