#ifndef CTL_AUDIT_STS_ALL_H
#define CTL_AUDIT_STS_ALL_H

#include <stdbool.h>
#include <stddef.h>

struct facts;
struct pool;
struct probe_options;

/*
 * Fetch the policies of all domains that say they have one, some at a time, into their
 * facts.  Of ${options} the places and manners count: web servers are behaved to as mail
 * servers are.
 */
struct sts_all {
	const struct probe_options *options;
	struct facts *const *facts;
	struct pool *const *pools; /* one a domain: what is found lives there */
	size_t count;
	bool progress;
};

void sts_all(struct sts_all *all);

#endif
