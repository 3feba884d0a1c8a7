#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "ctl/postfix/mynetworks.h"

#define SEPARATORS ", \t\r\n"
#define TABLE "cidr:"
#define FILE_MAX ((size_t)1024 * 1024)

/* "192.0.2.0/24", "[2001:db8::]/32": Postfix sets IPv6 in brackets. */
static bool
add_network(struct netlist *networks, const char *word)
{
	char text[NETWORK_TEXT_SIZE + 8];
	size_t len = 0;

	for (; *word != '\0'; word++) {
		if (*word == '[' || *word == ']')
			continue;
		if (len + 1 >= sizeof text)
			return false;
		text[len++] = *word;
	}
	text[len] = '\0';
	/* "local" is a word of ours; Postfix would take it for a host's name. */
	return (strchr(text, '.') != NULL || strchr(text, ':') != NULL) &&
	       netlist_add(networks, text);
}

static void
add_word(struct mynetworks *mynetworks, const char *word)
{
	/* What an exclusion takes away was never more than what the others give. */
	if (*word != '!' && !add_network(&mynetworks->networks, word))
		wordlist_add(&mynetworks->unread, word);
}

/*
 * Lines of networks; of a table (${first_only}) the first word is one, and the others
 * what it leads to.
 */
static void
add_lines(struct mynetworks *mynetworks, char *text, bool first_only)
{
	char *line, *word;

	while ((line = strsep(&text, "\n")) != NULL) {
		if (*line == '#')
			continue;
		while ((word = strsep(&line, SEPARATORS)) != NULL) {
			if (*word == '\0')
				continue;
			add_word(mynetworks, word);
			if (first_only)
				break;
		}
	}
}

static void
add_file(struct mynetworks *mynetworks, const char *entry, const char *path)
{
	char why[256];
	char *text = file_read(path, FILE_MAX, NULL, why, sizeof why);

	if (text == NULL)
		wordlist_add(&mynetworks->unread, entry);
	else
		add_lines(mynetworks, text, path != entry);
	free(text);
}

void
mynetworks_read(struct mynetworks *mynetworks, const char *value)
{
	char *text = mem_strdup(value), *rest = text, *word;

	*mynetworks = (struct mynetworks){ 0 };
	while ((word = strsep(&rest, SEPARATORS)) != NULL) {
		if (*word == '/')
			add_file(mynetworks, word, word);
		else if (strncmp(word, TABLE, strlen(TABLE)) == 0)
			add_file(mynetworks, word, word + strlen(TABLE));
		else if (*word != '\0')
			add_word(mynetworks, word);
	}
	free(text);
}

void
mynetworks_clear(struct mynetworks *mynetworks)
{
	netlist_clear(&mynetworks->networks);
	wordlist_clear(&mynetworks->unread);
}
