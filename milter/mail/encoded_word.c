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

static bool
begins_with(const char *p, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strncasecmp(p, *names, strlen(*names)) == 0)
			return true;
	}
	return false;
}

/* In these an ASCII character is not its octet: only who knows them sees what is there.
 */
static bool
hides_ascii(const char *charset)
{
	static const char *const names[] = { "utf-7", "utf7", "unicode-1-1-utf-7",
		"utf-16", "utf16", "utf-32", "utf32", "ucs-", "iso-10646", "hz-gb",
		NULL };

	return begins_with(charset, names);
}

/* In these every octet below 128 is ASCII. */
static bool
is_single(const char *charset)
{
	static const char *const names[] = { "utf-8", "utf8", "us-ascii", "ascii",
		"iso-8859-", "windows-125", "cp125", "koi8-", NULL };

	return begins_with(charset, names);
}

/*
 * Octets of double-byte charsets (ISO 2022 between ESC $ and ESC (, and what stands after
 * an octet above 127) are letters, whatever ASCII says of them: 'x'.
 */
static void
spare_letters(char *p, const char *end)
{
	static const char escape = 0x1b;
	bool shifted = false;

	for (; p < end; p++) {
		if (*p == escape && p + 1 < end)
			shifted = p[1] == '$';
		else if (shifted)
			*p = 'x';
		else if ((unsigned char)*p > 0x7f && p + 1 < end)
			*++p = 'x';
	}
}

/* The field as who decodes first sees it; *encoded has '1' where that was encoded. */
struct decoded {
	char *text, *encoded;
	size_t len;
};

static void
put_plain(struct decoded *d, char c)
{
	d->text[d->len] = c;
	d->encoded[d->len++] = '0';
}

static void
put_word(struct decoded *d, const char *p, const struct word *word)
{
	char *start = d->text + d->len;
	char *end = word->encoding == 'b' ? decode_base64(word, start)
					  : decode_quoted(word, start);

	if (!is_single(p + 2))
		spare_letters(start, end);
	memset(d->encoded + d->len, '1', (size_t)(end - start));
	d->len += (size_t)(end - start);
}

/* An "@" and, before another or a "<", a comma or semicolon, one of them encoded. */
static bool
has_address_and_comma(const struct decoded *d)
{
	bool at = false, at_encoded = false;

	for (size_t i = 0; i < d->len; i++) {
		bool encoded = d->encoded[i] == '1';

		switch (d->text[i]) {
		case '@':
			at = true;
			at_encoded = encoded;
			break;
		case '<':
			at = false;
			break;
		case ',':
		case ';':
			if (at && (at_encoded || encoded))
				return true;
			at = false;
			break;
		default:
			break;
		}
	}
	return false;
}

bool
encoded_word_hides_address(const char *value, struct pool *pool)
{
	const size_t len = strlen(value);
	struct decoded d = { 0 };
	struct word word;

	if (strstr(value, "=?") == NULL)
		return false;
	d.text = pool_alloc(pool, len + 1);
	d.encoded = pool_alloc(pool, len + 1);
	for (const char *p = value; *p != '\0';) {
		const char *next;

		if (p[0] != '=' || p[1] != '?' || !read_word(p, &word)) {
			put_plain(&d, *p++);
			continue;
		}
		if (hides_ascii(p + 2))
			return true;
		put_word(&d, p, &word);
		/* RFC 2047 section 6.2: blanks between two of them go. */
		for (next = word.end; lexeme_is_white(*next);)
			next++;
		p = next[0] == '=' && next[1] == '?' ? next : word.end;
	}
	return has_address_and_comma(&d);
}

#define WORDS_MAX 100
#define CHARSET_MAX 40

/* "15", "8-i"; "en-GB" of a language: no reader ends or begins a word within. */
static bool
is_plain_suffix(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && (ascii_is_alpha(*p) || ascii_is_digit(*p) || *p == '-'))
		p++;
	return p == end && p > start;
}

/* Charsets in which an octet below 128 is ASCII. */
static bool
is_known_charset(const char *p, size_t len)
{
	static const char *const whole[] = { "us-ascii", "utf-8" };
	static const char *const begin[] = { "iso-8859-", "windows-125" };
	char name[CHARSET_MAX + 1];
	const char *star = memchr(p, '*', len); /* RFC 2231 section 5: a language */

	if (star != NULL && !is_plain_suffix(star + 1, p + len))
		return false;
	len = star != NULL ? (size_t)(star - p) : len;
	if (len > CHARSET_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		name[i] = lower(p[i]);
	name[len] = '\0';
	for (size_t i = 0; i < 2; i++) {
		if (strcmp(name, whole[i]) == 0 ||
		    (strncmp(name, begin[i], strlen(begin[i])) == 0 &&
			is_plain_suffix(name + strlen(begin[i]), name + len)))
			return true;
	}
	return false;
}

/* RFC 4648 section 4, with its padding; folds have left blanks in it. */
static bool
is_base64(const struct word *word)
{
	size_t len = 0, padding = 0;

	for (const char *p = word->text; p < word->text_end; p++) {
		bool digit =
		    ascii_is_alpha(*p) || ascii_is_digit(*p) || *p == '+' || *p == '/';

		if (ascii_is_wsp(*p))
			continue;
		len++;
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
