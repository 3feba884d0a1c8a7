#ifndef CTL_AUDIT_ADDRESS_UNION_H
#define CTL_AUDIT_ADDRESS_UNION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct network;
struct pool;

/*
 * How many addresses some networks hold, each counted once.  Begin with a zeroed struct
 * but for ${pool}.  Pure.
 */
struct address_union {
	struct pool *pool;
	struct address_union_range *ranges; /* of IPv4 */
	size_t count, size;
	unsigned v6_prefix; /* the shortest, if any */
	bool has_v6;
};

void address_union_add(struct address_union *u, const struct network *network);
uint64_t address_union_v4(struct address_union *u);

#endif
