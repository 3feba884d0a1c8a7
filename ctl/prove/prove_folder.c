#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "ctl/complaint.h"
#include "ctl/digest.h"
#include "ctl/evidence.h"
#include "ctl/prove/prove_folder.h"
#include "ctl/prove/prove_html.h"
#include "ctl/prove/prove_json.h"
#include "ctl/prove/prove_result.h"
#include "ctl/replace.h"
#include "ctl/text.h"

#define FILE_MODE 0640
#define FOLDER_MODE 0750
#define NAME_SIZE 40

static bool
write_json(const char *base, const struct prove_result *p, const char **digest,
    struct pool *pool)
{
	struct text text = { 0 };
	bool fine;

	prove_json_write(&text, p, pool);
	*digest = digest_sha256(text.data, text.len, pool);
	fine = replace_file(
	    pool_printf(pool, "%s.json", base), text.data, text.len, FILE_MODE);
	text_free(&text);
	return fine;
}

static bool
write_page(const char *base, const struct prove_html *page, struct pool *pool)
{
	char *text = NULL;
	size_t len;
	FILE *out;
	bool fine;

	/* The JSON is the record; a host without translations has it as well. */
	if (!language_choose(page->language)) {
		complaint_print(
		    _("the texts in the language %s are not installed"), page->language);
		return true;
	}
	out = open_memstream(&text, &len);
	if (out == NULL)
		abort(); /* out of memory */
	prove_html_write(out, page, pool);
	fclose(out);
	fine = replace_file(
	    pool_printf(pool, "%s.%s.html", base, page->language), text, len, FILE_MODE);
	free(text);
	return fine;
}

bool
prove_folder_write(const char *folder, const struct prove_result *p, struct pool *pool)
{
	struct prove_html page = { .proof = p };
	char name[NAME_SIZE];
	const char *base;
	struct tm tm;
	bool nl, en;

	if (!replace_make_folder(folder, FOLDER_MODE) ||
	    gmtime_r(&p->made, &tm) == NULL ||
	    strftime(name, sizeof name, EVIDENCE_NAME, &tm) == 0)
		return false;
	base = pool_printf(pool, "%s/%s", folder, name);
	if (!write_json(base, p, &page.digest, pool))
		return false;
	page.language = "nl";
	nl = write_page(base, &page, pool);
	page.language = "en";
	en = write_page(base, &page, pool);
	return nl && en;
}
