#ifndef CTL_AUDIT_AUDIT_HTML_H
#define CTL_AUDIT_AUDIT_HTML_H

#include <stdio.h>

struct pool;
struct result;

/* The audit as one page that can be shown and printed, in the language that is spoken. */
struct audit_html {
	const struct result *result;
	const char *language; /* of the page: that which is spoken */
	const char *digest;   /* SHA-256 of its JSON; NULL: none was written */
};

void audit_html_write(FILE *out, const struct audit_html *page, struct pool *pool);

#endif
