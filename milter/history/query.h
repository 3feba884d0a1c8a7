#ifndef HISTORY_QUERY_H
#define HISTORY_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/fact.h"
#include "history/store.h"

struct pool;

/*
 * What beschermctl reads of a history: typed questions, in pages, so that no transaction
 * is open while something is printed (a long reader lets the write-ahead log grow).  One
 * thread.  Text is what stands there: who prints it escapes it.  Of what it is read,
 * query_source.h says: the file of this host, or what several hosts share.
 */
struct query;

#define QUERY_PAGE_ROWS 5000

/*
 * Open the history at ${path}, which must be there and of this version.  NULL with
 * *status and ${why}, which names the path.
 */
struct query *query_open(
    const char *path, enum store_status *status, char *why, size_t whysize);
void query_close(struct query *query); /* NULL: nothing */

const char *query_error(const struct query *query); /* what went wrong last */

/* For who writes too (forget, ship).  NULL: it is a shared history. */
struct store *query_store(struct query *query);

/* Which messages.  NULL, false: whichever. */
struct query_filter {
	const char *from;     /* their author domain; ".domain": that and those below */
	const char *queue_id; /* then the others still hold */
	const char *rule;
	const char *would;    /* what enforce does, or would do */
	bool refused;         /* would is not accept */
	int64_t since, until; /* UTC seconds; since <= at < until */
	int64_t file;         /* of a shared history what that file held; 0: all */
};

struct query_row {
	int64_t file; /* of a shared history: whose row it is, as ids are a file's own */
	int64_t id, day, settings_id;
	const char *server; /* of a shared history: who saw it; else NULL */
	struct fact_value columns[FACT_COLUMNS];
};

/* Newest first.  Begin with rows NULL and at, id INT64_MAX. */
struct query_page {
	struct pool *pool; /* in which rows and texts are; the caller's */
	struct query_row *rows;
	size_t count;
	int64_t at, file, id; /* of the last row of the page before */
};

/* The next ${max} (at most QUERY_PAGE_ROWS) rows into ${page}; count 0: no more. */
enum store_status query_next(struct query *query, const struct query_filter *filter,
    size_t max, struct query_page *page);

struct query_gap {
	int64_t begin_at, end_at;
	int64_t lost; /* -1: nobody knows */
	const char *cause;
};

/* Gaps that reach into the period, newest first, in ${pool}. */
enum store_status query_gaps(struct query *query, int64_t since, int64_t until,
    struct pool *pool, struct query_gap **gaps, size_t *count);

/* The steps of that message, JSON, in ${pool}; *trace NULL: none are kept. */
enum store_status query_trace(struct query *query, const struct query_row *row,
    struct pool *pool, const char **trace);

/* The settings that it was judged by, as config_print() told them; NULL: they are not
 * there. */
struct query_settings {
	int64_t at; /* since when */
	const char *version, *text;
};
enum store_status query_settings(struct query *query, const struct query_row *row,
    struct pool *pool, struct query_settings *settings);

/* How much there is. */
struct query_size {
	int64_t messages, traces, counts, gaps;
	int64_t oldest_at, newest_at; /* 0: no message */
	int64_t octets;               /* of the file, or of the tables */
	const char *host;             /* of the writer, or all hosts; in the pool */
};
enum store_status query_size(
    struct query *query, struct pool *pool, struct query_size *size);

/* SQLite's own check of the whole file, not of a shared history.  *fault: what is wrong,
 * in ${pool}; NULL: nothing. */
enum store_status query_check(struct query *query, struct pool *pool, const char **fault);

#endif
