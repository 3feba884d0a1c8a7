#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/day.h"
#include "base/file.h"
#include "base/hostname.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"
#include "check/dkim_key.h"
#include "config/config.h"
#include "ctl/audit/ask.h"
#include "ctl/audit/ask_all.h"
#include "ctl/audit/audit.h"
#include "ctl/audit/audit_csv.h"
#include "ctl/audit/audit_folder.h"
#include "ctl/audit/audit_html.h"
#include "ctl/audit/audit_json.h"
#include "ctl/audit/audit_options.h"
#include "ctl/audit/audit_server.h"
#include "ctl/audit/audit_text.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/manners.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/plan_file.h"
#include "ctl/audit/probe.h"
#include "ctl/audit/probe_all.h"
#include "ctl/audit/proven.h"
#include "ctl/audit/result.h"
#include "ctl/audit/sts_all.h"
#include "ctl/complaint.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "parts.h"
#include "settings.h"

#define WHY_OCTETS 8192

const char audit_usage[] = "audit [OPTION]... [DOMAIN...]";
const char audit_help[] =
    N_("DOMAIN is one of the organisation's own, - for names on standard input, "
       "one per line.\n"
       "Without any: those of FILE.\n"
       "\n"
       "  -f FILE            the domains and the explanations about them\n"
       "                     (/etc/beschermd-audit.conf)\n"
       "  -d DIR             keep JSON and pages there, and compare with the last "
       "audit\n"
       "  --json             print JSON\n"
       "  --csv              print CSV, a line for each rule of each domain\n"
       "  --html             print a page\n"
       "  --lang nl|en       the language (that of this program)\n"
       "  --separator CHAR   between the cells of CSV (,)\n"
       "  --compare FILE     say what changed since the audit in that JSON\n"
       "  --rules LIST       these rules only, such as 003,004,BEVEILIG-002\n"
       "  --strict           advice and additions count for the exit code, too\n"
       "  --no-connect       ask DNS only, connect to no server\n"
       "  --pause TIME       between two connections to one address (1s)\n"
       "  --connect-to HOST=ADDRESS[@PORT]\n"
       "                     where that server is, whatever DNS says; may be given\n"
       "                     several times\n"
       "  -c FILE            settings of the filter (the installed file)\n"
       "  --zone FILE        answer all DNS questions from this zone file\n"
       "  --nameserver ADDR  ask this DNS server; may be given several times\n"
       "  -j N               this many domains at a time (8)\n"
       "\n"
       "No mail is sent and nothing is changed; the only servers connected to are "
       "MX hosts and\n"
       "web servers that have an MTA-STS policy.  Exits with 0 if there is "
       "nothing to fix, 1 if\n"
       "a rule is not met or an explanation has expired, 75 if something could "
       "not be tested,\n"
       "78 if FILE or the settings have mistakes.\n");

struct audit {
	struct audit_options o;
	struct pool *pool;
	struct plan *plan;
	struct server server;
	struct earlier *earlier;
	struct parts_store *store;
	struct facts **facts;
	struct pool **pools;
	struct probe_all probes;
	struct result result;
	char why[WHY_OCTETS];
};

static int
complain(const struct audit *a, int code)
{
	complaint_print("%s", a->why);
	return code;
}

/* What is to be audited. */

/* As the reader of settings reads: what it cannot read is no mistake in the file. */
static bool
is_readable(struct audit *a, const char *path)
{
	char *text = file_read(path, CONFIG_FILE_MAX, NULL, a->why, sizeof a->why);
	const bool readable = text != NULL;

	free(text);
	return readable;
}

static int
read_plan(struct audit *a)
{
	const char *path = a->o.file;

	if (path == NULL && access(AUDIT_OPTIONS_FILE, F_OK) == 0)
		path = AUDIT_OPTIONS_FILE;
	if (path != NULL && !is_readable(a, path))
		return complain(a, EX_NOINPUT);
	a->plan = plan_file_read(
	    path, settings_reader(), day_local(time(NULL)), a->why, sizeof a->why);
	if (a->plan == NULL)
		return complain(a, EX_CONFIG);
	for (size_t i = 0; i < a->plan->warnings.count; i++)
		complaint_print(_("warning: %s"), a->plan->warnings.words[i]);
	return EX_OK;
}

static bool
take_name(struct audit *a, bool *taken, const char *name)
{
	const struct plan_domain *d = plan_take(a->plan, name, a->why, sizeof a->why);

	if (d != NULL)
		taken[d - a->plan->domains] = true;
	return d != NULL;
}

/* Names on standard input, one a line. */
static bool
take_lines(struct audit *a, bool *taken)
{
	char *line = NULL;
	size_t size = 0;
	bool ok = true;

	while (ok && getline(&line, &size, stdin) != -1) {
		char *name = line + strspn(line, " \t");

		name[strcspn(name, " \t\r\n")] = '\0';
		ok = *name == '\0' || take_name(a, taken, name);
	}
	free(line);
	return ok;
}

static int
choose_domains(struct audit *a, char **names, int count)
{
	bool *taken = pool_alloc(a->pool, PLAN_DOMAINS_MAX * sizeof *taken);

	for (int i = 0; i < count; i++) {
		if (strcmp(names[i], "-") == 0 ? !take_lines(a, taken)
					       : !take_name(a, taken, names[i]))
			return complain(a, EX_USAGE);
	}
	if (count > 0)
		plan_restrict(a->plan, taken);
	if (a->plan->domain_count > 0)
		return EX_OK;
	complaint_print(_("no domain is named, neither here nor in %s"),
	    a->o.file != NULL ? a->o.file : AUDIT_OPTIONS_FILE);
	return EX_USAGE;
}

/* What it is compared with. */
static int
read_earlier(struct audit *a)
{
	if (a->o.compare != NULL) {
		a->earlier = earlier_read(a->o.compare, a->why, sizeof a->why);
		return a->earlier != NULL ? EX_OK : complain(a, EX_NOINPUT);
	}
	if (a->o.folder != NULL)
		a->earlier = audit_folder_earlier(a->o.folder, a->result.made, a->pool);
	return EX_OK;
}

/*
 * The resolver of the settings.  Where those that are installed have a mistake, which the
 * rule on inbound mail tells, the audit goes on without them.
 */
static int
open_resolver(struct audit *a)
{
	struct audit_options *o = &a->o;
	struct config *config =
	    settings_load(o->conf, o->settings, o->setting_count, a->why, sizeof a->why);

	if (config == NULL && o->conf == NULL && a->server.settings_wrong != NULL)
		config = config_load(NULL, settings_reader(), o->settings,
		    o->setting_count, a->why, sizeof a->why);
	if (config == NULL)
		return complain(a, EX_CONFIG);
	a->store = parts_open(config, a->why, sizeof a->why);
	return a->store != NULL ? EX_OK : complain(a, EX_CONFIG);
}

static void
ask(struct audit *a)
{
	const struct parts *parts = parts_get(a->store);
	struct dkim_key_cache *keys = dkim_key_cache_new(0);
	const size_t count = a->plan->domain_count;
	const struct ask_options options = {
		.resolver = parts->resolver,
		.keys = keys,
		.suffixes = parts->suffixes,
		.plan = a->plan,
		.is_zone = a->o.zone,
		.now = a->result.made,
	};

	a->facts = mem_alloc(count * sizeof(struct facts *));
	a->pools = mem_alloc(count * sizeof(struct pool *));
	ask_all(&(struct ask_all){
	    .options = &options,
	    .earlier = a->earlier,
	    .threads = a->o.threads,
	    .progress = isatty(STDERR_FILENO) == 1,
	    .facts = a->facts,
	    .pools = a->pools,
	});
	dkim_key_cache_free(keys);
	parts_put(a->store, parts);
}

/* Does any rule that is wanted go by connections? */
static bool
is_to_connect(const struct audit_options *o)
{
	return !o->no_connect && (o->wanted_count == 0 || o->wanted[AUDIT_STARTTLS] ||
				     o->wanted[AUDIT_DANE]);
}

static void
probe(struct audit *a)
{
	struct manners *manners;
	struct probe_options options = {
		.name = a->result.host,
		.places = a->o.places,
		.place_count = a->o.place_count,
		.places_only = a->o.zone,
	};

	if (!is_to_connect(&a->o))
		return;
	manners = manners_new(a->o.pause_ms);
	options.manners = manners;
	a->probes = (struct probe_all){
		.options = &options,
		.facts = a->facts,
		.count = a->plan->domain_count,
		.progress = isatty(STDERR_FILENO) == 1,
	};
	probe_all(&a->probes);
	a->probes.options = NULL;
	manners_free(manners);
	a->result.hosts = a->probes.hosts;
	a->result.host_count = a->probes.host_count;
	a->result.is_connected = true;
}

static void
fetch_policies(struct audit *a)
{
	const struct probe_options options = {
		.places = a->o.places,
		.place_count = a->o.place_count,
		.places_only = a->o.zone,
	};

	if (a->o.no_connect || (a->o.wanted_count > 0 && !a->o.wanted[AUDIT_MTA_STS]))
		return;
	sts_all(&(struct sts_all){
	    .options = &options,
	    .facts = a->facts,
	    .pools = a->pools,
	    .count = a->plan->domain_count,
	    .progress = isatty(STDERR_FILENO) == 1,
	});
}

/* "2026-11-30" */
static const char *
day_text(int64_t at, struct pool *pool)
{
	char text[EARLIER_TIME_SIZE];

	earlier_time_text(at, text);
	return pool_strndup(pool, text, strcspn(text, "T"));
}

static void
judge(struct audit *a)
{
	struct result *r = &a->result;
	const struct rules_options options = {
		.plan = a->plan,
		.server = &a->server,
		.wanted = a->o.wanted_count > 0 ? a->o.wanted : NULL,
		.today = day_local(r->made),
	};

	r->plan = a->plan;
	r->server = &a->server;
	r->earlier = a->earlier;
	r->wanted = options.wanted;
	r->count = a->plan->domain_count;
	r->domains = pool_alloc(a->pool, r->count * sizeof *r->domains);
	r->validates = a->facts[0]->validates;
	r->why = a->facts[0]->why_not;
	for (size_t i = 0; i < r->count; i++) {
		struct result_domain *d = &r->domains[i];

		d->facts = a->facts[i];
		compare_keys(d->facts, earlier_find(a->earlier, d->facts->domain));
		d->facts->keys_since_day = day_text(d->facts->keys_since, a->pool);
		d->verdicts = rules_judge(d->facts, &options, a->pools[i], &d->count);
	}
	r->changes = compare_all(r, a->pool, &r->change_count);
}

static bool
has_colour(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it */
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0');
}

static void
print(struct audit *a)
{
	const struct page page = { .out = stdout, .colour = has_colour() };
	struct text text = { 0 };

	switch (a->o.format) {
	case AUDIT_FORMAT_TEXT:
		audit_text_write(&page, &a->result, a->pool);
		break;
	case AUDIT_FORMAT_JSON:
		audit_json_write(&text, &a->result, a->pool);
		break;
	case AUDIT_FORMAT_CSV:
		audit_csv_write(stdout, &a->result, a->o.separator, a->pool);
		break;
	case AUDIT_FORMAT_HTML:
		audit_html_write(stdout,
		    &(struct audit_html){
			.result = &a->result, .language = a->o.language },
		    a->pool);
		break;
	}
	if (text.data != NULL)
		fwrite(text.data, 1, text.len, stdout);
	text_free(&text);
}

static int
tell(struct audit *a)
{
	int code = result_code(&a->result, a->o.strict);

	print(a);
	if (fflush(stdout) != 0)
		return code; /* main says so */
	if (a->o.folder != NULL && !audit_folder_write(a->o.folder, &a->result, a->pool))
		return EX_IOERR;
	return code;
}

static int
run(struct audit *a, char **names, int count)
{
	char host[HOSTNAME_SIZE];
	int code = read_plan(a);

	if (code == EX_OK)
		code = choose_domains(a, names, count);
	if (code == EX_OK)
		code = read_earlier(a);
	if (code != EX_OK)
		return code;
	log_open("beschermctl", LOG_TO_NOWHERE, 0);
	if (!a->o.zone) {
		audit_server_look(&a->server, a->o.conf, a->plan, a->pool);
		proven_look(&a->server, a->o.folder, a->result.made, a->pool);
	}
	code = open_resolver(a);
	if (code != EX_OK)
		return code;
	a->result.host = pool_strdup(a->pool, hostname_get(host));
	ask(a);
	probe(a);
	fetch_policies(a);
	judge(a);
	return tell(a);
}

static void
clear(struct audit *a)
{
	for (size_t i = 0; a->pools != NULL && i < a->result.count; i++)
		pool_free(a->pools[i]);
	free(a->facts);
	free(a->pools);
	probe_all_clear(&a->probes);
	parts_close(a->store);
	earlier_free(a->earlier);
	audit_server_clear(&a->server);
	plan_free(a->plan);
	pool_free(a->pool);
	audit_options_clear(&a->o);
}

int
audit_run(int argc, char **argv)
{
	struct audit *a = mem_alloc(sizeof *a);
	int code;

	a->pool = pool_new();
	a->result.made = time(NULL);
	code = audit_options_read(&a->o, argc, argv);
	if (code == EX_OK)
		code = run(a, argv + optind, argc - optind);
	clear(a);
	free(a);
	return code;
}
