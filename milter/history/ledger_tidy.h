#ifndef HISTORY_LEDGER_TIDY_H
#define HISTORY_LEDGER_TIDY_H

#include "history/ledger.h"

/*
 * What the history's file wants done that can wait: counts by day, and the removal of
 * what is old.  Each call is one short transaction, so that no batch waits long for it.
 */

/*
 * Count at most 20,000 messages by day, each exactly once whenever we are stopped, or
 * remove at most 1000 rows of one kind that are too old at ${now}.
 */
enum store_status ledger_tidy_step(
    struct store *store, const struct ledger_limits *limits, int64_t now, bool *more);

/* Drop the oldest messages, and records that no message is left of.  *gone: how many. */
enum store_status ledger_tidy_shorten(struct store *store, int64_t *gone);

#endif
