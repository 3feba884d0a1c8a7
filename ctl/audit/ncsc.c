#include <stdbool.h>
#include <string.h>

#include "ctl/audit/ffdhe.h"
#include "ctl/audit/ncsc.h"
#include "ctl/text.h"

#define GOOD NCSC_GOOD
#define SUFFICIENT NCSC_SUFFICIENT
#define PHASE_OUT NCSC_PHASE_OUT
#define INSUFFICIENT NCSC_INSUFFICIENT

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const struct {
	const char *code, *word;
} levels[] = {
	[GOOD] = { "good", N_("TLS|good") },
	[SUFFICIENT] = { "sufficient", N_("TLS|sufficient") },
	[PHASE_OUT] = { "phase_out", N_("TLS|to be phased out") },
	[INSUFFICIENT] = { "insufficient", N_("TLS|insufficient") },
};

const char *
ncsc_level_code(enum ncsc_level level)
{
	return levels[level].code;
}

const char *
ncsc_level_word(enum ncsc_level level)
{
	return levels[level].word;
}

struct number_row {
	unsigned first, last;
	enum ncsc_level level;
};

static enum ncsc_level
level_of(const struct number_row *rows, size_t count, unsigned number)
{
	for (size_t i = 0; i < count; i++) {
		if (number >= rows[i].first && number <= rows[i].last)
			return rows[i].level;
	}
	return INSUFFICIENT;
}

static const struct number_row version_rows[] = {
	{ HELLO_TLS_1_3, HELLO_TLS_1_3, GOOD },
	{ HELLO_TLS_1_2, HELLO_TLS_1_2, SUFFICIENT },
};

enum ncsc_level
ncsc_version(uint16_t version)
{
	return level_of(version_rows, COUNT(version_rows), version);
}

/* By the name: how it begins, what is in it, how it ends.  The first row that fits. */
static const struct {
	const char *begins, *has, *ends;
	enum ncsc_level level;
} suite_rows[] = {
	{ "TLS_AES_256_GCM_", "", "", GOOD },
	{ "TLS_CHACHA20_POLY1305_", "", "", GOOD },
	{ "TLS_AES_128_GCM_", "", "", SUFFICIENT },
	{ "TLS_AES_128_CCM_SHA256", "", "", SUFFICIENT },
	{ "TLS_ECDHE_PSK_", "", "", INSUFFICIENT },
	{ "TLS_ECDHE_", "_WITH_AES_", "_GCM_SHA256", SUFFICIENT },
	{ "TLS_ECDHE_", "_WITH_AES_", "_GCM_SHA384", SUFFICIENT },
	{ "TLS_ECDHE_", "_WITH_AES_", "_CCM", SUFFICIENT },
	{ "TLS_ECDHE_", "_WITH_CHACHA20_POLY1305_", "", SUFFICIENT },
	{ "TLS_ECDHE_", "_WITH_AES_", "_CBC_SHA256", PHASE_OUT },
	{ "TLS_ECDHE_", "_WITH_AES_", "_CBC_SHA384", PHASE_OUT },
	{ "TLS_ECDHE_", "_WITH_CAMELLIA_", "", PHASE_OUT },
	{ "TLS_ECDHE_", "_WITH_ARIA_", "", PHASE_OUT },
	{ "TLS_DHE_RSA_", "_WITH_AES_", "_GCM_SHA256", PHASE_OUT },
	{ "TLS_DHE_RSA_", "_WITH_AES_", "_GCM_SHA384", PHASE_OUT },
	{ "TLS_DHE_RSA_", "_WITH_AES_", "_CCM", PHASE_OUT },
	{ "TLS_DHE_RSA_", "_WITH_CHACHA20_POLY1305_", "", PHASE_OUT },
	{ "TLS_DHE_RSA_", "_WITH_AES_", "_CBC_SHA256", PHASE_OUT },
	{ "TLS_DHE_RSA_", "_WITH_CAMELLIA_", "_SHA256", PHASE_OUT },
	{ "TLS_DHE_RSA_", "_WITH_CAMELLIA_", "_SHA384", PHASE_OUT },
	{ "TLS_DHE_RSA_", "_WITH_ARIA_", "", PHASE_OUT },
};

static bool
begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

static bool
ends(const char *name, const char *with)
{
	size_t n = strlen(name), m = strlen(with);

	return n >= m && strcmp(name + n - m, with) == 0;
}

enum ncsc_level
ncsc_suite(uint16_t suite)
{
	const struct tls_suite *s = tls_suite_find(suite);

	for (size_t i = 0; s != NULL && i < COUNT(suite_rows); i++) {
		if (begins(s->name, suite_rows[i].begins) &&
		    strstr(s->name, suite_rows[i].has) != NULL &&
		    ends(s->name, suite_rows[i].ends))
			return suite_rows[i].level;
	}
	return INSUFFICIENT;
}

static const struct number_row group_rows[] = {
	{ 4587, 4589, GOOD },    /* ML-KEM with secp256r1, x25519, secp384r1 */
	{ 23, 33, SUFFICIENT },  /* NIST's three, brainpool, x25519, x448 */
	{ 21, 21, PHASE_OUT },   /* secp224r1 */
	{ 257, 260, PHASE_OUT }, /* ffdhe3072 to ffdhe8192 */
};

enum ncsc_level
ncsc_group(uint16_t group)
{
	return level_of(group_rows, COUNT(group_rows), group);
}

enum ncsc_level
ncsc_prime(const uint8_t *prime, size_t octets)
{
	return ncsc_group(ffdhe_group(prime, octets));
}

/* RFC 5246 section 7.4.1.4.1: a hash, then what signs; RFC 8446 section 4.2.3 */
static const struct number_row signature_rows[] = {
	{ 0x0401, 0x0403, GOOD }, /* SHA-256 */
	{ 0x0501, 0x0503, GOOD },
	{ 0x0601, 0x0603, GOOD },
	{ 0x0804, 0x080b, GOOD }, /* RSA-PSS, EdDSA */
	{ 0x081a, 0x081c, GOOD }, /* brainpool */
	{ 0x0301, 0x0303, PHASE_OUT },
};

enum ncsc_level
ncsc_signature(uint16_t signature)
{
	return level_of(signature_rows, COUNT(signature_rows), signature);
}

/* Certificates */

static const struct number_row rsa_rows[] = {
	{ 3072, 65536, SUFFICIENT },
	{ 2048, 3071, PHASE_OUT },
};

enum ncsc_level
ncsc_key_rsa(unsigned bits)
{
	return level_of(rsa_rows, COUNT(rsa_rows), bits);
}

static const struct number_row curve_rows[] = {
	{ 23, 28, SUFFICIENT }, /* NIST's three, brainpool */
	{ 21, 21, PHASE_OUT },
};

enum ncsc_level
ncsc_key_curve(uint16_t group)
{
	return level_of(curve_rows, COUNT(curve_rows), group);
}

enum ncsc_level
ncsc_key_edwards(void)
{
	return SUFFICIENT;
}

static const struct number_row hash_rows[] = {
	{ 4, 6, GOOD }, /* SHA-256, SHA-384, SHA-512 */
	{ 8, 8, GOOD },
	{ 3, 3, PHASE_OUT },
};

enum ncsc_level
ncsc_hash(uint8_t hash)
{
	return level_of(hash_rows, COUNT(hash_rows), hash);
}

static const enum ncsc_level trait_rows[] = {
	[NCSC_NO_EXTENDED_MASTER_SECRET] = INSUFFICIENT,
	[NCSC_COMPRESSION] = INSUFFICIENT,
	[NCSC_NO_SECURE_RENEGOTIATION] = INSUFFICIENT,
};

enum ncsc_level
ncsc_trait(enum ncsc_trait trait)
{
	return trait_rows[trait];
}

/* What to ask for */

static const char *const not_asked[] = { "_PSK_", "_SRP_", "_KRB5_", "_GOST", "_ECCPWD_",
	"TLS_NULL_WITH_" };

/* Only in the names of TLS 1.3 is nothing "with" something. */
static bool
is_asked(const char *name)
{
	for (size_t i = 0; i < COUNT(not_asked); i++) {
		if (strstr(name, not_asked[i]) != NULL)
			return false;
	}
	return strstr(name, "_WITH_") != NULL;
}

size_t
ncsc_ask_suites(enum ncsc_level level, uint16_t suites[TLS_SUITES_MAX])
{
	size_t all, n = 0;
	const struct tls_suite *list = tls_suite_all(&all);

	for (size_t i = 0; i < all; i++) {
		if (is_asked(list[i].name) && ncsc_suite(list[i].code) == level)
			suites[n++] = list[i].code;
	}
	return n;
}

static const uint16_t suites_1_3[] = { 0x1302, 0x1303, 0x1301, 0x1304 };
static const uint16_t groups_good[] = { 29, 23, 24, 25, 30, 26, 27, 28 };
static const uint16_t groups_weak[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 22, 21 };
static const uint16_t groups_hybrid[] = { 4588, 4587, 4589 };
static const uint16_t signatures_good[] = { 0x0403, 0x0503, 0x0603, 0x0807, 0x0808,
	0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601 };
static const uint16_t signatures_weak[] = { 0x0101, 0x0201, 0x0203, 0x0202, 0x0301,
	0x0303, 0x0302 };

static const struct hello_codes asks[] = {
	[NCSC_ASK_SUITES_1_3] = { suites_1_3, COUNT(suites_1_3) },
	[NCSC_ASK_GROUPS] = { groups_good, COUNT(groups_good) },
	[NCSC_ASK_GROUPS_WEAK] = { groups_weak, COUNT(groups_weak) },
	[NCSC_ASK_GROUPS_HYBRID] = { groups_hybrid, COUNT(groups_hybrid) },
	[NCSC_ASK_SIGNATURES] = { signatures_good, COUNT(signatures_good) },
	[NCSC_ASK_SIGNATURES_WEAK] = { signatures_weak, COUNT(signatures_weak) },
};

struct hello_codes
ncsc_ask(enum ncsc_ask what)
{
	return asks[what];
}
