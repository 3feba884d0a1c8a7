#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "config/config_conninfo.h"

/* As libpq's PQconninfoParse() reads it, which is not there in every program. */

#define BLANKS " \t"

static const char not_pairs[] =
    "is not a list of key=value, such as host=db.example.net dbname=beschermd";
static const char has_password[] =
    "holds a password, which anyone who sees the settings may read: put it "
    "into a file of its own and say passfile=FILE";

/* Keys that hold what is secret: who prints the settings would tell it. */
static bool
is_secret(const char *key, size_t len)
{
	static const char *const keys[] = { "password", "sslpassword",
		"oauth_client_secret" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (strlen(keys[i]) == len && strncasecmp(keys[i], key, len) == 0)
			return true;
	}
	return false;
}

/* Behind the value that begins at ${p}; NULL: a quote is not closed. */
static const char *
skip_value(const char *p)
{
	bool quoted = *p == '\'';

	for (p += quoted; *p != '\0'; p++) {
		if (quoted ? *p == '\'' : strchr(BLANKS, *p) != NULL)
			return quoted ? p + 1 : p;
		if (*p == '\\' && *++p == '\0')
			return NULL;
	}
	return quoted ? NULL : p;
}

/* One pair; *${text} moves behind it. */
static const char *
check_pair(const char **text)
{
	const char *key = *text;
	size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
	const char *equals = key + len + strspn(key + len, BLANKS);

	if (len == 0 || *equals != '=')
		return not_pairs;
	if (is_secret(key, len))
		return has_password;
	*text = skip_value(equals + 1 + strspn(equals + 1, BLANKS));
	return *text != NULL ? NULL : "holds a quote that is not closed";
}

const char *
config_conninfo_check(const char *text)
{
	const char *wrong = NULL;

	for (const char *p = text; *p != '\0'; p++) {
		if ((*p < ' ' || *p > '~') && *p != '\t')
			return "holds something that is not printable ASCII";
	}
	if (strncasecmp(text, "postgres://", 11) == 0 ||
	    strncasecmp(text, "postgresql://", 13) == 0)
		return not_pairs;
	while (wrong == NULL && *(text += strspn(text, BLANKS)) != '\0')
		wrong = check_pair(&text);
	return wrong;
}
