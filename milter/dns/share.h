#ifndef DNS_SHARE_H
#define DNS_SHARE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Who may have a place for a lookup, and how often: arithmetic alone, for
 * dns/flight.h.  Pure.
 */

/* How many places are held; the early ones are among all. */
struct share_held {
	size_t all, early;
};

/*
 * One more for a network that holds ${mine}, while ${held} of ${most} are taken by
 * all?  Only while it holds less than a quarter of what is still free: alone it gets a
 * fifth, many get equal parts, and a newcomer always finds something.
 */
bool share_has_place(const struct share_held *most, const struct share_held *held,
    const struct share_held *mine, bool early);

/* So many a second, after ${burst} at once. */
struct share_rate {
	double per_second, burst;
};

/* What is left of a rate.  Begin with share_full(). */
struct share_bucket {
	double left, at; /* at: when, in seconds of any clock that only goes on */
};

struct share_bucket share_full(const struct share_rate *rate, double now);
/* What has come in until ${now} is added. */
void share_refill(struct share_bucket *bucket, const struct share_rate *rate, double now);
bool share_is_full(
    const struct share_bucket *bucket, const struct share_rate *rate, double now);

#endif
