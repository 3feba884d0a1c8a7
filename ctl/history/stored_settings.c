#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/config.h"
#include "config/config_table.h"
#include "ctl/history/stored_settings.h"

#define WHY_OCTETS 256
#define NAME "history"

/* The text that config_load() reads: it has no parameter of its own to hand it over. */
static const char *stored;

/* NOLINTBEGIN(readability-non-const-parameter): as struct config_reader has them */
static char *
give_text(const char *path, size_t *len, char *why, size_t whysize)
{
	(void)path;
	(void)why;
	(void)whysize;
	*len = strlen(stored);
	return mem_strdup(stored);
}

/* What was included stands in the text. */
static bool
list_nothing(const char *pattern, struct wordlist *paths, char *why, size_t whysize)
{
	(void)pattern;
	(void)paths;
	(void)why;
	(void)whysize;
	return true;
}
/* NOLINTEND(readability-non-const-parameter) */

/* Where a line of the text says that it stood. */
struct place {
	const char *file; /* NULL: it does not say */
	size_t len;       /* of the file's name */
	int line;         /* 0: of none */
};

/* "Key value  # /etc/beschermd.conf:12": the place behind the last "  # ". */
static struct place
place_of(const char *line, size_t len)
{
	struct place place = { NULL, 0, 0 };
	const char *colon;

	for (const char *p = line; p + 4 <= line + len; p++) {
		if (memcmp(p, "  # ", 4) == 0)
			place.file = p + 4;
	}
	if (place.file == NULL)
		return place;
	place.len = len - (size_t)(place.file - line);
	colon = memrchr(place.file, ':', place.len);
	place.line = colon != NULL ? (int)strtol(colon + 1, NULL, 10) : 0;
	if (place.line > 0)
		place.len = (size_t)(colon - place.file);
	return place;
}

static void
set_place(char **file, int *line, const struct place *place)
{
	free(*file);
	*file = NULL;
	*line = place->line;
	if (place->len != strlen("default") ||
	    memcmp(place->file, "default", place->len) != 0)
		*file = mem_strndup(place->file, place->len);
}

/* Entries of TrustedForwarders that were read in line ${at} of the text. */
static void
set_forwarders(struct config *config, int at, const struct place *place)
{
	for (size_t i = 0; i < config->forwarder_count; i++) {
		struct config_forwarder *f = &config->forwarders[i];

		if (f->file != NULL && strcmp(f->file, NAME) == 0 && f->line == at)
			set_place(&f->file, &f->line, place);
	}
}

/* Overrides that were. */
static void
set_overrides(struct config *config, int at, const struct place *place)
{
	for (size_t i = 0; i < config->override_count; i++) {
		struct config_override *o = &config->overrides[i];

		if (o->file != NULL && strcmp(o->file, NAME) == 0 && o->line == at)
			set_place(&o->file, &o->line, place);
	}
}

static const struct config_row *
row_of(const char *line, size_t *nth)
{
	size_t count, len = strcspn(line, " \n");
	const struct config_row *rows = config_table_rows(&count);

	for (size_t i = 0; i < count; i++) {
		if (strlen(rows[i].name) == len &&
		    strncmp(rows[i].name, line, len) == 0) {
			*nth = i;
			return &rows[i];
		}
	}
	return NULL;
}

/* Each setting's place is the one that it had then, not its line of the text. */
static void
restore_places(struct config *config, const char *text)
{
	int at = 0;

	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n"), nth = 0;
		const struct place place = place_of(line, len);
		const struct config_row *row = row_of(line, &nth);

		at++;
		line += len + (line[len] == '\n');
		if (place.file == NULL || row == NULL)
			continue;
		set_forwarders(config, at, &place);
		set_overrides(config, at, &place);
		if (row->type != CONFIG_OVERRIDES || config->override_count == 0)
			set_place(&config->origins[nth].file, &config->origins[nth].line,
			    &place);
	}
}

struct config *
stored_settings_read(const char *text)
{
	static const struct config_reader reader = { .read = give_text,
		.list = list_nothing };
	char why[WHY_OCTETS];
	struct config *config;

	stored = text;
	config = config_load(NAME, &reader, NULL, 0, why, sizeof why);
	stored = NULL;
	if (config != NULL)
		restore_places(config, text);
	return config;
}
