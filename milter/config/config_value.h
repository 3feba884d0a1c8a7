#ifndef CONFIG_CONFIG_VALUE_H
#define CONFIG_CONFIG_VALUE_H

#include <stdbool.h>

struct buf;
struct config;
struct config_row;

/* Does the setting hold a list, to which each word of a line is added? */
bool config_value_is_list(const struct config_row *row);

/*
 * Read ${text} (unquoted) into the field of ${row}: a list gets one more entry,
 * anything else a new value.  False with ${why}: what is wrong with the text; the
 * field is as it was.
 */
bool config_value_read(struct config *config, const struct config_row *row,
    const char *text, struct buf *why);

/* Empty the field and free what it held. */
void config_value_clear(struct config *config, const struct config_row *row);

#endif
