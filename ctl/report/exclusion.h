#ifndef CTL_REPORT_EXCLUSION_H
#define CTL_REPORT_EXCLUSION_H

#include <stdbool.h>

struct config;

/* Who wants no reports (ReportExclude), and who shall have some (ReportDomains). */
bool exclusion_has_domain(const struct config *config, const char *domain);
bool exclusion_has_address(const struct config *config, const char *address);

/* Is ${domain} one of ReportDomains, or below one? */
bool exclusion_is_listed(const struct config *config, const char *domain);

/* Is it one of them itself? */
bool exclusion_is_named(const struct config *config, const char *domain);

#endif
