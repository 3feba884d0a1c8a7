#ifndef MAIL_DKIM_TAGS_H
#define MAIL_DKIM_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/evidence.h"

struct pool;

/*
 * The tag=value lists of DKIM (RFC 6376 section 3.2), read strictly: signatures
 * (section 3.5, RFC 8301, RFC 8463) and key records (section 3.6.1).  Pure; what is
 * returned lives in the pool.
 */
enum dkim_key_type { DKIM_RSA, DKIM_ED25519 };
enum dkim_canonicalization { DKIM_SIMPLE, DKIM_RELAXED };

#define DKIM_HASH_SIZE 32         /* SHA-256: RFC 8301 leaves no other hash */
#define DKIM_FIELD_MAX 60000      /* octets of a signature field */
#define DKIM_FIELDS_MAX 4000      /* octets of h=, white space off */
#define DKIM_KEY_RECORD_MAX 16384 /* octets of a key record */
#define DKIM_LATE_MAX 300         /* seconds that x= may be past */
/* Seconds that t= may be ahead: signers whose clock shows local time are around. */
#define DKIM_EARLY_MAX 43200

/*
 * One signature.  ${result} is DKIM_NONE while nothing speaks against it; else what
 * it is, with ${reason}, and the rest is as far as it could be read.
 */
struct dkim_signature {
	enum dkim_result result;
	const char *reason;
	const char *domain; /* d=, normal form; "" if it cannot be read */
	const char *selector, *algorithm, *b; /* without white space; "" if missing */
	const char *key_name;                 /* where its key is; NULL unless d=, s= */
	enum dkim_key_type key_type;
	enum dkim_canonicalization header_canon, body_canon;
	const char *fields; /* h= without white space; "" */
	unsigned char body_hash[DKIM_HASH_SIZE];
	const unsigned char *signature; /* b= decoded */
	size_t signature_len;
	bool subdomain; /* i= is below d=, not equal */
	/* All is right but a=rsa-sha1, and that is a permerror (RFC 8301). */
	bool sha1;
	bool has_length, has_signed_at, has_expires_at;
	uint64_t length, signed_at, expires_at; /* l=, t=, x= */
};

/* A key record.  ${reason}: why it cannot be used, a constant; or NULL. */
struct dkim_key_record {
	const char *reason;
	/* Such a text may stand beside keys: v= is another, p= is missing, or it cannot
	 * be parsed.  One that is revoked, or of another kind, is a key. */
	bool no_key;
	bool revoked; /* p= is empty */
	enum dkim_key_type type;
	bool testing;             /* t=y */
	bool no_subdomain;        /* t=s */
	const unsigned char *key; /* p= decoded */
	size_t key_len;
};

/* ${value}: all behind the colon of the field, folds kept. */
struct dkim_signature dkim_tags_signature(const char *value, struct pool *pool);

/* Hold ${s} against the clock: sets result and reason if that speaks against it. */
void dkim_tags_hold_against(struct dkim_signature *s, int64_t now);

/* ${text}: the strings of one TXT record joined. */
struct dkim_key_record dkim_tags_key(const char *text, size_t len, struct pool *pool);

#endif
