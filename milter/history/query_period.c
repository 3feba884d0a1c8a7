#include "history/query_period.h"
#include "base/pool.h"

/* More clients of one domain are told as that many. */
#define CLIENTS_MAX 100000
#define PAIRS_MAX 100000
/* check/dkim_judge.c's words for a signature of which only the body does not fit. */
#define DKIM_BODY_CHANGED "the body was changed"

static bool
take_totals(const struct fact_value *cells, size_t count, void *cookie)
{
	struct query_totals *t = cookie;
	int64_t *const fields[] = { &t->messages, &t->pass, &t->fail, &t->none,
		&t->temperror, &t->bad_from, &t->accept, &t->header, &t->hold, &t->reject,
		&t->tempfail };

	for (size_t i = 0; i < count && i < sizeof fields / sizeof fields[0]; i++)
		*fields[i] = cells[i].number;
	return false;
}

enum store_status
query_period_totals(
    struct query *query, const struct query_period *p, struct query_totals *t)
{
	const struct fact_value args[] = { STORE_NUMBER(p->since), STORE_NUMBER(p->until),
		STORE_TEXT(p->from) };

	*t = (struct query_totals){ 0 };
	return store_run(query_store(query),
	    "SELECT count(*), sum(dmarc='pass'), sum(dmarc='fail'),"
	    " sum(dmarc='none' AND header_from<>''), sum(dmarc='temperror'),"
	    " sum(header_from=''), sum(would='accept'), sum(would='header'),"
	    " sum(would='hold'), sum(would='reject'), sum(would='tempfail')"
	    " FROM message WHERE at>=?1 AND at<?2 AND (?3 IS NULL OR header_from=?3)",
	    args, 3, take_totals, t);
}

struct sender_list {
	struct pool *pool;
	struct query_sender *senders;
	size_t count;
};

static bool
take_sender(const struct fact_value *cells, size_t count, void *cookie)
{
	struct sender_list *list = cookie;
	struct query_sender *s = &list->senders[list->count++];
	int64_t *const fields[] = { &s->mail, &s->pass, &s->fail, &s->refused, &s->marked,
		&s->held, &s->deferred, &s->by_list, &s->faulty };

	s->domain = pool_strdup(list->pool, cells[0].text != NULL ? cells[0].text : "");
	for (size_t i = 1; i < count; i++)
		*fields[i - 1] = cells[i].number;
	return true;
}

enum store_status
query_period_senders(struct query *query, const struct query_period *p, size_t limit,
    struct pool *pool, struct query_sender **senders, size_t *count)
{
	const struct fact_value args[] = { STORE_NUMBER(p->since), STORE_NUMBER(p->until),
		STORE_TEXT(p->from), STORE_NUMBER((int64_t)limit) };
	struct sender_list list = { .pool = pool,
		.senders = pool_alloc(pool, (limit + 1) * sizeof *list.senders) };
	enum store_status status = store_run(query_store(query),
	    "SELECT header_from, count(*), sum(dmarc='pass'), sum(dmarc='fail'),"
	    " sum(would='reject'), sum(would='header'), sum(would='hold'),"
	    " sum(would='tempfail'), sum(dmarc='fail' AND list_id IS NOT NULL),"
	    " sum(dmarc='fail' AND (spf='permerror' OR"
	    " instr(signatures, '[\"permerror\"')>0))"
	    " FROM message WHERE at>=?1 AND at<?2 AND (?3 IS NULL OR header_from=?3)"
	    " GROUP BY 1 ORDER BY sum(would IN ('reject','header','hold')) DESC,"
	    " sum(dmarc='fail') DESC, 2 DESC, 1 LIMIT ?4",
	    args, 4, take_sender, &list);

	*senders = list.senders;
	*count = list.count;
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
	c->broken = cells[3].number;
	return list->count < list->room;
}

enum store_status
query_period_clients(struct query *query, const struct query_period *p,
    const char *domain, struct pool *pool, struct query_client **clients, size_t *count)
{
	const struct fact_value args[] = { STORE_TEXT(domain), STORE_NUMBER(p->since),
		STORE_NUMBER(p->until) };
	struct client_list list = { .pool = pool };
	int64_t there = 0;
	enum store_status status = store_ask(query_store(query),
	    "SELECT count(DISTINCT client) FROM message WHERE header_from=?1"
	    " AND at>=?2 AND at<?3 AND dmarc='fail'",
	    args, 3, &there);

	list.room = (size_t)(there < CLIENTS_MAX ? there : CLIENTS_MAX);
	list.clients = pool_alloc(pool, (list.room + 1) * sizeof *list.clients);
	if (status == STORE_OK && list.room > 0)
		status = store_run(query_store(query),
		    "SELECT client, count(*), count(DISTINCT at/86400), sum(EXISTS("
		    "SELECT 1 FROM json_each(CASE WHEN json_valid(signatures)"
		    " THEN signatures ELSE '[]' END) AS s"
		    " WHERE s.value->>0='fail' AND s.value->>7='" DKIM_BODY_CHANGED "'"
		    " AND (s.value->>1=header_from OR"
		    " substr(header_from,-length('.'||(s.value->>1)))='.'||(s.value->>1))"
		    "))"
		    " FROM message WHERE header_from=?1 AND at>=?2 AND at<?3"
		    " AND dmarc='fail' GROUP BY 1 ORDER BY 2 DESC, 1",
		    args, 3, take_client, &list);
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
	enum store_status status = store_run(query_store(query),
	    "SELECT client, header_from FROM message WHERE at>=?2 AND at<?3"
	    " AND dmarc='pass' AND client IN (SELECT value FROM json_each(?1))"
	    " GROUP BY 1,2",
	    args, 3, take_pair, &list);

	*pairs = list.pairs;
	*count = list.count;
	return status;
}
