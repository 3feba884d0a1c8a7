#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/pool.h"
#include "check/dkim_key.h"

/* OpenSSL stops at 16384 bits; there one verification takes as long as 60 of 2048. */
#define BITS_MAX 16383
#define EXPONENT_BITS_MAX 33
#define ED25519_OCTETS 32
#define ED25519_BITS 256
#define BUCKETS 1024
#define CACHED_TEXT_MAX 4096 /* an RSA key of 16384 bits has 2800 */

struct dkim_key {
	/* of the cache: under its lock */
	struct dkim_key *next;          /* in the bucket */
	struct dkim_key *newer, *older; /* by last use */
	unsigned holders;
	bool cached;
	/* of the key: immutable */
	uint32_t hash;
	char *text;
	size_t len;
	struct dkim_key_record record; /* its octets are gone */
	EVP_PKEY *public_key;
	EVP_PKEY_CTX *verification; /* of RSA, ready to be copied */
	int bits;
};

struct dkim_key_cache {
	pthread_mutex_t lock;
	struct dkim_key *buckets[BUCKETS];
	struct dkim_key *newest, *oldest;
	size_t count, max;
};

struct dkim_key_cache *
dkim_key_cache_new(size_t entries)
{
	struct dkim_key_cache *cache = mem_alloc(sizeof *cache);

	pthread_mutex_init(&cache->lock, NULL);
	cache->max = entries > 0 ? entries : DKIM_KEY_ENTRIES;
	return cache;
}

static void
key_free(struct dkim_key *key)
{
	EVP_PKEY_CTX_free(key->verification);
	EVP_PKEY_free(key->public_key);
	free(key->text);
	free(key);
}

void
dkim_key_cache_free(struct dkim_key_cache *cache)
{
	struct dkim_key *key, *next;

	if (cache == NULL)
		return;
	for (key = cache->newest; key != NULL; key = next) {
		next = key->older;
		key_free(key);
	}
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static void
list_remove(struct dkim_key_cache *cache, struct dkim_key *key)
{
	*(key->newer != NULL ? &key->newer->older : &cache->newest) = key->older;
	*(key->older != NULL ? &key->older->newer : &cache->oldest) = key->newer;
}

static void
list_push(struct dkim_key_cache *cache, struct dkim_key *key)
{
	key->newer = NULL;
	key->older = cache->newest;
	*(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = key;
	cache->newest = key;
}

static struct dkim_key *
cache_find(struct dkim_key_cache *cache, uint32_t hash, const char *text, size_t len)
{
	struct dkim_key *key = cache->buckets[hash % BUCKETS];

	while (key != NULL && (key->hash != hash || key->len != len ||
				  memcmp(key->text, text, len) != 0))
		key = key->next;
	return key;
}

/* Take the longest unused out.  Who holds it may go on to use it. */
static void
cache_drop_oldest(struct dkim_key_cache *cache)
{
	struct dkim_key *key = cache->oldest;
	struct dkim_key **at = &cache->buckets[key->hash % BUCKETS];

	while (*at != key)
		at = &(*at)->next;
	*at = key->next;
	list_remove(cache, key);
	cache->count--;
	key->cached = false;
	if (key->holders == 0)
		key_free(key);
}

static void
cache_insert(struct dkim_key_cache *cache, struct dkim_key *key)
{
	struct dkim_key **bucket = &cache->buckets[key->hash % BUCKETS];

	while (cache->count >= cache->max)
		cache_drop_oldest(cache);
	key->next = *bucket;
	*bucket = key;
	list_push(cache, key);
	cache->count++;
	key->cached = true;
}

/* Behind the head of a DER SEQUENCE at ${p} (X.690 section 8.1.3); NULL: it is none. */
static const unsigned char *
into_sequence(const unsigned char *p, const unsigned char *end)
{
	size_t more;

	if (end - p < 2 || *p++ != 0x30)
		return NULL;
	more = *p < 0x80 ? 0 : *p & 0x7fU; /* octets of the length */
	p++;
	return more <= sizeof(long) && (size_t)(end - p) > more ? p + more : NULL;
}

enum shape { SHAPE_SPKI, SHAPE_PKCS1, SHAPE_OTHER };

/*
 * Is it an RSA key by the look of it: SEQUENCE of SEQUENCE of rsaEncryption (RFC 5280),
 * or SEQUENCE of INTEGER (RFC 8017)?  No other algorithm of OpenSSL's gets to read it.
 */
static enum shape
shape_of(const struct dkim_key_record *record)
{
	static const unsigned char rsa[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
		0x0d, 0x01, 0x01, 0x01 };
	const unsigned char *end = record->key + record->key_len;
	const unsigned char *p = into_sequence(record->key, end);

	if (p == NULL)
		return SHAPE_OTHER;
	if (*p == 0x02)
		return SHAPE_PKCS1;
	p = into_sequence(p, end);
	if (p == NULL || (size_t)(end - p) < sizeof rsa ||
	    memcmp(p, rsa, sizeof rsa) != 0)
		return SHAPE_OTHER;
	return SHAPE_SPKI;
}

/* RFC 6376 wants the key alone (PKCS #1), everybody publishes SubjectPublicKeyInfo. */
static EVP_PKEY *
decode_rsa(const struct dkim_key_record *record)
{
	const unsigned char *p = record->key;
	EVP_PKEY *key = NULL;

	switch (shape_of(record)) {
	case SHAPE_SPKI:
		key = d2i_PUBKEY(NULL, &p, (long)record->key_len);
		break;
	case SHAPE_PKCS1:
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)record->key_len);
		break;
	case SHAPE_OTHER:
		break;
	}
	if (key != NULL && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

/*
 * What a verification costs grows with the bits of the exponent, and OpenSSL takes one
 * as long as the modulus up to 3072 bits.  Keys have 3 or 65537; what other libraries
 * refuse beyond is 31 or 33 bits.
 */
static bool
exponent_is_short(const EVP_PKEY *key)
{
	BIGNUM *e = NULL;
	bool good = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
		    BN_num_bits(e) <= EXPONENT_BITS_MAX;

	BN_free(e);
	return good;
}

/* Made ready once: to look up the algorithms takes a tenth of a verification. */
static EVP_PKEY_CTX *
prepare_rsa(EVP_PKEY *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

	if (ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static const char *
decode(struct dkim_key *key)
{
	const struct dkim_key_record *record = &key->record;

	switch (record->type) {
	case DKIM_RSA:
		key->public_key = decode_rsa(record);
		if (key->public_key != NULL) {
			key->bits = EVP_PKEY_get_bits(key->public_key);
			key->verification = prepare_rsa(key->public_key);
		}
		break;
	case DKIM_ED25519:
		if (record->key_len != ED25519_OCTETS)
			return "the Ed25519 key is not 32 octets";
		key->public_key = EVP_PKEY_new_raw_public_key(
		    EVP_PKEY_ED25519, NULL, record->key, record->key_len);
		key->bits = ED25519_BITS;
		break;
	}
	ERR_clear_error();
	if (key->public_key == NULL)
		return "the key cannot be decoded";
	if (record->type == DKIM_RSA && !exponent_is_short(key->public_key))
		return "the exponent of the key is too large";
	return key->bits > BITS_MAX ? "the key is too long" : NULL;
}

static struct dkim_key *
key_new(uint32_t hash, const char *text, size_t len)
{
	struct dkim_key *key = mem_alloc(sizeof *key);
	struct pool *pool = pool_new();

	key->hash = hash;
	key->text = mem_strndup(text, len);
	key->len = len;
	key->record = dkim_tags_key(text, len, pool);
	if (key->record.reason == NULL) {
		key->record.reason = decode(key);
		key->record.no_key = key->public_key == NULL;
	}
	key->record.key = NULL;
	key->holders = 1;
	pool_free(pool);
	return key;
}

const struct dkim_key *
dkim_key_get(struct dkim_key_cache *cache, const char *text, size_t len)
{
	uint32_t hash = hash_octets(HASH_START, text, len);
	struct dkim_key *found, *made;

	pthread_mutex_lock(&cache->lock);
	found = cache_find(cache, hash, text, len);
	if (found != NULL) {
		found->holders++;
		list_remove(cache, found);
		list_push(cache, found);
	}
	pthread_mutex_unlock(&cache->lock);
	if (found != NULL)
		return found;

	/* Decoded without the lock: another thread may do the same meanwhile. */
	made = key_new(hash, text, len);
	pthread_mutex_lock(&cache->lock);
	if (len <= CACHED_TEXT_MAX && cache_find(cache, hash, text, len) == NULL)
		cache_insert(cache, made);
	pthread_mutex_unlock(&cache->lock);
	return made;
}

void
dkim_key_put(struct dkim_key_cache *cache, const struct dkim_key *held)
{
	union {
		const struct dkim_key *in;
		struct dkim_key *out;
	} key = { .in = held };
	bool last;

	pthread_mutex_lock(&cache->lock);
	last = --key.out->holders == 0 && !key.out->cached;
	pthread_mutex_unlock(&cache->lock);
	if (last)
		key_free(key.out);
}

const struct dkim_key_record *
dkim_key_record(const struct dkim_key *key)
{
	return &key->record;
}

int
dkim_key_bits(const struct dkim_key *key)
{
	return key->bits;
}

bool
dkim_key_is_possible(void)
{
	EVP_SIGNATURE *rsa = EVP_SIGNATURE_fetch(NULL, "RSA", NULL);
	bool possible = rsa != NULL;

	EVP_SIGNATURE_free(rsa);
	ERR_clear_error();
	return possible;
}

static bool
verify_rsa(const EVP_PKEY_CTX *prepared, const unsigned char *hash,
    const unsigned char *signature, size_t len)
{
	/* A copy for each: messages in other threads use the same key. */
	EVP_PKEY_CTX *ctx = prepared != NULL ? EVP_PKEY_CTX_dup(prepared) : NULL;
	bool good = ctx != NULL &&
		    EVP_PKEY_verify(ctx, signature, len, hash, DKIM_HASH_SIZE) == 1;

	EVP_PKEY_CTX_free(ctx);
	return good;
}

static bool
verify_ed25519(
    EVP_PKEY *key, const unsigned char *hash, const unsigned char *signature, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL &&
		    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
		    EVP_DigestVerify(ctx, signature, len, hash, DKIM_HASH_SIZE) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

bool
dkim_key_verify(const struct dkim_key *key, const unsigned char hash[DKIM_HASH_SIZE],
    const unsigned char *signature, size_t len)
{
	bool good = false;

	if (key->record.reason != NULL)
		return false;
	switch (key->record.type) {
	case DKIM_RSA:
		good = verify_rsa(key->verification, hash, signature, len);
		break;
	case DKIM_ED25519:
		good = verify_ed25519(key->public_key, hash, signature, len);
		break;
	}
	ERR_clear_error(); /* the queue is the thread's, and others read it */
	return good;
}
