/*
 * The rua= of a stranger's record.  What comes out of it goes to sendmail(1) and into a
 * header: one address, no option, no quotes, nothing that ends a line; and it is read
 * again as itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "mail/dmarc_record.h"
#include "mail/report_uri.h"
#include "must.h"

#define ADDRESS_MAX 318 /* 64, "@", 253 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_address(const char *address, struct pool *pool)
{
	const char *again = report_uri_mailbox(address, strlen(address), pool);

	must(again != NULL && strcmp(again, address) == 0);
	must(strlen(address) <= ADDRESS_MAX);
	must(strchr("-/|@", *address) == NULL);
	must(strchr(address, '@') == strrchr(address, '@'));
	for (const char *p = address; *p != '\0'; p++)
		must(*p > ' ' && *p <= '~' && strchr("\"\\<>()[],;:%!", *p) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	char *text = mem_strndup((const char *)data, size);
	struct dmarc_record record = dmarc_record_parse((const char *)data, size, pool);
	const char *lists[] = { text, record.rua_said }, *uri;
	size_t len;

	for (size_t i = 0; i < sizeof lists / sizeof lists[0] && lists[i] != NULL; i++) {
		const char *rest = lists[i], *end = rest + strlen(rest);

		while (report_uri_next(&rest, &uri, &len)) {
			const char *address = report_uri_address(uri, len, pool);

			must(len > 0 && uri >= lists[i] && uri + len <= end);
			if (address != NULL)
				check_address(address, pool);
		}
	}
	free(text);
	pool_free(pool);
	return 0;
}
