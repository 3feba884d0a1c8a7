#ifndef CHECK_DKIM_KEY_H
#define CHECK_DKIM_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/dkim_tags.h"

/* A key record, checked and decoded.  Immutable. */
struct dkim_key;

/*
 * Decoded keys by the text of their record: decoding costs three times as much as
 * verifying with the key.  Bounded, the longest unused goes first.  Any thread.
 */
struct dkim_key_cache;

#define DKIM_KEY_ENTRIES 1000 /* the default */

struct dkim_key_cache *dkim_key_cache_new(size_t entries); /* 0: the default */
/* All keys must have been put back.  NULL: nothing. */
void dkim_key_cache_free(struct dkim_key_cache *cache);

/* Never NULL; dkim_key_put() it. */
const struct dkim_key *dkim_key_get(
    struct dkim_key_cache *cache, const char *text, size_t len);
void dkim_key_put(struct dkim_key_cache *cache, const struct dkim_key *key);

/* What the record says; ${reason} is also that of a key that cannot be decoded, which
 * is ${no_key} too.  Its octets are gone. */
const struct dkim_key_record *dkim_key_record(const struct dkim_key *key);
int dkim_key_bits(const struct dkim_key *key); /* 0: none was decoded */

/* Can OpenSSL verify with RSA, as it is configured here?  If not, no key is good. */
bool dkim_key_is_possible(void);

/*
 * Is ${signature} this key's over ${hash}?  RSA: PKCS #1 v1.5 with SHA-256 (RFC 8017);
 * Ed25519: the hash is the message (RFC 8463).  False for a key that cannot be used.
 */
bool dkim_key_verify(const struct dkim_key *key, const unsigned char hash[DKIM_HASH_SIZE],
    const unsigned char *signature, size_t len);

#endif
