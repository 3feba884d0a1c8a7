#ifndef CTL_AUDIT_HELLO_H
#define CTL_AUDIT_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A ClientHello of ours, to see what a server would agree to, from SSL 3.0 on:
 * hello_reader reads what it sends back.  No cryptography: no handshake is ever
 * completed.  Pure.
 */

#define HELLO_SSL_3_0 0x0300
#define HELLO_TLS_1_0 0x0301
#define HELLO_TLS_1_1 0x0302
#define HELLO_TLS_1_2 0x0303
#define HELLO_TLS_1_3 0x0304

struct hello_codes {
	const uint16_t *codes;
	size_t count;
};

#define HELLO_RANDOM 64

/* What is offered.  Extended master secret and secure renegotiation always are. */
struct hello_offer {
	uint16_t version;              /* the highest; HELLO_TLS_1_3: that one alone */
	struct hello_codes suites;     /* in the order of preference */
	struct hello_codes groups;     /* none: is not said, as in SSL 3.0 */
	struct hello_codes signatures; /* from TLS 1.2 on; none: is not said */
	bool compression;              /* by DEFLATE; not with TLS 1.3 */
	const char *host;              /* NULL: is not said */
	uint8_t random[HELLO_RANDOM];  /* any */
};

#define HELLO_OCTETS_MAX 4096

/* The octets to send, one record; 0: they are more than ${size}. */
size_t hello_write(const struct hello_offer *offer, uint8_t *out, size_t size);

#endif
