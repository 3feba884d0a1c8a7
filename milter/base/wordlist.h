#ifndef BASE_WORDLIST_H
#define BASE_WORDLIST_H

#include <stdbool.h>
#include <stddef.h>

/* A list of words, compared without case (ASCII).  Only read once it is made. */
struct wordlist {
	char **words;
	size_t count;
};

void wordlist_add(struct wordlist *list, const char *word); /* copied */
bool wordlist_has(const struct wordlist *list, const char *word);
/* The same words in the same order, written alike? */
bool wordlist_is_equal(const struct wordlist *a, const struct wordlist *b);
void wordlist_clear(struct wordlist *list);

#endif
