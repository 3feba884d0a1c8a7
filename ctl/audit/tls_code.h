#ifndef CTL_AUDIT_TLS_CODE_H
#define CTL_AUDIT_TLS_CODE_H

#include <stdint.h>

/*
 * The numbers of TLS as IANA's registry has their names; those of cipher suites are in
 * tls_suite.h.  NULL: it does not know the number.  Pure.
 */
const char *tls_code_version(uint16_t version);     /* "TLS 1.2" */
const char *tls_code_group(uint16_t group);         /* "secp256r1" */
const char *tls_code_signature(uint16_t signature); /* "ecdsa_secp256r1_sha256" */
const char *tls_code_alert(uint8_t alert);          /* "handshake_failure" */

#endif
