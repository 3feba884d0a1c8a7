#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/mem.h"
#include "ctl/audit/audit_options.h"
#include "ctl/audit/probe.h"
#include "ctl/audit/probe_place.h"
#include "ctl/complaint.h"
#include "ctl/option_value.h"
#include "ctl/text.h"

#define THREADS 8
#define THREADS_MAX 64
#define PAUSE_MS 1000
#define PLACES_MAX 1000

enum {
	OPT_JSON = 256,
	OPT_CSV,
	OPT_HTML,
	OPT_LANG,
	OPT_SEPARATOR,
	OPT_COMPARE,
	OPT_RULES,
	OPT_STRICT,
	OPT_NO_CONNECT,
	OPT_PAUSE,
	OPT_CONNECT_TO,
	OPT_ZONE,
	OPT_NAMESERVER
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "html", no_argument, NULL, OPT_HTML },
	{ "lang", required_argument, NULL, OPT_LANG },
	{ "separator", required_argument, NULL, OPT_SEPARATOR },
	{ "compare", required_argument, NULL, OPT_COMPARE },
	{ "rules", required_argument, NULL, OPT_RULES },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "no-connect", no_argument, NULL, OPT_NO_CONNECT },
	{ "pause", required_argument, NULL, OPT_PAUSE },
	{ "connect-to", required_argument, NULL, OPT_CONNECT_TO },
	{ "zone", required_argument, NULL, OPT_ZONE },
	{ "nameserver", required_argument, NULL, OPT_NAMESERVER },
	{ NULL, 0, NULL, 0 },
};

static void
add_setting(struct audit_options *o, const char *key, const char *value)
{
	size_t n = o->setting_count + 1, size = strlen(key) + strlen(value) + 2;
	char *setting = mem_alloc(size);

	snprintf(setting, size, "%s=%s", key, value);
	o->settings = mem_realloc(o->settings, n * sizeof *o->settings);
	o->made = mem_realloc(o->made, n * sizeof *o->made);
	o->made[o->setting_count] = setting;
	o->settings[o->setting_count++] = setting;
}

static bool
take_format(struct audit_options *o, enum audit_format format)
{
	if (o->format != AUDIT_FORMAT_TEXT && o->format != format) {
		complaint_print("%s", _("only one of --json, --csv and --html"));
		return false;
	}
	o->format = format;
	return true;
}

static bool
take_rules(struct audit_options *o, const char *value)
{
	char *copy = mem_strdup(value), *rest = copy, *word;
	bool ok = true;

	while (ok && (word = strsep(&rest, ",")) != NULL) {
		size_t rule = audit_rule_find(word);

		ok = rule < AUDIT_RULES || option_value_refuse("--rules", word,
					       _("a rule such as 004 or BEVEILIG-002"));
		if (ok)
			o->wanted[rule] = true;
		o->wanted_count += ok;
	}
	free(copy);
	return ok;
}

static bool
take_threads(struct audit_options *o, const char *value)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || n < 1 || n > THREADS_MAX)
		return option_value_refuse("-j", value, _("a number from 1 to 64"));
	o->threads = (int)n;
	return true;
}

/* As times are in the settings: 0, 1s, 30s, 500ms. */
static bool
take_pause(struct audit_options *o, const char *value)
{
	size_t digits = strspn(value, "0123456789");
	const char *unit = value + digits;
	bool is_ms = strcmp(unit, "ms") == 0;

	if (digits == 0 || digits > 6 ||
	    (*unit != '\0' && strcmp(unit, "s") != 0 && !is_ms))
		return option_value_refuse(
		    "--pause", value, _("a time such as 1s or 500ms"));
	o->pause_ms = (int)strtol(value, NULL, 10) * (is_ms ? 1 : 1000);
	return true;
}

static bool
take_place(struct audit_options *o, const char *value)
{
	const size_t n = o->place_count + 1;

	if (n > PLACES_MAX)
		return option_value_refuse(
		    "--connect-to", value, _("one of a thousand at most"));
	o->places = mem_realloc(o->places, n * sizeof *o->places);
	o->place_count = n;
	return probe_place_read(value, &o->places[n - 1]) ||
	       option_value_refuse("--connect-to", value,
		   _("a host and where it is, such as mx.example.org=192.0.2.1@25"));
}

static bool
take_separator(struct audit_options *o, const char *value)
{
	if (strlen(value) != 1 || *value < ' ' || *value > '~' || *value == '"')
		if (strcmp(value, "\t") != 0)
			return option_value_refuse(
			    "--separator", value, _("one character"));
	o->separator = *value;
	return true;
}

static bool
take_zone(struct audit_options *o, const char *value)
{
	const char *path;

	if (!option_value_path("--zone", value, &path))
		return false;
	add_setting(o, "ZoneFile", path);
	o->zone = true;
	return true;
}

static bool
take_output(struct audit_options *o, int option, const char *value)
{
	switch (option) {
	case OPT_JSON:
		return take_format(o, AUDIT_FORMAT_JSON);
	case OPT_CSV:
		return take_format(o, AUDIT_FORMAT_CSV);
	case OPT_HTML:
		return take_format(o, AUDIT_FORMAT_HTML);
	case OPT_LANG:
		return option_value_language(value, &o->language);
	case OPT_SEPARATOR:
		return take_separator(o, value);
	default:
		return false; /* getopt has told */
	}
}

static bool
take_option(struct audit_options *o, int option, const char *value)
{
	switch (option) {
	case 'c':
		return option_value_path("-c", value, &o->conf);
	case 'f':
		return option_value_path("-f", value, &o->file);
	case 'd':
		return option_value_path("-d", value, &o->folder);
	case 'j':
		return take_threads(o, value);
	case OPT_COMPARE:
		return option_value_path("--compare", value, &o->compare);
	case OPT_RULES:
		return take_rules(o, value);
	case OPT_STRICT:
		o->strict = true;
		return true;
	case OPT_NO_CONNECT:
		o->no_connect = true;
		return true;
	case OPT_PAUSE:
		return take_pause(o, value);
	case OPT_CONNECT_TO:
		return take_place(o, value);
	case OPT_ZONE:
		return take_zone(o, value);
	case OPT_NAMESERVER:
		add_setting(o, "Nameservers", value);
		return true;
	default:
		return take_output(o, option, value);
	}
}

int
audit_options_read(struct audit_options *o, int argc, char **argv)
{
	int option;

	*o = (struct audit_options){
		.threads = THREADS, .pause_ms = PAUSE_MS, .separator = ','
	};
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	while ((option = getopt_long(argc, argv, "c:f:d:j:", long_options, NULL)) != -1) {
		if (!take_option(o, option, optarg))
			return EX_USAGE;
	}
	if (o->folder != NULL && o->format != AUDIT_FORMAT_TEXT) {
		complaint_print(
		    "%s", _("-d writes JSON and pages anyway: leave out the format"));
		return EX_USAGE;
	}
	/* The pages of a folder are UTF-8, whatever the terminal. */
	return option_value_speak(
	    &o->language, o->format == AUDIT_FORMAT_TEXT && o->folder == NULL);
}

void
audit_options_clear(struct audit_options *o)
{
	for (size_t i = 0; i < o->setting_count; i++)
		free(o->made[i]);
	for (size_t i = 0; i < o->place_count; i++)
		probe_place_clear(&o->places[i]);
	free(o->places);
	free(o->made);
	free(o->settings);
}
