/* A domain in normal form is one, stays one, and is within itself alone. */
#include <stdint.h>
#include <string.h>

#include "base/pool.h"
#include "mail/address.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_normal(const char *domain, struct pool *pool)
{
	const size_t len = strlen(domain);
	const char *again = address_domain(domain, len, pool), *dot;

	must(len >= 1 && len <= 253);
	must(strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == len);
	must(domain[0] != '.' && domain[len - 1] != '.');
	must(strstr(domain, "..") == NULL);
	must(again != NULL && strcmp(again, domain) == 0);
	must(address_is_within(domain, domain));
	dot = strchr(domain, '.');
	if (dot != NULL) {
		must(address_is_within(domain, dot + 1));
		must(!address_is_within(dot + 1, domain));
		/* not by whole labels */
		must(dot == domain + 1 || !address_is_within(domain, domain + 1));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	const char *text = pool_strndup(pool, (const char *)data, size);
	const char *domain = address_domain((const char *)data, size, pool);
	struct address address = address_reverse_path(text, pool);

	if (domain != NULL) {
		check_normal(domain, pool);
		must(memchr(data, '\0', size) == NULL);
	}
	if (address.domain != NULL)
		check_normal(address.domain, pool);
	must(address.local != NULL && strstr(text, address.local) != NULL);
	if (address.null)
		must(address.domain == NULL && *address.local == '\0');
	pool_free(pool);
	return 0;
}
