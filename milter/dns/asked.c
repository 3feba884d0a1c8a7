#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/hash.h"
#include "base/mem.h"
#include "dns/asked.h"

static uint32_t
hash_of(const char *name, enum dns_type type)
{
	return hash_text(HASH_START ^ (uint32_t)type, name);
}

struct asked *
asked_find(const struct asked_list *list, const char *name, enum dns_type type)
{
	uint32_t hash = hash_of(name, type);

	for (size_t i = 0; i < list->count; i++) {
		struct asked *e = list->entries[i];

		if (e->hash == hash && e->public.type == type &&
		    strcmp(e->name, name) == 0)
			return e;
	}
	return NULL;
}

struct asked *
asked_add(struct asked_list *list, const char *name, enum dns_type type)
{
	size_t len = strlen(name);
	struct asked *e = mem_alloc(sizeof *e + len + 1);

	memcpy(e->name, name, len);
	e->hash = hash_of(name, type);
	e->public.name = e->name;
	e->public.type = type;
	if (list->count == list->size) {
		list->size = list->size == 0 ? 16 : list->size * 2;
		list->entries =
		    mem_realloc(list->entries, list->size * sizeof(struct asked *));
	}
	list->entries[list->count++] = e;
	return e;
}

double
asked_took_ms(const struct asked *e)
{
	const struct dns_answer *answer = e->public.answer;
	struct timespec end;
	double ms;

	if (answer == NULL || e->asked_at.tv_sec == 0)
		return 0;
	end = answer->at;
	if (end.tv_sec == 0 && answer->status == DNS_TEMPFAIL)
		end = deadline_in(0);
	if (end.tv_sec == 0)
		return 0;
	ms = deadline_ms_between(&e->asked_at, &end);
	return ms > 0 ? ms : 0;
}

int
asked_under_way(const struct asked_list *list)
{
	int count = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->entries[i]->lookup != NULL &&
		    !lookup_is_done(list->entries[i]->lookup))
			count++;
	}
	return count;
}

void
asked_clear(struct asked_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->entries[i]->watched)
			lookup_unwatch(
			    list->entries[i]->lookup, &list->entries[i]->watch);
	}
	for (size_t i = 0; i < list->count; i++) {
		if (list->entries[i]->lookup != NULL)
			lookup_drop(list->entries[i]->lookup);
		free(list->entries[i]);
	}
	free(list->entries);
	*list = (struct asked_list){ 0 };
}
