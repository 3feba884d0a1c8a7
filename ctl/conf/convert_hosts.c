#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/netlist.h"
#include "config/config.h"
#include "config/config_opendmarc.h"
#include "ctl/conf/convert.h"
#include "ctl/conf/convert_hosts.h"
#include "ctl/text.h"
#include "ctl/wide.h"

#define SEPARATORS " \t\r\n,"
/* What IgnoreHosts has as long as no line of its own takes it away. */
#define HERE "127.0.0.0/8, ::1, local"

static bool
is_here(const struct network *network)
{
	static const char *const here[] = { "127.0.0.0/8", "::1", "local" };

	return wide_is_within(network, here, sizeof here / sizeof *here);
}

static void
add(struct convert *c, FILE *out, const char *entry)
{
	char text[NETWORK_TEXT_SIZE];
	struct network network;

	if (!netlist_parse(entry, &network) || strcasecmp(entry, "local") == 0) {
		convert_warn(c, _("%s: %.255s is not an address and is left out"),
		    c->entry->key, entry);
		return;
	}
	if (wide_holds_strangers(&network)) {
		convert_warn(c,
		    _("%s: %.255s holds a large part of the Internet and is left out"),
		    c->entry->key, entry);
		return;
	}
	if (wide_may_be_docker(&network))
		convert_warn(c,
		    _("%s: %.255s: if Docker passes on mail from outside from there, the "
		      "whole "
		      "Internet would be exempt; name only hosts that send"),
		    c->entry->key, entry);
	if (!is_here(&network))
		fprintf(out, "%s%s", ftell(out) > 0 ? ", " : "",
		    netlist_format(&network, text));
}

static void
add_entry(struct convert *c, FILE *out, char *entry)
{
	if (*entry == '!')
		convert_warn(c,
		    _("%s: %.255s was an exception, and its network is exempt: there are "
		      "no exceptions here"),
		    c->entry->key, entry);
	else if (strcasecmp(entry, "localhost") == 0)
		return;
	else if (config_opendmarc_is_host(entry))
		convert_warn(c,
		    _("%s: %.255s is a host name and is not looked up: write its "
		      "address"),
		    c->entry->key, entry);
	else
		add(c, out, config_opendmarc_address(entry));
}

/* All words of ${text}, or of each line the first. */
static char *
read_words(struct convert *c, char *text, bool first_only)
{
	char *list = NULL, *line, *word;
	size_t size;
	FILE *out = open_memstream(&list, &size);

	if (out == NULL)
		abort(); /* out of memory */
	while ((line = strsep(&text, "\n")) != NULL) {
		line[strcspn(line, "#")] = '\0';
		while ((word = strsep(&line, SEPARATORS)) != NULL) {
			if (*word == '\0')
				continue;
			add_entry(c, out, word);
			if (first_only)
				break;
		}
	}
	fclose(out);
	return list;
}

char *
convert_hosts_words(struct convert *c, const char *list)
{
	char *copy = mem_strdup(list), *words = read_words(c, copy, false);

	free(copy);
	return words;
}

char *
convert_hosts_path(const struct convert *c, const char *name)
{
	const char *slash = strrchr(c->file->path, '/');
	int dir = slash != NULL && *name != '/' ? (int)(slash - c->file->path) + 1 : 0;
	char *path = NULL;

	if (asprintf(&path, "%.*s%s", dir, c->file->path, name) == -1)
		abort(); /* out of memory */
	return path;
}

static char *
read_set(struct convert *c, const char *name)
{
	char why[1024], *path = convert_hosts_path(c, name), *text, *words;
	size_t len = 0;

	text = file_read(path, CONFIG_FILE_MAX, &len, why, sizeof why);
	free(path);
	if (text == NULL || memchr(text, '\0', len) != NULL) {
		convert_warn(c, _("%s: %s: left out"), c->entry->key,
		    text == NULL ? why : _("not text: it contains a NUL"));
		free(text);
		return mem_strdup("");
	}
	words = read_words(c, text, true);
	free(text);
	return words;
}

/* "db:", "ldap:" and so on; but "fdab:cd::1" and "[2001:db8::]/32" are addresses. */
static bool
is_elsewhere(const char *dataset)
{
	char *first = mem_strndup(dataset, strcspn(dataset, SEPARATORS));
	bool word = first[strspn(first, "abcdefghijklmnopqrstuvwxyz")] == ':';
	struct network network;
	bool elsewhere =
	    word && !netlist_parse(config_opendmarc_address(first), &network);

	free(first);
	return elsewhere;
}

char *
convert_hosts_file(struct convert *c, const char *dataset)
{
	static const char *const files[] = { "file:", "refile:" };

	if (strncasecmp(dataset, "csl:", strlen("csl:")) == 0)
		return convert_hosts_words(c, dataset + strlen("csl:"));
	if (*dataset == '/' || strncmp(dataset, "./", 2) == 0)
		return read_set(c, dataset);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		if (strncasecmp(dataset, files[i], strlen(files[i])) == 0)
			return read_set(c, dataset + strlen(files[i]));
	}
	if (is_elsewhere(dataset)) {
		convert_warn(c,
		    _("%s: %s cannot be read here: write its addresses into IgnoreHosts"),
		    c->entry->key, dataset);
		return mem_strdup("");
	}
	return convert_hosts_words(c, dataset);
}

void
convert_hosts_put(struct convert *c, const char *name, const char *list)
{
	char *all = NULL;
	bool adds = strcmp(name, "IgnoreHosts") != 0 || convert_has_set(c, name);

	if (*list == '\0') {
		convert_quote(c, "nothing to add to the default");
		return;
	}
	convert_quote(c, NULL);
	if (asprintf(&all, "%s%s%s", adds ? "" : HERE, adds ? "" : ", ", list) == -1)
		abort(); /* out of memory */
	convert_set(c, name, all);
	free(all);
}
