#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/json_text.h"
#include "base/pool.h"
#include "base/text.h"
#include "config/config.h"
#include "config/config_override.h"
#include "history/fact_fill.h"
#include "mail/address.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "mail/reply_text.h"
#include "policy/verdict.h"

static void
put_number(struct fact_value values[], enum fact_column column, int64_t number)
{
	values[column] = (struct fact_value){ .number = number, .is_number = true };
}

/*
 * Text that may be a stranger's, so that nothing of it can act on a terminal, CSV or
 * HTML, and each reader of the file can decode it: octets that are not printable ASCII
 * as \xNN.  A backslash stays, as most of what is read is no escape.
 */
static const char *
printable(const char *text, struct pool *pool)
{
	size_t len = 0;
	char *out;

	if (text == NULL || ascii_is_printable(text, strlen(text)))
		return text;
	out = pool_alloc(pool, 4 * strlen(text) + 1);
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			len += (size_t)snprintf(
			    out + len, 5, "\\x%02X", (unsigned char)*text);
		else
			out[len++] = *text;
	}
	return out;
}

/* A word of ours, or an address that we wrote. */
static void
put_word(struct fact_value values[], enum fact_column column, const char *word)
{
	values[column] = (struct fact_value){ .text = word };
}

static void
put_text(struct fact_value values[], enum fact_column column, const char *text,
    struct pool *pool)
{
	values[column] = (struct fact_value){ .text = printable(text, pool) };
}

/* Text that grew, in the pool: NULL where nothing was put. */
static const char *
to_pool(struct text *text, struct pool *pool)
{
	const char *copy =
	    text->len > 0 ? pool_strndup(pool, text->data, text->len) : NULL;

	text_free(text);
	return copy;
}

static const char *
address_text(const struct ip *ip, struct pool *pool)
{
	char text[IP_TEXT_SIZE];

	return pool_strdup(pool, ip_format(ip, text));
}

/* What a reader is shown behind this MTA: some complete a bare word, and Postfix does
 * not. */
static const char *
bounce_name(const struct evidence *ev)
{
	bool postfix = ev->headers->postfix;

	if (ev->from.status != FROM_NO_AUTHOR)
		return NULL;
	switch (ev->from.bounce) {
	case FROM_BOUNCE_MAILER:
		return "mailer";
	case FROM_BOUNCE_COMPLETED:
		return postfix ? "mailer" : "nameless";
	case FROM_BOUNCE_WORD:
		return postfix ? "nameless" : "word";
	default:
		return "nameless";
	}
}

static void
fill_sender(struct fact_value values[], const struct evidence *ev, struct pool *pool)
{
	struct address sender = address_reverse_path(ev->mail_from, pool);
	const char *helo = address_domain(ev->helo, strlen(ev->helo), pool);

	put_number(values, FACT_AT, ev->received);
	put_text(values, FACT_QUEUE_ID, ev->queue_id, pool);
	put_word(values, FACT_CLIENT, address_text(&ev->client, pool));
	put_number(values, FACT_IS_RELAY, ev->relay.is_relay);
	if (ev->relay.found)
		put_word(values, FACT_RELAY, address_text(&ev->relay.client, pool));
	put_text(values, FACT_HELO, helo != NULL ? helo : "", pool);
	put_text(values, FACT_MAIL_FROM, sender.null ? "" : sender.domain, pool);
	put_word(values, FACT_FROM_STATUS, evidence_from_name(ev->from.status));
	put_word(values, FACT_BOUNCE, bounce_name(ev));
	put_text(values, FACT_HEADER_FROM, ev->from.domain, pool);
	put_number(values, FACT_WAIT_MS, ev->wait_ms);
	put_text(values, FACT_SEALED, ev->sealed, pool);
	put_word(values, FACT_FORWARDED, evidence_forwarded_name(ev->forward.forwarded));
	put_text(values, FACT_CLIENT_CONFIRMED, ev->forward.client_confirmed, pool);
}

/* The value of a field as one line (RFC 5322 section 2.2.3). */
static const char *
unfolded(const char *value, struct pool *pool)
{
	char *line = pool_strdup(pool, value), *to = line;

	for (const char *p = value; *p != '\0'; p++) {
		if (*p != '\r' && *p != '\n')
			*to++ = *p;
	}
	*to = '\0';
	return line;
}

/* Is it that of a report on DMARC (RFC 9990)? */
static bool
is_report(const char *subject, struct pool *pool)
{
	/* Few have a colon, and where it is "Re:" there is none further on. */
	const char *colon = strchr(subject, ':');

	if (colon == NULL || strchr(colon + 1, ':') == NULL)
		return false;
	subject = unfolded(subject, pool);
	return strcasestr(subject, "Report Domain:") != NULL &&
	       strcasestr(subject, "Report-ID:") != NULL;
}

/* Of the many fields of a message few begin with these letters. */
static bool
tells_passive(const struct header_field *field, struct pool *pool)
{
	switch (*field->name) {
	case 'S':
	case 's':
		return header_field_is(field, "Subject") && is_report(field->value, pool);
	case 'A':
	case 'a':
		return header_field_is(field, "Auto-Submitted") &&
		       strcasestr(field->value, "auto-replied") != NULL;
	default:
		return false;
	}
}

/*
 * Auto-replies and reports, in the words that make them known: two hosts that report to
 * each other about their reports would never end.
 */
static bool
is_passive(const struct fact_value values[], const struct evidence *ev, struct pool *pool)
{
	const char *mail_from = values[FACT_MAIL_FROM].text;
	const struct header_list *list = ev->headers;

	if (mail_from != NULL && *mail_from == '\0')
		return true;
	for (size_t i = 0; i < list->count; i++) {
		if (tells_passive(&list->fields[i], pool))
			return true;
	}
	return false;
}

static const char *
list_signed(const struct list_evidence *list)
{
	if (list->id == NULL)
		return list->post != NULL ? "post" : NULL;
	return list->post != NULL ? "both" : "id";
}

static void
fill_lists(struct fact_value values[], const struct evidence *ev, struct pool *pool)
{
	const struct header_list *list = ev->headers;

	if (list->list_id != NULL)
		put_text(values, FACT_LIST_ID, header_list_id(list->list_id, pool), pool);
	if (list->list_post != NULL)
		put_text(values, FACT_LIST_POST, header_list_post(list->list_post, pool),
		    pool);
	put_word(values, FACT_LIST_SIGNED, list_signed(&ev->list));
	put_number(values, FACT_PASSIVE, is_passive(values, ev, pool));
}

/* RFC 9990 section 3.1.1.9: what was done, in the words of a policy; NULL: no report. */
static const char *
disposition(const struct evidence *ev, const struct verdict *v)
{
	const struct dmarc_evidence *d = &ev->dmarc;
	bool temperror = d->result == DMARC_TEMPERROR;

	if (v->action == ACTION_TEMPFAIL || d->record_domain == NULL)
		return NULL;
	if (d->result == DMARC_PASS)
		return d->published == DMARC_P_NONE ? "none" : "pass";
	if (d->result != DMARC_FAIL && !(temperror && d->policy_known))
		return NULL;
	if (v->action == ACTION_REJECT)
		return "reject";
	return v->action == ACTION_ACCEPT ? "none" : "quarantine";
}

static const char *
departures(const struct evidence *ev, const struct verdict *v, struct pool *pool)
{
	struct verdict_departure list[VERDICT_DEPARTURES_MAX];
	size_t count = verdict_departures(v, ev, list);
	struct text text = { 0 };
	struct json_text j = { .out = &text };

	if (count == 0)
		return NULL;
	json_text_array(&j, NULL);
	for (size_t i = 0; i < count; i++) {
		json_text_array(&j, NULL);
		json_text_string(&j, NULL, list[i].type);
		json_text_string(&j, NULL, list[i].comment);
		json_text_array_end(&j);
	}
	json_text_array_end(&j);
	return to_pool(&text, pool);
}

static const char *
reason(const struct evidence *ev, const struct verdict *v, struct pool *pool)
{
	bool clean = ev->dmarc.result == DMARC_PASS || ev->dmarc.result == DMARC_NONE;

	if (v->reason != NULL)
		return v->reason;
	return clean ? ev->dmarc.reason : reply_text_reason(ev, pool);
}

/* As the conf file says it, and not where: lines move. */
static const char *
override(const struct config_override *o, struct pool *pool)
{
	char *text = NULL;
	const char *copy;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	config_override_print(o, out);
	fclose(out);
	copy = pool_strndup(pool, text, len);
	free(text);
	return copy;
}

static void
fill_verdict(struct fact_value values[], const struct evidence *ev,
    const struct verdict *v, struct pool *pool)
{
	put_word(values, FACT_ACTION, verdict_action_name(v->action));
	put_word(values, FACT_WOULD, verdict_action_name(v->would));
	put_word(values, FACT_RULE, rule_name(v->rule));
	put_text(values, FACT_REASON, reason(ev, v, pool), pool);
	put_word(values, FACT_DISPOSITION, disposition(ev, v));
	put_text(values, FACT_DEPARTURES, departures(ev, v, pool), pool);
	if (v->override != NULL)
		put_text(values, FACT_OVERRIDE, override(v->override, pool), pool);
}

static void
fill_dmarc(struct fact_value values[], const struct dmarc_evidence *d)
{
	bool judged = d->result == DMARC_PASS || d->result == DMARC_FAIL;
	bool known = judged || d->policy_known;

	put_word(values, FACT_DMARC, evidence_dmarc_name(d->result));
	put_number(values, FACT_POLICY_KNOWN, known);
	if (known) {
		put_word(values, FACT_POLICY, evidence_policy_name(d->policy));
		put_word(values, FACT_PUBLISHED, evidence_policy_name(d->published));
		put_word(values, FACT_TAG, evidence_tag_name(d->tag));
	}
	put_number(values, FACT_TEST_MODE, d->test_mode);
	put_number(values, FACT_SAMPLED_OUT, d->sampled_out);
	put_number(values, FACT_PCT_ZERO, d->pct_zero);
	put_number(values, FACT_SPF_ALIGNED, d->spf_aligned);
	put_number(values, FACT_DKIM_ALIGNED, d->dkim_aligned);
	put_word(values, FACT_DMARC_SEC, evidence_dns_sec_name(d->dns_sec));
}

static void
fill_spf(struct fact_value values[], const struct spf_evidence *spf, struct pool *pool)
{
	put_word(values, FACT_SPF, evidence_spf_name(spf->result));
	put_text(values, FACT_SPF_DOMAIN, spf->domain, pool);
	put_word(values, FACT_SPF_SCOPE, spf->scope == SPF_HELO ? "helo" : "mfrom");
	put_text(values, FACT_SPF_REASON, spf->reason, pool);
	put_word(values, FACT_SPF_SEC, evidence_dns_sec_name(spf->dns_sec));
}

/* How a signature stands to the author: strict, relaxed, not aligned, not asked. */
static char
alignment_letter(const struct evidence *ev, const struct dkim_evidence *sig)
{
	if (*sig->domain == '\0' || *ev->from.domain == '\0')
		return '-';
	if (strcmp(sig->domain, ev->from.domain) == 0)
		return 's';
	for (size_t i = 0; i < ev->dmarc.step_count; i++) {
		const struct dmarc_step *step = &ev->dmarc.steps[i];

		if (strcmp(step->what, "dkim") == 0 &&
		    strcmp(step->name, sig->domain) == 0)
			return strncmp(step->outcome, "aligned", 7) == 0 ? 'r' : 'n';
	}
	return '-';
}

/* RFC 9990 section 3.1.3: which come first in a report that has no room for all. */
static int
rank(const struct dkim_evidence *sig, char alignment)
{
	if (sig->result != DKIM_PASS)
		return 3;
	switch (alignment) {
	case 's':
		return 0;
	case 'r':
		return 1;
	default:
		return 2;
	}
}

static void
put_signature(struct json_text *j, const struct dkim_evidence *sig, char alignment,
    struct pool *pool)
{
	const char aligned[] = { alignment, '\0' };

	json_text_array(j, NULL);
	json_text_string(j, NULL, evidence_dkim_name(sig->result));
	json_text_string(j, NULL, printable(sig->domain, pool));
	json_text_string(j, NULL, printable(sig->selector, pool));
	json_text_string(j, NULL, printable(sig->algorithm, pool));
	json_text_number(j, NULL, sig->key_bits);
	json_text_string(j, NULL, aligned);
	json_text_string(j, NULL, evidence_dns_sec_name(sig->dns_sec));
	json_text_string(j, NULL, printable(sig->reason, pool));
	json_text_array_end(j);
}

static void
fill_signatures(struct fact_value values[], const struct evidence *ev, struct pool *pool)
{
	static const int ranks = 4;
	const size_t count = ev->dkim_count;
	char *letters = pool_alloc(pool, count);
	struct text text = { 0 };
	struct json_text j = { .out = &text };

	for (size_t i = 0; i < count; i++)
		letters[i] = alignment_letter(ev, &ev->dkim[i]);
	json_text_array(&j, NULL);
	for (int r = 0; r < ranks; r++) {
		for (size_t i = 0; i < count; i++) {
			if (rank(&ev->dkim[i], letters[i]) == r)
				put_signature(&j, &ev->dkim[i], letters[i], pool);
		}
	}
	json_text_array_end(&j);
	put_text(values, FACT_SIGNATURES, to_pool(&text, pool), pool);
}

static void
fill_record(struct fact_value values[], const struct config *config,
    const struct dmarc_evidence *d, struct pool *pool)
{
	if (d->record_domain == NULL || d->record == NULL)
		return;
	put_text(values, FACT_RECORD_DOMAIN, d->record_domain, pool);
	put_text(values, FACT_RECORD, d->record, pool);
	put_word(
	    values, FACT_METHOD, config->discovery == CONFIG_PSL ? "psl" : "treewalk");
	put_text(values, FACT_ORG_DOMAIN, d->org_domain, pool);
}

void
fact_fill(struct fact_value values[FACT_VALUES], const struct config *config,
    const struct evidence *ev, const struct verdict *verdict, struct pool *pool)
{
	fill_sender(values, ev, pool);
	fill_lists(values, ev, pool);
	fill_verdict(values, ev, verdict, pool);
	fill_dmarc(values, &ev->dmarc);
	fill_spf(values, &ev->spf, pool);
	fill_signatures(values, ev, pool);
	fill_record(values, config, &ev->dmarc, pool);
}
