#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/audit/ncsc.h"
#include "ctl/audit/tls_code.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* By number, as the guideline has them; all others are insufficient. */
static const struct {
	uint16_t suite;
	enum ncsc_level level;
} suites[] = {
	{ 0x1302, NCSC_GOOD },
	{ 0x1303, NCSC_GOOD },
	{ 0x1301, NCSC_SUFFICIENT },
	{ 0x1304, NCSC_SUFFICIENT },
	/* ECDHE with GCM, CCM, ChaCha20 */
	{ 0xc02b, NCSC_SUFFICIENT },
	{ 0xc02c, NCSC_SUFFICIENT },
	{ 0xc02f, NCSC_SUFFICIENT },
	{ 0xc030, NCSC_SUFFICIENT },
	{ 0xc0ac, NCSC_SUFFICIENT },
	{ 0xc0ad, NCSC_SUFFICIENT },
	{ 0xcca8, NCSC_SUFFICIENT },
	{ 0xcca9, NCSC_SUFFICIENT },
	/* ECDHE with AES-CBC and SHA-2 */
	{ 0xc023, NCSC_PHASE_OUT },
	{ 0xc024, NCSC_PHASE_OUT },
	{ 0xc027, NCSC_PHASE_OUT },
	{ 0xc028, NCSC_PHASE_OUT },
	/* ECDHE with Camellia and ARIA */
	{ 0xc072, NCSC_PHASE_OUT },
	{ 0xc073, NCSC_PHASE_OUT },
	{ 0xc076, NCSC_PHASE_OUT },
	{ 0xc077, NCSC_PHASE_OUT },
	{ 0xc086, NCSC_PHASE_OUT },
	{ 0xc087, NCSC_PHASE_OUT },
	{ 0xc08a, NCSC_PHASE_OUT },
	{ 0xc08b, NCSC_PHASE_OUT },
	{ 0xc048, NCSC_PHASE_OUT },
	{ 0xc049, NCSC_PHASE_OUT },
	{ 0xc04c, NCSC_PHASE_OUT },
	{ 0xc04d, NCSC_PHASE_OUT },
	{ 0xc05c, NCSC_PHASE_OUT },
	{ 0xc05d, NCSC_PHASE_OUT },
	{ 0xc060, NCSC_PHASE_OUT },
	{ 0xc061, NCSC_PHASE_OUT },
	/* DHE_RSA of all these */
	{ 0x009e, NCSC_PHASE_OUT },
	{ 0x009f, NCSC_PHASE_OUT },
	{ 0xc09e, NCSC_PHASE_OUT },
	{ 0xc09f, NCSC_PHASE_OUT },
	{ 0xccaa, NCSC_PHASE_OUT },
	{ 0x0067, NCSC_PHASE_OUT },
	{ 0x006b, NCSC_PHASE_OUT },
	{ 0x00be, NCSC_PHASE_OUT },
	{ 0x00c4, NCSC_PHASE_OUT },
	{ 0xc07c, NCSC_PHASE_OUT },
	{ 0xc07d, NCSC_PHASE_OUT },
	{ 0xc044, NCSC_PHASE_OUT },
	{ 0xc045, NCSC_PHASE_OUT },
	{ 0xc052, NCSC_PHASE_OUT },
	{ 0xc053, NCSC_PHASE_OUT },
};

static enum ncsc_level
expected(uint16_t suite)
{
	for (size_t i = 0; i < COUNT(suites); i++) {
		if (suites[i].suite == suite)
			return suites[i].level;
	}
	return NCSC_INSUFFICIENT;
}

static void
test_suites(void **state)
{
	size_t count, at[NCSC_INSUFFICIENT + 1] = { 0 };
	const struct tls_suite *all = tls_suite_all(&count);

	(void)state;
	assert_true(count > 340 && count <= TLS_SUITES_MAX);
	for (size_t i = 0; i < count; i++) {
		if (ncsc_suite(all[i].code) != expected(all[i].code))
			print_message("# %s\n", all[i].name);
		assert_int_equal(ncsc_suite(all[i].code), expected(all[i].code));
		assert_true(i == 0 || all[i].code > all[i - 1].code);
		assert_ptr_equal(tls_suite_find(all[i].code), &all[i]);
		at[ncsc_suite(all[i].code)]++;
	}
	assert_int_equal(at[NCSC_GOOD], 2);
	assert_int_equal(at[NCSC_SUFFICIENT], 10);
	assert_int_equal(at[NCSC_PHASE_OUT], 35);
	/* What nobody knows. */
	assert_null(tls_suite_find(0xfafa));
	assert_int_equal(ncsc_suite(0xfafa), NCSC_INSUFFICIENT);
}

/* By name, a row for each that the guideline names and for each kind that it does not. */
static void
test_named_suites(void **state)
{
	static const struct {
		const char *name;
		enum ncsc_level level;
	} rows[] = {
		{ "TLS_AES_256_GCM_SHA384", NCSC_GOOD },
		{ "TLS_AES_128_CCM_8_SHA256", NCSC_INSUFFICIENT },
		{ "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", NCSC_SUFFICIENT },
		{ "TLS_ECDHE_ECDSA_WITH_AES_256_CCM", NCSC_SUFFICIENT },
		{ "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", NCSC_INSUFFICIENT },
		{ "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", NCSC_PHASE_OUT },
		{ "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", NCSC_INSUFFICIENT },
		{ "TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256", NCSC_PHASE_OUT },
		{ "TLS_ECDHE_ECDSA_WITH_ARIA_128_CBC_SHA256", NCSC_PHASE_OUT },
		{ "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256", NCSC_INSUFFICIENT },
		{ "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", NCSC_PHASE_OUT },
		{ "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA", NCSC_INSUFFICIENT },
		{ "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384", NCSC_INSUFFICIENT },
		{ "TLS_RSA_WITH_AES_256_GCM_SHA384", NCSC_INSUFFICIENT },
		{ "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", NCSC_INSUFFICIENT },
		{ "TLS_RSA_EXPORT_WITH_RC4_40_MD5", NCSC_INSUFFICIENT },
		{ "TLS_ECDHE_RSA_WITH_RC4_128_SHA", NCSC_INSUFFICIENT },
		{ "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", NCSC_INSUFFICIENT },
		{ "TLS_RSA_WITH_NULL_SHA256", NCSC_INSUFFICIENT },
		{ "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", NCSC_INSUFFICIENT },
	};
	size_t count;
	const struct tls_suite *all = tls_suite_all(&count);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t k = 0;

		while (k < count && strcmp(all[k].name, rows[i].name) != 0)
			k++;
		assert_true(k < count);
		assert_int_equal(ncsc_suite(all[k].code), rows[i].level);
	}
}

enum what { VERSION, GROUP, SIGNATURE, RSA, CURVE, HASH, TRAIT };

static enum ncsc_level
level_of(enum what what, unsigned number)
{
	switch (what) {
	case VERSION:
		return ncsc_version((uint16_t)number);
	case GROUP:
		return ncsc_group((uint16_t)number);
	case SIGNATURE:
		return ncsc_signature((uint16_t)number);
	case RSA:
		return ncsc_key_rsa(number);
	case CURVE:
		return ncsc_key_curve((uint16_t)number);
	case HASH:
		return ncsc_hash((uint8_t)number);
	case TRAIT:
		return ncsc_trait((enum ncsc_trait)number);
	}
	return NCSC_INSUFFICIENT;
}

static const struct {
	enum what what;
	unsigned number;
	enum ncsc_level level;
} number_rows[] = {
	{ VERSION, 0x0304, NCSC_GOOD },
	{ VERSION, 0x0303, NCSC_SUFFICIENT },
	{ VERSION, 0x0302, NCSC_INSUFFICIENT },
	{ VERSION, 0x0301, NCSC_INSUFFICIENT },
	{ VERSION, 0x0300, NCSC_INSUFFICIENT },
	{ GROUP, 29, NCSC_SUFFICIENT },
	{ GROUP, 30, NCSC_SUFFICIENT },
	{ GROUP, 23, NCSC_SUFFICIENT },
	{ GROUP, 24, NCSC_SUFFICIENT },
	{ GROUP, 25, NCSC_SUFFICIENT },
	{ GROUP, 26, NCSC_SUFFICIENT },
	{ GROUP, 28, NCSC_SUFFICIENT },
	{ GROUP, 31, NCSC_SUFFICIENT },
	{ GROUP, 33, NCSC_SUFFICIENT },
	{ GROUP, 34, NCSC_INSUFFICIENT },
	{ GROUP, 4588, NCSC_GOOD },
	{ GROUP, 4587, NCSC_GOOD },
	{ GROUP, 4589, NCSC_GOOD },
	{ GROUP, 4590, NCSC_INSUFFICIENT },
	{ GROUP, 21, NCSC_PHASE_OUT },
	{ GROUP, 22, NCSC_INSUFFICIENT },
	{ GROUP, 19, NCSC_INSUFFICIENT },
	{ GROUP, 1, NCSC_INSUFFICIENT },
	{ GROUP, 256, NCSC_INSUFFICIENT },
	{ GROUP, 257, NCSC_PHASE_OUT },
	{ GROUP, 260, NCSC_PHASE_OUT },
	{ GROUP, 0, NCSC_INSUFFICIENT },
	{ SIGNATURE, 0x0401, NCSC_GOOD },
	{ SIGNATURE, 0x0503, NCSC_GOOD },
	{ SIGNATURE, 0x0804, NCSC_GOOD },
	{ SIGNATURE, 0x0807, NCSC_GOOD },
	{ SIGNATURE, 0x080b, NCSC_GOOD },
	{ SIGNATURE, 0x0301, NCSC_PHASE_OUT },
	{ SIGNATURE, 0x0303, NCSC_PHASE_OUT },
	{ SIGNATURE, 0x0201, NCSC_INSUFFICIENT },
	{ SIGNATURE, 0x0203, NCSC_INSUFFICIENT },
	{ SIGNATURE, 0x0101, NCSC_INSUFFICIENT },
	{ SIGNATURE, 0x0000, NCSC_INSUFFICIENT },
	{ RSA, 4096, NCSC_SUFFICIENT },
	{ RSA, 3072, NCSC_SUFFICIENT },
	{ RSA, 3071, NCSC_PHASE_OUT },
	{ RSA, 2048, NCSC_PHASE_OUT },
	{ RSA, 2047, NCSC_INSUFFICIENT },
	{ RSA, 1024, NCSC_INSUFFICIENT },
	{ CURVE, 23, NCSC_SUFFICIENT },
	{ CURVE, 25, NCSC_SUFFICIENT },
	{ CURVE, 28, NCSC_SUFFICIENT },
	{ CURVE, 21, NCSC_PHASE_OUT },
	{ CURVE, 19, NCSC_INSUFFICIENT },
	{ CURVE, 0, NCSC_INSUFFICIENT },
	{ HASH, 4, NCSC_GOOD },
	{ HASH, 6, NCSC_GOOD },
	{ HASH, 8, NCSC_GOOD },
	{ HASH, 3, NCSC_PHASE_OUT },
	{ HASH, 2, NCSC_INSUFFICIENT },
	{ HASH, 1, NCSC_INSUFFICIENT },
	{ TRAIT, NCSC_NO_EXTENDED_MASTER_SECRET, NCSC_INSUFFICIENT },
	{ TRAIT, NCSC_COMPRESSION, NCSC_INSUFFICIENT },
	{ TRAIT, NCSC_NO_SECURE_RENEGOTIATION, NCSC_INSUFFICIENT },
};

static void
test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(number_rows); i++) {
		if (level_of(number_rows[i].what, number_rows[i].number) !=
		    number_rows[i].level)
			print_message(
			    "# %d %u\n", (int)number_rows[i].what, number_rows[i].number);
		assert_int_equal(level_of(number_rows[i].what, number_rows[i].number),
		    number_rows[i].level);
	}
	assert_int_equal(ncsc_key_edwards(), NCSC_SUFFICIENT);
}

static bool
is_asked(const uint16_t *list, size_t count, uint16_t suite)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i] == suite)
			return true;
	}
	return false;
}

/* All that a stranger can agree to is asked for, each at its level. */
static void
test_asked(void **state)
{
	static const struct {
		uint16_t suite;
		bool asked;
	} rows[] = {
		{ 0x0005, true },  /* RC4 */
		{ 0x0003, true },  /* EXPORT */
		{ 0x0034, true },  /* anonymous */
		{ 0xc0ae, true },  /* CCM_8 */
		{ 0x0062, true },  /* EXPORT1024 */
		{ 0xc02d, true },  /* static ECDH */
		{ 0x008c, false }, /* PSK */
		{ 0xc01d, false }, /* SRP */
		{ 0x001e, false }, /* Kerberos */
		{ 0xc102, false }, /* GOST */
		{ 0x1305, false }, /* TLS 1.3 */
		{ 0x0000, false },
	};
	uint16_t bad[TLS_SUITES_MAX], phase_out[TLS_SUITES_MAX], good[TLS_SUITES_MAX];
	size_t n = ncsc_ask_suites(NCSC_INSUFFICIENT, bad);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(is_asked(bad, n, rows[i].suite), rows[i].asked);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(ncsc_suite(bad[i]), NCSC_INSUFFICIENT);
	assert_int_equal(ncsc_ask_suites(NCSC_PHASE_OUT, phase_out), 35);
	assert_int_equal(ncsc_ask_suites(NCSC_SUFFICIENT, good), 8);
	assert_int_equal(
	    ncsc_ask_suites(NCSC_GOOD, good), 0); /* TLS 1.3 alone has these */
}

static void
test_lists(void **state)
{
	struct hello_codes list = ncsc_ask(NCSC_ASK_GROUPS_WEAK);

	(void)state;
	for (size_t i = 0; i < list.count; i++)
		assert_true(ncsc_group(list.codes[i]) >= NCSC_PHASE_OUT);
	list = ncsc_ask(NCSC_ASK_GROUPS);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(ncsc_group(list.codes[i]), NCSC_SUFFICIENT);
	list = ncsc_ask(NCSC_ASK_GROUPS_HYBRID);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(ncsc_group(list.codes[i]), NCSC_GOOD);
	list = ncsc_ask(NCSC_ASK_SIGNATURES_WEAK);
	for (size_t i = 0; i < list.count; i++)
		assert_true(ncsc_signature(list.codes[i]) >= NCSC_PHASE_OUT);
	list = ncsc_ask(NCSC_ASK_SIGNATURES);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(ncsc_signature(list.codes[i]), NCSC_GOOD);
	list = ncsc_ask(NCSC_ASK_SUITES_1_3);
	for (size_t i = 0; i < list.count; i++)
		assert_true(ncsc_suite(list.codes[i]) <= NCSC_SUFFICIENT);
	for (enum ncsc_ask what = 0; what < NCSC_ASKS; what++)
		assert_true(ncsc_ask(what).count > 0);
}

/* Whatever is asked for has a name to be told by. */
static void
test_names(void **state)
{
	static const enum ncsc_ask groups[] = { NCSC_ASK_GROUPS, NCSC_ASK_GROUPS_WEAK,
		NCSC_ASK_GROUPS_HYBRID };
	static const enum ncsc_ask signatures[] = { NCSC_ASK_SIGNATURES,
		NCSC_ASK_SIGNATURES_WEAK };

	(void)state;
	for (size_t k = 0; k < COUNT(groups); k++) {
		struct hello_codes list = ncsc_ask(groups[k]);

		for (size_t i = 0; i < list.count; i++)
			assert_non_null(tls_code_group(list.codes[i]));
	}
	for (size_t k = 0; k < COUNT(signatures); k++) {
		struct hello_codes list = ncsc_ask(signatures[k]);

		for (size_t i = 0; i < list.count; i++)
			assert_non_null(tls_code_signature(list.codes[i]));
	}
	assert_string_equal(tls_code_group(4588), "X25519MLKEM768");
	assert_string_equal(tls_code_version(0x0300), "SSL 3.0");
	assert_string_equal(tls_code_alert(40), "handshake_failure");
	assert_string_equal(ncsc_level_code(NCSC_PHASE_OUT), "phase_out");
	assert_null(tls_code_group(0));
	assert_null(tls_code_alert(255));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suites),
		cmocka_unit_test(test_named_suites),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
