/*
 * The domain that we call the author's is one that no other strict reading of the
 * same octets contradicts.  The second reader here is short and knows little: where
 * an @ stands outside quotes and comments, and what follows it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/pool.h"
#include "mail/address.h"
#include "mail/evidence.h"
#include "mail/from_advice.h"
#include "mail/header.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SPECIALS "()<>[]:;@\\,\" \t\r\n"

/* The value with quoted strings as "q", comments as a space: what is left to read. */
static const char *
bare(const char *value, struct pool *pool)
{
	char *text = pool_alloc(pool, strlen(value) * 3 + 1), *out = text;
	bool quoted = false;
	int depth = 0;

	for (; *value != '\0'; value++) {
		if ((quoted || depth > 0) && *value == '\\' && value[1] != '\0') {
			value++;
		} else if (depth == 0 && *value == '"') {
			quoted = !quoted;
			if (quoted)
				*out++ = 'q';
		} else if (!quoted && *value == '(') {
			if (depth++ == 0)
				*out++ = ' ';
		} else if (!quoted && *value == ')' && depth > 0) {
			depth--;
		} else if (!quoted && depth == 0) {
			*out++ = *value;
		}
	}
	return text;
}

/* The end of a route ("<@a,@b:"), so that its domains are not taken for authors. */
static const char *
behind_route(const char *p)
{
	const char *behind = p + 1 + strspn(p + 1, " \t\r\n");

	if (*behind != '@')
		return p;
	behind += strcspn(behind, ":>");
	return *behind == ':' ? behind : p;
}

static bool
is_all_of(const char *text, const char *domain, struct pool *pool)
{
	bool any = false;

	for (const char *p = text; *p != '\0'; p++) {
		const char *found;
		size_t len;

		if (*p == '<')
			p = behind_route(p);
		if (*p != '@')
			continue;
		p += 1 + strspn(p + 1, " \t\r\n");
		len = strcspn(p, SPECIALS);
		found = address_domain(p, len, pool);
		if (found == NULL || strcmp(found, domain) != 0)
			return false;
		any = true;
		p += len - 1;
	}
	return any;
}

/* Plain enough that nobody refuses it: "Words <local@domain>" or "local@domain". */
static const char *
plain_domain(const char *value, struct pool *pool)
{
	static const char words[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ";
	const char *p = value + strspn(value, words), *domain;
	size_t local, len;
	bool angle = *p == '<';

	if (!angle)
		p = value + strspn(value, " ");
	p += angle;
	local = strspn(p, words + 10);
	if (local == 0 || p[local] != '@' || memchr(p, ' ', local) != NULL)
		return NULL;
	domain = p + local + 1;
	len = strspn(domain, "abcdefghijklmnopqrstuvwxyz.");
	if (strcmp(domain + len, angle ? ">" : "") != 0)
		return NULL;
	return address_domain(domain, len, pool);
}

/* Is the last of ${text}, which is bare(), a comma? */
static bool
ends_in_comma(const char *text)
{
	size_t len = strlen(text);

	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	return len > 0 && text[len - 1] == ',';
}

/* More of the same domain changes nothing, another domain is seen. */
static void
check_neighbours(const char *value, const char *domain, struct pool *pool)
{
	struct from_evidence got;

	/* What is encoded and what is added may come to an address and a comma. */
	if (strstr(value, "=?") != NULL)
		return;
	got = header_from_domain(
	    pool_printf(pool, ",%s, (x@y) \"a@b\"@%s", value, domain), pool);
	must(got.status == FROM_OK && strcmp(got.domain, domain) == 0);
	got = header_from_domain(
	    pool_printf(pool, "%s, <@%s:x@other.%s>", value, domain, domain), pool);
	must(got.status == FROM_SEVERAL_DOMAINS || got.status == FROM_MALFORMED);
	got = header_from_domain(pool_printf(pool, "%s <x@%s>", value, domain), pool);
	must((got.status == FROM_MALFORMED) != ends_in_comma(bare(value, pool)));
}

static bool
is_domain(const char *text, struct pool *pool)
{
	return address_domain(text, strlen(text), pool) != NULL;
}

/* The same value as a List-Id and as a List-Post; of plain words the last one counts. */
static void
check_list(const char *value, struct pool *pool)
{
	static const char white[] = " \t\r\n\v\f";
	const char *id = header_list_id(value, pool);
	const char *post = header_list_post(value, pool), *wanted = NULL;
	char *words = pool_strdup(pool, value), *rest = NULL;

	must(id == NULL || is_domain(id, pool));
	must(post == NULL || (id != NULL && strcmp(id, post) == 0));
	for (const char *p = value; *p != '\0'; p++) {
		if (strchr("<>()\"", *p) != NULL ||
		    ((*p < ' ' || *p > '~') && strchr(white, *p) == NULL))
			return;
	}
	for (char *word = strtok_r(words, white, &rest); word != NULL;
	     word = strtok_r(NULL, white, &rest))
		wanted = word;
	if (wanted != NULL)
		wanted = address_domain(wanted, strlen(wanted), pool);
	must(wanted == NULL ? id == NULL : id != NULL && strcmp(id, wanted) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	const char *value = pool_strndup(pool, (const char *)data, size);
	struct from_evidence got = header_from_domain(value, pool);
	const char *plain = plain_domain(value, pool);

	if (got.status == FROM_OK) {
		const char *text = bare(value, pool);

		must(got.reason == NULL);
		must(is_all_of(text, got.domain, pool));
		check_neighbours(value, got.domain, pool);
	} else {
		must(got.reason != NULL && *got.domain == '\0');
		must(from_advice(&got) != NULL);
	}
	if (plain != NULL)
		must(got.status == FROM_OK && strcmp(got.domain, plain) == 0);
	check_list(value, pool);
	pool_free(pool);
	return 0;
}
