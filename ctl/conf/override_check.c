#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/wordlist.h"
#include "check/orgdomain.h"
#include "config/config.h"
#include "config/config_override.h"
#include "ctl/conf/override_check.h"
#include "ctl/suffixes.h"
#include "ctl/text.h"
#include "settings.h"

/* What config_load() reads in the place of the file: it hands no parameter on. */
static struct {
	const char *folder, *text;
	bool included;
} wanted;

/*
 * Cut the name off ${path}, which names something within a folder: the folder alone is
 * left.  Returns the name.
 */
static const char *
cut_name(char *path, const char **folder)
{
	char *slash = strrchr(path, '/');

	*folder = slash == NULL ? "." : slash == path ? "/" : path;
	if (slash == NULL)
		return path;
	*slash = '\0';
	return slash + 1;
}

/* Also where it is not there yet, but what it shall be in is. */
static bool
is_wanted_folder(const char *folder)
{
	char real[PATH_MAX], *copy;
	const char *name, *above;
	size_t len;
	bool same;

	if (realpath(folder, real) != NULL)
		return strcmp(real, wanted.folder) == 0;
	copy = mem_strdup(folder);
	name = cut_name(copy, &above);
	same = errno == ENOENT && realpath(above, real) != NULL;
	len = strlen(real);
	same = same && strncmp(real, wanted.folder, len) == 0 &&
	       wanted.folder[len] == '/' && strcmp(wanted.folder + len + 1, name) == 0;
	free(copy);
	return same;
}

static bool
is_wanted(const char *path)
{
	char *copy = mem_strdup(path);
	const char *folder, *name = cut_name(copy, &folder);
	bool is = strcmp(name, OVERRIDE_CHECK_NAME) == 0 && is_wanted_folder(folder);

	free(copy);
	return is;
}

static char *
read_file(const char *path, size_t *len, char *why, size_t whysize)
{
	if (!is_wanted(path))
		return settings_reader()->read(path, len, why, whysize);
	wanted.included = true;
	*len = strlen(wanted.text);
	if (*len <= CONFIG_FILE_MAX)
		return mem_strdup(wanted.text);
	snprintf(why, whysize, "%s: would have more than %zu octets", path,
	    (size_t)CONFIG_FILE_MAX);
	return NULL;
}

static int
by_octets(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static bool
has_path(const struct wordlist *paths, const char *path)
{
	for (size_t i = 0; i < paths->count; i++) {
		if (strcmp(paths->words[i], path) == 0)
			return true;
	}
	return false;
}

/* As if the file were there already, in each folder that the pattern names it by. */
static void
add_wanted(const char *pattern, struct wordlist *paths)
{
	char *copy = mem_strdup(pattern), path[PATH_MAX];
	const char *folder, *name = cut_name(copy, &folder);
	glob_t found = { 0 };

	if (fnmatch(name, OVERRIDE_CHECK_NAME, FNM_PERIOD) == 0)
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): only with GLOB_TILDE */
		(void)glob(folder, GLOB_NOSORT | GLOB_NOCHECK, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		int len = snprintf(
		    path, sizeof path, "%s/%s", found.gl_pathv[i], OVERRIDE_CHECK_NAME);

		if (len < (int)sizeof path && !has_path(paths, path) &&
		    is_wanted_folder(found.gl_pathv[i]))
			wordlist_add(paths, path);
	}
	globfree(&found);
	free(copy);
}

static bool
list_files(const char *pattern, struct wordlist *paths, char *why, size_t whysize)
{
	if (!settings_reader()->list(pattern, paths, why, whysize))
		return false;
	add_wanted(pattern, paths);
	if (paths->count > 1)
		qsort(paths->words, paths->count, sizeof *paths->words, by_octets);
	return true;
}

struct config *
override_check_load(const char *conf, const char *folder, const char *text,
    bool *included, char *why, size_t whysize)
{
	static const struct config_reader reader = { read_file, list_files };
	struct config *config;

	wanted.folder = folder;
	wanted.text = text;
	wanted.included = false;
	config = settings_load_by(&reader, conf, NULL, 0, why, whysize);
	*included = wanted.included;
	return config;
}

bool
override_check_suffixes(const struct config *config, const struct config_override **bad,
    char *why, size_t whysize)
{
	struct orgdomain_list *list;

	*bad = NULL;
	if (config->override_count == 0)
		return true;
	list = suffixes_open(config, why, whysize);
	if (list == NULL)
		return false;
	for (size_t i = 0; i < config->override_count && *bad == NULL; i++) {
		if (!suffixes_list_takes_override(
			list, config->overrides[i].domain, why, whysize))
			*bad = &config->overrides[i];
	}
	orgdomain_list_close(list);
	return *bad == NULL;
}
