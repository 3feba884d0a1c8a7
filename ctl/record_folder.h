#ifndef CTL_RECORD_FOLDER_H
#define CTL_RECORD_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

struct pool;
struct text;

/*
 * Where records of a kind are kept: KIND-20261130T021500Z.json, UTC, and pages of that
 * name in Dutch and English.
 */
#define RECORD_FOLDER_NAME_SIZE (NAME_MAX + 1)

/* KIND-20261130T021500Z: records of a kind sort by it. */
void record_folder_name(
    const char *kind, time_t made, char name[RECORD_FOLDER_NAME_SIZE]);

/*
 * Into ${best} the newest record of a kind in ${folder} that is newer than ${best} (""
 * for any) and older than ${before} (NULL: however new).  False: there is none; a folder
 * that is NULL or cannot be read has none, and errno says why it cannot (0: it can).
 */
bool record_folder_newer(const char *folder, const char *kind, const char *before,
    char best[RECORD_FOLDER_NAME_SIZE]);

struct record_folder_page {
	const void *record;
	const char *language; /* "nl" or "en", which is spoken */
	const char *digest;   /* SHA-256 of the same as JSON */
};

struct record_folder_entry {
	const char *kind;
	time_t made;
	const void *record;
	void (*write_json)(struct text *out, const void *record, struct pool *pool);
	void (*write_page)(
	    FILE *out, const struct record_folder_page *page, struct pool *pool);
	bool json_suffices; /* where the texts of a language are not installed */
};

/* Write JSON and pages; false, which has been said: not all of them.  As root it may give
 * up being that: it comes last. */
bool record_folder_write(
    const char *folder, const struct record_folder_entry *entry, struct pool *pool);

#endif
