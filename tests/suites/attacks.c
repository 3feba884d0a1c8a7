/*
 * The cases of CONFORMANCE_DIR/attacks, as far as the header alone decides: who is
 * the author, and is the Authentication-Results field on top taken for a forged one.
 * SOURCE.txt there says what the fields of a case mean.
 */
#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "json_lines.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "tap.h"

static const char *
get(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static char *
decode_base64(const char *text, size_t *len, struct pool *pool)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = pool_alloc(pool, strlen(text) + 1);
	unsigned bits = 0, n = 0;

	*len = 0;
	for (; *text != '\0' && *text != '='; text++) {
		const char *digit = strchr(digits, *text);

		if (digit == NULL)
			continue;
		bits = bits << 6 | (unsigned)(digit - digits);
		n += 6;
		if (n >= 8) {
			n -= 8;
			out[(*len)++] = (char)(bits >> n & 0xff);
		}
	}
	return out;
}

/* The length of the next field with its folds, its line end not counted; 0: none. */
static size_t
field_length(const char *p, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++)
		if (p[i] == '\r' && p[i + 1] == '\n' &&
		    (i + 2 == len || (p[i + 2] != ' ' && p[i + 2] != '\t')))
			return i;
	return len;
}

/* Tell the list a field as libmilter would: folds as LF, cut at a NUL. */
static bool
add_field(struct header_list *list, const char *p, size_t len, struct pool *pool)
{
	const char *colon = memchr(p, ':', len), *name, *value;
	char *out;

	if (colon == NULL || colon == p || *p == ' ' || *p == '\t' ||
	    memchr(p, '\n', (size_t)(colon - p)) != NULL)
		return false;
	name = pool_strndup(pool, p, (size_t)(colon - p));
	value = out = pool_alloc(pool, len);
	for (const char *in = colon + 1; in < p + len; in++)
		if (in[0] != '\r' || in + 1 == p + len || in[1] != '\n')
			*out++ = *in;
	header_list_add(list, name, value);
	return true;
}

/* The header as an MTA tells it: it ends at the first line that is no field. */
static struct header_list *
read_header(const json_t *attack, struct pool *pool)
{
	const struct header_limits limits = { .bytes = 262144, .fields = 1000 };
	struct header_list *list =
	    header_list_new(pool, limits, get(attack, "authserv_id"), NULL);
	size_t len, field;
	const char *p = decode_base64(get(attack, "message_b64"), &len, pool);

	list->postfix = true;
	for (; len > 0; p += field, len -= field) {
		field = field_length(p, len);
		if (!add_field(list, p, field, pool))
			break;
		field += field < len ? 2 : 0;
	}
	return list;
}

/* Is it the text, or one of the texts of the array? */
static bool
is_among(const json_t *texts, const char *text)
{
	const json_t *one;
	size_t i;

	if (json_is_string(texts))
		return strcmp(json_string_value(texts), text) == 0;
	json_array_foreach(
	    texts, i, one) if (strcmp(json_string_value(one), text) == 0) return true;
	return false;
}

static bool
is_right_author(const json_t *author, const struct from_evidence *got)
{
	const char *verdict = get(author, "verdict");

	if (strcmp(verdict, "domain") == 0) {
		if (got->status == FROM_OK)
			return is_among(json_object_get(author, "domain"), got->domain);
		return json_is_true(json_object_get(author, "or_malformed"));
	}
	if (strcmp(verdict, "multi") == 0)
		return got->status == FROM_SEVERAL_DOMAINS ||
		       got->status == FROM_REPEATED;
	if (got->status == FROM_OK)
		return is_among(json_object_get(author, "or_domain"), got->domain);
	return strcmp(verdict, "malformed") == 0;
}

/* Of README.md, section "from". */
static bool
is_deviation(const json_t *attack)
{
	return strcmp(get(attack, "id"), "ar-two-in-one") == 0 ||
	       strcmp(get(attack, "id"), "from-long-pad") == 0;
}

static void
check_author(const json_t *attack, const struct header_list *list, struct pool *pool)
{
	const json_t *author =
	    json_object_get(json_object_get(attack, "expect"), "author");
	struct from_evidence got = header_author(list, pool);

	if (is_deviation(attack) && got.status != FROM_OK) {
		tap_skip(get(attack, "id"), "refusing the message is right too");
		return;
	}
	tap_result(is_right_author(author, &got), "%s: author %s, is %s%s",
	    get(attack, "id"), get(author, "verdict"), got.domain,
	    got.reason != NULL ? got.reason : "");
}

static void
check_results(const json_t *attack, const struct header_list *list)
{
	bool remove = strcmp(get(attack, "header_action"), "remove") == 0;

	tap_result((list->forged_count > 0) == remove, "%s: results, %s",
	    get(attack, "id"), get(attack, "header_action"));
}

static void
check(const json_t *attack)
{
	struct pool *pool = pool_new();
	struct header_list *list = read_header(attack, pool);

	check_author(attack, list, pool);
	if (strcmp(get(attack, "layer"), "ar") == 0)
		check_results(attack, list);
	pool_free(pool);
}

int
main(void)
{
	json_lines_each("attacks", ".json", check);
	return tap_end();
}
