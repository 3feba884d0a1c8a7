#include <string.h>
#include <strings.h>

#include "base/pool.h"
#include "mail/dkim_field.h"

static const char signature_name[] = "DKIM-Signature";

bool
dkim_field_is_signature(const char *name)
{
	size_t len = sizeof signature_name - 1;

	return strncasecmp(name, signature_name, len) == 0 &&
	       name[len + strspn(name + len, " \t")] == '\0';
}

char *
dkim_field_text(const char *name, const char *value, size_t *len, struct pool *pool)
{
	size_t folds = 0;
	const char *line = value, *fold;
	char *text, *out;

	for (const char *p = value; (p = strchr(p, '\n')) != NULL; p++)
		folds++;
	text = pool_room(pool, strlen(name) + 1 + strlen(value) + folds + 1);
	out = stpcpy(text, name);
	*out++ = ':';
	for (; (fold = strchr(line, '\n')) != NULL; line = fold + 1) {
		out = mempcpy(out, line, (size_t)(fold - line));
		if (out[-1] != '\r')
			*out++ = '\r';
		*out++ = '\n';
	}
	out = stpcpy(out, line);
	*len = (size_t)(out - text);
	return text;
}

enum dkim_oddity
dkim_field_oddity(const char *value)
{
	enum dkim_oddity oddity = DKIM_PLAIN;
	const char *p = value;

	while (*(p += strcspn(p, "\v\f\r\n")) != '\0') {
		if (*p == '\v' || *p == '\f') {
			oddity = DKIM_ODD_SPACE;
			p++;
			continue;
		}
		if (*p == '\r' && p[1] == '\n')
			p++;
		if (*p++ != '\n' || (*p != ' ' && *p != '\t'))
			return DKIM_ODD_LINE;
	}
	return oddity;
}
