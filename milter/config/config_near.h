#ifndef CONFIG_CONFIG_NEAR_H
#define CONFIG_CONFIG_NEAR_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* The known name that is nearest to one that is not known: what was meant, probably. */
struct config_near {
	const char *name;
	const char *found; /* NULL: none is near */
	size_t best;
};

void config_near_begin(struct config_near *near, const char *name);

/* ${known} has at most 40 octets. */
void config_near_try(struct config_near *near, const char *known);

/* Say in ${why} that there is no such setting, and which was meant.  Returns false. */
bool config_near_refuse(const struct config_near *near, struct buf *why);

#endif
