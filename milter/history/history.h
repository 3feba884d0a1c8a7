#ifndef HISTORY_HISTORY_H
#define HISTORY_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "history/history_file.h"
#include "history/history_loss.h"

/*
 * What the daemon remembers: messages hand in facts, one thread writes them to the file.
 * Mail never waits for the disk: what does not fit into the list is counted, said, and
 * becomes a gap in the file.  Any thread, but for open, change, stop and free.
 */
struct history;

struct history_options {
	const char *path;
	const char *host;
	size_t queue_bytes; /* memory for what is not written yet */
	struct history_file_limits limits;
};

/*
 * Start writing to ${path}.  What is wrong with the file is logged, is the state, and is
 * tried again.  After the last fork and the loss of privileges.  NULL with ${why}: there
 * is no thread to be had.
 */
struct history *history_open(
    const struct history_options *options, char *why, size_t whysize);

/*
 * Write what there is, for at most ${timeout_ms}; what is left then is counted, logged,
 * and a gap of the file.  What is pushed from here on is dropped.  NULL: nothing.
 */
void history_stop(struct history *history, int timeout_ms);

/* After history_stop(), and the last push.  NULL: nothing. */
void history_free(struct history *history);

/* New limits after a reload; the path stays. */
void history_change(struct history *history, const struct history_options *options);

/*
 * The settings that messages are judged by, for fact->settings: as config_print() says
 * them.  Texts are copied; what is returned lives until history_free().
 */
struct history_settings *history_settings(
    struct history *history, const char *version, const char *text);

/* Owns ${fact} (NULL: nothing), whose settings are set.  Never waits for the disk. */
void history_push(struct history *history, struct fact *fact);

/* What is known of it now, for metrics and status. */
struct history_counts {
	enum history_state state;
	uint64_t rows, commits, lost[HISTORY_CAUSE_COUNT];
	size_t queue_facts, queue_bytes;
	double commit_seconds;
	double queue_age_seconds; /* since when something waits to be written */
	int64_t oldest_at; /* of the oldest message in the file, UTC seconds; 0: none */
};

struct history_counts history_counts(struct history *history);

#endif
