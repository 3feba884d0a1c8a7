#ifndef CHECK_BODY_HASH_H
#define CHECK_BODY_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/dkim_tags.h"

/*
 * The SHA-256 of one body in one canonicalization, and of its first octets where a
 * signature has l=: one pass over the body serves every signature.  Used by one
 * thread at a time.
 */
struct body_hash;

/* Has OpenSSL SHA-256, as it is configured here?  If not, what else is below aborts. */
bool body_hash_is_possible(void);

struct body_hash *body_hash_new(enum dkim_canonicalization canon);
void body_hash_free(struct body_hash *h); /* NULL: nothing */

/* Before the first piece: the hash of the first ${length} octets is wanted too. */
void body_hash_want(struct body_hash *h, uint64_t length);

void body_hash_piece(struct body_hash *h, const unsigned char *data, size_t len);
void body_hash_end(struct body_hash *h);

/* After the end.  Both are DKIM_HASH_SIZE octets and live as long as ${h}. */
const unsigned char *body_hash_whole(const struct body_hash *h, uint64_t *length);
/* NULL: the canonical body is shorter than ${length}. */
const unsigned char *body_hash_first(const struct body_hash *h, uint64_t length);

/* The SHA-256 of ${len} octets as they are. */
void body_hash_octets(const char *data, size_t len, unsigned char hash[DKIM_HASH_SIZE]);

/* OpenSSL's version, which is in use, in ${text}. */
void body_hash_library_version(char *text, size_t size);

#endif
