#ifndef HISTORY_ERASE_H
#define HISTORY_ERASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/store.h"

/*
 * Taking away what is remembered (AVG/GDPR article 17), in steps so short that the daemon
 * that writes the same file never waits long.  One thread.
 */
#define ERASE_ROWS 1000 /* a step at most */

/* Take away the messages of ${ids} (at most ERASE_ROWS), and their steps. */
enum store_status erase_messages(struct store *store, const int64_t *ids, size_t count);

/*
 * Let the daily counts forget the name ${domain} (".domain": and those below it): what
 * was counted stands under "*" then.  *changed: how many counts.
 */
enum store_status erase_counted_name(
    struct store *store, const char *domain, int64_t *changed);

/*
 * Write the log of the file back and empty it, so that nothing stays in it.  *done: false
 * if another still reads.
 */
enum store_status erase_finish(struct store *store, bool *done);

#endif
