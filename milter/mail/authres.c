#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/pool.h"
#include "mail/address.h"
#include "mail/authres.h"
#include "mail/evidence.h"
#include "mail/lexeme.h"

#define COLUMNS 77    /* and a ";" */
#define VALUE_MAX 400 /* octets of one value; a longer one is left out, a reason cut */
/* The most that one method can take: two values and a reason in which every octet is
 * escaped, four short values, and a fold at every word. */
#define METHOD_MAX 8192
/* The id, DMARC and two of SPF, or a whole field, and a signature that is tried. */
#define STORAGE_SIZE ((size_t)5 * METHOD_MAX)
/* No sender needs more, and all are in the log; MaximumSignatures stands before. */
#define SIGNATURES_MAX 100
#define SHORT_MAX 64 /* octets of a signature's value, past a quarter of the field */

/* The field as it grows: words, put on a new line where they would pass COLUMNS. */
struct writer {
	struct buf out;
	size_t column;
	struct pool *pool;
};

static void
new_line(struct writer *w)
{
	buf_puts(&w->out, "\n ");
	w->column = 1;
}

/* Before a word of ${len} octets. */
static void
begin_word(struct writer *w, size_t len)
{
	if (w->column > 1 && w->column + 1 + len > COLUMNS)
		new_line(w);
	else if (w->column > 1) {
		buf_putc(&w->out, ' ');
		w->column++;
	}
	w->column += len;
}

static void
put_word(struct writer *w, const char *word, size_t len)
{
	begin_word(w, len);
	buf_put(&w->out, word, len);
}

/* ${name}=${value}${end}, which is one word. */
static void
put_named(struct writer *w, const char *name, const char *value, const char *end)
{
	begin_word(w, strlen(name) + 1 + strlen(value) + strlen(end));
	buf_puts(&w->out, name);
	buf_putc(&w->out, '=');
	buf_puts(&w->out, value);
	buf_puts(&w->out, end);
}

/* Our own text, which begins with a word: single spaces between words, the rest go. */
static void
put_words(struct writer *w, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		put_word(w, text, len);
		text += len;
		text += strspn(text, " ");
	}
}

static bool
is_token(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (!lexeme_is_token(*p))
			return false;
	return *text != '\0';
}

/* Printable ASCII: what a quoted-string holds and no reader stumbles over. */
static bool
is_quotable(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			return false;
	return true;
}

/* As a quoted-string (RFC 5322 section 3.2.4), ${text} being is_quotable(). */
static const char *
quoted(const char *text, struct pool *pool)
{
	char *out = pool_alloc(pool, strlen(text) * 2 + 3), *p = out;

	*p++ = '"';
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			*p++ = '\\';
		*p++ = *text;
	}
	*p = '"';
	return out;
}

/* What an outside value may appear as: token, quoted-string, or NULL: not at all. */
static const char *
pvalue(const char *value, struct pool *pool)
{
	if (*value == '\0' || strlen(value) > VALUE_MAX)
		return NULL;
	if (is_token(value))
		return value;
	if (is_quotable(value))
		return quoted(value, pool);
	return address_domain(value, strlen(value), pool); /* U-labels become A-labels */
}

static void
put_property(struct writer *w, const char *name, const char *value)
{
	const char *text = pvalue(value, w->pool);

	if (text != NULL)
		put_named(w, name, text, "");
}

static void
begin_method(struct writer *w, const char *method, const char *result)
{
	buf_putc(&w->out, ';');
	new_line(w);
	put_named(w, method, result, "");
}

/* At most ${max} octets; RFC 8601 section 2.2: right behind the result. */
static void
put_reason(struct writer *w, const char *reason, size_t max)
{
	if (reason == NULL || *reason == '\0' || !is_quotable(reason))
		return;
	reason = pool_strndup(w->pool, reason, strnlen(reason, max));
	put_words(w, pool_printf(w->pool, "reason=%s", quoted(reason, w->pool)));
}

static void
put_dns_sec(struct writer *w, enum dns_sec dns_sec)
{
	if (dns_sec != DNS_SEC_UNASKED)
		put_property(w, "dns.sec", evidence_dns_sec_name(dns_sec));
}

static const char *
dmarc_reason(
    const struct evidence *ev, const struct authres_outcome *outcome, struct pool *pool)
{
	const char *reason = ev->dmarc.reason;

	if (ev->dmarc.result == DMARC_PASS)
		return ev->from.status == FROM_OK ? NULL : ev->from.reason;
	if (ev->from.status != FROM_OK)
		reason = ev->from.reason;
	if (reason == NULL)
		return outcome->reason;
	if (outcome->reason == NULL)
		return reason;
	return pool_printf(pool, "%s; %s", reason, outcome->reason);
}

/* One word of the comment; what would end the comment or the word is not put. */
static void
add_remark(struct buf *b, const char *name, const char *value)
{
	if (value == NULL || !is_token(value) || strlen(value) > VALUE_MAX)
		return;
	buf_putc(b, b->len > 0 ? ' ' : '(');
	buf_puts(b, name);
	buf_putc(b, '=');
	buf_puts(b, value);
}

/* What was asked for and what was done, for people (and OpenDMARC's readers). */
static void
put_dmarc_comment(struct writer *w, const struct dmarc_evidence *dmarc,
    const struct authres_outcome *outcome)
{
	const bool decided = dmarc->result == DMARC_PASS || dmarc->result == DMARC_FAIL;
	char storage[4 * VALUE_MAX + 64];
	struct buf b;

	buf_init(&b, storage, sizeof storage);
	if (decided || dmarc->policy_known)
		add_remark(&b, evidence_tag_name(dmarc->tag),
		    evidence_policy_name(dmarc->published));
	if (dmarc->result != DMARC_NONE) {
		add_remark(&b, "dis", outcome->disposition);
		add_remark(&b, "would", outcome->would);
		add_remark(&b, "rule", outcome->rule);
	}
	if (b.len == 0)
		return;
	buf_putc(&b, ')');
	put_words(w, b.data);
}

static void
put_dmarc(
    struct writer *w, const struct evidence *ev, const struct authres_outcome *outcome)
{
	const struct dmarc_evidence *dmarc = &ev->dmarc;

	begin_method(w, "dmarc", evidence_dmarc_name(dmarc->result));
	put_reason(w, dmarc_reason(ev, outcome, w->pool), VALUE_MAX);
	put_dmarc_comment(w, dmarc, outcome);
	put_property(w, "header.from", ev->from.domain);
	if (dmarc->result == DMARC_PASS || dmarc->result == DMARC_FAIL)
		put_property(w, "policy.dmarc", evidence_policy_name(dmarc->policy));
	put_dns_sec(w, dmarc->dns_sec);
}

static void
put_spf(struct writer *w, const struct spf_evidence *spf)
{
	begin_method(w, "spf", evidence_spf_name(spf->result));
	if (spf->result != SPF_PASS || spf->by_relay)
		put_reason(w, spf->reason, VALUE_MAX);
	put_property(
	    w, spf->scope == SPF_HELO ? "smtp.helo" : "smtp.mailfrom", spf->domain);
	put_dns_sec(w, spf->dns_sec);
}

/* A value of at most ${max} octets. */
static void
put_short_property(struct writer *w, const char *name, const char *value, size_t max)
{
	if (strlen(value) <= max)
		put_property(w, name, value);
}

/* ${max}: longer selectors and algorithms are left out, a longer reason is cut. */
static void
put_dkim(struct writer *w, const struct dkim_evidence *dkim, size_t max)
{
	begin_method(w, "dkim", evidence_dkim_name(dkim->result));
	if (dkim->result != DKIM_PASS || dkim->by_relay)
		put_reason(w, dkim->reason, max);
	put_property(w, "header.d", dkim->domain);
	put_short_property(w, "header.s", dkim->selector, max);
	put_short_property(w, "header.a", dkim->algorithm, max);
	put_property(w, "header.b", dkim->b_start);
	put_dns_sec(w, dkim->dns_sec);
}

/* False, and nothing is written, where the field would become too long. */
static bool
put_signature(struct writer *w, const struct dkim_evidence *dkim)
{
	const struct writer before = *w;
	const bool pass = dkim->result == DKIM_PASS;

	put_dkim(w, dkim, w->out.len > AUTHRES_MAX / 4 ? SHORT_MAX : VALUE_MAX);
	/* The last quarter is for those that pass. */
	if (w->out.len <= (pass ? AUTHRES_MAX : AUTHRES_MAX * 3 / 4))
		return true;
	*w = before;
	w->out.data[w->out.len] = '\0';
	return false;
}

static void
put_signatures(struct writer *w, const struct evidence *ev, size_t count)
{
	size_t left_out = ev->dkim_count - count;

	for (size_t i = 0; i < count; i++)
		if (!put_signature(w, &ev->dkim[i]))
			left_out++;
	if (left_out > 0)
		put_words(w, pool_printf(w->pool, "(%zu more signatures)", left_out));
}

char *
authres_format(const char *authserv_id, const struct evidence *ev,
    const struct authres_outcome *outcome, struct pool *pool)
{
	const size_t signatures =
	    ev->dkim_count < SIGNATURES_MAX ? ev->dkim_count : SIGNATURES_MAX;
	struct writer w = { .pool = pool };
	char *storage = pool_room(pool, STORAGE_SIZE);
	const char *id = pvalue(authserv_id, pool);

	buf_init(&w.out, storage, STORAGE_SIZE);
	/* Never folded: many readers look for the id on the first line. */
	buf_putc(&w.out, ' ');
	buf_puts(&w.out, id != NULL ? id : "unknown");
	put_dmarc(&w, ev, outcome);
	put_spf(&w, &ev->spf);
	if (ev->has_spf_helo)
		put_spf(&w, &ev->spf_helo);
	put_signatures(&w, ev, signatures);
	if (signatures == 0)
		begin_method(&w, "dkim", "none");
	assert(!w.out.cut); /* half a value could say something else */
	return storage;
}

/* RFC 5322 section 3.2.3, ${text} being is_quotable(), so that no octet is UTF-8. */
static bool
is_dot_atom(const char *text)
{
	for (char before = '.'; *text != '\0'; before = *text++) {
		if (*text == '.' ? before == '.' : !lexeme_is_atext(*text))
			return false;
		if (*text == '.' && text[1] == '\0')
			return false;
	}
	return true;
}

/*
 * RFC 7208 section 9.1: a dot-atom stands bare, as programs that read the field expect
 * it; all else is quoted, the colons of IPv6 and the @ of an address too.  Neither can
 * become another pair.
 */
static void
put_pair(struct writer *w, const char *key, const char *value)
{
	if (*value == '\0' || strlen(value) > VALUE_MAX || !is_quotable(value))
		return;
	if (!is_dot_atom(value))
		value = quoted(value, w->pool);
	put_named(w, key, value, ";");
}

/* The reverse-path without its <>, so that null shows as nothing at all. */
static const char *
bare_path(const char *path, struct pool *pool)
{
	size_t len = strlen(path);

	if (len < 2 || path[0] != '<' || path[len - 1] != '>')
		return path;
	return pool_strndup(pool, path + 1, len - 2);
}

char *
authres_received_spf(const char *host_name, const struct evidence *ev, struct pool *pool)
{
	const bool relayed = ev->relay.is_relay && ev->relay.found;
	struct writer w = { .column = strlen("Received-SPF:"), .pool = pool };
	char *storage = pool_room(pool, METHOD_MAX);
	char client[IP_TEXT_SIZE];

	buf_init(&w.out, storage, METHOD_MAX);
	/* This field tells of the client alone, whatever a relay said. */
	put_words(&w, evidence_spf_name(ev->spf.by_relay ? ev->spf.own : ev->spf.result));
	put_pair(&w, "identity", ev->spf.scope == SPF_HELO ? "helo" : "mailfrom");
	put_pair(&w, "client-ip",
	    ip_format(relayed ? &ev->relay.client : &ev->client, client));
	put_pair(&w, "helo", relayed ? ev->relay.helo : ev->helo);
	put_pair(&w, "envelope-from", bare_path(ev->mail_from, pool));
	put_pair(&w, "receiver", host_name);
	if (ev->spf.result == SPF_TEMPERROR || ev->spf.result == SPF_PERMERROR)
		put_pair(&w, "problem", ev->spf.reason != NULL ? ev->spf.reason : "");
	assert(!w.out.cut);
	return storage;
}
