#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_lines.h"

static void
each_in_file(const char *path, void (*check)(const json_t *value))
{
	FILE *file = fopen(path, "r");
	json_error_t error;
	json_t *value;
	int c;

	if (file == NULL) {
		perror(path);
		abort();
	}
	while ((value = json_loadf(
		    file, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &error)) != NULL) {
		check(value);
		json_decref(value);
		while ((c = getc(file)) == '\n')
			;
		if (c == EOF)
			break;
		ungetc(c, file);
	}
	if (value == NULL && !feof(file)) {
		fprintf(stderr, "%s: %s\n", path, error.text);
		abort();
	}
	fclose(file);
}

static int
ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), suffix_len = strlen(suffix);

	return len > suffix_len && strcmp(name + len - suffix_len, suffix) == 0;
}

void
json_lines_each(
    const char *folder, const char *suffix, void (*check)(const json_t *value))
{
	const char *top =
	    getenv("CONFORMANCE_DIR"); // NOLINT(concurrency-mt-unsafe): one thread
	struct dirent **names;
	char path[4096];
	int n;

	if (top == NULL)
		return;
	snprintf(path, sizeof path, "%s/%s", top, folder);
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (ends_with(names[i]->d_name, suffix)) {
			snprintf(
			    path, sizeof path, "%s/%s/%s", top, folder, names[i]->d_name);
			each_in_file(path, check);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}
