#include <string.h>

#include "base/utf8.h"
#include "mail/lexeme.h"

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
