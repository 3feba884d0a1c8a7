#include <stdbool.h>
#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "ctl/history/shared.h"
#include "ctl/history/ship_lines.h"
#include "ctl/history/ship_outbox.h"

struct found {
	struct pool *pool;
	struct ship_outbox *outbox;
};

static bool
take_meta(const struct fact_value *cells, size_t count, void *cookie)
{
	const struct found *found = cookie;
	struct ship_outbox *o = found->outbox;

	(void)count;
	o->file_id = cells[0].number;
	o->created = cells[1].number;
	o->shipped_id = cells[2].number;
	o->shipped_gap = cells[3].number;
	o->host =
	    pool_strdup(found->pool, cells[4].text != NULL ? cells[4].text : "localhost");
	return false;
}

/* An id of a gap is given anew when all gaps are gone: then all are to be shipped. */
enum store_status
ship_outbox_open(struct store *store, struct pool *pool, struct ship_outbox *outbox)
{
	struct found found = { .pool = pool, .outbox = outbox };

	*outbox = (struct ship_outbox){ .host = "localhost" };
	return store_run(store,
	    "WITH m(file_id,created,id,gap,host) AS (SELECT"
	    " (SELECT value FROM meta WHERE key='file_id'),"
	    " (SELECT value FROM meta WHERE key='created'),"
	    " (SELECT value FROM meta WHERE key='shipped_id'),"
	    " (SELECT value FROM meta WHERE key='shipped_gap'),"
	    " (SELECT value FROM meta WHERE key='host'))"
	    " SELECT CAST(file_id AS INTEGER), CAST(created AS INTEGER),"
	    " CAST(coalesce(id,0) AS INTEGER),"
	    " CASE WHEN gap<=(SELECT max(id) FROM gap) THEN CAST(gap AS INTEGER) ELSE 0"
	    " END, CAST(host AS TEXT) FROM m",
	    NULL, 0, take_meta, &found);
}

static enum store_status
set_meta(struct store *store, const char *key, int64_t value)
{
	const struct fact_value args[] = { STORE_TEXT(key), STORE_NUMBER(value) };

	return store_run(
	    store, "INSERT OR REPLACE INTO meta VALUES(?,?)", args, 2, NULL, NULL);
}

enum store_status
ship_outbox_shipped(struct store *store, struct ship_outbox *outbox, int64_t id)
{
	outbox->shipped_id = id;
	return set_meta(store, "shipped_id", id);
}

enum store_status
ship_outbox_rename(struct store *store, struct ship_outbox *outbox)
{
	enum store_status status = store_script(
	    store, "INSERT OR REPLACE INTO meta VALUES('file_id', abs(random()))");

	if (status != STORE_OK)
		return status;
	return store_ask(store, "SELECT value FROM meta WHERE key='file_id'", NULL, 0,
	    &outbox->file_id);
}

enum store_status
ship_outbox_oldest(struct store *store, const struct ship_outbox *outbox, int64_t *at)
{
	return store_ask(store, "SELECT at FROM message WHERE id>? ORDER BY id LIMIT 1",
	    &STORE_NUMBER(outbox->shipped_id), 1, at);
}

struct gaps {
	struct text lines;
	int64_t last;
	size_t count;
};

static bool
take_gap(const struct fact_value *cells, size_t count, void *cookie)
{
	static const enum ship_kind kinds[] = { SHIP_NUMBER, SHIP_NUMBER, SHIP_NUMBER,
		SHIP_NUMBER_OR_NULL, SHIP_TEXT };
	struct gaps *gaps = cookie;

	ship_lines_put(&gaps->lines, kinds, cells, count);
	gaps->last = cells[0].number;
	gaps->count++;
	return true;
}

static enum store_status
send_gaps(struct shared *shared, int64_t file_id, const struct gaps *gaps)
{
	const struct fact_value file = STORE_NUMBER(file_id);
	enum store_status status = shared_script(shared,
	    "BEGIN; CREATE TEMPORARY TABLE new_gap(id bigint, begin_at bigint,"
	    " end_at bigint, lost bigint, cause text) ON COMMIT DROP");

	if (status == STORE_OK)
		status = shared_copy(
		    shared, "COPY new_gap FROM STDIN", gaps->lines.data, gaps->lines.len);
	if (status == STORE_OK)
		status = shared_run(shared,
		    "INSERT INTO gap(file_id,id,begin_at,end_at,lost,cause)"
		    " SELECT $1::bigint, id, " QUERY_SHARED_TIME(
			"begin_at") ", " QUERY_SHARED_TIME("end_at") ", lost, cause"
								     " FROM new_gap ON "
								     "CONFLICT DO "
								     "NOTHING",
		    &file, 1, NULL, NULL);
	return status == STORE_OK ? shared_script(shared, "COMMIT") : status;
}

/* Some of them; *more: there may be others. */
static enum ship_outbox_result
ship_some(struct store *store, struct ship_outbox *o, struct shared *shared, bool *more)
{
	struct gaps gaps = { .last = o->shipped_gap };
	enum store_status here, there = STORE_OK;

	here = store_run(store,
	    "SELECT id,begin_at,end_at,lost,cause FROM gap WHERE id>?"
	    " ORDER BY id LIMIT 500",
	    &STORE_NUMBER(o->shipped_gap), 1, take_gap, &gaps);
	*more = here == STORE_OK && gaps.count > 0;
	if (*more)
		there = send_gaps(shared, o->file_id, &gaps);
	if (*more && there == STORE_OK)
		here = set_meta(store, "shipped_gap", gaps.last);
	o->shipped_gap = gaps.last;
	text_free(&gaps.lines);
	if (there != STORE_OK)
		return SHIP_OUTBOX_SERVER;
	return here == STORE_OK ? SHIP_OUTBOX_OK : SHIP_OUTBOX_FILE;
}

enum ship_outbox_result
ship_outbox_gaps(struct store *store, struct ship_outbox *o, struct shared *shared)
{
	enum ship_outbox_result result;
	bool more;

	do
		result = ship_some(store, o, shared, &more);
	while (more && result == SHIP_OUTBOX_OK);
	return result;
}
