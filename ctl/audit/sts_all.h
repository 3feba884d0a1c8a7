#ifndef CTL_AUDIT_STS_ALL_H
#define CTL_AUDIT_STS_ALL_H

#include <stdbool.h>
#include <stddef.h>

struct facts;
struct pool;
struct probe_options;

/*
 * Fetch the policies of all domains that say they have one into their facts: from some
 * servers at a time, one connection to each.  Of ${options} the places count.
 */
struct sts_all {
	const struct probe_options *options;
	struct facts *const *facts;
	struct pool *const *pools; /* one a domain: what is found lives there */
	size_t count;
	bool progress;
};

void sts_all(const struct sts_all *all);

#endif
