#include "history/report_state.h"
#include "base/pool.h"
#include "history/query_source.h"

#define DAY ((int64_t)86400)
#define FIRST_DAYS 30
#define AGAIN_DAYS 365
#define MAILS_MAX 1000

/* A statement of both: T is a parameter that is text, N one that is a number. */
#define OF_FILE(n) "?" n
#define SHARED_TEXT(n) "$" n "::text"
#define SHARED_NUMBER(n) "$" n "::bigint"
#define BOTH(statement)                                                            \
	{                                                                          \
		statement(OF_FILE, OF_FILE), statement(SHARED_TEXT, SHARED_NUMBER) \
	}

static const char *
kept(const struct fact_value *cell, struct pool *pool)
{
	return cell->text != NULL ? pool_strdup(pool, cell->text) : NULL;
}

struct clock_found {
	struct pool *pool;
	struct report_clock *clock;
};

static bool
take_clock(const struct fact_value *cells, size_t count, void *cookie)
{
	const struct clock_found *found = cookie;

	(void)count;
	*found->clock = (struct report_clock){
		.closed_day = cells[0].number,
		.reported_at = cells[1].number,
		.newest_at = cells[2].number,
		.newest_host = kept(&cells[3], found->pool),
		.now = cells[4].number,
		.first_day = cells[5].number,
	};
	return false;
}

enum store_status
report_state_clock(struct query *query, struct pool *pool, struct report_clock *clock)
{
	static const struct query_sql sql = {
		"SELECT (SELECT value FROM meta WHERE key='closed_day'),"
		" (SELECT value FROM meta WHERE key='reported_at'),"
		" (SELECT coalesce(max(at),0) FROM message), NULL, 0, 0",
		"SELECT (SELECT value FROM meta WHERE key='closed_day'),"
		" (SELECT value FROM meta WHERE key='reported_at'), m.at, m.name,"
		" " QUERY_SHARED_SECONDS(
		    "clock_timestamp()") ","
					 " (SELECT value FROM meta WHERE "
					 "key='reports_first_day')"
					 " FROM (SELECT 1) AS one LEFT JOIN "
					 "(SELECT " QUERY_SHARED_SECONDS(
					     "at") " AS at, (SELECT name FROM host WHERE "
						   "file_id=message.file_id)"
						   " AS name FROM message ORDER BY "
						   "message.at DESC LIMIT 1) AS m"
						   " ON true"
	};
	struct clock_found found = { pool, clock };

	*clock = (struct report_clock){ 0 };
	return query_run(query, &sql, NULL, 0, take_clock, &found);
}

/*
 * Who copies rows to the server gives them a day that is open (ship_batch.c): whoever is
 * about to write some has written them before the lock is ours, or looks after that.
 */
enum store_status
report_state_close(struct query *query, int64_t day, int64_t now)
{
#define CLOSE(greatest, T, N)                                                          \
	"UPDATE meta SET value=CASE key WHEN 'closed_day' THEN " greatest "(value," N( \
	    "1") ") ELSE " N("2") " END WHERE key IN ('closed_day','reported_at')"
	static const struct query_sql begin = { "BEGIN IMMEDIATE", "BEGIN" },
				      lock = { "SELECT 1",
					      "LOCK TABLE message IN SHARE MODE" },
				      close = { CLOSE("max", OF_FILE, OF_FILE),
					      CLOSE("greatest", SHARED_TEXT,
						  SHARED_NUMBER) },
				      commit = { "COMMIT", "COMMIT" },
				      rollback = { "ROLLBACK", "ROLLBACK" };
	const struct fact_value args[] = { STORE_NUMBER(day), STORE_NUMBER(now) };
	enum store_status status = query_run(query, &begin, NULL, 0, NULL, NULL);

	if (status == STORE_OK)
		status = query_run(query, &lock, NULL, 0, NULL, NULL);
	if (status == STORE_OK)
		status = query_run(query, &close, args, 2, NULL, NULL);
	if (status == STORE_OK)
		return query_run(query, &commit, NULL, 0, NULL, NULL);
	query_run(query, &rollback, NULL, 0, NULL, NULL);
	return status;
}

struct state_found {
	struct pool *pool;
	struct report_state *state;
	bool *found;
};

static bool
take_state(const struct fact_value *cells, size_t count, void *cookie)
{
	struct state_found *found = cookie;

	(void)count;
	*found->state = (struct report_state){
		.id = kept(&cells[0], found->pool),
		.day = cells[1].number,
		.policy_id = cells[2].number,
		.host = kept(&cells[3], found->pool),
		.rows = cells[4].number,
		.messages = cells[5].number,
		.left_out = cells[6].number,
		.xml_sha256 = kept(&cells[7], found->pool),
		.mail_bytes = cells[8].number,
		.state = kept(&cells[9], found->pool),
		.reason = kept(&cells[10], found->pool),
		.tries = cells[11].number,
		.next_at = cells[12].number,
		.made_at = cells[13].number,
	};
	*found->found = found->state->state != NULL;
	return false;
}

#define COLUMNS                                                    \
	"id,day,policy_id,host,rows,messages,left_out,xml_sha256," \
	"mail_bytes,state,reason,tries,next_at,made_at"

enum store_status
report_state_find(struct query *query, const char *id, struct pool *pool,
    struct report_state *state, bool *found)
{
#define FIND(T, N) "SELECT " COLUMNS " FROM report WHERE id=" T("1")
	static const struct query_sql sql = BOTH(FIND);
	struct state_found cookie = { pool, state, found };

	*found = false;
	return query_run(query, &sql, &STORE_TEXT(id), 1, take_state, &cookie);
}

enum store_status
report_state_of_another(struct query *query, const struct report_state *s, bool *found)
{
#define OF_ANOTHER(T, N)                                                           \
	"SELECT count(*) FROM report r JOIN report_to t ON t.report_id=r.id WHERE" \
	" r.day=" N("1") " AND r.policy_id=" N("2") " AND r.id<>" T("3")
	static const struct query_sql sql = BOTH(OF_ANOTHER);
	const struct fact_value args[] = { STORE_NUMBER(s->day),
		STORE_NUMBER(s->policy_id), STORE_TEXT(s->id) };
	int64_t mails = 0;
	enum store_status status = query_ask(query, &sql, args, 3, &mails);

	*found = mails > 0;
	return status;
}

/* An update, not a replacement: that would take its mails away. */
enum store_status
report_state_put(struct query *query, const struct report_state *s)
{
#define PUT(T, N)                                                                                              \
	"INSERT INTO report(" COLUMNS                                                                          \
	") VALUES(" T("1") "," N("2") "," N("3") "," T("4") "," N("5") "," N("6") "," N("7") "," T("8") "," N( \
	    "9") "," T("10") "," T("11") "," N("12") "," N("13") "," N("14") ")"                               \
									     " ON "                            \
									     "CONFLICT("                       \
									     "id) DO "                         \
									     "UPDATE "                         \
									     "SET "                            \
									     "policy_"                         \
									     "id="                             \
									     "excluded."                       \
									     "policy_"                         \
									     "id,"                             \
									     " rows="                          \
									     "excluded."                       \
									     "rows, "                          \
									     "messages="                       \
									     "excluded."                       \
									     "messages,"                       \
									     " left_"                          \
									     "out="                            \
									     "excluded."                       \
									     "left_out,"                       \
									     " xml_"                           \
									     "sha256="                         \
									     "excluded."                       \
									     "xml_"                            \
									     "sha256,"                         \
									     " mail_"                          \
									     "bytes="                          \
									     "excluded."                       \
									     "mail_"                           \
									     "bytes, "                         \
									     "state="                          \
									     "excluded."                       \
									     "state,"                          \
									     " reason="                        \
									     "excluded."                       \
									     "reason, "                        \
									     "tries="                          \
									     "excluded."                       \
									     "tries, "                         \
									     "next_at="                        \
									     "excluded."                       \
									     "next_at"
	static const struct query_sql sql = BOTH(PUT);
	const struct fact_value args[] = { STORE_TEXT(s->id), STORE_NUMBER(s->day),
		STORE_NUMBER(s->policy_id), STORE_TEXT(s->host), STORE_NUMBER(s->rows),
		STORE_NUMBER(s->messages), STORE_NUMBER(s->left_out),
		STORE_TEXT(s->xml_sha256), STORE_NUMBER(s->mail_bytes),
		STORE_TEXT(s->state), STORE_TEXT(s->reason), STORE_NUMBER(s->tries),
		STORE_NUMBER(s->next_at), STORE_NUMBER(s->made_at) };

	return query_run(query, &sql, args, sizeof args / sizeof args[0], NULL, NULL);
}

static bool
count_row(const struct fact_value *cells, size_t count, void *cookie)
{
	int64_t *rows = cookie;

	(void)cells;
	(void)count;
	++*rows;
	return true;
}

enum store_status
report_state_give_up(struct query *query, int64_t day, int64_t *count)
{
#define GIVE_UP(T, N)                                                  \
	"UPDATE report SET state='failed', next_at=NULL WHERE day<" N( \
	    "1") " AND state='waiting' RETURNING id"
	static const struct query_sql sql = BOTH(GIVE_UP);

	*count = 0;
	return query_run(query, &sql, &STORE_NUMBER(day), 1, count_row, count);
}

struct mail_list {
	struct pool *pool;
	struct report_mail_state *mails;
	size_t count;
};

static bool
take_mail(const struct fact_value *cells, size_t count, void *cookie)
{
	struct mail_list *list = cookie;

	(void)count;
	list->mails[list->count++] = (struct report_mail_state){
		.address = kept(&cells[0], list->pool),
		.n = cells[1].number,
		.state = kept(&cells[2], list->pool),
		.reason = kept(&cells[3], list->pool),
	};
	return list->count < MAILS_MAX;
}

enum store_status
report_state_mails(struct query *query, const char *id, struct pool *pool,
    struct report_mail_state **mails, size_t *count)
{
#define MAILS(T, N)                                                        \
	"SELECT address,n,state,reason FROM report_to WHERE report_id=" T( \
	    "1") " ORDER BY n"
	static const struct query_sql sql = BOTH(MAILS);
	struct mail_list list = { .pool = pool };
	enum store_status status;

	list.mails = pool_alloc(pool, MAILS_MAX * sizeof *list.mails);
	status = query_run(query, &sql, &STORE_TEXT(id), 1, take_mail, &list);
	*mails = list.mails;
	*count = list.count;
	return status;
}

enum store_status
report_state_put_mail(
    struct query *query, const char *id, const struct report_mail_state *mail, int64_t at)
{
#define PUT_MAIL(T, N)                                                                 \
	"INSERT INTO report_to(report_id,address,n,state,reason,at) VALUES(" T(        \
	    "1") "," T("2") "," N("3") "," T("4") "," T("5") "," N("6") ")"            \
									" ON "         \
									"CONFLICT("    \
									"report_id,"   \
									"address) DO " \
									"UPDATE SET "  \
									"state="       \
									"excluded."    \
									"state,"       \
									" reason="     \
									"excluded."    \
									"reason, "     \
									"at=excluded.at"
	static const struct query_sql sql = BOTH(PUT_MAIL);
	const struct fact_value args[] = { STORE_TEXT(id), STORE_TEXT(mail->address),
		STORE_NUMBER(mail->n), STORE_TEXT(mail->state), STORE_TEXT(mail->reason),
		STORE_NUMBER(at) };

	return query_run(query, &sql, args, sizeof args / sizeof args[0], NULL, NULL);
}

enum store_status
report_state_count(struct store *store, const char *name, int64_t add, int64_t *total)
{
	const struct fact_value args[] = { STORE_TEXT(name), STORE_NUMBER(add) };
	enum store_status status = store_run(store,
	    "INSERT INTO meta VALUES(?1,?2) ON CONFLICT DO UPDATE SET value=value+?2",
	    args, 2, NULL, NULL);

	if (status != STORE_OK)
		return status;
	return store_ask(store, "SELECT value FROM meta WHERE key=?1", args, 1, total);
}

enum store_status
report_state_is_suppressed(
    struct query *query, const char *address, int64_t now, bool *suppressed)
{
#define IS_SUPPRESSED(T, N) \
	"SELECT count(*) FROM suppress WHERE address=" T("1") " AND until>" N("2")
	static const struct query_sql sql = BOTH(IS_SUPPRESSED);
	const struct fact_value args[] = { STORE_TEXT(address), STORE_NUMBER(now) };
	int64_t there = 0;
	enum store_status status = query_ask(query, &sql, args, 2, &there);

	*suppressed = there > 0;
	return status;
}

/* While it is suppressed, what came back is of before: it counts once. */
enum store_status
report_state_suppress(
    struct query *query, const char *address, const char *reason, int64_t now)
{
#define SUPPRESS(T, N)                                                                   \
	"INSERT INTO suppress(address,until,reason,at) VALUES(" T("1") "," N("4") "," T( \
	    "2") "," N("3") ") ON CONFLICT(address) DO UPDATE "                          \
			    "SET until=" N("5") ","                                      \
						" reason=" T("2") ", at=" N(             \
						    "3") " WHERE "                       \
							 "suppres"                       \
							 "s."                            \
							 "until<"                        \
							 "=" N("3")
	static const struct query_sql sql = BOTH(SUPPRESS);
	const struct fact_value args[] = { STORE_TEXT(address), STORE_TEXT(reason),
		STORE_NUMBER(now), STORE_NUMBER(now + FIRST_DAYS * DAY),
		STORE_NUMBER(now + AGAIN_DAYS * DAY) };

	return query_run(query, &sql, args, 5, NULL, NULL);
}
