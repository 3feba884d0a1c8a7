#ifndef CTL_AUDIT_NCSC_H
#define CTL_AUDIT_NCSC_H

#include <stddef.h>
#include <stdint.h>

#include "ctl/audit/hello.h"
#include "ctl/audit/tls_suite.h"

/*
 * How good the choices of TLS are by the guideline of the Dutch NCSC, and which of them a
 * server is to be asked for.  What the guideline does not name is insufficient.  Pure.
 */

#define NCSC_GUIDELINE "NCSC TLS 2025-05"

enum ncsc_level { NCSC_GOOD, NCSC_SUFFICIENT, NCSC_PHASE_OUT, NCSC_INSUFFICIENT };

const char *ncsc_level_code(enum ncsc_level level); /* "phase_out" */
const char *ncsc_level_word(enum ncsc_level level); /* to be translated; what stands
						       before "|" says of what */

enum ncsc_level ncsc_version(uint16_t version);
enum ncsc_level ncsc_suite(uint16_t suite);
/* Of the key exchange: a named group, or a prime (without leading zeroes). */
enum ncsc_level ncsc_group(uint16_t group);
enum ncsc_level ncsc_prime(const uint8_t *prime, size_t octets);
/* Of what the server signs its part of the exchange with. */
enum ncsc_level ncsc_signature(uint16_t signature);

/*
 * Of a certificate: its key, and the hash of its signature, which is HashAlgorithm of RFC
 * 5246 section 7.4.1.4.1, or 8 for EdDSA, which has its own (RFC 8422 section 5.1.3).
 */
enum ncsc_level ncsc_key_rsa(unsigned bits);
enum ncsc_level ncsc_key_curve(uint16_t group);
enum ncsc_level ncsc_key_edwards(void);
enum ncsc_level ncsc_hash(uint8_t hash);

/* Of what is there or missing. */
enum ncsc_trait {
	NCSC_NO_EXTENDED_MASTER_SECRET, /* TLS 1.0 to 1.2 */
	NCSC_COMPRESSION,
	NCSC_NO_SECURE_RENEGOTIATION /* TLS 1.0 to 1.2 */
};
enum ncsc_level ncsc_trait(enum ncsc_trait trait);

/*
 * What to ask for.  Suites of TLS 1.2 and below of a level, those that say most first;
 * not those that need a key agreed before (PSK, SRP, Kerberos) or are not of this world
 * (GOST).
 */
size_t ncsc_ask_suites(enum ncsc_level level, uint16_t suites[TLS_SUITES_MAX]);

enum ncsc_ask {
	NCSC_ASK_SUITES_1_3,
	NCSC_ASK_GROUPS,          /* that a good server has, one of which it will take */
	NCSC_ASK_GROUPS_WEAK,     /* that it has not */
	NCSC_ASK_GROUPS_HYBRID,   /* with ML-KEM, for TLS 1.3 */
	NCSC_ASK_SIGNATURES,      /* that a good server has */
	NCSC_ASK_SIGNATURES_WEAK, /* that it has not */
	NCSC_ASKS
};
struct hello_codes ncsc_ask(enum ncsc_ask what);

#endif
