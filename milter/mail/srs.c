#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "mail/address.h"
#include "mail/srs.h"

#define LOCAL_OCTETS 255 /* a sender may say more, and no forwarder does */
#define STAMP_OCTETS 2   /* a day in base 32 */

/* The part up to "=", of letters, digits and ${more}; its length, 0: it is none. */
static size_t
part_length(const char *p, const char *more)
{
	size_t n = 0;

	while (ascii_is_alpha(p[n]) || ascii_is_digit(p[n]) ||
	       (p[n] != '\0' && strchr(more, p[n]) != NULL))
		n++;
	return p[n] == '=' ? n : 0;
}

const char *
srs_inner_domain(const char *local, struct pool *pool)
{
	const char *p = local, *domain;
	size_t len;

	if (strncasecmp(p, "SRS0", 4) != 0 || strnlen(p, LOCAL_OCTETS + 1) > LOCAL_OCTETS)
		return NULL;
	p += 4;
	if (*p == '\0' || strchr("=+-", *p) == NULL)
		return NULL;
	len = part_length(++p, "+/-_");
	if (len == 0)
		return NULL;
	p += len + 1;
	if (part_length(p, "") != STAMP_OCTETS)
		return NULL;
	p += STAMP_OCTETS + 1;
	len = part_length(p, "-._");
	if (len == 0 || p[len + 1] == '\0')
		return NULL;
	domain = address_domain(p, len, pool);
	/* A name without a dot is nobody's; a final one is gone now. */
	return domain != NULL && strchr(domain, '.') != NULL ? domain : NULL;
}
