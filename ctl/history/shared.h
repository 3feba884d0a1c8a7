#ifndef CTL_HISTORY_SHARED_H
#define CTL_HISTORY_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/query_source.h"
#include "history/store.h"

/*
 * A connection to the PostgreSQL that several hosts share (HistoryShared).  shared_pg.c
 * is the only file that knows its library; a build without it has shared_none.c, which
 * says so.  No call waits for ever: a server that does not answer is away.  One thread.
 *
 * STORE_BUSY: it is away, or lets us in no more; STORE_FOREIGN: what is there is no
 * history of this version; STORE_FULL: its disk is; STORE_REFUSED: it does not let us;
 * STORE_IO: another error of it.
 */
struct shared;

bool shared_is_built(void);

/*
 * Connect by ${conninfo} and look whether the tables are there and ours; a statement may
 * take ${seconds}.  NULL with *status and ${why}.
 */
struct shared *shared_open(const char *conninfo, int seconds, enum store_status *status,
    char *why, size_t whysize);
void shared_close(struct shared *shared); /* NULL: nothing */

const char *shared_error(const struct shared *shared); /* what went wrong last, a line */

/* Statements without parameters and without an answer. */
enum store_status shared_script(struct shared *shared, const char *sql);

/*
 * One statement; parameters are $1, to be cast where they are no text.  For each row
 * ${each} is called as by store_run(): numbers and booleans are numbers, a bytea is
 * octets with their count.
 */
enum store_status shared_run(struct shared *shared, const char *sql,
    const struct fact_value *args, size_t arg_count, store_row *each, void *cookie);

int64_t shared_changes(const struct shared *shared); /* rows of the last statement */

/* ${sql}, a COPY ... FROM STDIN, of these lines. */
enum store_status shared_copy(
    struct shared *shared, const char *sql, const char *lines, size_t len);

/* For query_new(): closing the query closes ${shared}. */
struct query_source shared_source(struct shared *shared);

#endif
