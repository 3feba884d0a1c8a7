#include <stddef.h>

#include "base/ip.h"
#include "base/netlist.h"
#include "ctl/audit/reserved.h"
#include "ctl/text.h"

#define PRIVATE N_("a private address")
#define OWN N_("an address of this host only")
#define RESERVED N_("a reserved address")

/* RFC 6890 and the registries that it made: what is not globally reachable. */
static const struct {
	const char *network, *phrase;
} table[] = {
	{ "0.0.0.0/8", OWN },
	{ "10.0.0.0/8", PRIVATE },
	{ "100.64.0.0/10", PRIVATE },
	{ "127.0.0.0/8", OWN },
	{ "169.254.0.0/16", PRIVATE },
	{ "172.16.0.0/12", PRIVATE },
	{ "192.0.0.0/24", RESERVED },
	{ "192.0.2.0/24", RESERVED },
	{ "192.88.99.0/24", RESERVED },
	{ "192.168.0.0/16", PRIVATE },
	{ "198.18.0.0/15", RESERVED },
	{ "198.51.100.0/24", RESERVED },
	{ "203.0.113.0/24", RESERVED },
	{ "224.0.0.0/3", RESERVED },
	{ "::/127", OWN },
	{ "fc00::/7", PRIVATE },
	{ "fe80::/10", PRIVATE },
	{ "2001::/23", RESERVED },
	{ "2001:db8::/32", RESERVED },
	{ "2002::/16", RESERVED }, /* an IPv4 address within, any */
	{ "3fff::/20", RESERVED },
};

const char *
reserved_phrase(const struct ip *ip)
{
	struct network network;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (netlist_parse(table[i].network, &network) &&
		    netlist_covers(&network, ip))
			return table[i].phrase;
	}
	if (ip->family == IP_V4)
		return NULL;
	/* RFC 4291 section 2.4: what was given out is in 2000::/3. */
	return ip->family == IP_V6 && ip->octets[0] >> 5 == 1 ? NULL : RESERVED;
}
