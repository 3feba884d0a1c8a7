#include <string.h>

#include "check/orgdomain.h"
#include "config/config.h"
#include "ctl/report/exclusion.h"
#include "ctl/report/selection.h"
#include "history/report_rows.h"
#include "mail/dmarc_record.h"

#define DAY ((int64_t)86400)
/* A spammer's new domain passes, too; who was there before may be somebody's. */
#define KNOWN_SINCE_DAYS 14

/* RFC 9990 section 7.3: it would learn who mails whom of all registrants. */
static bool
is_public(
    const struct selection *s, const char *domain, const struct dmarc_record *record)
{
	if (exclusion_is_named(s->config, domain))
		return false;
	return record->psd == DMARC_PSD_YES || strchr(domain, '.') == NULL ||
	       (s->suffixes != NULL && orgdomain_is_public_suffix(s->suffixes, domain));
}

static enum store_status
refuse_stranger(const struct selection *s, const char *domain, const char **reason)
{
	const struct config *config = s->config;
	struct report_known known;
	enum store_status status;

	if (exclusion_is_listed(config, domain))
		return STORE_OK;
	*reason = "not_listed";
	if (config->reports != CONFIG_REPORTS_KNOWN)
		return STORE_OK;
	status = report_rows_known(
	    s->history, domain, s->now - config->history_days * DAY, &known);
	*reason = "unknown";
	if (known.days >= config->report_minimum_days &&
	    known.first_at <= s->now - KNOWN_SINCE_DAYS * DAY)
		*reason = NULL;
	return status;
}

enum store_status
selection_refuse(const struct selection *s, const struct report_policy *policy,
    const struct dmarc_record *record, const char **reason)
{
	*reason = NULL;
	if (record->rua_said == NULL)
		*reason = "no_rua";
	else if (exclusion_has_domain(s->config, policy->domain))
		*reason = "excluded";
	else if (is_public(s, policy->domain, record))
		*reason = "public_suffix";
	else if (policy->active == 0)
		*reason = "passive";
	else
		return refuse_stranger(s, policy->domain, reason);
	return STORE_OK;
}
