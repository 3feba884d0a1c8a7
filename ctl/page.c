#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/buf.h"
#include "ctl/page.h"

#define COLUMNS 92
#define LABEL_COLUMNS 18
#define TEXT_SIZE 4096

static const char *const codes[] = {
	[PAGE_PLAIN] = "",
	[PAGE_BOLD] = "\033[1m",
	[PAGE_GREEN] = "\033[1;32m",
	[PAGE_YELLOW] = "\033[1;33m",
	[PAGE_RED] = "\033[1;31m",
};

static const char *
code_of(const struct page *p, enum page_colour colour)
{
	return p->colour ? codes[colour] : "";
}

static const char *
reset_of(const struct page *p)
{
	return p->colour ? "\033[0m" : "";
}

/* Columns of UTF-8 text: translations have letters of several octets. */
static int
columns_of(const char *text, size_t len)
{
	int n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* The words of ${text} on lines of their own from column ${indent} on; ${at}: where
 * the first begins. */
static void
wrap(const struct page *p, const char *text, int indent, int at)
{
	bool begins = true;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		int columns = columns_of(text, len);

		if (!begins && at + 1 + columns > COLUMNS) {
			fprintf(p->out, "\n%*s", indent, "");
			at = indent;
			begins = true;
		}
		if (!begins) {
			fputc(' ', p->out);
			at++;
		}
		fwrite(text, 1, len, p->out);
		at += columns;
		begins = false;
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', p->out);
}

void
page_heading(const struct page *p, const char *text)
{
	fprintf(p->out, "\n%s%s%s\n", code_of(p, PAGE_BOLD), text, reset_of(p));
}

void
page_row(const struct page *p, const char *label, const char *format, ...)
{
	int columns = columns_of(label, strlen(label)), pad = LABEL_COLUMNS - columns;
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (pad < 1)
		pad = 1;
	fprintf(p->out, "  %s%*s", label, pad, "");
	wrap(p, text, LABEL_COLUMNS + 2, 2 + columns + pad);
}

void
page_text(const struct page *p, int indent, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	fprintf(p->out, "%*s", indent, "");
	wrap(p, text, indent, indent);
}

void
page_line(const struct page *p, enum page_colour colour, const char *format, ...)
{
	va_list args;

	fputs(code_of(p, colour), p->out);
	va_start(args, format);
	vfprintf(p->out, format, args);
	va_end(args);
	fprintf(p->out, "%s\n", reset_of(p));
}

const char *
page_quote(const char *text, char quoted[PAGE_QUOTE_SIZE])
{
	static const char end[] = "...";
	struct buf b;

	/* Not buf_put_escaped(): quotes and backslashes may be read as they are here. */
	buf_init(&b, quoted, PAGE_QUOTE_SIZE - sizeof end);
	for (; *text != '\0' && !b.cut; text++) {
		if (*text >= ' ' && *text <= '~')
			buf_putc(&b, *text);
		else
			buf_printf(&b, "\\x%02X", (unsigned char)*text);
	}
	if (b.cut)
		snprintf(quoted + strlen(quoted), sizeof end, "%s", end);
	return quoted;
}
