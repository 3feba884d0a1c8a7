#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/pool.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/prove/prove_astray.h"

#define TABLE_OCTETS ((size_t)1024 * 1024)
#define SEPARATORS ", \t\r\n"
#define WHY_OCTETS 256

/* "X-Filter" is a name, and no FILTER. */
static bool
is_in_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static bool
has_word(const char *line, const char *end, const char *word)
{
	const size_t len = strlen(word);

	for (const char *p = line; p + len <= end; p++) {
		if (strncasecmp(p, word, len) == 0 && (p == line || !is_in_word(p[-1])) &&
		    (p + len == end || !is_in_word(p[len])))
			return true;
	}
	return false;
}

bool
prove_astray_is_in(const char *table)
{
	static const char *const actions[] = { "FILTER", "REDIRECT", "BCC" };

	while (*table != '\0') {
		const char *end = strchrnul(table, '\n');

		for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
			/* A line that begins so is a comment. */
			if (*table != '#' && has_word(table, end, actions[i]))
				return true;
		}
		table = end + (*end != '\0');
	}
	return false;
}

/* "regexp:/path" or "pcre:/path": what is in it; NULL: it is none, or cannot be read. */
static char *
read_table(const char *table)
{
	static const char *const types[] = { "regexp:/", "pcre:/" };
	char why[WHY_OCTETS];

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		size_t len = strlen(types[i]);

		if (strncmp(table, types[i], len) == 0)
			return file_read(
			    table + len - 1, TABLE_OCTETS, NULL, why, sizeof why);
	}
	return NULL;
}

bool
prove_astray_is_possible(const struct postfix_setup *setup)
{
	const char *cleanup = postfix_setup_value(setup, "cleanup_service_name");
	char *rest, *table;
	bool own, possible = false;

	if (*cleanup == '\0')
		cleanup = "cleanup";
	rest = pool_strdup(setup->pool,
	    postfix_setup_in_force(setup, pool_printf(setup->pool, "%s/unix", cleanup),
		"milter_header_checks", &own));
	while (!possible && (table = strsep(&rest, SEPARATORS)) != NULL) {
		char *text = *table != '\0' ? read_table(table) : NULL;

		possible = *table != '\0' && (text == NULL || prove_astray_is_in(text));
		free(text);
	}
	return possible;
}
