#include <stdint.h>
#include <string.h>

#include "ctl/history/shared.h"
#include "ctl/history/ship_batch.h"
#include "ctl/history/ship_lines.h"
#include "history/fact.h"

/* Ends a batch early: what is read stands in memory twice. */
#define LINES_OCTETS_MAX ((size_t)32 << 20)
#define FIXED 4 /* columns before those of fact.h */

#define NUMBER SHIP_NUMBER
#define BOOLEAN SHIP_BOOLEAN
#define TEXT SHIP_TEXT
#define OPTIONAL SHIP_TEXT_OR_NULL

/* As the tables of shared_schema.c want them. */
static const enum ship_kind conf_kinds[] = { NUMBER, NUMBER, TEXT, TEXT };
static const enum ship_kind policy_kinds[] = { NUMBER, TEXT, TEXT, TEXT, OPTIONAL,
	OPTIONAL, OPTIONAL, OPTIONAL, NUMBER };
static const enum ship_kind trace_kinds[] = { NUMBER, NUMBER, SHIP_OCTETS };
static const enum ship_kind message_kinds[FIXED + FACT_COLUMNS] = {
	NUMBER,
	NUMBER,
	SHIP_NUMBER_OR_NULL,
	NUMBER,
	[FIXED + FACT_AT] = NUMBER,
	[FIXED + FACT_QUEUE_ID] = SHIP_KEY,
	[FIXED + FACT_CLIENT] = SHIP_KEY,
	[FIXED + FACT_RELAY] = OPTIONAL,
	[FIXED + FACT_IS_RELAY] = BOOLEAN,
	[FIXED + FACT_HELO] = TEXT,
	[FIXED + FACT_MAIL_FROM] = OPTIONAL,
	[FIXED + FACT_FROM_STATUS] = TEXT,
	[FIXED + FACT_BOUNCE] = OPTIONAL,
	[FIXED + FACT_HEADER_FROM] = SHIP_KEY,
	[FIXED + FACT_ACTION] = TEXT,
	[FIXED + FACT_WOULD] = SHIP_KEY,
	[FIXED + FACT_RULE] = TEXT,
	[FIXED + FACT_REASON] = OPTIONAL,
	[FIXED + FACT_DMARC] = SHIP_KEY,
	[FIXED + FACT_POLICY_KNOWN] = BOOLEAN,
	[FIXED + FACT_POLICY] = OPTIONAL,
	[FIXED + FACT_PUBLISHED] = OPTIONAL,
	[FIXED + FACT_TAG] = OPTIONAL,
	[FIXED + FACT_TEST_MODE] = BOOLEAN,
	[FIXED + FACT_SAMPLED_OUT] = BOOLEAN,
	[FIXED + FACT_PCT_ZERO] = BOOLEAN,
	[FIXED + FACT_DISPOSITION] = OPTIONAL,
	[FIXED + FACT_DEPARTURES] = OPTIONAL,
	[FIXED + FACT_SPF] = TEXT,
	[FIXED + FACT_SPF_DOMAIN] = TEXT,
	[FIXED + FACT_SPF_SCOPE] = TEXT,
	[FIXED + FACT_SPF_ALIGNED] = BOOLEAN,
	[FIXED + FACT_SPF_REASON] = OPTIONAL,
	[FIXED + FACT_DKIM_ALIGNED] = BOOLEAN,
	[FIXED + FACT_SIGNATURES] = TEXT,
	[FIXED + FACT_LIST_ID] = OPTIONAL,
	[FIXED + FACT_LIST_POST] = OPTIONAL,
	[FIXED + FACT_LIST_SIGNED] = OPTIONAL,
	[FIXED + FACT_DMARC_SEC] = OPTIONAL,
	[FIXED + FACT_SPF_SEC] = OPTIONAL,
	[FIXED + FACT_PASSIVE] = BOOLEAN,
	[FIXED + FACT_OVERRIDE] = OPTIONAL,
	[FIXED + FACT_WAIT_MS] = NUMBER,
	[FIXED + FACT_SEALED] = OPTIONAL,
	[FIXED + FACT_FORWARDED] = OPTIONAL,
	[FIXED + FACT_CLIENT_CONFIRMED] = OPTIONAL,
};

/* Of the file: what belongs to the messages ?1 < id <= ?2. */
static const char read_conf[] = "SELECT id,at,version,text FROM conf WHERE id IN"
				" (SELECT conf_id FROM message WHERE id>?1 AND id<=?2)";
static const char read_policy[] =
    "SELECT id,domain,record,method,rua,org_domain,psd,faults,first_at FROM policy"
    " WHERE id IN (SELECT policy_id FROM message WHERE id>?1 AND id<=?2)";
static const char read_trace[] = "SELECT message_id,at,data FROM trace"
				 " WHERE message_id>?1 AND message_id<=?2";

/*
 * An id made of what the row says.  64 bits of SHA-256: of two records that share one,
 * one would be told for the other, and who sends chooses his record.
 */
#define ID_OF(what)                                                             \
	"('x'||substr(encode(sha256(convert_to(" what ",'UTF8')),'hex'),1,16))" \
	"::bit(64)::bigint"
#define CONF_ID ID_OF("version||E'\\n'||text")
#define POLICY_ID ID_OF("domain||E'\\n'||method||E'\\n'||record")

/* $1: file_id; $2: at of the newest message.  Refreshed a few times a day, not a batch.
 */
static const char insert_conf[] =
    "INSERT INTO conf(file_id,id,at,version,text)"
    " SELECT DISTINCT ON (2) $1::bigint, " CONF_ID
    ", " QUERY_SHARED_TIME("at") ", version, text FROM new_conf"
				 " ON CONFLICT (file_id,id) DO UPDATE SET at=excluded.at "
				 "WHERE conf.at<excluded.at";
static const char insert_policy[] =
    "INSERT INTO policy(file_id,id,domain,record,method,rua,org_domain,psd,faults,"
    "first_at,last_at)"
    " SELECT DISTINCT ON (2) $1::bigint, " POLICY_ID ", domain, record, method, rua,"
    " org_domain, psd, faults, " QUERY_SHARED_TIME("first_at") ", " QUERY_SHARED_TIME(
	"$2") " FROM new_policy"
	      " ON CONFLICT (file_id,id) DO UPDATE SET last_at=excluded.last_at"
	      " WHERE policy.last_at<excluded.last_at-interval '6 hours'";
static const char insert_trace[] =
    "INSERT INTO trace(file_id,message_id,at,data)"
    " SELECT $1::bigint, message_id, " QUERY_SHARED_TIME("at") ", data FROM new_trace"
							       " ON CONFLICT DO NOTHING";
static const char find_clash[] =
    "SELECT coalesce(min(n.id),0) FROM new_message n JOIN message m"
    " ON m.file_id=$1::bigint AND m.id=n.id"
    " WHERE m.at<>" QUERY_SHARED_TIME(
	"n.at") " OR m.queue_id<>n.queue_id"
		" OR m.client<>n.client OR m.header_from<>n.header_from";

/* In the order of sending. */
static const char *const copy[SHIP_TABLES] = {
	[SHIP_CONF] = "COPY new_conf FROM STDIN",
	[SHIP_POLICY] = "COPY new_policy FROM STDIN",
	[SHIP_MESSAGE] = "COPY new_message FROM STDIN",
	[SHIP_TRACE] = "COPY new_trace FROM STDIN",
};

static const char *
type_of(enum ship_kind kind)
{
	switch (kind) {
	case SHIP_NUMBER:
	case SHIP_NUMBER_OR_NULL:
		return "bigint";
	case SHIP_BOOLEAN:
		return "boolean";
	default:
		return "text COLLATE \"C\"";
	}
}

enum store_status
ship_batch_prepare(struct shared *shared)
{
	struct text sql = { 0 };
	enum store_status status;

	text_puts(&sql,
	    "CREATE TEMPORARY TABLE new_conf(id bigint, at bigint, version text, text "
	    "text)"
	    " ON COMMIT DELETE ROWS;"
	    "CREATE TEMPORARY TABLE new_policy(id bigint, domain text, record text,"
	    " method text, rua text, org_domain text, psd text, faults text,"
	    " first_at bigint) ON COMMIT DELETE ROWS;"
	    "CREATE TEMPORARY TABLE new_trace(message_id bigint, at bigint, data bytea)"
	    " ON COMMIT DELETE ROWS;"
	    "CREATE TEMPORARY TABLE new_message(id bigint, day bigint, policy_id bigint,"
	    " conf_id bigint");
	for (enum fact_column c = FACT_AT; c < FACT_COLUMNS; c++)
		text_printf(&sql, ", %s %s", fact_column_name(c),
		    type_of(message_kinds[FIXED + c]));
	text_puts(&sql, ") ON COMMIT DELETE ROWS");
	status = shared_script(shared, sql.data);
	text_free(&sql);
	return status;
}

struct reader {
	struct ship_batch *batch;
	enum ship_table table;
	const enum ship_kind *kinds;
};

static bool
take_row(const struct fact_value *cells, size_t count, void *cookie)
{
	const struct reader *r = cookie;
	struct ship_batch *b = r->batch;
	struct text *out = &b->lines[r->table];

	ship_lines_put(out, r->kinds, cells, count);
	if (r->table != SHIP_MESSAGE)
		return true;
	b->last = cells[0].number;
	b->count++;
	if (cells[FIXED + FACT_AT].number > b->newest_at)
		b->newest_at = cells[FIXED + FACT_AT].number;
	return out->len < LINES_OCTETS_MAX;
}

static void
make_select(struct text *sql)
{
	text_puts(sql, "SELECT id,day,policy_id,conf_id");
	for (enum fact_column c = FACT_AT; c < FACT_COLUMNS; c++)
		text_printf(sql, ",%s", fact_column_name(c));
	text_puts(sql, " FROM message WHERE id>?1 AND id<=?2 ORDER BY id LIMIT ?3");
}

static enum store_status
read_messages(struct store *store, struct ship_batch *b)
{
	struct reader reader = {
		.batch = b, .table = SHIP_MESSAGE, .kinds = message_kinds
	};
	const struct fact_value args[] = { STORE_NUMBER(b->after), STORE_NUMBER(b->last),
		STORE_NUMBER(SHIP_BATCH_ROWS) };

	if (b->select.len == 0)
		make_select(&b->select);
	return store_run(store, b->select.data, args, 3, take_row, &reader);
}

static enum store_status
read_referred(struct store *store, struct ship_batch *b, enum ship_table table)
{
	static const struct {
		const char *sql;
		const enum ship_kind *kinds;
	} tables[SHIP_TABLES] = {
		[SHIP_CONF] = { read_conf, conf_kinds },
		[SHIP_POLICY] = { read_policy, policy_kinds },
		[SHIP_TRACE] = { read_trace, trace_kinds },
	};
	struct reader reader = {
		.batch = b, .table = table, .kinds = tables[table].kinds
	};
	const struct fact_value args[] = { STORE_NUMBER(b->after),
		STORE_NUMBER(b->last) };

	return store_run(store, tables[table].sql, args, 2, take_row, &reader);
}

/* One look at the file for all of it, as old rows go meanwhile. */
enum store_status
ship_batch_read(struct store *store, struct ship_batch *b)
{
	enum store_status status = store_script(store, "BEGIN");

	b->count = 0;
	b->clash = b->newest_at = 0;
	for (int t = 0; t < SHIP_TABLES; t++)
		b->lines[t].len = 0;
	if (status == STORE_OK)
		status = read_messages(store, b);
	for (int t = 0; t < SHIP_TABLES && b->count > 0 && status == STORE_OK; t++) {
		if (t != SHIP_MESSAGE)
			status = read_referred(store, b, (enum ship_table)t);
	}
	store_script(store, "COMMIT");
	return status;
}

static void
make_insert(struct text *sql)
{
	/* MATERIALIZED: else the settings were hashed anew for each message. */
	text_puts(sql,
	    "WITH p AS MATERIALIZED (SELECT id, " POLICY_ID " AS hash FROM new_policy),"
	    " c AS MATERIALIZED (SELECT id, " CONF_ID " AS hash FROM new_conf)"
	    " INSERT INTO message(file_id,id,day,policy_id,conf_id");
	for (enum fact_column c = FACT_AT; c < FACT_COLUMNS; c++)
		text_printf(sql, ",%s", fact_column_name(c));
	/* A day that was reported on is closed (history/ledger.c). */
	text_puts(sql,
	    ") SELECT $1::bigint, m.id, greatest(m.day,"
	    " (SELECT value+1 FROM meta WHERE key='closed_day')), p.hash, c.hash,"
	    " " QUERY_SHARED_TIME("m.at"));
	for (enum fact_column c = FACT_AT + 1; c < FACT_COLUMNS; c++)
		text_printf(sql, ",m.%s", fact_column_name(c));
	text_puts(sql, " FROM new_message m LEFT JOIN p ON p.id=m.policy_id"
		       " LEFT JOIN c ON c.id=m.conf_id ON CONFLICT DO NOTHING");
}

static bool
take_clash(const struct fact_value *cells, size_t count, void *cookie)
{
	struct ship_batch *b = cookie;

	b->clash = count > 0 ? cells[0].number : 0;
	return false;
}

static enum store_status
insert_messages(struct shared *shared, struct ship_batch *b)
{
	const struct fact_value file = STORE_NUMBER(b->file_id);
	enum store_status status;

	if (b->insert.len == 0)
		make_insert(&b->insert);
	status = shared_run(shared, b->insert.data, &file, 1, NULL, NULL);
	/* Some were there: from a time before, or are they of another file? */
	if (status == STORE_OK && shared_changes(shared) < (int64_t)b->count)
		status = shared_run(shared, find_clash, &file, 1, take_clash, b);
	return status;
}

static enum store_status
insert_all(struct shared *shared, struct ship_batch *b)
{
	const struct fact_value args[] = { STORE_NUMBER(b->file_id),
		STORE_NUMBER(b->newest_at) };
	enum store_status status = shared_run(shared, insert_conf, args, 1, NULL, NULL);

	if (status == STORE_OK && b->lines[SHIP_POLICY].len > 0)
		status = shared_run(shared, insert_policy, args, 2, NULL, NULL);
	if (status == STORE_OK)
		status = insert_messages(shared, b);
	if (status == STORE_OK && b->clash == 0 && b->lines[SHIP_TRACE].len > 0)
		status = shared_run(shared, insert_trace, args, 1, NULL, NULL);
	return status;
}

enum store_status
ship_batch_send(struct shared *shared, struct ship_batch *b)
{
	enum store_status status = shared_script(shared, "BEGIN");

	for (int t = 0; t < SHIP_TABLES && status == STORE_OK; t++) {
		if (b->lines[t].len > 0)
			status = shared_copy(
			    shared, copy[t], b->lines[t].data, b->lines[t].len);
	}
	if (status == STORE_OK)
		status = insert_all(shared, b);
	if (status != STORE_OK)
		return status;
	return shared_script(shared, b->clash != 0 ? "ROLLBACK" : "COMMIT");
}

void
ship_batch_clear(struct ship_batch *b)
{
	for (int t = 0; t < SHIP_TABLES; t++)
		text_free(&b->lines[t]);
	text_free(&b->select);
	text_free(&b->insert);
}
