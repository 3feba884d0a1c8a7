#ifndef DNS_FLIGHT_H
#define DNS_FLIGHT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLIGHT_PLACES 4096

/*
 * How many lookups are in flight: in all, and by domain, so that one whose servers
 * are dead does not starve the others.  Any thread.
 */
struct flight {
	size_t max;
	uint32_t seed; /* or a sender could choose whose place to share */
	atomic_size_t count, places[FLIGHT_PLACES];
	atomic_ullong refused;
};

void flight_init(struct flight *f, size_t max);

/* One more, for ${name} in normal form; flight_leave() with *place.  False: too many. */
bool flight_enter(struct flight *f, const char *name, size_t *place);
void flight_leave(struct flight *f, size_t place);

#endif
