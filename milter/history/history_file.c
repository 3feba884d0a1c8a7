#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"
#include "history/history_file.h"

#define WHY_OCTETS 512
#define PAUSE_MIN_MS 1000
#define PAUSE_MAX_MS 60000
/* Retention writes to the disk too: below this nothing of ours is touched. */
#define TIDY_FREE_BYTES (32LL * 1024 * 1024)
/* A disk that damages what is written must not fill itself with what is put aside. */
#define ASIDE_AGAIN_MS 60000
/* A batch may need more room than the first messages that go give back. */
#define SHORTEN_STEPS 16

struct history_file {
	const char *path, *host;
	struct history_file_limits limits;
	struct ledger *ledger; /* NULL: not open */
	int lock;              /* -1: not held */
	enum history_state state;
	char why[WHY_OCTETS];
	bool full;
	int pause_ms;
	unsigned generation;
	enum history_state told; /* last, and why it was so */
	char told_why[WHY_OCTETS];
	bool told_short; /* that the oldest go early */
	bool was_ours;   /* we had it open before: no other's crash is to be told */
	bool was_aside;
	struct timespec aside; /* when one was put aside last */
	int64_t oldest_at;     /* of its messages; 0: none, or not looked */
	dev_t device;          /* which file it is that is open */
	ino_t inode;
	bool was_removed;     /* and no gap says so yet */
	int64_t removed_from; /* the oldest message that was in it, or now */
};

const char *
history_file_state_name(enum history_state state)
{
	static const char *const names[] = {
		[HISTORY_OK] = "ok",
		[HISTORY_WAITING] = "waiting",
		[HISTORY_PAUSED] = "paused",
		[HISTORY_BROKEN] = "broken",
	};

	return names[state];
}

struct history_file *
history_file_new(const char *path, const char *host)
{
	struct history_file *f = mem_alloc(sizeof *f);

	f->path = path;
	f->host = host;
	f->lock = -1;
	return f;
}

static void
close_ledger(struct history_file *f, bool orderly)
{
	ledger_close(f->ledger, orderly);
	f->ledger = NULL;
	f->oldest_at = 0;
}

void
history_file_free(struct history_file *f, const struct history_path_note *note)
{
	bool orderly;

	if (f == NULL)
		return;
	orderly = note->lost == 0 || (f->lock != -1 && history_path_note(f->lock, note));
	close_ledger(f, orderly);
	if (f->lock != -1)
		close(f->lock);
	free(f);
}

void
history_file_limit(struct history_file *f, const struct history_file_limits *limits)
{
	f->limits = *limits;
	if (f->ledger != NULL)
		ledger_limit(f->ledger, &limits->ledger);
}

enum history_state
history_file_state(const struct history_file *f)
{
	return f->state;
}

const char *
history_file_why(const struct history_file *f)
{
	return f->why;
}

/* But for numbers: how much is free on a disk is another each time. */
static bool
is_same_reason(const char *a, const char *b)
{
	static const char digits[] = "0123456789";

	for (;; a++, b++) {
		a += strspn(a, digits);
		b += strspn(b, digits);
		if (*a != *b || *a == '\0')
			return *a == *b;
	}
}

bool
history_file_is_news(const struct history_file *f)
{
	return f->state != f->told ||
	       (f->state != HISTORY_OK && !is_same_reason(f->why, f->told_why));
}

void
history_file_told(struct history_file *f)
{
	f->told = f->state;
	memcpy(f->told_why, f->why, sizeof f->told_why);
}

bool
history_file_is_full(const struct history_file *f)
{
	return f->state == HISTORY_PAUSED && f->full;
}

int64_t
history_file_oldest(const struct history_file *f)
{
	return f->oldest_at;
}

int
history_file_pause_ms(const struct history_file *f)
{
	return f->state == HISTORY_OK ? 0 : f->pause_ms;
}

/* A figure for people: where it cannot be had, that is no trouble of its own. */
static void
look_oldest(struct history_file *f)
{
	if (ledger_oldest(f->ledger, &f->oldest_at) != STORE_OK)
		f->oldest_at = 0;
}

static void
set_ok(struct history_file *f)
{
	if (f->oldest_at == 0)
		look_oldest(f);
	f->state = HISTORY_OK;
	f->pause_ms = 0;
	f->full = false;
}

/* Longer and longer pauses between tries; ${f->why} is set. */
static void
set_state(struct history_file *f, enum history_state state)
{
	f->pause_ms = f->pause_ms == 0 ? PAUSE_MIN_MS : 2 * f->pause_ms;
	if (f->pause_ms > PAUSE_MAX_MS || state == HISTORY_BROKEN)
		f->pause_ms = PAUSE_MAX_MS;
	f->state = state;
}

/* Which file has the name now; false: none.  All 0: there is no telling. */
static bool
look_at(const struct history_file *f, struct stat *file)
{
	if (stat(f->path, file) == 0)
		return true;
	memset(file, 0, sizeof *file);
	/* What cannot be looked at is no proof. */
	return errno != ENOENT && errno != ENOTDIR;
}

/* What is gone from under us takes its messages with it: the next file says so. */
static void
tell_removed(struct history_file *f)
{
	if (f->was_removed &&
	    ledger_gap(f->ledger, f->removed_from, time(NULL), -1, "removed") == STORE_OK)
		f->was_removed = false;
}

static enum store_status
open_once(struct history_file *f)
{
	struct history_path_note note = history_path_noted(f->lock), none = { 0 };
	struct ledger_before before = { .ours = f->was_ours,
		.lost = note.lost,
		.begin_at = note.begin_at,
		.end_at = note.end_at };
	enum store_status status = STORE_OK;
	struct stat file;

	f->ledger =
	    ledger_open(f->path, f->host, &before, &status, f->why, sizeof f->why);
	if (f->ledger == NULL)
		return status;
	if (note.lost > 0)
		history_path_note(f->lock, &none);
	f->generation++;
	ledger_limit(f->ledger, &f->limits.ledger);
	f->was_ours = true;
	look_at(f, &file);
	f->device = file.st_dev;
	f->inode = file.st_ino;
	tell_removed(f);
	return STORE_OK;
}

/* Was one put aside just now, so that the disk is what is wrong? */
static bool
is_too_soon(struct history_file *f)
{
	struct timespec now = deadline_in(0);

	return f->was_aside && deadline_ms_between(&f->aside, &now) < ASIDE_AGAIN_MS;
}

/* A damaged file makes room for a new one, and remains for who wants to look. */
static void
replace(struct history_file *f)
{
	char name[WHY_OCTETS];
	int64_t now = time(NULL);

	close_ledger(f, false);
	if (is_too_soon(f) || !history_path_put_aside(f->path, name, sizeof name)) {
		set_state(f, HISTORY_WAITING);
		return;
	}
	f->was_aside = true;
	f->aside = deadline_in(0);
	log_error(
	    "history: %s: put aside as %s, and a new one is begun; sqlite3 %s .recover "
	    "shows what can be read of it",
	    f->why, name, name);
	if (open_once(f) != STORE_OK) {
		set_state(f, HISTORY_WAITING);
		return;
	}
	ledger_gap(f->ledger, now, now, -1, "corrupt");
	set_ok(f);
}

/* The store failed: which state that is, and what can be done at once. */
static void
take_failure(struct history_file *f, enum store_status status)
{
	f->full = false;
	switch (status) {
	case STORE_CORRUPT:
		replace(f);
		return;
	case STORE_FOREIGN:
		close_ledger(f, false);
		set_state(f, HISTORY_BROKEN);
		return;
	case STORE_FULL:
		f->full = history_path_free_bytes(f->path) > f->limits.free_bytes;
		set_state(f, HISTORY_PAUSED);
		return;
	case STORE_IO:
		close_ledger(f, false);
		set_state(f, HISTORY_WAITING);
		return;
	default:
		set_state(f, HISTORY_WAITING);
	}
}

/*
 * Somebody removed, moved or replaced it while it is open: what is written on would be
 * seen by nobody.  The lock may have gone the same way.
 */
static void
forsake(struct history_file *f)
{
	log_error("history: %s was removed or replaced while in use: a new one is begun",
	    f->path);
	f->removed_from = f->oldest_at > 0 ? f->oldest_at : time(NULL);
	f->was_removed = true;
	close_ledger(f, false);
	close(f->lock);
	f->lock = -1;
}

/* Is what is open still the file of that name, and has it something in it? */
static void
look_again(struct history_file *f)
{
	struct stat file;

	if (!look_at(f, &file) ||
	    (file.st_ino != 0 && (file.st_dev != f->device || file.st_ino != f->inode)))
		forsake(f);
	else if (file.st_ino != 0 && file.st_size == 0) {
		snprintf(f->why, sizeof f->why, "%s was emptied while in use", f->path);
		take_failure(f, STORE_CORRUPT);
	}
}

static bool
is_open(struct history_file *f)
{
	enum store_status status;
	bool held;

	if (f->ledger != NULL)
		look_again(f);
	if (f->ledger != NULL)
		return true;
	if (f->lock == -1)
		f->lock = history_path_lock(f->path, &held, f->why, sizeof f->why);
	if (f->lock == -1) {
		set_state(f, held ? HISTORY_BROKEN : HISTORY_WAITING);
		return false;
	}
	status = open_once(f);
	if (status != STORE_OK)
		take_failure(f, status);
	return f->ledger != NULL;
}

/* The history must never fill the disk that holds the mail spool. */
static bool
has_room(struct history_file *f)
{
	int64_t left = history_path_free_bytes(f->path);

	if (left == -1 || left >= f->limits.free_bytes)
		return true;
	snprintf(f->why, sizeof f->why,
	    "%s: only %lld MB are free on its disk (HistoryMinimumFreeMB)", f->path,
	    (long long)(left >> 20));
	set_state(f, HISTORY_PAUSED);
	f->full = false;
	return false;
}

static enum store_status
find_settings(struct history_file *f, struct history_settings *s)
{
	enum store_status status = STORE_OK;

	if (s->generation != f->generation) {
		status = ledger_settings(f->ledger, s->version, s->text, &s->id);
		if (status == STORE_OK)
			s->generation = f->generation;
	}
	return status;
}

static enum store_status
add(struct history_file *f, const struct fact *fact, unsigned *refused)
{
	enum store_status status = find_settings(f, fact->settings);

	if (status == STORE_OK)
		status = ledger_add(f->ledger, fact, fact->settings->id);
	if (status != STORE_REFUSED)
		return status;
	/* One that nobody foresaw must not hold up all that come behind it. */
	(*refused)++;
	return STORE_OK;
}

/* *end: behind the last of the transaction. */
static enum store_status
write_once(struct history_file *f, struct fact *first, int max, struct fact **end,
    unsigned *refused)
{
	enum store_status status = ledger_begin(f->ledger);
	struct fact *fact = first;

	*refused = 0;
	for (; status == STORE_OK && fact != NULL && max > 0; fact = fact->next, max--)
		status = add(f, fact, refused);
	if (status == STORE_OK)
		status = ledger_commit(f->ledger);
	if (status == STORE_OK) {
		*end = fact;
		return STORE_OK;
	}
	snprintf(f->why, sizeof f->why, "%s: %s", f->path, ledger_error(f->ledger));
	ledger_rollback(f->ledger, status);
	f->generation++; /* ids of settings that were undone */
	*refused = 0;
	return status;
}

/* The file has reached its size, and the disk has not: the oldest go. */
static bool
shorten(struct history_file *f)
{
	int64_t gone = 0;

	if (ledger_shorten(f->ledger, &gone) != STORE_OK || gone == 0)
		return false;
	if (!f->told_short)
		log_warning("history: %s has reached HistoryMaximumMB: the oldest "
			    "messages are removed "
			    "before their HistoryDays",
		    f->path);
	f->told_short = true;
	f->oldest_at = 0;
	return true;
}

struct fact *
history_file_write(struct history_file *f, struct fact *first, int max, unsigned *refused)
{
	struct fact *end = first;
	enum store_status status = STORE_OK;

	*refused = 0;
	if (!is_open(f) || !has_room(f))
		return first;
	if (first != NULL) {
		status = write_once(f, first, max, &end, refused);
		for (int i = 0; status == STORE_FULL && i < SHORTEN_STEPS; i++) {
			if (!shorten(f))
				break;
			status = write_once(f, first, max, &end, refused);
		}
	}
	if (status == STORE_OK)
		set_ok(f);
	else
		take_failure(f, status);
	return end;
}

bool
history_file_gap(struct history_file *f, int64_t begin_at, int64_t end_at, int64_t lost,
    const char *cause)
{
	return f->state == HISTORY_OK && f->ledger != NULL &&
	       ledger_gap(f->ledger, begin_at, end_at, lost, cause) == STORE_OK;
}

bool
history_file_tidy(struct history_file *f, int64_t now)
{
	int64_t left = history_path_free_bytes(f->path);
	enum store_status status;
	bool more = false;

	if (f->ledger == NULL || (left != -1 && left < TIDY_FREE_BYTES))
		return false;
	status = ledger_tidy(f->ledger, now, &more);
	f->generation++; /* settings that no message was left of may be gone */
	if (status == STORE_CORRUPT) {
		snprintf(
		    f->why, sizeof f->why, "%s: %s", f->path, ledger_error(f->ledger));
		take_failure(f, status);
	}
	if (f->ledger != NULL)
		look_oldest(f);
	return status == STORE_OK && more;
}
