#ifndef CONFIG_CONFIG_TIME_H
#define CONFIG_CONFIG_TIME_H

#include <stdbool.h>

struct buf;
struct config_row;

/*
 * A time such as "20s", "500ms", "2m" or "20", within the bounds of ${row}.  False:
 * ${why} says what is wrong, and what was meant where that can be told.
 */
bool config_time_read(
    const struct config_row *row, const char *text, int *ms, struct buf *why);

#endif
