/*
 * Whole messages through check/dkim.c: "key record LF message", or several records with
 * "|" between them.  The first octet is the size of the pieces of the body.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "dkim_run.h"
#include "resolver_zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any octets as the TXT records of every name. */
static struct resolver *
zone_of(const uint8_t *records, size_t len, struct pool *pool)
{
	static const char start[] = "*.example.nl TXT \"";
	char *zone = pool_alloc(pool, 30 * len + 100), *p = zone, why[100];

	p += sprintf(p, "%s", start);
	for (size_t i = 0; i < len; i++) {
		if (records[i] == '|')
			p += sprintf(p, "\"\n%s", start);
		else
			p += sprintf(
			    p, "%s\\%03u", i % 200 == 199 ? "\" \"" : "", records[i]);
	}
	sprintf(p, "\"\n");
	return resolver_zone_new(zone, why, sizeof why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dkim_lib_options options = { .minimum_key_bits = 1024,
		.maximum_signatures = 3 };
	const uint8_t *lf = size > 1 ? memchr(data + 1, '\n', size - 1) : NULL;
	struct dkim_lib *lib;
	struct dkim_message m;
	struct resolver *r;
	struct pool *pool;
	size_t count;
	char why[100];

	if (lf == NULL)
		return 0;
	pool = pool_new();
	r = zone_of(data + 1, (size_t)(lf - data - 1), pool);
	if (r == NULL)
		abort();
	lib = dkim_lib_open(&options, why, sizeof why);
	m = dkim_run_parse((const char *)lf + 1, size - (size_t)(lf + 1 - data));
	const struct dkim_evidence *list =
	    dkim_run(lib, r, &m, 1700000000, data[0] + 1U, pool, &count);
	for (size_t i = 0; i < count; i++) {
		if ((list[i].result == DKIM_PASS) != (list[i].reason == NULL) ||
		    list[i].result == DKIM_NONE || list[i].domain == NULL)
			abort();
		/* The DNS always answers, so this would be libopendkim failing. */
		if (list[i].result == DKIM_TEMPERROR)
			abort();
	}
	dkim_run_forget(&m);
	dkim_lib_close(lib);
	resolver_close(r);
	pool_free(pool);
	return 0;
}
