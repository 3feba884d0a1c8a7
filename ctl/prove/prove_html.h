#ifndef CTL_PROVE_PROVE_HTML_H
#define CTL_PROVE_PROVE_HTML_H

#include <stdio.h>

struct pool;
struct prove_result;

struct prove_html {
	const struct prove_result *proof;
	const char *language; /* "nl" or "en", which is spoken */
	const char *digest;   /* of the same as JSON; NULL: there is none */
};

/* The proof as a page for a board, an inspector or a supplier. */
void prove_html_write(FILE *out, const struct prove_html *page, struct pool *pool);

#endif
