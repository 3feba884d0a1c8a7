#include <stdio.h>

#include "base/wordlist.h"
#include "config/config.h"
#include "config/config_doors.h"

#define WARNING_OCTETS 400

static int
resolved(const struct config *config, int setting)
{
	return setting == CONFIG_QUARANTINE ? config->on_quarantine : setting;
}

static bool
accepts_reject(const struct config *config)
{
	return resolved(config, config->on_reject) == CONFIG_ACCEPT;
}

static bool
accepts_quarantine(const struct config *config)
{
	return config->on_quarantine == CONFIG_ACCEPT;
}

static bool
accepts_lists(const struct config *config)
{
	return config->trusted_lists.count > 0 &&
	       resolved(config, config->on_list_mail) == CONFIG_ACCEPT;
}

static bool
accepts_bad_from(const struct config *config)
{
	return resolved(config, config->on_bad_from) == CONFIG_ACCEPT;
}

static bool
accepts_temperror(const struct config *config)
{
	return config->on_temperror == CONFIG_ACCEPT;
}

static bool
accepts_relayed(const struct config *config)
{
	return config->trusted_relays.count > 0 && accepts_quarantine(config);
}

static bool
believes_stripped_results(const struct config *config)
{
	return *config->relay_results_id != '\0' && config->relay_results_strips &&
	       config->trusted_relays.count > 0;
}

/* Each setting that opens a door, and what comes in by it. */
static const struct door {
	bool (*is_open)(const struct config *config);
	const char *setting, *opens;
} doors[] = {
	{ accepts_reject, "OnReject",
	    "forged mail from domains that ask for p=reject is accepted" },
	{ accepts_quarantine, "OnQuarantine",
	    "forged mail from domains that ask for p=quarantine is accepted" },
	{ accepts_relayed, "TrustedRelays",
	    "what would otherwise be refused is accepted from them, because "
	    "OnQuarantine is accept" },
	{ believes_stripped_results, "RelayResults",
	    "with strips, whoever writes results in that name is believed unless the "
	    "relay removes them: send it a message with forged ones and look" },
	{ accepts_lists, "OnListMail",
	    "whoever can sign for a domain of TrustedLists can forge every author" },
	{ accepts_bad_from, "OnBadFrom",
	    "mail that shows several authors, or one that cannot be judged, is "
	    "accepted" },
	{ accepts_temperror, "OnTempError",
	    "forged mail is accepted while DNS fails, and senders can make it fail" },
};

void
config_doors_warn(const struct config *config, struct wordlist *warnings)
{
	char text[WARNING_OCTETS];

	for (size_t i = 0; i < sizeof doors / sizeof doors[0]; i++) {
		if (!doors[i].is_open(config))
			continue;
		snprintf(text, sizeof text, "%s: %s", doors[i].setting, doors[i].opens);
		wordlist_add(warnings, text);
	}
}
