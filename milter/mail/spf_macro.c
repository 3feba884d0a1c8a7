#include <string.h>

#include "base/ascii.h"
#include "base/pool.h"
#include "mail/spf_macro.h"

#define NAME_MAX_OCTETS 253

/*
 * What is expanded goes here.  Of a domain only the end counts, so that half of
 * the room is enough whatever goes in; of an explanation only the beginning.
 */
struct output {
	char data[1024];
	size_t len;
	bool keep_end;
};

/* One element of a macro-string: literal octets, or a macro. */
struct element {
	const char *literal;
	size_t literal_len;
	char letter;     /* lower case; NUL: literal octets */
	bool url_escape; /* the letter was upper case */
	unsigned keep;   /* so many parts from the right; 0: all */
	bool reverse;
	const char *delimiters; /* in the text */
	size_t delimiter_count; /* 0: the dot */
};

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* macro-literal: visible and no percent sign; a space in explanations only. */
static bool
is_literal(char c, enum spf_macro_use use)
{
	return (c > ' ' && c <= '~' && c != '%') ||
	       (c == ' ' && use == SPF_MACRO_EXPLANATION);
}

static bool
is_letter(char lower, enum spf_macro_use use)
{
	return is_one_of(lower, "slodiphv") ||
	       (use == SPF_MACRO_EXPLANATION && is_one_of(lower, "crt"));
}

/* "%%", "%_" and "%-". */
static bool
read_escape(char c, struct element *e)
{
	switch (c) {
	case '%':
		*e = (struct element){ .literal = "%", .literal_len = 1 };
		return true;
	case '_':
		*e = (struct element){ .literal = " ", .literal_len = 1 };
		return true;
	case '-':
		*e = (struct element){ .literal = "%20", .literal_len = 3 };
		return true;
	default:
		return false;
	}
}

/* What follows "%{", up to and with "}".  Returns the octets used; 0: no macro. */
static size_t
read_macro(const char *text, size_t len, enum spf_macro_use use, struct element *e)
{
	size_t at = 0;

	if (len == 0 || !ascii_is_alpha(text[0]))
		return 0;
	*e = (struct element){ .letter = (char)(text[0] | 0x20) };
	e->url_escape = e->letter != text[0];
	if (!is_letter(e->letter, use))
		return 0;
	for (at = 1; at < len && ascii_is_digit(text[at]); at++) {
		if (e->keep < 1000)
			e->keep = e->keep * 10 + (unsigned)(text[at] - '0');
	}
	if (at > 1 && e->keep == 0)
		return 0;
	if (at < len && (text[at] == 'r' || text[at] == 'R')) {
		e->reverse = true;
		at++;
	}
	e->delimiters = text + at;
	while (at < len && is_one_of(text[at], ".-+,/_="))
		at++;
	e->delimiter_count = (size_t)(text + at - e->delimiters);
	return at < len && text[at] == '}' ? at + 1 : 0;
}

/* Reads the first element of ${text}.  Returns the octets used; 0: none, or bad. */
static size_t
read_element(const char *text, size_t len, enum spf_macro_use use, struct element *e)
{
	size_t used = 0;

	*e = (struct element){ 0 };
	if (len == 0)
		return 0;
	if (text[0] != '%') {
		while (used < len && is_literal(text[used], use))
			used++;
		*e = (struct element){ .literal = text, .literal_len = used };
		return used;
	}
	if (len < 2)
		return 0;
	if (text[1] != '{')
		return read_escape(text[1], e) ? 2 : 0;
	used = read_macro(text + 2, len - 2, use, e);
	return used > 0 ? used + 2 : 0;
}

/*
 * Does a literal end in "." toplabel [ "." ]: letters, digits and inner hyphens,
 * not digits alone (RFC 7208 section 7.1)?
 */
static bool
ends_in_toplabel(const char *text, size_t len)
{
	size_t start, end = len;
	bool has_other = false;

	if (end > 0 && text[end - 1] == '.')
		end--;
	for (start = end; start > 0 && text[start - 1] != '.'; start--) {
		char c = text[start - 1];

		if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '-')
			return false;
		has_other = has_other || !ascii_is_digit(c);
	}
	return start > 0 && has_other && text[start] != '-' && text[end - 1] != '-';
}

bool
spf_macro_check(const char *text, size_t len, enum spf_macro_use use)
{
	struct element e;
	size_t at = 0, used = 0, macros = 0;

	while (at < len) {
		used = read_element(text + at, len - at, use, &e);
		if (used == 0 || (e.letter != '\0' && ++macros > SPF_MACRO_MAX))
			return false;
		at += used;
	}
	if (use != SPF_MACRO_DOMAIN)
		return true;
	return len > 0 &&
	       (text[len - used] == '%' || ends_in_toplabel(text + len - used, used));
}

/* The widest use: what a narrower one forbids was refused by the check. */
static size_t
read_any(const char *text, struct element *e)
{
	return read_element(text, strlen(text), SPF_MACRO_EXPLANATION, e);
}

bool
spf_macro_has(const char *text, const char *letters)
{
	struct element e;
	size_t used;

	for (; (used = read_any(text, &e)) > 0; text += used) {
		if (e.letter != '\0' && strchr(letters, e.letter) != NULL)
			return true;
	}
	return false;
}

bool
spf_macro_has_validated(const char *text)
{
	return spf_macro_has(text, "p");
}

static void
put(struct output *out, char c)
{
	size_t half = sizeof out->data / 2;

	if (out->len == sizeof out->data) {
		if (!out->keep_end)
			return;
		memmove(out->data, out->data + half, half);
		out->len = half;
	}
	out->data[out->len++] = c;
}

/* Upper-case letters ask for URL escaping (RFC 7208 section 7.3, RFC 3986 2.3). */
static void
put_octet(struct output *out, char c, bool url_escape)
{
	static const char hex[] = "0123456789ABCDEF";

	if (!url_escape || ascii_is_alpha(c) || ascii_is_digit(c) ||
	    is_one_of(c, "-._~")) {
		put(out, c);
		return;
	}
	put(out, '%');
	put(out, hex[(unsigned char)c >> 4]);
	put(out, hex[(unsigned char)c & 15]);
}

static bool
is_delimiter(const struct element *e, char c)
{
	if (e->delimiter_count == 0)
		return c == '.';
	return memchr(e->delimiters, c, e->delimiter_count) != NULL;
}

/* Parts from left to right, joined by dots, the first ${skip} left out. */
static void
put_forward(struct output *out, const struct element *e, const char *value, size_t skip)
{
	for (; skip > 0; value++)
		skip -= is_delimiter(e, *value);
	for (; *value != '\0'; value++) {
		if (is_delimiter(e, *value))
			put_octet(out, '.', e->url_escape);
		else
			put_octet(out, *value, e->url_escape);
	}
}

/* Parts from right to left, joined by dots, the first ${skip} left out. */
static void
put_reverse(struct output *out, const struct element *e, const char *value, size_t skip)
{
	size_t start, end = strlen(value);

	for (;; end = start - 1) {
		start = end;
		while (start > 0 && !is_delimiter(e, value[start - 1]))
			start--;
		for (size_t i = start; skip == 0 && i < end; i++)
			put_octet(out, value[i], e->url_escape);
		if (start == 0)
			return;
		if (skip == 0)
			put(out, '.');
		else
			skip--;
	}
}

/* RFC 7208 section 7.3: split, reverse, keep the rightmost parts, join. */
static void
put_value(struct output *out, const struct element *e, const char *value)
{
	size_t parts = 1, skip = 0;

	for (const char *p = value; *p != '\0'; p++)
		parts += is_delimiter(e, *p);
	if (e->keep > 0 && e->keep < parts)
		skip = parts - e->keep;
	if (e->reverse)
		put_reverse(out, e, value, skip);
	else
		put_forward(out, e, value, skip);
}

/* The address as labels: "192.0.2.1", or the 32 nibbles of an IPv6 address. */
static const char *
address_labels(const struct ip *ip, struct pool *pool)
{
	static const char hex[] =
	    "0123456789ABCDEF"; /* as the suite of RFC 7208 has it */
	char text[4 * 16 + 1];

	if (ip->family == IP_V4)
		return pool_strdup(pool, ip_format(ip, text));
	for (size_t i = 0; i < 16; i++) {
		text[4 * i] = hex[ip->octets[i] >> 4];
		text[4 * i + 1] = '.';
		text[4 * i + 2] = hex[ip->octets[i] & 15];
		text[4 * i + 3] = '.';
	}
	return pool_strndup(pool, text, 63);
}

static const char *
value_of(char letter, const struct spf_macro_facts *facts, struct pool *pool)
{
	char text[IP_TEXT_SIZE];

	switch (letter) {
	case 's':
		return pool_printf(pool, "%s@%s", facts->local, facts->sender_domain);
	case 'l':
		return facts->local;
	case 'o':
		return facts->sender_domain;
	case 'd':
		return facts->domain;
	case 'i':
		return address_labels(&facts->client, pool);
	case 'p':
		return facts->validated != NULL ? facts->validated : "unknown";
	case 'h':
		return facts->helo;
	case 'v':
		return facts->client.family == IP_V4 ? "in-addr" : "ip6";
	case 'c':
		return pool_strdup(pool, ip_format(&facts->client, text));
	case 'r':
		return facts->receiver;
	default:
		return pool_printf(pool, "%lld", (long long)facts->now);
	}
}

static void
expand(struct output *out, const char *text, const struct spf_macro_facts *facts,
    struct pool *pool)
{
	struct element e;
	size_t used;

	for (; (used = read_any(text, &e)) > 0; text += used) {
		if (e.letter != '\0')
			put_value(out, &e, value_of(e.letter, facts, pool));
		for (size_t i = 0; i < e.literal_len; i++)
			put(out, e.literal[i]);
	}
}

const char *
spf_macro_domain(const char *spec, const struct spf_macro_facts *facts, struct pool *pool)
{
	struct output out = { .keep_end = true };
	const char *name = out.data;

	expand(&out, spec, facts, pool);
	if (out.len > 0 && out.data[out.len - 1] == '.')
		out.len--;
	while (out.len > NAME_MAX_OCTETS) {
		const char *dot = memchr(name, '.', out.len);

		if (dot == NULL)
			break;
		out.len -= (size_t)(dot + 1 - name);
		name = dot + 1;
	}
	return pool_strndup(pool, name, out.len);
}

const char *
spf_macro_explanation(
    const char *text, const struct spf_macro_facts *facts, struct pool *pool)
{
	struct output out = { .keep_end = false };

	expand(&out, text, facts, pool);
	if (out.len > SPF_MACRO_EXPLANATION_MAX)
		out.len = SPF_MACRO_EXPLANATION_MAX;
	for (size_t i = 0; i < out.len; i++) {
		if (out.data[i] < ' ' || out.data[i] > '~')
			return NULL;
	}
	return pool_strndup(pool, out.data, out.len);
}
