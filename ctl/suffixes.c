#include <stdio.h>

#include "check/orgdomain.h"
#include "config/config.h"
#include "ctl/suffixes.h"
#include "ctl/text.h"

struct orgdomain_list *
suffixes_open(const struct config *config, char *why, size_t whysize)
{
	const char *path = config->public_suffix_list;

	return orgdomain_list_open(*path != '\0' ? path : NULL, why, whysize);
}

bool
suffixes_list_takes_override(
    const struct orgdomain_list *list, const char *domain, char *why, size_t whysize)
{
	if (!orgdomain_is_public_suffix(list, domain))
		return true;
	snprintf(why, whysize,
	    _("%s is a public suffix, under which anyone can register"), domain);
	return false;
}

bool
suffixes_take_override(
    const struct config *config, const char *domain, char *why, size_t whysize)
{
	struct orgdomain_list *list = suffixes_open(config, why, whysize);
	bool fine =
	    list != NULL && suffixes_list_takes_override(list, domain, why, whysize);

	orgdomain_list_close(list);
	return fine;
}
