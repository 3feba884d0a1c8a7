#ifndef SETTINGS_H
#define SETTINGS_H

#include <stddef.h>

struct config;
struct config_reader;

/* The file that is read where no other is named. */
#define SETTINGS_FILE SYSCONFDIR "/beschermd.conf"

/*
 * Read the settings as the daemon does at its start: ${path}, or where that is NULL
 * SETTINGS_FILE if there is one, with ${settings} ("Key=Value") on top, and among the
 * warnings the Overrides that expired, and that there is no SETTINGS_FILE.  NULL with
 * ${why}.
 */
struct config *settings_load(const char *path, const char *const *settings,
    size_t setting_count, char *why, size_t whysize);

/* The same with the files of another ${reader}. */
struct config *settings_load_by(const struct config_reader *reader, const char *path,
    const char *const *settings, size_t setting_count, char *why, size_t whysize);

/* Conf files as they are on the disk. */
const struct config_reader *settings_reader(void);

#endif
