#ifndef MAIL_DKIM_HEADER_H
#define MAIL_DKIM_HEADER_H

#include <stddef.h>

#include "mail/dkim_field.h"

struct pool;

/*
 * What a signature with c=relaxed hashes of the header (RFC 6376 section 3.7).  Pure;
 * what is returned is in the pool, and no longer than all fields together with 2 octets
 * each.
 */

/* The fields that h= names, in its order; of several, the last goes first (5.4.2). */
struct dkim_header {
	const struct dkim_field **fields;
	size_t count;
};

/* ${names}: h= without white space. */
struct dkim_header dkim_header_select(
    const struct dkim_field *fields, const char *names, struct pool *pool);

/* VT and FF: octets as any other (3.4.2, WSP is SP or HTAB), or white space. */
enum dkim_white { DKIM_WHITE_RFC, DKIM_WHITE_LIBOPENDKIM };

/*
 * ${own}: the signature's field, from whose first tag b= the value is taken away.  No
 * field has DKIM_ODD_LINE.
 */
const char *dkim_header_text(const struct dkim_header *header,
    const struct dkim_field *own, enum dkim_white white, size_t *len, struct pool *pool);

#endif
