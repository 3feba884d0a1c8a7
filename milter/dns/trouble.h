#ifndef DNS_TROUBLE_H
#define DNS_TROUBLE_H

#include <stdatomic.h>
#include <stdbool.h>

/*
 * What is wrong with DNS as a whole: told once when it begins and once when it is over,
 * by whichever resolver comes in the place of another.  Zeroed: nothing is.  Any thread.
 */
struct trouble {
	atomic_llong
	    outage_since; /* seconds, monotonic: no name server answers; 0: one does */
	atomic_bool no_dnssec;   /* it is wanted and not in force */
	atomic_ullong bogus;     /* answers that DNSSEC says are forged */
	atomic_llong bogus_told; /* seconds, monotonic */
};

/* An answer about ${name} was. */
void trouble_bogus(struct trouble *t, const char *name);

/* Validation cannot be had, for a reason that is a phrase; or for want of a file. */
void trouble_no_dnssec(struct trouble *t, const char *why);
void trouble_no_anchor(struct trouble *t, const char *anchor_file);
void trouble_dnssec_required(struct trouble *t, const char *why); /* and all waits */
void trouble_dnssec_settled(struct trouble *t); /* in force, or not wanted */

/* None of ${nameservers} answers: those of the host where it says none. */
void trouble_outage_begins(
    struct trouble *t, const char *const *nameservers, unsigned long count);
void trouble_outage_ends(struct trouble *t); /* also where there was none */

#endif
