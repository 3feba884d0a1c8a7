#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/day.h"
#include "base/file.h"
#include "base/hostname.h"
#include "base/oserror.h"
#include "base/wordlist.h"
#include "config/config.h"
#include "settings.h"

static char *
read_file(const char *path, size_t *len, char *why, size_t whysize)
{
	return file_read(path, CONFIG_FILE_MAX, len, why, whysize);
}

/* A folder that is not there holds no files; one that cannot be read may. */
static int
stops_list(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

static int
by_octets(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Sorted here, as glob(3) goes by the locale: every program must read them alike. */
static bool
list_files(const char *pattern, struct wordlist *paths, char *why, size_t whysize)
{
	glob_t found = { 0 };
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): only with GLOB_TILDE */
	int error = glob(pattern, GLOB_NOSORT, stops_list, &found);

	if (error != 0 && error != GLOB_NOMATCH) {
		snprintf(why, whysize, "%s: %s", pattern,
		    oserror_text(error == GLOB_NOSPACE ? ENOMEM : errno));
		globfree(&found);
		return false;
	}
	if (found.gl_pathc > 1)
		qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, by_octets);
	for (size_t i = 0; i < found.gl_pathc; i++)
		wordlist_add(paths, found.gl_pathv[i]);
	globfree(&found);
	return true;
}

const struct config_reader *
settings_reader(void)
{
	static const struct config_reader reader = { read_file, list_files };

	return &reader;
}

struct config *
settings_load(const char *path, const char *const *settings, size_t setting_count,
    char *why, size_t whysize)
{
	return settings_load_by(
	    settings_reader(), path, settings, setting_count, why, whysize);
}

struct config *
settings_load_by(const struct config_reader *reader, const char *path,
    const char *const *settings, size_t setting_count, char *why, size_t whysize)
{
	struct config *config;
	char host[HOSTNAME_SIZE];

	bool missing =
	    path == NULL && access(SETTINGS_FILE, F_OK) == -1 && errno == ENOENT;

	if (path == NULL && !missing)
		path = SETTINGS_FILE;
	config = config_load(path, reader, settings, setting_count, why, whysize);
	if (config == NULL)
		return NULL;
	config_name_host(config, hostname_get(host));
	if (missing)
		wordlist_add(&config->warnings,
		    SETTINGS_FILE " is missing: all settings are the defaults");
	config_warn_expired(config, 0, day_local(time(NULL)), &config->warnings);
	return config;
}
