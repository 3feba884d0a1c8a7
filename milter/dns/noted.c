#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dns/noted.h"

#define NOTED_MAX 20

void
noted_add(struct noted_list *list, const char *name, enum dns_type type, bool followed,
    questions_then *then)
{
	struct noted **p = &list->first, *n;
	size_t len = strlen(name);

	for (; *p != NULL; p = &(*p)->next) {
		if ((*p)->type == type && strcmp((*p)->name, name) == 0)
			return;
	}
	if (list->count == NOTED_MAX)
		return;
	n = *p = mem_alloc(sizeof *n + len + 1);
	memcpy(n->name, name, len);
	n->type = type;
	n->followed = followed;
	n->then = then;
	list->count++;
}

struct noted *
noted_take(struct noted_list *list)
{
	struct noted *first = list->first;

	*list = (struct noted_list){ 0 };
	return first;
}

void
noted_free(struct noted *first)
{
	struct noted *next;

	for (; first != NULL; first = next) {
		next = first->next;
		free(first);
	}
}
