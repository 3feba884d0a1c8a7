#ifndef MAIL_TAG_LIST_H
#define MAIL_TAG_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool;

#define TAG_LIST_MAX 64 /* tags in one list */

/* One tag of a list; points into the text that was read. */
struct tag {
	const char *name, *value; /* without the white space around */
	size_t name_len, value_len;
	bool space_before_equals;
};

/* A tag=value list (RFC 6376 section 3.2), tags in their order, no name twice. */
struct tag_list {
	struct tag tags[TAG_LIST_MAX];
	size_t count;
	const char *error; /* a constant; what stands before the error was read */
};

/* Pure; ${text} must outlive the list. */
void tag_list_split(struct tag_list *list, const char *text, size_t len);

/* Names are compared with case; NULL: it is not there. */
const struct tag *tag_list_find(const struct tag_list *list, const char *name);

/* Is the value this word?  Without case. */
bool tag_list_is(const struct tag *tag, const char *word);

/* Is ${word} one of ${words}, which stand between colons?  Without case. */
bool tag_list_names(const char *words, const char *word);

/* The value without any white space. */
char *tag_list_squeeze(const struct tag *tag, struct pool *pool);

/* The value as a number of at most 18 digits; false: it is none. */
bool tag_list_number(const struct tag *tag, uint64_t *number);

/* The value as base64 (section 2.10), decoded; NULL: it is none, or empty. */
const unsigned char *tag_list_base64(
    const struct tag *tag, size_t *len, struct pool *pool);

#endif
