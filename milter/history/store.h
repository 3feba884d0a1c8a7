#ifndef HISTORY_STORE_H
#define HISTORY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/fact.h"

/*
 * A database file (SQLite), and the only file that knows its library: who has SQL to say
 * says it here.  One thread at a time.
 */
struct store;

enum store_status {
	STORE_OK,
	STORE_BUSY,    /* another holds it: try again */
	STORE_IO,      /* the disk or the path fails: open it anew, later */
	STORE_FULL,    /* no room on the disk, or the file is at its limit */
	STORE_CORRUPT, /* what stands there is no database, or damaged */
	STORE_FOREIGN, /* a schema that is not ours, or newer than ours */
	STORE_REFUSED  /* this row cannot be in it, others can */
};

struct store_options {
	const char *path;
	bool read_only; /* by beschermctl: never makes a file */
	int busy_ms;    /* how long to wait for another */
};

/*
 * Open ${path}; unless read_only it is made where there is none (mode 0600).  NULL with
 * *status and ${why}, which names the path.
 */
struct store *store_open(const struct store_options *options, enum store_status *status,
    char *why, size_t whysize);
void store_close(struct store *store); /* NULL: nothing; rolls back what is open */

/* What went wrong last, for people. */
const char *store_error(const struct store *store);

/* Statements that take and give nothing. */
enum store_status store_script(struct store *store, const char *sql);

/*
 * Run one statement with ${args} for its parameters; ${sql} must be a constant: it is
 * prepared once.  For each row ${each} is called (NULL: rows are dropped) with its cells,
 * which hold until it returns; it returns false to end early.
 */
typedef bool store_row(const struct fact_value *cells, size_t count, void *cookie);
enum store_status store_run(struct store *store, const char *sql,
    const struct fact_value *args, size_t arg_count, store_row *each, void *cookie);

/* A store_row for an int64_t: the first cell of the first row, if it is a number. */
bool store_take_number(const struct fact_value *cells, size_t count, void *cookie);

/* The same with one more parameter, the last: octets. */
enum store_status store_run_blob(struct store *store, const char *sql,
    const struct fact_value *args, size_t arg_count, const void *blob, size_t len);

/* *number: the first column of the first row; it stays where there is none. */
enum store_status store_ask(struct store *store, const char *sql,
    const struct fact_value *args, size_t arg_count, int64_t *number);

int64_t store_last_id(const struct store *store); /* of the last INSERT */
int64_t store_changes(const struct store *store); /* rows of the last statement */
void store_limit_pages(struct store *store, int64_t pages); /* max_page_count */

/* Arguments, as they are written where they are used. */
#define STORE_TEXT(t) ((struct fact_value){ .text = (t) })
#define STORE_NUMBER(n) ((struct fact_value){ .number = (n), .is_number = true })

#endif
