#ifndef CTL_HISTORY_TALLY_H
#define CTL_HISTORY_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct pool;

/*
 * Counts by name in bounded memory, however many names strangers bring (after Misra and
 * Gries, 1982): where there is no room for a new one all lose what the median has, and
 * who has nothing left goes.  So what is counted often stays, and is at most twice the
 * sum of all by ${room} too low; with no more names than that all counts are exact.
 */
struct tally;

struct tally *tally_new(size_t room);
void tally_free(struct tally *tally); /* NULL: nothing */

void tally_add(struct tally *tally, const char *name, int64_t n);

struct tally_row {
	const char *name;
	int64_t n;
};

/* The ${limit} largest, largest first, in ${pool}; returns how many. */
size_t tally_top(
    const struct tally *tally, size_t limit, struct pool *pool, struct tally_row **rows);

#endif
