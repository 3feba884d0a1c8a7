#include <string.h>

#include "history/query_overview.h"
#include "history/query_source.h"

#define DAY ((int64_t)86400)

/* Rows a page: no transaction is open for long. */
#define PAGE_ROWS 20000

static const char *
text_of(const struct fact_value *cell)
{
	return cell->text != NULL ? cell->text : "";
}

#define NOTED                                                                      \
	"rule, override, client, header_from, spf, spf_domain, spf_reason, dmarc," \
	" list_id, list_post, list_signed, client_confirmed"
static const char noted_sql[] =
    "SELECT " NOTED ","
    " spf='permerror' OR instr(signatures, '[\"permerror\"')>0"
    " FROM message WHERE id=?";

/* Of few messages more than that is asked for, which is quicker by itself.  Lists and
 * forwarders decide about failures alone. */
static const char rows_sql[] =
    "SELECT signatures, CASE WHEN dmarc='fail' OR spf='permerror'"
    " OR override IS NOT NULL THEN id END"
    " FROM message WHERE id>?1 AND id<=?2 AND at>=?3";

/* Signatures as history/fact_fill.c writes them, [result,d,s,a,bits,...], of one message:
 * a key counts once. */
static const char keys_sql[] =
    "SELECT DISTINCT value->>1, value->>2, value->>4"
    " FROM json_each(CASE WHEN json_valid(?1) THEN ?1 ELSE '[]' END)"
    " WHERE type='array' AND value->>3 LIKE 'rsa%' AND json_type(value, '$[4]')='integer'"
    " AND value->>4>0 AND value->>4<?2";

struct reading {
	const struct query_overview_seen *seen;
	struct store *store;
	enum store_status status;
};

/* Which of its names signed. */
static bool
signed_as(const char *signed_by, const char *name)
{
	return strcmp(signed_by, name) == 0 || strcmp(signed_by, "both") == 0;
}

static bool
take_noted(const struct fact_value *cells, size_t count, void *cookie)
{
	const struct query_overview_seen *seen = ((struct reading *)cookie)->seen;
	const char *signed_by = text_of(&cells[10]);
	const struct query_noted noted = {
		.rule = text_of(&cells[0]),
		.override = cells[1].text,
		.client = text_of(&cells[2]),
		.header_from = text_of(&cells[3]),
		.has_spf_fault = strcmp(text_of(&cells[4]), "permerror") == 0,
		.spf_domain = text_of(&cells[5]),
		.spf_reason = text_of(&cells[6]),
		.fails = strcmp(text_of(&cells[7]), "fail") == 0,
		.has_list = cells[8].text != NULL,
		.lists = { signed_as(signed_by, "id") ? cells[8].text : NULL,
		    signed_as(signed_by, "post") ? cells[9].text : NULL },
		.client_confirmed = cells[11].text,
		.is_faulty = cells[12].number != 0,
	};

	(void)count;
	seen->noted(seen->cookie, &noted);
	return true;
}

static bool
take_key(const struct fact_value *cells, size_t count, void *cookie)
{
	const struct query_overview_seen *seen = ((struct reading *)cookie)->seen;

	(void)count;
	seen->weak_key(
	    seen->cookie, text_of(&cells[0]), text_of(&cells[1]), cells[2].number);
	return true;
}

/* A sieve: is there a number that may be a weak key's, between commas?  Most messages
 * have none, and reading JSON takes ten times as long. */
static bool
may_be_weak(const char *signatures)
{
	for (const char *p = strchr(signatures, ','); p != NULL; p = strchr(p, ',')) {
		long bits = 0;

		for (p++; *p >= '0' && *p <= '9' && bits < QUERY_GOOD_BITS; p++)
			bits = 10 * bits + (*p - '0');
		if (bits > 0 && bits < QUERY_GOOD_BITS && *p == ',')
			return true;
	}
	return false;
}

/* Statements within another: there is room for all of them (STATEMENTS_MAX). */
static bool
take_row(const struct fact_value *cells, size_t count, void *cookie)
{
	struct reading *r = cookie;
	const struct fact_value args[] = { STORE_TEXT(cells[0].text),
		STORE_NUMBER(QUERY_GOOD_BITS) };

	(void)count;
	if (cells[0].text != NULL && may_be_weak(cells[0].text))
		r->status = store_run(r->store, keys_sql, args, 2, take_key, r);
	if (cells[1].is_number && r->status == STORE_OK)
		r->status = store_run(r->store, noted_sql, &cells[1], 1, take_noted, r);
	return r->status == STORE_OK;
}

static enum store_status
read_page(struct reading *r, int64_t after, int64_t first)
{
	const struct fact_value args[] = { STORE_NUMBER(after),
		STORE_NUMBER(after + PAGE_ROWS), STORE_NUMBER(first * DAY) };
	enum store_status status = store_run(r->store, rows_sql, args, 3, take_row, r);

	return status == STORE_OK ? r->status : status;
}

/* A text of JSON in a pattern, and without its escapes: others are not in what we write.
 */
#define STRING "\"((?:[^\"\\\\]|\\\\.)*)\""
#define PLAIN(text) "regexp_replace(" text ", '\\\\([\"\\\\])', '\\1', 'g')"

/* The first row of the period: the index of times is read only where there are others. */
static enum store_status
first_row(struct store *store, int64_t since, int64_t *id)
{
	int64_t older = 0;
	enum store_status status =
	    store_ask(store, "SELECT EXISTS(SELECT 1 FROM message WHERE at<?)",
		&STORE_NUMBER(since), 1, &older);

	*id = 1;
	if (status != STORE_OK || older == 0)
		return status;
	return store_ask(store,
	    "SELECT coalesce(min(id), 1) FROM message INDEXED BY message_at WHERE at>=?",
	    &STORE_NUMBER(since), 1, id);
}

/* The server is not asked within an answer: what is noted, and then the keys. */
static enum store_status
read_shared(struct query *query, struct reading *r, int64_t first)
{
	static const struct query_sql noted = { NULL,
		"SELECT " NOTED ", faulty FROM message WHERE at>=" QUERY_SHARED_TIME(
		    "$1") " AND (dmarc='fail' OR spf='permerror'"
			  " OR override IS NOT NULL)"
			  " ORDER BY at, file_id, id" };
	static const struct query_sql keys = { NULL,
		"SELECT " PLAIN("k[1]") ", " PLAIN(
		    "k[2]") ", k[3]::bigint"
			    " FROM message CROSS JOIN LATERAL (SELECT DISTINCT "
			    "regexp_matches("
			    "signatures, '\\[\"[a-z]*\"," STRING "," STRING
			    ",\"rsa[^\"]*\",([0-9]{1,9}),', 'g') AS k)"
			    " AS signed_by WHERE at>=" QUERY_SHARED_TIME(
				"$1") " AND k[3]::bigint>0 AND k[3]::bigint<$2::bigint" };
	const struct fact_value args[] = { STORE_NUMBER(first * DAY),
		STORE_NUMBER(QUERY_GOOD_BITS) };
	enum store_status status = query_run(query, &noted, args, 1, take_noted, r);

	return status == STORE_OK ? query_run(query, &keys, args, 2, take_key, r)
				  : status;
}

/* By id, as the rows stand in the file; ids go up as time does, but for a clock that was
 * put back. */
enum store_status
query_overview_rows(
    struct query *query, int64_t first, const struct query_overview_seen *seen)
{
	struct reading r = { .seen = seen, .store = query_store(query) };
	int64_t begin = 0, end = 0;
	enum store_status status;

	if (r.store == NULL)
		return read_shared(query, &r, first);
	status = first_row(r.store, first * DAY, &begin);
	if (status == STORE_OK)
		status = store_ask(
		    r.store, "SELECT coalesce(max(id), 0) FROM message", NULL, 0, &end);
	for (int64_t after = begin - 1; status == STORE_OK && after < end;
	     after += PAGE_ROWS)
		status = read_page(&r, after, first);
	return status;
}
