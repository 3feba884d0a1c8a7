#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/pool.h"
#include "mail/tag_list.h"

static bool
is_white(char c)
{
	return ascii_is_wsp(c) || c == '\r' || c == '\n';
}

/* Octets of white space, or of a line end that white space follows; 0: none. */
static size_t
space_at(const char *p, const char *end)
{
	size_t n = *p == '\r' && end - p > 1 ? 2 : 1;

	if (ascii_is_wsp(*p))
		return 1;
	if (p[n - 1] != '\n' || (size_t)(end - p) <= n || !ascii_is_wsp(p[n]))
		return 0;
	return n;
}

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && space_at(p, end) > 0)
		p += space_at(p, end);
	return p;
}

/* tag-name of section 3.2 */
static size_t
name_length(const char *p, const char *end)
{
	const char *start = p;

	if (p == end || !ascii_is_alpha(*p))
		return 0;
	while (p < end && (ascii_is_alpha(*p) || ascii_is_digit(*p) || *p == '_'))
		p++;
	return (size_t)(p - start);
}

/* tag-value up to ";" or ${end}; NULL: an octet that cannot stand in one. */
static const char *
value_end(const char *p, const char *end)
{
	while (p < end && *p != ';') {
		size_t len = *p > ' ' && *p <= '~' ? 1 : space_at(p, end);

		if (len == 0)
			return NULL;
		p += len;
	}
	return p;
}

static const struct tag *
find(const struct tag_list *list, const char *name, size_t len)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->tags[i].name_len == len &&
		    memcmp(list->tags[i].name, name, len) == 0)
			return &list->tags[i];
	}
	return NULL;
}

/* Read one tag-spec; returns where it ends, or NULL with the error set. */
static const char *
split_one(struct tag_list *list, const char *p, const char *end)
{
	struct tag tag = { .name = p, .name_len = name_length(p, end) };
	const char *equals = skip_space(p + tag.name_len, end), *stop;

	if (tag.name_len == 0 || equals == end || *equals != '=') {
		list->error = "tag list syntax";
		return NULL;
	}
	tag.space_before_equals = equals > p + tag.name_len;
	stop = value_end(equals + 1, end);
	if (stop == NULL) {
		list->error = "octet in a tag value that is not printable ASCII";
		return NULL;
	}
	tag.value = skip_space(equals + 1, stop);
	tag.value_len = (size_t)(stop - tag.value);
	while (tag.value_len > 0 && is_white(tag.value[tag.value_len - 1]))
		tag.value_len--;
	if (find(list, tag.name, tag.name_len) != NULL)
		list->error = "a tag occurs twice";
	else if (list->count == TAG_LIST_MAX)
		list->error = "too many tags";
	else
		list->tags[list->count++] = tag;
	return list->error == NULL ? stop : NULL;
}

/* What stands before an error is kept: it tells whose signature it was. */
void
tag_list_split(struct tag_list *list, const char *text, size_t len)
{
	const char *p = text, *end = text + len;

	list->count = 0;
	list->error = NULL;
	for (;;) {
		p = skip_space(p, end);
		if (p == end)
			break; /* the list may end with ";" */
		p = split_one(list, p, end);
		if (p == NULL || p == end)
			break;
		p++;
	}
}

const struct tag *
tag_list_find(const struct tag_list *list, const char *name)
{
	return find(list, name, strlen(name));
}

char *
tag_list_squeeze(const struct tag *tag, struct pool *pool)
{
	char *text = pool_room(pool, tag->value_len + 1);
	size_t n = 0;

	for (size_t i = 0; i < tag->value_len; i++) {
		if (!is_white(tag->value[i]))
			text[n++] = tag->value[i];
	}
	text[n] = '\0';
	return text;
}

bool
tag_list_is(const struct tag *tag, const char *word)
{
	return strlen(word) == tag->value_len &&
	       strncasecmp(tag->value, word, tag->value_len) == 0;
}

bool
tag_list_names(const char *words, const char *word)
{
	size_t word_len = strlen(word);

	for (;;) {
		size_t len = strcspn(words, ":");

		if (len == word_len && strncasecmp(words, word, len) == 0)
			return true;
		if (words[len] == '\0')
			return false;
		words += len + 1;
	}
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

const unsigned char *
tag_list_base64(const struct tag *tag, size_t *len, struct pool *pool)
{
	const char *p = tag->value, *end = tag->value + tag->value_len;
	unsigned char *out = pool_room(pool, tag->value_len / 4 * 3 + 3);
	unsigned bits = 0, held = 0;
	size_t n = 0, padding = 0;

	for (; p < end && *p != '='; p++) {
		int digit = base64_digit(*p);

		if (digit == -1 && !is_white(*p))
			return NULL;
		if (digit == -1)
			continue;
		held = held << 6 | (unsigned)digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (unsigned char)(held >> bits);
		}
	}
	for (; p < end; p++) {
		if (*p != '=' && !is_white(*p))
			return NULL;
		padding += *p == '=';
	}
	*len = n;
	return n > 0 && bits < 6 && padding <= 2 ? out : NULL;
}

bool
tag_list_number(const struct tag *tag, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < tag->value_len; i++) {
		if (!ascii_is_digit(tag->value[i]) || i == 18)
			return false;
		*number = *number * 10 + (uint64_t)(tag->value[i] - '0');
	}
	return tag->value_len > 0;
}
