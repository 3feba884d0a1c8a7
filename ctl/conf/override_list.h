#ifndef CTL_CONF_OVERRIDE_LIST_H
#define CTL_CONF_OVERRIDE_LIST_H

#include <stdbool.h>

/*
 * Print all Overrides of the settings of ${conf}, with how many messages each decided,
 * where there is a history that tells.  Returns what to exit with.
 */
int override_list(const char *conf, bool json);

#endif
