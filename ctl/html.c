#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/utf8.h"
#include "ctl/html.h"
#include "ctl/html_style.h"
#include "ctl/text.h"
#include "ctl/ulabel.h"

#define TEXT_OCTETS 4096

static const struct html_attribute none[] = { { "", NULL } };

static void
put_octet(FILE *out, char c)
{
	fprintf(out, "\\x%02X", (unsigned char)c);
}

/* One of printable ASCII. */
static void
put_char(FILE *out, char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		fputc(c, out);
	}
}

/* The number of a character of UTF-8 of ${len} octets. */
static uint32_t
code_of(const char *p, size_t len)
{
	const unsigned char *u = (const unsigned char *)p;
	uint32_t code = len == 1 ? u[0] : u[0] & (0x7fU >> len);

	for (size_t i = 1; i < len; i++)
		code = code << 6 | (u[i] & 0x3f);
	return code;
}

/* What is not seen and acts all the same: controls, marks of direction, joiners, tags;
 * and what XML does not have. */
static bool
acts_unseen(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f },
		{ 0x61c, 0x61c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb },
		{ 0xfffe, 0xffff }, { 0xe0000, 0xe0fff } };

	if ((code & 0xfffe) == 0xfffe)
		return true;
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

static void
put_text(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t len = utf8_length((const unsigned char *)text);

		if (*text == '\n' || *text == '\t')
			fputc(' ', out);
		else if (len == 0 || acts_unseen(code_of(text, len)))
			for (size_t i = 0; i < (len == 0 ? 1 : len); i++)
				put_octet(out, text[i]);
		else if (len == 1)
			put_char(out, *text);
		else
			fwrite(text, 1, len, out);
		text += len == 0 ? 1 : len;
	}
}

void
html_open_with(
    struct html *h, const char *element, const struct html_attribute attributes[])
{
	fprintf(h->out, "<%s", element);
	for (; *attributes->name != '\0'; attributes++) {
		fprintf(h->out, " %s=\"", attributes->name);
		put_text(h->out, attributes->value);
		fputc('"', h->out);
	}
	fputc('>', h->out);
	if (h->depth == HTML_DEEPEST)
		abort(); /* a page of ours that nests without an end */
	h->open[h->depth++] = element;
}

void
html_open(struct html *h, const char *element, const char *class)
{
	const struct html_attribute with[] = { { "class", class }, { "", NULL } };

	html_open_with(h, element, class != NULL ? with : none);
}

static void
close_last(struct html *h)
{
	static const char *const inline_ones[] = { "a", "b", "bdi", "span", "strong",
		"td", "th", "code", NULL };
	const char *element = h->open[--h->depth];
	const char *const *name = inline_ones;

	fprintf(h->out, "</%s>", element);
	while (*name != NULL && strcmp(*name, element) != 0)
		name++;
	if (*name == NULL)
		fputc('\n', h->out);
}

void
html_close(struct html *h, const char *element)
{
	size_t depth = h->depth;

	while (depth > 0 && strcmp(h->open[depth - 1], element) != 0)
		depth--;
	while (depth > 0 && h->depth >= depth)
		close_last(h);
}

void
html_put(struct html *h, const char *element, const char *class, const char *text)
{
	html_open(h, element, class);
	html_text(h, text);
	close_last(h);
}

void
html_text(struct html *h, const char *text)
{
	put_text(h->out, text);
}

void
html_printf(struct html *h, const char *format, ...)
{
	char text[TEXT_OCTETS];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	html_text(h, text);
}

void
html_foreign(struct html *h, const char *text)
{
	size_t n = 0;

	html_open(h, "bdi", "foreign");
	for (; *text != '\0' && n < HTML_FOREIGN_MAX; text++, n++) {
		if (*text >= ' ' && *text <= '~')
			put_char(h->out, *text);
		else
			put_octet(h->out, *text);
	}
	if (*text != '\0')
		html_text(h, "\u2026");
	close_last(h);
}

/* The end of a long name says whose it is. */
static const char *
end_of(const char *domain)
{
	size_t len = strlen(domain);

	return len > HTML_DOMAIN_MAX ? domain + len - HTML_DOMAIN_MAX : domain;
}

void
html_domain(struct html *h, const char *domain)
{
	struct pool *pool = pool_new();
	const char *letters = ulabel_of(domain, pool), *end = end_of(domain);

	html_open(h, "bdi", "domain");
	if (end != domain)
		html_text(h, "\u2026");
	for (const char *p = end; *p != '\0'; p++) {
		if (*p >= ' ' && *p <= '~')
			put_char(h->out, *p);
		else
			put_octet(h->out, *p);
		/* A line may break here; <wbr> would not be text. */
		if (*p == '.')
			fputs("<wbr/>", h->out);
	}
	close_last(h);
	if (letters != NULL && strlen(letters) <= HTML_DOMAIN_MAX) {
		html_text(h, " (");
		html_put(h, "bdi", NULL, letters);
		html_text(h, ")");
	}
	pool_free(pool);
}

static bool
is_dutch(const struct html *h)
{
	return strcmp(h->language, "nl") == 0;
}

const char *
html_number_text(const struct html *h, int64_t number, char text[HTML_NUMBER_SIZE])
{
	char digits[HTML_NUMBER_SIZE];
	size_t len, to = 0;

	snprintf(digits, sizeof digits, "%" PRId64, number);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			text[to++] = is_dutch(h) ? '.' : ',';
		text[to++] = digits[i];
	}
	text[to] = '\0';
	return text;
}

/* 100 % is all of them, and 0 % none, whatever rounding says. */
static int64_t
tenths_of(int64_t part, int64_t whole)
{
	int64_t tenths = (part * 1000 + whole / 2) / whole;

	if (tenths >= 1000 && part < whole)
		return 999;
	return tenths == 0 && part > 0 ? 1 : tenths;
}

const char *
html_percent_text(
    const struct html *h, int64_t part, int64_t whole, char text[HTML_NUMBER_SIZE])
{
	int64_t tenths;

	if (whole <= 0) {
		snprintf(text, HTML_NUMBER_SIZE, "%s", "\u2013");
		return text;
	}
	tenths = tenths_of(part, whole);
	if (part == 0 || part == whole)
		snprintf(text, HTML_NUMBER_SIZE, "%" PRId64 "\u00a0%%", tenths / 10);
	else
		snprintf(text, HTML_NUMBER_SIZE, "%" PRId64 "%c%" PRId64 "\u00a0%%",
		    tenths / 10, is_dutch(h) ? ',' : '.', tenths % 10);
	return text;
}

void
html_number(struct html *h, int64_t number)
{
	char text[HTML_NUMBER_SIZE];

	html_text(h, html_number_text(h, number, text));
}

void
html_figure(struct html *h, int64_t number, const char *what)
{
	html_open(h, "div", "figure");
	html_open(h, "p", "big");
	html_number(h, number);
	html_close(h, "p");
	html_put(h, "p", NULL, what);
	html_close(h, "div");
}

void
html_percent(struct html *h, int64_t part, int64_t whole)
{
	char text[HTML_NUMBER_SIZE];

	html_text(h, html_percent_text(h, part, whole, text));
}

void
html_bar(struct html *h, const int *widths, size_t count)
{
	static const struct html_attribute bar[] = { { "class", "bar" },
		{ "aria-hidden", "true" }, { "", NULL } };

	html_open_with(h, "span", bar);
	for (size_t i = 0; i < count; i++) {
		char class[HTML_NUMBER_SIZE], style[HTML_NUMBER_SIZE];
		const struct html_attribute part[] = { { "class", class },
			{ "style", style }, { "", NULL } };

		if (widths[i] <= 0)
			continue;
		snprintf(class, sizeof class, "part%zu", i + 1);
		snprintf(
		    style, sizeof style, "width:%d.%d%%", widths[i] / 10, widths[i] % 10);
		html_open_with(h, "span", part);
		close_last(h);
	}
	html_close(h, "span");
}

void
html_table(
    struct html *h, const char *caption, const struct html_column *columns, size_t count)
{
	static const struct html_attribute table[] = { { "role", "table" },
		{ "", NULL } };
	static const struct html_attribute row[] = { { "role", "row" }, { "", NULL } };

	h->columns = columns;
	h->column_count = count;
	html_open_with(h, "table", table);
	html_put(h, "caption", NULL, caption);
	html_open(h, "thead", NULL);
	html_open_with(h, "tr", row);
	for (size_t i = 0; i < count; i++) {
		const struct html_attribute head[] = { { "scope", "col" },
			{ columns[i].is_number ? "class" : "", "number" }, { "", NULL } };

		html_open_with(h, "th", head);
		html_text(h, columns[i].label);
		close_last(h);
	}
	html_close(h, "thead");
	html_open(h, "tbody", NULL);
}

static void
close_row(struct html *h)
{
	if (strcmp(h->open[h->depth - 1], "tbody") != 0)
		html_close(h, "tr");
}

void
html_row(struct html *h)
{
	static const struct html_attribute row[] = { { "role", "row" }, { "", NULL } };

	close_row(h);
	h->column = 0;
	html_open_with(h, "tr", row);
}

void
html_cell(struct html *h)
{
	const struct html_column *column = &h->columns[h->column];
	/* An empty name ends the list: words have no class. */
	const char *class = column->is_number ? "class" : "";
	const struct html_attribute head[] = { { "scope", "row" },
		{ "role", "rowheader" }, { class, "number" }, { "", NULL } };
	const struct html_attribute cell[] = { { "role", "cell" },
		{ "data-label", column->label }, { class, "number" }, { "", NULL } };

	if (h->column >= h->column_count)
		abort(); /* more cells than columns: a page of ours */
	html_close(h, h->column == 1 ? "th" : "td");
	if (h->column == 0)
		html_open_with(h, "th", head);
	else
		html_open_with(h, "td", cell);
	h->column++;
}

void
html_table_end(struct html *h)
{
	html_close(h, "table");
}

static void
put_head(struct html *h, const char *title)
{
	static const char head[] =
	    "<meta charset=\"utf-8\"/>\n"
	    "<meta http-equiv=\"Content-Security-Policy\""
	    " content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	    "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	    "<meta name=\"robots\" content=\"noindex\"/>\n"
	    "<meta name=\"referrer\" content=\"no-referrer\"/>\n";

	html_open(h, "head", NULL);
	fputs(head, h->out);
	html_put(h, "title", NULL, title);
	html_open(h, "style", NULL);
	html_style_put(h->out);
	html_close(h, "head");
}

void
html_begin(struct html *h, FILE *out, const char *language, const char *title)
{
	const struct html_attribute page[] = { { "xmlns",
						   "http://www.w3.org/1999/xhtml" },
		{ "lang", language }, { "xml:lang", language }, { "", NULL } };
	static const struct html_attribute skip[] = { { "class", "skip" },
		{ "href", "#main" }, { "", NULL } };

	*h = (struct html){ .out = out, .language = language };
	fputs("<!DOCTYPE html>\n", out);
	html_open_with(h, "html", page);
	put_head(h, title);
	html_open(h, "body", NULL);
	html_open_with(h, "a", skip);
	html_text(h, _("Skip to the contents"));
	html_close(h, "a");
}

void
html_end(struct html *h)
{
	while (h->depth > 0)
		close_last(h);
}
