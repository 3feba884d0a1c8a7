#ifndef CTL_AUDIT_HELLO_READER_H
#define CTL_AUDIT_HELLO_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/audit/hello.h"

/*
 * What a server sends back to a ClientHello of ours: ServerHello, ServerKeyExchange or an
 * alert, in records of any cut.  The certificate is passed over.  Pure.
 */

enum hello_state {
	HELLO_MORE,    /* send me what comes next */
	HELLO_CHOSEN,  /* the server agreed, and has said all that we read */
	HELLO_REFUSED, /* by an alert that ends it */
	HELLO_BROKEN   /* that was no TLS, or broke its rules: see wrong */
};

/*
 * What was read.  All up to here may be believed in any state: a server that agreed
 * (has_hello) and sends garbage afterwards agreed.
 */
struct hello_answer {
	bool has_hello;
	bool is_retry;    /* HelloRetryRequest: suite and group are chosen */
	uint16_t version; /* these five from ServerHello */
	uint16_t suite;
	uint8_t compression;
	bool extended_master_secret;
	bool secure_renegotiation;
	bool has_exchange;    /* ServerKeyExchange was read */
	uint16_t group;       /* there, or of TLS 1.3; 0: none was said */
	bool own_curve;       /* written out, in place of a name */
	uint16_t signature;   /* there, from TLS 1.2 on; 0: none was said */
	unsigned prime_bits;  /* there, of Diffie-Hellman; 0: none */
	const uint8_t *prime; /* without leading zeroes, as long as the reader lives */
	size_t prime_octets;
	bool has_alert; /* of a refusal, or the last warning */
	uint8_t alert;
	const char *wrong; /* of HELLO_BROKEN: a phrase to be translated */
};

/* Reads one answer.  ${offer} must live as long. */
struct hello_reader;
struct hello_reader *hello_reader_new(const struct hello_offer *offer);
void hello_reader_free(struct hello_reader *reader);

/*
 * Takes what the connection brought, in pieces of any size.  Beyond HELLO_READER_MAX
 * octets in all it is broken.  After the end it stays as it is.
 */
enum hello_state hello_reader_take(
    struct hello_reader *reader, const uint8_t *octets, size_t len);
#define HELLO_READER_MAX ((size_t)256 * 1024)

const struct hello_answer *hello_reader_answer(const struct hello_reader *reader);

#endif
