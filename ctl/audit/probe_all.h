#ifndef CTL_AUDIT_PROBE_ALL_H
#define CTL_AUDIT_PROBE_ALL_H

#include <stdbool.h>
#include <stddef.h>

struct facts;
struct pool;
struct probe_options;
struct probed_host;

/*
 * Look at the MX hosts of all domains, each host once, some at a time, and put what was
 * seen into the facts of each domain that names it.
 */
struct probe_all {
	const struct probe_options *options;
	struct facts *const *facts;
	size_t count;
	bool progress;
	/* To be kept as long as the facts, then probe_all_clear(). */
	const struct probed_host **hosts; /* by name */
	struct pool **pools;
	size_t host_count;
};

void probe_all(struct probe_all *all);
void probe_all_clear(struct probe_all *all);

#endif
