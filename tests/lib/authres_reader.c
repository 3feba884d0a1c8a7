#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "authres_reader.h"
#include "base/pool.h"

#define METHODS_MAX 128

struct cursor {
	const char *p;
	struct pool *pool;
	bool bad;
};

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ctext, qtext or what may stand behind a backslash */
static bool
is_text(char c)
{
	return (unsigned char)c >= 0x20 && c != 0x7f;
}

static void
skip_comment(struct cursor *c)
{
	int depth = 0;

	do {
		if (*c->p == '\\')
			c->p++;
		else if (*c->p == '(')
			depth++;
		else if (*c->p == ')')
			depth--;
		if (!is_text(*c->p) && !is_white(*c->p)) {
			c->bad = true;
			return;
		}
		c->p++;
	} while (depth > 0);
}

static void
skip(struct cursor *c)
{
	while (!c->bad && (is_white(*c->p) || *c->p == '(')) {
		if (*c->p == '(')
			skip_comment(c);
		else
			c->p++;
	}
}

static bool
take(struct cursor *c, char wanted)
{
	skip(c);
	if (c->bad || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

static const char *
read_run(struct cursor *c, const char *also)
{
	const char *start = c->p;

	while ((unsigned char)*c->p > 0x7f ||
	       (*c->p > 0x20 && *c->p < 0x7f &&
		   (strchr("()<>@,;:\\\"/[]?=", *c->p) == NULL ||
		       strchr(also, *c->p) != NULL)))
		c->p++;
	if (c->p == start)
		c->bad = true;
	return pool_strndup(c->pool, start, (size_t)(c->p - start));
}

static const char *
read_quoted(struct cursor *c)
{
	char *text = pool_alloc(c->pool, strlen(c->p) + 1), *out = text;

	for (c->p++; *c->p != '"'; c->p++) {
		if (*c->p == '\r' || *c->p == '\n')
			continue; /* unfold */
		if (*c->p == '\\')
			c->p++;
		if (!is_text(*c->p) && *c->p != '\t') {
			c->bad = true;
			return text;
		}
		*out++ = *c->p;
	}
	c->p++;
	return text;
}

/* token or quoted-string; an address too where ${also} allows its @ */
static const char *
read_value(struct cursor *c, const char *also)
{
	skip(c);
	if (c->bad)
		return "";
	return *c->p == '"' ? read_quoted(c) : read_run(c, also);
}

static void
read_properties(struct cursor *c, struct authres_reader_method *m)
{
	for (skip(c); !c->bad && *c->p != ';' && *c->p != '\0'; skip(c)) {
		const char *name = read_value(c, ""), *value;
		bool is_reason = strcasecmp(name, "reason") == 0;

		if (!take(c, '=')) {
			c->bad = true;
			return;
		}
		value = read_value(c, is_reason ? "" : "@");
		if (is_reason && m->property_count == 0 && m->reason == NULL) {
			m->reason = value;
			continue;
		}
		if (strchr(name, '.') == NULL ||
		    m->property_count == AUTHRES_READER_PROPERTIES) {
			c->bad = true;
			return;
		}
		m->properties[m->property_count].name = name;
		m->properties[m->property_count++].value = value;
	}
}

static void
read_method(struct cursor *c, struct authres_reading *reading)
{
	struct authres_reader_method *m = &reading->methods[reading->count++];

	m->method = read_value(c, "/");
	skip(c);
	if (*c->p == '\0' && reading->count == 1 && strcasecmp(m->method, "none") == 0) {
		reading->count = 0;
		return;
	}
	if (!take(c, '=')) {
		c->bad = true;
		return;
	}
	m->result = read_value(c, "");
	read_properties(c, m);
}

const struct authres_reading *
authres_reader_read(const char *value, struct pool *pool)
{
	struct authres_reading *reading = pool_alloc(pool, sizeof *reading);
	struct cursor c = { .p = value, .pool = pool };

	reading->methods = pool_alloc(pool, METHODS_MAX * sizeof *reading->methods);
	reading->id = read_value(&c, "");
	skip(&c);
	if (!c.bad && *c.p != ';') {
		reading->version = read_run(&c, "");
		if (strspn(reading->version, "0123456789") != strlen(reading->version))
			return NULL;
	}
	if (!take(&c, ';'))
		return NULL;
	do
		read_method(&c, reading);
	while (take(&c, ';') && reading->count < METHODS_MAX);
	return c.bad || *c.p != '\0' ? NULL : reading;
}

const char *
authres_reader_property(const struct authres_reader_method *method, const char *name)
{
	for (size_t i = 0; i < method->property_count; i++)
		if (strcasecmp(method->properties[i].name, name) == 0)
			return method->properties[i].value;
	return NULL;
}
