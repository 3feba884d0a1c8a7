/* Pools for builds with sanitizers, which then see every overrun inside of one. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

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

void *
pool_room(struct pool *pool, size_t size)
{
	/* More than half of what can be addressed is not to be had. */
	size_t room = size < SIZE_MAX / 2 ? size : SIZE_MAX / 2;
	struct chunk *c = mem_room(sizeof *c + room);

	c->next = pool->chunks;
	pool->chunks = c;
	return c->data;
}
