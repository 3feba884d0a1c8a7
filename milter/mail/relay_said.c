#include <string.h>

#include "base/ascii.h"
#include "base/pool.h"
#include "mail/header.h"
#include "mail/relay_said.h"
#include "mail/tag_list.h"

/* What begins or ends something in results, or is not seen. */
static bool
is_mark(unsigned char c)
{
	return c <= ' ' || c == 0x7f || strchr("\"\\();<>", c) != NULL;
}

static bool
has_mark(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (is_mark((unsigned char)text[i]))
			return true;
	}
	return false;
}

bool
relay_said_is_plain_helo(const char *helo, const char *received)
{
	return (helo == NULL || !has_mark(helo, strlen(helo))) &&
	       strcasestr(received, "=pass") == NULL;
}

bool
relay_said_is_plain_path(const char *path)
{
	size_t len = strlen(path);

	if (len > 1 && path[0] == '<' && path[len - 1] == '>') {
		path++;
		len -= 2;
	}
	return !has_mark(path, len);
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789ABCDEFabcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;
	int n = at != NULL ? (int)(at - digits) : -1;

	return n < 16 ? n : n - 6;
}

/* RFC 6376 section 2.11: white space goes, "=3B" is ";". */
static bool
is_plain_quoted(const char *text)
{
	for (; *text != '\0'; text++) {
		const int high = *text == '=' ? hex_digit(text[1]) : -1;
		const int low = high >= 0 ? hex_digit(text[2]) : -1;
		unsigned char c = (unsigned char)*text;

		if (low >= 0) {
			c = (unsigned char)(high * 16 + low);
			text += 2;
		}
		if (is_mark(c))
			return false;
	}
	return true;
}

/* A "header.d=" within s= would be a property of the same result. */
static bool
has_plain_names(const struct tag_list *list)
{
	static const char *const names[] = { "a", "d", "s" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct tag *tag = tag_list_find(list, names[i]);

		if (tag != NULL && has_mark(tag->value, tag->value_len))
			return false;
	}
	return true;
}

/* Its first octets are copied, and some verifiers decode it whatever else is in it. */
static bool
is_base64(const char *text)
{
	while (ascii_is_alpha(*text) || ascii_is_digit(*text) ||
	       (*text != '\0' && strchr("+/=", *text) != NULL))
		text++;
	return *text == '\0';
}

/* One that is no list of tags may be read in any way. */
static bool
is_plain_signature(const char *value, struct pool *pool)
{
	const struct tag *identity, *signature;
	struct tag_list list;

	tag_list_split(&list, value, strlen(value));
	if (list.error != NULL || !has_plain_names(&list))
		return false;
	signature = tag_list_find(&list, "b");
	if (signature != NULL && !is_base64(tag_list_squeeze(signature, pool)))
		return false;
	identity = tag_list_find(&list, "i");
	return identity == NULL || is_plain_quoted(tag_list_squeeze(identity, pool));
}

bool
relay_said_are_plain_signatures(const struct header_list *headers, struct pool *pool)
{
	for (size_t i = 0; i < headers->count; i++) {
		const struct header_field *field = &headers->fields[i];

		if (header_field_is(field, "DKIM-Signature") &&
		    !is_plain_signature(field->value, pool))
			return false;
	}
	return true;
}
