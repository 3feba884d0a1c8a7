#ifndef HISTORY_QUERY_SOURCE_H
#define HISTORY_QUERY_SOURCE_H

#include <stddef.h>

#include "history/query.h"

/*
 * What a query asks: the file of this host, or the server that several hosts share.  Both
 * are asked by SQL, each in its own dialect; what comes back is read by one and the same
 * code.
 */
struct query_source {
	void *self;
	/* As store_run(): cells hold until ${each} returns. */
	enum store_status (*run)(void *self, const char *sql,
	    const struct fact_value *args, size_t arg_count, store_row *each,
	    void *cookie);
	const char *(*error)(const void *self); /* what went wrong last */
	void (*close)(void *self);
};

/* A query of the shared history; query_close() closes ${source}. */
struct query *query_new(const struct query_source *source);

/* One question, constants both: parameters are ?1 of the file and $1 of the server. */
struct query_sql {
	const char *file, *shared;
};

enum store_status query_run(struct query *query, const struct query_sql *sql,
    const struct fact_value *args, size_t arg_count, store_row *each, void *cookie);

/* The number that a question has for its answer. */
enum store_status query_ask(struct query *query, const struct query_sql *sql,
    const struct fact_value *args, size_t arg_count, int64_t *number);

/* Parameter ${p}, UTC seconds, as the server's time: no end of time is too far for it. */
#define QUERY_SHARED_TIME(p) "to_timestamp(least(greatest(" p "::bigint,0),253402300799))"
/* And back. */
#define QUERY_SHARED_SECONDS(column) "extract(epoch FROM " column ")::bigint"

#endif
