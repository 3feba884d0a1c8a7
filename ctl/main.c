#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "config.h"
#include "ctl/audit/audit.h"
#include "ctl/complaint.h"
#include "ctl/conf/conf.h"
#include "ctl/conf/override.h"
#include "ctl/history/forget.h"
#include "ctl/history/held.h"
#include "ctl/history/overview.h"
#include "ctl/history/period_summary.h"
#include "ctl/history/replay.h"
#include "ctl/history/ship.h"
#include "ctl/history/stored_explain.h"
#include "ctl/history/verb_history.h"
#include "ctl/history/verb_metrics.h"
#include "ctl/judge/test.h"
#include "ctl/postfix/postfix.h"
#include "ctl/prove/prove.h"
#include "ctl/report/report.h"
#include "ctl/status.h"
#include "ctl/text.h"

/*
 * What the tool can do, one file a verb.  ${usage} and ${help} are shown by `help VERB`
 * and after a wrong option.
 */
struct verb {
	const char *name;
	int (*run)(int argc, char **argv); /* returns what the program exits with */
	const char *summary;
	const char *usage;
	const char *help;
};

static const struct verb verbs[] = {
	{ "audit", audit_run,
	    N_("check the organisation's own domains against every rule for mail"),
	    audit_usage, audit_help },
	{ "conf", conf_run, N_("show the settings in force and where each comes from"),
	    conf_usage, conf_help },
	{ "explain", stored_explain_run,
	    N_("say why a message of the history was judged as it was"),
	    stored_explain_usage, stored_explain_help },
	{ "forget", forget_run,
	    N_("remove from the history what is remembered about somebody"), forget_usage,
	    forget_help },
	{ "held", held_run,
	    N_("show mail that Postfix holds for the filter, and release it"), held_usage,
	    held_help },
	{ "history", verb_history_run, N_("show who was refused, and why"),
	    verb_history_usage, verb_history_help },
	{ "metrics", verb_metrics_run,
	    N_("print the figures of the running filter, or serve them to Prometheus"),
	    verb_metrics_usage, verb_metrics_help },
	{ "override", override_run, N_("list, add, remove and prune exceptions"),
	    override_usage, override_help },
	{ "overview", overview_run, N_("write a page that shows the history at a glance"),
	    overview_usage, overview_help },
	{ "postfix", postfix_run, N_("print the lines for Postfix, and check its side"),
	    "postfix [-c FILE] [--config-dir DIR]",
	    N_("  -c FILE             a file other than the installed one\n"
	       "  --config-dir DIR    another instance of Postfix, as postconf -c DIR\n"
	       "\n"
	       "It sees most when run as root.  Exits with 0 if all is well, 1 if there "
	       "is\n"
	       "something to fix, 69 if there is no Postfix, 78 if the settings have "
	       "mistakes.\n") },
	{ "prove", prove_run,
	    N_("show on the running mail server that incoming mail is checked"),
	    prove_usage, prove_help },
	{ "replay", replay_run, N_("try other settings on what is remembered"),
	    replay_usage, replay_help },
	{ "ship", ship_run, N_("copy the history to the server that several hosts share"),
	    ship_usage, ship_help },
	{ "status", status_run, N_("show the state of the running filter"), status_usage,
	    status_help },
	{ "report", report_run, N_("send sender domains the reports that they ask for"),
	    report_usage, report_help },
	{ "summary", period_summary_run,
	    N_("show what passes, who fails and why, and whether enforce can be switched "
	       "on"),
	    period_summary_usage, period_summary_help },
	{ "test", test_run,
	    N_("judge messages in files as the filter would, and say why"), test_usage,
	    test_help },
};

#define VERB_COUNT (sizeof verbs / sizeof verbs[0])

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

static void
list_verbs(FILE *out)
{
	fputs(_("usage: beschermctl VERB [OPTION]... [ARGUMENT]...\n"
		"       beschermctl help VERB\n"
		"       beschermctl -V\n"
		"\n"
		"verbs:\n"),
	    out);
	for (size_t i = 0; i < VERB_COUNT; i++)
		fprintf(out, "  %-8s %s\n", verbs[i].name, _(verbs[i].summary));
}

static void
help_verb(FILE *out, const struct verb *verb)
{
	fprintf(out, _("usage: beschermctl %s\n"), verb->usage);
	fprintf(out, "\n%s\n\n%s", _(verb->summary), _(verb->help));
}

static int
help(const char *name)
{
	const struct verb *verb;

	if (name == NULL) {
		list_verbs(stdout);
		return EX_OK;
	}
	verb = find_verb(name);
	if (verb == NULL) {
		complaint_print(_("there is no verb %s"), name);
		list_verbs(stderr);
		return EX_USAGE;
	}
	help_verb(stdout, verb);
	return EX_OK;
}

static int
run(int argc, char **argv)
{
	const struct verb *verb;
	int code;

	if (argc < 2) {
		list_verbs(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0) {
		printf("beschermctl %s\n", PACKAGE_VERSION);
		return EX_OK;
	}
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
		return help(NULL);
	if (strcmp(argv[1], "help") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	verb = find_verb(argv[1]);
	if (verb == NULL ||
	    (argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0)))
		return help(argv[1]);
	argv[1] = argv[0]; /* getopt names it, where an option is wrong */
	code = verb->run(argc - 1, argv + 1);
	if (code == EX_USAGE)
		fprintf(stderr,
		    _("usage: beschermctl %s\n\"beschermctl help %s\" says more.\n"),
		    verb->usage, verb->name);
	return code;
}

/* What was printed may be the file that takes the place of another: `conf > FILE`. */
static int
flushed(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	complaint_print("%s", _("cannot write the results"));
	return EX_IOERR;
}

int
main(int argc, char **argv)
{
	/* NOLINTBEGIN(concurrency-mt-unsafe): there are no threads yet */
	const char *dir =
	    getenv("BESCHERMD_LOCALEDIR"); /* a tree that is not installed */

	setlocale(LC_MESSAGES, "");
	setlocale(LC_CTYPE, "");
	/* NOLINTEND(concurrency-mt-unsafe) */
	bindtextdomain("beschermd", dir != NULL ? dir : LOCALEDIR);
	textdomain("beschermd");
	return flushed(run(argc, argv));
}
