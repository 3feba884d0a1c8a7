/* Whatever text a page is given, it stays text: in no place does a tag begin or an
 * attribute end, and what is not seen but acts is spelled out. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/utf8.h"
#include "ctl/html.h"
#include "ctl/ulabel.h"
#include "mail/address.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The longest that html_foreign() and html_domain() make: all of it escaped. */
#define LONGEST (6 * (size_t)HTML_FOREIGN_MAX + 400)

/* What is between the tags of ours. */
static void
check_text(const char *text, size_t len)
{
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;",
		"&#39;" };

	for (size_t i = 0; i < len; i++) {
		size_t n = 0;

		must((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
		must(strchr("<>\"'", text[i]) == NULL);
		/* Marks of direction and joiners, C1, BOM */
		must(strncmp(text + i, "\xe2\x80\x8b", 3) < 0 ||
		     strncmp(text + i, "\xe2\x80\x8f", 3) > 0);
		/* NOLINTBEGIN(misc-misleading-bidirectional): it is what is looked for */
		must(strncmp(text + i, "\xe2\x80\xaa", 3) < 0 ||
		     strncmp(text + i, "\xe2\x80\xae", 3) > 0);
		/* NOLINTEND(misc-misleading-bidirectional) */
		must(strncmp(text + i, "\xef\xbb\xbf", 3) != 0);
		if (text[i] != '&')
			continue;
		while (n < sizeof entities / sizeof *entities &&
		       strncmp(text + i, entities[n], strlen(entities[n])) != 0)
			n++;
		must(n < sizeof entities / sizeof *entities);
	}
}

/* Tags of ours, and nothing but text between them; each bdi is closed. */
static void
check(const char *out)
{
	static const char *const tags[] = { "<bdi class=\"foreign\">",
		"<bdi class=\"domain\">", "<bdi>", "</bdi>", "<wbr/>" };
	int open = 0;

	must(utf8_is_valid(out, strlen(out)));
	while (*out != '\0') {
		size_t len = strcspn(out, "<"), n = 0;

		check_text(out, len);
		out += len;
		if (*out == '\0')
			break;
		while (n < sizeof tags / sizeof *tags &&
		       strncmp(out, tags[n], strlen(tags[n])) != 0)
			n++;
		must(n < sizeof tags / sizeof *tags);
		open += n < 3 ? 1 : n == 3 ? -1 : 0;
		must(open >= 0 && open <= 1);
		out += strlen(tags[n]);
	}
	must(open == 0);
}

/* What one of the functions made of it; free()d by the caller. */
static char *
made(void (*put)(struct html *h, const char *text), const char *text)
{
	char *out = NULL;
	size_t len;
	struct html h = { .out = open_memstream(&out, &len), .language = "en" };

	must(h.out != NULL);
	put(&h, text);
	fclose(h.out);
	return out;
}

static void
put_attribute(struct html *h, const char *text)
{
	html_open_with(
	    h, "a", (const struct html_attribute[]){ { "href", text }, { "", NULL } });
}

static void
check_attribute(const char *text)
{
	static const char begin[] = "<a href=\"", end[] = "\">";
	char *out = made(put_attribute, text);
	size_t len = strlen(out), around = strlen(begin) + strlen(end);

	must(len >= around && strncmp(out, begin, strlen(begin)) == 0);
	must(strcmp(out + len - strlen(end), end) == 0);
	check_text(out + strlen(begin), len - around);
	free(out);
}

/* Letters are shown where they, and they alone, are that name. */
static void
check_letters(const char *text)
{
	struct pool *pool = pool_new();
	const char *letters = ulabel_of(text, pool), *again;

	if (letters != NULL) {
		again = address_domain(letters, strlen(letters), pool);
		must(again != NULL && strcmp(again, text) == 0);
		must(utf8_is_valid(letters, strlen(letters)));
	}
	pool_free(pool);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void (*const bounded[])(
	    struct html *, const char *) = { html_foreign, html_domain };
	char *text = malloc(size + 1), *out;

	must(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	out = made(html_text, text);
	check(out);
	must(strchr(out, '<') == NULL);
	free(out);
	for (size_t i = 0; i < 2; i++) {
		out = made(bounded[i], text);
		check(out);
		must(strlen(out) <= LONGEST);
		free(out);
	}
	check_attribute(text);
	check_letters(text);
	free(text);
	return 0;
}
