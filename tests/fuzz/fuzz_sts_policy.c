/* Policy files of MTA-STS: what is good has its fields, and all names are normal. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "ctl/audit/sts_policy.h"
#include "mail/address.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A pattern covers itself, or one label below its star. */
static void
hold_mx(const struct sts_policy *policy, const char *mx, struct pool *pool)
{
	bool wild = strncmp(mx, "*.", 2) == 0;
	const char *domain = wild ? mx + 2 : mx;
	const char *normal = address_domain(domain, strlen(domain), pool);

	must(normal != NULL && strcmp(normal, domain) == 0);
	must(sts_policy_covers(
	    policy, wild ? pool_printf(pool, "host.%s", domain) : domain));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	char *text = malloc(size + 1); /* exactly as long: beyond is not ours */
	struct sts_policy policy;
	const char *wrong;

	must(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	wrong = sts_policy_read(text, size, &policy, pool);
	must(policy.mx_count <= STS_POLICY_MX_MAX);
	for (size_t i = 0; i < policy.mx_count; i++)
		hold_mx(&policy, policy.mx[i], pool);
	if (wrong == NULL) {
		must(policy.mx_count > 0 || policy.mode == STS_POLICY_NONE);
		must(policy.max_age <= 31557600);
		must(memchr(text, '\0', size) == NULL);
	}
	must(!sts_policy_covers(&policy, ""));
	free(text);
	pool_free(pool);
	return 0;
}
