#include "history/ledger_tidy.h"

#define DAY ((int64_t)86400)

/* How many rows a step takes away: a longer one would keep a batch waiting. */
#define AT_ONCE "1000"
/* Of a domain with fewer messages a day the name goes with the messages. */
#define FEW "5"

/* Days that a report is tried for, and that an address is known as bad once before. */
#define REPORT_DAYS 4
#define SUPPRESS_DAYS 365

#define FOLDED "(SELECT value FROM meta WHERE key='folded_id')"
#define STARRED "(SELECT value FROM meta WHERE key='starred_day')"

/* Statements that are one transaction; each may have a number for its parameter. */
struct part {
	const char *sql;
	int64_t number;
	bool has_number;
};

static enum store_status
run_part(struct store *store, const struct part *part)
{
	return store_run(store, part->sql, &STORE_NUMBER(part->number),
	    part->has_number ? 1 : 0, NULL, NULL);
}

static enum store_status
run_all(struct store *store, const struct part *parts, size_t count)
{
	enum store_status status = store_script(store, "BEGIN IMMEDIATE");

	for (size_t i = 0; i < count && status == STORE_OK; i++)
		status = run_part(store, &parts[i]);
	if (status == STORE_OK)
		status = store_script(store, "COMMIT");
	if (status != STORE_OK)
		store_script(store, "ROLLBACK");
	return status;
}

/*
 * Count what is not yet counted by day.  Which rows were is noted in the same
 * transaction, so that none is counted twice, or never, wherever we are stopped.
 */
static enum store_status
fold(struct store *store, bool *more)
{
	int64_t last = 0;
	enum store_status status = store_ask(store,
	    "SELECT coalesce(max(id), 0) FROM (SELECT id FROM message WHERE id>" FOLDED
	    " ORDER BY id LIMIT 20000)",
	    NULL, 0, &last);
	const struct part parts[] = {
		{ "INSERT INTO daily SELECT m.at/86400, m.header_from,"
		  " coalesce(p.domain,''), m.dmarc, coalesce(m.policy,''), m.would,"
		  " m.action, m.spf_aligned, m.dkim_aligned, count(*)"
		  " FROM message m LEFT JOIN policy p ON p.id=m.policy_id"
		  " WHERE m.id>" FOLDED " AND m.id<=? GROUP BY 1,2,3,4,5,6,7,8,9"
		  " ON CONFLICT DO UPDATE SET n=n+excluded.n",
		    last, true },
		{ "UPDATE meta SET value=? WHERE key='folded_id'", last, true },
	};

	if (status != STORE_OK || last == 0)
		return status;
	*more = true;
	return run_all(store, parts, sizeof parts / sizeof parts[0]);
}

/*
 * Counts outlive the messages behind them.  Who sends fewer than FEW a day may be one
 * person: of such a domain "*" is kept, once the messages themselves are gone.
 */
static enum store_status
star(struct store *store, int64_t oldest_day, bool *more)
{
	static const char few[] =
	    "INSERT INTO daily SELECT day, '*',"
	    " CASE policy_domain WHEN '' THEN '' ELSE '*' END, dmarc,"
	    " policy, would, action, spf_aligned, dkim_aligned, sum(n)"
	    " FROM daily WHERE day=?1 AND header_from<>'*' AND"
	    " header_from IN (SELECT header_from FROM daily"
	    " WHERE day=?1 GROUP BY 1 HAVING sum(n)<" FEW ")"
	    " GROUP BY 3,4,5,6,7,8,9"
	    " ON CONFLICT DO UPDATE SET n=n+excluded.n";
	static const char names[] = "DELETE FROM daily WHERE day=?1 AND header_from<>'*'"
				    " AND header_from IN (SELECT header_from FROM daily"
				    " WHERE day=?1 GROUP BY 1 HAVING sum(n)<" FEW ")";
	int64_t day = 0;
	enum store_status status = store_ask(store,
	    "SELECT coalesce(min(day), 0) FROM daily WHERE day>" STARRED " AND day<?",
	    &STORE_NUMBER(oldest_day), 1, &day);
	const struct part parts[] = {
		{ few, day, true },
		{ names, day, true },
		{ "UPDATE meta SET value=? WHERE key='starred_day'", day, true },
	};

	if (status != STORE_OK || day == 0)
		return status;
	*more = true;
	return run_all(store, parts, sizeof parts / sizeof parts[0]);
}

/* Only what was counted goes. */
static enum store_status
prune(struct store *store, const struct ledger_limits *limits, int64_t now, bool *more)
{
	int64_t counts = now - limits->count_days * DAY;
	int64_t rows = now - limits->days * DAY;
	const struct part olds[] = {
		{ "DELETE FROM trace WHERE message_id IN (SELECT message_id FROM trace"
		  " WHERE at<? ORDER BY at LIMIT " AT_ONCE ")",
		    now - limits->trace_days * DAY, true },
		{ "DELETE FROM message WHERE id IN (SELECT id FROM message WHERE at<?"
		  " AND id<=" FOLDED " ORDER BY at LIMIT " AT_ONCE ")",
		    rows, true },
		{ "DELETE FROM daily WHERE day<?", counts / DAY, true },
		{ "DELETE FROM gap WHERE end_at<?", counts < rows ? counts : rows, true },
		{ "DELETE FROM policy WHERE id IN (SELECT id FROM policy WHERE first_at<?"
		  " AND NOT EXISTS (SELECT 1 FROM message WHERE policy_id=policy.id)"
		  " LIMIT " AT_ONCE ")",
		    counts, true },
		/* Three days are tried again. */
		{ "DELETE FROM report WHERE id IN (SELECT id FROM report WHERE day<?"
		  " LIMIT " AT_ONCE ")",
		    rows / DAY - REPORT_DAYS, true },
		/* An address that fails once more within a year stays away for long. */
		{ "DELETE FROM suppress WHERE until<?", now - SUPPRESS_DAYS * DAY, true },
		/* A day more than any message can be old that was judged by it. */
		{ "DELETE FROM conf WHERE at<?",
		    (counts < rows ? counts : rows) - 2 * DAY, true },
	};
	enum store_status status = STORE_OK;

	for (size_t i = 0; i < sizeof olds / sizeof olds[0] && !*more; i++) {
		status = run_part(store, &olds[i]);
		if (status != STORE_OK)
			return status;
		*more = store_changes(store) > 0;
	}
	return status;
}

enum store_status
ledger_tidy_step(
    struct store *store, const struct ledger_limits *limits, int64_t now, bool *more)
{
	enum store_status status;

	*more = false;
	status = fold(store, more);
	if (status == STORE_OK && !*more)
		status = star(store, (now - limits->days * DAY) / DAY, more);
	if (status == STORE_OK && !*more)
		status = prune(store, limits, now, more);
	return status;
}

enum store_status
ledger_tidy_shorten(struct store *store, int64_t *gone)
{
	static const struct part messages = {
		"DELETE FROM message WHERE id IN"
		" (SELECT id FROM message ORDER BY id LIMIT " AT_ONCE ")",
		0, false
	};
	static const struct part policies = {
		"DELETE FROM policy WHERE NOT EXISTS"
		" (SELECT 1 FROM message WHERE policy_id=policy.id)",
		0, false
	};
	enum store_status status = run_part(store, &messages);

	*gone = store_changes(store);
	return status == STORE_OK ? run_part(store, &policies) : status;
}
