#include <string.h>

#include "base/netlist.h"
#include "base/pool.h"
#include "ctl/history/sender_cause.h"
#include "history/query_period.h"

#define IS_ONE_PERCENT 80
#define IS_ONE_FAILURES 5
#define IS_ONE_DAYS 3
#define OTHER_DOMAINS 3
#define V4_PREFIX 24
#define V6_PREFIX 48
#define CLIENTS_TOLD 256

/* The network of a client as settings say it. */
static const char *
network_of(const char *address, struct pool *pool)
{
	char text[NETWORK_TEXT_SIZE];
	struct network network = { 0 };
	int keep;

	if (!ip_parse(address, &network.ip))
		return address;
	network.prefix = network.ip.family == IP_V4 ? V4_PREFIX : V6_PREFIX;
	keep = (int)network.prefix / 8;
	memset(network.ip.octets + keep, 0, sizeof network.ip.octets - (size_t)keep);
	return pool_strdup(pool, netlist_format(&network, text));
}

struct tally {
	const char *network;
	int64_t failures;
};

/* The network with most failures.  Clients come with most failures first. */
static const char *
top_network(const struct query_client *clients, size_t count, struct pool *pool)
{
	struct tally *tallies = pool_alloc(pool, CLIENTS_TOLD * sizeof *tallies);
	const struct tally *best = NULL;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		const char *network = network_of(clients[i].address, pool);
		size_t n = 0;

		while (n < used && strcmp(tallies[n].network, network) != 0)
			n++;
		/* A network that begins so far down is not the top one. */
		if (n == CLIENTS_TOLD)
			continue;
		if (n == used)
			tallies[used++].network = network;
		tallies[n].failures += clients[i].failures;
	}
	for (size_t n = 0; n < used; n++) {
		if (best == NULL || tallies[n].failures > best->failures)
			best = &tallies[n];
	}
	return best != NULL ? best->network : NULL;
}

struct sender_top
sender_cause_top(const struct query_client *clients, size_t count, struct pool *pool)
{
	struct sender_top top = { .network = top_network(clients, count, pool) };

	top.clients = pool_alloc(pool, CLIENTS_TOLD * sizeof *top.clients);
	for (size_t i = 0; top.network != NULL && i < count; i++) {
		const struct query_client *c = &clients[i];

		if (strcmp(network_of(c->address, pool), top.network) != 0)
			continue;
		top.failures += c->failures;
		top.broken += c->broken;
		top.explained += c->explained;
		top.unasked += c->unasked;
		top.is_relay = top.is_relay || c->is_relay;
		top.days = c->days > top.days ? c->days : top.days;
		if (top.client_count < CLIENTS_TOLD)
			top.clients[top.client_count++] = c->address;
	}
	if (top.client_count == 1)
		top.network = top.clients[0];
	return top;
}

bool
sender_cause_is_one(const struct query_sender *sender, const struct sender_top *top)
{
	return top->failures * 100 >= sender->fail * IS_ONE_PERCENT &&
	       top->failures >= IS_ONE_FAILURES && top->days >= IS_ONE_DAYS &&
	       sender->pass > 0;
}

static bool
is_client(const struct sender_top *top, const char *client)
{
	for (size_t i = 0; i < top->client_count; i++) {
		if (strcmp(top->clients[i], client) == 0)
			return true;
	}
	return false;
}

/* The last two labels: names below one of one's own are free for whoever has it. */
static const char *
last_two(const char *domain)
{
	const char *p = domain + strlen(domain);
	int dots = 0;

	while (p > domain && (p[-1] != '.' || ++dots < 2))
		p--;
	return p;
}

/* Do three other domains pass from there?  Pairs of one client stand together. */
static bool
passes_for_others(const struct sender_top *top, const struct query_pair *pairs,
    size_t count, const char *domain)
{
	const char *seen[OTHER_DOMAINS];
	size_t found = 0;

	for (size_t i = 0; i < count && found < OTHER_DOMAINS; i++) {
		const char *owner = last_two(pairs[i].domain);
		size_t n = 0;

		if (!is_client(top, pairs[i].client) ||
		    strcmp(owner, last_two(domain)) == 0)
			continue;
		while (n < found && strcmp(seen[n], owner) != 0)
			n++;
		if (n == found)
			seen[found++] = owner;
	}
	return found == OTHER_DOMAINS;
}

enum sender_sign
sender_cause_sign(const struct sender_top *top, const struct query_pair *pairs,
    size_t pair_count, const char *domain)
{
	if (top->broken > 0)
		return SIGN_BODY_CHANGED;
	return passes_for_others(top, pairs, pair_count, domain) ? SIGN_OTHERS_PASS
								 : SIGN_NONE;
}

enum sender_cause
sender_cause_of(const struct query_sender *sender, const struct sender_top *top,
    const struct query_pair *pairs, size_t pair_count)
{
	if (sender->fail == 0)
		return CAUSE_NONE;
	if (sender_cause_is_one(sender, top))
		return sender_cause_sign(top, pairs, pair_count, sender->domain) !=
			       SIGN_NONE
			   ? CAUSE_FORWARDER
			   : CAUSE_ONE_SENDER;
	if (2 * sender->by_list >= sender->fail)
		return CAUSE_LIST;
	if (2 * sender->faulty >= sender->fail)
		return CAUSE_FAULT;
	return sender->pass == 0 ? CAUSE_FORGED : CAUSE_UNCLEAR;
}
