#ifndef CTL_CONF_OVERRIDE_RELOAD_H
#define CTL_CONF_OVERRIDE_RELOAD_H

struct config;

/*
 * Have the daemon read its settings anew: by systemd where that runs and the settings are
 * the installed ones (${conf} NULL), else the process that PidFile names.  EX_OK, or an
 * exit code; what happened is said.
 */
int override_reload(const char *conf, const struct config *config);

#endif
