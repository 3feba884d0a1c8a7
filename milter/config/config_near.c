#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "config/config_near.h"

#define NAME_MAX_OCTETS 40

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* How many letters to add, drop or change (Levenshtein), whatever their case. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_OCTETS + 1];
	size_t blen = strlen(b);

	for (size_t j = 0; j <= blen; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t above = row[j];
			bool same = strncasecmp(&a[i - 1], &b[j - 1], 1) == 0;

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + !same);
			diagonal = above;
		}
	}
	return row[blen];
}

void
config_near_begin(struct config_near *near, const char *name)
{
	size_t len = strlen(name);

	*near = (struct config_near){
		.name = name,
		/* too long to be a slip: nothing is nearer than 0 */
		.best = len > NAME_MAX_OCTETS ? 0 : 1 + (len < 9 ? 2 : len / 3),
	};
}

void
config_near_try(struct config_near *near, const char *known)
{
	size_t d;

	if (near->best == 0 || strlen(known) > NAME_MAX_OCTETS)
		return;
	d = distance(near->name, known);
	if (d < near->best) {
		near->best = d;
		near->found = known;
	}
}

bool
config_near_refuse(const struct config_near *near, struct buf *why)
{
	buf_puts(why, "unknown setting \"");
	buf_put_escaped(why, near->name);
	buf_puts(why, "\"");
	if (near->found != NULL)
		buf_printf(why, "; did you mean %s?", near->found);
	return false;
}
