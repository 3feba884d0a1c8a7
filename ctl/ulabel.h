#ifndef CTL_ULABEL_H
#define CTL_ULABEL_H

struct pool;

/*
 * ${domain} (any text) with U-labels for its A-labels, in ${pool}; NULL: it has none, or
 * they would mislead.  All its letters must be of one script, with nothing else between
 * them but digits, hyphens and dots of ASCII: a Cyrillic name below ".com" looks like
 * another, and marks of direction would turn what stands beside.
 */
const char *ulabel_of(const char *domain, struct pool *pool);

#endif
