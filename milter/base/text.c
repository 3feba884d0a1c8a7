#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define FIRST_SIZE 256

/* Room for ${len} octets more and the NUL. */
static void
grow(struct text *t, size_t len)
{
	size_t size = t->size > 0 ? t->size : FIRST_SIZE;

	while (size - t->len <= len)
		size *= 2;
	if (size == t->size)
		return;
	t->data = mem_realloc(t->data, size);
	t->size = size;
}

char *
text_extend(struct text *t, size_t len)
{
	char *place;

	if (t->size - t->len <= len)
		grow(t, len);
	place = t->data + t->len;
	t->len += len;
	t->data[t->len] = '\0';
	return place;
}

void
text_put(struct text *t, const char *data, size_t len)
{
	char *place = text_extend(t, len);

	if (len > 0)
		memcpy(place, data, len);
}

void
text_puts(struct text *t, const char *s)
{
	text_put(t, s, strlen(s));
}

void
text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	grow(t, (size_t)len);
	va_start(ap, fmt);
	vsnprintf(t->data + t->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	t->len += (size_t)len;
}

void
text_free(struct text *t)
{
	free(t->data);
	*t = (struct text){ 0 };
}
