#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"

struct chunk {
	struct chunk *next;
	max_align_t data[];
};

struct pool {
	struct chunk *chunks;
};

struct pool *
pool_new(void)
{
	return mem_alloc(sizeof(struct pool));
}

void
pool_free(struct pool *pool)
{
	struct chunk *c, *next;

	if (pool == NULL)
		return;
	for (c = pool->chunks; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(pool);
}

/* One chunk per allocation: ASan then sees every overrun inside a pool. */
void *
pool_alloc(struct pool *pool, size_t size)
{
	struct chunk *c = mem_alloc(sizeof *c + size);

	c->next = pool->chunks;
	pool->chunks = c;
	return c->data;
}

char *
pool_strndup(struct pool *pool, const char *s, size_t len)
{
	char *copy = pool_alloc(pool, len + 1);

	if (len > 0)
		memcpy(copy, s, len);
	return copy;
}

char *
pool_strdup(struct pool *pool, const char *s)
{
	return pool_strndup(pool, s, strlen(s));
}

char *
pool_printf(struct pool *pool, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);

	s = pool_alloc(pool, (size_t)len + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return s;
}
