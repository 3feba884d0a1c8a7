#include <string.h>

#include "base/pool.h"
#include "check/body_hash.h"
#include "check/header_hash_strict.h"
#include "mail/dkim_header.h"

static void
make(const struct dkim_header *header, const struct dkim_field *own,
    enum dkim_white white, unsigned char value[DKIM_HASH_SIZE])
{
	struct pool *pool = pool_new();
	size_t len;
	const char *text = dkim_header_text(header, own, white, &len, pool);

	body_hash_octets(text, len, value);
	pool_free(pool);
}

bool
header_hash_strict_replace(struct header_hash *hash, const struct dkim_field *fields,
    const struct dkim_field *own)
{
	struct pool *pool = pool_new();
	struct dkim_header header =
	    dkim_header_select(fields, hash->signature->fields, pool);
	unsigned char value[DKIM_HASH_SIZE];
	bool same;

	make(&header, own, DKIM_WHITE_LIBOPENDKIM, value);
	same = memcmp(value, hash->value, DKIM_HASH_SIZE) == 0;
	if (same)
		make(&header, own, DKIM_WHITE_RFC, hash->value);
	pool_free(pool);
	return same;
}
