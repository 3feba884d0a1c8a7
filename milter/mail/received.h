#ifndef MAIL_RECEIVED_H
#define MAIL_RECEIVED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"

struct header_list;
struct netlist;
struct pool;
struct relay_evidence;

/*
 * The address that the host which wrote this Received field saw, and the name
 * that the client gave: "from HELO (NAME [ADDRESS]) by ...".  The address stands
 * in the first comment after the from name, as [192.0.2.1] or bare; what the
 * client said in HELO is never taken for it.  False: none, or ambiguous.
 */
bool received_client(
    const char *value, struct ip *client, const char **helo, struct pool *pool);

/* Whom a relay had a message from, as its Received field says. */
enum received_hop {
	RECEIVED_UNREADABLE,
	RECEIVED_SAME_HOST, /* itself: the next field is the relay's too */
	RECEIVED_CLIENT
};

/*
 * The same for a field that a trusted relay wrote, where more can be believed: a
 * loopback address, and what qmail-queue writes above qmail-smtpd's field, are the relay
 * itself; and two forms more are read,
 *
 *	from NAME (HELO WORD) (ADDRESS) by	qmail, qpsmtpd, IronPort
 *	from [ADDRESS] ([ADDRESS:PORT] helo=WORD) by
 */
enum received_hop received_relay_hop(
    const char *value, struct ip *client, const char **helo, struct pool *pool);

/* The Received fields at the top that a relay wrote, its own scanners' among them. */
struct received_own {
	bool any;
	size_t last;       /* the lowest: its place among the fields; what stands above
			      was written by the relay, what stands below by anybody */
	bool from_outside; /* it names a client that is not in TrustedRelays */
	const char *helo;  /* of that client; NULL: not known */
};

/*
 * Those of the client itself, which is in ${trusted}: as received_first_hop() walks, but
 * no further than the first client that is another host.  Lives in ${pool}.
 */
struct received_own received_relay_own(
    const struct header_list *headers, const struct netlist *trusted, struct pool *pool);

/*
 * The first hop, from the top, that came from an address outside ${trusted}
 * (TrustedRelays), and from no relay itself; to be asked where the client itself is in
 * ${trusted}.
 * A field that cannot be read ends the search.  Lives in ${pool}.
 */
struct relay_evidence received_first_hop(
    const struct header_list *headers, const struct netlist *trusted, struct pool *pool);

#endif
