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

/* The addresses of two answers, in their order. */
const char *const *answer_text_addresses(const struct dns_answer *v4,
    const struct dns_answer *v6, struct pool *pool, size_t *count);

/* ${text} as printable ASCII, all else as \xNN: it stays the same when it is stored. */
const char *answer_text_plain(const char *text, struct pool *pool);

/* The same, but Latin letters of UTF-8 stay: for words that people wrote. */
const char *answer_text_safe(const char *text, struct pool *pool);

/* Octets as hexadecimal. */
const char *answer_text_hex(const unsigned char *data, size_t len, struct pool *pool);

#endif
