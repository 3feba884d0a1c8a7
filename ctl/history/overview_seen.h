#ifndef CTL_HISTORY_OVERVIEW_SEEN_H
#define CTL_HISTORY_OVERVIEW_SEEN_H

#include "history/query.h"

struct overview;
struct pool;

/*
 * What of the overview is read from the messages themselves, in one pass: weak keys,
 * faults in SPF records, what each exception decided, and why senders of mixed mail fail.
 */
enum store_status overview_seen_gather(
    struct query *query, struct pool *pool, struct overview *overview);

#endif
