#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "ctl/audit/probe.h"
#include "ctl/audit/probe_place.h"
#include "dns/dname.h"

#define PORT_MAX 65535
#define PORT_DIGITS 5

static bool
read_port(const char *text, uint16_t *port)
{
	unsigned n = 0;

	if (*text == '\0' || strlen(text) > PORT_DIGITS)
		return false;
	for (; *text != '\0'; text++) {
		if (!ascii_is_digit(*text))
			return false;
		n = n * 10 + (unsigned)(*text - '0');
	}
	*port = (uint16_t)n;
	return n > 0 && n <= PORT_MAX;
}

bool
probe_place_read(const char *text, struct probe_place *place)
{
	const size_t len = strcspn(text, "=");
	char normal[DNAME_TEXT_SIZE], *host, *address, *at;
	bool good;

	*place = (struct probe_place){ 0 };
	if (len == 0 || text[len] == '\0')
		return false;
	host = mem_strndup(text, len);
	good = dname_normal(host, normal) && strcmp(normal, ".") != 0;
	free(host);
	if (!good)
		return false;
	place->host = mem_strdup(normal);
	address = mem_strdup(text + len + 1);
	at = strchr(address, '@');
	if (at != NULL)
		*at++ = '\0';
	good =
	    ip_parse(address, &place->ip) && (at == NULL || read_port(at, &place->port));
	free(address);
	return good;
}

void
probe_place_clear(struct probe_place *place)
{
	free(place->host);
	place->host = NULL;
}
