/*
 * h= lists that name more fields than there are, against what libopendkim does with
 * them.  tests/suites/dkim_guard runs this under valgrind, which alone sees a write of
 * the library past its own memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/pool.h"
#include "dkim_run.h"
#include "mail/dkim_tags.h"
#include "resolver_zone.h"

static const char text[] =
    "From: a@example.nl\nTo: b@example.org\nSubject: c\nDate: d\n\nHi.\n";

/* The key of RFC 8463 A.2; it signed nothing here. */
static const char zone[] = "s._domainkey.example.nl TXT \"k=ed25519; "
			   "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n";

struct sender {
	struct dkim_lib *lib;
	struct resolver *resolver;
};

/* The result of a signature of all fields in ${fields}, which is no signature. */
static enum dkim_result
check(const struct sender *s, const char *fields, int more_headers)
{
	struct dkim_message m = dkim_run_parse(text, sizeof text - 1);
	struct pool *pool = pool_new();
	const char *value = pool_printf(pool,
	    " v=1; a=ed25519-sha256; d=example.nl; s=s; h=%s; "
	    "bh=UrA8rmgY3eNBotmDWtzAmHyn5RyZv8Gea45sNGsP0zw=; b=AAAA",
	    fields);
	enum dkim_result result;
	size_t count;

	m.fields = mem_realloc(
	    m.fields, (m.field_count + 1 + (size_t)more_headers) * sizeof *m.fields);
	m.fields[m.field_count++] =
	    (struct dkim_run_field){ .name = mem_strdup("DKIM-Signature"),
		    .value = mem_strdup(value) };
	for (int i = 0; i < more_headers; i++)
		m.fields[m.field_count++] =
		    (struct dkim_run_field){ .name = mem_strdup("X-More"),
			    .value = mem_strdup(" more") };
	result = dkim_run(s->lib, s->resolver, &m, time(NULL), 100, pool, &count)->result;
	assert_int_equal(count, 1);
	dkim_run_forget(&m);
	pool_free(pool);
	return result;
}

/* ${start} and then names that are not there, some of them again and again. */
static void
name_more(const struct sender *s, const char *start, int more_headers)
{
	for (int more = 0; more < 2000; more = more * 5 + 1) {
		char *fields = mem_alloc(DKIM_FIELDS_MAX + 100);
		size_t n = (size_t)sprintf(fields, "%s", start);
		enum dkim_result result;

		for (int k = 0; k < more && n < DKIM_FIELDS_MAX - 10; k++)
			n += (size_t)sprintf(fields + n, ":x%d", k % 100);
		result = check(s, fields, more_headers);
		assert_int_equal(result,
		    strstr(start, "dkim-signature") != NULL ? DKIM_NEUTRAL : DKIM_FAIL);
		free(fields);
	}
}

static void
test_guard(void **state)
{
	static const char *const starts[] = { "from:to:subject:date:dkim-signature",
		"from:to:subject:date", "from", "from:from:from", "from:x-none",
		"from:to:subject:date:dkim-signature:x-more:x-more:x-more" };
	struct dkim_lib_options options = { .minimum_key_bits = 1024,
		.maximum_signatures = 10 };
	char why[200];
	struct sender s = { .lib = dkim_lib_open(&options, why, sizeof why),
		.resolver = resolver_zone_new(zone, why, sizeof why) };

	(void)state;
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
		name_more(&s, starts[i], i == 5 ? 3 : 0);
	name_more(&s, "from:x-more", 3000);
	resolver_close(s.resolver);
	dkim_lib_close(s.lib);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
