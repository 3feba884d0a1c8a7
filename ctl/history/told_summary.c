#include <inttypes.h>
#include <string.h>

#include "base/json_text.h"
#include "base/wordlist.h"
#include "ctl/history/told_row.h"
#include "ctl/history/told_summary.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "ctl/when.h"

#define GAPS_TOLD 10

/* "12.3 %"; a share of nothing is none. */
#define SHARE_SIZE 16
static const char *
share(int64_t part, int64_t whole, char text[SHARE_SIZE])
{
	if (whole == 0)
		snprintf(text, SHARE_SIZE, "-");
	else
		snprintf(
		    text, SHARE_SIZE, "%.1f %%", 100.0 * (double)part / (double)whole);
	return text;
}

static void
print_period(const struct page *p, const struct told_summary *s)
{
	char since[WHEN_TEXT_SIZE], until[WHEN_TEXT_SIZE];
	int64_t begin = s->oldest_at > s->period.since ? s->oldest_at : s->period.since;

	page_row(p, _("Period"), _("%s to %s"), when_format(begin, since),
	    when_format(s->period.until, until));
	page_row(p, "Mode", "%s", s->monitor ? "monitor" : "enforce");
	for (size_t i = 0; i < s->gap_count && i < GAPS_TOLD; i++)
		told_row_line_gap(p->out, &s->gaps[i]);
	if (s->gap_count > GAPS_TOLD)
		page_row(p, _("Gaps"), _("%zu in all"), s->gap_count);
}

static void
print_totals(const struct page *p, const struct query_totals *t)
{
	int64_t touched = t->messages - t->accept;
	char text[SHARE_SIZE];

	page_heading(p, _("All mail that was judged"));
	page_row(p, _("Messages"), "%" PRId64, t->messages);
	page_row(p, _("Passes"),
	    _("%s of those with a policy (%" PRId64 " pass, %" PRId64 " fail)"),
	    share(t->pass, t->pass + t->fail, text), t->pass, t->fail);
	page_row(p, _("No policy"), "%" PRId64, t->none);
	page_row(p, _("No DNS answer"), "%" PRId64, t->temperror);
	page_row(p, _("Bad From"), "%" PRId64, t->bad_from);
	page_row(p, _("Affected"),
	    _("%s by enforce: %" PRId64 " refused, %" PRId64 " marked, %" PRId64
	      " held, %" PRId64 " deferred"),
	    share(touched, t->messages, text), t->reject, t->header, t->hold,
	    t->tempfail);
	if (t->sealed > 0)
		page_row(p, _("Sealed"),
		    _("%" PRId64 " of these carry the seal of a forwarder (ARC), "
		      "which is not verified"),
		    t->sealed);
}

/* What is known of a word that would let in less. */
static void
print_narrower(const struct page *p, const struct sender_top *top)
{
	page_text(p, 6,
	    _("With only=forwarded after it %" PRId64 " of these %" PRId64
	      " failures would come in; for %" PRId64
	      " more it is not known whether the client had rewritten the envelope "
	      "sender, because TrustedForwarders does not name it."),
	    top->explained, top->failures, top->unasked);
}

/* The narrowest line that would have let all of it in. */
static void
print_line(const struct page *p, const struct told_sender *s, const char *domain,
    const char *network)
{
	const bool narrow = s->top.explained == s->top.failures;

	page_text(p, 6,
	    _("forwards it, or is its own mailer: %s. Ask them to sign with DKIM; until "
	      "then, once %s confirms this: TrustedForwarders %s%s, or beschermctl "
	      "override add %s accept --client %s"),
	    network, domain, network, narrow ? " only=forwarded" : "", domain, network);
	if (!narrow)
		print_narrower(p, &s->top);
}

/* Where strangers' mail comes the same way, no line that lets it in. */
static void
print_forwarder(const struct page *p, const struct told_sender *s)
{
	char domain[PAGE_QUOTE_SIZE], network[PAGE_QUOTE_SIZE];

	page_quote(s->counts.domain, domain);
	page_quote(s->top.network, network);
	if (s->is_relay)
		page_text(p, 6,
		    _("it comes through %s, which is or contains one of TrustedRelays: "
		      "what "
		      "would let it in would also let in forged mail that comes that "
		      "way. Ask %s "
		      "to sign with DKIM"),
		    network, domain);
	else if (s->is_here)
		page_text(p, 6, "%s",
		    _("the client is this host itself, or not known: an Override for "
		      "it would let in anybody's mail in that name"));
	else
		print_line(p, s, domain, network);
}

static void
print_cause(const struct page *p, const struct told_sender *s)
{
	char domain[PAGE_QUOTE_SIZE], network[PAGE_QUOTE_SIZE];

	page_quote(s->counts.domain, domain);
	page_quote(s->top.network != NULL ? s->top.network : "", network);
	switch (s->cause) {
	case CAUSE_FORWARDER:
		print_forwarder(p, s);
		return;
	case CAUSE_ONE_SENDER:
		page_text(p, 6, _("one unknown sender, %s: ask %s whether it is theirs"),
		    network, domain);
		return;
	case CAUSE_LIST:
		page_text(p, 6, "%s", _("mailing lists changed it: see OnListMail"));
		return;
	case CAUSE_FAULT:
		page_text(p, 6,
		    _("its SPF record or its DKIM key has a mistake: tell %s"), domain);
		return;
	case CAUSE_FORGED:
		page_text(
		    p, 6, "%s", _("none of it passes, from any client: looks forged"));
		return;
	default:
		return;
	}
}

static void
print_sender(const struct page *p, const struct told_sender *s)
{
	const struct query_sender *c = &s->counts;
	const char *name = *c->domain != '\0' ? c->domain : _("(no author domain)");
	char domain[PAGE_QUOTE_SIZE], pass[SHARE_SIZE], top[SHARE_SIZE];

	page_quote(name, domain);
	fprintf(p->out,
	    "  %-30s %8" PRId64 " %8s %8" PRId64 " %7" PRId64 " %7" PRId64 " %6" PRId64
	    " %10" PRId64 " %7zu %8s\n",
	    domain, c->mail, share(c->pass, c->pass + c->fail, pass), c->fail, c->refused,
	    c->marked, c->held, c->pass, s->client_count,
	    share(s->top.failures, c->fail, top));
	print_cause(p, s);
}

static void
print_senders(const struct page *p, const struct told_summary *s)
{
	page_heading(p, _("By author domain, most refused first"));
	fprintf(p->out, "  %-30s %8s %8s %8s %7s %7s %6s %10s %7s %8s\n", _("domain"),
	    _("mail"), _("passes"), _("fails"), _("refuse"), _("mark"), _("hold"),
	    _("aligned"), _("clients"), _("top one"));
	for (size_t i = 0; i < s->sender_count; i++)
		print_sender(p, &s->senders[i]);
}

static void
print_answer(const struct page *p, bool yes, const char *what, const char *missing)
{
	page_line(p, yes ? PAGE_GREEN : PAGE_YELLOW, "  %-8s %s%s%s",
	    yes ? _("done") : _("not yet"), what, yes || *missing == '\0' ? "" : ": ",
	    yes ? "" : missing);
}

static void
print_endings(const struct page *p, const struct told_summary *s)
{
	if (s->endings->count == 0)
		return;
	page_heading(p, _("Exceptions that end"));
	for (size_t i = 0; i < s->endings->count; i++)
		page_line(p, PAGE_YELLOW, "  %s", s->endings->words[i]);
}

static void
print_ready(const struct page *p, const struct told_summary *s)
{
	const struct told_ready *r = &s->ready;
	char missing[200];

	page_heading(p, _("Ready for Mode enforce?"));
	print_answer(
	    p, r->two_weeks, _("14 days are remembered"), _("wait until they are"));
	if (r->lost < 0)
		snprintf(missing, sizeof missing, "%s",
		    _("it is not known how many, see the gaps"));
	else
		snprintf(missing, sizeof missing, _("%" PRId64 " are lost"), r->lost);
	/* xgettext:no-c-format */
	print_answer(p, r->complete, _("at most 1 % of the messages are lost"), missing);
	snprintf(missing, sizeof missing, _("%zu in the table"), r->forwarders);
	print_answer(
	    p, r->no_forwarders, _("no forwarder or mailer would be affected"), missing);
	snprintf(missing, sizeof missing, _("%" PRId64 " of %" PRId64),
	    s->totals.tempfail, s->totals.messages);
	/* xgettext:no-c-format */
	print_answer(p, r->few_deferred, _("less than 0.1 % is deferred"), missing);
	snprintf(missing, sizeof missing, _("%zu expired"), r->expired);
	print_answer(p, r->no_expired, _("no Override has expired"), missing);
	page_text(p, 2, "%s",
	    _("Switching it on is up to you: Mode enforce in the settings, then "
	      "systemctl reload beschermd."));
}

void
told_summary_print(FILE *out, const struct told_summary *s)
{
	struct page p = { .out = out };

	print_period(&p, s);
	print_totals(&p, &s->totals);
	print_senders(&p, s);
	print_endings(&p, s);
	print_ready(&p, s);
}

static const char *
cause_name(enum sender_cause cause)
{
	static const char *const names[] = {
		[CAUSE_FORWARDER] = "forwarder",
		[CAUSE_ONE_SENDER] = "one_sender",
		[CAUSE_LIST] = "mailing_list",
		[CAUSE_FAULT] = "record_fault",
		[CAUSE_FORGED] = "forged",
		[CAUSE_UNCLEAR] = "unclear",
	};

	return cause == CAUSE_NONE ? NULL : names[cause];
}

static void
json_totals(struct json_text *j, const struct query_totals *t)
{
	json_text_number(j, "messages", t->messages);
	json_text_number(j, "pass", t->pass);
	json_text_number(j, "fail", t->fail);
	json_text_number(j, "no_policy", t->none);
	json_text_number(j, "temperror", t->temperror);
	json_text_number(j, "bad_from", t->bad_from);
	json_text_object(j, "would");
	json_text_number(j, "accept", t->accept);
	json_text_number(j, "header", t->header);
	json_text_number(j, "hold", t->hold);
	json_text_number(j, "reject", t->reject);
	json_text_number(j, "tempfail", t->tempfail);
	json_text_object_end(j);
	json_text_number(j, "sealed", t->sealed);
}

static void
json_sender(struct json_text *j, const struct told_sender *s)
{
	json_text_object(j, NULL);
	json_text_string(j, "domain", s->counts.domain);
	json_text_number(j, "mail", s->counts.mail);
	json_text_number(j, "pass", s->counts.pass);
	json_text_number(j, "fail", s->counts.fail);
	json_text_number(j, "refused", s->counts.refused);
	json_text_number(j, "marked", s->counts.marked);
	json_text_number(j, "held", s->counts.held);
	json_text_number(j, "deferred", s->counts.deferred);
	json_text_number(j, "sealed", s->counts.sealed);
	json_text_number(j, "failing_clients", (int64_t)s->client_count);
	json_text_string(j, "top_client", s->top.network);
	json_text_number(j, "top_failures", s->top.failures);
	json_text_number(j, "top_forwarded", s->top.explained);
	json_text_number(j, "top_unasked", s->top.unasked);
	json_text_string(j, "cause", cause_name(s->cause));
	json_text_object_end(j);
}

static void
json_gaps(struct json_text *j, const struct told_summary *s)
{
	json_text_array(j, "gaps");
	for (size_t i = 0; i < s->gap_count; i++) {
		json_text_object(j, NULL);
		json_text_number(j, "begin", s->gaps[i].begin_at);
		json_text_number(j, "end", s->gaps[i].end_at);
		if (s->gaps[i].lost >= 0)
			json_text_number(j, "lost", s->gaps[i].lost);
		else
			json_text_null(j, "lost");
		json_text_string(j, "cause", s->gaps[i].cause);
		json_text_object_end(j);
	}
	json_text_array_end(j);
}

static void
json_endings(struct json_text *j, const struct told_summary *s)
{
	json_text_array(j, "override_warnings");
	for (size_t i = 0; i < s->endings->count; i++)
		json_text_string(j, NULL, s->endings->words[i]);
	json_text_array_end(j);
}

static void
json_ready(struct json_text *j, const struct told_ready *r)
{
	json_text_object(j, "ready");
	json_text_bool(j, "two_weeks", r->two_weeks);
	json_text_bool(j, "complete", r->complete);
	json_text_bool(j, "no_forwarders", r->no_forwarders);
	json_text_bool(j, "few_deferred", r->few_deferred);
	json_text_bool(j, "no_expired_overrides", r->no_expired);
	json_text_object_end(j);
}

void
told_summary_json(FILE *out, const struct told_summary *s)
{
	struct text text = { 0 };
	struct json_text j = { .out = &text };

	json_text_object(&j, NULL);
	json_text_number(&j, "since", s->period.since);
	json_text_number(&j, "until", s->period.until);
	json_text_number(&j, "oldest", s->oldest_at);
	json_text_string(&j, "mode", s->monitor ? "monitor" : "enforce");
	json_totals(&j, &s->totals);
	json_gaps(&j, s);
	json_text_array(&j, "senders");
	for (size_t i = 0; i < s->sender_count; i++)
		json_sender(&j, &s->senders[i]);
	json_text_array_end(&j);
	json_endings(&j, s);
	json_ready(&j, &s->ready);
	json_text_object_end(&j);
	fwrite(text.data, 1, text.len, out);
	fputc('\n', out);
	text_free(&text);
}
