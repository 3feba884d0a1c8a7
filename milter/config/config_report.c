#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/pool.h"
#include "config/config.h"
#include "config/config_domain.h"
#include "config/config_report.h"
#include "config/config_table.h"
#include "config/config_text.h"
#include "mail/report_uri.h"

char *
config_report_address(const char *text, struct buf *why)
{
	struct pool *pool = pool_new();
	const char *address = report_uri_mailbox(text, strlen(text), pool);
	char *read = address != NULL ? mem_strdup(address) : NULL;

	pool_free(pool);
	if (read == NULL)
		config_text_refuse(
		    why, text, "is not a mail address such as dmarc@example.nl");
	return read;
}

char *
config_report_exclude(const char *text, struct buf *why)
{
	char *domain, *dotted;
	size_t size;

	if (strchr(text, '@') != NULL)
		return config_report_address(text, why);
	domain = config_domain_read(text, CONFIG_DOMAIN_DOTTED, why);
	if (domain == NULL || *text != '.')
		return domain;
	size = strlen(domain) + 2;
	dotted = mem_alloc(size);
	snprintf(dotted, size, ".%s", domain);
	free(domain);
	return dotted;
}

bool
config_report_is_lenient(const struct config_row *row)
{
	return strcmp(row->name, "ReportDomains") == 0 ||
	       strcmp(row->name, "ReportExclude") == 0;
}

void
config_report_warn(const struct config *config, struct wordlist *warnings)
{
	if (config->reports == CONFIG_REPORTS_NO)
		return;
	if (*config->report_from == '\0')
		wordlist_add(
		    warnings, "ReportFrom: missing; no report is sent without it");
	if (*config->history == '\0')
		wordlist_add(
		    warnings, "History: missing; reports are made from what it holds");
	if (config->reports == CONFIG_REPORTS_LISTED && config->report_domains.count == 0)
		wordlist_add(
		    warnings, "ReportDomains: names no domain; nobody gets a report");
}
