#ifndef HISTORY_HISTORY_PATH_H
#define HISTORY_HISTORY_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The place of the history's file on the disk: its folder, its lock, what is put aside.
 * Knows nothing of what stands in it.
 */

/*
 * Could a daemon with our rights keep a history at ${path}, on a local file system with
 * ${free_bytes} free?  Takes and makes nothing.  False with ${why}.
 */
bool history_path_check(const char *path, int64_t free_bytes, char *why, size_t whysize);

/* Disk space that others may still take there; -1: it cannot be told. */
int64_t history_path_free_bytes(const char *path);

/*
 * Take ${path}.lock, which a second daemon cannot: a descriptor to close(), or -1 with
 * ${why}.  *held: another has it.
 */
int history_path_lock(const char *path, bool *held, char *why, size_t whysize);

/* Does a daemon keep a history there now?  It is tried, and not kept. */
bool history_path_is_held(const char *path);

/*
 * What a history that could not write to its file leaves for the next: kept in the lock
 * file, whose one block is there also on a disk that is full.
 */
struct history_path_note {
	uint64_t lost; /* 0: nothing is to be told */
	int64_t begin_at, end_at;
};

bool history_path_note(int lock, const struct history_path_note *note);
struct history_path_note history_path_noted(int lock);

/*
 * Rename a damaged ${path}, with what SQLite keeps beside it, to ${path}.broken-DATE and
 * remove all but one that was put aside before.  The new name is put into ${name}.
 */
bool history_path_put_aside(const char *path, char *name, size_t namesize);

#endif
