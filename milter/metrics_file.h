#ifndef METRICS_FILE_H
#define METRICS_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct config;
struct parts_store;

/*
 * The setting Metrics: a thread writes a file anew each 15 s, whole, for others to read.
 * It follows the settings in force: where they name another file the old one goes.
 */
struct metrics_file;

/* After the last fork and the loss of privileges.  NULL with ${why}. */
struct metrics_file *metrics_file_open(
    struct parts_store *store, char *why, size_t whysize);

/* A reload was tried: counted, and gone by.  The thread that opened it. */
void metrics_file_reloaded(struct metrics_file *file, bool ok);

/* Before the parts are closed: ends the thread and removes what it wrote.  NULL: nothing.
 */
void metrics_file_close(struct metrics_file *file);

/* Could the file that ${config} names be written, by a user like us?  False: ${why}. */
bool metrics_file_check(const struct config *config, char *why, size_t whysize);

#endif
