#ifndef CTL_AUDIT_ANSWER_TEXT_H
#define CTL_AUDIT_ANSWER_TEXT_H

#include "dns/resolver.h"

struct pool;

/*
 * A record for people, much as a zone file has it; a TXT as its strings joined, any
 * octets.  In ${pool}.
 */
const char *answer_text(
    const struct dns_record *record, enum dns_type type, struct pool *pool);

/* Octets as hexadecimal. */
const char *answer_text_hex(const unsigned char *data, size_t len, struct pool *pool);

#endif
