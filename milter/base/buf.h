#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Text built piece by piece in storage of a fixed size.  What does not fit is
 * cut and the buffer remembers it; ${data} always ends with a NUL.
 */
struct buf {
	char *data;
	size_t size; /* of the storage, the NUL included */
	size_t len;
	bool cut;
};

void buf_init(struct buf *b, char *storage, size_t size); /* size > 0 */
void buf_putc(struct buf *b, char c);
void buf_puts(struct buf *b, const char *s);
void buf_put(struct buf *b, const char *data, size_t len);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Put text from outside where it may be seen by people and programs: all but
 * printable ASCII becomes \xNN, and so do `"` and `\`.
 */
void buf_put_escaped(struct buf *b, const char *s);

/* A word from outside in up to ${max} octets, without what would end it in a log line. */
void buf_put_word(struct buf *b, const char *word, size_t max);

#endif
