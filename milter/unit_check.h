#ifndef UNIT_CHECK_H
#define UNIT_CHECK_H

#include <stdbool.h>

#include "base/wordlist.h"

struct config;
struct listener;
struct unit;

/* For -n: what would fail in any start, and what only when systemd's unit starts us. */
struct unit_check {
	const struct unit *unit; /* NULL: there is none */
	bool strict;             /* it starts us with these settings */
	struct wordlist mistakes, doubts;
};

/* ${conf} is -c, NULL: none. */
void unit_check_begin(
    struct unit_check *check, const struct unit *unit, const char *conf);
void unit_check_end(struct unit_check *check);

/* The user of a start by the unit where that holds, else UserID. */
const char *unit_check_user(const struct unit_check *check, const struct config *config);

/* Does a start by the unit begin as ${config}'s UserID or its own, and not as root? */
bool unit_check_is_unprivileged(const struct unit_check *check);

/*
 * A line that begins with the setting's name, or with file and line: among the mistakes
 * if the unit goes by that setting, else among the doubts.
 */
void unit_check_add(
    struct unit_check *check, const struct config *config, const char *line);

/* ${why} stops any start: a mistake, where there is one with its file and line. */
void unit_check_mistake(
    struct unit_check *check, const struct config *config, const char *why);

/* ${why} gets a line for each mistake; false: there is none. */
bool unit_check_tell(const struct unit_check *check, char *why, size_t whysize);

/* Root may do more than the user of a start by the unit, who we are by now. */
void unit_check_unprivileged(struct unit_check *check, const struct config *config,
    const struct listener *listener);

/* All paths that the unit closes. */
void unit_check_paths(struct unit_check *check, const struct config *config);

#endif
