#ifndef CTL_AUDIT_TLS_SUITE_H
#define CTL_AUDIT_TLS_SUITE_H

#include <stddef.h>
#include <stdint.h>

/* The cipher suites of TLS by number and by IANA's name.  Pure. */

struct tls_suite {
	uint16_t code;
	const char *name; /* "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" */
};

/* What the server sends of its own key exchange. */
enum tls_suite_exchange {
	TLS_SUITE_OTHER, /* nothing, or nothing that we read (TLS 1.3, PSK, SRP) */
	TLS_SUITE_ECDHE, /* a curve, signed */
	TLS_SUITE_ECDHE_ANON,
	TLS_SUITE_DHE, /* a prime, signed */
	TLS_SUITE_DHE_ANON
};

/* All of them, by number. */
const struct tls_suite *tls_suite_all(size_t *count);
#define TLS_SUITES_MAX 400

/* NULL: IANA does not know it. */
const struct tls_suite *tls_suite_find(uint16_t code);
enum tls_suite_exchange tls_suite_exchange(uint16_t code);

#endif
