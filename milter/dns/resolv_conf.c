#include <string.h>

#include "base/file.h"
#include "dns/resolv_conf.h"

#define FILE_MAX 65536
#define BLANK " \t"

char *
resolv_conf_read(const char *path)
{
	char why[200]; /* that it is not there is all that matters */

	return file_read(path, FILE_MAX, NULL, why, sizeof why);
}

static bool
is_server(const char *line)
{
	static const char keyword[] = "nameserver";
	size_t len = sizeof keyword - 1;

	line += strspn(line, BLANK);
	if (strncmp(line, keyword, len) != 0 || strspn(line + len, BLANK) == 0)
		return false;
	line += len + strspn(line + len, BLANK);
	return *line != '\0' && *line != '\n' && *line != '\r';
}

bool
resolv_conf_names_server(const char *text)
{
	while (text != NULL && *text != '\0') {
		if (is_server(text))
			return true;
		text = strchr(text, '\n');
		if (text != NULL)
			text++;
	}
	return false;
}
