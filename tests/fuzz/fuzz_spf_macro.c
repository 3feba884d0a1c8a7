/*
 * Any macro-string with any local part, HELO and address.  The input: flags and 16
 * octets of address; then the text, the local part and the HELO, with a NUL between.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/pool.h"
#include "mail/spf_macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_explanation(
    const char *text, const struct spf_macro_facts *facts, struct pool *pool)
{
	const char *result;

	if (!spf_macro_check(text, strlen(text), SPF_MACRO_EXPLANATION))
		return;
	result = spf_macro_explanation(text, facts, pool);
	if (result == NULL)
		return;
	assert(strlen(result) <= SPF_MACRO_EXPLANATION_MAX);
	for (; *result != '\0'; result++)
		assert(*result >= ' ' && *result <= '~');
}

static void
check_domain(const char *text, const struct spf_macro_facts *facts, struct pool *pool)
{
	const char *result;

	if (!spf_macro_check(text, strlen(text), SPF_MACRO_DOMAIN))
		return;
	/* Whatever is a domain-spec is fit for a modifier and an explanation. */
	assert(spf_macro_check(text, strlen(text), SPF_MACRO_MODIFIER));
	assert(spf_macro_check(text, strlen(text), SPF_MACRO_EXPLANATION));
	result = spf_macro_domain(text, facts, pool);
	assert(strlen(result) <= 253 || strchr(result, '.') == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool;
	struct spf_macro_facts facts = {
		.sender_domain = "sender.example",
		.domain = "current.domain.example",
		.receiver = "mx.example",
		.now = 1,
	};
	const char *text;

	if (size < 17)
		return 0;
	pool = pool_new();
	text = pool_strndup(pool, (const char *)data + 17, size - 17);
	facts.client.family = data[0] & 1 ? IP_V6 : IP_V4;
	facts.validated = data[0] & 2 ? "host.example" : NULL;
	memcpy(facts.client.octets, data + 1, 16);
	facts.local = text + strlen(text);
	if (facts.local < text + size - 17)
		facts.local++;
	facts.helo = facts.local + strlen(facts.local);
	if (facts.helo < text + size - 17)
		facts.helo++;
	check_domain(text, &facts, pool);
	check_explanation(text, &facts, pool);
	(void)spf_macro_check((const char *)data + 17, size - 17, SPF_MACRO_MODIFIER);
	pool_free(pool);
	return 0;
}
