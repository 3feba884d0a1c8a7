#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "edge/unit_file.h"

#define UNIT "beschermd.service"
#define FILE_MAX 65536
#define FILES_MAX 100
#define BLANKS " \t\r"
/* systemd.unit(5), table 1: what an earlier one has goes before. */
#define FOLDERS                                                                  \
	"/etc/systemd/system:/run/systemd/system:/usr/local/lib/systemd/system:" \
	"/usr/lib/systemd/system:/lib/systemd/system"

static const char *
folders(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it here */
	const char *path = getenv("SYSTEMD_UNIT_PATH");

	return path != NULL && *path != '\0' ? path : FOLDERS;
}

/* The next of ${path}, separated by colons; NULL: none. */
static const char *
next_folder(const char **path, char folder[PATH_MAX])
{
	size_t len = strcspn(*path, ":");

	if (**path == '\0')
		return NULL;
	snprintf(folder, PATH_MAX, "%.*s", (int)len, *path);
	*path += len + ((*path)[len] == ':');
	return folder;
}

static char *
strip(char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL)
		len--;
	text[len] = '\0';
	return text;
}

/* A line that ends in a backslash goes on in the next one. */
static void
join_lines(char *text)
{
	for (char *p = text; (p = strstr(p, "\\\n")) != NULL;)
		p[0] = p[1] = ' ';
}

static void
read_text(struct unit_file *file, char *text)
{
	bool service = false;
	char *line, *value;

	join_lines(text);
	while ((line = strsep(&text, "\n")) != NULL) {
		line = strip(line);
		if (*line == '[')
			service = strcmp(line, "[Service]") == 0;
		value = strchr(line, '=');
		if (!service || *line == '#' || *line == ';' || value == NULL)
			continue;
		*value++ = '\0';
		wordlist_add(&file->keys, strip(line));
		wordlist_add(&file->values, strip(value));
	}
}

static bool
read_one(struct unit_file *file, const char *path)
{
	char why[200]; /* one that is not there is as good as none */
	char *text = file_read(path, FILE_MAX, NULL, why, sizeof why);

	if (text == NULL)
		return false;
	read_text(file, text);
	free(text);
	return true;
}

static bool
read_fragment(struct unit_file *file)
{
	char folder[PATH_MAX], path[PATH_MAX + sizeof UNIT + 1], masked[PATH_MAX];

	for (const char *rest = folders(); next_folder(&rest, folder) != NULL;) {
		snprintf(path, sizeof path, "%s/" UNIT, folder);
		if (realpath(path, masked) != NULL && strcmp(masked, "/dev/null") == 0)
			return false;
		if (read_one(file, path))
			return true;
	}
	return false;
}

static const char *
name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(name_of(*(char *const *)a), name_of(*(char *const *)b));
}

static bool
has_name(const struct wordlist *paths, const char *name)
{
	for (size_t i = 0; i < paths->count; i++) {
		if (strcmp(name_of(paths->words[i]), name) == 0)
			return true;
	}
	return false;
}

/* What ${drop_ins} has by that name already is of a folder that goes before. */
static void
list_drop_ins(struct wordlist *drop_ins, const char *folder, const char *unit)
{
	char pattern[PATH_MAX + 64];
	glob_t found = { 0 };

	snprintf(pattern, sizeof pattern, "%s/%s.d/*.conf", folder, unit);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): only with GLOB_TILDE */
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc && drop_ins->count < FILES_MAX;
		     i++) {
			if (!has_name(drop_ins, name_of(found.gl_pathv[i])))
				wordlist_add(drop_ins, found.gl_pathv[i]);
		}
	}
	globfree(&found);
}

static void
read_drop_ins(struct unit_file *file)
{
	/* The more special goes before as well: systemd.unit(5). */
	static const char *const units[] = { UNIT, "service" };
	struct wordlist drop_ins = { 0 };
	char folder[PATH_MAX];

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		for (const char *rest = folders(); next_folder(&rest, folder) != NULL;)
			list_drop_ins(&drop_ins, folder, units[i]);
	}
	if (drop_ins.count > 1)
		qsort(drop_ins.words, drop_ins.count, sizeof *drop_ins.words, by_name);
	for (size_t i = 0; i < drop_ins.count; i++)
		(void)read_one(file, drop_ins.words[i]);
	wordlist_clear(&drop_ins);
}

bool
unit_file_read(struct unit_file *file)
{
	*file = (struct unit_file){ 0 };
	if (!read_fragment(file))
		return false;
	read_drop_ins(file);
	return true;
}

void
unit_file_clear(struct unit_file *file)
{
	wordlist_clear(&file->keys);
	wordlist_clear(&file->values);
}
