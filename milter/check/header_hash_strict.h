#ifndef CHECK_HEADER_HASH_STRICT_H
#define CHECK_HEADER_HASH_STRICT_H

#include <stdbool.h>

#include "check/header_hash.h"

/*
 * The header hash of a signature with c=relaxed where VT or FF stand in the header.
 * libopendkim takes them for white space, so that they may come and go unseen; for RFC
 * 6376 section 3.4.2 they are octets as any other.  This one is made by our own code,
 * which is believed only as far as it agrees with libopendkim where both read alike.
 */

/*
 * ${hash}: libopendkim's, of the signature that is the field ${own} among ${fields};
 * replaced by that of the RFC.  False, and nothing is done: our code, made to read VT
 * and FF as libopendkim does, comes to another hash than libopendkim.  Does not block.
 */
bool header_hash_strict_replace(struct header_hash *hash, const struct dkim_field *fields,
    const struct dkim_field *own);

#endif
