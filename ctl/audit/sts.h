#ifndef CTL_AUDIT_STS_H
#define CTL_AUDIT_STS_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/audit/sts_found.h"

struct pool;

/*
 * The policy of MTA-STS from the web server of a domain (RFC 8461 section 3.3).  By
 * libcurl, or, where the program was built without, by nothing (sts_none.c).  Any thread,
 * between sts_begin() and sts_end(), which one thread calls.
 */

struct sts_fetch {
	const char *domain;           /* normal form */
	const char *const *addresses; /* of mta-sts.${domain}; nothing else is asked */
	size_t address_count;
	const char *instead; /* an address to connect to in place of these; NULL: none */
	unsigned port;       /* of ${instead} */
};

void sts_begin(void);
void sts_end(void);

#define STS_MS 15000
#define STS_OCTETS_MAX 65536

/* All of it in ${pool}. */
struct sts_found sts_fetch(const struct sts_fetch *fetch, struct pool *pool);

#endif
