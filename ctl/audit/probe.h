#ifndef CTL_AUDIT_PROBE_H
#define CTL_AUDIT_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

struct facts_host;
struct manners;
struct pool;
struct probed_host;

/* Where a host is to be found for this run, whatever DNS says. */
struct probe_place {
	char *host; /* normal form */
	struct ip ip;
	uint16_t port; /* 0: the usual one of what is asked for */
};

struct probe_options {
	struct manners *manners;
	const char *name; /* who we say we are */
	const struct probe_place *places;
	size_t place_count;
	bool places_only; /* DNS is made up: nobody else is connected to */
};

/*
 * Look at one MX host, as ${host} of the facts has its addresses and TLSA: which of its
 * addresses offer TLS, with what, and whether the certificates match.  ${domains} send
 * their mail there.  All of it in ${pool}, which is used by no other thread meanwhile.
 */
const struct probed_host *probe_host(const struct probe_options *options,
    const struct facts_host *host, const char *const *domains, size_t domain_count,
    struct pool *pool);

#endif
