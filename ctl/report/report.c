#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/pool.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/option_value.h"
#include "ctl/owner.h"
#include "ctl/report/bounces.h"
#include "ctl/report/report.h"
#include "ctl/report/reporting.h"
#include "ctl/report/sample.h"
#include "ctl/report/sender_check.h"
#include "ctl/text.h"
#include "mail/address.h"
#include "parts.h"
#include "settings.h"

#define WHY_OCTETS 4096
#define DAY_SECONDS 86400

const char report_usage[] = "report [OPTION]...";
const char report_help[] =
    N_("Send sender domains that ask for it what was found about their mail on "
       "the last\n"
       "days (aggregate reports, RFC 9990), as the settings Report* say.\n"
       "\n"
       "  --check            say what is missing, and send nothing\n"
       "  --sample ADDRESS   send a made-up report to an address of your own\n"
       "  --bounces          read what came back (ReportBounces): these addresses "
       "get\n"
       "                     none for a while\n"
       "  --dry-run          say what would be sent where, and send nothing\n"
       "  --out DIR          write the reports as files there, and send nothing\n"
       "  --day DATE         only of that day (UTC), such as 2026-11-29\n"
       "  --domain DOMAIN    only about that domain\n"
       "  --force            although the clock went back\n"
       "  -c FILE            settings (the installed file)\n"
       "  -o KEY=VALUE       a setting that overrides the file; may be given "
       "several times\n"
       "\n"
       "Exits with 0 if reports went out, 65 if there was nothing to report, 69 if\n"
       "the mail cannot be handed over, 75 if some wait for the next run, 78 if\n"
       "settings or DNS records are missing.\n");

enum {
	OPT_CHECK = 256,
	OPT_SAMPLE,
	OPT_BOUNCES,
	OPT_DRY_RUN,
	OPT_OUT,
	OPT_DAY,
	OPT_DOMAIN,
	OPT_FORCE
};

static const struct option long_options[] = {
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "sample", required_argument, NULL, OPT_SAMPLE },
	{ "bounces", no_argument, NULL, OPT_BOUNCES },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "out", required_argument, NULL, OPT_OUT },
	{ "day", required_argument, NULL, OPT_DAY },
	{ "domain", required_argument, NULL, OPT_DOMAIN },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ NULL, 0, NULL, 0 },
};

struct options {
	struct access access;
	struct reporting_options reporting;
	struct pool *pool;
	const char *sample;
	bool check, bounces;
};

/* A day of the UTC calendar, in days since 1970; false: it is none. */
static bool
read_day(const char *text, int64_t *day)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%d", &tm);
	time_t at;
	int mday;

	if (end == NULL || *end != '\0')
		return false;
	/* The 31st of a month of 30 days would be the 1st of the next. */
	mday = tm.tm_mday;
	at = timegm(&tm);
	*day = at / DAY_SECONDS;
	return at >= 0 && tm.tm_mday == mday;
}

static bool
take_day(struct options *o, const char *value)
{
	o->reporting.has_day = read_day(value, &o->reporting.day);
	return o->reporting.has_day ||
	       option_value_refuse("--day", value, _("a date such as 2026-11-29"));
}

static bool
take_domain(struct options *o, const char *value)
{
	o->reporting.domain = address_domain(value, strlen(value), o->pool);
	return o->reporting.domain != NULL ||
	       option_value_refuse("--domain", value, _("a domain"));
}

static bool
take_option(struct options *o, int option, const char *value)
{
	switch (option) {
	case OPT_CHECK:
		o->check = true;
		return true;
	case OPT_SAMPLE:
		o->sample = value;
		return true;
	case OPT_BOUNCES:
		o->bounces = true;
		return true;
	case OPT_DRY_RUN:
		o->reporting.dry_run = true;
		return true;
	case OPT_OUT:
		o->reporting.out_dir = value;
		return true;
	case OPT_DAY:
		return take_day(o, value);
	case OPT_DOMAIN:
		return take_domain(o, value);
	case OPT_FORCE:
		o->reporting.force = true;
		return true;
	default:
		return access_option(&o->access, option, value);
	}
}

static bool
parse(struct options *o, int argc, char **argv)
{
	int option;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	while ((option = getopt_long(
		    argc, argv, ACCESS_SHORT_OPTIONS, long_options, NULL)) != -1) {
		if (!take_option(o, option, optarg))
			return false;
	}
	return optind == argc;
}

/* What asks the DNS, by the same settings; NULL, which has been said. */
static struct parts_store *
open_parts(const struct options *o)
{
	char why[WHY_OCTETS];
	struct config *config = settings_load(
	    o->access.conf, o->access.settings, o->access.setting_count, why, sizeof why);
	struct parts_store *store =
	    config != NULL ? parts_open(config, why, sizeof why) : NULL;

	if (store == NULL)
		complaint_print("%s", why);
	return store;
}

/* Words of the DNS, and a program of the settings, are not root's affair. */
static int
become_user(const struct config *config)
{
	uid_t user;
	gid_t group;

	if (geteuid() != 0 || (owner_find(config->user_id, &user, &group) &&
				  owner_become_apart(user, group)))
		return EX_OK;
	complaint_print(_("UserID: cannot become %s"), config->user_id);
	return EX_NOPERM;
}

static int
do_it(struct options *o, const struct parts *parts)
{
	if (o->check)
		return sender_check_print(&o->access, parts);
	if (o->sample != NULL)
		return sample_send(parts->config, parts, o->sample);
	return reporting_do(&o->access, parts, &o->reporting);
}

static int
report(struct options *o)
{
	bool needs_history = o->bounces || (!o->check && o->sample == NULL);
	int code =
	    needs_history ? access_open_all(&o->access) : access_settings(&o->access);
	struct parts_store *store;
	const struct parts *parts;

	if (code == EX_OK && !needs_history)
		code = become_user(o->access.config);
	if (code != EX_OK)
		return code;
	if (o->bounces)
		return bounces_read(&o->access);
	log_open("beschermctl", LOG_TO_NOWHERE, 0);
	store = open_parts(o);
	if (store == NULL)
		return EX_CONFIG;
	parts = parts_get(store);
	code = do_it(o, parts);
	parts_put(store, parts);
	parts_close(store);
	return code;
}

int
report_run(int argc, char **argv)
{
	struct options o = { .pool = pool_new() };
	int code = parse(&o, argc, argv) ? report(&o) : EX_USAGE;

	access_close(&o.access);
	pool_free(o.pool);
	return code;
}
