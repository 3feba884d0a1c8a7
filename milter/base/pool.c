#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/pool.h"

#define SHORT_TEXT 256

void *
pool_alloc(struct pool *pool, size_t size)
{
	return memset(pool_room(pool, size), 0, size);
}

char *
pool_strndup(struct pool *pool, const char *s, size_t len)
{
	char *copy = pool_room(pool, len + 1);

	if (len > 0)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
pool_strdup(struct pool *pool, const char *s)
{
	return pool_strndup(pool, s, strlen(s));
}

char *
pool_join(struct pool *pool, const char *first, const char *second, const char *third)
{
	char *s = pool_room(pool, strlen(first) + strlen(second) + strlen(third) + 1);

	stpcpy(stpcpy(stpcpy(s, first), second), third);
	return s;
}

char *
pool_printf(struct pool *pool, const char *fmt, ...)
{
	char text[SHORT_TEXT], *s;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if ((size_t)len < sizeof text)
		return pool_strndup(pool, text, (size_t)len);

	s = pool_room(pool, (size_t)len + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return s;
}
