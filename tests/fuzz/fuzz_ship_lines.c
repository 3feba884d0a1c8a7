/*
 * A row on its way to PostgreSQL: cells of any octets, with an octet 1 between one and
 * the next, of which the first octet chooses the kind.  The line has as many cells as the
 * row, is UTF-8 without NUL, and read back as COPY reads it a text is what it was where
 * it was UTF-8 without NUL.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "ctl/history/ship_lines.h"
#include "must.h"

#define CELLS_MAX 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct row {
	enum ship_kind kinds[CELLS_MAX];
	struct fact_value cells[CELLS_MAX];
	size_t count;
};

static void
add_cell(struct row *row, const char *p, size_t len)
{
	struct fact_value *cell = &row->cells[row->count];

	row->kinds[row->count] =
	    len > 0 ? (enum ship_kind)((unsigned char)*p % (SHIP_OCTETS + 1)) : SHIP_TEXT;
	row->count++;
	if (len < 2)
		return; /* NULL */
	if (p[1] == 'n') {
		cell->is_number = true;
		cell->number = (int64_t)len * (p[0] < 0 ? -1 : 1);
		return;
	}
	cell->text = p + 1;
	cell->number = (int64_t)len - 1;
}

static char
unescaped(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

/* As COPY reads one cell of text (PostgreSQL, COPY, text format); what is behind it. */
static const char *
read_cell(const char *p, char *out, size_t *len)
{
	for (*len = 0; *p != '\t' && *p != '\n'; p++) {
		must(*p != '\0');
		if (*p == '\\') {
			p++;
			must(*p != '\0' && strchr("\\nrtN", *p) != NULL);
			out[(*len)++] = unescaped(*p);
		} else {
			must(*p != '\r');
			out[(*len)++] = *p;
		}
	}
	return p;
}

static void
check_text(const struct row *row, size_t i, const char *read, size_t len)
{
	const struct fact_value *cell = &row->cells[i];
	bool is_text = row->kinds[i] == SHIP_TEXT || row->kinds[i] == SHIP_TEXT_OR_NULL;

	must(row->kinds[i] != SHIP_KEY || len <= (size_t)4 * SHIP_KEY_OCTETS + 3);
	if (!is_text || cell->is_number || cell->text == NULL || cell->number == 0 ||
	    !utf8_is_valid(cell->text, (size_t)cell->number))
		return;
	must(len == (size_t)cell->number && memcmp(read, cell->text, len) == 0);
}

static void
check_line(const struct row *row, const struct text *line)
{
	char *read = mem_alloc(line->len + 1);
	const char *p = line->data;
	size_t len;

	must(utf8_is_valid(line->data, line->len));
	for (size_t i = 0; i < row->count; i++) {
		p = read_cell(p, read, &len);
		must(*p == (i + 1 < row->count ? '\t' : '\n'));
		p++;
		check_text(row, i, read, len);
	}
	must(p == line->data + line->len);
	free(read);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *octets = mem_strndup("", 0);
	struct row row = { .count = 0 };
	struct text line = { 0 };
	size_t begin = 0;

	octets = mem_realloc(octets, size + 1);
	if (size > 0)
		memcpy(octets, data, size);
	octets[size] = '\0';
	for (size_t i = 0; i <= size && row.count < CELLS_MAX; i++) {
		if (i < size && octets[i] != '\1')
			continue;
		/* Behind a text of SQLite's a NUL stands. */
		octets[i] = '\0';
		add_cell(&row, octets + begin, i - begin);
		begin = i + 1;
	}
	ship_lines_put(&line, row.kinds, row.cells, row.count);
	check_line(&row, &line);
	text_free(&line);
	free(octets);
	return 0;
}
