#ifndef CTL_AUDIT_TLS_NAME_H
#define CTL_AUDIT_TLS_NAME_H

#include <stdint.h>

struct pool;

/*
 * Numbers of TLS as people call what they stand for: "TLS 1.2", "x25519", "RSA-SHA1";
 * what has no name as 0x1234, in ${pool}.  Pure.
 */
const char *tls_name_version(uint16_t version, struct pool *pool);
const char *tls_name_suite(uint16_t suite, struct pool *pool);
const char *tls_name_group(uint16_t group, struct pool *pool);
const char *tls_name_signature(uint16_t signature, struct pool *pool);

#endif
