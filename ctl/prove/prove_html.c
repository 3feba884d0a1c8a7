#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "config.h"
#include "ctl/calendar.h"
#include "ctl/html.h"
#include "ctl/prove/prove_html.h"
#include "ctl/prove/prove_result.h"
#include "ctl/text.h"

static void
put_header(struct html *h, const struct prove_result *p, const char *title)
{
	char made[CALENDAR_TEXT_SIZE];

	html_open(h, "header", NULL);
	html_put(h, "h1", NULL, title);
	html_open(h, "p", "soft");
	html_printf(h, _("made on %s"), calendar_moment((int64_t)p->made, made));
	html_text(h, " \u00b7 ");
	html_text(h, p->host);
	html_close(h, "header");
}

static size_t
count(const struct prove_result *p, enum prove_level level)
{
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++)
		n += p->cases[i].finding.level == level;
	return n;
}

static const char *
sentence(const struct prove_result *p)
{
	switch (prove_result_verdict(p)) {
	case PROVE_RESULT_MET:
		return _("This mail server checks incoming mail: every test message was "
			 "treated as "
			 "the rule asks.");
	case PROVE_RESULT_NOT_MET:
		return p->monitor ? _("Mail is checked, but the policy of senders is not "
				      "applied (Mode monitor).")
				  : _("This mail server does not do everything that the "
				      "rule asks.");
	default:
		return _("Not everything could be tested, so nothing is proven.");
	}
}

static void
put_note(struct html *h, const struct prove_result *p, struct pool *pool)
{
	static const char *const classes[] = { [PROVE_RESULT_MET] = "note good",
		[PROVE_RESULT_NOT_MET] = "note bad",
		[PROVE_RESULT_UNTESTED] = "note look" };
	enum prove_result_verdict verdict = prove_result_verdict(p);

	html_open(h, "div", classes[verdict]);
	html_open(h, "p", NULL);
	html_open(h, "strong", NULL);
	html_printf(h, "MAIL-BESCHERM-010: %s", prove_result_verdict_word(verdict));
	html_close(h, "strong");
	html_close(h, "p");
	html_put(h, "p", NULL, sentence(p));
	if (p->stopped != NULL)
		html_put(h, "p", NULL, prove_result_stopped_text(p, pool));
	html_close(h, "div");
}

static void
put_state(struct html *h, const struct prove_result *p, struct pool *pool)
{
	put_note(h, p, pool);
	html_open(h, "div", "figures");
	html_figure(h, (int64_t)count(p, PROVE_OK), _("messages as required"));
	html_figure(h, (int64_t)count(p, PROVE_WRONG), _("messages not as required"));
	html_figure(h, (int64_t)count(p, PROVE_LOOK), _("messages to look at"));
	html_figure(h, (int64_t)count(p, PROVE_UNTESTED), _("messages not tested"));
	html_close(h, "div");
	html_put(h, "p", "soft",
	    _("The rule: incoming mail is checked by SPF and DKIM, as the DMARC policy "
	      "of the sending party asks (Uniforme Beveiligingsvoorschriften). Fixed "
	      "messages went through the running mail server and the running filter, "
	      "were examined, and deleted; none was delivered."));
}

static void
put_mark(struct html *h, enum prove_level level)
{
	static const char *const classes[] = {
		[PROVE_OK] = "mark good",
		[PROVE_LOOK] = "mark look",
		[PROVE_WRONG] = "mark bad",
		[PROVE_UNTESTED] = "mark plain",
	};

	html_put(h, "span", classes[level], prove_result_level_text(level));
}

static void
put_row(struct html *h, const struct prove_result_case *c, struct pool *pool)
{
	html_row(h);
	html_cell(h);
	html_printf(h, "%d. %s", c->sent.number, _(c->sent.title));
	if (c->sent.number == PROVE_CASE_OWN) {
		html_text(h, " ");
		html_domain(h, c->sent.from);
	}
	html_cell(h);
	html_text(h, prove_result_wanted_text(c->wanted));
	html_cell(h);
	html_text(h, prove_result_set_text(c->set));
	html_cell(h);
	put_mark(h, c->finding.level);
	html_text(h, " ");
	html_text(h, prove_result_finding_text(&c->finding, pool));
}

static void
put_table(struct html *h, const struct prove_result *p, struct pool *pool)
{
	const struct html_column columns[] = { { _("message"), false },
		{ _("required by the rule"), false }, { _("by the settings"), false },
		{ _("what happened"), false } };

	if (p->count == 0)
		return;
	html_put(h, "h2", NULL, _("Each message"));
	html_table(h, _("what was sent, and what became of it"), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < p->count; i++)
		put_row(h, &p->cases[i], pool);
	html_table_end(h);
}

static void
put_checks(struct html *h, const struct prove_result *p, const char *language)
{
	const struct prove_result_checks *checks = prove_result_checks_in(p, language);

	html_put(h, "h2", NULL, _("The mail server itself"));
	html_open(h, "ul", NULL);
	for (size_t i = 0; i < checks->count; i++) {
		const struct prove_result_check *c = &checks->list[i];

		html_open(h, "li", NULL);
		put_mark(h, c->level);
		html_text(h, " ");
		html_text(h, c->text);
		if (c->mend != NULL) {
			html_open(h, "p", NULL);
			html_put(h, "code", NULL, c->mend);
			html_close(h, "p");
		}
		html_close(h, "li");
	}
	html_close(h, "ul");
}

static void
put_fact(struct html *h, const char *name, const char *value)
{
	html_put(h, "dt", NULL, name);
	html_open(h, "dd", NULL);
	html_foreign(h, value);
	html_close(h, "dd");
}

static void
put_fields(struct html *h, const char *name, const struct prove_header *header,
    struct pool *pool)
{
	if (header->count == 0)
		return;
	html_put(h, "dt", NULL, name);
	html_open(h, "dd", NULL);
	for (size_t i = 0; i < header->count; i++) {
		html_open(h, "p", NULL);
		html_put(h, "code", NULL,
		    pool_printf(
			pool, "%s: %s", header->fields[i].name, header->fields[i].value));
		html_close(h, "p");
	}
	html_close(h, "dd");
}

static void
put_evidence(struct html *h, const struct prove_result_case *c, struct pool *pool)
{
	html_open(h, "h3", NULL);
	html_printf(h, "%d. %s", c->sent.number, _(c->sent.title));
	html_close(h, "h3");
	html_open(h, "dl", NULL);
	put_fact(h, _("client"), c->sent.client);
	put_fact(h, "HELO", c->sent.helo);
	put_fact(h, "MAIL FROM", *c->sent.mail_from != '\0' ? c->sent.mail_from : "<>");
	put_fact(h, "From", c->sent.from);
	if (c->seen.reply != NULL)
		put_fact(h, _("reply"), c->seen.reply);
	if (c->seen.queue != NULL)
		put_fact(h, _("queue"), c->seen.queue);
	put_fields(h, _("added"), &c->seen.added, pool);
	put_fields(h, _("removed"), &c->seen.removed, pool);
	html_close(h, "dl");
}

static void
put_all_evidence(struct html *h, const struct prove_result *p, struct pool *pool)
{
	if (p->count == 0)
		return;
	html_put(h, "h2", NULL, _("The evidence"));
	html_open(h, "details", NULL);
	html_put(h, "summary", NULL, _("What was said and seen, message by message"));
	for (size_t i = 0; i < p->count; i++)
		put_evidence(h, &p->cases[i], pool);
	html_close(h, "details");
}

static void
put_digest(struct html *h, const char *name, const char *digest)
{
	if (digest == NULL)
		return;
	html_put(h, "dt", NULL, name);
	html_open(h, "dd", NULL);
	html_put(h, "code", NULL, digest);
	html_close(h, "dd");
}

static void
put_about(struct html *h, const struct prove_html *page)
{
	const struct prove_result *p = page->proof;

	html_put(h, "h2", NULL, _("What this page is based on"));
	html_put(h, "p", NULL,
	    _("It shows one moment, and the settings of that moment: the numbers below "
	      "change with them. It is a record, not a seal: anyone who is root on the "
	      "mail server can write one."));
	html_open(h, "dl", NULL);
	put_digest(h, _("SHA-256 of the settings of the filter"), p->settings_sha256);
	put_digest(h, _("SHA-256 of the settings of Postfix"), p->postconf_sha256);
	put_digest(h, _("SHA-256 of the domains of the test"), p->zone_sha256);
	put_digest(h, _("SHA-256 of the same proof as JSON"), page->digest);
	html_close(h, "dl");
	html_open(h, "footer", NULL);
	html_open(h, "p", NULL);
	html_printf(h, _("Made by beschermctl %s."), PACKAGE_VERSION);
	html_printf(h, " Postfix %s.", p->postfix);
	html_close(h, "footer");
}

void
prove_html_write(FILE *out, const struct prove_html *page, struct pool *pool)
{
	static const struct html_attribute whole[] = { { "id", "main" }, { "", NULL } };
	const char *title = _("Incoming mail is checked: a test");
	struct html h;

	html_begin(&h, out, page->language, title);
	put_header(&h, page->proof, title);
	html_open_with(&h, "main", whole);
	put_state(&h, page->proof, pool);
	put_table(&h, page->proof, pool);
	put_checks(&h, page->proof, page->language);
	put_all_evidence(&h, page->proof, pool);
	put_about(&h, page);
	html_end(&h);
}
