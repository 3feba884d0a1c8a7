#include <stdio.h>

#include "ctl/evidence.h"
#include "ctl/prove/prove_folder.h"
#include "ctl/prove/prove_html.h"
#include "ctl/prove/prove_json.h"
#include "ctl/prove/prove_result.h"
#include "ctl/record_folder.h"
#include "ctl/replace.h"

#define FOLDER_MODE 0750

static void
write_json(struct text *out, const void *record, struct pool *pool)
{
	prove_json_write(out, record, pool);
}

static void
write_page(FILE *out, const struct record_folder_page *page, struct pool *pool)
{
	prove_html_write(out,
	    &(struct prove_html){ .proof = page->record,
		.language = page->language,
		.digest = page->digest },
	    pool);
}

bool
prove_folder_write(const char *folder, const struct prove_result *p, struct pool *pool)
{
	const struct record_folder_entry entry = { .kind = EVIDENCE_KIND,
		.made = p->made,
		.record = p,
		.write_json = write_json,
		.write_page = write_page,
		/* The JSON is what the audit reads, with translations or without. */
		.json_suffices = true };

	return replace_make_folder(folder, FOLDER_MODE) &&
	       record_folder_write(folder, &entry, pool);
}
