#include <stdio.h>

#include "base/deadline.h"
#include "config/config.h"
#include "ctl/dns_look.h"
#include "dns/resolver.h"

#define ASKED_MS 4000
/* It is always there, and near: what answers does not matter. */
#define ASKED_NAME "org"

static struct resolver_options
options_of(const struct config *config)
{
	static const enum resolver_dnssec modes[] = {
		[CONFIG_DNSSEC_OFF] = RESOLVER_DNSSEC_OFF,
		[CONFIG_DNSSEC_AUTO] = RESOLVER_DNSSEC_AUTO,
		[CONFIG_DNSSEC_REQUIRE] = RESOLVER_DNSSEC_REQUIRE,
	};

	return (struct resolver_options){
		.nameservers = (const char *const *)config->nameservers.words,
		.nameserver_count = config->nameservers.count,
		.zone_file = *config->zone_file != '\0' ? config->zone_file : NULL,
		.dnssec = modes[config->dnssec],
		.trust_anchor_file =
		    *config->trust_anchor_file != '\0' ? config->trust_anchor_file : NULL,
		.lookup_timeout_ms = ASKED_MS,
		.wait_for_keys = true,
	};
}

static bool
ask(struct resolver *r, struct dns_look *look)
{
	const struct timespec until = deadline_in(ASKED_MS);
	struct resolver_lookup *lookup = resolver_start_waiting(
	    r, ASKED_NAME, DNS_A, (struct resolver_asker){ 0 }, ASKED_MS);
	const struct dns_answer *answer = lookup_wait(lookup, &until);
	bool ok = answer->status != DNS_TEMPFAIL;

	if (!ok)
		snprintf(look->why, sizeof look->why, "%s",
		    answer->reason != NULL ? answer->reason : "");
	lookup_drop(lookup);
	return ok;
}

struct dns_look
dns_look(const struct config *config)
{
	struct dns_look look = { 0 };
	struct resolver_options options = options_of(config);
	struct resolver *r = resolver_open(&options, look.why, sizeof look.why);
	const char *how = "";

	if (r == NULL)
		return look;
	look.answers = ask(r, &look);
	look.validates = resolver_validates(r, &how);
	if (look.answers)
		snprintf(look.why, sizeof look.why, "%s", how);
	resolver_close(r);
	return look;
}
