#ifndef SIGNER_H
#define SIGNER_H

#include <stddef.h>

struct pool;

/*
 * Makes DKIM keys and signatures for tests, on its own: nothing of it is shared with
 * what is tested.  A key is made when it is first wanted and then used for every name:
 * "rsa1024", "rsa2048" (any size up to 4096), "ed25519".  All it returns lives in its
 * pool.
 */
struct signer;

struct signing {
	const char *domain, *selector, *key;
	const char *canon;   /* "relaxed/simple" */
	const char *headers; /* h=, names with colons; NULL: all there are */
	long body_length;    /* l=; -1: none */
};

struct signer *signer_new(struct pool *pool);
void signer_free(struct signer *s); /* NULL: nothing */

/* From now on this is its pool; the keys stay. */
void signer_use_pool(struct signer *s, struct pool *pool);

/* The text of the key's record; ${tags} ("t=y;") go in front of p=.  NULL: no such key.
 */
const char *signer_record(struct signer *s, const char *key, const char *tags);

/*
 * The DKIM-Signature field, with its name, LF folds and a final LF, for ${header}
 * (fields that end with LF) and ${body} (lines that end with CRLF).  NULL: it cannot be
 * signed.
 */
const char *signer_sign(struct signer *s, const struct signing *how, const char *header,
    const char *body, size_t body_len);

#endif
