#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/ip.h"
#include "base/mem.h"
#include "base/netlist.h"
#include "base/pool.h"
#include "config/config_domain.h"
#include "config/config_text.h"
#include "mail/address.h"

/*
 * Is it a number, or ends in one as the addresses of hosts do?  No top-level domain is
 * one (RFC 3696 section 2).
 */
static bool
is_numeric(const char *text)
{
	struct network network;
	size_t len = strlen(text), digits = 0;

	if (netlist_parse(text, &network) && network.ip.family != IP_LOCAL)
		return true;
	while (digits < len && text[len - digits - 1] >= '0' &&
	       text[len - digits - 1] <= '9')
		digits++;
	return digits > 0 && (digits == len || text[len - digits - 1] == '.');
}

static void
advise_pattern(const char *name, enum config_domain_use use, struct buf *why)
{
	if (use == CONFIG_DOMAIN_AND_BELOW)
		buf_printf(why, "; write %s, which includes all names below it", name);
	else
		buf_printf(why, "; write .%s for all names below it", name);
}

/* ${text} is none: what would be one. */
static void
advise(const char *text, enum config_domain_use use, struct pool *pool, struct buf *why)
{
	size_t skipped = strspn(text, "*.@");
	const char *at = strrchr(text, '@');
	const char *begin = at != NULL ? at + 1 : text + skipped;
	const char *name = address_domain(begin, strlen(begin), pool);

	if (name == NULL || is_numeric(name))
		return;
	if (at == NULL && skipped > 0)
		advise_pattern(name, use, why);
	else if (at != NULL)
		buf_printf(why, "; write %s", name);
}

char *
config_domain_read(const char *text, enum config_domain_use use, struct buf *why)
{
	const char *name = text + (use == CONFIG_DOMAIN_DOTTED && *text == '.');
	struct pool *pool = pool_new();
	const char *domain = address_domain(name, strlen(name), pool);
	char *read = NULL;

	/* The final dot, or digits of other scripts, are gone from the normal form. */
	if (is_numeric(name) || (domain != NULL && is_numeric(domain))) {
		config_text_refuse(why, text, "is a number or an address, not a domain");
	} else if (domain == NULL) {
		config_text_refuse(why, text, "is not a domain");
		advise(text, use, pool, why);
	} else {
		read = mem_strdup(domain);
	}
	pool_free(pool);
	return read;
}
