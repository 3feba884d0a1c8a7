#include <stddef.h>
#include <string.h>

#include "base/pool.h"
#include "mail/encoded_word.h"
#include "mail/lexeme.h"

/* "=?charset?B?text?=", as parts of the field. */
struct word {
	char encoding; /* 'b' or 'q' */
	const char *text, *text_end;
	const char *end; /* behind the final "?=" */
};

/* Read loosely: what some reader takes for an encoded-word is one. */
static bool
read_word(const char *p, struct word *word)
{
	const char *mark = strchr(p + 2, '?');

	if (mark == NULL || mark[1] == '\0' || mark[2] != '?' ||
	    strchr("bBqQ", mark[1]) == NULL)
		return false;
	word->encoding = (char)(mark[1] | 0x20);
	word->text = mark + 3;
	word->text_end = strstr(word->text, "?=");
	if (word->text_end == NULL)
		return false;
	word->end = word->text_end + 2;
	return true;
}

static int
digit_of(char c, const char *digits)
{
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

static char *
decode_base64(const struct word *word, char *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, count = 0;

	for (const char *p = word->text; p < word->text_end; p++) {
		int digit = digit_of(*p, digits);

		if (digit == -1)
			continue;
		bits = bits << 6 | (unsigned)digit;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		*out++ = (char)(bits >> count & 0xff);
	}
	return out;
}

static char *
decode_quoted(const struct word *word, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (const char *p = word->text; p < word->text_end; p++) {
		int high = -1, low = -1;

		if (*p == '=' && word->text_end - p > 2) {
			high = digit_of(p[1] < 'A' ? p[1] : (char)(p[1] | 0x20), digits);
			low = digit_of(p[2] < 'A' ? p[2] : (char)(p[2] | 0x20), digits);
		}
		if (high != -1 && low != -1) {
			*out++ = (char)(high * 16 + low);
			p += 2;
		} else {
			*out++ = *p == '_' ? ' ' : *p;
		}
	}
	return out;
}

/* "x@y" or "<x@y>", then a comma or semicolon.  ${text} may hold NULs. */
static bool
has_address_and_comma(const char *text, const char *end)
{
	static const char delimiters[] = "<>,;:()\" \t\r\n";

	for (const char *p = text; p < end; p++) {
		const char *behind = p + 1;

		if (*p != '@' || p == text || strchr(delimiters, p[-1]) != NULL)
			continue;
		while (behind < end && strchr(delimiters, *behind) == NULL)
			behind++;
		if (behind == p + 1)
			continue;
		while (behind < end && (*behind == '>' || lexeme_is_white(*behind)))
			behind++;
		if (behind < end && (*behind == ',' || *behind == ';'))
			return true;
	}
	return false;
}

bool
encoded_word_hides_address(const char *value, struct pool *pool)
{
	const char *p = strstr(value, "=?");
	char *decoded, *out;
	struct word word;

	if (p == NULL)
		return false;
	decoded = out = pool_alloc(pool, strlen(value) + 1);
	while (p != NULL) {
		const char *next;

		if (!read_word(p, &word)) {
			p = strstr(p + 2, "=?");
			continue;
		}
		out = word.encoding == 'b' ? decode_base64(&word, out)
					   : decode_quoted(&word, out);
		next = word.end;
		while (lexeme_is_white(*next))
			next++;
		p = strstr(word.end, "=?");
		/* RFC 2047 section 6.2: blanks between two of them go. */
		if (p == next)
			continue;
		if (has_address_and_comma(decoded, out))
			return true;
		out = decoded;
	}
	return has_address_and_comma(decoded, out);
}
