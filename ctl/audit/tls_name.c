#include <stddef.h>

#include "base/pool.h"
#include "ctl/audit/tls_name.h"
#include "ctl/audit/tls_suite.h"

struct name {
	uint16_t number;
	const char *name;
};

static const struct name versions[] = {
	{ 0x0300, "SSL 3.0" },
	{ 0x0301, "TLS 1.0" },
	{ 0x0302, "TLS 1.1" },
	{ 0x0303, "TLS 1.2" },
	{ 0x0304, "TLS 1.3" },
};

static const struct name groups[] = {
	{ 1, "sect163k1" },
	{ 2, "sect163r1" },
	{ 3, "sect163r2" },
	{ 4, "sect193r1" },
	{ 5, "sect193r2" },
	{ 6, "sect233k1" },
	{ 7, "sect233r1" },
	{ 8, "sect239k1" },
	{ 9, "sect283k1" },
	{ 10, "sect283r1" },
	{ 11, "sect409k1" },
	{ 12, "sect409r1" },
	{ 13, "sect571k1" },
	{ 14, "sect571r1" },
	{ 15, "secp160k1" },
	{ 16, "secp160r1" },
	{ 17, "secp160r2" },
	{ 18, "secp192k1" },
	{ 19, "secp192r1" },
	{ 20, "secp224k1" },
	{ 21, "secp224r1" },
	{ 22, "secp256k1" },
	{ 23, "secp256r1" },
	{ 24, "secp384r1" },
	{ 25, "secp521r1" },
	{ 26, "brainpoolP256r1" },
	{ 27, "brainpoolP384r1" },
	{ 28, "brainpoolP512r1" },
	{ 29, "x25519" },
	{ 30, "x448" },
	{ 31, "brainpoolP256r1tls13" },
	{ 32, "brainpoolP384r1tls13" },
	{ 33, "brainpoolP512r1tls13" },
	{ 256, "ffdhe2048" },
	{ 257, "ffdhe3072" },
	{ 258, "ffdhe4096" },
	{ 259, "ffdhe6144" },
	{ 260, "ffdhe8192" },
	{ 4587, "SecP256r1MLKEM768" },
	{ 4588, "X25519MLKEM768" },
	{ 4589, "SecP384r1MLKEM1024" },
	{ 0xff01, "explicit_prime" },
	{ 0xff02, "explicit_char2" },
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
find(const struct name *list, size_t count, uint16_t number, struct pool *pool)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].number == number)
			return list[i].name;
	}
	return pool_printf(pool, "0x%04X", (unsigned)number);
}

#define FIND(list, number, pool) find(list, sizeof(list) / sizeof *(list), number, pool)

const char *
tls_name_version(uint16_t version, struct pool *pool)
{
	return FIND(versions, version, pool);
}

const char *
tls_name_group(uint16_t group, struct pool *pool)
{
	return FIND(groups, group, pool);
}

const char *
tls_name_signature(uint16_t signature, struct pool *pool)
{
	return FIND(signatures, signature, pool);
}

const char *
tls_name_suite(uint16_t suite, struct pool *pool)
{
	const struct tls_suite *known = tls_suite_find(suite);

	return known != NULL ? known->name : find(NULL, 0, suite, pool);
}
