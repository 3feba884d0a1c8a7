#include "ctl/history/overview_page.h"
#include "config.h"
#include "ctl/calendar.h"
#include "ctl/history/overview_data.h"
#include "ctl/history/overview_parts.h"
#include "ctl/html.h"
#include "ctl/text.h"

/* In the order of the page. */
static const struct {
	const char *id, *heading;
	void (*put)(struct html *h, const struct overview *o);
} sections[] = {
	{ "state", N_("In short"), overview_state_put },
	{ "days", N_("Day by day"), overview_days_put },
	{ "refused", N_("Who is stopped most"), overview_senders_put_refused },
	{ "mixed", N_("Senders whose mail sometimes fails"), overview_senders_put_mixed },
	{ "suppliers", N_("Suppliers to talk to"), overview_senders_put_unprotected },
	{ "faults", N_("Weak keys and faults in SPF"), overview_faults_put },
	{ "exceptions", N_("Exceptions"), overview_excepted_put },
	{ "kept", N_("What is kept, and how long"), overview_kept_put },
};

#define SECTION_COUNT (sizeof sections / sizeof sections[0])

static void
put_header(struct html *h, const struct overview *o, const char *title)
{
	char first[CALENDAR_TEXT_SIZE], last[CALENDAR_TEXT_SIZE];
	char made[CALENDAR_TEXT_SIZE];

	html_open(h, "header", NULL);
	html_put(h, "h1", NULL, title);
	html_open(h, "p", "soft");
	if (o->size.host != NULL) {
		html_foreign(h, o->size.host);
		html_text(h, " \u00b7 ");
	}
	html_printf(h, _("from %s to %s"), calendar_day(o->first_day, first),
	    calendar_day(o->last_day, last));
	html_text(h, " \u00b7 ");
	html_printf(h, _("made on %s"), calendar_moment(o->made_at, made));
	html_close(h, "header");
}

static void
put_contents(struct html *h)
{
	const struct html_attribute label[] = { { "aria-label", _("Contents") },
		{ "", NULL } };

	html_open_with(h, "nav", label);
	html_open(h, "ul", NULL);
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		char to[HTML_NUMBER_SIZE];
		const struct html_attribute link[] = { { "href", to }, { "", NULL } };

		snprintf(to, sizeof to, "#%s", sections[i].id);
		html_open(h, "li", NULL);
		html_open_with(h, "a", link);
		html_text(h, _(sections[i].heading));
		html_close(h, "li");
	}
	html_close(h, "nav");
}

static void
put_sections(struct html *h, const struct overview *o)
{
	static const struct html_attribute whole[] = { { "id", "main" }, { "", NULL } };

	html_open_with(h, "main", whole);
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		char name[HTML_NUMBER_SIZE];
		const struct html_attribute section[] = { { "id", sections[i].id },
			{ "aria-labelledby", name }, { "", NULL } };
		const struct html_attribute heading[] = { { "id", name }, { "", NULL } };

		snprintf(name, sizeof name, "h-%s", sections[i].id);
		html_open_with(h, "section", section);
		html_open_with(h, "h2", heading);
		html_text(h, _(sections[i].heading));
		html_close(h, "h2");
		sections[i].put(h, o);
		html_close(h, "section");
	}
	html_close(h, "main");
}

void
overview_page_write(
    FILE *out, const struct overview *o, const char *language, const char *title)
{
	struct html h;

	if (title == NULL)
		title = _("Protection of incoming mail");
	html_begin(&h, out, language, title);
	put_header(&h, o, title);
	put_contents(&h);
	put_sections(&h, o);
	html_open(&h, "footer", NULL);
	html_open(&h, "p", NULL);
	html_printf(&h,
	    o->is_shared
		? _("Made by beschermd %s from what several mail servers saw: the "
		    "history that they share. This page names no persons and no "
		    "e-mail addresses, and shows nothing that is in a message. Days "
		    "are those of UTC.")
		: _("Made by beschermd %s on this mail server, from its own history. "
		    "This page names no persons and no e-mail addresses, and shows "
		    "nothing that is in a message. Days are those of UTC."),
	    PACKAGE_VERSION);
	html_end(&h);
}
