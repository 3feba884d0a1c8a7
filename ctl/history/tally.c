#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ctl/history/tally.h"

struct slot {
	char *name; /* NULL: free */
	int64_t n;
};

struct tally {
	struct slot *slots; /* a hash table, at most half full */
	size_t slot_count;  /* a power of two */
	size_t room, used;
};

struct tally *
tally_new(size_t room)
{
	struct tally *t = mem_alloc(sizeof *t);

	t->room = room > 0 ? room : 1;
	t->slot_count = 2;
	while (t->slot_count < 2 * t->room)
		t->slot_count *= 2;
	t->slots = mem_alloc(t->slot_count * sizeof *t->slots);
	return t;
}

void
tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->slot_count; i++)
		free(t->slots[i].name);
	free(t->slots);
	free(t);
}

static struct slot *
slot_of(struct slot *slots, size_t count, const char *name)
{
	size_t i = hash_text(HASH_START, name) & (count - 1);

	while (slots[i].name != NULL && strcmp(slots[i].name, name) != 0)
		i = (i + 1) & (count - 1);
	return &slots[i];
}

static int
by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What half of them have at most: so many go at a time that it happens seldom. */
static int64_t
median(const struct tally *t)
{
	int64_t *all = mem_alloc(t->used * sizeof *all), middle;
	size_t count = 0;

	for (size_t i = 0; i < t->slot_count; i++) {
		if (t->slots[i].name != NULL)
			all[count++] = t->slots[i].n;
	}
	qsort(all, count, sizeof *all, by_number);
	middle = all[count / 2];
	free(all);
	return middle;
}

/* All lose ${less}; the table is made anew, as one with holes would not be searched. */
static void
lower_all(struct tally *t, int64_t less)
{
	struct slot *slots = mem_alloc(t->slot_count * sizeof *slots);

	t->used = 0;
	for (size_t i = 0; i < t->slot_count; i++) {
		struct slot *old = &t->slots[i];

		if (old->name == NULL || old->n <= less) {
			free(old->name);
			continue;
		}
		old->n -= less;
		*slot_of(slots, t->slot_count, old->name) = *old;
		t->used++;
	}
	free(t->slots);
	t->slots = slots;
}

void
tally_add(struct tally *t, const char *name, int64_t n)
{
	struct slot *slot = slot_of(t->slots, t->slot_count, name);

	if (slot->name == NULL && t->used == t->room) {
		lower_all(t, median(t));
		slot = slot_of(t->slots, t->slot_count, name);
	}
	if (slot->name == NULL) {
		slot->name = mem_strdup(name);
		t->used++;
	}
	slot->n += n;
}

static int
by_size(const void *a, const void *b)
{
	const struct tally_row *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return strcmp(x->name, y->name);
}

size_t
tally_top(const struct tally *t, size_t limit, struct pool *pool, struct tally_row **rows)
{
	struct tally_row *all = pool_alloc(pool, (t->used + 1) * sizeof *all);
	size_t count = 0;

	for (size_t i = 0; i < t->slot_count; i++) {
		if (t->slots[i].name != NULL)
			all[count++] =
			    (struct tally_row){ pool_strdup(pool, t->slots[i].name),
				    t->slots[i].n };
	}
	qsort(all, count, sizeof *all, by_size);
	*rows = all;
	return count < limit ? count : limit;
}
