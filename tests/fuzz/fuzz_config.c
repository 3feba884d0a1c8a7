/*
 * Conf files from anywhere: main.conf up to an octet 1, behind it the file that every
 * Include and file: names.  What is taken must come back from its own print.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/config.h"
#include "config/config_print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *texts[2];
static size_t lengths[2];

static char *
read_text(const char *path, size_t *len, char *why, size_t whysize)
{
	int which = strcmp(path, "main.conf") != 0;

	snprintf(why, whysize, "nothing is wrong");
	*len = lengths[which];
	return mem_strndup(texts[which], lengths[which]);
}

/* Two that are there: one of them main.conf itself where the pattern is so wide. */
static bool
list_texts(const char *pattern, struct wordlist *paths, char *why, size_t whysize)
{
	snprintf(why, whysize, "nothing is wrong");
	if (*pattern == '*')
		wordlist_add(paths, "main.conf");
	wordlist_add(paths, "a");
	wordlist_add(paths, "b");
	return true;
}

static const struct config_reader reader = { read_text, list_texts };

static struct config *
load(const char *text, size_t len, char *why, size_t whysize)
{
	texts[0] = text;
	lengths[0] = len;
	return config_load("main.conf", &reader, NULL, 0, why, whysize);
}

/* What the config prints, which is loaded anew; the config is freed. */
static char *
print(struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	config_print(config, out);
	fclose(out);
	config_free(config);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *mark = size > 0 ? memchr(data, 1, size) : NULL;
	size_t len = mark != NULL ? (size_t)(mark - data) : size;
	char why[500] = "";
	struct config *config;
	char *once, *twice;

	texts[1] = mark != NULL ? (const char *)mark + 1 : "";
	lengths[1] = mark != NULL ? size - len - 1 : 0;
	config = load((const char *)data, len, why, sizeof why);
	if (config == NULL) {
		if (*why == '\0')
			abort();
		return 0;
	}
	once = print(config);
	config = load(once, strlen(once), why, sizeof why);
	if (config == NULL)
		abort();
	free(once);
	once = print(config);
	config = load(once, strlen(once), why, sizeof why);
	if (config == NULL)
		abort();
	twice = print(config);
	if (strcmp(once, twice) != 0)
		abort();
	free(once);
	free(twice);
	return 0;
}
