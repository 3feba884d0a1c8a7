#include "history/fact_list.h"
#include "base/mem.h"

/* So many octets leave holes in the heap that are worth giving back. */
#define LONG_BYTES ((size_t)1 << 20)

void
fact_list_init(struct fact_list *list)
{
	list->first = NULL;
	list->end = &list->first;
	list->count = 0;
	list->dropped = 0;
}

void
fact_list_add(struct fact_list *list, struct fact *fact)
{
	fact->next = NULL;
	*list->end = fact;
	list->end = &fact->next;
	list->count++;
}

void
fact_list_move(struct fact_list *to, struct fact_list *from)
{
	if (from->first == NULL)
		return;
	*to->end = from->first;
	to->end = from->end;
	to->count += from->count;
	fact_list_init(from);
}

/*
 * While facts wait for a slow disk, those of all threads come to lie between what lives
 * on: the C library would keep the holes that they leave.
 */
static void
give_back(struct fact_list *list)
{
	if (list->dropped >= LONG_BYTES)
		mem_give_back();
	list->dropped = 0;
}

size_t
fact_list_drop(struct fact_list *list, const struct fact *end, size_t *count)
{
	size_t bytes = 0;

	for (*count = 0; list->first != end; (*count)++) {
		struct fact *fact = list->first;

		list->first = fact->next;
		bytes += fact->size;
		fact_free(fact);
	}
	list->count -= *count;
	list->dropped += bytes;
	if (list->first == NULL) {
		list->end = &list->first;
		give_back(list);
	}
	return bytes;
}
