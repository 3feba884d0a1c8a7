#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/day.h"
#include "base/oserror.h"
#include "config/config.h"
#include "config/config_override.h"
#include "ctl/dns_look.h"
#include "ctl/figures.h"
#include "ctl/negotiation.h"
#include "ctl/status_rows.h"
#include "ctl/text.h"
#include "ctl/when.h"

#define WHY_OCTETS 1024
#define ANSWER_MS 5000

struct look {
	const struct config *config;
	struct figures figures; /* of the running filter, if fresh */
	char why[WHY_OCTETS];   /* why they are not */
	struct status_rows *out;
};

static struct status_row *__attribute__((format(printf, 4, 5)))
set(struct look *s, enum status_kind kind, enum status_level level, const char *fmt, ...)
{
	struct status_row *row = &s->out->rows[kind];
	va_list arguments;

	row->level = level;
	va_start(arguments, fmt);
	vsnprintf(row->text, sizeof row->text, fmt, arguments);
	va_end(arguments);
	return row;
}

static void
set_value(struct status_row *row, const char *value)
{
	snprintf(row->value, sizeof row->value, "%s", value);
}

/* A figure of the running filter; 0 where it is not there. */
static int64_t
figure(const struct look *s, const char *series)
{
	int64_t value = 0;

	if (s->figures.fresh)
		figures_value(s->figures.text, series, &value);
	return value;
}

static const char *
error_of(const struct negotiation_result *r)
{
	return r->error < 0 ? gai_strerror(r->error) : oserror_text(r->error);
}

/*
 * Without the right to connect, the file that the filter wrote just now shows that it
 * runs: it ends by itself where its socket is gone.
 */
static struct status_row *
set_unreachable(struct look *s, const char *spec)
{
	if (s->figures.fresh)
		return set(s, STATUS_SOCKET, STATUS_OK,
		    _("%s: not asked, as this user may not; the filter runs"), spec);
	return set(s, STATUS_SOCKET, STATUS_LOOK,
	    _("%s: this user may not ask it: as root, as one of its group, or with "
	      "the setting Metrics"),
	    spec);
}

static void
look_socket(struct look *s)
{
	const char *spec = s->config->socket;
	struct negotiation_result r = negotiation_try(spec, ANSWER_MS);
	struct status_row *row = NULL;

	switch (r.end) {
	case NEGOTIATION_DONE:
		row = set(s, STATUS_SOCKET, STATUS_OK, _("%s: answers, within %.0f ms"),
		    spec, r.ms + 0.5);
		set_value(row, "answers");
		return;
	case NEGOTIATION_NO_RIGHT:
		set_value(set_unreachable(s, spec), "not_asked");
		return;
	case NEGOTIATION_AWAY:
		row = set(s, STATUS_SOCKET, STATUS_DOWN, "%s: %s", spec, error_of(&r));
		set_value(row, "away");
		return;
	case NEGOTIATION_SILENT:
		row = set(s, STATUS_SOCKET, STATUS_DOWN, _("%s: no answer within %d s"),
		    spec, ANSWER_MS / 1000);
		set_value(row, "silent");
		return;
	case NEGOTIATION_CLOSED:
		row = set(s, STATUS_SOCKET, STATUS_DOWN,
		    _("%s: accepts no more connections, or is ending"), spec);
		set_value(row, "closed");
		return;
	case NEGOTIATION_FOREIGN:
		row = set(s, STATUS_SOCKET, STATUS_DOWN,
		    _("%s: what answers is not a milter"), spec);
		set_value(row, "foreign");
	}
}

static void
look_metrics(struct look *s)
{
	const char *path = s->config->metrics;
	struct status_row *row;

	if (*path == '\0') {
		snprintf(s->why, sizeof s->why, "%s", _("Metrics is not set"));
		row = set(s, STATUS_METRICS, STATUS_OK, "%s", _("none are written"));
		set_value(row, "off");
		return;
	}
	figures_read(path, &s->figures, s->why, sizeof s->why);
	row = s->figures.fresh ? set(s, STATUS_METRICS, STATUS_OK, _("%s: %lld s old"),
				     path, s->figures.age)
			       : set(s, STATUS_METRICS, STATUS_LOOK, "%s", s->why);
	set_value(row, s->figures.fresh ? "fresh" : "stale");
}

static void
look_mode(struct look *s)
{
	const char *set_mode = s->config->mode == CONFIG_ENFORCE ? "enforce" : "monitor";
	char mode[STATUS_WORD_OCTETS];

	if (!s->figures.fresh ||
	    !figures_label(s->figures.text, "config_info", "mode", mode, sizeof mode)) {
		set_value(set(s, STATUS_MODE, STATUS_OK, _("%s, as the settings say"),
			      set_mode),
		    set_mode);
		return;
	}
	if (strcmp(mode, set_mode) == 0)
		set(s, STATUS_MODE, STATUS_OK, "%s", mode);
	else
		set(s, STATUS_MODE, STATUS_LOOK,
		    _("%s, and the settings say %s: it has not read them yet"), mode,
		    set_mode);
	set_value(&s->out->rows[STATUS_MODE], mode);
}

static void
look_version(struct look *s)
{
	char version[STATUS_WORD_OCTETS];

	if (s->figures.fresh && figures_label(s->figures.text, "config_info", "version",
				    version, sizeof version))
		set_value(set(s, STATUS_VERSION, STATUS_OK, "%s", version), version);
	else
		set(s, STATUS_VERSION, STATUS_OK,
		    _("not known (%s); beschermd -V shows what is installed"), s->why);
}

static void
look_last(struct look *s)
{
	char when[WHEN_TEXT_SIZE];
	int64_t at = figure(s, "last_message_time_seconds");
	struct status_row *row = &s->out->rows[STATUS_LAST];

	if (!s->figures.fresh)
		set(s, STATUS_LAST, STATUS_OK, _("not known (%s)"), s->why);
	else if (at == 0)
		set(s, STATUS_LAST, STATUS_OK, _("none since the start, %s"),
		    when_format(figure(s, "start_time_seconds"), when));
	else
		set(s, STATUS_LAST, STATUS_OK, "%s", when_format(at, when));
	if (at != 0)
		snprintf(row->value, sizeof row->value, "%lld", (long long)at);
}

/* What the running filter sees of it, or else what we do. */
static struct dns_look
see_dns(struct look *s)
{
	if (!s->figures.fresh)
		return dns_look(s->config);
	return (struct dns_look){ .answers = figure(s, "dns_outage") == 0,
		.validates = figure(s, "dns_validating") != 0 };
}

static void
look_dns(struct look *s)
{
	const struct config *config = s->config;
	struct status_row *row;
	struct dns_look look;

	if (*config->zone_file != '\0') {
		row = set(s, STATUS_DNS, STATUS_OK,
		    _("not asked, all answers come from %s"), config->zone_file);
		set_value(row, "off");
		return;
	}
	look = see_dns(s);
	if (!look.answers)
		row = set(s, STATUS_DNS, STATUS_LOOK, _("no name server answers%s%s"),
		    *look.why != '\0' ? ": " : "", *look.why != '\0' ? _(look.why) : "");
	else if (!look.validates && config->dnssec != CONFIG_DNSSEC_OFF)
		row = set(s, STATUS_DNS, STATUS_LOOK,
		    _("name servers answer; DNSSEC is not in force%s%s"),
		    *look.why != '\0' ? ": " : "", *look.why != '\0' ? _(look.why) : "");
	else
		row = set(s, STATUS_DNS, STATUS_OK,
		    look.validates ? _("name servers answer; DNSSEC is in force")
				   : _("name servers answer; DNSSEC is switched off"));
	set_value(row, !look.answers ? "outage" : look.validates ? "secure" : "insecure");
}

/* The state that the running filter tells of; NULL: none. */
static const char *
history_state(const struct look *s)
{
	static const char *const states[] = { "ok", "waiting", "paused", "broken" };
	char series[STATUS_WORD_OCTETS];

	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		snprintf(series, sizeof series, "history_state{state=\"%s\"}", states[i]);
		if (figure(s, series) != 0)
			return states[i];
	}
	return NULL;
}

static int64_t
history_lost(const struct look *s)
{
	static const char *const causes[] = { "queue", "disk", "size", "broken", "stop",
		"refused" };
	char series[STATUS_WORD_OCTETS];
	int64_t lost = 0;

	if (!s->figures.fresh)
		return -1;
	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
		snprintf(
		    series, sizeof series, "history_lost_total{cause=\"%s\"}", causes[i]);
		lost += figure(s, series);
	}
	return lost;
}

static void
tell_history(struct look *s)
{
	const char *state = history_state(s), *path = s->config->history;
	int64_t lost = s->out->history_lost;

	if (state == NULL) {
		set(s, STATUS_HISTORY, STATUS_LOOK,
		    _("the running filter keeps none: restart it for %s"), path);
		return;
	}
	if (strcmp(state, "ok") != 0)
		set(s, STATUS_HISTORY, STATUS_LOOK,
		    _("%s: %s, see the log; not remembered so far: %lld"), path, state,
		    (long long)lost);
	else if (lost > 0)
		set(s, STATUS_HISTORY, STATUS_OK,
		    _("%s: ok; not remembered since the start: %lld"), path,
		    (long long)lost);
	else
		set(s, STATUS_HISTORY, STATUS_OK, _("%s: ok"), path);
	set_value(&s->out->rows[STATUS_HISTORY], state);
}

static void
look_history(struct look *s)
{
	const char *path = s->config->history;
	struct stat st;

	if (*path == '\0')
		set_value(
		    set(s, STATUS_HISTORY, STATUS_OK, "%s", _("none is kept")), "off");
	else if (s->figures.fresh)
		tell_history(s);
	else if (stat(path, &st) == 0)
		set(s, STATUS_HISTORY, STATUS_OK,
		    _("%s: is there; its state is not known (%s)"), path, s->why);
	else
		set(s, STATUS_HISTORY, STATUS_OK, _("%s: its state is not known (%s)"),
		    path, s->why);
}

/* Names the first of those that ran out, and how many there are. */
static void
look_overrides(struct look *s)
{
	const struct config *config = s->config;
	int today = day_local(time(NULL));
	size_t over = s->out->overrides_expired, i = 0;
	char name[CONFIG_OVERRIDE_NAME_SIZE];

	snprintf(s->out->rows[STATUS_OVERRIDES].value, STATUS_WORD_OCTETS, "%zu",
	    config->override_count);
	if (config->override_count == 0) {
		set(s, STATUS_OVERRIDES, STATUS_OK, "%s", _("none"));
		return;
	}
	if (over == 0) {
		set(s, STATUS_OVERRIDES, STATUS_OK,
		    ngettext("%zu, in force", "%zu, all in force",
			(unsigned long)config->override_count),
		    config->override_count);
		return;
	}
	while (!config_override_is_over(&config->overrides[i], today))
		i++;
	set(s, STATUS_OVERRIDES, STATUS_LOOK,
	    ngettext("%zu, of which %zu has ended: %s",
		"%zu, of which %zu have ended: %s", (unsigned long)over),
	    config->override_count, over,
	    config_override_name(&config->overrides[i], name));
}

void
status_rows_look(const struct config *config, struct status_rows *rows)
{
	struct look look = { .config = config, .out = rows };

	*rows = (struct status_rows){ 0 };
	look_metrics(&look);
	look_socket(&look);
	rows->overrides_expired = config_expired(config, day_local(time(NULL)));
	rows->history_lost = history_lost(&look);
	look_mode(&look);
	look_version(&look);
	look_last(&look);
	look_dns(&look);
	look_history(&look);
	look_overrides(&look);
	figures_free(&look.figures);
}
