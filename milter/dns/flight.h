#ifndef DNS_FLIGHT_H
#define DNS_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * The places for lookups in flight, each a socket of libunbound's: how many there are,
 * how many may be early, and which client networks hold them, so that one does not
 * starve the others (dns/share.h).  Any thread.
 */
struct flight;
struct flight_network;

/* Zeroed, or held. */
struct flight_place {
	struct flight_network *network; /* NULL: of none */
	bool held, early;
};

struct flight_stats {
	size_t held, early, most; /* most: that were ever held at one time */
	size_t waiting;
	size_t networks;  /* that are remembered */
	uint64_t put_off; /* without a place at once */
	uint64_t refused; /* that waited in vain */
};

struct flight *flight_new(size_t max);
void flight_free(struct flight *f); /* no place is held, nobody waits; NULL: nothing */
struct flight_stats flight_stats(struct flight *f);

/*
 * A place for a lookup of a client in ${network}, as a number (0: it counts for none).
 * ${early}: also within what may be asked early.  False: there is none.  Never waits.
 */
bool flight_enter(
    struct flight *f, uint64_t network, bool early, struct flight_place *place);

/*
 * The same for one that is not early, but waits until ${deadline} (CLOCK_MONOTONIC).
 * Who came first is first, but that whose network has its share lets others pass.
 */
bool flight_wait(struct flight *f, uint64_t network, const struct timespec *deadline,
    struct flight_place *place);

/*
 * Gives a place back: when libunbound answers or fails, not when nobody wants the
 * answer any more, as its socket stays in use until then.  One that is not held (any
 * more): nothing.
 */
void flight_leave(struct flight *f, struct flight_place *place);

#endif
