#include <stdlib.h>
#include <string.h>

#include "slow_body.h"

static const char *
line_end(const char *p, const char *end)
{
	while (p < end && !(end - p >= 2 && p[0] == '\r' && p[1] == '\n'))
		p++;
	return p;
}

/* "Reduce all sequences of WSP to a single SP; ignore all WSP at the end of lines." */
static size_t
relax_line(char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (line[i] != ' ' && line[i] != '\t')
			line[n++] = line[i];
		else if (n == 0 || line[n - 1] != ' ')
			line[n++] = ' ';
	}
	return n > 0 && line[n - 1] == ' ' ? n - 1 : n;
}

char *
slow_body(const char *body, size_t len, bool relaxed, size_t *out_len)
{
	const char *p = body, *end = body + len;
	char *out = malloc(len + 3);
	size_t n = 0;

	while (p < end) {
		const char *stop = line_end(p, end);
		size_t line = (size_t)(stop - p);

		memcpy(out + n, p, line);
		n += relaxed ? relax_line(out + n, line) : line;
		/* "If there is no trailing CRLF, a CRLF is added." */
		memcpy(out + n, "\r\n", 2);
		n += 2;
		p = stop == end ? end : stop + 2;
	}
	/* "Ignore all empty lines at the end of the message body." */
	while (n >= 4 && memcmp(out + n - 4, "\r\n\r\n", 4) == 0)
		n -= 2;
	if (n == 2)
		n = 0;
	/* Simple: "if there is no body, a CRLF is added". */
	if (n == 0 && !relaxed) {
		memcpy(out, "\r\n", 2);
		n = 2;
	}
	*out_len = n;
	return out;
}
