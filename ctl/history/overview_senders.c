#include "ctl/history/overview_data.h"
#include "ctl/history/overview_parts.h"
#include "ctl/html.h"
#include "ctl/text.h"

/* Three names stand for more than one sender. */
static void
put_sender(struct html *h, const char *domain)
{
	if (*domain == '\0')
		html_text(h, _("(no usable sender)"));
	else if (*domain == '*' && domain[1] == '\0')
		html_text(h, _("(senders of a few messages, together)"));
	else
		html_domain(h, domain);
}

static void
put_numbers(struct html *h, const int64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		html_cell(h);
		html_number(h, numbers[i]);
	}
}

static void
put_none(struct html *h)
{
	html_put(h, "p", NULL, _("None in this period."));
}

void
overview_senders_put_refused(struct html *h, const struct overview *o)
{
	const struct html_column columns[] = {
		{ _("Sender"), false },
		{ _("Messages"), true },
		{ _("Passes"), true },
		{ _("Fails"), true },
		{ _("Refused"), true },
		{ _("Marked"), true },
		{ _("Held"), true },
	};
	size_t count = o->senders[QUERY_REFUSED].count;

	html_put(h, "p", NULL,
	    _("The domains whose name was misused most, or whose own mail is not set up "
	      "well. If none of it passes, it is probably forged, or the domain "
	      "has set up nothing that works. If some does, see the next table."));
	if (count == 0) {
		put_none(h);
		return;
	}
	html_table(h,
	    o->monitor ? _("Domains whose mail would be refused, marked or held most")
		       : _("Domains whose mail is refused, marked or held most"),
	    columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < count; i++) {
		const struct query_sums *s = &o->senders[QUERY_REFUSED].rows[i];
		const int64_t numbers[] = { s->mail, s->pass, s->fail, s->refused,
			s->marked, s->held };

		html_row(h);
		html_cell(h);
		put_sender(h, s->domain);
		put_numbers(h, numbers, sizeof numbers / sizeof *numbers);
	}
	html_table_end(h);
}

static const char *
cause_text(enum sender_cause cause)
{
	switch (cause) {
	case CAUSE_LIST:
		return _("mailing lists, which change it on the way");
	case CAUSE_FAULT:
		return _("a fault in its SPF record or DKIM key");
	case CAUSE_ONE_SENDER:
		return _("one server, which is its own or forwards");
	default:
		return _("forged, or sent by servers that it forgot");
	}
}

void
overview_senders_put_mixed(struct html *h, const struct overview *o)
{
	const struct html_column columns[] = {
		{ _("Sender"), false },
		{ _("Messages"), true },
		{ _("Passes"), true },
		{ _("Fails"), true },
		{ o->monitor ? _("Would stop") : _("Stopped"), true },
		{ _("Likely cause"), false },
	};

	html_put(h, "p", NULL,
	    _("Some mail from these domains is proven to be genuine, and some is not. A "
	      "few failures among many messages are forged mail; many failures are "
	      "honest mail that its sender has not set up well, and can fix."));
	if (o->senders[QUERY_MIXED].count == 0) {
		put_none(h);
		return;
	}
	html_table(h, _("Domains with some mail that fails and some that passes"),
	    columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < o->senders[QUERY_MIXED].count; i++) {
		const struct query_sums *s = &o->senders[QUERY_MIXED].rows[i];
		const int64_t numbers[] = { s->mail, s->pass, s->fail,
			s->refused + s->marked + s->held };

		html_row(h);
		html_cell(h);
		put_sender(h, s->domain);
		put_numbers(h, numbers, sizeof numbers / sizeof *numbers);
		html_cell(h);
		html_text(h, cause_text(o->causes[i]));
	}
	html_table_end(h);
}

static void
put_bar(struct html *h, int64_t part, int64_t whole)
{
	const int widths[] = { 0, whole > 0 ? (int)(part * 1000 / whole) : 0 };

	html_bar(h, widths, 2);
}

static void
put_unprotected(struct html *h, const struct overview *o, enum query_senders_kind kind,
    const char *caption)
{
	const struct html_column columns[] = {
		{ _("Domain"), false },
		{ "", false },
		{ _("Messages"), true },
		{ _("Days"), true },
	};
	const struct query_sums *list = o->senders[kind].rows;

	if (o->senders[kind].count == 0) {
		put_none(h);
		return;
	}
	html_table(h, caption, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < o->senders[kind].count; i++) {
		const int64_t numbers[] = { list[i].mail, list[i].days };

		html_row(h);
		html_cell(h);
		put_sender(h, list[i].domain);
		html_cell(h);
		put_bar(h, list[i].mail, list->mail);
		put_numbers(h, numbers, sizeof numbers / sizeof *numbers);
	}
	html_table_end(h);
}

void
overview_senders_put_unprotected(struct html *h, const struct overview *o)
{
	html_put(h, "p", NULL,
	    _("Anybody can send mail in the name of these domains, and no mail server "
	      "can tell. Is one of them a supplier of yours? Ask them to publish a DMARC "
	      "policy. The number of days on which they wrote shows who is a regular "
	      "partner."));
	html_put(h, "h3", NULL, _("Without protection"));
	put_unprotected(h, o, QUERY_UNPROTECTED,
	    _("Domains without a DMARC policy, by how much mail they send"));
	html_put(h, "h3", NULL, _("Watching only"));
	put_unprotected(h, o, QUERY_POLICY_NONE,
	    _("Domains with p=none: they have a policy, but it asks to do nothing about "
	      "forged mail"));
}
