#include <stdbool.h>
#include <string.h>

#include "ctl/csv.h"

/* Numbers of ours that are negative would be one too; there are none. */
static bool
begins_a_formula(const char *text)
{
	return *text != '\0' && strchr("=+-@\t\r", *text) != NULL;
}

static bool
is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

/* The length of a Latin letter beyond ASCII at ${text}; 0: there is none. */
static size_t
letter_length(const char *text)
{
	unsigned char first = (unsigned char)text[0], next = (unsigned char)text[1];

	return first >= 0xc3 && first <= 0xc9 && next >= 0x80 && next <= 0xbf ? 2 : 0;
}

static bool
wants_quotes(const char *text, char separator)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '"' || *p == separator || *p == ' ')
			return true;
	}
	return false;
}

static void
put_octet(FILE *out, char c)
{
	if (c == '"')
		fputc('"', out);
	if (is_printable(c))
		fputc(c, out);
	else
		fprintf(out, "\\x%02X", (unsigned char)c);
}

static void
put(FILE *out, const char *text, char separator, bool letters)
{
	bool quoted;

	quoted = wants_quotes(text, separator);
	if (quoted)
		fputc('"', out);
	if (begins_a_formula(text))
		fputc('\'', out);
	while (*text != '\0') {
		size_t len = letters ? letter_length(text) : 0;

		if (len > 0)
			fwrite(text, 1, len, out);
		else
			put_octet(out, *text);
		text += len > 0 ? len : 1;
	}
	if (quoted)
		fputc('"', out);
}

void
csv_cell(FILE *out, const char *text, char separator)
{
	if (text != NULL)
		put(out, text, separator, false);
}

void
csv_phrase(FILE *out, const char *text, char separator)
{
	if (text != NULL)
		put(out, text, separator, true);
}
