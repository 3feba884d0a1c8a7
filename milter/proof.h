#ifndef PROOF_H
#define PROOF_H

#include <stdbool.h>

#include "base/ip.h"
#include "dns/questions.h"

/*
 * The test messages of `beschermctl prove`: what makes a connection one of theirs, and
 * who answers for their domains.  They are judged as any other message, by the same
 * settings; but their domains are known to them alone, as what signs for these is public.
 */
struct proof_zone;

/*
 * Does a connection bring such messages?  ${daemon_name} is what the MTA calls the
 * service that took it (macro {daemon_name} at connect, NULL: did not say), which its own
 * files alone set.  ${client} must be in 192.0.2.0/24 too (RFC 5737): nobody on the
 * Internet is, whatever a service is called by mistake.
 */
bool proof_is(const char *daemon_name, const struct ip *client);

/* One for each set of parts.  Opens nothing: who never sees such a message pays nothing.
 */
struct proof_zone *proof_zone_new(void);
void proof_zone_close(struct proof_zone *p); /* nothing asks any more; NULL: nothing */

/*
 * Their domain and its resolver, opened by the first who wants it: that starts threads.
 * Without its zone there is none, which is logged once.  Any thread.
 */
struct questions_apart proof_zone_get(struct proof_zone *p);

#endif
