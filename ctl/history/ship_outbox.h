#ifndef CTL_HISTORY_SHIP_OUTBOX_H
#define CTL_HISTORY_SHIP_OUTBOX_H

#include <stdint.h>

#include "history/store.h"

struct pool;
struct shared;

/*
 * What this host's file says of itself, and how much of it the server has: in its table
 * meta, written only once the server has it for sure.
 */
struct ship_outbox {
	int64_t file_id, created;
	const char *host;
	int64_t shipped_id;  /* of messages */
	int64_t shipped_gap; /* of gaps */
};

enum store_status ship_outbox_open(
    struct store *store, struct pool *pool, struct ship_outbox *outbox);

/* Messages up to that one are there. */
enum store_status ship_outbox_shipped(
    struct store *store, struct ship_outbox *outbox, int64_t id);

/* The file gets another number: what it ships from now on stands under that. */
enum store_status ship_outbox_rename(struct store *store, struct ship_outbox *outbox);

/* *at: of the oldest message that is not there yet; it stays where there is none. */
enum store_status ship_outbox_oldest(
    struct store *store, const struct ship_outbox *outbox, int64_t *at);

/* Ship the gaps.  Who failed, if anybody did. */
enum ship_outbox_result { SHIP_OUTBOX_OK, SHIP_OUTBOX_FILE, SHIP_OUTBOX_SERVER };
enum ship_outbox_result ship_outbox_gaps(
    struct store *store, struct ship_outbox *outbox, struct shared *shared);

#endif
