#include <stddef.h>
#include <syslog.h>

#include "base/log.h"
#include "config/config.h"
#include "log_settings.h"
#include "options.h"

void
log_settings_change(const struct config *config)
{
	log_set_level((enum log_level)config->log_level);
	log_set_format((enum log_format)config->log_format);
}

void
log_settings_open(const struct options *o, const struct config *boot)
{
	enum log_target target =
	    boot == NULL || boot->syslog ? LOG_TO_SYSLOG : LOG_TO_NOWHERE;

	if (o->to_syslog)
		target = LOG_TO_SYSLOG;
	else if (o->foreground)
		target = LOG_TO_STDERR;
	if (o->check_only)
		target = LOG_TO_STDERR;
	log_open("beschermd", target, boot == NULL ? LOG_MAIL : boot->syslog_facility);
	if (boot != NULL)
		log_settings_change(boot);
	/* What -n tells is for people. */
	if (o->check_only)
		log_set_format(LOG_AS_TEXT);
}
