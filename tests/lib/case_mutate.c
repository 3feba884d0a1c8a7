#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "case_mutate.h"

#define LINES_MAX 400

/* A text as lines without their ends, and what changes it. */
struct work {
	struct line {
		const char *text;
		size_t len;
	} lines[LINES_MAX];
	size_t count;
	size_t max; /* octets that the result may have */
	unsigned int random;
	case_mutate_octets *octets;
	char *changed; /* the line that is new, if any */
};

/* What stands in a case: the grammar to make new ones of. */
/* NOLINTBEGIN(bugprone-suspicious-missing-comma): long lines are meant so */
static const char *const known[] = {
	"conf",
	"  Mode monitor",
	"  OnReject header",
	"  OnReject hold",
	"  OnReject quarantine",
	"  OnReject accept",
	"  OnQuarantine hold",
	"  OnQuarantine reject",
	"  OnTempError accept",
	"  OnTempError header",
	"  OnBadFrom accept",
	"  OnBadFrom quarantine",
	"  OnListMail accept",
	"  TrustedLists list.example",
	"  Discovery psl",
	"  SPFCheckHelo yes",
	"  ReceivedSPF yes",
	"  TrustedRelays 192.0.2.0/28",
	"  TrustedForwarders 192.0.2.1",
	"  IgnoreHosts 198.51.100.0/24",
	"  IgnoreAuthenticatedClients no",
	"  Override example.nl accept client=192.0.2.1 reason=\"moving\"",
	"  Override .example.nl reject until=2035-01-01",
	"  Override example.nl hold",
	"  MaximumHeaders 50",
	"  MaximumHeaderBytes 16384",
	"  MaximumSignatures 1",
	"  MinimumKeyBits 2048",
	"  AuthservID mx.school.example",
	"  TrustedAuthservIDs inner.example",
	"  QuarantineHeader X-Mark: %{from}",
	"  RejectText no: %{from} %{policy} %{spf} %{dkim} %{reason}",
	"  RejectText %{queueid} %{spf_explanation}",
	"  Prefetch no",
	"key s1._domainkey.example.nl ed25519",
	"key s2._domainkey.mail.example.nl rsa1024 t=s;",
	"key s3._domainkey.list.example rsa2048",
	"zone",
	"  example.nl TXT \"v=spf1 ip4:192.0.2.1 -all\"",
	"  example.nl TXT \"v=spf1 include:mail.example.nl mx a:%{l}.example.nl ?all\"",
	"  mail.example.nl TXT \"v=spf1 exists:%{i}.%{d2r}.nl redirect=example.nl\"",
	"  mail.example.nl TXT \"v=spf1 ptr ptr:example.nl -all\"",
	"  mail.example.nl TXT \"v=spf1 -all exp=why.example.nl\"",
	"  why.example.nl TXT \"%{i} is not one of %{d}\"",
	"  mail.example.nl A 192.0.2.1",
	"  mail.example.nl AAAA 2001:db8::1",
	"  mail.example.nl A \\# 3 c00002",
	"  example.nl MX 10 mail.example.nl",
	"  example.nl MX \\# 5 000a3f6161",
	"  1.2.0.192.in-addr.arpa PTR mail.example.nl",
	"  www.example.nl CNAME mail.example.nl",
	"  *.example.nl TXT \"v=spf1 +all\"",
	"  _dmarc.example.nl TXT \"v=DMARC1; p=reject\"",
	"  _dmarc.example.nl TXT \"v=DMARC1; p=reject; sp=quarantine; pct=0\"",
	"  _dmarc.example.nl TXT \"v=DMARC1; p=quarantine; sp=none; np=reject; t=y\"",
	"  _dmarc.mail.example.nl TXT \"v=DMARC1; p=none; psd=n; adkim=s; aspf=s\"",
	"  _dmarc.nl TXT \"v=DMARC1; p=reject; psd=y\"",
	"  _dmarc.example.nl TXT \\# 4 03763d44",
	"  _dmarc.example.nl TIMEOUT",
	"  example.nl SERVFAIL TXT",
	"  example.nl BOGUS",
	"  mail.example.nl NXDOMAIN",
	"  mail.example.nl NODATA A",
	"  s1._domainkey.example.nl SERVFAIL",
	"  _dmarc.example.nl SECURE",
	"client 192.0.2.1 mail.example.nl",
	"client 2001:db8::1",
	"client local",
	"client unknown",
	"host mx.school.example",
	"helo mail.example.nl",
	"helo [192.0.2.1]",
	"auth ben",
	"mail <joe@example.nl>",
	"mail <>",
	"mail <\"a b\"@mail.example.nl>",
	"abort <joe@example.nl>",
	"header",
	"  @sign d=example.nl s=s1",
	"  @sign d=example.nl s=s1 c=simple/simple h=From:Subject",
	"  @sign d=mail.example.nl s=s2 l=3",
	"  @sign d=list.example s=s3 broken=body",
	"  @sign d=example.nl s=s1 broken=signature",
	"  DKIM-Signature: v=1; a=rsa-sha256; d=example.nl; s=s1; h=from; bh=AAAA; "
	"b=BBBB",
	"  From: Joe <joe@example.nl>",
	"  From: \"a, b\" <joe@mail.example.nl>, Group: ann@mail.example.nl;",
	"  From: joe@ex\\xc3\\xa4mple.nl",
	"  Authentication-Results: mx.school.example; dmarc=pass header.from=example.nl",
	"  Authentication-Results: mx.school.example/job; dkim=pass",
	"  Authentication-Results: (x) \"mx.school.example\" 1; none",
	"  Authentication-Results: other.example; spf=pass",
	"  Received: from a (b [198.51.100.7]) by mx; Mon, 1 Jan 2024 00:00:00 +0000",
	"  List-Id: <post.list.example>",
	"  List-Id: the post (of) list.example (all)",
	"  List-Id: example.nl",
	"  List-Post: <mailto:post@list.example>",
	"  Subject: hello",
	"  \\*60{X-Junk: junk\\n}X-More: \\*300{junk}",
	"  X-Odd\\x00\\xff: \\r\\t",
	"body",
	"  Hello  there ",
	"  \\*500{line \\n}",
	"",
};
/* NOLINTEND(bugprone-suspicious-missing-comma) */

static size_t
below(struct work *w, size_t limit)
{
	w->random = w->random * 1664525U + 1013904223U;
	return limit > 0 ? (w->random >> 8) % limit : 0;
}

static void
split(struct work *w, const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end && w->count < LINES_MAX) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((lf != NULL ? lf : end) - text);

		w->lines[w->count++] = (struct line){ text, len };
		text += len + 1;
	}
}

static void
take_out(struct work *w, size_t at)
{
	memmove(
	    &w->lines[at], &w->lines[at + 1], (w->count - at - 1) * sizeof w->lines[0]);
	w->count--;
}

static void
put_in(struct work *w, size_t at, struct line line)
{
	if (w->count == LINES_MAX)
		return;
	memmove(&w->lines[at + 1], &w->lines[at], (w->count - at) * sizeof w->lines[0]);
	w->lines[at] = line;
	w->count++;
}

static struct line
known_line(struct work *w)
{
	const char *text = known[below(w, sizeof known / sizeof *known)];

	return (struct line){ text, strlen(text) };
}

/* Indentation stays, and so does the line one line. */
static void
change_inside(struct work *w, size_t at)
{
	struct line *line = &w->lines[at];
	size_t room = line->len + 64, indent = 0;

	while (indent < line->len && indent < 2 && line->text[indent] == ' ')
		indent++;
	w->changed = mem_alloc(room + 1);
	memcpy(w->changed, line->text, line->len);
	line->len = indent + w->octets((uint8_t *)w->changed + indent, line->len - indent,
				 room - indent);
	line->text = w->changed;
	for (size_t i = indent; i < line->len; i++) {
		if (w->changed[i] == '\n' || w->changed[i] == '\0')
			w->changed[i] = ' ';
	}
}

/* The word behind a random blank, or sign, for one of another line. */
static void
change_word(struct work *w, size_t at)
{
	struct line *line = &w->lines[at], other = w->lines[below(w, w->count)];
	size_t cut = below(w, line->len + 1), from = below(w, other.len + 1);
	size_t tail = below(w, line->len - cut + 1), len = below(w, other.len - from + 1);

	w->changed = mem_alloc(line->len + other.len + 1);
	memcpy(w->changed, line->text, cut);
	memcpy(w->changed + cut, other.text + from, len);
	memcpy(w->changed + cut + len, line->text + line->len - tail, tail);
	*line = (struct line){ w->changed, cut + len + tail };
}

static void
change(struct work *w)
{
	size_t at = below(w, w->count);
	struct line line = w->lines[at];

	switch (below(w, 10)) {
	case 0:
		take_out(w, at);
		break;
	case 1:
		put_in(w, below(w, w->count), line);
		break;
	case 2:
		take_out(w, at);
		put_in(w, below(w, w->count + 1), line);
		break;
	case 3:
	case 4:
		/* Behind a line of its own kind more often than anywhere. */
		put_in(w, below(w, 2) ? at + 1 : below(w, w->count + 1), known_line(w));
		break;
	case 5:
		w->lines[at] = known_line(w);
		break;
	case 6:
		change_word(w, at);
		break;
	default:
		change_inside(w, at);
	}
}

static size_t
join(const struct work *w, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < w->count; i++) {
		if (len + w->lines[i].len + 1 > w->max)
			break;
		if (w->lines[i].text != NULL)
			memcpy(out + len, w->lines[i].text, w->lines[i].len);
		len += w->lines[i].len;
		out[len++] = '\n';
	}
	return len;
}

static size_t
finish(struct work *w, uint8_t *out)
{
	char *text = mem_alloc(w->max);
	size_t len = join(w, text);

	memcpy(out, text, len);
	free(text);
	free(w->changed);
	return len;
}

size_t
case_mutate(
    uint8_t *data, size_t size, size_t max, unsigned int seed, case_mutate_octets *octets)
{
	struct work w = { .max = max, .random = seed, .octets = octets };

	split(&w, (const char *)data, size);
	if (w.count == 0)
		put_in(&w, 0, known_line(&w));
	change(&w);
	return finish(&w, data);
}

size_t
case_mutate_cross(const uint8_t *const texts[2], const size_t sizes[2], uint8_t *out,
    size_t max, unsigned int seed)
{
	struct work w = { .max = max, .random = seed };
	struct work other = { .max = max };
	size_t from, count, at;

	split(&w, (const char *)texts[0], sizes[0]);
	split(&other, (const char *)texts[1], sizes[1]);
	from = below(&w, other.count);
	count = below(&w, other.count - from + 1);
	at = below(&w, w.count + 1);
	for (size_t i = 0; i < count; i++)
		put_in(&w, at + i, other.lines[from + i]);
	return finish(&w, out);
}
