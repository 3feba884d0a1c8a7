#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/day.h"
#include "base/json_text.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/config_override.h"
#include "config/config_table.h"
#include "ctl/complaint.h"
#include "ctl/conf/override_line.h"
#include "ctl/conf/override_list.h"
#include "ctl/history/remembered.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "settings.h"

#define WHY_OCTETS 2048
#define DAYS_BEFORE 7 /* as the daemon warns */
#define DAY_SIZE 16

/* What is printed, one column an Override. */
struct list {
	const struct config *config;
	int today;
	bool counted;
	int64_t *messages; /* one an Override */
	char **lines;      /* as a conf file says it */
};

/* Which of today's Overrides is the one that decided then: the same, to the letter. */
static size_t
find_equal(const struct list *list, const struct config_override *then)
{
	char *line = override_line_print(then);
	size_t n = 0;

	while (n < list->config->override_count && strcmp(line, list->lines[n]) != 0)
		n++;
	free(line);
	return n;
}

/* Or one that goes on with another end or reason; of several the last, which counts. */
static size_t
find_heir(const struct config *config, const struct config_override *then)
{
	size_t n = config->override_count;

	for (size_t i = 0; i < config->override_count; i++) {
		const struct config_override *o = &config->overrides[i];

		if (config_override_is_same(o, then) && o->action == then->action)
			n = i;
	}
	return n;
}

static void
count(struct list *list, const char *conf)
{
	struct remembered_counts counts;

	if (*list->config->history == '\0') {
		complaint_print("%s", _("no history is kept (History), so it is not "
					"known how many messages each "
					"decided"));
		return;
	}
	list->counted = remembered_counts(conf, &counts) == EX_OK;
	for (size_t i = 0; i < counts.count; i++) {
		const struct config_override *then = &counts.list[i].override;
		size_t n = find_equal(list, then);

		if (n == list->config->override_count)
			n = find_heir(list->config, then);
		if (n < list->config->override_count)
			list->messages[n] += counts.list[i].messages;
	}
	remembered_counts_free(&counts);
}

static const char *
day_text(int day, char text[DAY_SIZE])
{
	snprintf(
	    text, DAY_SIZE, "%04d-%02d-%02d", day / 10000, day / 100 % 100, day % 100);
	return text;
}

/* Where it stands in time, for people; NULL: there is nothing to say. */
static const char *
end_text(const struct config_override *o, int today, char *text, size_t size)
{
	char day[DAY_SIZE];
	int left;

	if (o->until == 0)
		return NULL;
	day_text(o->until, day);
	left = day_difference(today, o->until);
	if (config_override_is_over(o, today))
		snprintf(text, size, _("ended on %s and is not applied"), day);
	else if (left == 0)
		snprintf(text, size, _("today, %s, is its last day"), day);
	else if (left <= DAYS_BEFORE)
		snprintf(text, size,
		    ngettext("ends in %d day, on %s", "ends in %d days, on %s",
			(unsigned long)left),
		    left, day);
	else
		return NULL;
	return text;
}

static void
print_one(const struct list *list, size_t i)
{
	const struct config_override *o = &list->config->overrides[i];
	char place[PAGE_QUOTE_SIZE], end[100], number[24] = "-";
	const char *ends = end_text(o, list->today, end, sizeof end);

	if (list->counted)
		snprintf(number, sizeof number, "%" PRId64, list->messages[i]);
	printf("%8s  %s\n", number, list->lines[i]);
	page_quote(o->file, place);
	if (o->line > 0)
		printf("%8s  %s:%d%s%s\n", "", place, o->line, ends != NULL ? ": " : "",
		    ends != NULL ? ends : "");
	else
		printf("%8s  %s%s%s\n", "", place, ends != NULL ? ": " : "",
		    ends != NULL ? ends : "");
}

static const char *
state(const struct config_override *o, int today)
{
	if (config_override_is_over(o, today))
		return "ended";
	if (o->until != 0 && day_difference(today, o->until) <= DAYS_BEFORE)
		return "ending";
	return "in_force";
}

static void
fill_json(struct json_text *j, const struct list *list, size_t i)
{
	const struct config_override *o = &list->config->overrides[i];
	char network[NETWORK_TEXT_SIZE], day[DAY_SIZE];
	struct text domain = { 0 };

	text_printf(&domain, "%s%s", o->below ? "." : "", o->domain);
	json_text_string(j, "file", o->file);
	json_text_number(j, "line", o->line);
	json_text_string(j, "domain", domain.data);
	json_text_string(
	    j, "action", config_table_word_of(config_table_actions(), o->action));
	json_text_string(
	    j, "client", o->has_client ? netlist_format(&o->client, network) : NULL);
	json_text_string(j, "until", o->until != 0 ? day_text(o->until, day) : NULL);
	json_text_string(j, "reason", o->reason);
	if (list->counted)
		json_text_number(j, "messages", list->messages[i]);
	else
		json_text_null(j, "messages");
	json_text_string(j, "state", state(o, list->today));
	text_free(&domain);
}

static void
print_json(const struct list *list, size_t i)
{
	struct text text = { 0 };
	struct json_text j = { .out = &text };

	json_text_object(&j, NULL);
	fill_json(&j, list, i);
	json_text_object_end(&j);
	puts(text.data);
	text_free(&text);
}

static void
print_all(const struct list *list, bool json)
{
	size_t count = list->config->override_count;

	if (count == 0 && !json)
		puts(_("There are no exceptions."));
	else if (!json)
		printf(_("Messages of the last %d days that each decided, and where it "
			 "is:\n"),
		    REMEMBERED_DAYS);
	for (size_t i = 0; i < count; i++) {
		if (json)
			print_json(list, i);
		else
			print_one(list, i);
	}
}

static void
open_list(struct list *list)
{
	size_t n = list->config->override_count;

	list->messages = mem_alloc((n + 1) * sizeof *list->messages);
	list->lines = mem_alloc((n + 1) * sizeof *list->lines);
	for (size_t i = 0; i < n; i++)
		list->lines[i] = override_line_print(&list->config->overrides[i]);
}

static void
close_list(struct list *list)
{
	for (size_t i = 0; i < list->config->override_count; i++)
		free(list->lines[i]);
	free(list->lines);
	free(list->messages);
}

int
override_list(const char *conf, bool json)
{
	char why[WHY_OCTETS];
	struct config *config = settings_load(conf, NULL, 0, why, sizeof why);
	struct list list = { .config = config, .today = day_local(time(NULL)) };

	if (config == NULL) {
		complaint_print("%s", why);
		return EX_CONFIG;
	}
	open_list(&list);
	if (config->override_count > 0)
		count(&list, conf);
	print_all(&list, json);
	close_list(&list);
	config_free(config);
	return EX_OK;
}
