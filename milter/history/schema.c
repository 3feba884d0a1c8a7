#include <stdio.h>
#include <string.h>

#include "history/schema.h"

/* Before anything else, in this order; the size of the WAL goes down to 16 MiB again. */
static const char pragmas[] =
    "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    "PRAGMA secure_delete=ON; PRAGMA mmap_size=0;"
    "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=1000;"
    "PRAGMA journal_size_limit=16777216;";

/* "bsch": tells a history from other databases, which have versions too. */
#define APPLICATION_ID "1651729256"

/*
 * conf.at: when those settings were in force last, to the day.
 *
 * Words, not numbers: `sqlite3` shall be a tool for admins.  AUTOINCREMENT: an id is
 * never used twice, also after all rows went.
 */
static const char version_1[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE conf(id INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
    " version TEXT NOT NULL, text TEXT NOT NULL, UNIQUE(version, text));"
    "CREATE TABLE policy(id INTEGER PRIMARY KEY, domain TEXT NOT NULL,"
    " record TEXT NOT NULL, method TEXT NOT NULL, rua TEXT, org_domain TEXT, psd TEXT,"
    " faults TEXT, first_at INTEGER NOT NULL, UNIQUE(domain, record, method));"
    "CREATE TABLE message(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
    " day INTEGER NOT NULL, queue_id TEXT NOT NULL, client TEXT NOT NULL, relay TEXT,"
    " is_relay INTEGER NOT NULL, helo TEXT NOT NULL, mail_from TEXT,"
    " from_status TEXT NOT NULL, bounce TEXT, header_from TEXT NOT NULL,"
    " policy_id INTEGER REFERENCES policy, conf_id INTEGER NOT NULL REFERENCES conf,"
    " action TEXT NOT NULL, would TEXT NOT NULL, rule TEXT NOT NULL, reason TEXT,"
    " dmarc TEXT NOT NULL, policy_known INTEGER NOT NULL, policy TEXT, published TEXT,"
    " tag TEXT, test_mode INTEGER NOT NULL, sampled_out INTEGER NOT NULL,"
    " pct_zero INTEGER NOT NULL, disposition TEXT, departures TEXT,"
    " spf TEXT NOT NULL, spf_domain TEXT NOT NULL, spf_scope TEXT NOT NULL,"
    " spf_aligned INTEGER NOT NULL, spf_reason TEXT, dkim_aligned INTEGER NOT NULL,"
    " signatures TEXT NOT NULL, list_id TEXT, list_post TEXT, list_signed TEXT, "
    "dmarc_sec TEXT,"
    " spf_sec TEXT, passive INTEGER NOT NULL, override TEXT,"
    " wait_ms INTEGER NOT NULL);"
    "CREATE INDEX message_at ON message(at);"
    "CREATE INDEX message_queue ON message(queue_id);"
    "CREATE INDEX message_from ON message(header_from, at);"
    "CREATE INDEX message_report ON message(day, policy_id)"
    " WHERE disposition IS NOT NULL;"
    "CREATE INDEX message_policy ON message(policy_id) WHERE policy_id IS NOT NULL;"
    "CREATE TABLE trace(message_id INTEGER PRIMARY KEY REFERENCES message"
    " ON DELETE CASCADE, at INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE INDEX trace_at ON trace(at);"
    "CREATE TABLE daily(day INTEGER NOT NULL, header_from TEXT NOT NULL DEFAULT '',"
    " policy_domain TEXT NOT NULL DEFAULT '', dmarc TEXT NOT NULL DEFAULT '',"
    " policy TEXT NOT NULL DEFAULT '', would TEXT NOT NULL DEFAULT '',"
    " action TEXT NOT NULL DEFAULT '', spf_aligned INTEGER NOT NULL DEFAULT 0,"
    " dkim_aligned INTEGER NOT NULL DEFAULT 0, n INTEGER NOT NULL,"
    " PRIMARY KEY(day, header_from, policy_domain, dmarc, policy, would, action,"
    " spf_aligned, dkim_aligned)) WITHOUT ROWID;"
    "CREATE TABLE gap(id INTEGER PRIMARY KEY, begin_at INTEGER NOT NULL,"
    " end_at INTEGER NOT NULL, lost INTEGER, cause TEXT NOT NULL);"
    "INSERT INTO meta VALUES('file_id', abs(random())), ('closed_day', 0),"
    " ('folded_id', 0), ('open', 0),"
    " ('opened', 0), ('starred_day', 0),"
    " ('created', CAST(strftime('%s','now') AS INTEGER));"
    "PRAGMA application_id=" APPLICATION_ID "; PRAGMA user_version=1;";

/*
 * Aggregate reports (RFC 9990): what became of each, of each of its mails, and which
 * addresses answered with an error.  A report holds the rows of one policy on one day.
 */
static const char version_2[] =
    "CREATE TABLE report(id TEXT PRIMARY KEY, day INTEGER NOT NULL,"
    " policy_id INTEGER NOT NULL, host TEXT NOT NULL, rows INTEGER NOT NULL,"
    " messages INTEGER NOT NULL, left_out INTEGER NOT NULL, xml_sha256 TEXT,"
    " mail_bytes INTEGER, state TEXT NOT NULL, reason TEXT, tries INTEGER NOT NULL,"
    " next_at INTEGER, made_at INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX report_day ON report(day, policy_id);"
    "CREATE TABLE report_to(report_id TEXT NOT NULL REFERENCES report"
    " ON DELETE CASCADE, address TEXT NOT NULL, n INTEGER NOT NULL,"
    " state TEXT NOT NULL, reason TEXT, at INTEGER NOT NULL,"
    " PRIMARY KEY(report_id, address)) WITHOUT ROWID;"
    "CREATE TABLE suppress(address TEXT PRIMARY KEY, until INTEGER NOT NULL,"
    " reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES('reported_at', 0);"
    "PRAGMA user_version=2;";

/* What is known of who passed on a message that fails. */
static const char version_3[] = "ALTER TABLE message ADD COLUMN sealed TEXT;"
				"ALTER TABLE message ADD COLUMN forwarded TEXT;"
				"ALTER TABLE message ADD COLUMN client_confirmed TEXT;"
				"PRAGMA user_version=3;";

static const char *const steps[SCHEMA_VERSION] = { version_1, version_2, version_3 };

static bool
is_wal(const struct fact_value *cells, size_t count, void *cookie)
{
	bool *yes = cookie;

	*yes = count > 0 && cells[0].text != NULL && strcmp(cells[0].text, "wal") == 0;
	return false;
}

static enum store_status
refuse(enum store_status status, const struct store *store, char *why, size_t whysize)
{
	snprintf(why, whysize, "%s", store_error(store));
	return status;
}

static enum store_status
migrate(struct store *store, int64_t version, char *why, size_t whysize)
{
	enum store_status status = STORE_OK;

	for (; version < SCHEMA_VERSION && status == STORE_OK; version++) {
		status = store_script(store, "BEGIN IMMEDIATE");
		if (status == STORE_OK)
			status = store_script(store, steps[version]);
		if (status == STORE_OK)
			status = store_script(store, "COMMIT");
		if (status != STORE_OK)
			refuse(status, store, why, whysize);
	}
	if (status != STORE_OK)
		store_script(store, "ROLLBACK");
	return status;
}

/* Its version; not a newer one, and not a database of something else. */
static enum store_status
check_version(struct store *store, int64_t *version_out, char *why, size_t whysize)
{
	int64_t version = 0, foreign = 0;
	enum store_status status =
	    store_ask(store, "PRAGMA user_version", NULL, 0, &version);

	if (status == STORE_OK)
		status = store_ask(store,
		    "SELECT application_id<>" APPLICATION_ID " AND"
		    " (SELECT count(*) FROM sqlite_schema)>0 FROM pragma_application_id",
		    NULL, 0, &foreign);
	if (status != STORE_OK)
		return refuse(status, store, why, whysize);
	*version_out = version;
	if (foreign != 0) {
		snprintf(why, whysize, "is a database of something else");
		return STORE_FOREIGN;
	}
	if (version > SCHEMA_VERSION) {
		snprintf(why, whysize,
		    "was written by a newer version of beschermd (schema %lld, not %d)",
		    (long long)version, SCHEMA_VERSION);
		return STORE_FOREIGN;
	}
	return STORE_OK;
}

static enum store_status
set_up(struct store *store, char *why, size_t whysize)
{
	bool wal = false;
	enum store_status status =
	    store_run(store, "PRAGMA journal_mode=WAL", NULL, 0, is_wal, &wal);

	if (status == STORE_OK && !wal) {
		snprintf(why, whysize, "its file system cannot share memory (no WAL)");
		return STORE_IO;
	}
	if (status == STORE_OK)
		status = store_script(store, pragmas);
	return status == STORE_OK ? STORE_OK : refuse(status, store, why, whysize);
}

enum store_status
schema_prepare(struct store *store, char *why, size_t whysize)
{
	int64_t version = 0;
	/* Before anything of it is changed: it may not be ours. */
	enum store_status status = check_version(store, &version, why, whysize);

	if (status == STORE_OK)
		status = set_up(store, why, whysize);
	return status == STORE_OK ? migrate(store, version, why, whysize) : status;
}

enum store_status
schema_check_version(struct store *store, char *why, size_t whysize)
{
	int64_t version = 0;

	return check_version(store, &version, why, whysize);
}

enum store_status
schema_check(struct store *store, char *why, size_t whysize)
{
	int64_t version = 0, odd = 0;
	enum store_status status = check_version(store, &version, why, whysize);

	if (status != STORE_OK)
		return status;
	if (version < SCHEMA_VERSION) {
		snprintf(why, whysize,
		    "is not a history, or is one of an older version: start the daemon "
		    "once");
		return STORE_FOREIGN;
	}
	status = store_ask(store,
	    "SELECT count(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index')",
	    NULL, 0, &odd);
	if (status != STORE_OK)
		return refuse(status, store, why, whysize);
	if (odd == 0)
		return STORE_OK;
	snprintf(why, whysize, "holds triggers or views, which no history has");
	return STORE_FOREIGN;
}
