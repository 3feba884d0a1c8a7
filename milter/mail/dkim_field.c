#include <string.h>
#include <strings.h>

#include "base/pool.h"
#include "mail/dkim_field.h"
#include "mail/lexeme.h"

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

/* Which of known[] stands for a name; letters of either case count as one. */
static unsigned char
bucket(const char *name, size_t len)
{
	unsigned hash = 0;

	for (size_t i = 0; i < len; i++)
		hash = hash * 31 + ((unsigned char)name[i] | 0x20);
	return (unsigned char)hash;
}

void
dkim_field_names_add(struct dkim_field_names *set, const char *names)
{
	for (;;) {
		size_t len = strcspn(names, ":");

		set->known[bucket(names, len)] = true;
		if (names[len] == '\0')
			return;
		names += len + 1;
	}
}

bool
dkim_field_names_may_hold(
    const struct dkim_field_names *set, const struct dkim_field *field)
{
	const char *colon = memchr(field->text, ':', field->len);
	size_t len = colon != NULL ? (size_t)(colon - field->text) : field->len;

	/* White space before the colon is part of the name for some, not for others. */
	while (len > 0 && lexeme_is_white(field->text[len - 1]))
		len--;
	return set->known[bucket(field->text, len)];
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
