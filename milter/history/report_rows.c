#include "history/report_rows.h"
#include "base/pool.h"

/* RFC 9990 section 3.1.1.8: no row without an address of the source. */
#define COUNTS                                                \
	" message.day=?1 AND message.disposition IS NOT NULL" \
	" AND coalesce(message.relay, message.client) NOT IN ('local', 'unknown')"

struct id_list {
	int64_t *ids;
	size_t count, room;
};

static bool
take_id(const struct fact_value *cells, size_t count, void *cookie)
{
	struct id_list *list = cookie;

	(void)count;
	list->ids[list->count++] = cells[0].number;
	return list->count < list->room;
}

enum store_status
report_rows_policies(
    struct store *store, int64_t day, struct pool *pool, int64_t **ids, size_t *count)
{
	struct id_list list = { 0 };
	int64_t there = 0;
	enum store_status status;

	/* What is sorted goes into a file of its own beyond that: rows may be many. */
	store_script(store, "PRAGMA cache_size=-8000; PRAGMA temp_store=FILE");
	status = store_ask(store,
	    "SELECT count(DISTINCT policy_id) FROM message WHERE" COUNTS
	    " AND policy_id IS NOT NULL",
	    &STORE_NUMBER(day), 1, &there);

	list.room = (size_t)there;
	list.ids = pool_alloc(pool, (list.room + 1) * sizeof *list.ids);
	if (status == STORE_OK && there > 0)
		status = store_run(store,
		    "SELECT policy_id FROM message WHERE" COUNTS
		    " AND policy_id IS NOT NULL GROUP BY policy_id"
		    " ORDER BY sum(dmarc='pass') DESC, count(*) DESC, policy_id",
		    &STORE_NUMBER(day), 1, take_id, &list);
	*ids = list.ids;
	*count = list.count;
	return status;
}

struct policy_found {
	struct pool *pool;
	struct report_policy *policy;
	bool there;
};

static const char *
kept(const struct fact_value *cell, struct pool *pool)
{
	return cell->text != NULL ? pool_strdup(pool, cell->text) : NULL;
}

static bool
take_policy(const struct fact_value *cells, size_t count, void *cookie)
{
	struct policy_found *found = cookie;

	(void)count;
	*found->policy = (struct report_policy){
		.id = cells[0].number,
		.domain = kept(&cells[1], found->pool),
		.record = kept(&cells[2], found->pool),
		.method = kept(&cells[3], found->pool),
		.faults = kept(&cells[4], found->pool),
		.messages = cells[5].number,
		.active = cells[6].number,
	};
	found->there = found->policy->domain != NULL && found->policy->record != NULL &&
		       found->policy->method != NULL;
	return false;
}

enum store_status
report_rows_policy(struct store *store, int64_t day, int64_t id, struct pool *pool,
    struct report_policy *policy)
{
	const struct fact_value args[] = { STORE_NUMBER(day), STORE_NUMBER(id) };
	struct policy_found found = { .pool = pool, .policy = policy };
	enum store_status status = store_run(store,
	    "SELECT p.id,p.domain,p.record,p.method,p.faults,count(*),"
	    " sum(message.passive=0) FROM policy p JOIN message ON"
	    " message.policy_id=p.id WHERE" COUNTS " AND p.id=?2 GROUP BY p.id",
	    args, 2, take_policy, &found);

	return status == STORE_OK && !found.there ? STORE_REFUSED : status;
}

/*
 * A list of lists of JSON as plain text: no more of it than a report tells, so that what
 * differs in the rest only is one row.  DISTINCT keeps the first of equal ones, in order.
 */
#define PART(n) "coalesce(value->>" #n ",'')"
#define FLAT(column, parts)                                                           \
	"coalesce((SELECT group_concat(entry, char(30)) FROM (SELECT DISTINCT " parts \
	" AS entry FROM json_each(CASE WHEN json_valid(" column ") THEN " column      \
	" ELSE '[]' END) WHERE type='array')),'')"

struct row_reader {
	report_rows_take *take;
	void *cookie;
};

static const char *
text(const struct fact_value *cell)
{
	return cell->text != NULL ? cell->text : "";
}

static bool
take_row(const struct fact_value *cells, size_t count, void *cookie)
{
	const struct row_reader *reader = cookie;
	const struct report_row row = {
		.count = cells[0].number,
		.source = text(&cells[1]),
		.disposition = text(&cells[2]),
		.dkim_aligned = cells[3].number != 0,
		.spf_aligned = cells[4].number != 0,
		.departures = text(&cells[5]),
		.header_from = text(&cells[6]),
		.mail_from = text(&cells[7]),
		.spf_domain = text(&cells[8]),
		.spf = text(&cells[9]),
		.spf_reason = text(&cells[10]),
		.signatures = text(&cells[11]),
	};

	(void)count;
	reader->take(&row, reader->cookie);
	return true;
}

enum store_status
report_rows_each(
    struct store *store, int64_t day, int64_t id, report_rows_take *take, void *cookie)
{
	const struct fact_value args[] = { STORE_NUMBER(day), STORE_NUMBER(id) };
	struct row_reader reader = { take, cookie };

	return store_run(store,
	    "SELECT count(*),a,b,c,d,e,f,g,h,i,j,k FROM (SELECT"
	    " coalesce(relay,client) AS a, disposition AS b, dkim_aligned AS c,"
	    " spf_aligned AS d," FLAT("departures",
		PART(0) "||char(31)||" PART(
		    1)) " AS e,"
			" header_from AS f,"
			" coalesce(mail_from,'') AS g,"
			" spf_domain AS h, spf AS i,"
			" coalesce(spf_reason,'') AS j," FLAT("signatures",
			    PART(0) "||char(31)||" PART(1) "||char(31)||" PART(
				2) "||char(31)||" PART(7)) " AS k FROM message "
							   "WHERE" COUNTS
							   " AND policy_id=?2) GROUP BY "
							   "a,b,c,d,e,f,g,h,i,j,k"
							   " ORDER BY 1 "
							   "DESC,a,b,c,d,e,f,g,h,i,j,k",
	    args, 2, take_row, &reader);
}

static bool
take_known(const struct fact_value *cells, size_t count, void *cookie)
{
	struct report_known *known = cookie;

	(void)count;
	known->days = cells[0].number;
	known->first_at = cells[1].number;
	return false;
}

enum store_status
report_rows_known(
    struct store *store, const char *domain, int64_t since, struct report_known *known)
{
	const struct fact_value args[] = { STORE_TEXT(domain), STORE_NUMBER(since) };

	*known = (struct report_known){ 0 };
	return store_run(store,
	    "SELECT count(DISTINCT at/86400), coalesce(min(at),0) FROM message"
	    " WHERE policy_id IN (SELECT id FROM policy WHERE domain=?1) AND at>=?2"
	    " AND dmarc='pass' AND action='accept'",
	    args, 2, take_known, &known[0]);
}
