/*
 * A local part of a stranger's.  The domain within is in normal form, has a dot, stands
 * there as said, between the third "=" and the next one, and only where all begins as
 * SRS0; and what is made of such parts is read as it was made.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/pool.h"
#include "mail/address.h"
#include "mail/srs.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What stands behind the ${n}th "=", "+" or "-" counting for the first. */
static const char *
part(const char *local, int n)
{
	const char *p = local + 5;

	for (int i = 1; i < n && p != NULL; i++) {
		p = strchr(p, '=');
		if (p != NULL)
			p++;
	}
	return p;
}

static void
check_found(const char *local, const char *domain, struct pool *pool)
{
	const char *said = part(local, 3), *end = NULL;

	must(strncasecmp(local, "SRS0", 4) == 0 && strchr("=+-", local[4]) != NULL);
	must(said != NULL && (end = strchr(said, '=')) != NULL && end[1] != '\0');
	must(strcmp(address_domain(said, (size_t)(end - said), pool), domain) == 0);
	must(strcmp(address_domain(domain, strlen(domain), pool), domain) == 0);
	must(strchr(domain, '.') != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	char *local = mem_strndup((const char *)data, size);
	const char *domain = srs_inner_domain(local, pool), *made;

	if (domain != NULL)
		check_found(local, domain, pool);
	/* Any local part behind a good beginning. */
	if (*local != '\0' && strlen(local) < 200) {
		made = pool_printf(pool, "sRs0-aB+/=2x=Mail.Example=%s", local);
		must(strcmp(srs_inner_domain(made, pool), "mail.example") == 0);
		made = pool_printf(pool, "SRS1=aB+/=mail.example==%s", local);
		must(srs_inner_domain(made, pool) == NULL);
	}
	free(local);
	pool_free(pool);
	return 0;
}
