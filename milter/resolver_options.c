#include "resolver_options.h"
#include "config/config.h"

struct resolver_options
resolver_options_of(const struct config *config)
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
	};
}
