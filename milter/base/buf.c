#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

void
buf_init(struct buf *b, char *storage, size_t size)
{
	*b = (struct buf){ .data = storage, .size = size };
	storage[0] = '\0';
}

void
buf_put(struct buf *b, const char *data, size_t len)
{
	size_t room = b->size - b->len - 1;

	if (len > room) {
		len = room;
		b->cut = true;
	}
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t room = b->size - b->len;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(b->data + b->len, room, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	if ((size_t)len >= room) {
		b->len = b->size - 1;
		b->cut = true;
		return;
	}
	b->len += (size_t)len;
}

/* Whole or not at all: half an escape would be misread. */
static bool
put_octet(struct buf *b, unsigned char c)
{
	bool plain = c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';

	if (b->size - b->len - 1 < (plain ? 1 : 4)) {
		b->cut = true;
		return false;
	}
	if (plain)
		buf_putc(b, (char)c);
	else
		buf_printf(b, "\\x%02x", c);
	return true;
}

void
buf_put_escaped(struct buf *b, const char *s)
{
	while (*s != '\0' && put_octet(b, (unsigned char)*s))
		s++;
}

void
buf_put_word(struct buf *b, const char *word, size_t max)
{
	static const size_t escape_octets = 4;
	size_t end = b->len + max;

	for (; *word != '\0' && b->len + escape_octets <= end; word++) {
		unsigned char c = (unsigned char)*word;

		if (c > ' ' && c <= '~' && strchr("\"\\()=,", c) == NULL)
			buf_putc(b, (char)c);
		else
			buf_printf(b, "\\x%02x", c);
	}
}
