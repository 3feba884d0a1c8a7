#include <string.h>

#include "base/ascii.h"
#include "base/json_text.h"
#include "base/utf8.h"

/* text_printf() takes twenty times as long, and a sender may have many. */
static void
put_hex(struct text *out, const char *before, unsigned char c, const char *digits)
{
	text_puts(out, before);
	text_putc(out, digits[c >> 4]);
	text_putc(out, digits[c & 15]);
}

/* RFC 8259 section 7: what may not stand in a string as it is. */
static void
put_escaped_octet(struct text *out, unsigned char c)
{
	static const char plain[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *p = plain; *p != '\0'; p += 2) {
		if ((unsigned char)*p == c) {
			text_putc(out, '\\');
			text_putc(out, p[1]);
			return;
		}
	}
	put_hex(out, "\\u00", c, "0123456789abcdef");
}

/* Does all of it stand as it is?  Nearly all strings do. */
static bool
is_plain(const char *s, size_t len)
{
	return ascii_is_printable(s, len) && memchr(s, '"', len) == NULL &&
	       memchr(s, '\\', len) == NULL;
}

/*
 * The code point at ${s}, UTF-8, if a terminal might obey it: the other control
 * characters, what turns the direction of text, ends of lines; 0: it is another.
 */
static unsigned
obeyed_at(const unsigned char *s)
{
	unsigned code;

	if (s[0] == 0xc2 && s[1] < 0xa0)
		return s[1];
	if (s[0] != 0xe2)
		return 0;
	code = 0x2000U | (s[1] & 0x3fU) << 6 | (s[2] & 0x3fU);
	return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)
		   ? code
		   : 0;
}

/* How many octets at ${s} stand as they are; ${high}: those above 127 too. */
static size_t
plain_length(const char *s, bool high)
{
	size_t len = 0;

	for (;; len++) {
		unsigned char c = (unsigned char)s[len];

		if (c < ' ' || c == '"' || c == '\\' || c == 0x7f)
			return len;
		if (c >= 0x80 &&
		    (!high || obeyed_at((const unsigned char *)s + len) != 0))
			return len;
	}
}

/* Up to the first octet above 127, or the end: returns what is behind.  ${high}: UTF-8.
 */
static const char *
put_until_high(struct text *out, const char *s, bool high)
{
	static const char digits[] = "0123456789abcdef";

	for (;;) {
		size_t len = plain_length(s, high);
		unsigned code;

		text_put(out, s, len);
		s += len;
		if (*s == '\0' || ((unsigned char)*s >= 0x80 && !high))
			return s;
		if ((unsigned char)*s < 0x80) {
			put_escaped_octet(out, (unsigned char)*s++);
			continue;
		}
		code = obeyed_at((const unsigned char *)s);
		put_hex(out, "\\u", (unsigned char)(code >> 8), digits);
		put_hex(out, "", (unsigned char)code, digits);
		s += code < 0x800 ? 2 : 3;
	}
}

static void
put_string(struct json_text *j, const char *s)
{
	struct text *out = j->out;
	size_t len = strlen(s);

	text_putc(out, '"');
	if (is_plain(s, len)) {
		text_put(out, s, len);
		s += len;
	}
	s = put_until_high(out, s, false);
	/* What stands before is ASCII: the whole is UTF-8 if this is. */
	if (!j->ascii && *s != '\0' && utf8_is_valid(s, strlen(s)))
		s = put_until_high(out, s, true);
	while (*s != '\0') {
		put_hex(out, "\\\\x", (unsigned char)*s, "0123456789ABCDEF");
		s = put_until_high(out, s + 1, false);
	}
	text_putc(out, '"');
}

/* The comma behind what stands before, and the key: a word of ours, with nothing odd. */
static void
begin_value(struct json_text *j, const char *key)
{
	size_t len;
	char *p;

	if (j->begun)
		text_putc(j->out, ',');
	j->begun = true;
	if (key == NULL)
		return;
	len = strlen(key);
	p = text_extend(j->out, len + 3);
	*p++ = '"';
	memcpy(p, key, len);
	p[len] = '"';
	p[len + 1] = ':';
}

static void
open_with(struct json_text *j, const char *key, char bracket)
{
	begin_value(j, key);
	text_putc(j->out, bracket);
	j->begun = false;
}

static void
close_with(struct json_text *j, char bracket)
{
	text_putc(j->out, bracket);
	j->begun = true;
}

void
json_text_object(struct json_text *j, const char *key)
{
	open_with(j, key, '{');
}

void
json_text_object_end(struct json_text *j)
{
	close_with(j, '}');
}

void
json_text_array(struct json_text *j, const char *key)
{
	open_with(j, key, '[');
}

void
json_text_array_end(struct json_text *j)
{
	close_with(j, ']');
}

void
json_text_string(struct json_text *j, const char *key, const char *s)
{
	if (s == NULL) {
		json_text_null(j, key);
		return;
	}
	begin_value(j, key);
	put_string(j, s);
}

/* snprintf() takes ten times as long, and there are many. */
static void
put_number(struct text *out, int64_t n)
{
	char digits[24], *p = digits + sizeof digits;
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (n < 0)
		*--p = '-';
	text_put(out, p, (size_t)(digits + sizeof digits - p));
}

void
json_text_number(struct json_text *j, const char *key, int64_t n)
{
	begin_value(j, key);
	put_number(j->out, n);
}

void
json_text_ms(struct json_text *j, const char *key, double ms)
{
	int64_t us = (int64_t)(ms * 1000 + 0.5);
	const char rest[] = { '.', (char)('0' + us / 100 % 10),
		(char)('0' + us / 10 % 10), (char)('0' + us % 10) };

	begin_value(j, key);
	put_number(j->out, us / 1000);
	text_put(j->out, rest, sizeof rest);
}

void
json_text_bool(struct json_text *j, const char *key, bool yes)
{
	begin_value(j, key);
	text_puts(j->out, yes ? "true" : "false");
}

void
json_text_null(struct json_text *j, const char *key)
{
	begin_value(j, key);
	text_puts(j->out, "null");
}

void
json_text_raw(struct json_text *j, const char *key, const char *json)
{
	begin_value(j, key);
	text_puts(j->out, json);
}
