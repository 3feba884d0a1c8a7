#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/config.h"
#include "config/config_place.h"
#include "config/config_table.h"
#include "edge/listener.h"
#include "edge/service.h"
#include "edge/unit.h"
#include "settings.h"
#include "unit_check.h"

#define LINE_OCTETS 4096

/* Another way to write the same path is the same file. */
static bool
is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	if (stat(a, &x) == -1 || stat(b, &y) == -1)
		return strcmp(a, b) == 0;
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

void
unit_check_begin(struct unit_check *check, const struct unit *unit, const char *conf)
{
	const char *theirs = unit == NULL ? "" : unit_conf(unit);

	*check = (struct unit_check){ .unit = unit };
	check->strict =
	    unit != NULL && is_same_file(*theirs == '\0' ? SETTINGS_FILE : theirs,
				conf == NULL ? SETTINGS_FILE : conf);
}

void
unit_check_end(struct unit_check *check)
{
	wordlist_clear(&check->mistakes);
	wordlist_clear(&check->doubts);
}

static bool
is_of_command_line(const struct config *config, const char *name)
{
	const struct config_row *row = config_table_find(name);
	const char *file =
	    row == NULL ? NULL : config->origins[config_table_index(row)].file;

	return file != NULL && strcmp(file, CONFIG_COMMAND_LINE) == 0;
}

const char *
unit_check_user(const struct unit_check *check, const struct config *config)
{
	if (!check->strict || *unit_user(check->unit) == '\0' ||
	    is_of_command_line(config, "UserID"))
		return config->user_id;
	return unit_user(check->unit);
}

bool
unit_check_is_unprivileged(const struct unit_check *check)
{
	return check->unit == NULL || *unit_user(check->unit) != '\0';
}

void
unit_check_add(struct unit_check *check, const struct config *config, const char *line)
{
	char text[LINE_OCTETS], name[64];
	bool given;

	snprintf(name, sizeof name, "%.*s", (int)strcspn(line, " :"), line);
	given = is_of_command_line(config, name);
	snprintf(text, sizeof text, "%s", line);
	config_place_put(config, text, sizeof text);
	wordlist_add(check->strict && !given ? &check->mistakes : &check->doubts, text);
}

void
unit_check_mistake(struct unit_check *check, const struct config *config, const char *why)
{
	char text[LINE_OCTETS], line[LINE_OCTETS + sizeof "beschermd: "];
	bool placed;

	snprintf(text, sizeof text, "%s", why);
	/* The settings name the place themselves where they are read anew. */
	placed = config_place_put(config, text, sizeof text) || *text == '/';
	snprintf(line, sizeof line, "%s%s", placed ? "" : "beschermd: ", text);
	wordlist_add(&check->mistakes, line);
}

bool
unit_check_tell(const struct unit_check *check, char *why, size_t whysize)
{
	size_t len = 0;

	for (size_t i = 0; i < check->mistakes.count && len < whysize; i++)
		len += (size_t)snprintf(why + len, whysize - len, "%s%s",
		    i > 0 ? "\n" : "", check->mistakes.words[i]);
	return check->mistakes.count > 0;
}

void
unit_check_unprivileged(struct unit_check *check, const struct config *config,
    const struct listener *listener)
{
	char why[LINE_OCTETS];
	bool socket = listener_check(listener, why, sizeof why) == LISTENER_OK;

	if (!socket && check->unit != NULL &&
	    unit_has_group(check->unit, config->socket_group))
		socket = strncmp(why, "SocketGroup", strlen("SocketGroup")) == 0;
	if (!socket || service_check_pid_file(config->pid_file, why, sizeof why) == -1)
		unit_check_add(check, config, why);
}

static void
check_files(struct unit_check *check, const struct config *config)
{
	char line[LINE_OCTETS], why[LINE_OCTETS];

	for (size_t i = 0; i < config->files.count; i++) {
		const char *path = config->files.words[i];
		const char *place = config->file_places.words[i];

		/* Which settings it reads, the unit says: these may be for a trial. */
		if ((*place == '\0' && !check->strict) ||
		    unit_can_read(check->unit, path, why, sizeof why))
			continue;
		snprintf(line, sizeof line, "%s%s%.*s", *place == '\0' ? path : place,
		    *place == '\0' ? ": " : "", LINE_OCTETS / 2, why);
		unit_check_add(check, config, line);
	}
}

static void
check_one(struct unit_check *check, const struct config *config, const char *name,
    const char *path, bool writes)
{
	char line[LINE_OCTETS], why[LINE_OCTETS / 2];

	if (path == NULL || *path == '\0' ||
	    (writes ? unit_can_write(check->unit, path, why, sizeof why)
		    : unit_can_read(check->unit, path, why, sizeof why)))
		return;
	snprintf(line, sizeof line, "%s %.1024s: %s", name, path, why);
	unit_check_add(check, config, line);
}

void
unit_check_paths(struct unit_check *check, const struct config *config)
{
	if (check->unit == NULL)
		return;
	check_files(check, config);
	check_one(check, config, "Socket", listener_path(config->socket), true);
	check_one(check, config, "PidFile", config->pid_file, true);
	check_one(check, config, "History", config->history, true);
	check_one(check, config, "Metrics", config->metrics, true);
	check_one(check, config, "ZoneFile", config->zone_file, false);
	check_one(check, config, "TrustAnchorFile", config->trust_anchor_file, false);
	check_one(check, config, "PublicSuffixList", config->public_suffix_list, false);
}
