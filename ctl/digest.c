#include <stdio.h>
#include <stdlib.h>

#include "base/pool.h"
#include "check/body_hash.h"
#include "config/config_print.h"
#include "ctl/digest.h"

const char *
digest_sha256(const char *octets, size_t len, struct pool *pool)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char hash[DKIM_HASH_SIZE];
	char *text = pool_alloc(pool, 2 * sizeof hash + 1);

	body_hash_octets(octets, len, hash);
	for (size_t i = 0; i < sizeof hash; i++) {
		text[2 * i] = digits[hash[i] >> 4];
		text[2 * i + 1] = digits[hash[i] & 15];
	}
	return text;
}

const char *
digest_settings(const struct config *config, struct pool *pool)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	const char *digest;

	if (out == NULL)
		abort(); /* out of memory */
	config_print(config, out);
	fclose(out);
	digest = digest_sha256(text, len, pool);
	free(text);
	return digest;
}
