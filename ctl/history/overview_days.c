#include "base/pool.h"
#include "ctl/calendar.h"
#include "ctl/history/overview_data.h"
#include "ctl/history/overview_parts.h"
#include "ctl/html.h"
#include "ctl/text.h"

#define THOUSAND 1000
/* Of more days the weeks are told. */
#define DAYS_TOLD 62
#define WEEK 7

/* Whatever is there is seen. */
static int
width(int64_t part, int64_t whole)
{
	int64_t tenths = whole > 0 ? part * THOUSAND / whole : 0;

	return part > 0 && tenths < 2 ? 2 : (int)tenths;
}

void
overview_days_bar(struct html *h, const struct query_day *d, int64_t whole)
{
	const int widths[] = {
		width(d->pass, whole),
		width(d->none + d->undecided + d->authorless, whole),
		width(d->fail, whole),
	};

	html_bar(h, widths, sizeof widths / sizeof *widths);
}

static void
put_numbers(struct html *h, const struct query_day *d)
{
	const int64_t numbers[] = { d->refused, d->marked, d->held, d->deferred };

	html_cell(h);
	html_number(h, d->mail);
	html_cell(h);
	html_percent(h, d->pass, d->pass + d->fail);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		html_cell(h);
		html_number(h, numbers[i]);
	}
}

static void
put_row(struct html *h, const struct query_day *d, int days, int64_t whole)
{
	char text[CALENDAR_TEXT_SIZE];

	html_row(h);
	html_cell(h);
	calendar_weekday(d->day, text);
	if (days == 1)
		html_text(h, text);
	else
		html_printf(h,
		    ngettext("%d day from %s", "%d days from %s", (unsigned long)days),
		    days, text);
	if (d->let_in > 0) {
		html_text(h, "\u00a0");
		html_put(h, "span", "mark look", _("trial"));
	}
	html_cell(h);
	overview_days_bar(h, d, whole);
	put_numbers(h, d);
}

/* Days, or weeks of a long period, with so much mail at most. */
struct rows {
	struct query_day *rows;
	int *days; /* of each */
	size_t count;
	int64_t most;
};

/* From the first with mail on: a day without has a row too, as a filter that stood still
 * shall be seen. */
static struct rows
rows_of(const struct overview *o)
{
	struct rows r = { .rows = pool_alloc(o->pool, o->day_count * sizeof *r.rows),
		.days = pool_alloc(o->pool, o->day_count * sizeof *r.days) };
	int step = o->day_count > DAYS_TOLD ? WEEK : 1;
	size_t i = 0;

	while (i < o->day_count && o->days[i].mail == 0)
		i++;
	for (; i < o->day_count; i++) {
		if (r.count == 0 || r.days[r.count - 1] == step)
			r.rows[r.count++].day = o->days[i].day;
		overview_data_add(&r.rows[r.count - 1], &o->days[i]);
		r.days[r.count - 1]++;
		if (r.rows[r.count - 1].mail > r.most)
			r.most = r.rows[r.count - 1].mail;
	}
	return r;
}

static void
put_days(struct html *h, const struct overview *o)
{
	struct rows r = rows_of(o);

	for (size_t i = 0; i < r.count; i++)
		put_row(h, &r.rows[i], r.days[i], r.most);
}

void
overview_days_put(struct html *h, const struct overview *o)
{
	const struct html_column columns[] = {
		{ _("Day"), false },
		{ "", false },
		{ _("Checked"), true },
		{ _("Passes"), true },
		{ _("Refused"), true },
		{ _("Marked"), true },
		{ _("Held"), true },
		{ _("Deferred"), true },
	};

	if (o->total.mail == 0) {
		html_put(h, "p", NULL, _("No mail was checked in this period."));
		return;
	}
	html_table(h,
	    _("How much mail came in, and what became of it. The bars have the colours "
	      "of the one above. Passes: how much of the mail that can be checked is "
	      "genuine. Deferred: the sender was asked to try again later, because the "
	      "DNS did not answer."),
	    columns, sizeof columns / sizeof *columns);
	put_days(h, o);
	html_table_end(h);
	if (o->total.let_in > 0)
		html_put(h, "p", "soft",
		    _("On days with \u201ctrial\u201d all of it was delivered: the "
		      "figures "
		      "say what would have been done."));
}
