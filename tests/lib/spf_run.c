#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "dns/questions.h"
#include "resolver_zone.h"
#include "spf_run.h"

/*
 * Every record that libspf2 compiles comes by here first (ld --wrap): nothing but
 * canonical text may, so no macro and no name from outside, and never so much that
 * the end is lost.
 */
int __real_SPF_record_compile(void *, void *, void **, const char *); /* NOLINT */
int __wrap_SPF_record_compile(void *, void *, void **, const char *); /* NOLINT */

static int compiled; /* since the last check began */

static bool
is_canonical_term(const char *term, size_t len)
{
	static const char *const starts[] = { "all",
		"include:", "a:", "mx:", "exists:", "ip4:", "ip6:" };

	if (len > 9 && strncmp(term, "redirect=", 9) == 0)
		return memcmp(term + len - 4, ".spf", 4) == 0;
	if (strchr("+-~?", term[0]) == NULL)
		return false;
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		if (strncmp(term + 1, starts[i], strlen(starts[i])) == 0)
			return strspn(term + 1, "abcdefilmnpstux0123456789:./") >=
			       len - 1;
	}
	return false;
}

int
__wrap_SPF_record_compile(/* NOLINT */
    void *server, void *response, void **record, const char *text)
{
	const char *term = text + strlen("v=spf1");

	compiled++;
	assert_memory_equal(text, "v=spf1", 6);
	assert_true(strlen(text) < 400);
	while (*term != '\0') {
		size_t len = strcspn(++term, " ");

		if (!is_canonical_term(term, len))
			fail_msg("libspf2 was given: %s", text);
		term += len;
	}
	return __real_SPF_record_compile(server, response, record, text);
}

struct spf_run
spf_run_begin(const char *zone, const char *client, const char *domain)
{
	struct spf_run c = { .pool = pool_new() };
	struct questions_options options = { 0 };
	char why[200];

	c.resolver = resolver_zone_new(zone, why, sizeof why);
	if (c.resolver == NULL)
		fail_msg("%s", why);
	c.questions = questions_new(c.resolver, &options, c.pool);
	c.identity = (struct spf_identity){ .helo = "helo.test",
		.local = "user",
		.domain = domain,
		.receiver = "mx.test",
		.now = 1700000000,
		.void_lookups_max = 2 };
	assert_true(ip_parse(client, &c.identity.client));
	return c;
}

void
spf_run_again(struct spf_run *c)
{
	compiled = 0;
	c->found = spf_check(c->questions, &c->identity, c->pool);
	c->compiled = compiled;
}

void
spf_run_end(struct spf_run *c)
{
	questions_free(c->questions);
	resolver_close(c->resolver);
	pool_free(c->pool);
}

struct spf_run
spf_run(const char *zone, const char *client, const char *domain)
{
	struct spf_run c = spf_run_begin(zone, client, domain);

	spf_run_again(&c);
	return c;
}
