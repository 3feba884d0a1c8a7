#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf.h"
#include "config/config.h"
#include "config/config_print.h"

static const struct conf_file *known;
static size_t known_count;
static char why[1000];

const char *
conf_why(void)
{
	return why;
}

static char *
read_known(const char *path, size_t *len, char *reason, size_t size)
{
	for (size_t i = 0; i < known_count && known[i].path != NULL; i++) {
		const struct conf_file *file = &known[i];

		if (strcmp(path, file->path) == 0) {
			*len = file->len > 0 ? file->len : strlen(file->text);
			return mem_strndup(file->text, *len);
		}
	}
	snprintf(reason, size, "%s: no such file", path);
	return NULL;
}

/* In the order of their list, which is that of their names. */
static bool
list_known(const char *pattern, struct wordlist *paths, char *reason, size_t size)
{
	snprintf(reason, size, "%s: not to be read", pattern);
	for (size_t i = 0; i < known_count && known[i].path != NULL; i++) {
		if (fnmatch(pattern, known[i].path, FNM_PATHNAME) == 0)
			wordlist_add(paths, known[i].path);
	}
	return strncmp(pattern, "/secret/", strlen("/secret/")) != 0;
}

static const struct config_reader reader = { read_known, list_known };

static struct config *
load(const struct conf_file *files, size_t count, const char *const *settings,
    size_t setting_count)
{
	known = files;
	known_count = count;
	snprintf(why, sizeof why, "not written");
	return config_load(
	    files[0].path, &reader, settings, setting_count, why, sizeof why);
}

struct config *
conf_load_files(const struct conf_file *files, size_t count)
{
	return load(files, count, NULL, 0);
}

struct config *
conf_load_settings(const char *text, const char *const *settings, size_t count)
{
	struct conf_file file = { "main.conf", text, 0 };

	return load(&file, 1, settings, count);
}

struct config *
conf_load(const char *text)
{
	return conf_load_settings(text, NULL, 0);
}

struct config *
conf_good(const char *text)
{
	struct config *config = conf_load(text);

	if (config == NULL) {
		printf("Bail out! %s: %s\n", text, why);
		fflush(stdout);
		abort();
	}
	return config;
}

char *
conf_print(const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	config_print(config, out);
	fclose(out);
	return text;
}

const char *
conf_printed(const struct config *config, const char *name)
{
	static char value[4000];
	char *text = conf_print(config), *rest = text, *line;
	size_t len = strlen(name);

	snprintf(value, sizeof value, "(not printed)");
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *origin = strstr(line, "  # ");

		if (strncmp(line, name, len) != 0 || line[len] != ' ' || origin == NULL)
			continue;
		*origin = '\0';
		line += len;
		snprintf(value, sizeof value, "%s", line + strspn(line, " "));
	}
	free(text);
	return value;
}
