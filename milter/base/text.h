#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

/*
 * Text that grows as it is written, for what has no fixed size: JSON, CSV, HTML.  Begin
 * with a zeroed struct.  One thread at a time.
 */
struct text {
	char *data; /* NUL behind its last octet; NULL while nothing was put */
	size_t len;
	size_t size;
};

void text_put(struct text *t, const char *data, size_t len);

/* Room for ${len} octets at the end, all of which the caller writes. */
char *text_extend(struct text *t, size_t len);
void text_puts(struct text *t, const char *s);
void text_printf(struct text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void text_free(struct text *t); /* frees what it holds, and is as at the start */

static inline void
text_putc(struct text *t, char c)
{
	if (t->size - t->len < 2) {
		*text_extend(t, 1) = c;
		return;
	}
	t->data[t->len++] = c;
	t->data[t->len] = '\0';
}

#endif
