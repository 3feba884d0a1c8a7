/*
 * "h= LF header": our own text of the header beside what libopendkim hashes.  Made to
 * read white space as it does, ours must come to its hash; and both readings are one
 * where there is neither VT nor FF.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "check/header_hash_strict.h"
#include "dkim_run.h"
#include "mail/dkim_header.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char start[] = " v=1; a=rsa-sha256; c=relaxed/simple; d=example.nl; s=s; "
			    "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; h=from:";

static struct dkim_field *
add(struct dkim_field **list, const char *name, const char *value, struct pool *pool)
{
	struct dkim_field *f = pool_alloc(pool, sizeof *f);

	f->text = dkim_field_text(name, value, &f->len, pool);
	f->next = *list;
	*list = f;
	return f;
}

/* Only what check/dkim.c gives it: no other signature, no line that is odd. */
static struct dkim_field *
read_header(const struct dkim_message *m, bool *odd, struct pool *pool)
{
	struct dkim_field *list = NULL;

	*odd = false;
	for (size_t i = m->field_count; i > 0; i--) {
		const char *name = m->fields[i - 1].name, *value = m->fields[i - 1].value;
		enum dkim_oddity oddity = dkim_field_oddity(value);

		if (dkim_field_is_signature(name) || oddity == DKIM_ODD_LINE)
			continue;
		*odd = *odd || oddity == DKIM_ODD_SPACE;
		add(&list, name, value, pool);
	}
	return list;
}

static void
check_text(const struct dkim_signature *s, const struct dkim_field *list,
    const struct dkim_field *own, bool odd)
{
	struct pool *pool = pool_new();
	struct dkim_header header = dkim_header_select(list, s->fields, pool);
	size_t len[2], all = 0;
	const char *text[2];

	for (const struct dkim_field *f = list; f != NULL; f = f->next)
		all += f->len + 2;
	text[0] = dkim_header_text(&header, own, DKIM_WHITE_RFC, &len[0], pool);
	text[1] = dkim_header_text(&header, own, DKIM_WHITE_LIBOPENDKIM, &len[1], pool);
	for (int i = 0; i < 2; i++) {
		must(len[i] <= all + own->len && text[i][len[i]] == '\0');
		must(memchr(text[i], '\t', len[i]) == NULL);
	}
	must(memchr(text[1], '\v', len[1]) == NULL);
	must(odd || (len[0] == len[1] && memcmp(text[0], text[1], len[0]) == 0));
	pool_free(pool);
}

static void
check(const char *h, const struct dkim_message *m, struct pool *pool)
{
	char why[100];
	const char *text = pool_printf(pool, "%s%s; b=AQIDBA==", start, h);
	struct dkim_signature signature = dkim_tags_signature(text, pool);
	struct header_hash hash = { .signature = &signature }, *wanted = &hash;
	struct header_hash_lib *lib;
	struct dkim_field *list, *own;
	bool odd;

	if (signature.result != DKIM_NONE)
		return;
	list = read_header(m, &odd, pool);
	own = add(&list, "DKIM-Signature", text, pool);
	check_text(&signature, list, own, odd);
	lib = header_hash_open(why, sizeof why);
	if (header_hash_ask(lib, list, &wanted, 1) && hash.reason == NULL)
		must(header_hash_strict_replace(&hash, list, own));
	header_hash_close(lib);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *lf = size > 0 ? memchr(data, '\n', size) : NULL;
	struct dkim_message m;
	struct pool *pool;

	if (lf == NULL || size > 20000)
		return 0;
	pool = pool_new();
	m = dkim_run_parse((const char *)lf + 1, size - (size_t)(lf + 1 - data));
	check(pool_strndup(pool, (const char *)data, (size_t)(lf - data)), &m, pool);
	dkim_run_forget(&m);
	pool_free(pool);
	return 0;
}
