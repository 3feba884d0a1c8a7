#ifndef RESOLVER_INSTANT_H
#define RESOLVER_INSTANT_H

#include "dns/resolver.h"

/*
 * A resolver whose answers are there at once: the user of this file defines struct
 * resolver and resolver_start(), which makes a lookup in a pool of its own.
 */
struct resolver_lookup {
	struct dns_answer answer;
};

#endif
