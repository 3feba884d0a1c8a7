#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/reason.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/evidence.h"
#include "mail/reply_text.h"

#define HOLES 2

/*
 * The phrases of milter/ with a part that changes, a %s for each (the others are in
 * po/phrases.c).  A translation has them in the same order.
 */
static const char *const patterns[] = {
	N_("DNS failed: %s"),
	N_("bad syntax in the record of %s: %s"),
	N_("an included domain has no SPF record: %s"),
	N_("the redirect leads to no SPF record: %s"),
	N_("no SPF record, but a TXT record that is not one: %s"),
	N_("a TXT record that is not a DMARC record: %s"),
	N_("DNS error: %s"),
	N_("the key has %s bits, %s are required"),
	N_("taken from the relay's results, ours is %s"),
	N_("%s signatures, of which this is the last that is listed"),
};

struct piece {
	const char *text;
	size_t len;
};

/* Does ${phrase} read as ${pattern} says?  What stands in its holes: in ${found}. */
static bool
reads_as(const char *pattern, const char *phrase, struct piece found[HOLES])
{
	const char *hole;

	while ((hole = strstr(pattern, "%s")) != NULL) {
		const size_t len = (size_t)(hole - pattern);
		char end[2] = { 0 };

		if (strncmp(pattern, phrase, len) != 0)
			return false;
		phrase += len;
		pattern = hole + 2;
		*end = *pattern; /* none at the end: the rest of the phrase */
		*found = (struct piece){ phrase, strcspn(phrase, end) };
		phrase += found->len;
		found++;
	}
	return strcmp(pattern, phrase) == 0;
}

/* A hole may hold a phrase, too. */
static void
put_piece(struct buf *out, const struct piece *piece)
{
	char text[PAGE_QUOTE_SIZE];

	snprintf(text, sizeof text, "%.*s", (int)piece->len, piece->text);
	buf_puts(out, *text != '\0' ? _(text) : "");
}

static void
put_phrase(struct buf *out, const char *phrase)
{
	struct piece found[HOLES] = { { "", 0 }, { "", 0 } }, *next = found;
	size_t i = 0;

	while (i < sizeof patterns / sizeof patterns[0] &&
	       !reads_as(patterns[i], phrase, found))
		i++;
	if (i == sizeof patterns / sizeof patterns[0]) {
		/* gettext("") is the head of the catalogue. */
		buf_puts(out, *phrase != '\0' ? _(phrase) : "");
		return;
	}
	for (const char *p = _(patterns[i]); *p != '\0'; p++) {
		if (*p == '%' && p[1] == 's' && next < found + HOLES) {
			put_piece(out, next++);
			p++;
		} else {
			buf_putc(out, *p);
		}
	}
}

/* What one method found, as mail/reply_text.c tells a sender in English. */
struct part {
	const char *method, *result, *domain, *reason;
	bool passed; /* but for a domain that is not the author's */
};

static void
put_part(struct buf *out, const struct part *part, const char *author)
{
	if (part->passed) {
		buf_printf(out, _("%s passes for %s, which is not aligned with %s"),
		    part->method, part->domain, author);
		return;
	}
	if (*part->domain != '\0')
		buf_printf(
		    out, _("%s %s for %s"), part->method, part->result, part->domain);
	else
		buf_printf(out, "%s %s", part->method, part->result);
	if (part->reason == NULL)
		return;
	buf_puts(out, " (");
	put_phrase(out, part->reason);
	buf_puts(out, ")");
}

static void
put_failure(struct buf *out, const struct evidence *ev)
{
	const char *author = ev->from.domain;
	struct part part = { "SPF", evidence_spf_name(ev->spf.result), ev->spf.domain,
		ev->spf.reason, ev->spf.result == SPF_PASS };

	put_part(out, &part, author);
	buf_puts(out, "; ");
	if (ev->dkim_count == 0)
		buf_puts(out, _("no DKIM signature"));
	for (size_t i = 0; i < ev->dkim_count && i < REPLY_TEXT_SIGNATURES; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		part = (struct part){ "DKIM", evidence_dkim_name(d->result), d->domain,
			d->reason, d->result == DKIM_PASS };
		buf_puts(out, i > 0 ? "; " : "");
		put_part(out, &part, author);
	}
}

const char *
reason_quote(const char *phrase, char quoted[PAGE_QUOTE_SIZE])
{
	char text[PAGE_QUOTE_SIZE];
	struct buf out;

	buf_init(&out, text, sizeof text);
	put_phrase(&out, phrase);
	return page_quote(text, quoted);
}

const char *
reason_of(const struct judged *judged, char quoted[PAGE_QUOTE_SIZE])
{
	const struct evidence *ev = judged->ev;
	char text[PAGE_QUOTE_SIZE];
	struct buf out;

	if (judged->reason == NULL)
		return "";
	if (!evidence_has_author(ev) || ev->dmarc.result != DMARC_FAIL)
		return reason_quote(judged->reason, quoted);
	buf_init(&out, text, sizeof text);
	put_failure(&out, ev);
	return page_quote(text, quoted);
}
