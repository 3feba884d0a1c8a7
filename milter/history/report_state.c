#include "history/report_state.h"
#include "base/pool.h"

#define DAY ((int64_t)86400)
#define FIRST_DAYS 30
#define AGAIN_DAYS 365
#define MAILS_MAX 1000

static const char *
kept(const struct fact_value *cell, struct pool *pool)
{
	return cell->text != NULL ? pool_strdup(pool, cell->text) : NULL;
}

static bool
take_clock(const struct fact_value *cells, size_t count, void *cookie)
{
	struct report_clock *clock = cookie;

	(void)count;
	clock->closed_day = cells[0].number;
	clock->reported_at = cells[1].number;
	clock->newest_at = cells[2].number;
	return false;
}

enum store_status
report_state_clock(struct store *store, struct report_clock *clock)
{
	*clock = (struct report_clock){ 0 };
	return store_run(store,
	    "SELECT (SELECT value FROM meta WHERE key='closed_day'),"
	    " (SELECT value FROM meta WHERE key='reported_at'),"
	    " (SELECT coalesce(max(at),0) FROM message)",
	    NULL, 0, take_clock, clock);
}

enum store_status
report_state_close(struct store *store, int64_t day, int64_t now)
{
	const struct fact_value args[] = { STORE_NUMBER(day), STORE_NUMBER(now) };

	return store_run(store,
	    "UPDATE meta SET value=CASE key WHEN 'closed_day' THEN max(value,?1)"
	    " ELSE ?2 END WHERE key IN ('closed_day','reported_at')",
	    args, 2, NULL, NULL);
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
report_state_find(struct store *store, const char *id, struct pool *pool,
    struct report_state *state, bool *found)
{
	struct state_found cookie = { pool, state, found };

	*found = false;
	return store_run(store, "SELECT " COLUMNS " FROM report WHERE id=?",
	    &STORE_TEXT(id), 1, take_state, &cookie);
}

/* An update, not a replacement: that would take its mails away. */
enum store_status
report_state_put(struct store *store, const struct report_state *s)
{
	const struct fact_value args[] = { STORE_TEXT(s->id), STORE_NUMBER(s->day),
		STORE_NUMBER(s->policy_id), STORE_TEXT(s->host), STORE_NUMBER(s->rows),
		STORE_NUMBER(s->messages), STORE_NUMBER(s->left_out),
		STORE_TEXT(s->xml_sha256), STORE_NUMBER(s->mail_bytes),
		STORE_TEXT(s->state), STORE_TEXT(s->reason), STORE_NUMBER(s->tries),
		STORE_NUMBER(s->next_at), STORE_NUMBER(s->made_at) };

	return store_run(store,
	    "INSERT INTO report(" COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
	    " ON CONFLICT DO UPDATE SET policy_id=excluded.policy_id,"
	    " rows=excluded.rows, messages=excluded.messages,"
	    " left_out=excluded.left_out, xml_sha256=excluded.xml_sha256,"
	    " mail_bytes=excluded.mail_bytes, state=excluded.state,"
	    " reason=excluded.reason, tries=excluded.tries, next_at=excluded.next_at",
	    args, sizeof args / sizeof args[0], NULL, NULL);
}

enum store_status
report_state_give_up(struct store *store, int64_t day, int64_t *count)
{
	enum store_status status = store_run(store,
	    "UPDATE report SET state='failed', next_at=NULL"
	    " WHERE day<? AND state='waiting'",
	    &STORE_NUMBER(day), 1, NULL, NULL);

	*count = status == STORE_OK ? store_changes(store) : 0;
	return status;
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
report_state_mails(struct store *store, const char *id, struct pool *pool,
    struct report_mail_state **mails, size_t *count)
{
	struct mail_list list = { .pool = pool };
	enum store_status status;

	list.mails = pool_alloc(pool, MAILS_MAX * sizeof *list.mails);
	status = store_run(store,
	    "SELECT address,n,state,reason FROM report_to WHERE report_id=? ORDER BY n",
	    &STORE_TEXT(id), 1, take_mail, &list);
	*mails = list.mails;
	*count = list.count;
	return status;
}

enum store_status
report_state_put_mail(
    struct store *store, const char *id, const struct report_mail_state *mail, int64_t at)
{
	const struct fact_value args[] = { STORE_TEXT(id), STORE_TEXT(mail->address),
		STORE_NUMBER(mail->n), STORE_TEXT(mail->state), STORE_TEXT(mail->reason),
		STORE_NUMBER(at) };

	return store_run(store,
	    "INSERT INTO report_to(report_id,address,n,state,reason,at)"
	    " VALUES(?,?,?,?,?,?) ON CONFLICT DO UPDATE SET state=excluded.state,"
	    " reason=excluded.reason, at=excluded.at",
	    args, sizeof args / sizeof args[0], NULL, NULL);
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
    struct store *store, const char *address, int64_t now, bool *suppressed)
{
	const struct fact_value args[] = { STORE_TEXT(address), STORE_NUMBER(now) };
	int64_t there = 0;
	enum store_status status = store_ask(store,
	    "SELECT count(*) FROM suppress WHERE address=?1 AND until>?2", args, 2,
	    &there);

	*suppressed = there > 0;
	return status;
}

/* While it is suppressed, what came back is of before: it counts once. */
enum store_status
report_state_suppress(
    struct store *store, const char *address, const char *reason, int64_t now)
{
	const struct fact_value args[] = { STORE_TEXT(address), STORE_TEXT(reason),
		STORE_NUMBER(now), STORE_NUMBER(now + FIRST_DAYS * DAY),
		STORE_NUMBER(now + AGAIN_DAYS * DAY) };

	return store_run(store,
	    "INSERT INTO suppress(address,until,reason,at) VALUES(?1,?4,?2,?3)"
	    " ON CONFLICT DO UPDATE SET until=?5, reason=?2, at=?3 WHERE until<=?3",
	    args, 5, NULL, NULL);
}
