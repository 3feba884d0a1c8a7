#include <string.h>

#include "ctl/judge/explain_parts.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/reason.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/evidence.h"
#include "mail/header.h"

#define FROM_FIELDS 5
#define FROM_OCTETS 300

static const char *
source_of(enum judged_source source)
{
	static const char *const sources[] = {
		[JUDGED_OPTION] = N_("given by an option"),
		[JUDGED_RECEIVED] = N_("from the Received field"),
		[JUDGED_RETURN_PATH] = N_("from the Return-Path field"),
		[JUDGED_MTA] = N_("reported by the mail server"),
	};

	return _(sources[source]);
}

/* What the MTA would have told; ${option} tells what no field of the message does. */
static void
print_fact(const struct page *p, const char *label, const char *text,
    enum judged_source source, const char *option)
{
	if (source == JUDGED_UNKNOWN)
		page_row(p, label, _("not known; give it with %s"), option);
	else
		page_row(p, label, "%s (%s)", text, source_of(source));
}

static const char *
mail_from_text(const struct evidence *ev, char quoted[PAGE_QUOTE_SIZE])
{
	if (*ev->mail_from == '\0' || strcmp(ev->mail_from, "<>") == 0)
		return _("<> (none: a bounce or another automatic message)");
	return page_quote(ev->mail_from, quoted);
}

/* The field as it came, without folds: what is wrong with it is to be seen. */
static void
print_from_fields(const struct page *p, const struct header_list *headers)
{
	char line[FROM_OCTETS + 1], quoted[PAGE_QUOTE_SIZE];
	size_t shown = 0;

	for (size_t i = 0; i < headers->count && shown < FROM_FIELDS; i++) {
		const char *value = headers->fields[i].value;
		size_t len = 0;

		if (!header_field_is(&headers->fields[i], "From"))
			continue;
		value += strspn(value, " \t\n");
		for (; *value != '\0' && len < FROM_OCTETS; value++) {
			if (*value != '\n')
				line[len++] = *value;
		}
		line[len] = '\0';
		page_row(p, "From", "%s%s", page_quote(line, quoted),
		    *value != '\0' ? "..." : "");
		shown++;
	}
}

static void
print_from(const struct page *p, const struct evidence *ev)
{
	const struct from_evidence *from = &ev->from;
	char quoted[PAGE_QUOTE_SIZE];

	if (from->status != FROM_OK && ev->headers != NULL)
		print_from_fields(p, ev->headers);
	if (*from->domain == '\0') {
		page_row(p, _("Author"), _("unclear: %s"),
		    reason_quote(from->reason != NULL ? from->reason : "", quoted));
		return;
	}
	page_row(p, _("Author"), _("%s (domain of the From field, which readers see)"),
	    page_quote(from->domain, quoted));
	if (strstr(from->domain, "xn--") != NULL)
		page_row(p, _("Note"), "%s",
		    _("xn-- begins a name that has letters other than a to z, in the "
		      "form that "
		      "DNS uses"));
}

/* RelayResults */
static void
print_relay_results(const struct page *p, const struct relay_evidence *relay)
{
	char text[PAGE_QUOTE_SIZE];

	if (relay->results == RELAY_RESULTS_READ)
		page_row(p, _("Relay says"), "%s",
		    _("counts: what passed there passes here too, where our own result "
		      "is fail, none, neutral or policy"));
	else if (relay->results == RELAY_RESULTS_HELD)
		page_row(p, _("Relay says"), _("does not count: %s"),
		    reason_quote(
			relay->results_reason != NULL ? relay->results_reason : "",
			text));
}

static void
print_relay(const struct page *p, const struct relay_evidence *relay)
{
	char ip[IP_TEXT_SIZE], text[PAGE_QUOTE_SIZE];

	if (relay->found)
		page_row(p, _("First hop"),
		    _("%s, HELO %s (behind the relays, from the Received fields)"),
		    ip_format(&relay->client, ip), page_quote(relay->helo, text));
	else
		page_row(p, _("First hop"), _("not known: %s"),
		    reason_quote(relay->reason != NULL ? relay->reason : "", text));
	print_relay_results(p, relay);
}

void
explain_sender_print(const struct page *p, const struct judged *j)
{
	const struct evidence *ev = j->ev;
	char ip[IP_TEXT_SIZE], quoted[PAGE_QUOTE_SIZE];

	page_heading(p, _("Who sent it"));
	print_fact(
	    p, _("Client"), ip_format(&ev->client, ip), j->client_source, "--client");
	if (ev->relay.is_relay)
		print_relay(p, &ev->relay);
	print_fact(p, "HELO", *ev->helo != '\0' ? page_quote(ev->helo, quoted) : "-",
	    j->helo_source, "--helo");
	if (j->mail_from_source == JUDGED_UNKNOWN)
		page_row(p, _("Envelope sender"),
		    _("not known, so it is judged as a bounce; give it with %s"),
		    "--mail-from");
	else
		print_fact(p, _("Envelope sender"), mail_from_text(ev, quoted),
		    j->mail_from_source, "--mail-from");
	if (ev->sealed != NULL)
		page_row(p, _("Sealed"),
		    _("%s, as an ARC-Seal says: a forwarder may be behind it (not "
		      "verified)"),
		    page_quote(ev->sealed, quoted));
	if (ev->exemption == EXEMPT_NO)
		print_from(p, ev);
}
