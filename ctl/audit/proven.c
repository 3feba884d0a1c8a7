#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/pool.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/proven.h"
#include "ctl/audit/server.h"
#include "ctl/evidence.h"
#include "ctl/json.h"
#include "ctl/record_folder.h"

#define FILE_OCTETS ((size_t)1024 * 1024)
#define DAY 86400

static enum server_proven
verdict_of(const char *word)
{
	if (strcmp(word, "met") == 0)
		return SERVER_PROVEN_MET;
	return strcmp(word, "not_met") == 0 ? SERVER_PROVEN_NOT_MET : SERVER_PROVEN_NOT;
}

static void
take(struct server_proof *to, const struct json_proof *proof, const char *settings,
    time_t now, struct pool *pool)
{
	const int64_t made = earlier_time_read(proof->made);

	if (made == 0)
		return;
	to->verdict = verdict_of(proof->verdict);
	to->day = pool_strndup(pool, proof->made, strcspn(proof->made, "T"));
	/* What is of tomorrow is of a clock that goes wrong. */
	to->is_fresh = made <= (int64_t)now + DAY &&
		       (int64_t)now - made <= (int64_t)SERVER_PROOF_DAYS * DAY;
	to->same_settings =
	    settings != NULL && strcmp(proof->settings_sha256, settings) == 0;
}

void
proven_look(struct server *s, const char *folder, time_t now, struct pool *pool)
{
	char best[RECORD_FOLDER_NAME_SIZE] = "", why[PATH_MAX + 200];
	const char *where = NULL;
	struct json_proof proof;
	char *text;
	size_t len;

	if (record_folder_newer(EVIDENCE_FOLDER, EVIDENCE_KIND, NULL, best))
		where = EVIDENCE_FOLDER;
	if (record_folder_newer(folder, EVIDENCE_KIND, NULL, best))
		where = folder;
	if (where == NULL)
		return;
	text = file_read(
	    pool_printf(pool, "%s/%s", where, best), FILE_OCTETS, &len, why, sizeof why);
	if (text != NULL && json_read_proof(text, len, &proof))
		take(&s->proof, &proof, s->settings_sha256, now, pool);
	free(text);
}
