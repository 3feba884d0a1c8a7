#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* Are all ${len} octets printable: neither control characters, nor above 126? */
static inline bool
ascii_is_printable(const char *s, size_t len)
{
	const uint64_t each = UINT64_MAX / 255; /* 1 in each octet */
	uint64_t x, low, del;

	/* Eight at once: in each octet the highest bit tells that something is wrong. */
	for (; len >= sizeof x; s += sizeof x, len -= sizeof x) {
		memcpy(&x, s, sizeof x);
		low = x - each * ' ';
		del = (x ^ each * 0x7f) - each;
		if (((x | low | del) & each * 0x80) != 0)
			return false;
	}
	for (; len > 0; s++, len--) {
		if (*s < ' ' || *s > '~')
			return false;
	}
	return true;
}

#endif
