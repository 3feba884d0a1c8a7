#include <string.h>

#include "base/hash.h"
#include "config/config.h"
#include "ctl/calendar.h"
#include "ctl/history/overview_data.h"
#include "ctl/history/overview_parts.h"
#include "ctl/html.h"
#include "ctl/text.h"

#define DAY 86400
/* More than one message in a thousand. */
#define MANY_DEFERRED 1000
#define LOOSE_MAX 4

static int64_t
stopped(const struct query_day *d)
{
	return d->refused + d->marked + d->held;
}

/* Settings that let in what a domain asks to stop, or what could not be checked; NULL
 * from the first that is none. */
static size_t
loose_settings(const struct overview *o, const char *names[LOOSE_MAX])
{
	const struct {
		const char *name;
		int action;
	} settings[LOOSE_MAX] = {
		{ "OnReject", o->config->on_reject },
		{ "OnQuarantine", o->config->on_quarantine },
		{ "OnBadFrom", o->config->on_bad_from },
		{ "OnTempError", o->config->on_temperror },
	};
	size_t count = 0;

	for (size_t i = 0; i < LOOSE_MAX; i++) {
		if (settings[i].action == CONFIG_ACCEPT)
			names[count++] = settings[i].name;
	}
	return count;
}

/* What is shown is what was seen: without mail there is nothing to show. */
static bool
is_rule_met(const struct overview *o)
{
	const char *names[LOOSE_MAX];

	return !o->monitor && o->total.mail > 0 && loose_settings(o, names) == 0;
}

static const char *
mode_words(const struct overview *o)
{
	if (o->total.mail == 0)
		return _("! No message was checked in this period.");
	if (o->monitor)
		return _("! Trial: forged mail is recognized, and still delivered.");
	if (!is_rule_met(o))
		return _("! On, but settings let in mail that should be stopped.");
	return _("\u2713 On: forged mail is stopped.");
}

static void
put_since(struct html *h, const struct overview *o)
{
	char date[CALENDAR_TEXT_SIZE];

	if (o->state.mode_day > 0)
		html_printf(
		    h, _("In force since %s."), calendar_day(o->state.mode_day, date));
	else if (o->size.oldest_at > 0)
		html_printf(h, _("In force since at least %s."),
		    calendar_day(o->size.oldest_at / DAY, date));
}

static void
put_meaning(struct html *h, const struct overview *o)
{
	html_put(h, "p", NULL,
	    o->monitor ? _("Each message from outside is checked to see whether it comes "
			   "from the "
			   "domain that it names as its sender. The figures on this page "
			   "say what "
			   "would be done with it.")
		       : _("Each message from outside is checked to see whether it comes "
			   "from the "
			   "domain that it names as its sender. If not, it is refused, "
			   "marked or "
			   "held, as that domain asks."));
}

static void
put_mode(struct html *h, const struct overview *o)
{
	html_open(h, "div", is_rule_met(o) ? "note good" : "note look");
	html_open(h, "p", NULL);
	html_put(h, "strong", NULL, mode_words(o));
	html_text(h, " ");
	if (o->total.mail > 0)
		put_since(h, o);
	html_close(h, "p");
	if (o->total.mail > 0 && (o->monitor || is_rule_met(o)))
		put_meaning(h, o);
	html_close(h, "div");
}

static void
put_figures(struct html *h, const struct overview *o)
{
	const struct query_day *t = &o->total;

	html_open(h, "div", "figures");
	html_figure(h, t->mail,
	    ngettext("message checked", "messages checked", (unsigned long)t->mail));
	html_figure(h, t->pass, _("proven to be genuine"));
	html_figure(h, stopped(t),
	    o->monitor ? _("would be refused, marked or held")
		       : _("refused, marked or held"));
	html_figure(h, t->excepted, _("failed, and were let in by an exception"));
	html_close(h, "div");
}

static void
put_key(struct html *h, const char *class, int64_t n, int64_t whole, const char *what)
{
	char key[HTML_NUMBER_SIZE];
	const struct html_attribute colour[] = { { "class", key },
		{ "aria-hidden", "true" }, { "", NULL } };

	snprintf(key, sizeof key, "key %s", class);
	html_open(h, "li", NULL);
	html_open_with(h, "span", colour);
	html_close(h, "span");
	html_open(h, "b", NULL);
	html_percent(h, n, whole);
	html_close(h, "b");
	html_text(h, " ");
	html_text(h, what);
	html_text(h, " (");
	html_number(h, n);
	html_text(h, ")");
	html_close(h, "li");
}

static void
put_whole(struct html *h, const struct overview *o)
{
	const struct query_day *t = &o->total;

	html_open(h, "div", "whole");
	overview_days_bar(h, t, t->mail);
	html_close(h, "div");
	html_open(h, "ul", "legend");
	put_key(h, "part1", t->pass, t->mail, _("passes: proven to be genuine"));
	put_key(h, "part2", t->none + t->undecided + t->authorless, t->mail,
	    _("cannot be checked"));
	put_key(h, "part3", t->fail, t->mail, _("fails: not proven to be genuine"));
	html_close(h, "ul");
}

static void
put_rule_figures(struct html *h, const struct overview *o)
{
	const struct query_day *t = &o->total;
	int64_t delivered = t->asked - t->followed - t->excepted;
	char asked[HTML_NUMBER_SIZE], followed[HTML_NUMBER_SIZE];
	char share[HTML_NUMBER_SIZE], number[HTML_NUMBER_SIZE];

	html_open(h, "p", NULL);
	if (t->asked == 0)
		html_text(h, _("In this period no message failed whose sender's domain "
			       "asks to refuse "
			       "such mail or to set it aside."));
	else
		html_printf(h,
		    _("Messages that failed, and whose sender's domain asks to refuse "
		      "such mail "
		      "or to set it aside: %s. Of these, refused, marked or held: %s "
		      "(%s)."),
		    html_number_text(h, t->asked, asked),
		    html_number_text(h, t->followed, followed),
		    html_percent_text(h, t->followed, t->asked, share));
	if (t->excepted > 0) {
		html_text(h, " ");
		html_printf(h, _("Let in by an exception: %s."),
		    html_number_text(h, t->excepted, number));
	}
	if (delivered > 0) {
		html_text(h, " ");
		html_printf(h, _("Delivered all the same, because it was a trial: %s."),
		    html_number_text(h, delivered, number));
	}
	html_close(h, "p");
}

/* The rule in the words of its own, which are Dutch. */
static void
put_rule(struct html *h, const struct overview *o)
{
	bool met = is_rule_met(o);
	static const struct html_attribute dutch[] = { { "lang", "nl" },
		{ "xml:lang", "nl" }, { "", NULL } };

	html_put(h, "h3", NULL, _("The rule MAIL-BESCHERM-010"));
	html_open(h, "p", NULL);
	html_text(h, "\u201c");
	html_open_with(h, "span", dutch);
	html_text(h, "Inkomende e-mail wordt gecontroleerd op SPF en DKIM volgens het "
		     "DMARC-beleid "
		     "van de verzendende partij.");
	html_close(h, "span");
	html_text(h, "\u201d ");
	html_put(h, "span", met ? "mark good" : "mark look",
	    met ? _("\u2713 done here") : _("! not yet"));
	html_close(h, "p");
	put_rule_figures(h, o);
}

static size_t
put_ended(struct html *h, const struct overview *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->exception_count; i++)
		n += o->exceptions[i].is_over;
	if (n == 0)
		return 0;
	html_open(h, "li", NULL);
	html_printf(h,
	    ngettext("%zu exception has ended and is still in the settings: extend it or "
		     "remove "
		     "it.",
		"%zu exceptions have ended and are still in the settings: extend them or "
		"remove them.",
		n),
	    n);
	html_close(h, "li");
	return 1;
}

static size_t
put_gaps(struct html *h, const struct overview *o)
{
	char number[HTML_NUMBER_SIZE];

	if (o->gap_count == 0)
		return 0;
	html_open(h, "li", NULL);
	html_printf(h,
	    ngettext("There is %zu gap in the history:",
		"There are %zu gaps in the history:", o->gap_count),
	    o->gap_count);
	html_text(h, " ");
	if (o->lost < 0)
		html_text(h, _("it is not known how many messages are missing."));
	else
		html_printf(h,
		    ngettext("%s message is missing.", "%s messages are missing.",
			(unsigned long)o->lost),
		    html_number_text(h, o->lost, number));
	html_close(h, "li");
	return 1;
}

static size_t
put_deferred(struct html *h, const struct overview *o)
{
	char number[HTML_NUMBER_SIZE], share[HTML_NUMBER_SIZE];
	const struct query_day *t = &o->total;

	if (t->deferred * MANY_DEFERRED < t->mail || t->deferred == 0)
		return 0;
	html_open(h, "li", NULL);
	html_printf(h,
	    ngettext("%s message (%s) was deferred because the DNS did not answer: look "
		     "at the "
		     "name servers that this host asks.",
		"%s messages (%s) were deferred because the DNS did not answer: look at "
		"the name servers that this host asks.",
		(unsigned long)t->deferred),
	    html_number_text(h, t->deferred, number),
	    html_percent_text(h, t->deferred, t->mail, share));
	html_close(h, "li");
	return 1;
}

static size_t
put_reloading(struct html *h, const struct overview *o)
{
	if (!o->is_reloading)
		return 0;
	html_put(h, "li", NULL,
	    o->monitor ? _("The settings say Mode enforce, and the filter has judged no "
			   "message by them yet: reload it, or wait for one.")
		       : _("The settings say Mode monitor, and the filter has judged no "
			   "message by them yet: reload it, or wait for one."));
	return 1;
}

static size_t
put_unchecked(struct html *h, const struct overview *o)
{
	if (o->total.mail > 0)
		return 0;
	html_put(h, "li", NULL,
	    _("No message was checked in this period: beschermctl postfix shows whether "
	      "Postfix asks the filter, and IgnoreHosts whom it leaves alone."));
	return 1;
}

static size_t
put_loose(struct html *h, const struct overview *o)
{
	const char *names[LOOSE_MAX];
	size_t count = loose_settings(o, names);

	for (size_t i = 0; i < count; i++) {
		html_open(h, "li", NULL);
		html_printf(h,
		    _("%s accept lets in mail that should be refused, marked, held or "
		      "deferred."),
		    names[i]);
		html_close(h, "li");
	}
	return count;
}

static size_t
put_short(struct html *h, const struct overview *o)
{
	char date[CALENDAR_TEXT_SIZE];

	if (o->size.oldest_at / DAY <= o->first_day)
		return 0;
	html_open(h, "li", NULL);
	html_printf(h,
	    _("The history begins on %s: the period is shorter than it says above."),
	    calendar_day(o->size.oldest_at / DAY, date));
	html_close(h, "li");
	return 1;
}

static void
put_attention(struct html *h, const struct overview *o)
{
	size_t n = 0;

	html_put(h, "h3", NULL, _("What needs attention"));
	html_open(h, "ul", NULL);
	n += put_unchecked(h, o);
	n += put_loose(h, o);
	n += put_reloading(h, o);
	n += put_ended(h, o);
	n += put_deferred(h, o);
	n += put_gaps(h, o);
	n += put_short(h, o);
	if (n == 0)
		html_put(h, "li", NULL, _("\u2713 Nothing."));
	html_close(h, "ul");
}

static void
put_details(struct html *h, const struct overview *o)
{
	const char *text = o->state.settings.text;

	html_open(h, "p", "soft");
	if (o->state.settings.version != NULL) {
		html_text(h, "beschermd ");
		html_foreign(h, o->state.settings.version);
		html_text(h, " \u00b7 ");
	}
	html_printf(h, "Mode %s", o->monitor ? "monitor" : "enforce");
	if (text != NULL) {
		html_text(h, " \u00b7 ");
		html_printf(h, _("fingerprint of the settings %08x"),
		    (unsigned)hash_text(HASH_START, text));
	}
	html_close(h, "p");
}

void
overview_state_put(struct html *h, const struct overview *o)
{
	put_mode(h, o);
	put_figures(h, o);
	if (o->total.mail > 0)
		put_whole(h, o);
	put_attention(h, o);
	put_rule(h, o);
	put_details(h, o);
}
