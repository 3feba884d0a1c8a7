/*
 * A message in the Maildir of bounces.  Whatever it holds: what is read of it is
 * printable, an id is 32 hex digits, and only what says "failed" and 5.x.x anywhere
 * suppresses.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "mail/dsn.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_be_printable(const char *text)
{
	for (; *text != '\0'; text++)
		must(*text >= ' ' && *text <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct dsn dsn;

	if (dsn_read((const char *)data, size, pool, &dsn)) {
		must(strspn(dsn.report_id, "0123456789abcdef") == DSN_ID_SIZE - 1);
		must(strlen(dsn.report_id) == DSN_ID_SIZE - 1);
		must(dsn.n >= 0);
		must(dsn.status[0] == '5' && dsn.status[1] == '.');
		must_be_printable(dsn.status);
		must_be_printable(dsn.recipient);
		must(memmem(data, size, dsn.report_id, DSN_ID_SIZE - 1) != NULL);
	}
	pool_free(pool);
	return 0;
}
