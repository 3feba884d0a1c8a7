#ifndef CTL_REPORT_SELECTION_H
#define CTL_REPORT_SELECTION_H

#include <stdint.h>

#include "history/store.h"

struct config;
struct dmarc_record;
struct orgdomain_list;
struct query;
struct report_policy;

/* Which policy domains get a report at all, as far as can be told without the DNS. */
struct selection {
	const struct config *config;
	const struct orgdomain_list *suffixes; /* NULL: there is no list */
	struct query *history;
	int64_t now; /* UTC seconds */
};

/*
 * Why ${policy}, whose record was read as ${record}, gets none: no_rua, excluded,
 * public_suffix, passive, unknown, not_listed; *reason NULL: it may get one.
 */
enum store_status selection_refuse(const struct selection *selection,
    const struct report_policy *policy, const struct dmarc_record *record,
    const char **reason);

#endif
