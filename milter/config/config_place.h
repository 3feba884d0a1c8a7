#ifndef CONFIG_CONFIG_PLACE_H
#define CONFIG_CONFIG_PLACE_H

#include <stdbool.h>
#include <stddef.h>

struct config;
struct config_row;

/*
 * Where each network of a list was read, to tell why a client is in the list: a line
 * of a conf file, or of a file that one names by file:.
 */
struct config_place {
	const struct config_row *row;
	size_t nth;       /* in the list, from 0 */
	const char *file; /* lives in the config */
	int line;
};

/* The last network of ${row}'s list was read in line ${line} of ${file}. */
void config_place_add(
    struct config *config, const struct config_row *row, const char *file, int line);

/* The list of ${row} was emptied. */
void config_place_clear(struct config *config, const struct config_row *row);

/*
 * ${path} is read, or a pattern of files is, as ${place} says: "file:line: ", a key may
 * follow; or "".
 */
void config_place_file(struct config *config, const char *path, const char *place);

/*
 * ${why} begins with the name of a setting: put "file:line: " before it, where its value
 * was read.  False, and nothing is done: no setting, or no file says it.
 */
bool config_place_put(const struct config *config, char *why, size_t whysize);

/* Of the ${nth} network of ${row}'s list; NULL: a default, or the command line's. */
const struct config_place *config_place_of(
    const struct config *config, const struct config_row *row, size_t nth);

void config_place_free(struct config *config); /* all */

#endif
