#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "check/body_hash.h"
#include "check/dkim_key.h"

/* The keys of RFC 8463 A.2. */
#define ED25519 "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
static const char spki[] =
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3id"
    "Y6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/"
    "8uBsCR+yz1Lxj+PL6"
    "lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";

/* PKCS #1: SEQUENCE of a modulus of 1024 bits and an exponent of 34 bits; of 33 */
#define LONG_EXPONENT                                                              \
	"MIGLAoGBAMPDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PD" \
	"w8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PD" \
	"w8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDAgUCAAAAAQ=="
#define LONGEST_EXPONENT                                                           \
	"MIGLAoGBAMPDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PD" \
	"w8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PD" \
	"w8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDAgUB/////w=="

static const struct {
	const char *text, *reason;
	int bits;
} rows[] = {
	{ spki, NULL, 1024 },
	{ ED25519, NULL, 256 },
	{ "k=ed25519; p=AQID", "the Ed25519 key is not 32 octets", 0 },
	{ "k=rsa; p=AQID", "the key cannot be decoded", 0 },
	/* an Ed25519 key as SubjectPublicKeyInfo */
	{ "p=MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
	    "the key cannot be decoded", 0 },
	/* DER of other algorithms and shapes: no decoder of OpenSSL's sees them */
	{ "p=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", "the key cannot be decoded", 0 },
	{ "p=MIGfMA0GCSqGSIb3DQEBCgUAA4GNADCBiQKB", "the key cannot be decoded", 0 },
	{ "p=MA==", "the key cannot be decoded", 0 },
	{ "p=MIg=", "the key cannot be decoded", 0 },
	{ "p=MIQ=", "the key cannot be decoded", 0 },
	{ "p=" LONG_EXPONENT, "the exponent of the key is too large", 1024 },
	{ "p=" LONGEST_EXPONENT, NULL, 1024 },
	{ "p=", "the key is revoked", 0 },
	{ "nonsense", "tag list syntax", 0 },
};

static void
test_records(void **state)
{
	struct dkim_key_cache *cache = dkim_key_cache_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct dkim_key *key =
		    dkim_key_get(cache, rows[i].text, strlen(rows[i].text));
		const char *reason = dkim_key_record(key)->reason;

		if (strcmp(reason ? reason : "", rows[i].reason ? rows[i].reason : "") !=
		    0)
			fail_msg("row %zu: %s", i, reason);
		assert_int_equal(dkim_key_bits(key), rows[i].bits);
		if (reason != NULL)
			assert_false(dkim_key_verify(key, (const unsigned char[32]){ 0 },
			    (const unsigned char *)"", 0));
		dkim_key_put(cache, key);
	}
	dkim_key_cache_free(cache);
	dkim_key_cache_free(NULL);
}

/* The same RSA key without its wrapping, as RFC 6376 has it. */
static void
test_pkcs1(void **state)
{
	struct dkim_key_cache *cache = dkim_key_cache_new(0);
	unsigned char der[400];
	char text[600] = "p=";
	const char *p = strstr(spki, "p=") + 2;
	int len = EVP_DecodeBlock(der, (const unsigned char *)p, (int)strlen(p));
	const struct dkim_key *key;

	(void)state;
	/* 22 octets of wrapping: SEQUENCE, AlgorithmIdentifier, BIT STRING. */
	assert_int_equal(len, 162);
	EVP_EncodeBlock((unsigned char *)text + 2, der + 22, len - 22);
	key = dkim_key_get(cache, text, strlen(text));
	assert_null(dkim_key_record(key)->reason);
	assert_int_equal(dkim_key_bits(key), 1024);
	dkim_key_put(cache, key);
	dkim_key_cache_free(cache);
}

static void
test_cache_counts_and_forgets(void **state)
{
	struct dkim_key_cache *cache = dkim_key_cache_new(2);
	const struct dkim_key *held = dkim_key_get(cache, ED25519, strlen(ED25519));
	const struct dkim_key *again = dkim_key_get(cache, ED25519, strlen(ED25519));

	(void)state;
	assert_ptr_equal(held, again);
	dkim_key_put(cache, again);
	for (int i = 0; i < 5; i++) {
		char text[50];

		snprintf(text, sizeof text, "n=%d; p=", i);
		dkim_key_put(cache, dkim_key_get(cache, text, strlen(text)));
	}
	/* It was thrown out meanwhile, and is good all the same. */
	assert_null(dkim_key_record(held)->reason);
	assert_int_equal(dkim_key_bits(held), 256);
	again = dkim_key_get(cache, ED25519, strlen(ED25519));
	assert_ptr_not_equal(held, again);
	dkim_key_put(cache, held);
	dkim_key_put(cache, again);
	dkim_key_cache_free(cache);
}

/* As many as it was made for, the one least used goes. */
static void
test_cache_has_its_size(void **state)
{
	struct dkim_key_cache *cache = dkim_key_cache_new(2);
	const struct dkim_key *first = dkim_key_get(cache, "n=1; p=", 7);
	const struct dkim_key *third, *again;

	(void)state;
	dkim_key_put(cache, dkim_key_get(cache, "n=2; p=", 7));
	third = dkim_key_get(cache, "n=3; p=", 7);
	again = dkim_key_get(cache, "n=3; p=", 7);
	assert_ptr_equal(third, again);
	dkim_key_put(cache, again);
	again = dkim_key_get(cache, "n=1; p=", 7);
	assert_ptr_not_equal(first, again);
	dkim_key_put(cache, again);
	dkim_key_put(cache, third);
	dkim_key_put(cache, first);
	dkim_key_cache_free(cache);
}

/* RSAPublicKey with a modulus of 2048 octets that begins so, after ${pad} octets of 0. */
static const char *
reason_of_modulus(size_t pad, unsigned char first, int *bits)
{
	static unsigned char der[2100], text[3000] = "p=";
	struct dkim_key_cache *cache = dkim_key_cache_new(0);
	const size_t modulus = pad + 2048, whole = 4 + modulus + 5;
	const unsigned char head[] = { 0x30, 0x82, (unsigned char)(whole >> 8),
		(unsigned char)whole, 0x02, 0x82, (unsigned char)(modulus >> 8),
		(unsigned char)modulus };
	static const unsigned char exponent[] = { 0x02, 0x03, 0x01, 0x00, 0x01 };
	const struct dkim_key *key;
	const char *reason;
	size_t len = sizeof head;

	memcpy(der, head, len);
	memset(der + len, 0, pad);
	memset(der + len + pad, 0xff, 2048);
	der[len + pad] = first;
	len += modulus;
	memcpy(der + len, exponent, sizeof exponent);
	EVP_EncodeBlock(text + 2, der, (int)(len + sizeof exponent));
	key = dkim_key_get(cache, (const char *)text, strlen((const char *)text));
	reason = dkim_key_record(key)->reason;
	*bits = dkim_key_bits(key);
	dkim_key_put(cache, key);
	dkim_key_cache_free(cache);
	return reason;
}

static void
test_longest_key(void **state)
{
	int bits;

	(void)state;
	assert_null(reason_of_modulus(0, 0x7f, &bits));
	assert_int_equal(bits, 16383);
	assert_string_equal(reason_of_modulus(1, 0xff, &bits), "the key is too long");
	assert_int_equal(bits, 16384);
}

static void *
use_keys(void *cookie)
{
	struct dkim_key_cache *cache = cookie;

	for (int i = 0; i < 2000; i++) {
		char text[200];
		const struct dkim_key *key;

		snprintf(
		    text, sizeof text, "n=%d; %s", i % 7, &ED25519[strlen("v=DKIM1; ")]);
		key = dkim_key_get(cache, text, strlen(text));
		if (dkim_key_record(key)->reason != NULL || dkim_key_bits(key) != 256)
			abort();
		dkim_key_put(cache, key);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct dkim_key_cache *cache = dkim_key_cache_new(3);
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, use_keys, cache);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	dkim_key_cache_free(cache);
}

/* Two keys, with which several threads verify at a time. */
struct shared_keys {
	struct dkim_key_cache *cache;
	unsigned char hash[32];
	struct shared_key {
		char text[500]; /* of the record */
		unsigned char signature[128];
	} keys[2];
};

static void *
verify_often(void *arg)
{
	const struct shared_keys *shared = arg;
	unsigned char other[32] = { 1 };

	for (int i = 0; i < 100; i++) {
		const struct shared_key *own = &shared->keys[i % 2];
		const struct dkim_key *key =
		    dkim_key_get(shared->cache, own->text, strlen(own->text));

		if (!dkim_key_verify(key, shared->hash, own->signature, 128) ||
		    dkim_key_verify(key, other, own->signature, 128))
			abort();
		dkim_key_put(shared->cache, key);
	}
	return NULL;
}

static void
make_key(struct shared_key *shared, const unsigned char hash[32])
{
	EVP_PKEY *key = EVP_RSA_gen(1024);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t len = sizeof shared->signature;
	unsigned char der[300], *end = der;

	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()), 1);
	assert_int_equal(EVP_PKEY_sign(ctx, shared->signature, &len, hash, 32), 1);
	assert_int_equal(len, sizeof shared->signature);
	stpcpy(shared->text, "p=");
	EVP_EncodeBlock((unsigned char *)shared->text + 2, der, i2d_PUBKEY(key, &end));
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
}

/* Both stay in the cache and are used by all; or each throws out the other, which some
 * thread may be using. */
static void
test_threads_verify(void **state)
{
	struct shared_keys shared = { .hash = { 7 } };
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 2; i++)
		make_key(&shared.keys[i], shared.hash);
	for (size_t entries = 1; entries <= 2; entries++) {
		shared.cache = dkim_key_cache_new(entries);
		for (int i = 0; i < 4; i++)
			pthread_create(&threads[i], NULL, verify_often, &shared);
		for (int i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
		dkim_key_cache_free(shared.cache);
	}
}

static void
sha256(const char *data, size_t len, unsigned char hash[32])
{
	EVP_Digest(data, len, hash, NULL, EVP_sha256(), NULL);
}

/* One pass: the whole and any first part, however the pieces come. */
static void
test_body_hash(void **state)
{
	static const char body[] = "Hello  there,\r\n \r\nand good bye. \r\n\r\n";
	static const char want[] = "Hello there,\r\n\r\nand good bye.\r\n";
	static const uint64_t lengths[] = { 0, 1, 5, 5, sizeof want - 2, sizeof want - 1,
		sizeof want };
	const size_t count = sizeof lengths / sizeof lengths[0];
	unsigned char hash[32];
	uint64_t length;

	(void)state;
	for (size_t piece = 1; piece < sizeof body; piece++) {
		struct body_hash *h = body_hash_new(DKIM_RELAXED);

		for (size_t i = count; i > 0; i--)
			body_hash_want(h, lengths[i - 1]);
		for (size_t at = 0; at < sizeof body - 1; at += piece)
			body_hash_piece(h, (const unsigned char *)body + at,
			    sizeof body - 1 - at < piece ? sizeof body - 1 - at : piece);
		body_hash_end(h);
		sha256(want, sizeof want - 1, hash);
		assert_memory_equal(body_hash_whole(h, &length), hash, 32);
		assert_int_equal(length, sizeof want - 1);
		for (size_t i = 0; i < count - 1; i++) {
			sha256(want, lengths[i], hash);
			assert_memory_equal(body_hash_first(h, lengths[i]), hash, 32);
		}
		assert_null(body_hash_first(h, sizeof want));
		body_hash_free(h);
	}
	body_hash_free(NULL);
}

/* A text that is longer than any key needs is decoded, and not kept. */
static void
test_long_texts(void **state)
{
	static const char begin[] = ED25519 "; n=";
	static char text[4098];

	(void)state;
	for (size_t len = 4096; len <= 4097; len++) {
		struct dkim_key_cache *cache = dkim_key_cache_new(0);
		const struct dkim_key *key, *again;

		memset(text, 'x', sizeof text);
		for (size_t i = 0; i < strlen(begin); i++)
			text[i] = begin[i];
		key = dkim_key_get(cache, text, len);
		again = dkim_key_get(cache, text, len);
		assert_null(dkim_key_record(key)->reason);
		assert_null(dkim_key_record(again)->reason);
		assert_true((key == again) == (len == 4096));
		dkim_key_put(cache, key);
		dkim_key_put(cache, again);
		dkim_key_cache_free(cache);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_pkcs1),
		cmocka_unit_test(test_cache_counts_and_forgets),
		cmocka_unit_test(test_cache_has_its_size),
		cmocka_unit_test(test_longest_key),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_threads_verify),
		cmocka_unit_test(test_body_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
