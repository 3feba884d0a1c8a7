#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "check/body_hash.h"
#include "ctl/audit/answer_text.h"
#include "ctl/audit/audit_folder.h"
#include "ctl/audit/audit_html.h"
#include "ctl/audit/audit_json.h"
#include "ctl/audit/result.h"
#include "ctl/complaint.h"
#include "ctl/replace.h"
#include "ctl/text.h"

#define FILE_MODE 0640
#define BEGIN "audit-"
#define SHAPE BEGIN "00000000T000000Z"
#define NAME_SIZE (sizeof SHAPE)

static void
name_of(time_t at, char name[NAME_SIZE])
{
	struct tm tm;

	if (gmtime_r(&at, &tm) == NULL ||
	    strftime(name, NAME_SIZE, BEGIN "%Y%m%dT%H%M%SZ", &tm) == 0)
		snprintf(name, NAME_SIZE, "%s", SHAPE);
}

static bool
is_audit(const char *name)
{
	const char *shape = SHAPE ".json";

	for (; *shape != '\0'; shape++, name++) {
		if (*shape == '0' ? *name < '0' || *name > '9' : *name != *shape)
			return false;
	}
	return *name == '\0';
}

const char *
audit_folder_newest(const char *folder, time_t now, struct pool *pool)
{
	char before[NAME_SIZE], best[NAME_MAX + 1] = "";
	const struct dirent *entry;
	DIR *dir = opendir(folder);

	if (dir == NULL)
		return NULL;
	name_of(now, before);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own */
	while ((entry = readdir(dir)) != NULL) {
		if (is_audit(entry->d_name) &&
		    strncmp(entry->d_name, before, strlen(before)) < 0 &&
		    strcmp(entry->d_name, best) > 0)
			snprintf(best, sizeof best, "%s", entry->d_name);
	}
	closedir(dir);
	return *best != '\0' ? pool_printf(pool, "%s/%s", folder, best) : NULL;
}

/* *digest: the SHA-256 of what is written. */
static bool
write_json(
    const char *base, const struct result *r, const char **digest, struct pool *pool)
{
	unsigned char hash[DKIM_HASH_SIZE];
	struct text text = { 0 };
	bool ok;

	audit_json_write(&text, r, pool);
	body_hash_octets(text.data, text.len, hash);
	*digest = answer_text_hex(hash, sizeof hash, pool);
	ok = replace_file(
	    pool_printf(pool, "%s.json", base), text.data, text.len, FILE_MODE);
	text_free(&text);
	return ok;
}

static bool
write_page(const char *base, const struct audit_html *page, struct pool *pool)
{
	char *text = NULL;
	size_t len;
	FILE *out;
	bool ok;

	if (!language_choose(page->language)) {
		complaint_print(
		    _("the texts in the language %s are not installed"), page->language);
		return false;
	}
	out = open_memstream(&text, &len);
	if (out == NULL)
		abort(); /* out of memory */
	audit_html_write(out, page, pool);
	fclose(out);
	ok = replace_file(
	    pool_printf(pool, "%s.%s.html", base, page->language), text, len, FILE_MODE);
	free(text);
	return ok;
}

bool
audit_folder_write(const char *folder, const struct result *r, struct pool *pool)
{
	struct audit_html page = { .result = r };
	char name[NAME_SIZE];
	const char *base;
	bool nl, en;

	name_of(r->made, name);
	base = pool_printf(pool, "%s/%s", folder, name);
	if (!write_json(base, r, &page.digest, pool))
		return false;
	page.language = "nl";
	nl = write_page(base, &page, pool);
	page.language = "en";
	en = write_page(base, &page, pool);
	return nl && en;
}
