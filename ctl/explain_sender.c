#include <string.h>

#include "ctl/explain_parts.h"
#include "ctl/judged.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/evidence.h"

static const char *
source_of(enum judged_source source)
{
	static const char *const sources[] = {
		[JUDGED_UNKNOWN] = N_("not known: give it by an option"),
		[JUDGED_OPTION] = N_("given by an option"),
		[JUDGED_RECEIVED] = N_("from the Received field"),
		[JUDGED_RETURN_PATH] = N_("from the Return-Path field"),
	};

	return _(sources[source]);
}

static const char *
mail_from_text(const struct evidence *ev, char quoted[PAGE_QUOTE_SIZE])
{
	if (*ev->mail_from == '\0' || strcmp(ev->mail_from, "<>") == 0)
		return _("<> (none: a bounce or another automatic message)");
	return page_quote(ev->mail_from, quoted);
}

static void
print_from(const struct page *p, const struct from_evidence *from)
{
	char quoted[PAGE_QUOTE_SIZE];

	if (from->status == FROM_OK)
		page_row(p, _("Author"),
		    _("%s (domain of the From field, which readers see)"),
		    page_quote(from->domain, quoted));
	else
		page_row(p, _("Author"), _("unclear: %s"),
		    page_quote(from->reason != NULL ? _(from->reason) : "", quoted));
}

static void
print_relay(const struct page *p, const struct relay_evidence *relay)
{
	char ip[IP_TEXT_SIZE], helo[PAGE_QUOTE_SIZE];

	if (relay->found)
		page_row(p, _("First hop"),
		    _("%s, HELO %s (behind the relays, from the Received fields)"),
		    ip_format(&relay->client, ip), page_quote(relay->helo, helo));
	else
		page_row(p, _("First hop"), _("not known: %s"),
		    relay->reason != NULL ? _(relay->reason) : "");
}

void
explain_sender_print(const struct page *p, const struct judged *j)
{
	const struct evidence *ev = j->ev;
	char ip[IP_TEXT_SIZE], quoted[PAGE_QUOTE_SIZE];

	page_heading(p, _("Who sent it"));
	page_row(p, _("Client"), "%s (%s)", ip_format(&ev->client, ip),
	    source_of(j->client_source));
	if (ev->relay.is_relay)
		print_relay(p, &ev->relay);
	page_row(p, "HELO", "%s (%s)",
	    *ev->helo != '\0' ? page_quote(ev->helo, quoted) : "-",
	    source_of(j->helo_source));
	page_row(p, _("Envelope sender"), "%s (%s)", mail_from_text(ev, quoted),
	    source_of(j->mail_from_source));
	if (ev->exemption == EXEMPT_NO)
		print_from(p, &ev->from);
}
