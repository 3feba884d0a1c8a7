#include <stdatomic.h>

#include "base/day.h"
#include "base/log.h"
#include "base/wordlist.h"
#include "config/config.h"
#include "expiry.h"
#include "parts.h"

void
expiry_tell(const struct parts *parts, int today)
{
	int told = atomic_load(parts->day);
	struct wordlist warnings = { 0 };

	if (today == told || today == DAY_NONE ||
	    !atomic_compare_exchange_strong(parts->day, &told, today))
		return;
	config_warn_expired(parts->config, told, today, &warnings);
	for (size_t i = 0; i < warnings.count; i++)
		log_warning("%s", warnings.words[i]);
	wordlist_clear(&warnings);
}
