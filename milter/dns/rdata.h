#ifndef DNS_RDATA_H
#define DNS_RDATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/resolver.h"

struct pool;

/*
 * Record data as on the wire, read with every length checked.  What is returned
 * lives in ${pool}.  NULL or -1: the record is malformed.
 */

/* The strings of one TXT joined without a space; any octets, a NUL behind the last. */
const char *rdata_txt(const struct dns_record *record, size_t *len, struct pool *pool);

/* The name in a PTR or CNAME, in the normal form of dns/dname.h. */
const char *rdata_name(const struct dns_record *record, struct pool *pool);

/* The exchange of an MX; *preference unless NULL. */
const char *rdata_mx(
    const struct dns_record *record, uint16_t *preference, struct pool *pool);

/* RFC 6698 section 2.1.  ${data} points into the record. */
struct rdata_tlsa {
	uint8_t usage, selector, matching;
	const uint8_t *data;
	size_t len;
};

bool rdata_tlsa(const struct dns_record *record, struct rdata_tlsa *tlsa);

#endif
