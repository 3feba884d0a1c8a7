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

static bool
wants_quotes(const char *text, char separator)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '"' || *p == separator || *p == ' ')
			return true;
	}
	return false;
}

void
csv_cell(FILE *out, const char *text, char separator)
{
	bool quoted;

	if (text == NULL)
		return;
	quoted = wants_quotes(text, separator);
	if (quoted)
		fputc('"', out);
	if (begins_a_formula(text))
		fputc('\'', out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', out);
		if (is_printable(*text))
			fputc(*text, out);
		else
			fprintf(out, "\\x%02X", (unsigned char)*text);
	}
	if (quoted)
		fputc('"', out);
}
