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
#include "dkim_fixture.h"
#include "resolver_zone.h"

static const char text[] = "From: a@example.nl\r\n"
			   "To: b@example.org\r\n"
			   "Subject: A subject of\r\n two  lines\r\n"
			   "Date: Tue, 24 Nov 2026 01:00:00 +0000\r\n"
			   "\r\n"
			   "Hello  there, \r\n\r\nand good bye.\r\n\r\n\r\n";

struct dkim_message
dkim_fixture_message(void)
{
	return dkim_run_parse(text, sizeof text - 1);
}

struct dkim_message
dkim_fixture_signed(
    const struct sign_key *key, enum dkim_canonicalization canon, long length)
{
	struct dkim_message m = dkim_fixture_message();

	dkim_sign_message(&m, &(struct sign_options){ .key = key,
				  .domain = "example.nl",
				  .selector = "s",
				  .header = canon,
				  .body = canon,
				  .length = length });
	return m;
}

struct resolver *
dkim_fixture_zone(const char *record)
{
	size_t size = 2 * strlen(record) + 2000;
	char *zone = mem_alloc(size), why[200];
	struct resolver *r;
	size_t n = 0;

	if (strncmp(record, "s._domainkey", 12) == 0) {
		snprintf(zone, size, "%s", record);
	} else {
		n = (size_t)snprintf(zone, size, "s._domainkey.example.nl TXT");
		for (const char *p = record; *p != '\0'; p += strnlen(p, 200))
			n += (size_t)snprintf(zone + n, size - n, " \"%.200s\"", p);
		snprintf(zone + n, size - n, "\n");
	}
	r = resolver_zone_new(zone, why, sizeof why);
	if (r == NULL)
		fail_msg("%s: %s", why, zone);
	free(zone);
	return r;
}

struct dkim_lib *
dkim_fixture_lib(int maximum_signatures)
{
	struct dkim_lib_options options = { .minimum_key_bits = 1024,
		.maximum_signatures = maximum_signatures };
	char why[200];
	struct dkim_lib *lib = dkim_lib_open(&options, why, sizeof why);

	assert_non_null(lib);
	return lib;
}

struct dkim_evidence
dkim_fixture_check(const struct dkim_message *m, const char *record, struct pool *pool)
{
	struct dkim_lib *lib = dkim_fixture_lib(10);
	struct resolver *r = dkim_fixture_zone(record);
	size_t count;
	const struct dkim_evidence *list =
	    dkim_run(lib, r, m, time(NULL), 11, pool, &count);

	assert_int_equal(count, 1);
	resolver_close(r);
	dkim_lib_close(lib);
	return list[0];
}
