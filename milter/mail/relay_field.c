#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "mail/address.h"
#include "mail/lexeme.h"
#include "mail/relay_field.h"

#define WHITE " \t\r\n"

/* An octet run within the value. */
struct piece {
	const char *at;
	size_t len;
};

/* The properties that are of use. */
enum property { HEADER_FROM, HEADER_D, HEADER_S, MAILFROM, HELO, PROPERTIES };

static const char *const property_names[PROPERTIES] = {
	[HEADER_FROM] = "header.from",
	[HEADER_D] = "header.d",
	[HEADER_S] = "header.s",
	[MAILFROM] = "smtp.mailfrom",
	[HELO] = "smtp.helo",
};

/* One result with what is said of it; a property without ${at} is not there. */
struct result {
	struct piece method, word;
	struct piece properties[PROPERTIES];
	bool any; /* a property was read, of use or not: no reason may follow */
};

struct reader {
	const char *p;
	const char *fault;
	struct relay_field *field;
	size_t dmarc_count, spf_count;
	struct pool *pool;
};

static bool
fail(struct reader *r, const char *fault)
{
	if (r->fault == NULL)
		r->fault = fault;
	return false;
}

static bool
is_piece(struct piece piece, const char *word)
{
	return piece.len == strlen(word) && strncasecmp(piece.at, word, piece.len) == 0;
}

static bool
is_end(char c)
{
	return c == '\0' || c == ';' || strchr(WHITE, c) != NULL;
}

/* At "(": one that a careless reader ends elsewhere is refused. */
static bool
skip_comment(struct reader *r)
{
	const char *close = r->p + 1 + strcspn(r->p + 1, "()\\");

	if (*close != ')' || !is_end(close[1]))
		return fail(r, "a comment in it is odd");
	r->p = close + 1;
	return true;
}

/* White space and comments, of which none touches a word. */
static bool
skip_gap(struct reader *r)
{
	for (;;) {
		r->p += strspn(r->p, WHITE);
		if (*r->p != '(')
			return true;
		if (!skip_comment(r))
			return false;
	}
}

static bool
is_keyword(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_';
}

/* Empty: there is none. */
static struct piece
read_keyword(struct reader *r)
{
	struct piece piece = { r->p, 0 };

	while (is_keyword(*r->p))
		r->p++;
	piece.len = (size_t)(r->p - piece.at);
	return piece;
}

static bool
take(struct reader *r, char wanted)
{
	if (*r->p != wanted)
		return fail(r, "its syntax is odd");
	r->p++;
	return true;
}

static bool
is_bare(char c)
{
	return c > ' ' && c < 0x7f && strchr(";()\\\"", c) == NULL;
}

/* A word, or what stands in quotes, with its backslashes. */
static bool
read_value(struct reader *r, struct piece *value)
{
	const char *end;

	if (*r->p == '"') {
		end = lexeme_skip_quoted(r->p);
		if (end == NULL || !is_end(*end))
			return fail(r, "a quoted string in it is odd");
		*value = (struct piece){ r->p + 1, (size_t)(end - r->p - 2) };
		r->p = end;
		return true;
	}
	for (end = r->p; is_bare(*end);)
		end++;
	*value = (struct piece){ r->p, (size_t)(end - r->p) };
	if (value->len == 0 || !is_end(*end))
		return fail(r, "its syntax is odd");
	r->p = end;
	return true;
}

static bool
keep_property(
    struct reader *r, struct result *result, struct piece name, struct piece value)
{
	for (int i = 0; i < PROPERTIES; i++) {
		if (!is_piece(name, property_names[i]))
			continue;
		if (result->properties[i].at != NULL)
			return fail(r, "it says a property twice");
		result->properties[i] = value;
	}
	result->any = true;
	return true;
}

/* "reason=value" right behind the result, or "ptype.property=value". */
static bool
read_property(struct reader *r, struct result *result)
{
	struct piece name = read_keyword(r), value;
	const bool is_reason = is_piece(name, "reason") && *r->p == '=' && !result->any;

	if (!is_reason) {
		struct piece rest;

		if (name.len == 0 || !take(r, '.'))
			return fail(r, "its syntax is odd");
		rest = read_keyword(r);
		if (rest.len == 0)
			return fail(r, "its syntax is odd");
		name.len = (size_t)(r->p - name.at);
	}
	return take(r, '=') && read_value(r, &value) &&
	       keep_property(r, result, name, value);
}

/* In normal form; NULL, and a fault: it is none. */
static const char *
domain_of(struct reader *r, struct piece value)
{
	const char *domain = address_domain(value.at, value.len, r->pool);

	if (domain == NULL)
		fail(r, "what should be a domain in it is not one");
	return domain;
}

/* Of an address or of a name alone; NULL: it is no plain one of either. */
static const char *
mailfrom_domain(struct reader *r, struct piece value)
{
	const char *at = memchr(value.at, '@', value.len);
	const char *end = value.at + value.len;

	if (at == NULL)
		return address_domain(value.at, value.len, r->pool);
	for (const char *p = value.at; p < at; p++) {
		if (*p != '.' && !lexeme_is_atext(*p))
			return NULL;
	}
	return at > value.at ? address_domain(at + 1, (size_t)(end - at - 1), r->pool)
			     : NULL;
}

static bool
take_dmarc(struct reader *r, const struct result *result)
{
	const struct piece from = result->properties[HEADER_FROM];

	if (r->dmarc_count++ > 0)
		return fail(r, "it has several dmarc results");
	r->field->dmarc_fail = is_piece(result->word, "fail");
	if (from.at != NULL)
		r->field->from = domain_of(r, from);
	return r->fault == NULL;
}

/* One of HELO alone is another identity; where both are named, which one passed? */
static bool
take_spf(struct reader *r, const struct result *result)
{
	const struct piece from = result->properties[MAILFROM];

	if (from.at == NULL)
		return true;
	if (r->spf_count++ > 0)
		return fail(r, "it has several spf results");
	if (is_piece(result->word, "pass") && result->properties[HELO].at == NULL)
		r->field->mailfrom = mailfrom_domain(r, from);
	return true;
}

/* Only d= is what DMARC compares (RFC 9989 section 4.4): i= may be any name below it. */
static bool
take_dkim(struct reader *r, const struct result *result)
{
	const struct piece d = result->properties[HEADER_D];
	const struct piece s = result->properties[HEADER_S];
	struct relay_field_pass *pass = &r->field->dkim[r->field->dkim_count];

	if (!is_piece(result->word, "pass") || d.at == NULL)
		return true;
	if (r->field->dkim_count == RELAY_FIELD_PASSES_MAX)
		return fail(r, "it has too many dkim results");
	pass->domain = domain_of(r, d);
	if (s.at != NULL) {
		pass->selector = address_domain(s.at, s.len, r->pool);
		if (pass->selector == NULL)
			return fail(r, "what should be a selector in it is not one");
	}
	r->field->dkim_count++;
	return r->fault == NULL;
}

static bool
take_result(struct reader *r, const struct result *result)
{
	if (is_piece(result->method, "dmarc"))
		return take_dmarc(r, result);
	if (is_piece(result->method, "spf"))
		return take_spf(r, result);
	if (is_piece(result->method, "dkim"))
		return take_dkim(r, result);
	return true;
}

/* "method=result", or "method/1=result", and what is said of it. */
static bool
read_result(struct reader *r)
{
	struct result result = { .any = false };

	if (!skip_gap(r))
		return false;
	result.method = read_keyword(r);
	if (*r->p == '/' && (*++r->p != '1' || *++r->p != '='))
		return fail(r, "it has a version that is not 1");
	if (result.method.len == 0 || !take(r, '='))
		return fail(r, "its syntax is odd");
	result.word = read_keyword(r);
	if (result.word.len == 0 || !is_end(*r->p))
		return fail(r, "its syntax is odd");
	while (skip_gap(r) && *r->p != '\0' && *r->p != ';') {
		if (!read_property(r, &result))
			return false;
	}
	return r->fault == NULL && take_result(r, &result);
}

/* The id and a version; at the first ";" or at the end then. */
static bool
read_id(struct reader *r, const char *id, bool plain)
{
	const size_t len = strlen(id);

	r->p += plain ? (size_t)(*r->p == ' ') : strspn(r->p, WHITE);
	if (strncasecmp(r->p, id, len) != 0)
		return fail(r, "its id is not written plainly");
	r->p += len;
	if (!plain) {
		const size_t white = strspn(r->p, WHITE);

		r->p += white;
		if (white > 0 && *r->p == '1' && is_end(r->p[1]))
			r->p += 1 + strspn(r->p + 1, WHITE);
	}
	return *r->p == ';' || fail(r, "its id is not written plainly");
}

/* RFC 8601 section 2.2: "none" for no result at all. */
static bool
is_no_result(const char *p)
{
	static const char none[] = "none";

	p += 1 + strspn(p + 1, WHITE);
	return strncasecmp(p, none, sizeof none - 1) == 0 &&
	       p[sizeof none - 1 + strspn(p + sizeof none - 1, WHITE)] == '\0';
}

struct relay_field
relay_field_read(const char *value, const char *id, bool plain, struct pool *pool)
{
	struct relay_field field = { .fault = NULL };
	struct reader r = { .p = value, .field = &field, .pool = pool };
	const size_t len = strnlen(value, RELAY_FIELD_MAX + 1);

	if (len > RELAY_FIELD_MAX)
		field.fault = "it is too long";
	else if (lexeme_fault(value) != NULL || !lexeme_is_ascii(value, len))
		field.fault = "it is not plain text";
	else if (!read_id(&r, id, plain))
		field.fault = r.fault;
	if (field.fault != NULL || is_no_result(r.p))
		return field;
	while (*r.p == ';') {
		r.p++;
		if (!read_result(&r))
			break;
	}
	field.fault = r.fault;
	return field;
}
