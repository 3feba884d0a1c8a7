#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/day.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"
#include "config/config.h"
#include "ctl/audit/audit_options.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/plan_file.h"
#include "ctl/complaint.h"
#include "ctl/evidence.h"
#include "ctl/page.h"
#include "ctl/prove/prove.h"
#include "ctl/prove/prove_check.h"
#include "ctl/prove/prove_folder.h"
#include "ctl/prove/prove_html.h"
#include "ctl/prove/prove_json.h"
#include "ctl/prove/prove_options.h"
#include "ctl/prove/prove_place.h"
#include "ctl/prove/prove_queue.h"
#include "ctl/prove/prove_result.h"
#include "ctl/prove/prove_set.h"
#include "ctl/prove/prove_text.h"
#include "ctl/prove/prove_try.h"
#include "ctl/text.h"
#include "edge/listener.h"
#include "settings.h"

#define WHY_OCTETS 8192
#define ALL_MS 60000
#define CLEAR_MS 15000
#define RUN_SIZE 48
#define DATE_SIZE 48

const char prove_usage[] =
    "prove [-c FILE] [--config-dir DIR] [-d DIR] [--json | --html] [--lang nl|en]\n"
    "                         [--domain DOMAIN]... [-v]\n"
    "       beschermctl prove --setup | --undo [--config-dir DIR]";
const char prove_help[] =
    N_("  -c FILE           a file other than the installed one\n"
       "  --config-dir DIR  another instance of Postfix, as postconf -c DIR\n"
       "  -d DIR            keep the evidence there (/var/lib/beschermd/evidence)\n"
       "  --json            print JSON\n"
       "  --html            print a page\n"
       "  --lang nl|en      the language (that of this program)\n"
       "  --domain DOMAIN   one of your own domains to forge; may be given "
       "several times\n"
       "                    (those of beschermd-audit.conf, or $mydomain)\n"
       "  --setup           print the commands that create the listener\n"
       "  --undo            print those that remove it\n"
       "  -v                show what was said, and what was done to each message\n"
       "\n"
       "Fixed messages go through the running Postfix and the running filter, are\n"
       "examined, and deleted: none is delivered.  Run it as root.  Exits with 0 "
       "if rule\n"
       "MAIL-BESCHERM-010 is met, 1 if it is not, 69 if there is no Postfix, no\n"
       "listener or no filter, 75 if not everything could be tested, 77 without "
       "root,\n"
       "78 if the settings have mistakes.\n");

struct prove {
	struct prove_options o;
	struct pool *pool;
	struct config *config;
	struct prove_place place;
	struct prove_result proof;
	struct prove_setting *setting;
	char run[RUN_SIZE], date[DATE_SIZE];
	struct timespec until; /* no message is begun later */
	char why[WHY_OCTETS];
};

static int
complain(const struct prove *p, int code)
{
	complaint_print("%s", p->why);
	return code;
}

static int
read_settings(struct prove *p)
{
	const char *wrong;

	p->config = settings_load(p->o.conf, NULL, 0, p->why, sizeof p->why);
	if (p->config == NULL)
		return complain(p, EX_CONFIG);
	wrong = listener_check_spec(p->config->socket);
	if (wrong == NULL)
		return EX_OK;
	complaint_print("Socket %s: %s", p->config->socket, wrong);
	return EX_CONFIG;
}

/* Domains of one's own: of the command line, of the audit's file, of Postfix. */

static void
add_kind(struct prove *p, const struct plan *plan, enum plan_kind kind)
{
	for (size_t i = 0; i < plan->domain_count; i++) {
		if (plan->domains[i].kind == kind)
			wordlist_add(&p->o.domains, plan->domains[i].name);
	}
}

static void
choose_domains(struct prove *p)
{
	const char *domain = prove_place_domain(&p->place);
	struct plan *plan;

	if (p->o.domains.count > 0)
		return;
	if (access(AUDIT_OPTIONS_FILE, R_OK) == 0) {
		plan = plan_file_read(AUDIT_OPTIONS_FILE, settings_reader(),
		    day_local(p->proof.made), p->why, sizeof p->why);
		if (plan == NULL) {
			complaint_print(_("warning: %s"), p->why);
		} else {
			add_kind(p, plan, PLAN_MAIL);
			if (p->o.domains.count == 0)
				add_kind(p, plan, PLAN_GUESS);
			plan_free(plan);
		}
	}
	if (p->o.domains.count == 0 && domain != NULL)
		wordlist_add(&p->o.domains, domain);
}

/* The id of this run, and the time of its messages. */
static void
stamp(struct prove *p)
{
	char at[DATE_SIZE] = "";
	unsigned number = 0;
	struct tm tm;

	if (getrandom(&number, sizeof number, 0) != sizeof number)
		number = (unsigned)getpid();
	if (gmtime_r(&p->proof.made, &tm) != NULL) {
		strftime(at, sizeof at, "%Y%m%dT%H%M%SZ", &tm);
		strftime(p->date, sizeof p->date, "%a, %d %b %Y %H:%M:%S +0000", &tm);
	}
	snprintf(p->run, sizeof p->run, "%.20s-%08x", at, number);
}

static void
try_case(struct prove *p, const struct prove_try *t, const struct prove_case *sent)
{
	struct prove_result *proof = &p->proof;

	if (proof->stopped != NULL)
		return;
	if (!prove_try(t, sent, &proof->cases[proof->count], p->why, sizeof p->why)) {
		proof->stopped =
		    N_("a message of the test could not be deleted from the queue: %s");
		proof->stopped_by = pool_strdup(p->pool, p->why);
	}
	proof->count++;
}

static void
try_all(struct prove *p)
{
	const struct prove_try t = {
		.dir = p->o.dir,
		.socket = p->place.socket,
		.stamp = { p->run, p->place.authserv_id, p->date },
		.setting = p->setting,
		.mark = p->config->quarantine_header_name,
		.dns_ms = p->config->dns_timeout_ms,
		.until = p->until,
		.away = p->proof.away,
		.pool = p->pool,
	};
	const size_t all = PROVE_CASES + p->o.domains.count;

	p->proof.cases = pool_alloc(p->pool, all * sizeof *p->proof.cases);
	for (size_t i = 0; i < PROVE_CASES; i++)
		try_case(p, &t, prove_case(i));
	for (size_t i = 0; i < p->o.domains.count; i++) {
		const struct prove_case own = prove_case_own(p->o.domains.words[i]);

		try_case(p, &t, &own);
	}
}

/* What earlier runs left, or this one: mail may have been taken after we were gone. */
static bool
clear(struct prove *p)
{
	const struct prove_queue queue = {
		.dir = p->o.dir,
		.pool = p->pool,
		.until = deadline_in(CLEAR_MS),
		.why = p->why,
		.whysize = sizeof p->why,
	};
	size_t count;

	return prove_queue_clear(&queue, &count);
}

static int
examine(struct prove *p)
{
	struct prove_result *proof = &p->proof;

	proof->checks[1].language = "nl";
	proof->checks[2].language = "en";
	prove_check(proof->checks, p->config, p->o.dir, p->pool);
	prove_place_tell(&p->place, proof, p->pool);
	if (proof->checks[0].list == NULL && proof->stopped == NULL) {
		proof->stopped = N_("%s could not be run");
		proof->stopped_by = "beschermctl postfix";
	}
	if (proof->stopped != NULL)
		return EX_OK;
	p->setting = prove_set_open(p->o.conf,
	    pool_printf(p->pool, "%s/zone", prove_message_folder()), p->why,
	    sizeof p->why);
	if (p->setting == NULL)
		return complain(p, EX_UNAVAILABLE);
	try_all(p);
	return clear(p) ? EX_OK : complain(p, EX_UNAVAILABLE);
}

static bool
has_colour(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it */
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0');
}

static void
print(struct prove *p)
{
	const struct page page = { .out = stdout, .colour = has_colour() };
	struct text text = { 0 };

	switch (p->o.format) {
	case PROVE_TEXT:
		prove_text_write(&page, &p->proof, p->o.verbose, p->pool);
		break;
	case PROVE_JSON:
		prove_json_write(&text, &p->proof, p->pool);
		break;
	case PROVE_HTML:
		prove_html_write(stdout,
		    &(struct prove_html){ .proof = &p->proof, .language = p->o.language },
		    p->pool);
		break;
	}
	if (text.data != NULL)
		fwrite(text.data, 1, text.len, stdout);
	text_free(&text);
}

static int
tell(struct prove *p)
{
	const char *folder = p->o.folder != NULL ? p->o.folder : EVIDENCE_FOLDER;
	int code = prove_result_exit(&p->proof);

	print(p);
	if (fflush(stdout) != 0)
		return code; /* main says so */
	return prove_folder_write(folder, &p->proof, p->pool) ? code : EX_IOERR;
}

/* Up to where something can be told. */
static int
begin(struct prove *p)
{
	int code;

	if (geteuid() != 0) {
		complaint_print(
		    "%s", _("only root can do this: it looks into the queue"));
		return EX_NOPERM;
	}
	log_open("beschermctl", LOG_TO_NOWHERE, 0);
	code = prove_place_open(&p->place, &p->o, p->config, p->pool);
	if (code != EX_OK)
		return code;
	code = prove_place_lock(&p->place);
	if (code != EX_OK)
		return code;
	stamp(p);
	choose_domains(p);
	return clear(p) ? examine(p) : complain(p, EX_UNAVAILABLE);
}

static int
run(struct prove *p)
{
	int code = read_settings(p);

	if (code != EX_OK)
		return code;
	code = begin(p);
	if (code == EX_OK)
		return tell(p);
	complaint_print(
	    "MAIL-BESCHERM-010: %s", prove_result_verdict_word(PROVE_RESULT_UNTESTED));
	return code;
}

int
prove_run(int argc, char **argv)
{
	struct prove *p = mem_alloc(sizeof *p);
	int code = prove_options_read(&p->o, argc, argv);

	p->pool = pool_new();
	p->proof.made = time(NULL);
	p->until = deadline_in(ALL_MS);
	if (code == EX_OK)
		code =
		    p->o.what == PROVE_RUN ? run(p) : prove_place_print(&p->o, p->pool);
	prove_set_close(p->setting);
	prove_place_unlock(&p->place);
	config_free(p->config);
	pool_free(p->pool);
	prove_options_clear(&p->o);
	free(p);
	return code;
}
