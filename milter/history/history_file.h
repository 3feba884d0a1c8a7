#ifndef HISTORY_HISTORY_FILE_H
#define HISTORY_HISTORY_FILE_H

#include "history/history_path.h"
#include "history/history_settings.h"
#include "history/ledger.h"

/*
 * The file of the history as it fares: opened, locked against a second daemon, tried
 * again after what went wrong, replaced where it is damaged.  One thread.
 */
struct history_file;

enum history_state {
	HISTORY_OK,
	HISTORY_WAITING, /* the file cannot be written now: tried again */
	HISTORY_PAUSED,  /* no room on the disk, or in the file */
	HISTORY_BROKEN   /* in use by another, or not for us: tried each minute */
};
#define HISTORY_STATE_COUNT (HISTORY_BROKEN + 1)

const char *history_file_state_name(enum history_state state); /* "ok", ... */

struct history_file_limits {
	struct ledger_limits ledger;
	int64_t free_bytes; /* disk space that is left to others */
};

/* Opens nothing yet.  ${path}, ${host} must outlive it. */
struct history_file *history_file_new(const char *path, const char *host);
void history_file_limit(struct history_file *file, const struct history_file_limits *l);

/*
 * The end of it.  What ${note} tells of as lost is kept for the next, if not written
 * before.  NULL: nothing.
 */
void history_file_free(struct history_file *file, const struct history_path_note *note);

/*
 * Write the facts from ${first} on, at most ${max} of them, in one transaction.  Returns
 * the one behind the last that is done with: ${first} itself if none is.  *refused: so
 * many of them can never be written.  Frees nothing.  Without facts: could some be?
 */
struct fact *history_file_write(
    struct history_file *file, struct fact *first, int max, unsigned *refused);

enum history_state history_file_state(const struct history_file *file);
const char *history_file_why(const struct history_file *file); /* unless it is ok */

/* Has the state, or what made it so, changed since it was told last?  A new file is ok.
 */
bool history_file_is_news(const struct history_file *file);
void history_file_told(struct history_file *file);

/* Is it paused for lack of room in the file itself, and not on the disk? */
bool history_file_is_full(const struct history_file *file);

/* When the oldest message in it was judged, UTC seconds; 0: there is none. */
int64_t history_file_oldest(const struct history_file *file);

/* How long to wait before the next try, in ms; 0 while the state is ok. */
int history_file_pause_ms(const struct history_file *file);

/* Note ${lost} messages as not remembered; false: cannot be written now. */
bool history_file_gap(struct history_file *file, int64_t begin_at, int64_t end_at,
    int64_t lost, const char *cause);

/* A step of what can wait; returns whether there is more.  ${now}: UTC seconds. */
bool history_file_tidy(struct history_file *file, int64_t now);

#endif
