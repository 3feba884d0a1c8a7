#ifndef MAIL_LEXEME_H
#define MAIL_LEXEME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The smallest pieces of a structured field (RFC 5322 section 3.2, RFC 6532).  All
 * read a string up to its NUL, in one pass and without recursion, and return where
 * the piece ends, or NULL: it has no end.
 */

/*
 * What no strict reader takes in a field: a control character, a CR or LF that is
 * no fold, octets that are not UTF-8.  Returns why, a constant, or NULL: clean.
 */
const char *lexeme_fault(const char *value);

/*
 * White space and comments, which nest.  Control characters count as white space:
 * where that matters ask lexeme_fault() first.
 */
const char *lexeme_skip_cfws(const char *p);
const char *lexeme_skip_comment(const char *p); /* at "(" */
const char *lexeme_skip_quoted(const char *p);  /* at the opening quote */

bool lexeme_is_ascii(const char *text, size_t len);
bool lexeme_is_white(char c);
bool lexeme_is_atext(char c); /* or an octet of UTF-8 */
bool lexeme_is_token(char c); /* RFC 2045 section 5.1: ASCII only */

#endif
