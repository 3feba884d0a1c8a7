#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "blame.h"
#include "config/config.h"
#include "config/config_place.h"
#include "dns/resolver.h"

void
blame_setting(const struct config *config, const char *setting, char *why, size_t whysize)
{
	char *text = mem_strdup(why);

	snprintf(why, whysize, "%s: %s", setting, text);
	free(text);
	config_place_put(config, why, whysize);
}

/* Does ${why} begin with ${path}, "": none? */
static bool
is_about(const char *why, const char *path)
{
	return *path != '\0' && strncmp(why, path, strlen(path)) == 0;
}

/* NULL: none did. */
static const char *
dns_setting(const struct config *config, const char *why)
{
	if (is_about(why, config->zone_file))
		return "ZoneFile";
	if (is_about(why, config->trust_anchor_file))
		return "TrustAnchorFile";
	if (is_about(why, RESOLVER_ANCHOR_FILE) || is_about(why, "DNSSEC"))
		return "DNSSEC";
	return is_about(why, "name server") ? "Nameservers" : NULL;
}

void
blame_dns(const struct config *config, char *why, size_t whysize)
{
	const char *setting = dns_setting(config, why);

	if (setting != NULL)
		blame_setting(config, setting, why, whysize);
}
