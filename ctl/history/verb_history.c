#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/netlist.h"
#include "base/pool.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/history/told_row.h"
#include "ctl/history/verb_history.h"
#include "ctl/option_value.h"
#include "ctl/text.h"
#include "ctl/when.h"
#include "history/query.h"
#include "policy/rule.h"
#include "policy/verdict.h"

#define LIMIT 50
#define LIMIT_MAX 10000000
#define DAY 86400

const char verb_history_usage[] = "history [OPTION]...";
const char verb_history_help[] =
    N_("Newest first: what was refused, marked, held or deferred, or in monitor "
       "mode would\n"
       "have been.\n"
       "\n"
       "  -c FILE            settings (the installed file)\n"
       "  -o KEY=VALUE       a setting that overrides the file; may be given "
       "several times\n"
       "  --from DOMAIN      mail of that author domain; .DOMAIN: and of those "
       "below it\n"
       "  --client NETWORK   mail from an address or a network\n"
       "  --action ACTION    accept, header, hold, reject, tempfail, or any\n"
       "  --rule RULE        what that rule decided, such as policy_reject\n"
       "  --queue-id ID      the message of that queue id, whatever was done with "
       "it\n"
       "  --since TIME       not older: 2026-11-30, 2026-11-30T14:00, 7d, 24h\n"
       "  --until TIME       older than that\n"
       "  --limit N          at most this many messages (50)\n"
       "  --json             one line of JSON per message\n"
       "  --csv              as a table for spreadsheets\n"
       "  --separator C      of its cells (a comma)\n"
       "  --shared           of all hosts that ship to HistoryShared, not of this "
       "one\n"
       "  --check            is the file intact?\n"
       "  --size             how much is kept\n");

enum format { FOR_PEOPLE, AS_JSON, AS_CSV };

struct options {
	struct access access;
	struct query_filter filter;
	struct netlist clients;
	bool any, check, size;
	enum format format;
	struct told_row_table table;
	long limit;
};

enum {
	OPT_FROM = 256,
	OPT_CLIENT,
	OPT_ACTION,
	OPT_RULE,
	OPT_QUEUE_ID,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_LIMIT,
	OPT_JSON,
	OPT_CSV,
	OPT_SEPARATOR,
	OPT_CHECK,
	OPT_SIZE
};

static const struct option long_options[] = {
	{ "from", required_argument, NULL, OPT_FROM },
	{ "client", required_argument, NULL, OPT_CLIENT },
	{ "action", required_argument, NULL, OPT_ACTION },
	{ "rule", required_argument, NULL, OPT_RULE },
	{ "queue-id", required_argument, NULL, OPT_QUEUE_ID },
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "separator", required_argument, NULL, OPT_SEPARATOR },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "size", no_argument, NULL, OPT_SIZE },
	ACCESS_LONG_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

static bool
take_client(struct options *o, const char *value)
{
	return access_client("--client", value, &o->clients);
}

static bool
take_action(struct options *o, const char *value)
{
	if (strcmp(value, "any") == 0) {
		o->any = true;
		return true;
	}
	for (int a = 0; a < ACTION_COUNT; a++) {
		if (strcmp(value, verdict_action_name((enum action)a)) == 0) {
			o->filter.would = verdict_action_name((enum action)a);
			return true;
		}
	}
	return option_value_refuse(
	    "--action", value, _("one of accept, header, hold, reject, tempfail, any"));
}

static bool
take_rule(struct options *o, const char *value)
{
	enum rule rule = rule_find(value);

	if (rule == RULE_COUNT)
		return option_value_refuse(
		    "--rule", value, _("a rule; beschermd.conf(5) lists them"));
	o->filter.rule = rule_name(rule);
	return true;
}

static bool
take_limit(struct options *o, const char *value)
{
	char *end;

	o->limit = strtol(value, &end, 10);
	return (end != value && *end == '\0' && o->limit > 0 && o->limit <= LIMIT_MAX) ||
	       option_value_refuse("--limit", value, _("a number from 1 to 10000000"));
}

static bool
take_format(struct options *o, enum format format)
{
	if (o->format != FOR_PEOPLE && o->format != format) {
		complaint_print("%s", _("give either --json or --csv"));
		return false;
	}
	o->format = format;
	return true;
}

static bool
take_separator(struct options *o, const char *value)
{
	o->table.separator = *value;
	return (strlen(value) == 1 && strchr(",;|\t", *value) != NULL) ||
	       option_value_refuse("--separator", value, _("one of , ; | or a tab"));
}

/* False: said, or by getopt. */
static bool
take_filter(struct options *o, int option, char *value)
{
	switch (option) {
	case OPT_FROM:
		return access_domain("--from", value, &o->filter.from);
	case OPT_CLIENT:
		return take_client(o, value);
	case OPT_ACTION:
		return take_action(o, value);
	case OPT_RULE:
		return take_rule(o, value);
	case OPT_QUEUE_ID:
		o->filter.queue_id = value;
		return true;
	case OPT_SINCE:
		return access_time("--since", value, &o->filter.since);
	case OPT_UNTIL:
		return access_time("--until", value, &o->filter.until);
	default:
		return access_option(&o->access, option, value);
	}
}

static bool
take_option(void *cookie, int option, char *value)
{
	struct options *o = cookie;

	switch (option) {
	case OPT_LIMIT:
		return take_limit(o, value);
	case OPT_JSON:
		return take_format(o, AS_JSON);
	case OPT_CSV:
		return take_format(o, AS_CSV);
	case OPT_SEPARATOR:
		return take_separator(o, value);
	case OPT_CHECK:
		o->check = true;
		return true;
	case OPT_SIZE:
		o->size = true;
		return true;
	default:
		return take_filter(o, option, value);
	}
}

static bool
parse(struct options *o, int argc, char **argv)
{
	if (!access_options(argc, argv, long_options, take_option, o))
		return false;
	/* A queue id, or an action, asks for itself. */
	o->filter.refused = !o->any && o->filter.would == NULL &&
			    o->filter.queue_id == NULL && o->filter.rule == NULL;
	o->table.shared = o->access.shared;
	if (o->check && o->access.shared) {
		complaint_print("%s", _("--check looks at the file of this host: "
					"PostgreSQL has its own means"));
		return false;
	}
	return optind == argc;
}

static bool
is_wanted(const struct options *o, const struct query_row *row)
{
	struct ip client;

	if (o->clients.count == 0)
		return true;
	return ip_parse(told_row_text(row, FACT_CLIENT), &client) &&
	       netlist_has(&o->clients, &client);
}

static void
tell(const struct options *o, const struct query_row *row)
{
	if (o->format == AS_JSON)
		told_row_json(stdout, row);
	else if (o->format == AS_CSV)
		told_row_csv(stdout, row, &o->table);
	else
		told_row_line(stdout, row);
}

static void
tell_gap(const struct options *o, const struct query_gap *gap)
{
	if (o->format == AS_JSON)
		told_row_json_gap(stdout, gap);
	else if (o->format == AS_CSV)
		told_row_csv_gap(stdout, gap, &o->table);
	else
		told_row_line_gap(stdout, gap);
}

/* Gaps not told yet, the newest first. */
struct gaps {
	struct query_gap *list;
	size_t count, told;
};

static void
tell_gaps_since(const struct options *o, struct gaps *gaps, int64_t since)
{
	while (gaps->told < gaps->count && gaps->list[gaps->told].begin_at >= since)
		tell_gap(o, &gaps->list[gaps->told++]);
}

static long
tell_page(
    const struct options *o, const struct query_page *page, struct gaps *gaps, long room)
{
	long told = 0;

	for (size_t i = 0; i < page->count && told < room; i++) {
		if (!is_wanted(o, &page->rows[i]))
			continue;
		tell_gaps_since(o, gaps, page->rows[i].columns[FACT_AT].number);
		tell(o, &page->rows[i]);
		told++;
	}
	return told;
}

/* Page by page, so that nothing is locked while a pager waits. */
static int
tell_rows(struct options *o, struct gaps *gaps)
{
	struct query_page page = { .at = INT64_MAX, .id = INT64_MAX };
	enum store_status status;
	long told = 0;

	do {
		size_t max =
		    o->clients.count == 0 ? (size_t)(o->limit - told) : QUERY_PAGE_ROWS;

		page.pool = pool_new();
		status = query_next(o->access.query, &o->filter, max, &page);
		if (status == STORE_OK)
			told += tell_page(o, &page, gaps, o->limit - told);
		pool_free(page.pool);
	} while (status == STORE_OK && page.count > 0 && told < o->limit);
	if (status != STORE_OK)
		return access_failed(&o->access);
	if (told < o->limit)
		tell_gaps_since(o, gaps, INT64_MIN);
	if (told > 0)
		return EX_OK;
	complaint_print("%s", _("nothing found"));
	return EX_DATAERR;
}

static int
tell_all(struct options *o)
{
	struct pool *pool = pool_new();
	struct gaps gaps = { 0 };
	int code;

	if (o->format == AS_CSV)
		told_row_csv_header(stdout, &o->table);
	if (query_gaps(o->access.query, o->filter.since, o->filter.until, pool,
		&gaps.list, &gaps.count) != STORE_OK)
		code = access_failed(&o->access);
	else
		code = tell_rows(o, &gaps);
	pool_free(pool);
	return code;
}

static int
check(struct options *o)
{
	struct pool *pool = pool_new();
	const char *fault;
	int code = EX_OK;

	if (query_check(o->access.query, pool, &fault) != STORE_OK)
		fault = query_error(o->access.query);
	if (fault != NULL) {
		complaint_print(_("the history is damaged: %s"), fault);
		complaint_print("%s",
		    _("restart the filter: it puts the file aside, begins a new one and "
		      "says how to save what can be read"));
		code = EX_DATAERR;
	} else {
		puts(_("The history is intact."));
	}
	pool_free(pool);
	return code;
}

static int
tell_size(struct options *o)
{
	struct pool *pool = pool_new();
	char oldest[WHEN_TEXT_SIZE], newest[WHEN_TEXT_SIZE];
	struct query_size s;
	int64_t days;
	int code = EX_OK;

	if (query_size(o->access.query, pool, &s) != STORE_OK) {
		code = access_failed(&o->access);
	} else {
		days = (s.newest_at - s.oldest_at) / DAY + 1;
		printf(_("messages      %" PRId64 "\n"), s.messages);
		printf(_("with steps    %" PRId64 "\n"), s.traces);
		printf(_("daily counts  %" PRId64 "\n"), s.counts);
		printf(_("gaps          %" PRId64 "\n"), s.gaps);
		printf(_("file          %" PRId64 " octets\n"), s.octets);
		if (s.messages > 0)
			printf(_("oldest        %s\nnewest        %s\na day         "
				 "%" PRId64 " messages, %" PRId64 " octets\n"),
			    when_format(s.oldest_at, oldest),
			    when_format(s.newest_at, newest), s.messages / days,
			    s.octets / days);
	}
	pool_free(pool);
	return code;
}

int
verb_history_run(int argc, char **argv)
{
	struct options o = { .limit = LIMIT, .table.separator = ',' };
	int code = EX_USAGE;

	o.filter.until = INT64_MAX;
	if (parse(&o, argc, argv)) {
		code = access_open(&o.access);
		if (code == EX_OK && o.check)
			code = check(&o);
		else if (code == EX_OK && o.size)
			code = tell_size(&o);
		else if (code == EX_OK)
			code = tell_all(&o);
	}
	access_close(&o.access);
	netlist_clear(&o.clients);
	return code;
}
