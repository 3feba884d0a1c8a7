#include <string.h>

#include "base/buf.h"
#include "config/config_text.h"

#define BLANKS " \t\r"

static bool
is_blank(char c)
{
	return c != '\0' && strchr(BLANKS, c) != NULL;
}

/* The first # that begins a comment, or the end. */
static char *
comment_in(char *line)
{
	bool quoted = false, after_blank = true;
	char *p;

	for (p = line; *p != '\0'; p++) {
		if (*p == '#' && after_blank && !quoted)
			break;
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		after_blank = is_blank(*p);
	}
	return p;
}

char *
config_text_strip(char *line)
{
	char *end = comment_in(line);

	while (end > line && is_blank(end[-1]))
		end--;
	*end = '\0';
	return line + strspn(line, BLANKS);
}

/* Takes quotes away up to a separator outside them.  NULL: a quote is not closed. */
static char *
unquote(char *from, const char *separators)
{
	char *to = from;
	bool quoted = false;

	for (; *from != '\0' && (quoted || strchr(separators, *from) == NULL); from++) {
		if (*from == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *from == '\\' && from[1] != '\0')
			from++;
		*to++ = *from;
	}
	if (quoted)
		return NULL;
	if (*from != '\0')
		from++;
	*to = '\0';
	return from;
}

bool
config_text_word(char **rest, const char *separators, char **word)
{
	char *begin = *rest + strspn(*rest, separators), *end;

	*word = NULL;
	if (*begin == '\0')
		return true;
	end = unquote(begin, separators);
	if (end == NULL)
		return false;
	*rest = end;
	*word = begin;
	return true;
}

/* Do quotes hold all of ${text}? */
static bool
is_quoted(const char *text)
{
	if (*text != '"')
		return false;
	for (text++; *text != '"'; text++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
		if (*text == '\0')
			return false;
	}
	return text[1] == '\0';
}

/* Takes the backslashes away up to the quote that ends ${from}. */
static void
unescape(char *from)
{
	char *to = from;

	for (; *from != '"'; from++) {
		if (*from == '\\')
			from++;
		*to++ = *from;
	}
	*to = '\0';
}

/* Is every quote in ${text} closed? */
static bool
is_closed(const char *text)
{
	bool quoted = false;

	for (; *text != '\0'; text++) {
		if (quoted && *text == '\\' && text[1] != '\0')
			text++;
		else if (*text == '"')
			quoted = !quoted;
	}
	return !quoted;
}

char *
config_text_whole(char *text)
{
	if (*text != '"')
		return is_closed(text) ? text : NULL;
	if (!is_quoted(text))
		return NULL;
	unescape(text + 1);
	return text + 1;
}

bool
config_text_refuse(struct buf *why, const char *text, const char *what)
{
	buf_putc(why, '"');
	buf_put_escaped(why, text);
	buf_printf(why, "\" %s", what);
	return false;
}

void
config_text_print(const char *text, FILE *out)
{
	if (*text != '\0' && strpbrk(text, "\"#") == NULL && !is_blank(*text)) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}
