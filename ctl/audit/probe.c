#include <string.h>

#include "base/pool.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/handshake.h"
#include "ctl/audit/knock.h"
#include "ctl/audit/probe.h"
#include "ctl/audit/probe_tls.h"
#include "ctl/audit/reserved.h"
#include "ctl/smtp.h"
#include "ctl/text.h"

#define PORT 25
#define HOST_MS 300000.0
#define HANDSHAKE_MS 15000

/* One host under way. */
struct probe {
	const struct probe_options *options;
	const struct facts_host *host;
	struct pool *pool;
	struct probed_host *found;
	struct probed_address *addresses; /* of found */
	double ms_left;
	bool full_done;
};

static void
stop(struct probed_address *to, const struct knock_answer *a)
{
	to->stopped = a->phrase;
	to->stopped_words = a->words;
	if (a->end == PROBED_PLAIN || a->end == PROBED_REFUSED)
		to->stopped = N_("it no longer offered STARTTLS");
	else if (a->end == PROBED_INJECTED)
		to->stopped = N_("it sent more after its answer to STARTTLS");
}

static void
shake(struct probe *p, struct knock *k, struct knock_answer *a, enum probed_key_type only,
    struct probed_handshake *found)
{
	const struct timespec until = knock_until(k, a, HANDSHAKE_MS);
	const struct handshake how = {
		.fd = smtp_socket(a->smtp),
		.until = &until,
		.host = p->host->name,
		.domains = p->found->domains,
		.domain_count = p->found->domain_count,
		.records = p->host->records,
		.record_count = p->host->record_count,
		.only = only,
	};

	*found = handshake_run(&how, p->pool);
	knock_end(k, a);
}

/* Who has certificates of both types has TLSA records to match both. */
static void
shake_other(struct probe *p, struct knock *k, struct probed_address *to)
{
	enum probed_key_type only = PROBED_KEY_RSA;
	struct knock_answer a;

	if (to->plain.chain_count == 0 || to->plain.chain[0].type == PROBED_KEY_OTHER)
		return;
	if (to->plain.chain[0].type == PROBED_KEY_RSA)
		only = PROBED_KEY_EC;
	a = knock_begin(k);
	if (a.end == PROBED_TLS)
		shake(p, k, &a, only, &to->other);
	else
		stop(to, &a);
}

static void
look_at_tls(
    struct probe *p, struct knock *k, struct knock_answer *a, struct probed_address *to)
{
	shake(p, k, a, PROBED_KEY_OTHER, &to->plain);
	if (to->plain.end == PROBED_HANDSHAKE_DONE)
		shake_other(p, k, to);
	/* The rest on one address: it is one server, as a rule. */
	if (p->full_done || to->plain.end == PROBED_HANDSHAKE_SILENT ||
	    to->stopped != NULL)
		return;
	p->full_done = true;
	to->tls.is_known = true;
	probe_tls(k, p->host->name, to);
}

static void
look_at(struct probe *p, struct knock *k, struct probed_address *to)
{
	struct knock_answer a = knock_begin(k);

	to->end = a.end;
	to->phrase = a.phrase;
	to->words = a.words;
	to->dialogue = a.dialogue;
	if (a.no_family && k->ip.family == IP_V6) {
		to->end = PROBED_NOT_TRIED;
		to->no_family = true;
		to->phrase = N_("this host has no IPv6");
	}
	if (a.end == PROBED_TLS)
		look_at_tls(p, k, &a, to);
	to->connections = k->connections;
}

static void
add(struct probe *p, const char *address, const struct ip *ip, uint16_t port)
{
	struct probed_address *to = &p->addresses[p->found->address_count++];
	struct knock k = {
		.manners = p->options->manners,
		.pool = p->pool,
		.name = p->options->name,
		.ip = *ip,
		.port = port,
		.ms_left = &p->ms_left,
	};

	to->address = address;
	look_at(p, &k, to);
}

/* As the command line has it.  False: it says nothing of this host. */
static bool
go_to_places(struct probe *p)
{
	bool some = false;

	for (size_t i = 0; i < p->options->place_count; i++) {
		const struct probe_place *place = &p->options->places[i];
		char text[IP_TEXT_SIZE];

		if (strcmp(place->host, p->host->name) != 0)
			continue;
		if (p->found->address_count == PROBED_ADDRESSES_MAX) {
			p->found->left_out++;
			continue;
		}
		some = true;
		ip_format(&place->ip, text);
		add(p,
		    place->port == 0
			? pool_strdup(p->pool, text)
			: pool_printf(p->pool, "%s@%u", text, (unsigned)place->port),
		    &place->ip, place->port != 0 ? place->port : PORT);
	}
	return some;
}

static void
pass_over(struct probe *p, const char *address, const char *phrase)
{
	struct probed_address *to = &p->addresses[p->found->address_count++];

	to->address = address;
	to->end = PROBED_NOT_TRIED;
	to->phrase = phrase;
}

static void
go_to_address(struct probe *p, const char *address, size_t taken[2])
{
	const char *why;
	struct ip ip;

	if (!ip_parse(address, &ip))
		return;
	if (taken[ip.family == IP_V6]++ >= PROBED_FAMILY_MAX) {
		p->found->left_out++;
		return;
	}
	why = p->options->places_only ? N_("addresses from a file are not connected to")
				      : reserved_phrase(&ip);
	if (why != NULL)
		pass_over(p, address, why);
	else
		add(p, address, &ip, PORT);
}

const struct probed_host *
probe_host(const struct probe_options *options, const struct facts_host *host,
    const char *const *domains, size_t domain_count, struct pool *pool)
{
	struct probed_host *found = pool_alloc(pool, sizeof *found);
	struct probe p = { options, host, pool, found, NULL, HOST_MS, false };
	size_t taken[2] = { 0, 0 };

	p.addresses = pool_alloc(pool, PROBED_ADDRESSES_MAX * sizeof *p.addresses);
	*found = (struct probed_host){
		.name = host->name,
		.domains = domains,
		.domain_count = domain_count,
		.records = host->records,
		.record_count = host->record_count,
		.addresses = p.addresses,
	};
	if (go_to_places(&p))
		return found;
	for (size_t i = 0; i < host->address_count; i++)
		go_to_address(&p, host->addresses[i], taken);
	return found;
}
