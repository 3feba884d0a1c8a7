/* Record data and names from a server, and a zone file: any octets. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "dns/dname.h"
#include "dns/rdata.h"
#include "dns/zonefile.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A normal form is its own normal form. */
static void
check_name(const char *name)
{
	char again[DNAME_TEXT_SIZE];

	must(strlen(name) < DNAME_TEXT_SIZE);
	must(dname_normal(name, again));
	must(strcmp(name, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_record record = { data, size };
	struct pool *pool = pool_new();
	char *text = mem_strndup((const char *)data, size), *zone;
	char normal[DNAME_TEXT_SIZE], why[200] = "";
	const char *name;
	size_t len;

	if (rdata_txt(&record, &len, pool) != NULL)
		must(len < size);
	name = rdata_name(&record, pool);
	if (name != NULL)
		check_name(name);
	name = rdata_mx(&record, NULL, pool);
	if (name != NULL)
		check_name(name);
	if (dname_normal(text, normal))
		check_name(normal);
	zone = zonefile_read(text, why, sizeof why);
	must((zone == NULL) == (why[0] != '\0'));
	free(zone);
	free(text);
	pool_free(pool);
	return 0;
}
