#include <libintl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ctl/language.h"

#define DOMAIN_NAME "beschermd"
#define CATALOGUE_MAX ((size_t)4 << 20)
#define PATH_OCTETS 4096
#define WHY_OCTETS 512
#define MAGIC 0x950412deU
#define HEAD_OCTETS 28

/*
 * A catalogue as GNU gettext's manual describes it ("The Format of GNU MO Files"), of
 * this machine's order of octets: two tables of length and place, the first sorted.
 */
struct catalogue {
	char *data; /* NULL: none */
	size_t len;
	uint32_t count, texts, translations;
};

static struct catalogue chosen;
static bool is_plain; /* "en" was asked for */

static uint32_t
word(const struct catalogue *c, size_t at)
{
	uint32_t value = 0;

	if (at + sizeof value <= c->len)
		memcpy(&value, c->data + at, sizeof value);
	return value;
}

/* Entry ${n} of a table; "" where it does not lie within the file.  Each has a NUL behind
 * it, and so has the file. */
static const char *
entry(const struct catalogue *c, uint32_t table, uint32_t n, size_t *len)
{
	size_t at = table + (size_t)n * 8;
	size_t begin = word(c, at + 4);

	*len = word(c, at);
	if (begin > c->len || *len > c->len - begin) {
		*len = 0;
		return "";
	}
	return c->data + begin;
}

/* NULL: it is not translated. */
static const char *
find(const struct catalogue *c, const char *text, size_t *len)
{
	uint32_t low = 0, high = c->count;
	const char *found;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(text, entry(c, c->texts, middle, len));

		if (order == 0) {
			found = entry(c, c->translations, middle, len);
			return *len > 0 ? found : NULL;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static bool
read_catalogue(struct catalogue *c, const char *path)
{
	char why[WHY_OCTETS];

	c->data = file_read(path, CATALOGUE_MAX, &c->len, why, sizeof why);
	if (c->data == NULL)
		return false;
	c->count = word(c, 8);
	c->texts = word(c, 12);
	c->translations = word(c, 16);
	if (c->len >= HEAD_OCTETS && word(c, 0) == MAGIC && word(c, 4) >> 16 == 0 &&
	    c->count <= c->len / 8)
		return true;
	free(c->data);
	return false;
}

/* A language, not a path. */
static bool
is_name(const char *language)
{
	size_t len = strspn(language, "abcdefghijklmnopqrstuvwxyz");

	return len >= 2 && len <= 3 && language[len] == '\0';
}

bool
language_choose(const char *language)
{
	struct catalogue c = { 0 };
	char path[PATH_OCTETS];

	if (strcmp(language, "en") == 0) {
		is_plain = true;
		return true;
	}
	if (!is_name(language))
		return false;
	snprintf(path, sizeof path, "%s/%s/LC_MESSAGES/" DOMAIN_NAME ".mo",
	    bindtextdomain(DOMAIN_NAME, NULL), language);
	if (!read_catalogue(&c, path))
		return false;
	free(chosen.data);
	chosen = c;
	is_plain = false;
	return true;
}

const char *
language_text(const char *text)
{
	const char *found;
	size_t len;

	if (is_plain)
		return text;
	if (chosen.data == NULL)
		return gettext(text);
	found = find(&chosen, text, &len);
	return found != NULL ? found : text;
}

/* Languages with other plurals than English and Dutch would need their formula read. */
const char *
language_plural(const char *one, const char *many, unsigned long n)
{
	const char *found = NULL;
	size_t len = 0, first;

	if (chosen.data == NULL && !is_plain)
		return ngettext(one, many, n);
	if (!is_plain)
		found = find(&chosen, one, &len);
	if (found == NULL)
		return n == 1 ? one : many;
	first = strlen(found);
	return n == 1 || first + 1 >= len ? found : found + first + 1;
}
