#ifndef CTL_AUDIT_HANDSHAKE_CHAIN_H
#define CTL_AUDIT_HANDSHAKE_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "ctl/audit/probed.h"

struct pool;
struct stack_st_X509;

/* The certificates of a handshake as plain values.  Any thread. */

#define HANDSHAKE_CHAIN_MAX 10

const struct probed_certificate *handshake_chain_read(
    const struct stack_st_X509 *chain, struct pool *pool, size_t *count);

/* What OpenSSL calls a group by a number of its own, as TLS has it; 0: not known. */
uint16_t handshake_chain_group(int nid);

#endif
