#include <stdlib.h>
#include <string.h>

#include "base/netlist.h"
#include "base/pool.h"
#include "ctl/audit/address_union.h"

struct address_union_range {
	uint32_t first, last;
};

static uint32_t
number_of(const struct ip *ip)
{
	return (uint32_t)ip->octets[0] << 24 | (uint32_t)ip->octets[1] << 16 |
	       (uint32_t)ip->octets[2] << 8 | ip->octets[3];
}

static void
add_v4(struct address_union *u, const struct network *network)
{
	struct network base = netlist_base(network);
	uint32_t behind = network->prefix == 0    ? UINT32_MAX
			  : network->prefix >= 32 ? 0
						  : UINT32_MAX >> network->prefix;
	uint32_t first = number_of(&base.ip);

	if (u->count == u->size) {
		size_t size = u->size == 0 ? 64 : 2 * u->size;
		struct address_union_range *ranges =
		    pool_alloc(u->pool, size * sizeof *ranges);

		if (u->count > 0)
			memcpy(ranges, u->ranges, u->count * sizeof *ranges);
		u->ranges = ranges;
		u->size = size;
	}
	u->ranges[u->count++] = (struct address_union_range){ first, first | behind };
}

void
address_union_add(struct address_union *u, const struct network *network)
{
	if (network->ip.family == IP_V4) {
		add_v4(u, network);
	} else if (network->ip.family == IP_V6) {
		if (!u->has_v6 || network->prefix < u->v6_prefix)
			u->v6_prefix = network->prefix;
		u->has_v6 = true;
	}
}

static int
by_first(const void *a, const void *b)
{
	const struct address_union_range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

uint64_t
address_union_v4(struct address_union *u)
{
	uint64_t total = 0, next = 0; /* the first address that is not counted yet */

	if (u->count > 1)
		qsort(u->ranges, u->count, sizeof *u->ranges, by_first);
	for (size_t i = 0; i < u->count; i++) {
		uint64_t first = u->ranges[i].first,
			 end = (uint64_t)u->ranges[i].last + 1;

		if (first < next)
			first = next;
		if (end > first) {
			total += end - first;
			next = end;
		}
	}
	return total;
}
