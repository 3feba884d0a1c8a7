#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/wordlist.h"

void
wordlist_add(struct wordlist *list, const char *word)
{
	list->words = mem_realloc(list->words, (list->count + 1) * sizeof *list->words);
	list->words[list->count++] = mem_strdup(word);
}

bool
wordlist_has(const struct wordlist *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcasecmp(list->words[i], word) == 0)
			return true;
	}
	return false;
}

bool
wordlist_is_equal(const struct wordlist *a, const struct wordlist *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->words[i], b->words[i]) != 0)
			return false;
	}
	return true;
}

void
wordlist_clear(struct wordlist *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->words[i]);
	free(list->words);
	*list = (struct wordlist){ 0 };
}
