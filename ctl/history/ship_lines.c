#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"
#include "ctl/history/ship_lines.h"

static const char hex[] = "0123456789ABCDEF";

/* A letter that COPY would read as the end of something, or as an escape. */
static char
escape_letter(char c)
{
	switch (c) {
	case '\\':
		return '\\';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return '\0';
	}
}

/* What no text of the server can hold, for people: the backslash itself is escaped. */
static void
put_octet(struct text *out, unsigned char c)
{
	const char shown[] = { '\\', '\\', 'x', hex[c >> 4], hex[c & 15] };

	text_put(out, shown, sizeof shown);
}

/* One character of ${p}, of which ${left} octets are left; its length. */
static size_t
put_character(struct text *out, const char *p, size_t left)
{
	size_t len = *p == '\0' ? 0 : utf8_length((const unsigned char *)p);

	if (len == 0 || len > left) {
		put_octet(out, (unsigned char)*p);
		return 1;
	}
	if (len == 1 && escape_letter(*p) != '\0') {
		text_putc(out, '\\');
		text_putc(out, escape_letter(*p));
	} else {
		text_put(out, p, len);
	}
	return len;
}

/* Octets as they are, up to the next that wants more than that. */
static size_t
plain_length(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] >= ' ' && p[n] <= '~' && p[n] != '\\')
		n++;
	return n;
}

static void
put_text(struct text *out, const struct fact_value *cell, size_t max)
{
	size_t len = cell->number > 0 ? (size_t)cell->number : strlen(cell->text);
	size_t shown = len < max ? len : max;

	for (size_t i = 0; i < shown;) {
		size_t plain = plain_length(cell->text + i, shown - i);

		text_put(out, cell->text + i, plain);
		i += plain;
		if (i < shown)
			i += put_character(out, cell->text + i, len - i);
	}
	if (shown < len)
		text_puts(out, "...");
}

static void
put_octets(struct text *out, const struct fact_value *cell)
{
	text_puts(out, "\\\\x");
	for (int64_t i = 0; cell->text != NULL && i < cell->number; i++) {
		unsigned char c = (unsigned char)cell->text[i];

		text_putc(out, hex[c >> 4]);
		text_putc(out, hex[c & 15]);
	}
}

static void
put_number(struct text *out, int64_t number)
{
	char digits[24], *p = digits + sizeof digits;
	uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (number < 0)
		*--p = '-';
	text_put(out, p, (size_t)(digits + sizeof digits - p));
}

static void
put_as_text(struct text *out, const struct fact_value *cell, size_t max)
{
	if (cell->is_number)
		put_number(out, cell->number);
	else if (cell->text != NULL)
		put_text(out, cell, max);
}

static void
put_cell(struct text *out, enum ship_kind kind, const struct fact_value *cell)
{
	bool null = !cell->is_number && cell->text == NULL;

	switch (kind) {
	case SHIP_NUMBER:
		put_number(out, cell->is_number ? cell->number : 0);
		break;
	case SHIP_NUMBER_OR_NULL:
		if (cell->is_number)
			put_number(out, cell->number);
		else
			text_puts(out, "\\N");
		break;
	case SHIP_BOOLEAN:
		text_putc(out, cell->is_number && cell->number != 0 ? 't' : 'f');
		break;
	case SHIP_TEXT_OR_NULL:
		if (null)
			text_puts(out, "\\N");
		put_as_text(out, cell, SIZE_MAX);
		break;
	case SHIP_TEXT:
		put_as_text(out, cell, SIZE_MAX);
		break;
	case SHIP_KEY:
		put_as_text(out, cell, SHIP_KEY_OCTETS);
		break;
	case SHIP_OCTETS:
		put_octets(out, cell);
		break;
	}
}

void
ship_lines_put(struct text *out, const enum ship_kind *kinds,
    const struct fact_value *cells, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			text_putc(out, '\t');
		put_cell(out, kinds[i], &cells[i]);
	}
	text_putc(out, '\n');
}
