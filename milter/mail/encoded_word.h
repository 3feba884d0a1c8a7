#ifndef MAIL_ENCODED_WORD_H
#define MAIL_ENCODED_WORD_H

#include <stdbool.h>
#include <stddef.h>

struct pool;

/*
 * RFC 2047.  Would a reader that decodes before it parses see an address and a comma or
 * semicolon after it in ${value}, of which one was encoded, and so another author than
 * who parses first?  Also true of a charset in which ASCII cannot be seen (UTF-7).  Pure;
 * scratch memory in ${pool}.
 */
bool encoded_word_hides_address(const char *value, struct pool *pool);

/*
 * ${text} of ${len} octets with its encoded-words decoded to octets, blanks between
 * neighbours dropped, in ${pool}; *out_len octets and a NUL.  Strict: NULL if some "=?"
 * does not begin a whole word in a charset that contains ASCII, if there are more than
 * 100, or if one decodes to a control character, a quote, a parenthesis, a backslash, or
 * is no UTF-8 where it says so.  Pure.
 */
char *encoded_word_decode(
    const char *text, size_t len, size_t *out_len, struct pool *pool);

/* Is there nothing but encoded-words, one at least, and blanks between them? */
bool encoded_word_is_all(const char *text, size_t len);

#endif
