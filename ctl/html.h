#ifndef CTL_HTML_H
#define CTL_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Writes one HTML page that stands alone: no script, nothing that is fetched, styles
 * within, and well-formed XML too, so that a strict parser can hold it.
 *
 * There is no way to put text into it that is not escaped, and no tag that stays open:
 * closing an element closes what is open within it, html_end() all.  Names of elements,
 * attributes and classes are constants of ours; values of attributes and texts may be
 * anything.
 */
#define HTML_DEEPEST 24

struct html {
	FILE *out;
	const char *language;
	const char *open[HTML_DEEPEST];
	size_t depth;
	const struct html_column *columns; /* of the table that is open */
	size_t column, column_count;
};

/* "" ends a list of them. */
struct html_attribute {
	const char *name, *value;
};

/*
 * Head, style and skip link; then comes what is in the body, the main part in an element
 * of id "main".  ${language}: "nl" or "en", of the texts and the numbers.
 */
void html_begin(struct html *html, FILE *out, const char *language, const char *title);
void html_end(struct html *html);

void html_open(struct html *html, const char *element, const char *class);
void html_open_with(
    struct html *html, const char *element, const struct html_attribute attributes[]);
void html_close(struct html *html, const char *element); /* the last of that name */

/* An element that holds ${text} alone. */
void html_put(
    struct html *html, const char *element, const char *class, const char *text);

/*
 * Text of ours or of the admin, UTF-8: what is not, and what is not seen but acts
 * (control characters, marks of direction), is told as \xNN.
 */
void html_text(struct html *html, const char *text);
void html_printf(struct html *html, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Text of a stranger, in an element of its own: printable ASCII, all else as \xNN, at
 * most
 * ${HTML_FOREIGN_MAX} characters.
 */
#define HTML_FOREIGN_MAX 150
void html_foreign(struct html *html, const char *text);

/*
 * A domain of a stranger, in A-labels as it is, and in letters if those are of one script
 * (ulabel.h).  Of a long one the end.
 */
#define HTML_DOMAIN_MAX 80
void html_domain(struct html *html, const char *domain);

/*
 * 1234567 as people of that language write it; html_percent(): a share of ${whole}, a
 * dash of nothing.  The others return ${text}, for sentences.
 */
#define HTML_NUMBER_SIZE 40
void html_number(struct html *html, int64_t number);
void html_percent(struct html *html, int64_t part, int64_t whole);
const char *html_number_text(
    const struct html *html, int64_t number, char text[HTML_NUMBER_SIZE]);
const char *html_percent_text(
    const struct html *html, int64_t part, int64_t whole, char text[HTML_NUMBER_SIZE]);

/* A number to see at once, and ${what} it counts below it. */
void html_figure(struct html *html, int64_t number, const char *what);

/* A bar beside its numbers, which tells nothing that they do not: ${widths} in tenths of
 * a percent, each part of the class with its number: part1, part2 ... */
void html_bar(struct html *html, const int *widths, size_t count);

/*
 * A table: the first cell of a row is its heading.  On a narrow screen each row becomes
 * lines of "label value".
 */
struct html_column {
	const char *label;
	bool is_number;
};
void html_table(struct html *html, const char *caption, const struct html_column *columns,
    size_t count);
void html_row(struct html *html);  /* ends the one before */
void html_cell(struct html *html); /* ends the one before; its contents follow */
void html_table_end(struct html *html);

#endif
