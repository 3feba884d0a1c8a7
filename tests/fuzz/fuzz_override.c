/*
 * A new Override of any words, put into a conf file of any text: what is written is what
 * was asked for and nothing else, and the rest of the file says what it said.
 *
 * Input: domain, action, client, until, reason and the file, with an octet 1 between.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/wordlist.h"
#include "config/config.h"
#include "config/config_opendmarc.h"
#include "config/config_override.h"
#include "config/config_table.h"
#include "ctl/conf/override_line.h"
#include "ctl/conf/override_text.h"
#include "must.h"

#define PARTS 6
#define WHY_OCTETS 400

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *file_text;

static char *
read_text(const char *path, size_t *len, char *why, size_t whysize)
{
	snprintf(why, whysize, "%s: not there", path);
	if (strcmp(path, "main.conf") != 0)
		return NULL;
	*len = strlen(file_text);
	return mem_strdup(file_text);
}

static bool
list_texts(const char *pattern, struct wordlist *paths, char *why, size_t whysize)
{
	(void)paths;
	snprintf(why, whysize, "%s: not there", pattern);
	return false;
}

static struct config *
load(const char *text)
{
	static const struct config_reader reader = { read_text, list_texts };
	char why[WHY_OCTETS];

	file_text = text;
	return config_load("main.conf", &reader, NULL, 0, why, sizeof why);
}

/* The words as they are read alone, and by whom. */
static bool
is_client(const char *text, const struct network *client)
{
	struct network asked;

	return netlist_parse(text, &asked) && asked.prefix == client->prefix &&
	       ip_is_equal(&asked.ip, &client->ip);
}

static void
check_asked(const struct override_line *words, const struct config_override *o)
{
	const char *action = config_table_word_of(config_table_actions(), o->action);
	bool has_reason = words->reason != NULL && *words->reason != '\0';
	char day[32];

	must(strcasecmp(words->action, action) == 0);
	must(o->below == (*words->domain == '.'));
	must(o->has_client == (words->client != NULL));
	must(words->client == NULL || is_client(words->client, &o->client));
	snprintf(day, sizeof day, "%04d-%02d-%02d", o->until / 10000,
	    o->until / 100 % 100, o->until % 100);
	must(words->until == NULL ? o->until == 0 : strcmp(day, words->until) == 0);
	must(has_reason ? strcmp(o->reason, words->reason) == 0 : o->reason == NULL);
	for (const char *p = o->domain; *p != '\0'; p++)
		must((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') ||
		     strchr(".-_", *p) != NULL);
}

static void
check_equal(const struct config_override *a, const struct config_override *b)
{
	char *x = override_line_print(a), *y = override_line_print(b);

	must(strcmp(x, y) == 0);
	free(x);
	free(y);
}

/* ${after} has what ${before} had, but those alike; and ${o}, once, if it is ${there}. */
static void
check_overrides(const struct config *before, const struct config *after,
    const struct config_override *o, bool there)
{
	size_t n = 0;

	for (size_t i = 0; i < after->override_count; i++) {
		const struct config_override *found = &after->overrides[i];

		if (config_override_is_same(found, o)) {
			must(there);
			check_equal(found, o);
			there = false;
			continue;
		}
		while (n < before->override_count &&
		       config_override_is_same(&before->overrides[n], o))
			n++;
		must(n < before->override_count);
		check_equal(found, &before->overrides[n++]);
	}
	must(!there);
	while (n < before->override_count)
		must(config_override_is_same(&before->overrides[n++], o));
}

static void
check_file(const char *text, const struct config_override *o)
{
	struct config *before = load(text), *after;
	struct wordlist gone = { 0 };
	char *put = override_text_put(text, o, &gone), *removed, *again;

	/* One that does not load is refused by who would write it. */
	if (before != NULL && !config_opendmarc_is_theirs(text)) {
		after = load(put);
		must(after != NULL);
		check_overrides(before, after, o, true);
		config_free(after);
		removed = override_text_remove(put, o, &gone);
		after = load(removed);
		must(after != NULL);
		check_overrides(before, after, o, false);
		config_free(after);
		free(removed);
	}
	again = override_text_put(put, o, &gone);
	must(strcmp(again, put) == 0);
	free(again);
	config_free(before);
	wordlist_clear(&gone);
	free(put);
}

static void
check_line(const struct config_override *o)
{
	char *line = override_line_print(o);
	struct config_override parsed;
	struct config *config;

	for (const char *p = line; *p != '\0'; p++)
		must(*p >= ' ' && *p <= '~');
	must(override_line_parse(line, &parsed));
	check_equal(&parsed, o);
	config = load(line);
	must(config != NULL && config->override_count == 1);
	check_equal(&config->overrides[0], o);
	config_free(config);
	config_override_clear(&parsed);
	free(line);
}

static const char *
given(const char *part)
{
	return *part != '\0' ? part : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = mem_strndup((const char *)data, size), *rest = copy;
	static char empty[] = "";
	char *parts[PARTS], storage[WHY_OCTETS];
	struct override_line words;
	struct config_override o;
	struct buf why;

	for (size_t i = 0; i < PARTS; i++) {
		parts[i] = i + 1 < PARTS ? strsep(&rest, "\1") : rest;
		if (parts[i] == NULL)
			parts[i] = empty;
	}
	words = (struct override_line){ parts[0], parts[1], given(parts[2]),
		given(parts[3]), parts[4] };
	buf_init(&why, storage, sizeof storage);
	if (override_line_read(&o, &words, &why)) {
		check_asked(&words, &o);
		check_line(&o);
		check_file(parts[PARTS - 1], &o);
	} else {
		must(*storage != '\0');
	}
	config_override_clear(&o);
	free(copy);
	return 0;
}
