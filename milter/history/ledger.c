#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/deflate.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"
#include "history/ledger.h"
#include "history/ledger_tidy.h"
#include "history/schema.h"
#include "mail/dmarc_record.h"

#define BUSY_MS 250
#define DAY 86400
#define PAGE_OCTETS 4096
#define WHY_OCTETS 256

/* Records that come again and again: their rows' ids. */
#define POLICIES_KEPT 1024

struct policy_id {
	char *key; /* domain, method and record; NULL: free */
	int64_t id;
};

struct ledger {
	struct store *store;
	struct ledger_limits limits;
	struct text insert; /* the statement for a message, of fact.h's names */
	struct policy_id policies[POLICIES_KEPT];
	int64_t closed_day;
};

/* INSERT INTO message(day, policy_id, conf_id, at, ...) VALUES(?, ...) */
static void
make_insert(struct text *sql)
{
	text_puts(sql, "INSERT INTO message(day,policy_id,conf_id");
	for (enum fact_column c = FACT_AT; c < FACT_COLUMNS; c++)
		text_printf(sql, ",%s", fact_column_name(c));
	text_puts(sql, ") VALUES(?,?,?");
	for (enum fact_column c = FACT_AT; c < FACT_COLUMNS; c++)
		text_puts(sql, ",?");
	text_putc(sql, ')');
}

static enum store_status
set_meta(struct ledger *l, const char *key, struct fact_value value)
{
	const struct fact_value args[] = { STORE_TEXT(key), value };

	return store_run(
	    l->store, "INSERT OR REPLACE INTO meta VALUES(?,?)", args, 2, NULL, NULL);
}

static enum store_status
add_gap(
    struct ledger *l, int64_t begin_at, int64_t end_at, int64_t lost, const char *cause)
{
	const struct fact_value args[] = { STORE_NUMBER(begin_at), STORE_NUMBER(end_at),
		lost < 0 ? STORE_TEXT(NULL) : STORE_NUMBER(lost), STORE_TEXT(cause) };

	return store_run(l->store,
	    "INSERT INTO gap(begin_at,end_at,lost,cause) VALUES(?,?,?,?)", args, 4, NULL,
	    NULL);
}

/* Where rows may be missing at the end of the file: from its newest on, till now. */
static enum store_status
note_crash(struct ledger *l)
{
	return store_script(l->store,
	    "INSERT INTO gap(begin_at,end_at,lost,cause)"
	    " SELECT min(seen, now), now, NULL, 'crash' FROM (SELECT"
	    " CAST(strftime('%s','now') AS INTEGER) AS now,"
	    " max(coalesce((SELECT max(at) FROM message), 0),"
	    " (SELECT value FROM meta WHERE key='opened')) AS seen)"
	    " WHERE (SELECT value FROM meta WHERE key='open')=1");
}

static enum store_status
note_before(struct ledger *l, const struct ledger_before *before)
{
	if (before->lost > 0)
		return add_gap(
		    l, before->begin_at, before->end_at, (int64_t)before->lost, "stop");
	return before->ours ? STORE_OK : note_crash(l);
}

/*
 * A commit whose sync failed stands whole in SQLite's log: we tell it as failed and write
 * it again, but who opens the file next would find it there too.  So a note of the
 * failure is written in its place; should that fail as well, it is what will be found.
 */
static void
undo(struct ledger *l, enum store_status failed)
{
	store_script(l->store, "ROLLBACK");
	if (failed != STORE_IO)
		return;
	store_script(l->store, "BEGIN IMMEDIATE;"
			       " INSERT INTO meta VALUES('failed_commits', 1)"
			       " ON CONFLICT DO UPDATE SET value=value+1;"
			       " COMMIT");
	store_script(l->store, "ROLLBACK");
}

/* In one transaction: whoever is killed in it has not begun. */
static enum store_status
begin_writing(struct ledger *l, const char *host, const struct ledger_before *before)
{
	enum store_status status = store_script(l->store, "BEGIN IMMEDIATE");

	if (status == STORE_OK)
		status = note_before(l, before);
	if (status == STORE_OK)
		status = set_meta(l, "host", STORE_TEXT(host));
	if (status == STORE_OK)
		status = store_script(l->store,
		    "INSERT OR REPLACE INTO meta VALUES('open', 1),"
		    " ('opened', CAST(strftime('%s','now') AS INTEGER))");
	return status == STORE_OK ? store_script(l->store, "COMMIT") : status;
}

static enum store_status
take_over(struct ledger *l, const char *host, const struct ledger_before *before,
    char *why, size_t whysize)
{
	enum store_status status = schema_prepare(l->store, why, whysize);

	if (status != STORE_OK)
		return status;
	status = begin_writing(l, host, before);
	if (status == STORE_OK)
		return status;
	snprintf(why, whysize, "%s", store_error(l->store));
	undo(l, status);
	return status;
}

struct ledger *
ledger_open(const char *path, const char *host, const struct ledger_before *before,
    enum store_status *status, char *why, size_t whysize)
{
	struct store_options options = { .path = path, .busy_ms = BUSY_MS };
	struct store *store = store_open(&options, status, why, whysize);
	struct ledger *l;
	char what[WHY_OCTETS];

	if (store == NULL)
		return NULL;
	l = mem_alloc(sizeof *l);
	l->store = store;
	make_insert(&l->insert);
	*status = take_over(l, host, before, what, sizeof what);
	if (*status == STORE_OK)
		return l;
	snprintf(why, whysize, "%s: %s", path, what);
	ledger_close(l, false);
	return NULL;
}

/* Ids of what was undone, or removed, are nobody's. */
static void
forget_policies(struct ledger *l)
{
	for (size_t i = 0; i < POLICIES_KEPT; i++) {
		free(l->policies[i].key);
		l->policies[i] = (struct policy_id){ 0 };
	}
}

void
ledger_close(struct ledger *l, bool orderly)
{
	if (l == NULL)
		return;
	if (orderly)
		set_meta(l, "open", STORE_NUMBER(0));
	forget_policies(l);
	store_close(l->store);
	text_free(&l->insert);
	free(l);
}

const char *
ledger_error(const struct ledger *l)
{
	return store_error(l->store);
}

void
ledger_limit(struct ledger *l, const struct ledger_limits *limits)
{
	l->limits = *limits;
	store_limit_pages(l->store, limits->file_bytes / PAGE_OCTETS);
}

enum store_status
ledger_settings(struct ledger *l, const char *version, const char *text, int64_t *id)
{
	const struct fact_value args[] = { STORE_TEXT(version), STORE_TEXT(text) };
	enum store_status status = store_run(l->store,
	    "INSERT INTO conf(at,version,text)"
	    " VALUES(CAST(strftime('%s','now') AS INTEGER),?,?)"
	    " ON CONFLICT DO UPDATE SET at=excluded.at WHERE at<excluded.at-86400",
	    args, 2, NULL, NULL);

	if (status != STORE_OK)
		return status;
	return store_ask(
	    l->store, "SELECT id FROM conf WHERE version=? AND text=?", args, 2, id);
}

enum store_status
ledger_begin(struct ledger *l)
{
	enum store_status status = store_script(l->store, "BEGIN IMMEDIATE");

	if (status != STORE_OK)
		return status;
	return store_ask(l->store, "SELECT value FROM meta WHERE key='closed_day'", NULL,
	    0, &l->closed_day);
}

enum store_status
ledger_commit(struct ledger *l)
{
	return store_script(l->store, "COMMIT");
}

void
ledger_rollback(struct ledger *l, enum store_status failed)
{
	forget_policies(l);
	undo(l, failed);
}

/* What the record says of reports is read once for each, and not once a message. */
static enum store_status
add_policy(struct ledger *l, const struct fact_value values[])
{
	static const char *const psd[] = {
		[DMARC_PSD_UNKNOWN] = NULL,
		[DMARC_PSD_YES] = "y",
		[DMARC_PSD_NO] = "n",
	};
	const char *text = values[FACT_RECORD].text;
	struct pool *pool = pool_new();
	struct dmarc_record r = dmarc_record_parse(text, strlen(text), pool);
	const struct fact_value args[] = { values[FACT_RECORD_DOMAIN],
		values[FACT_RECORD], values[FACT_METHOD], STORE_TEXT(r.rua),
		values[FACT_ORG_DOMAIN], STORE_TEXT(psd[r.psd]), STORE_TEXT(r.reason),
		values[FACT_AT] };
	enum store_status status = store_run(l->store,
	    "INSERT OR IGNORE INTO policy"
	    "(domain,record,method,rua,org_domain,psd,faults,first_at)"
	    " VALUES(?,?,?,?,?,?,?,?)",
	    args, sizeof args / sizeof args[0], NULL, NULL);

	pool_free(pool);
	return status;
}

static enum store_status
find_policy(struct ledger *l, const struct fact_value values[], int64_t *id)
{
	const struct fact_value args[] = { values[FACT_RECORD_DOMAIN],
		values[FACT_RECORD], values[FACT_METHOD] };
	enum store_status status = add_policy(l, values);

	if (status != STORE_OK)
		return status;
	return store_ask(l->store,
	    "SELECT id FROM policy WHERE domain=? AND record=? AND method=?", args, 3,
	    id);
}

/* Records come again and again: most are found without a question to the file. */
static enum store_status
policy_id(struct ledger *l, const struct fact_value values[], struct fact_value *id)
{
	struct text key = { 0 };
	struct policy_id *slot;
	enum store_status status = STORE_OK;

	if (values[FACT_RECORD_DOMAIN].text == NULL)
		return STORE_OK;
	text_printf(&key, "%s %s %s", values[FACT_RECORD_DOMAIN].text,
	    values[FACT_METHOD].text, values[FACT_RECORD].text);
	slot = &l->policies[hash_text(HASH_START, key.data) % POLICIES_KEPT];
	if (slot->key == NULL || strcmp(slot->key, key.data) != 0) {
		free(slot->key);
		slot->key = NULL;
		status = find_policy(l, values, &slot->id);
		if (status == STORE_OK)
			slot->key = mem_strdup(key.data);
	}
	*id = STORE_NUMBER(slot->id);
	text_free(&key);
	return status;
}

static enum store_status
add_trace(struct ledger *l, const struct fact *fact, struct fact_value at)
{
	const struct fact_value args[] = { STORE_NUMBER(store_last_id(l->store)), at };
	enum store_status status;
	size_t len;
	void *packed;

	if (fact->trace == NULL)
		return STORE_OK;
	packed = deflate_pack(fact->trace, fact->trace_len, &len);
	status = store_run_blob(
	    l->store, "INSERT INTO trace VALUES(?,?,?)", args, 2, packed, len);
	free(packed);
	return status;
}

enum store_status
ledger_add(struct ledger *l, const struct fact *fact, int64_t settings_id)
{
	struct fact_value args[3 + FACT_VALUES] = { 0 };
	struct fact_value *values = &args[3];
	enum store_status status;
	int64_t day;

	fact_read(fact, values);
	day = values[FACT_AT].number / DAY;
	/* A day that was reported on is closed: a clock set back opens none again. */
	args[0] = STORE_NUMBER(day > l->closed_day ? day : l->closed_day + 1);
	args[2] = STORE_NUMBER(settings_id);
	status = policy_id(l, values, &args[1]);
	if (status == STORE_OK)
		status = store_run(
		    l->store, l->insert.data, args, 3 + FACT_COLUMNS, NULL, NULL);
	return status == STORE_OK ? add_trace(l, fact, values[FACT_AT]) : status;
}

enum store_status
ledger_gap(
    struct ledger *l, int64_t begin_at, int64_t end_at, int64_t lost, const char *cause)
{
	enum store_status status = add_gap(l, begin_at, end_at, lost, cause);

	if (status != STORE_OK)
		undo(l, status);
	return status;
}

enum store_status
ledger_oldest(struct ledger *l, int64_t *at)
{
	*at = 0;
	return store_ask(
	    l->store, "SELECT coalesce(min(at), 0) FROM message", NULL, 0, at);
}

enum store_status
ledger_shorten(struct ledger *l, int64_t *gone)
{
	forget_policies(l);
	return ledger_tidy_shorten(l->store, gone);
}

enum store_status
ledger_tidy(struct ledger *l, int64_t now, bool *more)
{
	forget_policies(l);
	return ledger_tidy_step(l->store, &l->limits, now, more);
}
