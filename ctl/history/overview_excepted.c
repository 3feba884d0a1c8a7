#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "ctl/calendar.h"
#include "ctl/history/overview_data.h"
#include "ctl/history/overview_parts.h"
#include "ctl/html.h"
#include "ctl/text.h"

/* So many are told: a page of more would be read by nobody. */
#define TOLD 100

static const char *
kind_text(enum overview_exception_kind kind)
{
	switch (kind) {
	case OVERVIEW_OVERRIDE:
		return _("sender (Override)");
	case OVERVIEW_FORWARDER:
		return _("forwarder (TrustedForwarders)");
	default:
		return _("mailing list (TrustedLists)");
	}
}

static const char *
action_text(const char *action)
{
	static const struct {
		const char *action, *text;
	} words[] = {
		{ "accept", N_("let in") },
		{ "header", N_("marked") },
		{ "hold", N_("held") },
		{ "reject", N_("refused") },
		{ "tempfail", N_("deferred") },
		{ "quarantine", N_("as mail to quarantine") },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (action != NULL && strcmp(action, words[i].action) == 0)
			return _(words[i].text);
	}
	return "\u2013";
}

static void
put_whom(struct html *h, const struct overview_exception *e)
{
	if (*e->whom != '\0' && e->kind == OVERVIEW_OVERRIDE && !e->is_gone)
		html_domain(h, e->whom);
	else if (*e->whom != '\0')
		html_foreign(h, e->whom);
	else if (!e->is_gone)
		html_text(h, _("each mailing list that signs"));
	if (e->client != NULL)
		html_printf(h, _(", only from %s"), e->client);
	if (e->is_gone) {
		html_text(h, " ");
		html_put(h, "span", "mark plain", _("no longer set"));
	}
}

static void
put_until(struct html *h, const struct overview_exception *e)
{
	char date[CALENDAR_TEXT_SIZE];

	if (e->is_gone)
		html_text(h, "\u2013");
	else if (e->until == 0)
		html_text(h, _("no end"));
	else
		html_text(h, calendar_date(e->until, date));
	if (e->is_over) {
		html_text(h, " ");
		html_put(h, "span", "mark bad", _("ended"));
	}
}

static void
put_exception(struct html *h, const struct overview_exception *e)
{
	html_row(h);
	html_cell(h);
	put_whom(h, e);
	html_cell(h);
	html_text(h, kind_text(e->kind));
	html_cell(h);
	html_text(h, action_text(e->action));
	html_cell(h);
	if (e->reason != NULL)
		html_foreign(h, e->reason);
	else if (e->kind == OVERVIEW_OVERRIDE && !e->is_gone)
		html_put(h, "span", "mark look", _("no reason given"));
	else
		html_text(h, "\u2013");
	html_cell(h);
	put_until(h, e);
	html_cell(h);
	html_number(h, e->n);
}

struct place {
	const struct overview_exception *exception;
};

/* Those that decide most first; of those that decide nothing, as the settings have them.
 */
static int
by_use(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->exception->n != y->exception->n)
		return x->exception->n < y->exception->n ? 1 : -1;
	return x->exception < y->exception ? -1 : 1;
}

static struct place *
sorted(const struct overview *o, struct pool *pool)
{
	struct place *list = pool_alloc(pool, (o->exception_count + 1) * sizeof *list);

	for (size_t i = 0; i < o->exception_count; i++)
		list[i].exception = &o->exceptions[i];
	qsort(list, o->exception_count, sizeof *list, by_use);
	return list;
}

void
overview_excepted_put(struct html *h, const struct overview *o)
{
	const struct html_column columns[] = {
		{ _("For"), false },
		{ _("Kind"), false },
		{ _("Mail is"), false },
		{ _("Reason"), false },
		{ _("Until"), false },
		{ _("Decided"), true },
	};
	const struct place *list = sorted(o, o->pool);
	size_t told = o->exception_count < TOLD ? o->exception_count : TOLD;

	html_put(h, "p", NULL,
	    _("Comply or explain: where this mail server departs from what the sender's "
	      "domain asks, and why. The number says how many messages were decided by "
	      "it in this period: one that decides nothing can be removed."));
	html_table(h, _("All exceptions in the settings"), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < told; i++)
		put_exception(h, list[i].exception);
	html_table_end(h);
	if (told < o->exception_count) {
		html_open(h, "p", NULL);
		html_printf(h, _("And %zu more, which decided fewer."),
		    o->exception_count - told);
		html_close(h, "p");
	}
}
