#include "history/fact_list.h"

void
fact_list_init(struct fact_list *list)
{
	list->first = NULL;
	list->end = &list->first;
	list->count = 0;
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
	if (list->first == NULL)
		list->end = &list->first;
	return bytes;
}
