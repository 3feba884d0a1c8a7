#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/mem.h"
#include "base/pool.h"
#include "config/config.h"
#include "config/config_forwarder.h"
#include "config/config_print.h"
#include "config/config_table.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/history/replay.h"
#include "ctl/history/stored_evidence.h"
#include "ctl/history/stored_settings.h"
#include "ctl/history/told_change.h"
#include "ctl/text.h"
#include "history/query.h"
#include "policy/verdict.h"

#define DAYS 30
#define DAY 86400

const char replay_usage[] =
    "replay [-c FILE] [-o KEY=VALUE]... [--since TIME] [--until TIME] [--shared]"
    " [--json]";
const char replay_help[] =
    N_("Judge what is remembered by other settings, those of -c and -o: how many "
       "verdicts\n"
       "change, and whose.  Nothing is asked of the DNS, and nothing is changed.\n"
       "\n"
       "  -c FILE            settings to try (the installed file)\n"
       "  -o KEY=VALUE       a setting to try; may be given several times\n"
       "  --since TIME       not older: 2026-11-30, 2026-11-30T14:00, 7d, 24h "
       "(30d)\n"
       "  --until TIME       older than that\n"
       "  --shared           what all hosts ship to HistoryShared\n"
       "  --json             as JSON\n");

enum { OPT_SINCE = 256, OPT_UNTIL, OPT_JSON };

static const struct option long_options[] = {
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "json", no_argument, NULL, OPT_JSON },
	ACCESS_LONG_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

/* What they change is what the checks find, and only the message itself could tell. */
static const char *const not_replayed[] = { "SPFCheckHelo", "SPFVoidLookups",
	"MinimumKeyBits", "MaximumSignatures", "MaximumHeaderBytes", "MaximumHeaders",
	"TrustedRelays", "RelayResults", "Discovery", "PublicSuffixList", "Nameservers",
	"DNSSEC", "TrustAnchorFile", "DNSTimeout", "ZoneFile" };

struct options {
	struct access access;
	struct query_filter filter;
	bool json;
	size_t unknown; /* messages of which is_unknown() */
};

static bool
take_option(void *cookie, int option, char *value)
{
	struct options *o = cookie;

	switch (option) {
	case OPT_SINCE:
		return access_time("--since", value, &o->filter.since);
	case OPT_UNTIL:
		return access_time("--until", value, &o->filter.until);
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
	o->filter.since = (int64_t)time(NULL) - (int64_t)DAYS * DAY;
	o->filter.until = INT64_MAX;
	if (!access_options(argc, argv, long_options, take_option, o))
		return false;
	return optind == argc;
}

/* False, which is said: the settings to try differ in what cannot be tried. */
static bool
can_replay(const struct config *tried, const struct config *then)
{
	bool yes = true;

	for (size_t i = 0; i < sizeof not_replayed / sizeof not_replayed[0]; i++) {
		const struct config_row *row = config_table_find(not_replayed[i]);

		if (config_print_is_equal(tried, then, row))
			continue;
		complaint_print(_("%s cannot be tried: it changes what is found, which "
				  "only the messages "
				  "themselves show"),
		    row->name);
		yes = false;
	}
	return yes;
}

/* Mail of ignored clients is not remembered. */
static void
warn_ignored(const struct config *tried, const struct config *then)
{
	if (!config_print_is_equal(tried, then, config_table_find("IgnoreHosts")))
		complaint_print("%s", _("warning: mail from the clients in IgnoreHosts "
					"was not remembered, so a "
					"narrower list cannot be tried"));
}

/* What the newest message was judged by, against what is to be tried. */
static int
check_settings(struct options *o)
{
	struct query_page page = { .at = INT64_MAX, .id = INT64_MAX, .pool = pool_new() };
	struct query_settings stored = { 0 };
	struct config *then = NULL;
	enum store_status status = query_next(o->access.query, &o->filter, 1, &page);
	int code = EX_OK;

	if (status == STORE_OK && page.count > 0)
		status =
		    query_settings(o->access.query, &page.rows[0], page.pool, &stored);
	if (status != STORE_OK)
		code = access_failed(&o->access);
	if (stored.text != NULL)
		then = stored_settings_read(stored.text);
	if (then != NULL) {
		if (!can_replay(o->access.config, then))
			code = EX_USAGE;
		else
			warn_ignored(o->access.config, then);
	}
	config_free(then);
	pool_free(page.pool);
	return code;
}

/*
 * Could TrustedForwarders let it in by what was not looked at when it came, as no entry
 * asked for it then?
 */
static bool
is_unknown(const struct config *tried, const struct evidence *ev, const struct verdict *v)
{
	const struct forward_evidence *forward = &ev->forward;

	if (!v->past_forwarders)
		return false;
	if (forward->forwarded == FORWARDED_UNASKED &&
	    config_forwarder_find(tried, &ev->client, forward->client_confirmed, true) !=
		NULL)
		return true;
	for (size_t i = 0; i < tried->forwarder_count; i++) {
		if (tried->forwarders[i].domain != NULL &&
		    forward->client_confirmed == NULL)
			return true;
	}
	return false;
}

/* The rows of the period, page by page, into ${changes}. */
static enum store_status
judge_anew(struct options *o, struct told_change *changes)
{
	struct query_page page = { .at = INT64_MAX, .id = INT64_MAX };
	enum store_status status;

	do {
		page.pool = pool_new();
		status = query_next(o->access.query, &o->filter, QUERY_PAGE_ROWS, &page);
		for (size_t i = 0; status == STORE_OK && i < page.count; i++) {
			struct pool *pool = pool_new();
			struct evidence ev = stored_evidence(&page.rows[i], pool);
			struct verdict v = verdict_decide(o->access.config, &ev);

			o->unknown += is_unknown(o->access.config, &ev, &v);
			told_change_add(
			    changes, &page.rows[i], verdict_action_name(v.would));
			pool_free(pool);
		}
		pool_free(page.pool);
	} while (status == STORE_OK && page.count > 0);
	return status;
}

static int
replay(struct options *o)
{
	struct told_change *changes = told_change_new();
	int code = EX_OK;

	if (judge_anew(o, changes) != STORE_OK) {
		code = access_failed(&o->access);
	} else if (told_change_count(changes) == 0) {
		complaint_print("%s", _("nothing found"));
		code = EX_DATAERR;
	} else if (o->json) {
		told_change_json(stdout, changes);
	} else {
		told_change_print(stdout, changes);
	}
	if (code == EX_OK && o->unknown > 0)
		complaint_print(
		    ngettext("warning: for %zu message it is not known what its client "
			     "is called, or "
			     "whether forwarding explains it: no TrustedForwarders by "
			     "name or with "
			     "only=forwarded asked then, so they do not count here",
			"warning: for %zu messages it is not known what their clients "
			"are called, "
			"or whether forwarding explains them: no TrustedForwarders by "
			"name or with "
			"only=forwarded asked then, so they do not count here",
			o->unknown),
		    o->unknown);
	told_change_free(changes);
	return code;
}

int
replay_run(int argc, char **argv)
{
	struct options o = { 0 };
	int code = EX_USAGE;

	if (parse(&o, argc, argv)) {
		code = access_open(&o.access);
		if (code == EX_OK)
			code = check_settings(&o);
		if (code == EX_OK)
			code = replay(&o);
	}
	access_close(&o.access);
	return code;
}
