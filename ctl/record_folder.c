#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "ctl/complaint.h"
#include "ctl/digest.h"
#include "ctl/record_folder.h"
#include "ctl/replace.h"
#include "ctl/text.h"

#define FILE_MODE 0640
#define NO_TIME "00000000T000000Z"

void
record_folder_name(const char *kind, time_t made, char name[RECORD_FOLDER_NAME_SIZE])
{
	char when[sizeof NO_TIME];
	struct tm tm;

	if (gmtime_r(&made, &tm) == NULL ||
	    strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &tm) == 0)
		memcpy(when, NO_TIME, sizeof when);
	snprintf(name, RECORD_FOLDER_NAME_SIZE, "%s-%s", kind, when);
}

static bool
is_record(const char *name, const char *kind)
{
	const size_t len = strlen(kind);
	const char *shape = "-" NO_TIME ".json"; /* 0: any digit */

	if (strncmp(name, kind, len) != 0)
		return false;
	for (name += len; *shape != '\0'; shape++, name++) {
		if (*shape == '0' ? *name < '0' || *name > '9' : *name != *shape)
			return false;
	}
	return *name == '\0';
}

bool
record_folder_newer(const char *folder, const char *kind, const char *before,
    char best[RECORD_FOLDER_NAME_SIZE])
{
	const struct dirent *entry;
	bool found = false;
	DIR *dir = folder != NULL ? opendir(folder) : NULL;

	if (dir == NULL)
		return false;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own */
	while ((entry = readdir(dir)) != NULL) {
		if (!is_record(entry->d_name, kind) || strcmp(entry->d_name, best) <= 0 ||
		    (before != NULL &&
			strncmp(entry->d_name, before, strlen(before)) >= 0))
			continue;
		snprintf(best, RECORD_FOLDER_NAME_SIZE, "%s", entry->d_name);
		found = true;
	}
	closedir(dir);
	errno = 0;
	return found;
}

static bool
write_json(const char *base, const struct record_folder_entry *e, const char **digest,
    struct pool *pool)
{
	struct text text = { 0 };
	bool fine;

	e->write_json(&text, e->record, pool);
	*digest = digest_sha256(text.data, text.len, pool);
	fine = replace_file(
	    pool_printf(pool, "%s.json", base), text.data, text.len, FILE_MODE);
	text_free(&text);
	return fine;
}

static bool
write_page(const char *base, const struct record_folder_entry *e,
    const struct record_folder_page *page, struct pool *pool)
{
	char *text = NULL;
	size_t len;
	FILE *out;
	bool fine;

	if (!language_choose(page->language)) {
		complaint_print(
		    _("the texts in the language %s are not installed"), page->language);
		return e->json_suffices;
	}
	out = open_memstream(&text, &len);
	if (out == NULL)
		abort(); /* out of memory */
	e->write_page(out, page, pool);
	fclose(out);
	fine = replace_file(
	    pool_printf(pool, "%s.%s.html", base, page->language), text, len, FILE_MODE);
	free(text);
	return fine;
}

bool
record_folder_write(
    const char *folder, const struct record_folder_entry *e, struct pool *pool)
{
	struct record_folder_page page = { .record = e->record };
	char name[RECORD_FOLDER_NAME_SIZE];
	const char *base;
	bool nl, en;

	record_folder_name(e->kind, e->made, name);
	base = pool_printf(pool, "%s/%s", folder, name);
	if (!write_json(base, e, &page.digest, pool))
		return false;
	page.language = "nl";
	nl = write_page(base, e, &page, pool);
	page.language = "en";
	en = write_page(base, e, &page, pool);
	return nl && en;
}
