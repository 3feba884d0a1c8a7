#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "history/query_overview.h"

#define DAY ((int64_t)86400)

/* Rows a page: no transaction is open for long. */
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

static const char days_sql[] =
    COUNTS " SELECT day, header_from='', dmarc, policy, would, action, n FROM c";

/* All author domains, one after another: who comes first in two lists is picked from them
 * in one pass. */
static const char senders_sql[] =
    COUNTS " SELECT header_from, dmarc, would, sum(n) FROM c GROUP BY 1,2,3";

/* "*" stands for all who sent little; see ledger_tidy.c. */
static const char unprotected_sql[] =
    COUNTS " SELECT header_from, sum(n), count(DISTINCT day) FROM c"
	   " WHERE dmarc='none' AND header_from NOT IN ('','*')"
	   " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?2";
static const char policy_none_sql[] =
    COUNTS " SELECT policy_domain, sum(n), count(DISTINCT day) FROM c"
	   " WHERE policy='none' AND policy_domain NOT IN ('','*')"
	   " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?2";

static const char *
text_of(const struct fact_value *cell)
{
	return cell->text != NULL ? cell->text : "";
}

static bool
is(const struct fact_value *cell, const char *word)
{
	return strcmp(text_of(cell), word) == 0;
}

/* What enforce does, or would do. */
struct done {
	int64_t *refused, *marked, *held, *deferred;
};

static void
add_done(const struct done *done, const struct fact_value *would, int64_t n)
{
	*done->refused += is(would, "reject") ? n : 0;
	*done->marked += is(would, "header") ? n : 0;
	*done->held += is(would, "hold") ? n : 0;
	*done->deferred += is(would, "tempfail") ? n : 0;
}

struct day_list {
	int64_t first;
	struct query_day *days; /* from ${first} on */
	size_t count;
};

static void
add_result(
    struct query_day *d, bool authorless, const struct fact_value *dmarc, int64_t n)
{
	if (authorless)
		d->authorless += n;
	else if (is(dmarc, "pass"))
		d->pass += n;
	else if (is(dmarc, "fail"))
		d->fail += n;
	else if (is(dmarc, "none"))
		d->none += n;
	else
		d->undecided += n;
}

static void
add_asked(struct query_day *d, const struct fact_value *would,
    const struct fact_value *action, int64_t n)
{
	d->asked += n;
	d->followed += is(action, "accept") ? 0 : n;
	d->excepted += is(would, "accept") ? n : 0;
}

static bool
take_count(const struct fact_value *cells, size_t count, void *cookie)
{
	struct day_list *list = cookie;
	const struct fact_value *dmarc = &cells[2], *policy = &cells[3],
				*would = &cells[4], *action = &cells[5];
	int64_t at = cells[0].number - list->first, n = cells[6].number;
	struct query_day *d = &list->days[at];

	(void)count;
	if (at < 0 || at >= (int64_t)list->count)
		return true; /* of a clock that ran ahead */
	d->mail += n;
	add_result(d, cells[1].number != 0, dmarc, n);
	add_done(
	    &(struct done){ &d->refused, &d->marked, &d->held, &d->deferred }, would, n);
	d->let_in += strcmp(text_of(would), text_of(action)) != 0 ? n : 0;
	if (is(dmarc, "fail") && (is(policy, "reject") || is(policy, "quarantine")))
		add_asked(d, would, action, n);
	return true;
}

enum store_status
query_overview_days(struct query *query, int64_t first, size_t count, struct pool *pool,
    struct query_day **days)
{
	struct day_list list = { .first = first,
		.count = count,
		.days = pool_alloc(pool, (count + 1) * sizeof *list.days) };

	for (size_t i = 0; i < count; i++)
		list.days[i].day = first + (int64_t)i;
	*days = list.days;
	return store_run(
	    query_store(query), days_sql, &STORE_NUMBER(first), 1, take_count, &list);
}

static int64_t
stopped(const struct query_sums *s)
{
	return s->refused + s->marked + s->held;
}

/* By what a list is sorted; 0: is not in it. */
static int64_t
rank(enum query_senders_kind kind, const struct query_sums *s)
{
	bool is_one = strcmp(s->domain, "") != 0 && strcmp(s->domain, "*") != 0;

	if (kind == QUERY_REFUSED)
		return stopped(s);
	if (kind == QUERY_MIXED)
		return is_one && s->pass > 0 ? s->fail : 0;
	return s->mail;
}

static bool
goes_before(
    enum query_senders_kind kind, const struct query_sums *a, const struct query_sums *b)
{
	int64_t x = rank(kind, a), y = rank(kind, b);

	return x != y ? x > y : a->mail > b->mail;
}

struct picking {
	struct pool *pool;
	size_t room;
	struct query_senders_list *lists;
};

/* Into its place, where there is one.  What falls off the end stays in the pool: names
 * get better and better, so that there are few. */
static void
pick(const struct picking *p, enum query_senders_kind kind, const struct query_sums *s)
{
	struct query_senders_list *list = &p->lists[kind];
	size_t at = list->count;

	if (rank(kind, s) == 0)
		return;
	while (at > 0 && goes_before(kind, s, &list->rows[at - 1]))
		at--;
	if (at == p->room)
		return;
	if (list->count < p->room)
		list->count++;
	memmove(&list->rows[at + 1], &list->rows[at],
	    (list->count - at - 1) * sizeof *list->rows);
	list->rows[at] = *s;
	list->rows[at].domain = pool_strdup(p->pool, s->domain);
}

/* The domain whose rows come, and its sums so far. */
struct summing {
	struct picking *picking;
	struct text domain;
	struct query_sums sums;
};

static void
end_sender(struct summing *s)
{
	if (s->sums.mail > 0) {
		s->sums.domain = s->domain.len > 0 ? s->domain.data : "";
		pick(s->picking, QUERY_REFUSED, &s->sums);
		pick(s->picking, QUERY_MIXED, &s->sums);
	}
	text_free(&s->domain);
	s->sums = (struct query_sums){ 0 };
}

static bool
take_sender(const struct fact_value *cells, size_t count, void *cookie)
{
	struct summing *s = cookie;
	const char *domain = text_of(&cells[0]);
	int64_t n = cells[3].number, deferred = 0;

	(void)count;
	if (strcmp(domain, s->domain.len > 0 ? s->domain.data : "") != 0) {
		end_sender(s);
		text_puts(&s->domain, domain);
	}
	s->sums.mail += n;
	s->sums.pass += is(&cells[1], "pass") ? n : 0;
	s->sums.fail += is(&cells[1], "fail") ? n : 0;
	add_done(
	    &(struct done){ &s->sums.refused, &s->sums.marked, &s->sums.held, &deferred },
	    &cells[2], n);
	return true;
}

static struct query_sums
sums_of(const struct fact_value *cells)
{
	return (struct query_sums){ .domain = text_of(&cells[0]),
		.mail = cells[1].number,
		.days = cells[2].number };
}

static bool
take_unprotected(const struct fact_value *cells, size_t count, void *cookie)
{
	struct query_sums s = sums_of(cells);

	(void)count;
	pick(cookie, QUERY_UNPROTECTED, &s);
	return true;
}

static bool
take_policy_none(const struct fact_value *cells, size_t count, void *cookie)
{
	struct query_sums s = sums_of(cells);

	(void)count;
	pick(cookie, QUERY_POLICY_NONE, &s);
	return true;
}

enum store_status
query_overview_senders(struct query *query, int64_t first, size_t limit,
    struct pool *pool, struct query_senders_list lists[QUERY_KINDS])
{
	struct store *store = query_store(query);
	const struct fact_value args[] = { STORE_NUMBER(first),
		STORE_NUMBER((int64_t)limit) };
	struct picking p = { .pool = pool, .room = limit, .lists = lists };
	struct summing sums = { .picking = &p };
	enum store_status status;

	for (int k = 0; k < QUERY_KINDS; k++) {
		lists[k].count = 0;
		lists[k].rows = pool_alloc(pool, (limit + 1) * sizeof *lists[k].rows);
	}
	status = store_run(store, senders_sql, args, 1, take_sender, &sums);
	end_sender(&sums);
	if (status == STORE_OK)
		status = store_run(store, unprotected_sql, args, 2, take_unprotected, &p);
	if (status == STORE_OK)
		status = store_run(store, policy_none_sql, args, 2, take_policy_none, &p);
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

static const char noted_sql[] =
    "SELECT rule, override, client, header_from, spf, spf_domain, spf_reason, dmarc,"
    " list_id, list_post, list_signed,"
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
		.is_faulty = cells[11].number != 0,
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

/* By id, as the rows stand in the file; ids go up as time does, but for a clock that was
 * put back. */
enum store_status
query_overview_rows(
    struct query *query, int64_t first, const struct query_overview_seen *seen)
{
	struct reading r = { .seen = seen, .store = query_store(query) };
	int64_t begin = 0, end = 0;
	enum store_status status = first_row(r.store, first * DAY, &begin);

	if (status == STORE_OK)
		status = store_ask(
		    r.store, "SELECT coalesce(max(id), 0) FROM message", NULL, 0, &end);
	for (int64_t after = begin - 1; status == STORE_OK && after < end;
	     after += PAGE_ROWS)
		status = read_page(&r, after, first);
	return status;
}
