#ifndef EDGE_UNIT_H
#define EDGE_UNIT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What systemd's unit for us lets us reach: for -n, which is started without its limits.
 * Read from the unit's files (unit_file.h).
 */
struct unit;

/* NULL: there is no unit. */
struct unit *unit_open(void);
void unit_close(struct unit *unit);

/* Its -c; "": none. */
const char *unit_conf(const struct unit *unit);
/* Its User; "": root. */
const char *unit_user(const struct unit *unit);
/* Does it give us ${group} besides? */
bool unit_has_group(const struct unit *unit, const char *group);

/*
 * Does a start by it find at ${path} what anybody else finds there?  Whose the file is
 * does not matter.  False with ${why}: the limit, and what mends it.
 */
bool unit_can_read(const struct unit *unit, const char *path, char *why, size_t whysize);

/* And can it make a file at ${path}, which others see? */
bool unit_can_write(const struct unit *unit, const char *path, char *why, size_t whysize);

#endif
