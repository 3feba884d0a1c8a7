#ifndef CTL_HISTORY_HELD_MATCH_H
#define CTL_HISTORY_HELD_MATCH_H

#include "history/store.h"

struct pool;
struct query;
struct query_row;
struct queue_item;

/*
 * The message of the history that the filter had Postfix hold as ${item}: of its queue
 * id and of its time, as ids are used again.  *row, in ${pool}: NULL where there is none,
 * and another holds it (an access map, the postmaster).
 */
enum store_status held_match_find(struct query *query, const struct queue_item *item,
    struct pool *pool, const struct query_row **row);

#endif
