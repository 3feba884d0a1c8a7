#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "growing.h"

#define FIRST_SIZE 256

/* Room for ${len} octets more and the NUL. */
static void
grow(struct growing *t, size_t len)
{
	size_t size = t->size > 0 ? t->size : FIRST_SIZE;

	while (size - t->len <= len)
		size *= 2;
	if (size == t->size)
		return;
	t->data = mem_realloc(t->data, size);
	t->size = size;
}

void
growing_put(struct growing *t, const char *data, size_t len)
{
	grow(t, len);
	if (len > 0)
		memcpy(t->data + t->len, data, len);
	t->len += len;
	t->data[t->len] = '\0';
}

void
growing_puts(struct growing *t, const char *s)
{
	growing_put(t, s, strlen(s));
}

void
growing_putc(struct growing *t, char c)
{
	growing_put(t, &c, 1);
}

void
growing_printf(struct growing *t, const char *fmt, ...)
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
growing_free(struct growing *t)
{
	free(t->data);
	*t = (struct growing){ 0 };
}
