#ifndef CONFIG_CONFIG_FILE_H
#define CONFIG_CONFIG_FILE_H

#include <stdbool.h>

#include "config/config.h"

struct buf;

/*
 * From the text of conf files to the fields of ${config}.  Both return false with
 * ${why}, which begins with file and line.
 */
bool config_file_read(struct config *config, const char *path,
    const struct config_reader *reader, struct buf *why);

/* One "Key=Value" of the command line. */
bool config_file_setting(struct config *config, const char *setting,
    const struct config_reader *reader, struct buf *why);

#endif
