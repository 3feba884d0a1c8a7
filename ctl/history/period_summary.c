#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/day.h"
#include "base/json_text.h"
#include "base/pool.h"
#include "config/config.h"
#include "config/config_override.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/history/period_summary.h"
#include "ctl/history/told_summary.h"
#include "ctl/text.h"
#include "history/query_overview.h"

#define DAYS 14
#define DAY 86400
#define SENDERS 25
#define SENDERS_ALL 1000000

const char period_summary_usage[] = "summary [OPTION]...";
const char period_summary_help[] =
    N_("The outcome of a period: how much passes, who fails and why, and whether "
       "Mode enforce\n"
       "can be switched on.\n"
       "\n"
       "  -c FILE            settings (the installed file)\n"
       "  -o KEY=VALUE       a setting that overrides the file; may be given "
       "several times\n"
       "  --since TIME       from then on: 2026-11-30, 2026-11-30T14:00, 7d, 24h "
       "(14d)\n"
       "  --until TIME       until then\n"
       "  --from DOMAIN      mail of that author domain alone\n"
       "  --all-senders      not only the 25 that are refused most\n"
       "  --shared           of all hosts that ship to HistoryShared\n"
       "  --json             as JSON\n");

enum { OPT_SINCE = 256, OPT_UNTIL, OPT_FROM, OPT_ALL_SENDERS, OPT_JSON };

static const struct option long_options[] = {
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "all-senders", no_argument, NULL, OPT_ALL_SENDERS },
	{ "json", no_argument, NULL, OPT_JSON },
	ACCESS_LONG_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

struct options {
	struct access access;
	struct query_period period;
	size_t senders;
	bool json;
};

static bool
take_option(void *cookie, int option, char *value)
{
	struct options *o = cookie;

	switch (option) {
	case OPT_SINCE:
		return access_time("--since", value, &o->period.since);
	case OPT_UNTIL:
		return access_time("--until", value, &o->period.until);
	case OPT_FROM:
		return access_domain("--from", value, &o->period.from);
	case OPT_ALL_SENDERS:
		o->senders = SENDERS_ALL;
		return true;
	case OPT_JSON:
		o->json = true;
		return true;
	default:
		return access_option(&o->access, option, value);
	}
}

static bool
parse(struct options *o, int argc, char **argv)
{
	o->period.until = (int64_t)time(NULL) + 1;
	o->period.since = o->period.until - (int64_t)DAYS * DAY;
	o->senders = SENDERS;
	if (!access_options(argc, argv, long_options, take_option, o))
		return false;
	return optind == argc;
}

/* What passed from the clients of all tops: one question for all senders. */
static enum store_status
find_passing(struct options *o, const struct told_sender *senders, size_t count,
    struct pool *pool, struct query_pair **pairs, size_t *pair_count)
{
	struct text text = { 0 };
	struct json_text j = { .out = &text };
	enum store_status status = STORE_OK;

	json_text_array(&j, NULL);
	for (size_t i = 0; i < count; i++) {
		const struct sender_top *top = &senders[i].top;

		for (size_t n = 0; sender_cause_is_one(&senders[i].counts, top) &&
				   n < top->client_count;
		     n++)
			json_text_string(&j, NULL, top->clients[n]);
	}
	json_text_array_end(&j);
	*pair_count = 0;
	if (text.len > strlen("[]"))
		status = query_period_passing(
		    o->access.query, &o->period, text.data, pool, pairs, pair_count);
	text_free(&text);
	return status;
}

/* Does mail of all the world come through it, by our settings or those of its host? */
static bool
is_relay(const struct config *config, const struct sender_top *top)
{
	struct network n;

	return top->is_relay ||
	       (top->network != NULL && netlist_parse(top->network, &n) &&
		   netlist_touches(&config->trusted_relays, &n));
}

/* So does what comes from a proxy or a content filter on this host. */
static bool
is_here(const char *network)
{
	struct network n;

	return network != NULL && (!netlist_parse(network, &n) ||
				      n.ip.family == IP_LOCAL || ip_is_loopback(&n.ip));
}

static enum store_status
find_senders(struct options *o, struct told_summary *s, struct pool *pool)
{
	struct query_senders found;
	struct query_pair *pairs = NULL;
	struct told_sender *senders;
	size_t pair_count = 0;
	enum store_status status =
	    query_period_senders(o->access.query, &o->period, o->senders, pool, &found);

	s->totals = found.totals;
	s->sender_count = found.count;
	senders = pool_alloc(pool, (s->sender_count + 1) * sizeof *senders);
	for (size_t i = 0; status == STORE_OK && i < s->sender_count; i++) {
		struct query_client *clients;

		senders[i].counts = found.list[i];
		if (found.list[i].fail == 0)
			continue;
		status = query_period_clients(o->access.query, &o->period,
		    found.list[i].domain, pool, &clients, &senders[i].client_count);
		if (status == STORE_OK)
			senders[i].top =
			    sender_cause_top(clients, senders[i].client_count, pool);
	}
	if (status == STORE_OK)
		status =
		    find_passing(o, senders, s->sender_count, pool, &pairs, &pair_count);
	for (size_t i = 0; status == STORE_OK && i < s->sender_count; i++) {
		senders[i].cause = sender_cause_of(
		    &senders[i].counts, &senders[i].top, pairs, pair_count);
		senders[i].is_relay = is_relay(o->access.config, &senders[i].top);
		senders[i].is_here = is_here(senders[i].top.network);
	}
	s->senders = senders;
	return status;
}

static size_t
expired_overrides(const struct config *config)
{
	int today = day_local(time(NULL));
	size_t n = 0;

	for (size_t i = 0; i < config->override_count; i++)
		n += config_override_is_over(&config->overrides[i], today);
	return n;
}

static struct told_ready
ready(const struct told_summary *s, const struct config *config)
{
	struct told_ready r = { .expired = expired_overrides(config) };
	bool unknown = false;

	for (size_t i = 0; i < s->gap_count; i++) {
		unknown = unknown || s->gaps[i].lost < 0;
		r.lost += s->gaps[i].lost > 0 ? s->gaps[i].lost : 0;
	}
	for (size_t i = 0; i < s->sender_count; i++)
		r.forwarders += s->senders[i].cause == CAUSE_FORWARDER &&
				s->senders[i].counts.refused +
					s->senders[i].counts.marked +
					s->senders[i].counts.held >
				    0;
	if (unknown)
		r.lost = -1;
	/* A message of the first hour of that day may be the first there was. */
	r.two_weeks = s->oldest_at > 0 &&
		      s->period.until - s->oldest_at >= (int64_t)DAYS * DAY - DAY / 24;
	r.complete = !unknown && r.lost * 100 <= s->totals.messages;
	r.no_forwarders = r.forwarders == 0;
	r.few_deferred = s->totals.tempfail * 1000 < s->totals.messages;
	r.no_expired = r.expired == 0;
	return r;
}

static int
tell(struct options *o, struct told_summary *s, struct pool *pool)
{
	struct wordlist endings = { 0 };
	struct query_size size;
	struct query_state state = { 0 };
	struct query_gap *gaps;
	enum store_status status = query_size(o->access.query, pool, &size);

	s->period = o->period;
	if (status == STORE_OK)
		status = query_overview_state(o->access.query, pool, &state);
	/* The filter may not have read the file again. */
	s->monitor = state.settings.text != NULL
			 ? state.monitor
			 : o->access.config->mode == CONFIG_MONITOR;
	if (status == STORE_OK)
		status = query_gaps(o->access.query, o->period.since, o->period.until,
		    pool, &gaps, &s->gap_count);
	if (status == STORE_OK)
		status = find_senders(o, s, pool);
	if (status != STORE_OK)
		return access_failed(&o->access);
	if (s->totals.messages == 0) {
		complaint_print("%s", _("nothing found"));
		return EX_DATAERR;
	}
	s->oldest_at = size.oldest_at;
	s->gaps = gaps;
	s->ready = ready(s, o->access.config);
	config_warn_expired(o->access.config, 0, day_local(time(NULL)), &endings);
	s->endings = &endings;
	if (o->json)
		told_summary_json(stdout, s);
	else
		told_summary_print(stdout, s);
	s->endings = NULL;
	wordlist_clear(&endings);
	return EX_OK;
}

int
period_summary_run(int argc, char **argv)
{
	struct options o = { 0 };
	struct told_summary summary = { 0 };
	struct pool *pool = pool_new();
	int code = EX_USAGE;

	if (parse(&o, argc, argv)) {
		code = access_open(&o.access);
		if (code == EX_OK)
			code = tell(&o, &summary, pool);
	}
	access_close(&o.access);
	pool_free(pool);
	return code;
}
