#ifndef LOG_SETTINGS_H
#define LOG_SETTINGS_H

struct config;
struct options;

/*
 * Where the log goes and what it looks like, by command line and settings.  ${boot} NULL:
 * the settings do not load, and it goes where they would by default.
 */
void log_settings_open(const struct options *options, const struct config *boot);

/* What a reload changes of that. */
void log_settings_change(const struct config *config);

#endif
