#include "history/report_rows.h"
#include "base/pool.h"
#include "history/query_source.h"

/* RFC 9990 section 3.1.1.8: no row without an address of the source. */
#define COUNTS(day)                                    \
	" m.day=" day " AND m.disposition IS NOT NULL" \
	" AND coalesce(m.relay, m.client) NOT IN ('local', 'unknown')"

/*
 * Of a shared history the files that hold policy $2, which is made of what the record
 * says: 64 bits of a hash, by which a stranger can make two records of his own meet.
 * Then the later one is in no report.
 */
#define SHARED_POLICY                                                                \
	"WITH p AS (SELECT * FROM policy WHERE id=$2::bigint"                        \
	" AND (domain,method,record)=(SELECT domain,method,record FROM policy WHERE" \
	" id=$2::bigint ORDER BY first_at,file_id LIMIT 1)) "

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

/*
 * What is sorted goes into a file of its own beyond that: rows may be many.  The server
 * has no function before PostgreSQL 16 that tells text that is no JSON without an error.
 * Parts are told by "->>", equal ones once, the first ones first.
 */
enum store_status
report_rows_begin(struct query *query)
{
	static const struct query_sql steps[] = {
		{ "PRAGMA cache_size=-8000",
		    "CREATE OR REPLACE FUNCTION pg_temp.report_list(list text, parts "
		    "int[])"
		    " RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN"
		    " (SELECT coalesce(string_agg(entry, chr(30) ORDER BY n), '') FROM"
		    " (SELECT min(n) AS n, entry FROM (SELECT n, (SELECT"
		    " string_agg(coalesce(e->>p,''), chr(31) ORDER BY o)"
		    " FROM unnest(parts) WITH ORDINALITY AS q(p,o)) COLLATE \"C\" AS "
		    "entry"
		    " FROM json_array_elements(list::json) WITH ORDINALITY AS x(e,n)"
		    " WHERE json_typeof(e)='array') AS y GROUP BY entry) AS z);"
		    " EXCEPTION WHEN OTHERS THEN RETURN ''; END $$" },
		{ "PRAGMA temp_store=FILE", "SELECT 1" },
	};
	enum store_status status = STORE_OK;

	for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == STORE_OK; i++)
		status = query_run(query, &steps[i], NULL, 0, NULL, NULL);
	return status;
}

/* A domain that changes its record all day is not to use up what a run may send. */
#define IN_TURN                                                                        \
	" ORDER BY row_number() OVER (PARTITION BY domain ORDER BY good DESC, n DESC," \
	" id), good DESC, n DESC, id"

enum store_status
report_rows_policies(
    struct query *query, int64_t day, struct pool *pool, int64_t **ids, size_t *count)
{
	static const struct query_sql how_many = {
		"SELECT count(DISTINCT policy_id) FROM message m WHERE" COUNTS("?1"),
		"SELECT count(DISTINCT policy_id) FROM message m WHERE" COUNTS(
		    "$1::bigint")
	};
	static const struct query_sql which = {
		"SELECT id FROM (SELECT policy_id AS id,"
		" (SELECT domain FROM policy WHERE id=m.policy_id) AS domain,"
		" sum(dmarc='pass') AS good, count(*) AS n FROM message m WHERE" COUNTS(
		    "?1") " AND policy_id IS NOT NULL GROUP BY policy_id)" IN_TURN,
		"SELECT id FROM (SELECT policy_id AS id,"
		" (SELECT min(domain) FROM policy WHERE id=m.policy_id) AS domain,"
		" count(*) FILTER (WHERE dmarc='pass') AS good, count(*) AS n"
		" FROM message m WHERE" COUNTS(
		    "$1::bigint") " AND policy_id IS NOT NULL GROUP BY policy_id) AS "
				  "p" IN_TURN
	};
	struct id_list list = { 0 };
	int64_t there = 0;
	enum store_status status;

	status = query_ask(query, &how_many, &STORE_NUMBER(day), 1, &there);

	list.room = (size_t)there;
	list.ids = pool_alloc(pool, (list.room + 1) * sizeof *list.ids);
	if (status == STORE_OK && there > 0)
		status = query_run(query, &which, &STORE_NUMBER(day), 1, take_id, &list);
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
report_rows_policy(struct query *query, int64_t day, int64_t id, struct pool *pool,
    struct report_policy *policy)
{
	static const struct query_sql sql = {
		"SELECT p.id,p.domain,p.record,p.method,p.faults,count(*),"
		" sum(m.passive=0) FROM policy p JOIN message m ON m.policy_id=p.id"
		" WHERE" COUNTS("?1") " AND p.id=?2 GROUP BY p.id",
		SHARED_POLICY
		"SELECT "
		"min(p.id),min(p.domain),min(p.record),min(p.method),min(p.faults),"
		" count(*), count(*) FILTER (WHERE NOT m.passive) FROM p JOIN message m"
		" ON m.policy_id=p.id AND m.file_id=p.file_id WHERE" COUNTS(
		    "$1::bigint") " HAVING count(*)>0"
	};
	const struct fact_value args[] = { STORE_NUMBER(day), STORE_NUMBER(id) };
	struct policy_found found = { .pool = pool, .policy = policy };
	enum store_status status = query_run(query, &sql, args, 2, take_policy, &found);

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

#define SHARED_TEXT(column) "coalesce(" column ",'') COLLATE \"C\""

static const struct query_sql rows_sql = {
	"SELECT count(*),a,b,c,d,e,f,g,h,i,j,k FROM (SELECT"
	" coalesce(relay,client) AS a, disposition AS b, dkim_aligned AS c,"
	" spf_aligned AS d," FLAT("departures",
	    PART(0) "||char(31)||" PART(
		1)) " AS e, header_from AS f, coalesce(mail_from,'') AS g,"
		    " spf_domain AS h, spf AS i, coalesce(spf_reason,'') AS j," FLAT(
			"signatures",
			PART(0) "||char(31)||" PART(1) "||char(31)||" PART(
			    2) "||char(31)||" PART(7)) " AS k FROM message m "
						       "WHERE" COUNTS("?1") " AND "
									    "policy_id=?"
									    "2) GROUP BY "
									    "a,b,c,d,e,f,"
									    "g,h,i,j,k"
									    " ORDER BY 1 "
									    "DESC,a,b,c,"
									    "d,e,f,g,h,i,"
									    "j,k",
	SHARED_POLICY "SELECT count(*),a,b,c,d,e,f,g,h,i,j,k FROM (SELECT " SHARED_TEXT("coalesce(m.relay,m.client)") " AS a, " SHARED_TEXT(
	    "m.disposition") " AS b,"
			     " m.dkim_aligned AS c, m.spf_aligned AS d,"
			     " pg_temp.report_list(m.departures,'{0,1}') COLLATE \"C\" "
			     "AS e, " SHARED_TEXT("m.header_from") " AS f, " SHARED_TEXT("m.mail_from") " AS g, " SHARED_TEXT("m.spf_domain") " AS h, " SHARED_TEXT(
				 "m.spf") " AS i, " SHARED_TEXT("m.spf_reason") " AS j,"
										" pg_"
										"temp."
										"report_"
										"list(m."
										"signatur"
										"es,'{0,"
										"1,2,7}')"
										" COLLATE"
										" \"C\" "
										"AS k"
										" FROM p "
										"JOIN "
										"message "
										"m ON "
										"m."
										"policy_"
										"id=p.id "
										"AND "
										"m.file_"
										"id=p."
										"file_id"
										" WHER"
										"E" COUNTS(
										    "$1::"
										    "bigi"
										    "nt") ") AS r GROUP BY a,b,c,d,e,f,g,h,i,j,k"
											  " ORDER BY 1 DESC,a,b,c,d,e,f,g,h,i,j,k"
};

enum store_status
report_rows_each(
    struct query *query, int64_t day, int64_t id, report_rows_take *take, void *cookie)
{
	const struct fact_value args[] = { STORE_NUMBER(day), STORE_NUMBER(id) };
	struct row_reader reader = { take, cookie };

	return query_run(query, &rows_sql, args, 2, take_row, &reader);
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
    struct query *query, const char *domain, int64_t since, struct report_known *known)
{
	static const struct query_sql sql = {
		"SELECT count(DISTINCT at/86400), coalesce(min(at),0) FROM message"
		" WHERE policy_id IN (SELECT id FROM policy WHERE domain=?1) AND at>=?2"
		" AND dmarc='pass' AND action='accept'",
		"SELECT count(DISTINCT " QUERY_SHARED_SECONDS(
		    "m.at") "/86400), coalesce(min(" QUERY_SHARED_SECONDS("m.at") "),0) "
										  "FROM "
										  "policy"
										  " p "
										  "JOIN "
										  "messag"
										  "e m"
										  " ON "
										  "m."
										  "policy"
										  "_id=p."
										  "id "
										  "AND "
										  "m."
										  "file_"
										  "id=p."
										  "file_"
										  "id"
										  " WHERE"
										  " p."
										  "domain"
										  "=$1 "
										  "AND "
										  "m.at>"
										  "=" QUERY_SHARED_TIME(
										      "$"
										      "2") " AND m.dmarc='pass' AND m.action='accept'"
	};
	const struct fact_value args[] = { STORE_TEXT(domain), STORE_NUMBER(since) };

	*known = (struct report_known){ 0 };
	return query_run(query, &sql, args, 2, take_known, known);
}
