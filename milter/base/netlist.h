#ifndef BASE_NETLIST_H
#define BASE_NETLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"

/*
 * A list of networks.  The word "local" stands for clients on a local socket.
 * Written while the configuration is read, only read afterwards.
 */
struct netlist {
	struct network *networks;
	size_t count;
};

struct network {
	struct ip ip;
	unsigned prefix; /* bits */
};

/* Read "192.0.2.0/24", "2001:db8::/32", one address or "local".  False: it is none. */
bool netlist_parse(const char *text, struct network *network);
#define NETWORK_TEXT_SIZE (IP_TEXT_SIZE + 4)

/* Returns ${text}: "192.0.2.0/24", an address alone, or "local". */
const char *netlist_format(const struct network *network, char text[NETWORK_TEXT_SIZE]);

bool netlist_add(struct netlist *list, const char *text);

/* The same with no bit set behind its prefix. */
struct network netlist_base(const struct network *network);

bool netlist_covers(const struct network *network, const struct ip *ip);
bool netlist_has(const struct netlist *list, const struct ip *ip);

/* Is every address of ${network} in ${list}, in one of its networks or in several? */
bool netlist_has_all(const struct netlist *list, const struct network *network);

/* Is any address of ${network} in ${list}? */
bool netlist_touches(const struct netlist *list, const struct network *network);
void netlist_clear(struct netlist *list); /* frees what the list holds */

#endif
