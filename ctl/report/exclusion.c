#include <string.h>
#include <strings.h>

#include "base/wordlist.h"
#include "config/config.h"
#include "ctl/report/exclusion.h"
#include "mail/address.h"

/* ${entry} ".domain" stands for what lies below it alone. */
static bool
holds_domain(const char *entry, const char *domain)
{
	if (*entry == '.')
		return address_is_within(domain, entry + 1) &&
		       strcmp(domain, entry + 1) != 0;
	return address_is_within(domain, entry);
}

bool
exclusion_has_domain(const struct config *config, const char *domain)
{
	const struct wordlist *list = &config->report_exclude;

	for (size_t i = 0; i < list->count; i++) {
		if (strchr(list->words[i], '@') == NULL &&
		    holds_domain(list->words[i], domain))
			return true;
	}
	return false;
}

bool
exclusion_has_address(const struct config *config, const char *address)
{
	return wordlist_has(&config->report_exclude, address) ||
	       exclusion_has_domain(config, strrchr(address, '@') + 1);
}

bool
exclusion_is_listed(const struct config *config, const char *domain)
{
	const struct wordlist *list = &config->report_domains;

	for (size_t i = 0; i < list->count; i++) {
		if (address_is_within(domain, list->words[i]))
			return true;
	}
	return false;
}

bool
exclusion_is_named(const struct config *config, const char *domain)
{
	return wordlist_has(&config->report_domains, domain);
}
