#ifndef CHECK_SPF_CANON_H
#define CHECK_SPF_CANON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"

struct pool;
struct spf_record;

/* What a name in a canonical record stands for: a term, or a host of its mx. */
struct spf_token {
	size_t frame, term;
	bool is_host;
	size_t host;
};

/* False: ${text} is none of ours. */
bool spf_canon_read(const char *text, struct spf_token *token);

/* The token of host ${host} of the mx that ${token} stands for. */
const char *spf_canon_host(const struct spf_token *token, size_t host, struct pool *pool);

/*
 * A checked record, whose frame is ${number}, as canonical text for libspf2: no domain
 * but tokens, and no term that cannot count.  libspf2 loses the end of what compiles to
 * more than 511 octets; this never does: an ip4 or ip6 that does not hold the client
 * cannot match and is left out; one that does, or all, always matches and ends the
 * record; of terms that ask DNS the eleventh is one too many, and ends it, too.
 */
const char *spf_canon_record(const struct spf_record *record, size_t number,
    const struct ip *client, struct pool *pool);

#endif
