#include <stdio.h>

#include "base/pool.h"
#include "ctl/audit/audit_folder.h"
#include "ctl/audit/audit_html.h"
#include "ctl/audit/audit_json.h"
#include "ctl/audit/result.h"
#include "ctl/record_folder.h"

#define KIND "audit"

const char *
audit_folder_newest(const char *folder, time_t now, struct pool *pool)
{
	char before[RECORD_FOLDER_NAME_SIZE], best[RECORD_FOLDER_NAME_SIZE] = "";

	record_folder_name(KIND, now, before);
	return record_folder_newer(folder, KIND, before, best)
		   ? pool_printf(pool, "%s/%s", folder, best)
		   : NULL;
}

static void
write_json(struct text *out, const void *record, struct pool *pool)
{
	audit_json_write(out, record, pool);
}

static void
write_page(FILE *out, const struct record_folder_page *page, struct pool *pool)
{
	audit_html_write(out,
	    &(struct audit_html){ .result = page->record,
		.language = page->language,
		.digest = page->digest },
	    pool);
}

bool
audit_folder_write(const char *folder, const struct result *r, struct pool *pool)
{
	const struct record_folder_entry entry = { .kind = KIND,
		.made = r->made,
		.record = r,
		.write_json = write_json,
		.write_page = write_page };

	return record_folder_write(folder, &entry, pool);
}
