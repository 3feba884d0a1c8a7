#include <stdlib.h>
#include <time.h>

#include "base/day.h"
#include "base/netlist.h"
#include "config/config.h"
#include "config/config_print.h"
#include "config/config_table.h"
#include "ctl/judge/explain_parts.h"
#include "ctl/judge/forwarding.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/reason.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/address.h"
#include "mail/evidence.h"
#include "mail/from_advice.h"
#include "policy/verdict.h"

#define UNTIL_DAYS 30 /* time enough to mend something, and to be asked again */

/* Is ${name} of the author's organization, so that a pass for it would count? */
static bool
is_of_author(const struct evidence *ev, const char *name)
{
	const char *org = ev->dmarc.org_domain;

	return address_is_within(name, org != NULL ? org : ev->from.domain);
}

/* What the sender hears of SPF, as SPF's domain and the author's are quoted. */
static void
tell_spf(const struct page *p, const struct evidence *ev, const char *label,
    const char *author)
{
	const struct spf_evidence *spf = &ev->spf;
	char domain[PAGE_QUOTE_SIZE], reason[PAGE_QUOTE_SIZE], ip[IP_TEXT_SIZE];

	page_quote(spf->domain, domain);
	ip_format(ev->relay.found ? &ev->relay.client : &ev->client, ip);
	if (!is_of_author(ev, spf->domain) || spf->result == SPF_PASS)
		page_row(p, label,
		    _("send with an envelope sender of %s, and an SPF record that names "
		      "the server"),
		    author);
	else if (spf->result == SPF_NONE)
		page_row(p, label, _("publish an SPF record for %s that names %s"),
		    domain, ip);
	else if (spf->result == SPF_PERMERROR)
		page_row(p, label, _("fix the SPF record of %s: %s"), domain,
		    reason_quote(spf->reason != NULL ? spf->reason : "", reason));
	else if (spf->result == SPF_TEMPERROR)
		page_row(p, label, _("check the DNS servers of %s"), domain);
	else
		page_row(p, label,
		    _("add %s to the SPF record of %s, or send through a server that it "
		      "names"),
		    ip, domain);
}

/* The first signature that would count if it passed; NULL: none. */
static const struct dkim_evidence *
own_signature(const struct evidence *ev)
{
	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (*ev->dkim[i].domain != '\0' && is_of_author(ev, ev->dkim[i].domain))
			return &ev->dkim[i];
	}
	return NULL;
}

static void
tell_dkim(const struct page *p, const struct evidence *ev, const char *author)
{
	const struct dkim_evidence *d = own_signature(ev);
	char domain[PAGE_QUOTE_SIZE], reason[PAGE_QUOTE_SIZE];

	if (d == NULL || d->result == DKIM_PASS)
		page_row(p, _("or"), _("sign the mail with DKIM as %s (d=%s)"), author,
		    author);
	else
		page_row(p, _("or"),
		    _("find out why the signature of %s is not valid: %s"),
		    page_quote(d->domain, domain),
		    reason_quote(d->reason != NULL ? d->reason : "", reason));
}

static void
print_line(const struct page *p, const char *line)
{
	page_line(p, PAGE_BOLD, "    %s", line);
	page_text(p, 2, "%s", _("Then: beschermd -n && systemctl reload beschermd"));
}

/* What speaks for a forwarder, and is no proof of one. */
static const char *
sign_text(enum forwarding sign)
{
	switch (sign) {
	case FORWARDING_BODY:
		return _("It looks forwarded: the domain's own signature is valid for "
			 "the header, "
			 "and only the body was changed.");
	case FORWARDING_SRS:
		return _("It looks forwarded: the envelope sender was rewritten, as "
			 "forwarders do (SRS).");
	default:
		return NULL;
	}
}

/* Nothing tells it from forged mail.  The page of a remembered message has no --force. */
static const char *
why_ask(const struct judged *j)
{
	if (j->client_source == JUDGED_MTA)
		return _("Nothing shows that it was forwarded, and forged mail looks the "
			 "same: ask the owner of the domain, by telephone, whether the "
			 "client is theirs.  If it is, beschermctl override add lets "
			 "such mail in while they fix it.");
	return _("Nothing shows that it was forwarded, and forged mail looks the same: "
		 "ask the owner of the domain, by telephone, whether the client is "
		 "theirs.  If it is, --force shows the Override that lets such mail in "
		 "while they fix it.");
}

/* Why there is no line to copy: a forger may be waiting for one.  NULL: there may be. */
static const char *
why_no_line(const struct judged *j)
{
	if (j->ev->relay.is_relay)
		return _("An Override for this client would let in all mail in that name "
			 "that comes through it, forged mail too, as it is one of "
			 "TrustedRelays.");
	if (j->ev->client.family == IP_LOCAL || ip_is_loopback(&j->ev->client))
		return _("the client is this host itself, or not known: an Override for "
			 "it would let in anybody's mail in that name");
	if (forwarding_of(j->ev) == FORWARDING_NONE && !j->force)
		return why_ask(j);
	if (j->ev->client.family == IP_UNKNOWN)
		return _("If you know that such mail is genuine, an Override can let it "
			 "in for a time; give --client to see the line.");
	return NULL;
}

/* The Override that lets such mail in, for a time: from this client alone. */
static void
print_override(const struct page *p, const struct judged *j)
{
	const struct evidence *ev = j->ev;
	const int until = day_local(ev->received + (time_t)UNTIL_DAYS * 24 * 60 * 60);
	const char *sign = sign_text(forwarding_of(ev)), *no_line = why_no_line(j);
	char ip[IP_TEXT_SIZE], line[PAGE_QUOTE_SIZE];

	if (!j->takes_override || until == DAY_NONE)
		return;
	if (sign != NULL)
		page_text(p, 2, "%s", sign);
	if (no_line != NULL) {
		page_text(p, 2, "%s", no_line);
		return;
	}
	page_text(p, 2, "%s",
	    _("Until then, if you know that such mail is genuine, this line in "
	      "beschermd.conf lets it in:"));
	snprintf(line, sizeof line, "Override %s accept client=%s until=%04d-%02d-%02d",
	    ev->from.domain, ip_format(&ev->client, ip), until / 10000, until / 100 % 100,
	    until % 100);
	print_line(p, line);
	page_text(p, 2, "%s", _("Or beschermctl override add writes it for you."));
}

/* No Override gets at a bad From: only a client that is not checked at all. */
static void
print_ignored(const struct page *p, const struct judged *j)
{
	const struct config_row *row = config_table_find("IgnoreHosts");
	const struct config_origin *origin = &j->config->origins[config_table_index(row)];
	char *text = NULL, ip[IP_TEXT_SIZE];
	size_t len;
	FILE *out;

	if (j->ev->client.family == IP_UNKNOWN || j->ev->relay.is_relay)
		return;
	out = open_memstream(&text, &len);
	if (out == NULL)
		abort(); /* out of memory */
	fputs("IgnoreHosts ", out);
	/* A list grows by each line of a file, and the first replaces the default. */
	if (origin->line == 0 && j->config->ignore_hosts.count > 0) {
		config_print_value(j->config, row, out);
		fputs(", ", out);
	}
	fputs(ip_format(&j->ev->client, ip), out);
	fclose(out);
	page_text(p, 2, "%s",
	    _("Until then, if you trust this client so much that nothing from it needs "
	      "checking, add a line to beschermd.conf:"));
	print_line(p, text);
	free(text);
}

static void
advise_from(const struct page *p, const struct judged *j)
{
	const char *advice = from_advice(&j->ev->from);

	page_row(p, _("Tell the sender"), "%s: %s", _("in the From field"),
	    advice != NULL ? _(advice)
			   : _("name one author, as in Joe <joe@example.nl>"));
	print_ignored(p, j);
}

static void
advise_failure(const struct page *p, const struct judged *j)
{
	char author[PAGE_QUOTE_SIZE];

	page_quote(j->ev->from.domain, author);
	if (j->verdict->rule == RULE_MAILING_LIST) {
		page_row(p, _("Tell the list"), "%s",
		    _("leave mail as it was signed, or write the list's own address into "
		      "From"));
	} else {
		tell_spf(p, j->ev, _("Tell the sender"), author);
		tell_dkim(p, j->ev, author);
	}
	print_override(p, j);
}

static void
advise_temperror(const struct page *p, const struct judged *j)
{
	char asked[PAGE_QUOTE_SIZE];

	if (j->ev->unanswered != NULL)
		page_row(p, _("No answer"), "%s", page_quote(j->ev->unanswered, asked));
	page_text(p, 2, "%s",
	    _("Wait: senders try again. If this continues, look at your own name servers "
	      "first, then tell the owner of the name that has no answer."));
}

void
explain_advice_print(const struct page *p, const struct judged *j)
{
	if (j->ev->exemption != EXEMPT_NO || j->verdict->would == ACTION_ACCEPT)
		return;
	page_heading(p, _("What can be done"));
	if (j->verdict->rule == RULE_DMARC_TEMPERROR)
		advise_temperror(p, j);
	else if (!evidence_has_author(j->ev))
		advise_from(p, j);
	else
		advise_failure(p, j);
}
