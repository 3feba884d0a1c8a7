#ifndef MUST_H
#define MUST_H

#include <stdbool.h>
#include <stdlib.h>

/* What has to hold in a fuzz target: assert() that no build flag takes away. */
static inline void
must(bool holds)
{
	if (!holds)
		abort();
}

#endif
