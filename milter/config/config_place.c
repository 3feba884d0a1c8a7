#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/config.h"
#include "config/config_place.h"
#include "config/config_table.h"

#define NAME_OCTETS 64

/* The networks may be many, the files they stand in are few. */
static const char *
kept_file(struct config *config, const char *path)
{
	struct wordlist *files = &config->place_files;

	if (files->count == 0 || strcmp(files->words[files->count - 1], path) != 0)
		wordlist_add(files, path);
	return files->words[files->count - 1];
}

void
config_place_add(
    struct config *config, const struct config_row *row, const char *file, int line)
{
	size_t n = config->place_count;

	if ((n & (n - 1)) == 0) /* powers of two */
		config->places = mem_realloc(
		    config->places, (n == 0 ? 1 : 2 * n) * sizeof *config->places);
	config->places[config->place_count++] =
	    (struct config_place){ row, config_table_networks(config, row)->count - 1,
		    kept_file(config, file), line };
}

void
config_place_clear(struct config *config, const struct config_row *row)
{
	size_t kept = 0;

	for (size_t i = 0; i < config->place_count; i++) {
		if (config->places[i].row != row)
			config->places[kept++] = config->places[i];
	}
	config->place_count = kept;
}

const struct config_place *
config_place_of(const struct config *config, const struct config_row *row, size_t nth)
{
	for (size_t i = 0; i < config->place_count; i++) {
		const struct config_place *place = &config->places[i];

		if (place->row == row && place->nth == nth)
			return place;
	}
	return NULL;
}

void
config_place_file(struct config *config, const char *path, const char *place)
{
	wordlist_add(&config->files, path);
	wordlist_add(&config->file_places, place);
}

bool
config_place_put(const struct config *config, char *why, size_t whysize)
{
	char name[NAME_OCTETS], *text;
	const struct config_origin *origin;
	const struct config_row *row;

	snprintf(name, sizeof name, "%.*s", (int)strcspn(why, " :"), why);
	row = config_table_find(name);
	origin = row == NULL ? NULL : &config->origins[config_table_index(row)];
	if (origin == NULL || origin->file == NULL)
		return false;
	text = mem_strdup(why);
	if (origin->line > 0)
		snprintf(why, whysize, "%s:%d: %s", origin->file, origin->line, text);
	else
		snprintf(why, whysize, "%s: %s", origin->file, text);
	free(text);
	return true;
}

void
config_place_free(struct config *config)
{
	wordlist_clear(&config->files);
	wordlist_clear(&config->file_places);
	free(config->places);
	wordlist_clear(&config->place_files);
}
