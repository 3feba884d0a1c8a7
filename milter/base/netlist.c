#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/netlist.h"

static unsigned
bits_of(const struct ip *ip)
{
	return ip->family == IP_V4 ? 32 : 128;
}

/* One to three digits up to ${max}. */
static bool
prefix_parse(const char *text, unsigned max, unsigned *prefix)
{
	unsigned n = 0;

	if (*text == '\0' || strlen(text) > 3)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = n * 10 + (unsigned)(*text - '0');
	}
	*prefix = n;
	return n <= max;
}

bool
netlist_parse(const char *text, struct network *network)
{
	const char *slash = strchr(text, '/');
	char address[IP_TEXT_SIZE + 8];
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);

	*network = (struct network){ .ip = { .family = IP_LOCAL } };
	if (strcasecmp(text, "local") == 0)
		return true;
	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!ip_parse(address, &network->ip))
		return false;
	network->prefix = bits_of(&network->ip);
	if (slash == NULL)
		return true;
	/* "::ffff:192.0.2.0/120" counts its bits from the wider form. */
	if (network->ip.family == IP_V4 && strchr(address, ':') != NULL) {
		if (!prefix_parse(slash + 1, 128, &network->prefix) ||
		    network->prefix < 96)
			return false;
		network->prefix -= 96;
		return true;
	}
	return prefix_parse(slash + 1, network->prefix, &network->prefix);
}

const char *
netlist_format(const struct network *network, char text[NETWORK_TEXT_SIZE])
{
	char address[IP_TEXT_SIZE];

	ip_format(&network->ip, address);
	if (network->ip.family == IP_LOCAL || network->prefix == bits_of(&network->ip))
		snprintf(text, NETWORK_TEXT_SIZE, "%s", address);
	else
		snprintf(
		    text, NETWORK_TEXT_SIZE, "%s/%u", address, network->prefix % 129);
	return text;
}

bool
netlist_add(struct netlist *list, const char *text)
{
	struct network network;

	if (!netlist_parse(text, &network))
		return false;
	list->networks =
	    mem_realloc(list->networks, (list->count + 1) * sizeof *list->networks);
	list->networks[list->count++] = network;
	return true;
}

bool
netlist_covers(const struct network *network, const struct ip *ip)
{
	unsigned whole = network->prefix / 8, rest = network->prefix % 8;
	unsigned mask = 0xffU << (8 - rest) & 0xffU;

	if (network->ip.family != ip->family || ip->family == IP_UNKNOWN)
		return false;
	if (memcmp(network->ip.octets, ip->octets, whole) != 0)
		return false;
	return rest == 0 ||
	       (network->ip.octets[whole] & mask) == (ip->octets[whole] & mask);
}

bool
netlist_has(const struct netlist *list, const struct ip *ip)
{
	for (size_t i = 0; i < list->count; i++) {
		if (netlist_covers(&list->networks[i], ip))
			return true;
	}
	return false;
}

/* The widest network of ${list} with ${ip} in it, NULL: there is none. */
static const struct network *
widest(const struct netlist *list, const struct ip *ip)
{
	const struct network *found = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct network *n = &list->networks[i];

		if (netlist_covers(n, ip) && (found == NULL || n->prefix < found->prefix))
			found = n;
	}
	return found;
}

/* Set the bits of ${ip} behind the first ${prefix}. */
static void
fill(struct ip *ip, unsigned prefix, bool set)
{
	for (unsigned bit = prefix; bit < bits_of(ip); bit++) {
		if (set)
			ip->octets[bit / 8] |= (uint8_t)(0x80U >> bit % 8);
		else
			ip->octets[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
	}
}

/* The address after ${ip}; after the last one the first. */
static void
step(struct ip *ip)
{
	for (unsigned i = bits_of(ip) / 8; i-- > 0;) {
		if (++ip->octets[i] != 0)
			return;
	}
}

struct network
netlist_base(const struct network *network)
{
	struct network base = *network;

	if (base.ip.family == IP_V4 || base.ip.family == IP_V6)
		fill(&base.ip, base.prefix, false);
	return base;
}

bool
netlist_has_all(const struct netlist *list, const struct network *network)
{
	const struct network *found;
	struct ip ip = network->ip, last = network->ip;

	fill(&ip, network->prefix, false);
	fill(&last, network->prefix, true);
	while ((found = widest(list, &ip)) != NULL) {
		if (netlist_covers(found, &last))
			return true;
		fill(&ip, found->prefix, true);
		step(&ip);
	}
	return false;
}

bool
netlist_touches(const struct netlist *list, const struct network *network)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct network *n = &list->networks[i];

		if (netlist_covers(n, &network->ip) || netlist_covers(network, &n->ip))
			return true;
	}
	return false;
}

void
netlist_clear(struct netlist *list)
{
	free(list->networks);
	*list = (struct netlist){ 0 };
}
