#include "ctl/wide.h"
#include "base/netlist.h"

/* The widest public network that is one site's or provider's own. */
#define WIDEST_V4 16
#define WIDEST_V6 29

bool
wide_is_within(const struct network *network, const char *const *networks, size_t count)
{
	struct netlist list = { 0 };
	bool all;

	for (size_t i = 0; i < count; i++)
		netlist_add(&list, networks[i]);
	all = netlist_has_all(&list, network);
	netlist_clear(&list);
	return all;
}

/* All of the IPv4 Internet is in each of these, behind so many bits. */
static bool
holds_v4(const struct network *network, unsigned *before)
{
	static const struct {
		const char *network;
		unsigned bits;
	} ways[] = {
		{ "64:ff9b::/96", 96 }, /* RFC 6052 section 2.1 */
		{ "2002::/16", 16 },    /* RFC 3056 section 2 */
	};

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		*before = ways[i].bits;
		if (wide_is_within(network, &ways[i].network, 1))
			return true;
	}
	return false;
}

/* RFC 1918, 3927, 6598, 4193 and 4291 are nobody's alone. */
bool
wide_holds_strangers(const struct network *network)
{
	static const char *const inner[] = { "10.0.0.0/8", "172.16.0.0/12",
		"192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10",
		"fc00::/7", "fe80::/10", "::1" };
	unsigned widest = network->ip.family == IP_V4 ? WIDEST_V4 : WIDEST_V6, before;

	if (network->ip.family == IP_V6 && holds_v4(network, &before))
		widest = before + WIDEST_V4;
	return network->ip.family != IP_LOCAL && network->prefix < widest &&
	       !wide_is_within(network, inner, sizeof inner / sizeof *inner);
}

bool
wide_may_be_docker(const struct network *network)
{
	static const char *const there[] = { "172.16.0.0/12" };

	return network->ip.family == IP_V4 && network->prefix <= 16 &&
	       wide_is_within(network, there, 1);
}
