#include <stdlib.h>
#include <string.h>

#include "escapes.h"

#define COUNT_MAX 4000000

/* The part behind the backslash, but for repetitions.  Returns what follows. */
static const char *
put_escape(const char *p, const char *newline, FILE *out)
{
	char hex[3] = "";

	switch (*p) {
	case 'n':
		fputs(newline, out);
		return p + 1;
	case 'r':
		fputc('\r', out);
		return p + 1;
	case 't':
		fputc('\t', out);
		return p + 1;
	case 'x':
		strncpy(hex, p + 1, 2);
		fputc((int)strtoul(hex, NULL, 16), out);
		return p + 1 + strlen(hex);
	default:
		fputc(*p, out);
		return p + 1;
	}
}

/* A piece without repetitions. */
static void
put_plain(const char *p, const char *end, const char *newline, FILE *out)
{
	while (p < end) {
		if (*p != '\\')
			fputc(*p++, out);
		else
			p = put_escape(p + 1, newline, out);
	}
}

bool
escapes_expand(const char *p, const char *end, const char *newline, FILE *out)
{
	const char *repeat;

	while ((repeat = strstr(p, "\\*")) != NULL && repeat < end) {
		char *open;
		long count = strtol(repeat + 2, &open, 10);
		const char *close = strchr(open, '}');

		if (*open != '{' || close == NULL || close > end || count < 0 ||
		    count > COUNT_MAX)
			return false;
		put_plain(p, repeat, newline, out);
		while (count-- > 0)
			put_plain(open + 1, close, newline, out);
		p = close + 1;
	}
	put_plain(p, end, newline, out);
	return true;
}
