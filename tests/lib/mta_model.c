#include <stdbool.h>
#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "mta_model.h"

static const char *
to_pool(struct text *t, struct pool *pool)
{
	const char *copy = pool_strndup(pool, t->data != NULL ? t->data : "", t->len);

	text_free(t);
	return copy;
}

static const char *
break_lines(const char *name, const char *value, size_t longest, size_t kept,
    const char *mark, struct pool *pool)
{
	size_t room = strlen(name) + 1;
	struct text t = { 0 };

	while (*value != '\0') {
		size_t line = strcspn(value, "\n");

		while (room + line > longest) {
			size_t first = kept - room;

			text_put(&t, value, first);
			text_printf(&t, "%s\n ", mark);
			value += first;
			line -= first;
			room = 1;
		}
		line += value[line] == '\n';
		text_put(&t, value, line);
		value += line;
		room = 0;
	}
	return to_pool(&t, pool);
}

const char *
mta_model_postfix_break(const char *name, const char *value, struct pool *pool)
{
	return break_lines(name, value, 998, 998, "", pool);
}

const char *
mta_model_sendmail_break(const char *name, const char *value, struct pool *pool)
{
	return break_lines(name, value, 990, 989, "!", pool);
}

/* The end of a quoted string or comment at ${p}: behind it, or the end of all. */
static const char *
behind(const char *p)
{
	const char open = *p, close = open == '"' ? '"' : ')';
	int depth = 1;

	for (p++; *p != '\0' && depth > 0; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == close)
			depth--;
		else if (*p == open)
			depth++;
	}
	return p;
}

/* Where the phrase at ${p} ends: at a special; *plain: is it left as it is? */
static const char *
phrase_end(const char *p, bool *plain)
{
	*plain = true;
	while (*p != '\0' && strchr("<>,;:", *p) == NULL) {
		if (*p == '"' || *p == '(') {
			p = behind(p);
			continue;
		}
		if (*p == '.' || *p == '\'')
			*plain = false;
		p++;
	}
	return p;
}

static void
put_requoted(struct text *t, const char *p, const char *end)
{
	text_puts(t, " \"");
	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			text_putc(t, *++p);
		else if (*p != '"' && *p != '\n')
			text_putc(t, *p);
	}
	text_puts(t, "\" ");
}

const char *
mta_model_requote(const char *value, struct pool *pool)
{
	struct text t = { 0 };
	bool plain;

	while (*value != '\0') {
		const char *end = phrase_end(value, &plain);

		if (*end == '<' && !plain)
			put_requoted(&t, value, end);
		else
			text_put(&t, value, (size_t)(end - value));
		/* What stands in <> is an address, not a phrase. */
		value = *end == '<' ? end + strcspn(end, ">") : end;
		text_put(&t, end, (size_t)(value - end));
		if (*value != '\0')
			text_putc(&t, *value++);
	}
	return to_pool(&t, pool);
}

const char *
mta_model_cut(const char *value, struct pool *pool)
{
	struct text t = { 0 };

	while (*value != '\0') {
		const char *end = value + strspn(value, " \t\n");

		while (*end != '\0' && *end != ',')
			end = *end == '"' || *end == '(' ? behind(end) : end + 1;
		text_put(
		    &t, value, (size_t)(end - value) < 255 ? (size_t)(end - value) : 255);
		value = end;
		if (*value != '\0')
			text_putc(&t, *value++);
	}
	return to_pool(&t, pool);
}

const char *
mta_model_split(const char *value, struct pool *pool)
{
	struct text t = { 0 };

	while (*value != '\0') {
		const char *end = *value == '"' ? behind(value) : value + 1;

		for (; end - value > 255; value += 255) {
			text_put(&t, value, 255);
			text_puts(&t, "\", \"");
		}
		text_put(&t, value, (size_t)(end - value));
		value = end;
	}
	return to_pool(&t, pool);
}

/* The end of an element of the list, or of the name of a group: outside quotes, comments.
 */
static const char *
element_end(const char *p, bool *has_at)
{
	*has_at = false;
	while (*p != '\0' && strchr(",:;", *p) == NULL) {
		*has_at = *has_at || *p == '@';
		p = *p == '"' || *p == '(' ? behind(p) : p + 1;
	}
	return p;
}

const char *
mta_model_route(const char *value, struct pool *pool)
{
	struct text t = { 0 };
	bool has_at;

	while (*value != '\0') {
		const char *end = element_end(value, &has_at);

		has_at = has_at || *end == ':'; /* a name, not an address */
		for (; value < end; value++) {
			if (!has_at && (*value == '%' || *value == '!'))
				text_putc(&t, '@');
			else
				text_putc(&t, *value);
		}
		if (*value != '\0')
			text_putc(&t, *value++);
	}
	return to_pool(&t, pool);
}

#define SCHOOL ".school.example"

const char *
mta_model_complete(const char *value, struct pool *pool)
{
	struct text t = { 0 };

	while (*value != '\0') {
		const char *end = value + 1;

		if (*value == '"' || *value == '(') {
			end = behind(value);
		} else if (*value == '@') {
			while (*end != '\0' && strchr(" \t\r\n(", *end) != NULL)
				end = *end == '(' ? behind(end) : end + 1;
			end += strcspn(end, "()<>,;: \t\r\n");
			text_put(&t, value, (size_t)(end - value));
			if (memchr(value, '.', (size_t)(end - value) - 1) == NULL)
				text_puts(&t, SCHOOL);
			value = end;
			continue;
		}
		text_put(&t, value, (size_t)(end - value));
		value = end;
	}
	return to_pool(&t, pool);
}
