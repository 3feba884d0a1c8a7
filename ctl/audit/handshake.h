#ifndef CTL_AUDIT_HANDSHAKE_H
#define CTL_AUDIT_HANDSHAKE_H

#include <stddef.h>
#include <time.h>

#include "ctl/audit/probed.h"

struct facts_tlsa;
struct pool;

/*
 * A TLS handshake as a mail server of any strictness would make it, also with weak
 * algorithms, to see certificates and hold them against TLSA records (RFC 7672).  Nothing
 * is ever said within it but QUIT.  Any thread.
 */
struct handshake {
	int fd; /* connected, does not block; stays the caller's */
	const struct timespec *until;
	const char *host;           /* for whom TLSA stands; what we ask for */
	const char *const *domains; /* that send their mail there: names that count too */
	size_t domain_count;
	const struct facts_tlsa *records;
	size_t record_count;
	enum probed_key_type only; /* RSA or EC: no other key will do; OTHER: any will */
};

#define HANDSHAKE_OCTETS_MAX ((size_t)256 << 10) /* that the other side may send */

struct probed_handshake handshake_run(const struct handshake *how, struct pool *pool);

#endif
