#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "history/query_overview.h"
#include "history/query_source.h"

#define DAY ((int64_t)86400)

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

/* The server keeps no counts: those of its rows. */
#define SHARED_COUNTS                                                                    \
	"WITH c AS (SELECT " QUERY_SHARED_SECONDS(                                       \
	    "m.at") "/86400 AS day, m.header_from,"                                      \
		    " coalesce(p.domain,'') AS policy_domain, m.dmarc,"                  \
		    " coalesce(m.policy,'') AS policy, m.would, m.action FROM message m" \
		    " LEFT JOIN policy p ON p.file_id=m.file_id AND p.id=m.policy_id"    \
		    " WHERE m.at>=" QUERY_SHARED_TIME("$1::bigint*86400") ")"

static const struct query_sql days_sql = { COUNTS
	" SELECT day, header_from='', dmarc, policy, would, action, n FROM c",
	SHARED_COUNTS " SELECT day, header_from='', dmarc, policy, would, action,"
		      " count(*) FROM c GROUP BY 1,2,3,4,5,6" };

/* All author domains, one after another: who comes first in two lists is picked from them
 * in one pass. */
static const struct query_sql senders_sql = { COUNTS
	" SELECT header_from, dmarc, would, action, sum(n) FROM c GROUP BY 1,2,3,4",
	SHARED_COUNTS " SELECT header_from, dmarc, would, action, count(*) FROM c"
		      " GROUP BY 1,2,3,4 ORDER BY 1,2,3,4" };

/* "*" stands for all who sent little; see ledger_tidy.c. */
static const struct query_sql unprotected_sql = { COUNTS
	" SELECT header_from, sum(n), count(DISTINCT day) FROM c"
	" WHERE dmarc='none' AND header_from NOT IN ('','*')"
	" GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?2",
	SHARED_COUNTS " SELECT header_from, count(*), count(DISTINCT day) FROM c"
		      " WHERE dmarc='none' AND header_from NOT IN ('','*')"
		      " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $2::bigint" };
static const struct query_sql policy_none_sql = { COUNTS
	" SELECT policy_domain, sum(n), count(DISTINCT day) FROM c"
	" WHERE policy='none' AND policy_domain NOT IN ('','*')"
	" GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?2",
	SHARED_COUNTS " SELECT policy_domain, count(*), count(DISTINCT day) FROM c"
		      " WHERE policy='none' AND policy_domain NOT IN ('','*')"
		      " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $2::bigint" };

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

/* What was done, or would be. */
struct done {
	int64_t *refused, *marked, *held, *deferred;
};

static void
add_done(const struct done *done, const struct fact_value *action, int64_t n)
{
	*done->refused += is(action, "reject") ? n : 0;
	*done->marked += is(action, "header") ? n : 0;
	*done->held += is(action, "hold") ? n : 0;
	*done->deferred += is(action, "tempfail") ? n : 0;
}

struct day_list {
	int64_t first;
	struct query_day *days; /* from ${first} on */
	size_t count;
	bool would; /* what enforce would do, and not what was done */
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
	add_done(&(struct done){ &d->refused, &d->marked, &d->held, &d->deferred },
	    list->would ? would : action, n);
	d->let_in += strcmp(text_of(would), text_of(action)) != 0 ? n : 0;
	if (is(dmarc, "fail") && (is(policy, "reject") || is(policy, "quarantine")))
		add_asked(d, would, action, n);
	return true;
}

enum store_status
query_overview_days(struct query *query, int64_t first, size_t count, bool would,
    struct pool *pool, struct query_day **days)
{
	struct day_list list = { .first = first,
		.count = count,
		.would = would,
		.days = pool_alloc(pool, (count + 1) * sizeof *list.days) };

	for (size_t i = 0; i < count; i++)
		list.days[i].day = first + (int64_t)i;
	*days = list.days;
	return query_run(query, &days_sql, &STORE_NUMBER(first), 1, take_count, &list);
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
	bool would; /* as in a day_list */
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
	int64_t n = cells[4].number, deferred = 0;

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
	    s->would ? &cells[2] : &cells[3], n);
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
query_overview_senders(struct query *query, int64_t first, size_t limit, bool would,
    struct pool *pool, struct query_senders_list lists[QUERY_KINDS])
{
	const struct fact_value args[] = { STORE_NUMBER(first),
		STORE_NUMBER((int64_t)limit) };
	struct picking p = { .pool = pool, .room = limit, .lists = lists };
	struct summing sums = { .picking = &p, .would = would };
	enum store_status status;

	for (int k = 0; k < QUERY_KINDS; k++) {
		lists[k].count = 0;
		lists[k].rows = pool_alloc(pool, (limit + 1) * sizeof *lists[k].rows);
	}
	status = query_run(query, &senders_sql, args, 1, take_sender, &sums);
	end_sender(&sums);
	if (status == STORE_OK)
		status =
		    query_run(query, &unprotected_sql, args, 2, take_unprotected, &p);
	if (status == STORE_OK)
		status =
		    query_run(query, &policy_none_sql, args, 2, take_policy_none, &p);
	return status;
}

static bool
is_monitor(const char *settings)
{
	static const char name[] = "Mode", mode[] = "monitor";

	for (; settings != NULL; settings = strchr(settings, '\n')) {
		settings += *settings == '\n';
		if (strncmp(settings, name, strlen(name)) == 0 &&
		    settings[strlen(name)] == ' ') {
			settings += strlen(name);
			settings += strspn(settings, " ");
			return strncmp(settings, mode, strlen(mode)) == 0;
		}
	}
	return false;
}

/* The same in SQL: between a name and its value stand blanks, as many as columns want. */
#define IS_MONITOR(text) \
	"(instr(char(10)||replace(" text ",' ',''), char(10)||'Modemonitor')>0)"
#define SHARED_IS_MONITOR(text) \
	"(position(E'\\nModemonitor' IN E'\\n'||replace(" text ",' ',''))>0)"

static bool
take_newest(const struct fact_value *cells, size_t count, void *cookie)
{
	struct query_row *row = cookie;

	(void)count;
	row->file = cells[0].number;
	row->settings_id = cells[1].number;
	return false;
}

enum store_status
query_overview_state(struct query *query, struct pool *pool, struct query_state *state)
{
	static const struct query_sql newest = {
		"SELECT 0, conf_id FROM message ORDER BY id DESC LIMIT 1",
		"SELECT file_id, conf_id FROM message"
		" ORDER BY at DESC, file_id DESC, id DESC LIMIT 1"
	};
	/* conf.at is when those settings were in force last, to the day. */
	static const struct query_sql other_mode = {
		"SELECT coalesce(max(c.at), 0) FROM conf c, conf mine WHERE mine.id=?1"
		" AND " IS_MONITOR("c.text") "<>" IS_MONITOR("mine.text"),
		"SELECT coalesce(" QUERY_SHARED_SECONDS(
		    "max(c.at)") ", 0)"
				 " FROM conf c JOIN conf mine ON c.file_id=mine.file_id"
				 " WHERE mine.id=$1::bigint AND mine.file_id=$2::bigint"
				 " AND " SHARED_IS_MONITOR(
				     "c.text") "<>" SHARED_IS_MONITOR("mine.text")
	};
	struct query_row row = { .settings_id = -1 };
	struct fact_value args[2];
	int64_t at = 0;
	enum store_status status = query_run(query, &newest, NULL, 0, take_newest, &row);

	*state = (struct query_state){ 0 };
	if (status != STORE_OK || row.settings_id == -1)
		return status;
	args[0] = STORE_NUMBER(row.settings_id);
	args[1] = STORE_NUMBER(row.file);
	status = query_settings(query, &row, pool, &state->settings);
	if (status == STORE_OK)
		status = query_ask(
		    query, &other_mode, args, query_store(query) != NULL ? 1 : 2, &at);
	state->mode_day = at / DAY;
	state->monitor = is_monitor(state->settings.text);
	return status;
}
