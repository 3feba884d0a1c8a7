/*
 * A malformed From that counts all the same shows one domain, however it is read: each
 * "@" in it, as it stands and with encoded-words decoded, is that of its only address.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/pool.h"
#include "mail/encoded_word.h"
#include "mail/evidence.h"
#include "mail/from_shape.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Does ${domain} follow each "@" of ${text}? */
static bool
shows_only(const char *text, size_t len, const char *domain)
{
	const size_t domain_len = strlen(domain);

	for (const char *p = text; (p = memchr(p, '@', len - (size_t)(p - text))); p++) {
		if (len - (size_t)(p + 1 - text) < domain_len ||
		    strncasecmp(p + 1, domain, domain_len) != 0 ||
		    strchr("\" \t\r\n<>", p[1 + domain_len]) == NULL)
			return false;
	}
	return true;
}

static void
check(const char *value, bool postfix, struct pool *pool)
{
	const char *domain = from_shape_domain(value, postfix, pool), *open, *decoded;
	size_t len;

	if (domain == NULL)
		return;
	must(strchr(domain, '.') != NULL);
	must(shows_only(value, strlen(value), domain));
	open = strchr(value, '<');
	must(open != NULL && strchr(open + 1, '<') == NULL);
	must(strchr(strchr(value, '>') + 1, '>') == NULL);
	decoded = encoded_word_decode(value, (size_t)(open - value), &len, pool);
	if (decoded != NULL)
		must(memchr(decoded, '<', len) == NULL &&
		     memchr(decoded, '>', len) == NULL &&
		     shows_only(decoded, len, domain));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	const char *value = pool_strndup(pool, (const char *)data, size);
	enum from_bounce bounce;

	check(value, true, pool);
	check(value, false, pool);
	/* Who has no author shows no address. */
	if (from_shape_bounce(value, &bounce, pool))
		must(strchr(value, '@') == NULL);
	pool_free(pool);
	return 0;
}
