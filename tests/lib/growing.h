#ifndef GROWING_H
#define GROWING_H

#include <stddef.h>

/*
 * Text that grows as it is written, for what has no fixed size: JSON, CSV, HTML.  Begin
 * with a zeroed struct.  One thread at a time.
 */
struct growing {
	char *data; /* NUL behind its last octet; NULL while nothing was put */
	size_t len;
	size_t size;
};

void growing_put(struct growing *t, const char *data, size_t len);
void growing_puts(struct growing *t, const char *s);
void growing_putc(struct growing *t, char c);
void growing_printf(struct growing *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void growing_free(struct growing *t); /* frees what it holds, and is as at the start */

#endif
