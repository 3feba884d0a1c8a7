#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/deflate.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"
#include "history/query.h"
#include "history/query_source.h"
#include "history/schema.h"

#define BUSY_MS 5000
#define WHY_OCTETS 256
#define TRACE_OCTETS_MAX ((size_t)4 << 20)
#define GAPS_MAX 10000
#define FIXED 5 /* file, id, day, conf_id and server stand before those of fact.h */

/* By which index the rows are found. */
enum way { BY_TIME, BY_FROM, BY_QUEUE_ID, WAYS };

struct query {
	struct store *store; /* NULL: it is a shared history */
	struct query_source source;
	struct text rows[WAYS]; /* the statements: their addresses are their names */
};

/* SELECT 0, id, day, conf_id, NULL, at, ... of messages that ${where} and the filter
 * take. */
static void
make_statement(struct text *sql, const char *index, const char *where)
{
	text_puts(sql, "SELECT 0,id,day,conf_id,NULL");
	for (enum fact_column c = FACT_AT; c < FACT_COLUMNS; c++)
		text_printf(sql, ",%s", fact_column_name(c));
	text_printf(sql,
	    " FROM message INDEXED BY %s WHERE %s"
	    " AND at>=?6 AND at<?7 AND (at,id)<(?8,?9)"
	    " AND (?1 IS NULL OR header_from=?1 OR (substr(?1,1,1)='.' AND"
	    " substr('.'||header_from,-length(?1))=?1))"
	    " AND (?3 IS NULL OR rule=?3) AND (?4 IS NULL OR would=?4)"
	    " AND (NOT ?5 OR would<>'accept')"
	    " ORDER BY at DESC, id DESC LIMIT ?10",
	    index, where);
}

/* The same of the server, which finds the index by itself. */
static void
make_shared_statement(struct text *sql)
{
	text_puts(sql, "SELECT file_id,id,day,conf_id,"
		       "(SELECT name FROM host WHERE "
		       "host.file_id=message.file_id)," QUERY_SHARED_SECONDS("at"));
	for (enum fact_column c = FACT_AT + 1; c < FACT_COLUMNS; c++)
		text_printf(sql, ",%s", fact_column_name(c));
	text_puts(sql,
	    " FROM message WHERE ($2::text IS NULL OR queue_id=$2)"
	    " AND at>=" QUERY_SHARED_TIME("$6") " AND at<" QUERY_SHARED_TIME(
		"$7") " AND (at,file_id,id)<(" QUERY_SHARED_TIME("$8") ",$12::bigint,"
								       "$9::bigint)"
								       " AND ($1::text "
								       "IS NULL OR "
								       "header_from=$1 "
								       "OR "
								       "(left($1,1)='.' "
								       "AND"
								       " right('.'||"
								       "header_from,"
								       "length($1))=$1))"
								       " AND ($3::text "
								       "IS NULL OR "
								       "rule=$3)"
								       " AND ($4::text "
								       "IS NULL OR "
								       "would=$4)"
								       " AND "
								       "($5::bigint=0 OR "
								       "would<>'accept')"
								       " AND "
								       "($11::bigint=0 "
								       "OR file_id=$11)"
								       " ORDER BY at "
								       "DESC, file_id "
								       "DESC, id DESC "
								       "LIMIT "
								       "$10::bigint");
}

static enum store_status
run_store(void *self, const char *sql, const struct fact_value *args, size_t arg_count,
    store_row *each, void *cookie)
{
	return store_run(self, sql, args, arg_count, each, cookie);
}

static const char *
error_of_store(const void *self)
{
	return store_error(self);
}

static void
close_store(void *self)
{
	store_close(self);
}

struct query *
query_new(const struct query_source *source)
{
	struct query *query = mem_alloc(sizeof *query);

	query->source = *source;
	make_shared_statement(&query->rows[BY_TIME]);
	return query;
}

struct query *
query_open(const char *path, enum store_status *status, char *why, size_t whysize)
{
	struct store_options options = {
		.path = path, .read_only = true, .busy_ms = BUSY_MS
	};
	struct store *store = store_open(&options, status, why, whysize);
	struct query *query;
	char what[WHY_OCTETS];

	if (store == NULL)
		return NULL;
	*status = schema_check(store, what, sizeof what);
	if (*status != STORE_OK) {
		snprintf(why, whysize, "%s: %s", path, what);
		store_close(store);
		return NULL;
	}
	store_script(store, "PRAGMA cache_size=-16000");
	query = mem_alloc(sizeof *query);
	query->store = store;
	query->source = (struct query_source){ .self = store,
		.run = run_store,
		.error = error_of_store,
		.close = close_store };
	make_statement(&query->rows[BY_TIME], "message_at", "?2 IS NULL");
	make_statement(
	    &query->rows[BY_FROM], "message_from", "?2 IS NULL AND header_from=?1");
	make_statement(&query->rows[BY_QUEUE_ID], "message_queue", "queue_id=?2");
	return query;
}

void
query_close(struct query *query)
{
	if (query == NULL)
		return;
	query->source.close(query->source.self);
	for (int way = 0; way < WAYS; way++)
		text_free(&query->rows[way]);
	free(query);
}

const char *
query_error(const struct query *query)
{
	return query->source.error(query->source.self);
}

struct store *
query_store(struct query *query)
{
	return query->store;
}

enum store_status
query_run(struct query *query, const struct query_sql *sql, const struct fact_value *args,
    size_t arg_count, store_row *each, void *cookie)
{
	return query->source.run(query->source.self,
	    query->store != NULL ? sql->file : sql->shared, args, arg_count, each,
	    cookie);
}

enum store_status
query_ask(struct query *query, const struct query_sql *sql, const struct fact_value *args,
    size_t arg_count, int64_t *number)
{
	return query_run(query, sql, args, arg_count, store_take_number, number);
}

static struct fact_value
kept(const struct fact_value *cell, struct pool *pool)
{
	if (cell->is_number || cell->text == NULL)
		return *cell;
	return STORE_TEXT(pool_strdup(pool, cell->text));
}

static bool
take_row(const struct fact_value *cells, size_t count, void *cookie)
{
	struct query_page *page = cookie;
	struct query_row *row = &page->rows[page->count++];

	row->file = cells[0].number;
	row->id = cells[1].number;
	row->day = cells[2].number;
	row->settings_id = cells[3].number;
	row->server =
	    cells[4].text != NULL ? pool_strdup(page->pool, cells[4].text) : NULL;
	for (size_t i = FIXED; i < count; i++)
		row->columns[i - FIXED] = kept(&cells[i], page->pool);
	page->at = row->columns[FACT_AT].number;
	page->file = row->file;
	page->id = row->id;
	return true;
}

static enum way
way_of(const struct query_filter *filter)
{
	if (filter->queue_id != NULL)
		return BY_QUEUE_ID;
	return filter->from != NULL && *filter->from != '.' ? BY_FROM : BY_TIME;
}

enum store_status
query_next(struct query *query, const struct query_filter *filter, size_t max,
    struct query_page *page)
{
	const size_t rows = max < QUERY_PAGE_ROWS ? max : QUERY_PAGE_ROWS;
	const struct fact_value args[] = { STORE_TEXT(filter->from),
		STORE_TEXT(filter->queue_id), STORE_TEXT(filter->rule),
		STORE_TEXT(filter->would), STORE_NUMBER(filter->refused),
		STORE_NUMBER(filter->since), STORE_NUMBER(filter->until),
		STORE_NUMBER(page->at), STORE_NUMBER(page->id),
		STORE_NUMBER((int64_t)rows), STORE_NUMBER(filter->file),
		STORE_NUMBER(page->file) };
	size_t arg_count = sizeof args / sizeof args[0];
	enum way way = BY_TIME;

	if (query->store != NULL) {
		arg_count -= 2; /* there is one file */
		way = way_of(filter);
	}
	page->count = 0;
	page->rows = pool_alloc(page->pool, rows * sizeof *page->rows);
	return query->source.run(
	    query->source.self, query->rows[way].data, args, arg_count, take_row, page);
}

struct gap_list {
	struct pool *pool;
	struct query_gap *gaps;
	size_t count, room;
};

static bool
take_gap(const struct fact_value *cells, size_t count, void *cookie)
{
	struct gap_list *list = cookie;

	(void)count;
	list->gaps[list->count++] = (struct query_gap){
		.begin_at = cells[0].number,
		.end_at = cells[1].number,
		.lost = cells[2].is_number ? cells[2].number : -1,
		.cause =
		    cells[3].text != NULL ? pool_strdup(list->pool, cells[3].text) : "",
	};
	return list->count < list->room;
}

enum store_status
query_gaps(struct query *query, int64_t since, int64_t until, struct pool *pool,
    struct query_gap **gaps, size_t *count)
{
	static const struct query_sql how_many = { "SELECT count(*) FROM gap",
		"SELECT count(*) FROM gap" };
	static const struct query_sql which = {
		"SELECT begin_at,end_at,lost,cause FROM gap"
		" WHERE end_at>=?1 AND begin_at<?2 ORDER BY begin_at DESC, id "
		"DESC"
		" LIMIT (SELECT count(*) FROM gap)",
		"SELECT " QUERY_SHARED_SECONDS("begin_at") "," QUERY_SHARED_SECONDS(
		    "end_at") ",lost,cause FROM gap WHERE "
			      "end_at>=" QUERY_SHARED_TIME(
				  "$1") " AND "
					"begin_"
					"at"
					"<" QUERY_SHARED_TIME(
					    "$2") " ORDER BY begin_at DESC,"
						  " file_id DESC, id DESC"
	};
	const struct fact_value args[] = { STORE_NUMBER(since), STORE_NUMBER(until) };
	struct gap_list list = { .pool = pool };
	int64_t there = 0;
	enum store_status status = query_ask(query, &how_many, NULL, 0, &there);

	if (status != STORE_OK)
		return status;
	there = there < GAPS_MAX ? there : GAPS_MAX;
	list.gaps = pool_alloc(pool, ((size_t)there + 1) * sizeof *list.gaps);
	list.room = (size_t)there;
	status = query_run(query, &which, args, 2, there > 0 ? take_gap : NULL, &list);
	*gaps = list.gaps;
	*count = list.count;
	return status;
}

struct trace {
	struct pool *pool;
	const char *text;
	bool damaged;
};

static bool
take_trace(const struct fact_value *cells, size_t count, void *cookie)
{
	struct trace *trace = cookie;
	size_t len;
	char *text;

	if (count == 0 || cells[0].text == NULL)
		return false;
	text = deflate_unpack(
	    cells[0].text, (size_t)cells[0].number, TRACE_OCTETS_MAX, &len);
	trace->damaged = text == NULL;
	if (text != NULL)
		trace->text = pool_strndup(trace->pool, text, len);
	free(text);
	return false;
}

enum store_status
query_trace(struct query *query, const struct query_row *row, struct pool *pool,
    const char **trace)
{
	static const struct query_sql sql = {
		"SELECT data FROM trace WHERE message_id=?1",
		"SELECT data FROM trace WHERE message_id=$1::bigint AND"
		" file_id=$2::bigint"
	};
	const struct fact_value args[] = { STORE_NUMBER(row->id),
		STORE_NUMBER(row->file) };
	struct trace found = { .pool = pool };
	enum store_status status = query_run(
	    query, &sql, args, query->store != NULL ? 1 : 2, take_trace, &found);

	*trace = found.text;
	return status == STORE_OK && found.damaged ? STORE_CORRUPT : status;
}

struct settings_found {
	struct pool *pool;
	struct query_settings *settings;
};

static bool
take_settings(const struct fact_value *cells, size_t count, void *cookie)
{
	struct settings_found *found = cookie;

	(void)count;
	found->settings->at = cells[0].number;
	found->settings->version = kept(&cells[1], found->pool).text;
	found->settings->text = kept(&cells[2], found->pool).text;
	return false;
}

enum store_status
query_settings(struct query *query, const struct query_row *row, struct pool *pool,
    struct query_settings *settings)
{
	static const struct query_sql sql = {
		"SELECT at,version,text FROM conf WHERE id=?1",
		"SELECT " QUERY_SHARED_SECONDS(
		    "at") ",version,text FROM conf"
			  " WHERE id=$1::bigint AND file_id=$2::bigint"
	};
	const struct fact_value args[] = { STORE_NUMBER(row->settings_id),
		STORE_NUMBER(row->file) };
	struct settings_found found = { .pool = pool, .settings = settings };

	*settings = (struct query_settings){ 0 };
	return query_run(
	    query, &sql, args, query->store != NULL ? 1 : 2, take_settings, &found);
}

struct size_found {
	struct pool *pool;
	struct query_size *size;
};

static bool
take_size(const struct fact_value *cells, size_t count, void *cookie)
{
	struct size_found *found = cookie;
	struct query_size *s = found->size;

	(void)count;
	s->messages = cells[0].number;
	s->traces = cells[1].number;
	s->counts = cells[2].number;
	s->gaps = cells[3].number;
	s->oldest_at = cells[4].number;
	s->newest_at = cells[5].number;
	s->octets = cells[6].number;
	s->host = kept(&cells[7], found->pool).text;
	return false;
}

enum store_status
query_size(struct query *query, struct pool *pool, struct query_size *size)
{
	/* By day the server counts what it has, and keeps no counts beyond that. */
	static const struct query_sql sql = {
		"SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM trace),"
		" (SELECT count(*) FROM daily), (SELECT count(*) FROM gap),"
		" (SELECT coalesce(min(at),0) FROM message),"
		" (SELECT coalesce(max(at),0) FROM message),"
		" page_count*page_size, (SELECT value FROM meta WHERE key='host')"
		" FROM pragma_page_count, pragma_page_size",
		"SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM trace),"
		" 0::bigint, (SELECT count(*) FROM gap),"
		" (SELECT coalesce(" QUERY_SHARED_SECONDS(
		    "min(at)") ",0) FROM message),"
			       " (SELECT coalesce(" QUERY_SHARED_SECONDS(
				   "max(at)") ",0) FROM message),"
					      " (SELECT "
					      "sum(pg_total_relation_size(t))::bigint "
					      "FROM unnest(ARRAY["
					      "'message','trace','policy','conf','gap']::"
					      "regclass[]) AS t),"
					      " (SELECT string_agg(name, ', ' ORDER BY "
					      "name, file_id) FROM host)"
	};
	struct size_found found = { .pool = pool, .size = size };

	*size = (struct query_size){ 0 };
	return query_run(query, &sql, NULL, 0, take_size, &found);
}

struct fault {
	struct pool *pool;
	const char *text;
};

static bool
take_fault(const struct fact_value *cells, size_t count, void *cookie)
{
	struct fault *fault = cookie;

	if (count > 0 && cells[0].text != NULL && strcmp(cells[0].text, "ok") != 0)
		fault->text = pool_strdup(fault->pool, cells[0].text);
	return false;
}

enum store_status
query_check(struct query *query, struct pool *pool, const char **fault)
{
	struct fault found = { .pool = pool };
	enum store_status status = STORE_REFUSED;

	if (query->store != NULL)
		status = store_run(
		    query->store, "PRAGMA quick_check(1)", NULL, 0, take_fault, &found);

	*fault = found.text;
	return status;
}
