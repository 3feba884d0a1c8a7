#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/pool.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/prove/prove_astray.h"

#define TABLE_OCTETS ((size_t)1024 * 1024)
#define SEPARATORS ", \t\r\n"
#define WHY_OCTETS 256

bool
prove_astray_is_in(const char *table)
{
	static const char *const actions[] = { "FILTER", "REDIRECT", "BCC" };

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		if (strcasestr(table, actions[i]) != NULL)
			return true;
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
