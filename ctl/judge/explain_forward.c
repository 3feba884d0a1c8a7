#include <stdlib.h>

#include "config/config.h"
#include "config/config_forwarder.h"
#include "ctl/judge/explain_parts.h"
#include "ctl/judge/judged.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/evidence.h"
#include "policy/verdict.h"

/* The entry of TrustedForwarders that holds for the client, and where it stands. */
static void
print_entry(const struct page *p, const struct config_forwarder *f)
{
	char entry[PAGE_QUOTE_SIZE], file[PAGE_QUOTE_SIZE], line[PAGE_QUOTE_SIZE];
	char *text = config_forwarder_text(f);

	page_quote(text, entry);
	free(text);
	if (f->domain != NULL)
		snprintf(line, sizeof line, _("%s of %s contains the client's name"),
		    entry, "TrustedForwarders");
	else
		snprintf(line, sizeof line, _("%s of %s contains the client"), entry,
		    "TrustedForwarders");
	if (f->file != NULL && f->line > 0)
		page_row(p, _("Entry"), "%s (%s:%d)", line, page_quote(f->file, file),
		    f->line);
	else
		page_row(p, _("Entry"), "%s", line);
}

static void
print_name(const struct page *p, const char *name)
{
	char quoted[PAGE_QUOTE_SIZE];

	if (name == NULL)
		return;
	if (*name != '\0')
		page_row(p, _("Client's name"), _("%s (its address confirms it)"),
		    page_quote(name, quoted));
	else
		page_row(p, _("Client's name"), "%s",
		    _("none below a domain of TrustedForwarders that its address "
		      "confirms"));
}

static void
print_forwarded(const struct page *p, enum forwarded forwarded)
{
	static const char *const texts[FORWARDED_COUNT] = {
		[FORWARDED_NO] = N_(
		    "nothing shows it: no signature of the author's is valid for the "
		    "header, "
		    "and the envelope sender is not one of the author's that this client "
		    "rewrote (SRS0)"),
		[FORWARDED_BODY] = N_("a signature of the author's is valid for the "
				      "header, and only the body "
				      "was changed"),
		[FORWARDED_SRS] = N_("the client rewrote the author's envelope sender as "
				     "its own (SRS0)"),
	};

	if (texts[forwarded] != NULL)
		page_row(p, _("Forwarded"), "%s", _(texts[forwarded]));
}

void
explain_forward_print(const struct page *p, const struct judged *j)
{
	const struct forward_evidence *forward = &j->ev->forward;
	const struct config_forwarder *f = j->verdict->forwarder;

	if (f == NULL && !j->verdict->past_forwarders)
		return;
	print_name(p, forward->client_confirmed);
	/* What an address alone lets in need not look like anything. */
	if (f == NULL || f->only_forwarded)
		print_forwarded(p, forward->forwarded);
	if (f != NULL) {
		print_entry(p, f);
		return;
	}
	f = config_forwarder_find(
	    j->config, &j->ev->client, forward->client_confirmed, true);
	if (f == NULL)
		return;
	print_entry(p, f);
	page_row(p, _("Note"), "%s",
	    _("that entry lets in only what forwarding explains (only=forwarded)"));
}
