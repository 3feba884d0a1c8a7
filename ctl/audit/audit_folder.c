#include <errno.h>
#include <stdio.h>

#include "base/oserror.h"
#include "base/pool.h"
#include "ctl/audit/audit_folder.h"
#include "ctl/audit/audit_html.h"
#include "ctl/audit/audit_json.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/result.h"
#include "ctl/complaint.h"
#include "ctl/record_folder.h"
#include "ctl/text.h"

#define KIND "audit"
#define UNREAD_MAX 100 /* and the older ones are not looked for */
#define WHY_OCTETS 8192

struct earlier *
audit_folder_earlier(const char *folder, time_t now, struct pool *pool)
{
	char before[RECORD_FOLDER_NAME_SIZE], best[RECORD_FOLDER_NAME_SIZE];
	char why[WHY_OCTETS];

	record_folder_name(KIND, now, before);
	/* One that a full disk cut short must not end every audit from then on. */
	for (int i = 0; i < UNREAD_MAX; i++) {
		struct earlier *found;

		*best = '\0';
		if (!record_folder_newer(folder, KIND, before, best)) {
			if (errno != 0 && errno != ENOENT)
				complaint_print(
				    _("warning: %s: %s"), folder, oserror_text(errno));
			return NULL;
		}
		found = earlier_read(
		    pool_printf(pool, "%s/%s", folder, best), why, sizeof why);
		if (found != NULL)
			return found;
		complaint_print(_("warning: %s; it is passed over, and the audit before "
				  "it is taken"),
		    why);
		snprintf(before, sizeof before, "%s", best);
	}
	return NULL;
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
