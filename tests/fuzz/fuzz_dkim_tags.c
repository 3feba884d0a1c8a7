/*
 * Any octets as a signature and as a key record: what was read stays within what the
 * rest of the program relies on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "mail/dkim_field.h"
#include "mail/dkim_tags.h"
#include "mail/tag_list.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_signature(const char *value, struct pool *pool)
{
	struct dkim_signature s = dkim_tags_signature(value, pool);

	must((s.result == DKIM_NONE) == (s.reason == NULL));
	dkim_tags_hold_against(&s, 1700000000);
	if (s.result == DKIM_NONE) {
		must(s.domain[0] != '\0' && s.selector[0] != '\0' && s.key_name != NULL);
		must(s.signature != NULL && s.signature_len > 0 && s.b[0] != '\0');
		must(tag_list_names(s.fields, "FROM") &&
		     strlen(s.fields) <= DKIM_FIELDS_MAX);
		must(strcspn(s.fields, " \t\r\n;") == strlen(s.fields) && !s.sha1);
		must(strlen(s.key_name) <= 253);
	}
}

static void
check_key(const char *text, size_t len, struct pool *pool)
{
	struct dkim_key_record key = dkim_tags_key(text, len, pool);

	if (key.reason == NULL)
		must(key.key != NULL && key.key_len > 0 && key.key_len < len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	char *value = pool_strndup(pool, (const char *)data, size);
	size_t len;

	check_signature(value, pool);
	check_key((const char *)data, size, pool);
	must(dkim_field_text("Name", value, &len, pool)[len] == '\0');
	(void)dkim_field_oddity(value);
	pool_free(pool);
	return 0;
}
