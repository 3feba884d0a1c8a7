#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/pool.h"
#include "mail/evidence.h"
#include "mail/from_advice.h"
#include "mail/reply_text.h"

bool
reply_text_is_bad_from(const struct evidence *ev)
{
	return !evidence_has_author(ev) || ev->dmarc.result == DMARC_PERMERROR;
}

static void
put_from(const struct evidence *ev, struct buf *out)
{
	buf_puts(out, reply_text_is_bad_from(ev) ? "unknown" : ev->from.domain);
}

static void
put_policy(const struct evidence *ev, struct buf *out)
{
	bool known = ev->dmarc.policy_known || ev->dmarc.result == DMARC_FAIL;

	buf_puts(out, evidence_policy_name(known ? ev->dmarc.policy : DMARC_P_NONE));
}

static void
put_spf(const struct evidence *ev, struct buf *out)
{
	buf_puts(out, evidence_spf_name(ev->spf.result));
}

/* All signatures in one word: pass if one passes, else what the first came to. */
static void
put_dkim(const struct evidence *ev, struct buf *out)
{
	enum dkim_result result = ev->dkim_count > 0 ? ev->dkim[0].result : DKIM_NONE;

	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (ev->dkim[i].result == DKIM_PASS)
			result = DKIM_PASS;
	}
	buf_puts(out, evidence_dkim_name(result));
}

/* One finding: "SPF softfail for example.nl (reason)". */
struct part {
	const char *method, *result, *domain, *reason;
	bool passed; /* but for a domain that is not the author's */
};

/* Copied piece by piece: each message that fails has several parts, and printf is slow.
 */
static void
put_part(const struct evidence *ev, const struct part *part, struct buf *out)
{
	buf_puts(out, part->method);
	if (part->passed) {
		buf_puts(out, " passes for ");
		buf_puts(out, part->domain);
		buf_puts(out, ", which is not aligned with ");
		buf_puts(out, ev->from.domain);
		return;
	}
	buf_putc(out, ' ');
	buf_puts(out, part->result);
	if (*part->domain != '\0') {
		buf_puts(out, " for ");
		buf_puts(out, part->domain);
	}
	if (part->reason != NULL) {
		buf_puts(out, " (");
		buf_puts(out, part->reason);
		buf_putc(out, ')');
	}
}

static void
put_dmarc_failure(const struct evidence *ev, struct buf *out)
{
	struct part part = { "SPF", evidence_spf_name(ev->spf.result), ev->spf.domain,
		ev->spf.reason, ev->spf.result == SPF_PASS };

	put_part(ev, &part, out);
	if (ev->dkim_count == 0)
		buf_puts(out, "; no DKIM signature");
	for (size_t i = 0; i < ev->dkim_count && i < REPLY_TEXT_SIGNATURES; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		part = (struct part){ "DKIM", evidence_dkim_name(d->result), d->domain,
			d->reason, d->result == DKIM_PASS };
		buf_puts(out, "; ");
		put_part(ev, &part, out);
	}
}

static const char *
from_problem(const struct from_evidence *from)
{
	static const char *const problems[] = {
		[FROM_OK] = "it cannot be judged",
		[FROM_MISSING] = "there is no From field",
		[FROM_REPEATED] = "there are several From fields",
		[FROM_SEVERAL_DOMAINS] = "it names several domains",
		[FROM_MALFORMED] = "it names no valid domain",
		[FROM_MALFORMED_ONE_DOMAIN] = "it is malformed",
		[FROM_NO_AUTHOR] = "it contains no address",
		[FROM_HEADER_FLOOD] = "the header is flooded with results",
	};

	return from->reason != NULL ? from->reason : problems[from->status];
}

static void
put_reason(const struct evidence *ev, struct buf *out)
{
	if (reply_text_is_bad_from(ev))
		buf_puts(out, from_problem(&ev->from));
	else if (ev->dmarc.result == DMARC_TEMPERROR)
		buf_puts(out,
		    ev->dmarc.reason != NULL ? ev->dmarc.reason : "no answer from DNS");
	else
		put_dmarc_failure(ev, out);
}

/* The same for the sender, who does not know what to make of it. */
static void
put_reply_reason(const struct evidence *ev, struct buf *out)
{
	const char *advice = reply_text_is_bad_from(ev) ? from_advice(&ev->from) : NULL;

	put_reason(ev, out);
	if (advice != NULL)
		buf_printf(out, "; %s", advice);
}

static void
put_queueid(const struct evidence *ev, struct buf *out)
{
	buf_puts(out, ev->queue_id);
}

static void
put_explanation(const struct evidence *ev, struct buf *out)
{
	if (ev->spf.explanation != NULL)
		buf_puts(out, ev->spf.explanation);
}

static const struct {
	const char *name;
	void (*put)(const struct evidence *, struct buf *);
} words[] = {
	{ "{from}", put_from },
	{ "{policy}", put_policy },
	{ "{spf}", put_spf },
	{ "{dkim}", put_dkim },
	{ "{reason}", put_reply_reason },
	{ "{queueid}", put_queueid },
	{ "{spf_explanation}", put_explanation },
};

#define WORDS (sizeof words / sizeof words[0])

/* Which word begins at ${text}, behind the %; WORDS: none. */
static size_t
word_at(const char *text)
{
	size_t i = 0;

	while (i < WORDS && strncmp(text, words[i].name, strlen(words[i].name)) != 0)
		i++;
	return i;
}

const char *
reply_text_check(const char *text)
{
	if (strlen(text) > REPLY_TEXT_MAX)
		return "the text is too long for a reply";
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < ' ' || *p > '~')
			return "a reply is printable ASCII only";
		if (*p != '%')
			continue;
		p++;
		if (*p == '%')
			continue;
		if (*p != '{')
			return "a lone %; write %% for a percent sign";
		if (word_at(p) == WORDS)
			return "unknown %{word}; there are from, policy, spf, dkim, "
			       "reason, "
			       "queueid, spf_explanation";
	}
	return NULL;
}

static void
fill(const char *template, const struct evidence *ev, struct buf *out)
{
	for (const char *p = template; *p != '\0'; p++) {
		size_t plain = strcspn(p, "%"), word;

		buf_put(out, p, plain);
		p += plain;
		if (*p == '\0')
			return;
		word = word_at(p + 1);
		if (word < WORDS) {
			words[word].put(ev, out);
			p += strlen(words[word].name);
			continue;
		}
		if (p[1] == '%')
			p++;
		buf_putc(out, *p);
	}
}

/* RFC 5321 section 4.2: a reply is printable ASCII. */
static void
make_printable(char *text)
{
	if (ascii_is_printable(text, strlen(text)))
		return;
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

const char *
reply_text_make(const char *template, const struct evidence *ev, struct pool *pool)
{
	char *text = pool_alloc(pool, REPLY_TEXT_MAX + 1);
	struct buf out;

	buf_init(&out, text, REPLY_TEXT_MAX + 1);
	fill(template, ev, &out);
	make_printable(text);
	return text;
}

const char *
reply_text_reason(const struct evidence *ev, struct pool *pool)
{
	char *text = pool_alloc(pool, REPLY_TEXT_MAX + 1);
	struct buf out;

	buf_init(&out, text, REPLY_TEXT_MAX + 1);
	put_reason(ev, &out);
	make_printable(text);
	return text;
}
