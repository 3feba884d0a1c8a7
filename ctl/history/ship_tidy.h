#ifndef CTL_HISTORY_SHIP_TIDY_H
#define CTL_HISTORY_SHIP_TIDY_H

#include <stddef.h>
#include <stdint.h>

#include "history/store.h"

struct config;
struct shared;

/* What the server knows of this host's file, and what goes from there again. */
struct ship_tidy_file {
	int64_t id, created;
	const char *host;
};

/* The host's row in table host, with the time of now. */
enum store_status ship_tidy_host(
    struct shared *shared, const struct ship_tidy_file *file);

/* All that its file held when ship_tidy_host() was called is there. */
enum store_status ship_tidy_complete(
    struct shared *shared, const struct ship_tidy_file *file);

/*
 * Once an hour: what is older than ${config} lets it be, of this file and of those from
 * which nothing came for as long, since nobody else would take it away.
 */
enum store_status ship_tidy_old(struct shared *shared, const struct ship_tidy_file *file,
    const struct config *config);

/*
 * Take away messages of the shared history with their steps: ${count} pairs of file and
 * id.  One transaction.
 */
struct ship_tidy_row {
	int64_t file, id;
};
enum store_status ship_tidy_erase(
    struct shared *shared, const struct ship_tidy_row *rows, size_t count);

#endif
