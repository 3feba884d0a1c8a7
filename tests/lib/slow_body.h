#ifndef SLOW_BODY_H
#define SLOW_BODY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * RFC 6376 section 3.4.3 and 3.4.4 said once more, line by line, as slowly and as
 * plainly as can be: what mail/dkim_body.c is held against.  free() the result.
 */
char *slow_body(const char *body, size_t len, bool relaxed, size_t *out_len);

#endif
