#ifndef DNS_PROBE_H
#define DNS_PROBE_H

#include <stddef.h>

#include "dns/unbound.h"

/* Can DNSSEC be had?  What the name servers say of the keys of the root. */
enum probe {
	PROBE_SECURE,
	PROBE_INSECURE,  /* an answer, but not one that validates */
	PROBE_NO_ANSWER, /* none within 3 seconds, or a failure */
	PROBE_FAILED     /* it does not open: ${why} */
};

/*
 * Opens an engine with ${options}, which name an anchor, and asks it.  *engine is it
 * on PROBE_SECURE, else NULL.  Blocks.
 */
enum probe probe_open(const struct unbound_options *options, struct unbound **engine,
    char *why, size_t whysize);

#endif
