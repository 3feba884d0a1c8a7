#ifndef CTL_AUDIT_CREW_H
#define CTL_AUDIT_CREW_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Do ${work} for 0, 1 ... ${count} - 1, so many at a time, with a bar on standard error
 * where that takes long.
 */
struct crew {
	size_t count;
	int threads;
	bool progress;
	void (*work)(void *arg, size_t i);
	void *arg;
};

void crew_run(const struct crew *crew);

#endif
