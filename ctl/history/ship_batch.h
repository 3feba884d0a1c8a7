#ifndef CTL_HISTORY_SHIP_BATCH_H
#define CTL_HISTORY_SHIP_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "history/store.h"

struct shared;

/*
 * Some messages of this host's file with all that they refer to, and their way into the
 * shared history: one transaction there.  Sent twice they stand there once.
 */
#define SHIP_BATCH_ROWS 2000 /* with 500 the server takes a half more time a row */

enum ship_table { SHIP_CONF, SHIP_POLICY, SHIP_MESSAGE, SHIP_TRACE, SHIP_TABLES };

struct ship_batch {
	int64_t file_id;
	int64_t after; /* messages with a greater id, */
	int64_t last;  /* up to this one: where ship_batch_read() ends */
	size_t count;  /* messages read */
	int64_t newest_at;
	int64_t clash; /* the first that stands there as another one; 0: none does */
	struct text lines[SHIP_TABLES];
	struct text select,
	    insert; /* the statements: of the first, its address is its name */
};

/* What takes the lines on the server, once a connection. */
enum store_status ship_batch_prepare(struct shared *shared);

/* The next messages behind ${after}, none behind ${last}, which becomes the last read. */
enum store_status ship_batch_read(struct store *store, struct ship_batch *batch);

/* clash is set where nothing was written, as the file is a copy of another. */
enum store_status ship_batch_send(struct shared *shared, struct ship_batch *batch);

void ship_batch_clear(struct ship_batch *batch); /* frees its texts */

#endif
