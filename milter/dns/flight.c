#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "dns/dname.h"
#include "dns/flight.h"

void
flight_init(struct flight *f, size_t max)
{
	memset(f, 0, sizeof *f);
	f->max = max;
	if (getentropy(&f->seed, sizeof f->seed) == -1)
		f->seed = (uint32_t)time(NULL);
}

static size_t
place_of(const struct flight *f, const char *name)
{
	uint32_t hash = hash_text(HASH_START ^ f->seed, dname_domain(name));

	return (hash ^ hash >> 16) % FLIGHT_PLACES;
}

/* Once half of all places are taken, no domain has more than an eighth. */
bool
flight_enter(struct flight *f, const char *name, size_t *place)
{
	size_t at = place_of(f, name);
	size_t all = atomic_fetch_add(&f->count, 1);
	size_t here = atomic_fetch_add(&f->places[at], 1);

	*place = at;
	if (all < f->max / 2 || (all < f->max && here < (f->max + 7) / 8))
		return true;
	flight_leave(f, at);
	atomic_fetch_add(&f->refused, 1);
	return false;
}

void
flight_leave(struct flight *f, size_t place)
{
	atomic_fetch_sub(&f->places[place], 1);
	atomic_fetch_sub(&f->count, 1);
}
