#ifndef MAIL_RELAY_RESULTS_H
#define MAIL_RELAY_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

struct evidence;
struct netlist;
struct pool;

/* Whose results may count beside ours, and how many signatures may pass in all. */
struct relay_results_options {
	const char *id; /* "": nobody's */
	bool strips;    /* the relay takes fields of that id from senders away */
	const struct netlist *trusted; /* TrustedRelays */
	size_t passes_max;
};

/*
 * Puts passes of SPF and DKIM that the relay's own Authentication-Results names in the
 * place of fail, none, neutral and policy in ${ev}, whose author, SPF, DKIM and relay are
 * known, and says in ${ev}->relay what came of it.  Only where there is exactly one field
 * of that id in the whole header; above the Received fields of the relay, or ${strips}
 * and directly below the lowest of them; of the author domain; and nothing about it is
 * odd: else ours hold.  Alignment is not looked at.  Lives in ${pool}.  Pure.
 */
void relay_results_take(
    struct evidence *ev, const struct relay_results_options *options, struct pool *pool);

#endif
