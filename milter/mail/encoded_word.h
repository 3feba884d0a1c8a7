#ifndef MAIL_ENCODED_WORD_H
#define MAIL_ENCODED_WORD_H

#include <stdbool.h>

struct pool;

/*
 * RFC 2047.  Would a reader that decodes before it parses see an address and a comma or
 * semicolon behind it in some encoded-words of ${value}, and so another author than who
 * parses first?  Neighbours are decoded as one, whatever their charsets.  Pure; scratch
 * memory in ${pool}.
 */
bool encoded_word_hides_address(const char *value, struct pool *pool);

#endif
