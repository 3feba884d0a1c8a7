#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/hash.h"
#include "base/pool.h"
#include "mail/dkim_header.h"
#include "mail/tag_list.h"

/* A field that h= may name. */
struct candidate {
	const struct dkim_field *field;
	size_t name_len;
	uint32_t hash; /* of the name: most are told apart by it */
	bool used;
};

static char
lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static uint32_t
name_hash(const char *name, size_t len)
{
	uint32_t hash = HASH_START;

	for (size_t i = 0; i < len; i++) {
		char c = lower(name[i]);

		hash = hash_octets(hash, &c, 1);
	}
	return hash;
}

/* Spaces may stand before the colon.  A TAB there is part of the name, so that no h=
 * names it: libopendkim refuses such a field. */
static size_t
name_length(const struct dkim_field *field)
{
	const char *colon = memchr(field->text, ':', field->len);
	size_t len = colon != NULL ? (size_t)(colon - field->text) : 0;

	while (len > 0 && field->text[len - 1] == ' ')
		len--;
	return len;
}

/* The last of that name that is not used up; NULL: none. */
static const struct dkim_field *
use(struct candidate *candidates, size_t count, const char *name, size_t len)
{
	uint32_t hash = name_hash(name, len);

	while (count-- > 0) {
		struct candidate *c = &candidates[count];

		if (c->hash != hash || c->used || c->name_len != len ||
		    strncasecmp(c->field->text, name, len) != 0)
			continue;
		c->used = true;
		return c->field;
	}
	return NULL;
}

struct dkim_header
dkim_header_select(const struct dkim_field *fields, const char *names, struct pool *pool)
{
	struct dkim_header header = { 0 };
	struct candidate *candidates;
	size_t all = 0, count = 0;

	for (const struct dkim_field *f = fields; f != NULL; f = f->next)
		all++;
	candidates = pool_alloc(pool, (all + 1) * sizeof *candidates);
	header.fields = pool_alloc(pool, (all + 1) * sizeof(struct dkim_field *));
	for (const struct dkim_field *f = fields; f != NULL; f = f->next) {
		size_t len = name_length(f);

		if (len > 0 && !f->skipped)
			candidates[count++] = (struct candidate){ .field = f,
				.name_len = len,
				.hash = name_hash(f->text, len) };
	}
	while (*names != '\0') {
		size_t len = strcspn(names, ":");
		const struct dkim_field *f =
		    len > 0 ? use(candidates, count, names, len) : NULL;

		if (f != NULL)
			header.fields[header.count++] = f;
		names += len + (names[len] == ':');
	}
	return header;
}

static bool
is_white(char c, enum dkim_white white)
{
	if (ascii_is_wsp(c) || c == '\r' || c == '\n') /* a fold, as no other is left */
		return true;
	return white == DKIM_WHITE_LIBOPENDKIM && (c == '\v' || c == '\f');
}

/*
 * Section 3.4.2: the name in lower case, nothing around the colon, runs of white space
 * one space, none at the end.  Straight behind the colon libopendkim drops what the RFC
 * drops, so a VT there leaves a space.
 */
static char *
put_relaxed(char *out, const char *p, const char *end, enum dkim_white white)
{
	bool space = false;

	for (; p < end && *p != ':'; p++) {
		if (!ascii_is_wsp(*p))
			*out++ = lower(*p);
	}
	if (p < end)
		*out++ = *p++;
	while (p < end && is_white(*p, DKIM_WHITE_RFC))
		p++;
	for (; p < end; p++) {
		if (is_white(*p, white)) {
			space = true;
			continue;
		}
		if (space)
			*out++ = ' ';
		space = false;
		*out++ = *p;
	}
	return out;
}

/* The field with nothing between the = of b= and the end of that tag (section 3.5). */
static struct dkim_field
without_b(const struct dkim_field *field, struct pool *pool)
{
	const char *end = field->text + field->len;
	const char *value = memchr(field->text, ':', field->len);
	struct dkim_field made = *field;
	struct tag_list list = { .count = 0 };
	const struct tag *b;
	const char *from, *to;
	char *text;

	if (value != NULL)
		tag_list_split(&list, value + 1, (size_t)(end - value - 1));
	b = tag_list_find(&list, "b");
	if (b == NULL)
		return made;
	from = (const char *)memchr(b->name, '=', (size_t)(end - b->name)) + 1;
	to = memchr(from, ';', (size_t)(end - from));
	if (to == NULL)
		to = end;
	text = pool_alloc(pool, field->len + 1);
	memcpy(text, field->text, (size_t)(from - field->text));
	memcpy(text + (from - field->text), to, (size_t)(end - to));
	made.text = text;
	made.len = (size_t)(from - field->text) + (size_t)(end - to);
	return made;
}

const char *
dkim_header_text(const struct dkim_header *header, const struct dkim_field *own,
    enum dkim_white white, size_t *len, struct pool *pool)
{
	struct dkim_field signature = without_b(own, pool);
	size_t size = signature.len + 1;
	char *text, *out;

	for (size_t i = 0; i < header->count; i++)
		size += header->fields[i]->len + 2;
	text = out = pool_alloc(pool, size);
	for (size_t i = 0; i < header->count; i++) {
		const struct dkim_field *f = header->fields[i];

		out = stpcpy(put_relaxed(out, f->text, f->text + f->len, white), "\r\n");
	}
	out = put_relaxed(out, signature.text, signature.text + signature.len, white);
	*len = (size_t)(out - text);
	return text;
}
