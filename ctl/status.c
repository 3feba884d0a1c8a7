#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/status.h"
#include "ctl/status_rows.h"
#include "ctl/text.h"
#include "settings.h"

#define WHY_OCTETS 1024
#define ALL_SECONDS 25U /* a disk or a name service may keep us for ever */

const char status_usage[] = "status [-c FILE] [-o KEY=VALUE]... [--json]";
const char status_help[] =
    N_("  -c FILE       a file other than the installed one\n"
       "  -o KEY=VALUE  a setting that overrides the file\n"
       "  --json        one object, for programs\n"
       "\n"
       "Does the filter answer at its socket, and is anything wrong?  What only "
       "the\n"
       "running filter knows is read from the file of the setting Metrics, where "
       "one\n"
       "is set.  The exit code is 0 (all is well), 1 (somebody should look) or 2 "
       "(it\n"
       "does not answer), as Icinga takes it; else 64 (usage), 78 (a mistake in "
       "the\n"
       "settings).\n");

static const struct {
	const char *label, *key; /* for people, for programs */
} kinds[STATUS_KINDS] = {
	[STATUS_SOCKET] = { N_("socket"), "socket" },
	[STATUS_MODE] = { N_("mode"), "mode" },
	[STATUS_VERSION] = { N_("version"), "version" },
	[STATUS_LAST] = { N_("last message"), "last_message" },
	[STATUS_DNS] = { "DNS", "dns" },
	[STATUS_HISTORY] = { N_("history"), "history" },
	[STATUS_OVERRIDES] = { N_("exceptions"), "overrides" },
	[STATUS_METRICS] = { N_("metrics"), "metrics" },
};

struct status {
	const char *conf;
	const char **settings;
	size_t setting_count;
	bool json;

	struct config *config;
	struct status_rows found;
};

static enum status_level
worst(const struct status *s)
{
	enum status_level level = STATUS_OK;

	for (size_t i = 0; i < STATUS_KINDS; i++) {
		if (s->found.rows[i].level > level)
			level = s->found.rows[i].level;
	}
	return level;
}

/* A line that says it all, for who sees no more; then a line each. */
static void
tell(const struct status *s, enum status_level level)
{
	static const char *const heads[] = { "OK", "LOOK", "DOWN" };
	const char *const marks[] = { _("ok    "), _("look  "), "DOWN  " };
	const char *between = "";

	printf("%s: ", heads[level]);
	if (level == STATUS_OK)
		printf(_("mode %s, last message: %s"), s->found.rows[STATUS_MODE].text,
		    s->found.rows[STATUS_LAST].text);
	for (size_t i = 0; i < STATUS_KINDS && level != STATUS_OK; i++) {
		if (s->found.rows[i].level != level)
			continue;
		printf("%s%s: %s", between, _(kinds[i].label), s->found.rows[i].text);
		between = "; ";
	}
	putchar('\n');
	for (size_t i = 0; i < STATUS_KINDS; i++)
		printf("%s%s: %s\n", marks[s->found.rows[i].level], _(kinds[i].label),
		    s->found.rows[i].text);
}

static void
put_row(struct json_text *j, enum status_kind kind, const struct status_row *row)
{
	if (*row->value == '\0')
		json_text_null(j, kinds[kind].key);
	else if (row->value[strspn(row->value, "0123456789")] == '\0')
		json_text_number(j, kinds[kind].key, strtoll(row->value, NULL, 10));
	else
		json_text_string(j, kinds[kind].key, row->value);
}

static void
tell_json(const struct status *s, enum status_level level)
{
	static const char *const words[] = { "ok", "look", "down" };
	struct text text = { 0 };
	struct json_text j = { .out = &text };

	json_text_object(&j, NULL);
	json_text_string(&j, "status", words[level]);
	for (enum status_kind kind = STATUS_SOCKET; kind < STATUS_KINDS; kind++)
		put_row(&j, kind, &s->found.rows[kind]);
	json_text_number(&j, "overrides_expired", (int64_t)s->found.overrides_expired);
	if (s->found.history_lost < 0)
		json_text_null(&j, "history_lost");
	else
		json_text_number(&j, "history_lost", s->found.history_lost);
	json_text_array(&j, "trouble");
	for (enum status_kind kind = STATUS_SOCKET; kind < STATUS_KINDS; kind++) {
		if (s->found.rows[kind].level == STATUS_OK)
			continue;
		json_text_object(&j, NULL);
		json_text_string(&j, "what", kinds[kind].key);
		json_text_string(&j, "level", words[s->found.rows[kind].level]);
		json_text_string(&j, "text", s->found.rows[kind].text);
		json_text_object_end(&j);
	}
	json_text_array_end(&j);
	json_text_object_end(&j);
	puts(text.data);
	text_free(&text);
}

static bool
parse(struct status *s, int argc, char **argv)
{
	static const struct option names[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	int flag;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	while ((flag = getopt_long(argc, argv, "c:o:", names, NULL)) != -1) {
		if (flag == 'c') {
			s->conf = optarg;
		} else if (flag == 'o') {
			s->settings = mem_realloc(
			    s->settings, (s->setting_count + 1) * sizeof *s->settings);
			s->settings[s->setting_count++] = optarg;
		} else if (flag == 'j') {
			s->json = true;
		} else {
			return false;
		}
	}
	return optind == argc;
}

/* Whoever asks each minute must get an answer each minute. */
static void
give_up(int signal)
{
	static const char text[] = "DOWN: no answer in time\n";

	(void)signal;
	(void)!write(STDOUT_FILENO, text, sizeof text - 1);
	_exit(STATUS_DOWN);
}

static void
give_up_json(int signal)
{
	static const char text[] = "{\"status\":\"down\"}\n";

	(void)signal;
	(void)!write(STDOUT_FILENO, text, sizeof text - 1);
	_exit(STATUS_DOWN);
}

static int
look(struct status *s)
{
	enum status_level level;

	status_rows_look(s->config, &s->found);
	level = worst(s);
	if (s->json)
		tell_json(s, level);
	else
		tell(s, level);
	return (int)level;
}

int
status_run(int argc, char **argv)
{
	struct status s = { 0 };
	char why[WHY_OCTETS];
	int code = EX_USAGE;

	if (parse(&s, argc, argv)) {
		/* What a resolver logs of itself is told in our words. */
		log_open("beschermctl", LOG_TO_NOWHERE, 0);
		signal(SIGALRM, s.json ? give_up_json : give_up);
		alarm(ALL_SECONDS);
		s.config =
		    settings_load(s.conf, s.settings, s.setting_count, why, sizeof why);
		if (s.config == NULL)
			complaint_print("%s", why);
		code = s.config == NULL ? EX_CONFIG : look(&s);
	}
	config_free(s.config);
	free(s.settings);
	return code;
}
