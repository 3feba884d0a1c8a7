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

/* "Key value  # /etc/beschermd.conf:12": the place behind the last "  # ". */
static const char *
place_of(const char *line, size_t len, size_t *place_len, int *number)
{
	const char *mark = NULL, *colon;

	for (const char *p = line; p + 4 <= line + len; p++) {
		if (memcmp(p, "  # ", 4) == 0)
			mark = p + 4;
	}
	if (mark == NULL)
		return NULL;
	*place_len = len - (size_t)(mark - line);
	colon = memrchr(mark, ':', *place_len);
	*number = colon != NULL ? (int)strtol(colon + 1, NULL, 10) : 0;
	if (*number > 0)
		*place_len = (size_t)(colon - mark);
	return mark;
}

static void
set_place(char **file, int *line, const char *place, size_t len, int number)
{
	free(*file);
	*file = NULL;
	*line = number;
	if (len != strlen("default") || memcmp(place, "default", len) != 0)
		*file = mem_strndup(place, len);
}

/* Entries of TrustedForwarders that were read in line ${at} of the text. */
static void
set_forwarders(
    struct config *config, int at, const char *place, size_t place_len, int number)
{
	for (size_t i = 0; i < config->forwarder_count; i++) {
		struct config_forwarder *f = &config->forwarders[i];

		if (f->file != NULL && strcmp(f->file, NAME) == 0 && f->line == at)
			set_place(&f->file, &f->line, place, place_len, number);
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
	size_t overrides = 0;
	int at = 0;

	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n"), place_len = 0, nth = 0;
		int number = 0;
		const char *place = place_of(line, len, &place_len, &number);
		const struct config_row *row = row_of(line, &nth);

		at++;
		if (place != NULL && row != NULL && row->type == CONFIG_FORWARDERS)
			set_forwarders(config, at, place, place_len, number);
		if (place != NULL && row != NULL && row->type != CONFIG_OVERRIDES)
			set_place(&config->origins[nth].file, &config->origins[nth].line,
			    place, place_len, number);
		else if (place != NULL && row != NULL &&
			 overrides < config->override_count) {
			set_place(&config->overrides[overrides].file,
			    &config->overrides[overrides].line, place, place_len, number);
			overrides++;
		}
		line += len + (line[len] == '\n');
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
