#ifndef CHECK_DKIM_JUDGE_H
#define CHECK_DKIM_JUDGE_H

#include <stdbool.h>

#include "mail/dkim_tags.h"
#include "mail/evidence.h"

struct body_hash;
struct dkim_key_cache;
struct dns_answer;
struct pool;

/* All that a signature is judged by. */
struct dkim_case {
	const struct dkim_signature
	    *signature;                   /* nothing but sha1 speaks against it yet */
	const unsigned char *header_hash; /* DKIM_HASH_SIZE octets */
	const struct dns_answer *answer;  /* TXT at its key_name */
	const struct body_hash *body;     /* ended, in its canonicalization */
	int minimum_key_bits;
	int *more_keys; /* that may be tried in this message, each beside a first one */
};

/* Keys that one signature is held against, where there are several. */
#define DKIM_KEYS_MAX 3

/*
 * The verdict of RFC 6376 section 6.1, RFC 8301 and RFC 8463, in the words of RFC
 * 8601: result, reason, key_bits, testing and dns_sec of the evidence.  Of several keys
 * they are of that which verifies, else of the first.  Any thread.
 */
struct dkim_evidence dkim_judge_case(
    const struct dkim_case *c, struct dkim_key_cache *keys, struct pool *pool);

#endif
