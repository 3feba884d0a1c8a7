#include "config/config.h"
#include "ctl/calendar.h"
#include "ctl/history/overview_data.h"
#include "ctl/history/overview_parts.h"
#include "ctl/html.h"
#include "ctl/text.h"

static void
put_row(struct html *h, const char *what, const char *contents, int days)
{
	html_row(h);
	html_cell(h);
	html_text(h, what);
	html_cell(h);
	html_text(h, contents);
	html_cell(h);
	html_printf(h, ngettext("%d day", "%d days", (unsigned long)days), days);
}

static void
put_size(struct html *h, const struct overview *o)
{
	char messages[HTML_NUMBER_SIZE], megabytes[HTML_NUMBER_SIZE];
	char oldest[CALENDAR_TEXT_SIZE];

	if (o->size.messages == 0)
		return;
	html_open(h, "p", NULL);
	html_printf(h, _("It now holds %s messages, the oldest from %s; %s MB in all."),
	    html_number_text(h, o->size.messages, messages),
	    calendar_day(o->size.oldest_at / 86400, oldest),
	    html_number_text(h, o->size.octets / 1000000 + 1, megabytes));
	html_close(h, "p");
}

void
overview_kept_put(struct html *h, const struct overview *o)
{
	const struct html_column columns[] = {
		{ _("What"), false },
		{ _("What is in it"), false },
		{ _("How long"), true },
	};
	const struct config *c = o->config;

	html_put(h, "p", NULL,
	    _("The mail server remembers what it decided, to explain it afterwards. It "
	      "does not keep what is in a message, its subject, who it is for, or the "
	      "part of an address before the @; and about mail from your own users "
	      "nothing at all."));
	html_table(
	    h, _("What the history holds"), columns, sizeof columns / sizeof *columns);
	put_row(h, _("A line for each message"),
	    _("time, domains, address of the sending mail server, what was found and "
	      "decided"),
	    c->history_days);
	if (c->history_trace != CONFIG_TRACE_NONE)
		put_row(h, _("All steps of the check"),
		    c->history_trace == CONFIG_TRACE_ALL
			? _("of each message")
			: _("of messages with something wrong"),
		    c->history_trace_days);
	put_row(h, _("Counts by day and domain"),
	    _("no addresses; names of domains with fewer than 5 messages a day are "
	      "removed with the messages"),
	    c->history_count_days);
	html_table_end(h);
	put_size(h, o);
}
