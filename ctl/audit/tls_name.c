#include <stddef.h>

#include "base/pool.h"
#include "ctl/audit/tls_code.h"
#include "ctl/audit/tls_name.h"
#include "ctl/audit/tls_suite.h"

struct name {
	uint16_t number;
	const char *name;
};

/* Those that are worth a word: the weak ones. */
static const struct name signatures[] = {
	{ 0x0101, "RSA-MD5" },
	{ 0x0102, "DSA-MD5" },
	{ 0x0103, "ECDSA-MD5" },
	{ 0x0201, "RSA-SHA1" },
	{ 0x0202, "DSA-SHA1" },
	{ 0x0203, "ECDSA-SHA1" },
	{ 0x0301, "RSA-SHA224" },
	{ 0x0302, "DSA-SHA224" },
	{ 0x0303, "ECDSA-SHA224" },
};

static const char *
or_number(const char *name, uint16_t number, struct pool *pool)
{
	return name != NULL ? name : pool_printf(pool, "0x%04X", (unsigned)number);
}

const char *
tls_name_version(uint16_t version, struct pool *pool)
{
	return or_number(tls_code_version(version), version, pool);
}

const char *
tls_name_group(uint16_t group, struct pool *pool)
{
	return or_number(tls_code_group(group), group, pool);
}

const char *
tls_name_signature(uint16_t signature, struct pool *pool)
{
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
		if (signatures[i].number == signature)
			return signatures[i].name;
	}
	return or_number(NULL, signature, pool);
}

const char *
tls_name_suite(uint16_t suite, struct pool *pool)
{
	const struct tls_suite *known = tls_suite_find(suite);

	return or_number(known != NULL ? known->name : NULL, suite, pool);
}
