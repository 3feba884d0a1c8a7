#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/oserror.h"
#include "base/pool.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/proven.h"
#include "ctl/audit/server.h"
#include "ctl/evidence.h"
#include "ctl/json.h"
#include "ctl/record_folder.h"
#include "ctl/text.h"

#define FILE_OCTETS ((size_t)1024 * 1024)
#define DAY 86400
#define UNREAD_MAX 100 /* and the older ones behind them are not looked for */

/* A file in a folder. */
struct place {
	const char *folder;
	uid_t owner; /* of the folder */
	char name[RECORD_FOLDER_NAME_SIZE];
};

static void
tell_unread(
    struct server_proof *proof, const char *path, const char *why, struct pool *pool)
{
	if (proof->unread == NULL) {
		proof->unread = pool_strdup(pool, path);
		proof->unread_why = why;
	}
}

/* Into ${best} what is newer than it in ${folder}, of what comes before ${before}. */
static void
find_newer(const char *folder, const char *before, struct place *best,
    struct server_proof *proof, struct pool *pool)
{
	struct stat st;

	if (record_folder_newer(folder, EVIDENCE_KIND, before, best->name) &&
	    stat(folder, &st) == 0) {
		best->folder = folder;
		best->owner = st.st_uid;
	} else if (folder != NULL && errno != 0 && errno != ENOENT) {
		tell_unread(proof, folder, pool_strdup(pool, oserror_text(errno)), pool);
	}
}

/* Where everybody may write, others can put files of theirs. */
static bool
is_believed(const struct place *place, const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid() || st->st_uid == place->owner;
}

/* The file that the program wrote, and no link to another one.  NULL with *why. */
static char *
read_file(const struct place *place, const char *path, size_t *len, const char **why,
    struct pool *pool)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char *data = NULL;

	*why = NULL;
	if (fd == -1 || fstat(fd, &st) == -1)
		*why = pool_strdup(pool, oserror_text(errno));
	else if (!S_ISREG(st.st_mode))
		*why = N_("is not a file");
	else if (!is_believed(place, &st))
		*why = N_("belongs to another user");
	if (*why == NULL) {
		data = file_read_all(fd, FILE_OCTETS, len);
		if (data == NULL)
			*why = pool_strdup(pool, oserror_text(errno));
	}
	if (fd != -1)
		close(fd);
	return data;
}

static enum server_proven
verdict_of(const char *word)
{
	if (strcmp(word, "met") == 0)
		return SERVER_PROVEN_MET;
	return strcmp(word, "not_met") == 0 ? SERVER_PROVEN_NOT_MET : SERVER_PROVEN_NOT;
}

/* How evidence of that time is called. */
static const char *
name_of(time_t made, struct pool *pool)
{
	char name[RECORD_FOLDER_NAME_SIZE];

	record_folder_name(EVIDENCE_KIND, made, name);
	return pool_printf(pool, "%s.json", name);
}

/* False: it is not what the program would have written there. */
static bool
take(struct server_proof *to, const struct json_proof *proof, const char *name,
    time_t now, struct pool *pool)
{
	const int64_t made = earlier_time_read(proof->made);

	if (made == 0 || strcmp(name_of((time_t)made, pool), name) != 0)
		return false;
	to->verdict = verdict_of(proof->verdict);
	name += strlen(EVIDENCE_KIND "-");
	to->day = pool_printf(pool, "%.4s-%.2s-%.2s", name, name + 4, name + 6);
	to->is_fresh = (int64_t)now - made <= (int64_t)SERVER_PROOF_DAYS * DAY;
	return true;
}

static bool
look_at(struct server *s, const struct place *place, time_t now, struct pool *pool)
{
	const char *path = pool_printf(pool, "%s/%s", place->folder, place->name), *why;
	struct json_proof proof;
	size_t len;
	char *text = read_file(place, path, &len, &why, pool);
	bool good = text != NULL && json_read_proof(text, len, &proof) &&
		    take(&s->proof, &proof, place->name, now, pool);

	if (good)
		s->proof.same_settings =
		    s->settings_sha256 != NULL &&
		    strcmp(proof.settings_sha256, s->settings_sha256) == 0;
	else
		tell_unread(&s->proof, path,
		    text != NULL ? N_("is not evidence of beschermctl prove") : why,
		    pool);
	free(text);
	return good;
}

void
proven_look(struct server *s, const char *folder, time_t now, struct pool *pool)
{
	/* What is of the day after tomorrow is of a clock that went wrong. */
	const char *before = name_of(now + DAY + 1, pool);

	for (int i = 0; i < UNREAD_MAX; i++) {
		struct place best = { .name = "" };

		find_newer(EVIDENCE_FOLDER, before, &best, &s->proof, pool);
		find_newer(folder, before, &best, &s->proof, pool);
		if (best.folder == NULL || look_at(s, &best, now, pool))
			return;
		before = pool_strdup(pool, best.name);
	}
}
