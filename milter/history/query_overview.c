#include "history/query_overview.h"
#include "base/pool.h"

#define DAY ((int64_t)86400)
#define DAYS_MAX 3660

/* Rows a page: what four statements read stays in the cache of SQLite. */
#define PAGE_ROWS 20000

/*
 * The counts from day ?1 on as table c.  Rows above folded_id are not counted yet: the
 * daemon notes that id in the transaction that counts, so that each is here once.
 */
#define COUNTS                                                                      \
	"WITH c AS (SELECT day, header_from, policy_domain, dmarc, policy, would, " \
	"action, n"                                                                 \
	" FROM daily WHERE day>=?1 UNION ALL"                                       \
	" SELECT m.at/86400, m.header_from, coalesce(p.domain,''), m.dmarc,"        \
	" coalesce(m.policy,''), m.would, m.action, 1"                              \
	" FROM message m LEFT JOIN policy p ON p.id=m.policy_id"                    \
	" WHERE m.id>(SELECT value FROM meta WHERE key='folded_id')"                \
	" AND m.at>=?1*86400)"

#define ASKED "(dmarc='fail' AND policy IN ('reject','quarantine'))"

static const char days_sql[] = COUNTS
    " SELECT day, sum(n), sum(n*(header_from<>'' AND dmarc='pass')),"
    " sum(n*(header_from<>'' AND dmarc='fail')),"
    " sum(n*(header_from<>'' AND dmarc='none')),"
    " sum(n*(header_from<>'' AND dmarc NOT IN ('pass','fail','none'))),"
    " sum(n*(header_from='')), sum(n*(would='reject')), sum(n*(would='header')),"
    " sum(n*(would='hold')), sum(n*(would='tempfail')),"
    " sum(n*(would<>action)), sum(n*" ASKED "),"
    " sum(n*(" ASKED " AND action<>'accept')), sum(n*(" ASKED " AND would='accept'))"
    " FROM c GROUP BY 1 ORDER BY 1";

#define SUMS                                                     \
	" sum(n), sum(n*(dmarc='pass')), sum(n*(dmarc='fail'))," \
	" sum(n*(would='reject')), sum(n*(would='header')),"     \
	" sum(n*(would='hold'))"

/* "*" stands for all who sent little; see ledger_tidy.c. */
static const char *const senders_sql[QUERY_KINDS] = {
	[QUERY_REFUSED] = COUNTS
	" SELECT header_from," SUMS " FROM c GROUP BY 1"
	" HAVING sum(n*(would IN ('reject','header','hold')))>0"
	" ORDER BY sum(n*(would IN ('reject','header','hold'))) DESC, 2 DESC, 1 LIMIT ?2",
	[QUERY_MIXED] = COUNTS
	" SELECT header_from," SUMS " FROM c WHERE header_from NOT IN ('','*') GROUP BY 1"
	" HAVING sum(n*(dmarc='pass'))>0 AND sum(n*(dmarc='fail'))>0"
	" ORDER BY 4 DESC, 2 DESC, 1 LIMIT ?2",
	[QUERY_UNPROTECTED] =
	    COUNTS " SELECT header_from," SUMS ", count(DISTINCT day) FROM c"
		   " WHERE dmarc='none' AND header_from NOT IN ('','*')"
		   " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?2",
	[QUERY_POLICY_NONE] =
	    COUNTS " SELECT policy_domain," SUMS ", count(DISTINCT day) FROM c"
		   " WHERE policy='none' AND policy_domain NOT IN ('','*')"
		   " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?2",
};

struct day_list {
	struct query_day *days;
	size_t count, room;
};

static bool
take_day(const struct fact_value *cells, size_t count, void *cookie)
{
	struct day_list *list = cookie;

	(void)count;
	list->days[list->count++] = (struct query_day){
		.day = cells[0].number,
		.mail = cells[1].number,
		.pass = cells[2].number,
		.fail = cells[3].number,
		.none = cells[4].number,
		.undecided = cells[5].number,
		.authorless = cells[6].number,
		.refused = cells[7].number,
		.marked = cells[8].number,
		.held = cells[9].number,
		.deferred = cells[10].number,
		.let_in = cells[11].number,
		.asked = cells[12].number,
		.followed = cells[13].number,
		.excepted = cells[14].number,
	};
	return list->count < list->room;
}

enum store_status
query_overview_days(struct query *query, int64_t first, struct pool *pool,
    struct query_day **days, size_t *count)
{
	struct day_list list = { .room = DAYS_MAX,
		.days = pool_alloc(pool, DAYS_MAX * sizeof *list.days) };
	enum store_status status = store_run(
	    query_store(query), days_sql, &STORE_NUMBER(first), 1, take_day, &list);

	*days = list.days;
	*count = list.count;
	return status;
}

struct sums_list {
	struct pool *pool;
	struct query_sums *list;
	size_t count, room;
};

static const char *
text_of(const struct fact_value *cell)
{
	return cell->text != NULL ? cell->text : "";
}

static bool
take_sums(const struct fact_value *cells, size_t count, void *cookie)
{
	struct sums_list *list = cookie;

	list->list[list->count++] = (struct query_sums){
		.domain = pool_strdup(list->pool, text_of(&cells[0])),
		.mail = cells[1].number,
		.pass = cells[2].number,
		.fail = cells[3].number,
		.refused = cells[4].number,
		.marked = cells[5].number,
		.held = cells[6].number,
		.days = count > 7 ? cells[7].number : 0,
	};
	return list->count < list->room;
}

enum store_status
query_overview_senders(struct query *query, enum query_senders_kind kind, int64_t first,
    size_t limit, struct pool *pool, struct query_sums **sums, size_t *count)
{
	const struct fact_value args[] = { STORE_NUMBER(first),
		STORE_NUMBER((int64_t)limit) };
	struct sums_list list = { .pool = pool,
		.room = limit,
		.list = pool_alloc(pool, (limit + 1) * sizeof *list.list) };
	enum store_status status =
	    store_run(query_store(query), senders_sql[kind], args, 2, take_sums, &list);

	*sums = list.list;
	*count = list.count;
	return status;
}

enum store_status
query_overview_state(struct query *query, struct pool *pool, struct query_state *state)
{
	struct store *store = query_store(query);
	int64_t id = -1, at = 0;
	enum store_status status = store_ask(
	    store, "SELECT conf_id FROM message ORDER BY id DESC LIMIT 1", NULL, 0, &id);

	*state = (struct query_state){ 0 };
	if (status != STORE_OK || id == -1)
		return status;
	status = query_settings(
	    query, &(struct query_row){ .settings_id = id }, pool, &state->settings);
	/* conf.at is when those settings were in force last, to the day. */
	if (status == STORE_OK)
		status = store_ask(store,
		    "SELECT coalesce(max(c.at), 0) FROM conf c, conf mine WHERE mine.id=?"
		    " AND (instr(char(10)||c.text, char(10)||'Mode monitor')>0)"
		    "<>(instr(char(10)||mine.text, char(10)||'Mode monitor')>0)",
		    &STORE_NUMBER(id), 1, &at);
	state->mode_day = at / DAY;
	return status;
}

static bool
take_decided(const struct fact_value *cells, size_t count, void *cookie)
{
	const struct query_overview_seen *seen = cookie;
	const char *lists[2] = { cells[3].text, cells[4].text };

	(void)count;
	seen->decided(seen->cookie, text_of(&cells[0]), cells[1].text, cells[2].text,
	    lists, cells[5].number);
	return true;
}

static bool
take_weak_key(const struct fact_value *cells, size_t count, void *cookie)
{
	const struct query_overview_seen *seen = cookie;

	(void)count;
	seen->weak_key(seen->cookie, text_of(&cells[0]), text_of(&cells[1]),
	    cells[2].number, cells[3].number);
	return true;
}

static bool
take_spf_fault(const struct fact_value *cells, size_t count, void *cookie)
{
	const struct query_overview_seen *seen = cookie;

	(void)count;
	seen->spf_fault(
	    seen->cookie, text_of(&cells[0]), text_of(&cells[1]), cells[2].number);
	return true;
}

static bool
take_failure(const struct fact_value *cells, size_t count, void *cookie)
{
	const struct query_overview_seen *seen = cookie;

	(void)count;
	seen->failure(seen->cookie, text_of(&cells[0]), text_of(&cells[1]),
	    cells[2].number, cells[3].number, cells[4].number);
	return true;
}

#define PAGE_OF " message.id>?1 AND message.id<=?2 AND at>=?3 AND "

/*
 * The patterns are a sieve: numbers below 2048 where a signature has its key's, [r,d,s,a,
 * bits,"s|r|n|-",...].  What passes is read as JSON, and only from arrays of ours.
 */
static const struct {
	const char *sql;
	store_row *take;
	bool wants_mixed;
} questions[] = {
	{ "SELECT rule, override,"
	  " CASE rule WHEN 'trusted_forwarder' THEN client END,"
	  " CASE WHEN rule='mailing_list' AND list_signed IN ('id','both') THEN list_id "
	  "END,"
	  " CASE WHEN rule='mailing_list' AND list_signed IN ('post','both')"
	  " THEN list_post END, count(*) FROM message WHERE" PAGE_OF
	  "rule IN ('override','trusted_forwarder','mailing_list') GROUP BY 1,2,3,4,5",
	    take_decided, false },
	{ "SELECT s.value->>1, s.value->>2, s.value->>4, count(DISTINCT message.id)"
	  " FROM message, json_each(CASE WHEN json_valid(signatures)"
	  " THEN signatures ELSE '[]' END) AS s WHERE" PAGE_OF
	  "(signatures GLOB '*,[1-9][0-9][0-9],\"*'"
	  " OR signatures GLOB '*,[12][0-9][0-9][0-9],\"*')"
	  " AND s.type='array' AND s.value->>3 LIKE 'rsa%'"
	  " AND json_type(s.value, '$[4]')='integer'"
	  " AND s.value->>4 BETWEEN 1 AND 2047 GROUP BY 1,2,3",
	    take_weak_key, false },
	{ "SELECT spf_domain, coalesce(spf_reason,''), count(*) FROM message "
	  "WHERE" PAGE_OF "spf='permerror' GROUP BY 1,2",
	    take_spf_fault, false },
	{ "SELECT header_from, client, count(*), sum(list_id IS NOT NULL),"
	  " sum(spf='permerror' OR instr(signatures, '[\"permerror\"')>0)"
	  " FROM message WHERE" PAGE_OF "dmarc='fail' AND header_from IN"
	  " (SELECT value FROM json_each(?4)) GROUP BY 1,2",
	    take_failure, true },
};

static enum store_status
read_page(struct query *query, const struct query_overview_seen *seen, int64_t after,
    int64_t first)
{
	const struct fact_value args[] = { STORE_NUMBER(after),
		STORE_NUMBER(after + PAGE_ROWS), STORE_NUMBER(first * DAY),
		STORE_TEXT(seen->mixed) };
	struct query_overview_seen copy = *seen;
	enum store_status status = STORE_OK;

	for (size_t i = 0; status == STORE_OK && i < sizeof questions / sizeof *questions;
	     i++)
		status = store_run(query_store(query), questions[i].sql, args,
		    questions[i].wants_mixed ? 4 : 3, questions[i].take, &copy);
	return status;
}

/* By id, as the rows stand in the file; ids go up as time does, but for a clock that was
 * put back. */
enum store_status
query_overview_rows(
    struct query *query, int64_t first, const struct query_overview_seen *seen)
{
	int64_t begin = 0, end = 0;
	enum store_status status = store_ask(query_store(query),
	    "SELECT coalesce(min(id), 1) FROM message INDEXED BY message_at WHERE at>=?",
	    &STORE_NUMBER(first * DAY), 1, &begin);

	if (status == STORE_OK)
		status = store_ask(query_store(query),
		    "SELECT coalesce(max(id), 0) FROM message", NULL, 0, &end);
	for (int64_t after = begin - 1; status == STORE_OK && after < end;
	     after += PAGE_ROWS)
		status = read_page(query, seen, after, first);
	return status;
}
