#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The length of the UTF-8 character at ${p} (RFC 3629 section 4), 0: it is none.
 * Overlong forms and surrogates are none: two decoders need not agree on them.  What
 * ${p} points into ends with a NUL, which is a character of length 1.
 */
size_t utf8_length(const unsigned char *p);

/* Are the ${len} octets at ${s} UTF-8, without NUL?  A NUL stands behind them. */
bool utf8_is_valid(const char *s, size_t len);

/* Is it UTF-8, as people write it, and no orders to a terminal? */
bool utf8_is_printable(const char *s);

#endif
