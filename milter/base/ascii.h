#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include <stdbool.h>

/*
 * ALPHA, DIGIT and WSP of RFC 5234 appendix B.1, which the grammars of mail are
 * written in.  <ctype.h> has letters of the locale, and no answer for negative chars.
 */
static inline bool
ascii_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

#endif
