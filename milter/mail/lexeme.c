#include <string.h>

#include "mail/lexeme.h"

/*
 * The length of the UTF-8 character at ${p} (RFC 3629 section 4), 0: it is none.
 * Overlong forms and surrogates are none: two decoders need not agree on them.
 */
static size_t
utf8_length(const unsigned char *p)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (*p < 0x80)
		return 1;
	if (*p < 0xc2 || *p > 0xf4)
		return 0;
	if (*p < 0xe0)
		len = 2;
	else if (*p < 0xf0)
		len = 3;
	else
		len = 4;
	if (*p == 0xe0)
		low = 0xa0;
	else if (*p == 0xed)
		high = 0x9f;
	else if (*p == 0xf0)
		low = 0x90;
	else if (*p == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return len;
}

static bool
is_fold(const char *lf)
{
	return lf[1] == ' ' || lf[1] == '\t';
}

static const char *
octet_fault(const char *p)
{
	if (*p == '\r' && p[1] != '\n')
		return "bare CR";
	if (*p == '\n' && !is_fold(p))
		return "bare LF";
	/* What it quotes depends on how the reader unfolds. */
	if (*p == '\\' && (p[1] == '\r' || p[1] == '\n'))
		return "backslash at a fold";
	if (((unsigned char)*p < 0x20 && strchr("\t\r\n", *p) == NULL) || *p == 0x7f)
		return "control character";
	return NULL;
}

const char *
lexeme_fault(const char *value)
{
	for (const char *p = value; *p != '\0';) {
		size_t len = utf8_length((const unsigned char *)p);
		const char *fault = len == 0 ? "not UTF-8" : octet_fault(p);

		if (fault != NULL)
			return fault;
		p += len;
	}
	return NULL;
}

bool
lexeme_is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] > 0x7f)
			return false;
	}
	return true;
}

bool
lexeme_is_white(char c)
{
	return ((unsigned char)c <= 0x20 && c != '\0') || c == 0x7f;
}

const char *
lexeme_skip_comment(const char *p)
{
	size_t depth = 0;

	for (; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
	}
	return NULL;
}

const char *
lexeme_skip_cfws(const char *p)
{
	while (p != NULL && (lexeme_is_white(*p) || *p == '(')) {
		if (*p == '(')
			p = lexeme_skip_comment(p);
		else
			p++;
	}
	return p;
}

const char *
lexeme_skip_quoted(const char *p)
{
	for (p++; *p != '\0'; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && p[1] != '\0')
			p++;
	}
	return NULL;
}

static bool
is_printable(char c)
{
	return c > 0x20 && c < 0x7f;
}

bool
lexeme_is_atext(char c)
{
	if ((unsigned char)c > 0x7f)
		return true;
	return is_printable(c) && strchr("()<>[]:;@\\,.\"", c) == NULL;
}

bool
lexeme_is_token(char c)
{
	return is_printable(c) && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}
