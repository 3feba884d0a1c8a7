#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
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

static char
lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
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
			high = digit_of(lower(p[1]), digits);
			low = digit_of(lower(p[2]), digits);
		}
		if (high != -1 && low != -1) {
			*out++ = (char)(high * 16 + low);
			p += 2;
		} else {
			*out++ = (char)(*p == '_' ? ' ' : *p);
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

#define WORDS_MAX 100
#define CHARSET_MAX 40

/* Charsets in which an octet below 128 is ASCII. */
static bool
is_known_charset(const char *p, size_t len)
{
	static const char *const whole[] = { "us-ascii", "utf-8" };
	static const char *const begin[] = { "iso-8859-", "windows-125" };
	char name[CHARSET_MAX + 1];
	const char *star = memchr(p, '*', len); /* RFC 2231 section 5: a language */

	len = star != NULL ? (size_t)(star - p) : len;
	if (len > CHARSET_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		name[i] = lower(p[i]);
	name[len] = '\0';
	for (size_t i = 0; i < 2; i++) {
		if (strcmp(name, whole[i]) == 0 ||
		    (strncmp(name, begin[i], strlen(begin[i])) == 0 &&
			len > strlen(begin[i]) && len <= strlen(begin[i]) + 2))
			return true;
	}
	return false;
}

/* RFC 4648 section 4, with its padding. */
static bool
is_base64(const struct word *word)
{
	const size_t len = (size_t)(word->text_end - word->text);
	size_t padding = 0;

	for (const char *p = word->text; p < word->text_end; p++) {
		bool digit =
		    ascii_is_alpha(*p) || ascii_is_digit(*p) || *p == '+' || *p == '/';

		if (*p == '=')
			padding++;
		else if (!digit || padding > 0)
			return false;
	}
	return len % 4 == 0 && padding <= 2;
}

/* Each "=" begins "=XX". */
static bool
is_quoted_printable(const struct word *word)
{
	static const char digits[] = "0123456789abcdef";

	for (const char *p = word->text; p < word->text_end; p++) {
		if (*p == '=' &&
		    (word->text_end - p < 3 || digit_of(lower(p[1]), digits) == -1 ||
			digit_of(lower(p[2]), digits) == -1))
			return false;
	}
	return true;
}

/* A whole word at ${p}, which ends before ${end}, strictly. */
static bool
read_strictly(const char *p, const char *end, struct word *word)
{
	const char *charset = p + 2;

	if (!read_word(p, word) || word->end > end ||
	    memchr(word->text, '?', (size_t)(word->text_end - word->text)) != NULL ||
	    !is_known_charset(charset, (size_t)(word->text - 3 - charset)))
		return false;
	return word->encoding == 'b' ? is_base64(word) : is_quoted_printable(word);
}

static bool
is_harmless(const char *p, const char *end)
{
	for (; p < end; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f || strchr("\"()\\", *p) != NULL)
			return false;
	}
	return true;
}

static bool
is_utf8_word(const char *p)
{
	return strncasecmp(p + 2, "utf-8", 5) == 0;
}

/* Decode the word at ${p} to ${out}; returns where that ends, or NULL. */
static char *
decode_strictly(const char *p, const struct word *word, char *out)
{
	char *end =
	    word->encoding == 'b' ? decode_base64(word, out) : decode_quoted(word, out);

	*end = '\0';
	if (!is_harmless(out, end) || (is_utf8_word(p) && lexeme_fault(out) != NULL))
		return NULL;
	return end;
}

static const char *
skip_white(const char *p, const char *end)
{
	while (p < end && ascii_is_wsp(*p))
		p++;
	return p;
}

char *
encoded_word_decode(const char *text, size_t len, size_t *out_len, struct pool *pool)
{
	const char *p = text, *end = text + len;
	char *decoded = pool_alloc(pool, len + 1), *out = decoded;
	struct word word;
	size_t words = 0;

	while (p < end) {
		const char *next;

		if (end - p < 2 || p[0] != '=' || p[1] != '?') {
			*out++ = *p++;
			continue;
		}
		if (++words > WORDS_MAX || !read_strictly(p, end, &word))
			return NULL;
		out = decode_strictly(p, &word, out);
		if (out == NULL)
			return NULL;
		next = skip_white(word.end, end);
		p = end - next >= 2 && next[0] == '=' && next[1] == '?' ? next : word.end;
	}
	*out = '\0';
	*out_len = (size_t)(out - decoded);
	return decoded;
}

bool
encoded_word_is_all(const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	struct word word;

	while (end - p >= 2 && p[0] == '=' && p[1] == '?' && read_strictly(p, end, &word))
		p = skip_white(word.end, end);
	return p == end && len > 0;
}
