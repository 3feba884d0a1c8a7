#include "history/query_period.h"
#include "base/pool.h"
#include "history/query_source.h"
#include "mail/evidence.h"

/*
 * Rows stand in the file as they came, so that by time they are read one after another;
 * by domain each would be another page of the file.
 */

/* More clients of one domain are told as that many. */
#define CLIENTS_MAX 100000
#define PAIRS_MAX 100000
/* More Overrides than the settings can hold. */
#define DECIDED_MAX 20000

/* What the columns of a group are, behind its domain. */
enum sum {
	SUM_MAIL,
	SUM_PASS,
	SUM_FAIL,
	SUM_NONE,
	SUM_TEMPERROR,
	SUM_REJECT,
	SUM_HEADER,
	SUM_HOLD,
	SUM_TEMPFAIL,
	SUM_BY_LIST,
	SUM_FAULTY,
	SUM_SEALED
};

struct sender_list {
	struct pool *pool;
	size_t room;
	struct query_senders *found;
};

static void
add_totals(struct query_totals *t, const char *domain, const struct fact_value *sums)
{
	t->messages += sums[SUM_MAIL].number;
	t->pass += sums[SUM_PASS].number;
	t->fail += sums[SUM_FAIL].number;
	if (*domain != '\0')
		t->none += sums[SUM_NONE].number;
	else
		t->bad_from += sums[SUM_MAIL].number;
	t->temperror += sums[SUM_TEMPERROR].number;
	t->reject += sums[SUM_REJECT].number;
	t->header += sums[SUM_HEADER].number;
	t->hold += sums[SUM_HOLD].number;
	t->tempfail += sums[SUM_TEMPFAIL].number;
	t->sealed += sums[SUM_SEALED].number;
}

static bool
take_sender(const struct fact_value *cells, size_t count, void *cookie)
{
	const struct sender_list *list = cookie;
	struct query_senders *found = list->found;
	const char *domain = cells[0].text != NULL ? cells[0].text : "";
	const struct fact_value *sums = &cells[1];

	(void)count;
	add_totals(&found->totals, domain, sums);
	if (found->count == list->room)
		return true;
	found->list[found->count++] = (struct query_sender){
		.domain = pool_strdup(list->pool, domain),
		.mail = sums[SUM_MAIL].number,
		.pass = sums[SUM_PASS].number,
		.fail = sums[SUM_FAIL].number,
		.refused = sums[SUM_REJECT].number,
		.marked = sums[SUM_HEADER].number,
		.held = sums[SUM_HOLD].number,
		.deferred = sums[SUM_TEMPFAIL].number,
		.by_list = sums[SUM_BY_LIST].number,
		.faulty = sums[SUM_FAULTY].number,
		.sealed = sums[SUM_SEALED].number,
	};
	return true;
}

#define SUM(what) ", count(*) FILTER (WHERE " what ")"
#define SUMS_OF_RESULTS     \
	SUM("dmarc='pass'") \
	SUM("dmarc='fail'") SUM("dmarc='none'") SUM("dmarc='temperror'")
#define SUMS_OF_ACTIONS       \
	SUM("would='reject'") \
	SUM("would='header'") SUM("would='hold'") SUM("would='tempfail'")
#define SUMS_OF_CAUSES \
	SUM("dmarc='fail' AND by_list") SUM("dmarc='fail' AND faulty") SUM("is_sealed")
#define SHARED_SINCE QUERY_SHARED_TIME("$1")
#define SHARED_UNTIL QUERY_SHARED_TIME("$2")

/* On the server of columns that its index holds: the rows need not be read. */
static const struct query_sql senders = {
	"SELECT header_from, count(*), sum(dmarc='pass'), sum(dmarc='fail'),"
	" sum(dmarc='none'), sum(dmarc='temperror'), sum(would='reject'),"
	" sum(would='header'), sum(would='hold'), sum(would='tempfail'),"
	" sum(dmarc='fail' AND list_id IS NOT NULL),"
	" sum(dmarc='fail' AND (spf='permerror' OR"
	" instr(signatures, '[\"permerror\"')>0)), count(sealed)"
	" FROM message INDEXED BY message_at"
	" WHERE at>=?1 AND at<?2 AND (?3 IS NULL OR header_from=?3)"
	" GROUP BY +header_from"
	" ORDER BY sum(would IN ('reject','header','hold')) DESC,"
	" 4 DESC, 2 DESC, 1",
	"SELECT header_from, count(*)" SUMS_OF_RESULTS SUMS_OF_ACTIONS SUMS_OF_CAUSES
	" FROM message WHERE at>=" SHARED_SINCE " AND at<" SHARED_UNTIL
	" AND ($3::text IS NULL OR header_from=$3) GROUP BY header_from"
	" ORDER BY count(*) FILTER (WHERE would IN ('reject','header','hold')) DESC,"
	" 4 DESC, 2 DESC, 1",
};

enum store_status
query_period_senders(struct query *query, const struct query_period *p, size_t limit,
    struct pool *pool, struct query_senders *found)
{
	const struct fact_value args[] = { STORE_NUMBER(p->since), STORE_NUMBER(p->until),
		STORE_TEXT(p->from) };
	struct sender_list list = { .pool = pool, .room = limit, .found = found };
	struct query_totals *t = &found->totals;
	enum store_status status;

	*found = (struct query_senders){
		.list = pool_alloc(pool, (limit + 1) * sizeof *found->list),
	};
	status = query_run(query, &senders, args, 3, take_sender, &list);
	t->accept = t->messages - t->reject - t->header - t->hold - t->tempfail;
	return status;
}

struct client_list {
	struct pool *pool;
	struct query_client *clients;
	size_t count, room;
};

static bool
take_client(const struct fact_value *cells, size_t count, void *cookie)
{
	struct client_list *list = cookie;
	struct query_client *c = &list->clients[list->count++];

	(void)count;
	c->address = pool_strdup(list->pool, cells[0].text != NULL ? cells[0].text : "");
	c->failures = cells[1].number;
	c->days = cells[2].number;
	c->is_relay = cells[3].number != 0;
	c->broken = cells[4].number;
	c->explained = cells[5].number;
	c->unasked = cells[6].number;
	return list->count < list->room;
}

/*
 * On the server: the domains of signatures that fail by their body alone.  By a pattern,
 * as a cell that is no JSON would be an error there.
 */
#define STRING "(?:\"(?:[^\"\\\\]|\\\\.)*\"|null)"
#define SHARED_SIGNED                                                                 \
	"regexp_matches(signatures, '\\[\"fail\",\"([^\"\\\\]*)\"," STRING "," STRING \
	",-?[0-9]+," STRING "," STRING ",\"" EVIDENCE_BODY_CHANGED "\"\\]', 'g')"

static const struct query_sql client_count = {
	"SELECT count(DISTINCT client) FROM message WHERE header_from=?1"
	" AND at>=?2 AND at<?3 AND dmarc='fail'",
	"SELECT count(DISTINCT client) FROM message WHERE header_from=$1"
	" AND at>=" QUERY_SHARED_TIME("$2") " AND at<" QUERY_SHARED_TIME(
	    "$3") " AND dmarc='fail'",
};

/*
 * Of one failure, broken: 2, a signature of the author domain itself fails by its body
 * alone; 1, only one of a name above it, which its record may not let stand for it.
 */
#define LOCAL_DOMAIN "(s.value->>1)"
#define LOCAL_BROKEN                                                                  \
	"(SELECT max(CASE WHEN " LOCAL_DOMAIN "=header_from THEN 2"                   \
	" WHEN substr(header_from,-length('.'||" LOCAL_DOMAIN "))='.'||" LOCAL_DOMAIN \
	" THEN 1 ELSE 0 END)"                                                         \
	" FROM json_each(CASE WHEN json_valid(signatures)"                            \
	" THEN signatures ELSE '[]' END) AS s"                                        \
	" WHERE s.value->>0='fail' AND s.value->>7='" EVIDENCE_BODY_CHANGED "')"
#define SHARED_BROKEN                                                \
	"(SELECT max(CASE WHEN found[1]=header_from THEN 2"          \
	" WHEN right(header_from, length(found[1])+1)='.'||found[1]" \
	" THEN 1 ELSE 0 END) FROM " SHARED_SIGNED " AS s(found))"
#define SHARED_DAY QUERY_SHARED_SECONDS("at") "/86400"
#define SHARED_AFTER QUERY_SHARED_TIME("$2")
#define SHARED_BEFORE QUERY_SHARED_TIME("$3")
#define BROKEN_SUMS                                              \
	" sum(CASE WHEN broken>0 THEN 1 ELSE 0 END),"            \
	" sum(CASE WHEN forwarded IN ('body','srs')"             \
	" OR forwarded IS NULL AND broken=2 THEN 1 ELSE 0 END)," \
	" sum(CASE WHEN forwarded IS NULL AND coalesce(broken,0)<2 THEN 1 ELSE 0 END)"

static const struct query_sql failing_clients = {
	"SELECT client, count(*), count(DISTINCT day), max(relay)," BROKEN_SUMS
	" FROM (SELECT client, at/86400 AS day, is_relay AS relay,"
	" forwarded, " LOCAL_BROKEN " AS broken FROM message"
	" WHERE header_from=?1 AND at>=?2 AND at<?3 AND dmarc='fail')"
	" GROUP BY 1 ORDER BY 2 DESC, 1",
	"SELECT client, count(*), count(DISTINCT day), max(relay)," BROKEN_SUMS
	" FROM (SELECT client, " SHARED_DAY " AS day, is_relay::int AS relay,"
	" forwarded, " SHARED_BROKEN " AS broken FROM message"
	" WHERE header_from=$1 AND at>=" SHARED_AFTER " AND at<" SHARED_BEFORE
	" AND dmarc='fail') AS failure"
	" GROUP BY 1 ORDER BY 2 DESC, 1",
};

static const struct query_sql passing_pairs = {
	"SELECT client, header_from FROM message INDEXED BY message_at"
	" WHERE at>=?2 AND at<?3"
	" AND dmarc='pass' AND client IN (SELECT value FROM json_each(?1))"
	" GROUP BY 1,2",
	"SELECT client, header_from FROM message WHERE at>=" QUERY_SHARED_TIME(
	    "$2") " AND at<" QUERY_SHARED_TIME("$3") " AND dmarc='pass'"
						     " AND client=ANY(ARRAY(SELECT "
						     "json_array_elements_text($1::json))"
						     ")"
						     " GROUP BY 1,2",
};

enum store_status
query_period_clients(struct query *query, const struct query_period *p,
    const char *domain, struct pool *pool, struct query_client **clients, size_t *count)
{
	const struct fact_value args[] = { STORE_TEXT(domain), STORE_NUMBER(p->since),
		STORE_NUMBER(p->until) };
	struct client_list list = { .pool = pool };
	int64_t there = 0;
	enum store_status status = query_ask(query, &client_count, args, 3, &there);

	list.room = (size_t)(there < CLIENTS_MAX ? there : CLIENTS_MAX);
	list.clients = pool_alloc(pool, (list.room + 1) * sizeof *list.clients);
	if (status == STORE_OK && list.room > 0)
		status = query_run(query, &failing_clients, args, 3, take_client, &list);
	*clients = list.clients;
	*count = list.count;
	return status;
}

struct pair_list {
	struct pool *pool;
	struct query_pair *pairs;
	size_t count;
};

static bool
take_pair(const struct fact_value *cells, size_t count, void *cookie)
{
	struct pair_list *list = cookie;
	struct query_pair *pair = &list->pairs[list->count++];

	(void)count;
	pair->client =
	    pool_strdup(list->pool, cells[0].text != NULL ? cells[0].text : "");
	pair->domain =
	    pool_strdup(list->pool, cells[1].text != NULL ? cells[1].text : "");
	return list->count < PAIRS_MAX;
}

enum store_status
query_period_passing(struct query *query, const struct query_period *p,
    const char *clients, struct pool *pool, struct query_pair **pairs, size_t *count)
{
	const struct fact_value args[] = { STORE_TEXT(clients), STORE_NUMBER(p->since),
		STORE_NUMBER(p->until) };
	struct pair_list list = { .pool = pool,
		.pairs = pool_alloc(pool, PAIRS_MAX * sizeof *list.pairs) };
	enum store_status status =
	    query_run(query, &passing_pairs, args, 3, take_pair, &list);

	*pairs = list.pairs;
	*count = list.count;
	return status;
}

static const struct query_sql decided_sums = {
	"SELECT override, count(*) FROM message INDEXED BY message_at"
	" WHERE at>=?1 AND at<?2 AND override IS NOT NULL"
	" GROUP BY 1 ORDER BY 2 DESC, 1",
	"SELECT override, count(*) FROM message WHERE at>=" QUERY_SHARED_TIME(
	    "$1") " AND at<" QUERY_SHARED_TIME("$2") " AND override IS NOT NULL"
						     " GROUP BY 1 ORDER BY 2 DESC, 1",
};

struct decided_list {
	struct pool *pool;
	struct query_decided *list;
	size_t count;
};

static bool
take_decided(const struct fact_value *cells, size_t count, void *cookie)
{
	struct decided_list *list = cookie;
	struct query_decided *d = &list->list[list->count++];

	(void)count;
	d->override = pool_strdup(list->pool, cells[0].text != NULL ? cells[0].text : "");
	d->messages = cells[1].number;
	return list->count < DECIDED_MAX;
}

enum store_status
query_period_decided(struct query *query, const struct query_period *p, struct pool *pool,
    struct query_decided **decided, size_t *count)
{
	const struct fact_value args[] = { STORE_NUMBER(p->since),
		STORE_NUMBER(p->until) };
	struct decided_list list = { .pool = pool,
		.list = pool_alloc(pool, DECIDED_MAX * sizeof *list.list) };
	enum store_status status =
	    query_run(query, &decided_sums, args, 2, take_decided, &list);

	*decided = list.list;
	*count = list.count;
	return status;
}
