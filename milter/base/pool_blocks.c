/* Pools cut from blocks: a message allocates some hundred times and frees once. */
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"

/* The first holds what a small pool needs, one of a message has a few of the last. */
#define FIRST_BLOCK ((size_t)1024)
#define LAST_BLOCK ((size_t)8192)

struct block {
	struct block *before;
	max_align_t data[];
};

struct pool {
	struct block *blocks;
	char *next; /* of the last block, what is still free */
	size_t left;
	size_t size; /* of the next block */
};

/* The pool stands in its first block. */
struct pool *
pool_new(void)
{
	struct block *first = mem_room(FIRST_BLOCK);
	struct pool *pool = (struct pool *)first->data;

	first->before = NULL;
	*pool = (struct pool){ .blocks = first,
		.next = (char *)(pool + 1),
		.left = FIRST_BLOCK - sizeof *first - sizeof *pool,
		.size = 2 * FIRST_BLOCK };
	return pool;
}

void
pool_free(struct pool *pool)
{
	struct block *b = pool != NULL ? pool->blocks : NULL, *before;

	for (; b != NULL; b = before) {
		before = b->before;
		free(b);
	}
}

static struct block *
add_block(struct pool *pool, size_t size)
{
	struct block *b = mem_room(size);

	b->before = pool->blocks;
	pool->blocks = b;
	return b;
}

void *
pool_room(struct pool *pool, size_t size)
{
	const size_t align = alignof(max_align_t);
	/* More than half of what can be addressed is not to be had. */
	size_t whole =
	    size < SIZE_MAX / 2 ? (size + align - 1) / align * align : SIZE_MAX / 2;
	struct block *b;
	void *room;

	if (whole > pool->left) {
		/* What is large has a block of its own, and the last one goes on. */
		if (whole > pool->size / 4)
			return add_block(pool, sizeof *b + whole)->data;
		b = add_block(pool, pool->size);
		pool->next = (char *)b->data;
		pool->left = pool->size - sizeof *b;
		if (pool->size < LAST_BLOCK)
			pool->size *= 2;
	}
	room = pool->next;
	pool->next += whole;
	pool->left -= whole;
	return room;
}
