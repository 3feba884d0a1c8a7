#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/wordlist.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/json.h"
#include "ctl/judge/batch.h"
#include "ctl/judge/explain.h"
#include "ctl/judge/judge.h"
#include "ctl/judge/source.h"
#include "ctl/judge/summary.h"
#include "ctl/judge/test.h"
#include "ctl/text.h"
#include "parts.h"
#include "settings.h"

#define WHY_OCTETS 1024
#define THREADS_MAX 256
/* The end of the year 9999: later seconds could overflow where some are added. */
#define TIME_MAX 253402300799LL
/* A bar is drawn for more messages than this. */
#define MANY 200

const char test_usage[] = "test [OPTION]... MESSAGE...";
const char test_help[] =
    N_("MESSAGE is a file, - for standard input, or a folder (a Maildir, or one "
       "of files).\n"
       "\n"
       "  -c FILE            settings (the installed file)\n"
       "  -o KEY=VALUE       a setting that overrides the file; may be given "
       "several times\n"
       "  --zone FILE        answer all DNS questions from this zone file\n"
       "  --mbox FILE        the messages of an mbox; may be given several times\n"
       "  --client ADDRESS   the IP address from which the message came\n"
       "  --helo NAME        what that client said in HELO or EHLO\n"
       "  --mail-from ADDR   the envelope sender; <> for none\n"
       "  --queue-id ID      the queue id, for replies that quote it\n"
       "  --mta NAME         postfix or sendmail: which MTA receives the message "
       "(postfix)\n"
       "  --time EPOCH       judge as if it were that second since 1970\n"
       "  --force            show the Override even if nothing shows a forwarder\n"
       "  --json             one line of JSON per message\n"
       "  --trace            the whole explanation, also for several messages\n"
       "  -j N               judge this many messages at a time (one per CPU)\n");

struct test {
	const char *conf;
	const char **settings; /* "Key=Value" */
	size_t setting_count;
	struct judge_options judge;
	struct source source;
	bool zone, json, trace;
	int threads;
	char why[WHY_OCTETS];
};

enum {
	OPT_ZONE = 256,
	OPT_MBOX,
	OPT_CLIENT,
	OPT_HELO,
	OPT_MAIL_FROM,
	OPT_QUEUE_ID,
	OPT_MTA,
	OPT_TIME,
	OPT_FORCE,
	OPT_JSON,
	OPT_TRACE
};

static const struct option long_options[] = {
	{ "zone", required_argument, NULL, OPT_ZONE },
	{ "mbox", required_argument, NULL, OPT_MBOX },
	{ "client", required_argument, NULL, OPT_CLIENT },
	{ "helo", required_argument, NULL, OPT_HELO },
	{ "mail-from", required_argument, NULL, OPT_MAIL_FROM },
	{ "queue-id", required_argument, NULL, OPT_QUEUE_ID },
	{ "mta", required_argument, NULL, OPT_MTA },
	{ "time", required_argument, NULL, OPT_TIME },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "trace", no_argument, NULL, OPT_TRACE },
	{ NULL, 0, NULL, 0 },
};

static bool
read_number(const char *text, long long max, long long *number)
{
	char *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *number > 0 && *number <= max;
}

static void
add_setting(struct test *t, const char *setting)
{
	size_t n = t->setting_count + 1;

	t->settings = mem_realloc(t->settings, n * sizeof *t->settings);
	t->settings[t->setting_count++] = setting;
}

static bool
bad_value(struct test *t, const char *option, const char *value, const char *wanted)
{
	snprintf(t->why, sizeof t->why, _("%s: %s is not %s"), option, value, wanted);
	return false;
}

/* The words outlive the run, as the command line does. */
static bool
take_zone(struct test *t, const char *path)
{
	static char setting[PATH_MAX + sizeof "ZoneFile="];

	if (*path == '\0') /* an empty setting would mean: ask DNS */
		return bad_value(t, "--zone", "\"\"", _("a file"));
	snprintf(setting, sizeof setting, "ZoneFile=%s", path);
	add_setting(t, setting);
	t->zone = true;
	return true;
}

static bool
take_client(struct test *t, const char *value)
{
	if (!ip_parse(value, &t->judge.client))
		return bad_value(t, "--client", value, _("an IP address"));
	t->judge.has_client = true;
	return true;
}

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

/* What no MTA would hand over. */
static bool
take_text(struct test *t, const char *option, const char *value, const char **text)
{
	if (has_control(value)) {
		snprintf(
		    t->why, sizeof t->why, _("%s: holds a control character"), option);
		return false;
	}
	*text = value;
	return true;
}

/* With both angle brackets or neither; white space only in a local part. */
static bool
take_mail_from(struct test *t, const char *value)
{
	size_t len = strlen(value);
	const char *at = strrchr(value, '@');
	bool opened = *value == '<', closed = len > 0 && value[len - 1] == '>';

	if (!take_text(t, "--mail-from", value, &t->judge.mail_from))
		return false;
	if (opened != closed || strchr(at != NULL ? at : value, ' ') != NULL)
		return bad_value(t, "--mail-from", value, _("an address"));
	return true;
}

/* What it is counts, as what it rewrites behind the filter differs. */
static bool
take_mta(struct test *t, const char *value)
{
	if (strcasecmp(value, "postfix") == 0)
		t->judge.mta = "Postfix";
	else if (strcasecmp(value, "sendmail") == 0)
		t->judge.mta = "Sendmail";
	else
		return bad_value(t, "--mta", value, _("postfix or sendmail"));
	return true;
}

static bool
take_time(struct test *t, const char *value)
{
	long long seconds;

	if (!read_number(value, TIME_MAX, &seconds))
		return bad_value(t, "--time", value, _("a number of seconds since 1970"));
	t->judge.time = (time_t)seconds;
	return true;
}

static bool
take_threads(struct test *t, const char *value)
{
	long long n;

	if (!read_number(value, THREADS_MAX, &n))
		return bad_value(t, "-j", value, _("a number from 1 to 256"));
	t->threads = (int)n;
	return true;
}

/* False with ${why}, or without: getopt has told. */
static bool
take_option(struct test *t, int option)
{
	switch (option) {
	case 'c':
		t->conf = optarg;
		return true;
	case 'o':
		add_setting(t, optarg);
		return true;
	case 'j':
		return take_threads(t, optarg);
	case OPT_ZONE:
		return take_zone(t, optarg);
	case OPT_MBOX:
		return source_add_mbox(&t->source, optarg, t->why, sizeof t->why);
	case OPT_CLIENT:
		return take_client(t, optarg);
	case OPT_HELO:
		return take_text(t, "--helo", optarg, &t->judge.helo);
	case OPT_MAIL_FROM:
		return take_mail_from(t, optarg);
	case OPT_MTA:
		return take_mta(t, optarg);
	case OPT_QUEUE_ID:
		return take_text(t, "--queue-id", optarg, &t->judge.queue_id);
	case OPT_TIME:
		return take_time(t, optarg);
	case OPT_FORCE:
		t->judge.force = true;
		return true;
	case OPT_JSON:
		t->json = true;
		return true;
	case OPT_TRACE:
		t->trace = true;
		return true;
	default:
		return false;
	}
}

/* Once: getopt tells of the next mistake itself. */
static void
say_why(struct test *t)
{
	if (*t->why != '\0')
		complaint_print("%s", t->why);
	*t->why = '\0';
}

/* Two threads would each get pieces of it. */
static bool
names_input_twice(struct test *t, int argc, char **argv)
{
	int times = 0;

	for (int i = optind; i < argc; i++)
		times += strcmp(argv[i], "-") == 0;
	if (times > 1)
		snprintf(t->why, sizeof t->why, "%s",
		    _("-: standard input can be read only once"));
	return times > 1;
}

/* What cannot be read is told at once, and the rest is judged. */
static int
collect(struct test *t, int argc, char **argv)
{
	int code = EX_OK;

	for (int i = optind; i < argc; i++) {
		if (source_add(&t->source, argv[i], t->why, sizeof t->why))
			continue;
		say_why(t);
		code = EX_DATAERR;
	}
	return code;
}

static int
read_command_line(struct test *t, int argc, char **argv)
{
	int option, code = EX_OK;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	while ((option = getopt_long(argc, argv, "c:o:j:", long_options, NULL)) != -1) {
		if (take_option(t, option))
			continue;
		if (option != OPT_MBOX) {
			say_why(t);
			return EX_USAGE;
		}
		say_why(t);
		code = EX_DATAERR;
	}
	if (names_input_twice(t, argc, argv)) {
		say_why(t);
		return EX_USAGE;
	}
	if (collect(t, argc, argv) != EX_OK)
		code = EX_DATAERR;
	if (t->source.count == 0 && code == EX_OK)
		return EX_USAGE;
	return code;
}

static struct parts_store *
open_parts(struct test *t)
{
	struct config *config =
	    settings_load(t->conf, t->settings, t->setting_count, t->why, sizeof t->why);

	if (config == NULL)
		return NULL;
	for (size_t i = 0; i < config->warnings.count; i++) {
		const char *warning = config->warnings.words[i];

		/* Who gave --zone knows. */
		if (!t->zone || strncmp(warning, "ZoneFile:", strlen("ZoneFile:")) != 0)
			complaint_print(_("warning: %s"), warning);
	}
	return parts_open(config, t->why, sizeof t->why);
}

static bool
has_colour(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it */
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0');
}

static void
tell_json(FILE *out, const struct judged *judged, bool colour)
{
	(void)colour;
	json_print(out, judged);
}

static size_t
judge_all(struct test *t, struct parts_store *parts)
{
	const bool many = t->source.count > 1;
	struct batch batch = {
		.parts = parts,
		.source = &t->source,
		.options = &t->judge,
		.tell = many && !t->trace ? explain_line : explain_print,
		.colour = !t->json && has_colour(),
		.progress = t->source.count > MANY && isatty(STDERR_FILENO) &&
			    !isatty(STDOUT_FILENO),
		.threads = t->threads,
		.summary = summary_new(),
	};
	size_t unreadable;

	if (t->json)
		batch.tell = tell_json;
	if ((size_t)batch.threads > t->source.count)
		batch.threads = (int)t->source.count;
	unreadable = batch_run(&batch, stdout);
	if (many && !t->json)
		summary_print(batch.summary, stdout);
	summary_free(batch.summary);
	return unreadable;
}

static int
run(struct test *t, int argc, char **argv)
{
	int code = read_command_line(t, argc, argv);
	struct parts_store *parts;

	if (code == EX_USAGE || t->source.count == 0)
		return code;
	log_open("beschermctl", LOG_TO_NOWHERE, 0);
	parts = open_parts(t);
	if (parts == NULL) {
		say_why(t);
		return EX_CONFIG;
	}
	if (judge_all(t, parts) > 0)
		code = EX_DATAERR;
	parts_close(parts);
	return code;
}

int
test_run(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct test t = { .threads = cpus > 0 && cpus <= THREADS_MAX ? (int)cpus : 1 };
	int code = run(&t, argc, argv);

	source_clear(&t.source);
	free(t.settings);
	return code;
}
