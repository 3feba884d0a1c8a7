#ifndef CTL_PAGE_H
#define CTL_PAGE_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Text for people on a page of 92 columns.  Whatever comes from a message or the DNS is
 * printed by page_quote(): control characters and 8-bit as \xNN, long texts cut.
 */
struct page {
	FILE *out;
	bool colour;
};

enum page_colour { PAGE_PLAIN, PAGE_BOLD, PAGE_GREEN, PAGE_YELLOW, PAGE_RED };

/* A heading with a line of its own, an empty one before it. */
void page_heading(const struct page *p, const char *text);

/* "  Label          text", wrapped beside the label. */
void page_row(const struct page *p, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sentences, ${indent} columns in, wrapped. */
void page_text(const struct page *p, int indent, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A line as it is. */
void page_line(const struct page *p, enum page_colour colour, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * ${text} safe to print; in ${quoted}, which is returned.  What does not fit ends in
 * "...".
 */
#define PAGE_QUOTE_SIZE 512
const char *page_quote(const char *text, char quoted[PAGE_QUOTE_SIZE]);

#endif
