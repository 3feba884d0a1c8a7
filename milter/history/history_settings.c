#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "history/history_settings.h"

struct history_settings *
history_settings_find(
    struct history_settings **list, const char *version, const char *text)
{
	struct history_settings *s;

	for (s = *list; s != NULL; s = s->next) {
		if (strcmp(s->text, text) == 0 && strcmp(s->version, version) == 0)
			return s;
	}
	s = mem_alloc(sizeof *s);
	s->version = mem_strdup(version);
	s->text = mem_strdup(text);
	s->next = *list;
	*list = s;
	return s;
}

void
history_settings_free(struct history_settings *list)
{
	struct history_settings *next;

	for (; list != NULL; list = next) {
		next = list->next;
		free(list->version);
		free(list->text);
		free(list);
	}
}
