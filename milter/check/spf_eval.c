#include <string.h>

#include "base/pool.h"
#include "check/spf.h"
#include "check/spf_canon.h"
#include "check/spf_dns.h"
#include "check/spf_eval.h"
#include "check/spf_expand.h"
#include "check/spf_trace.h"
#include "dns/rdata.h"
#include "mail/near_record.h"
#include "mail/spf_record.h"

/* RFC 7208 section 4.6.4 */
#define LOOKUPS_MAX 10
#define MX_MAX 10

struct spf_eval {
	const struct spf_identity *identity;
	struct pool *pool;
	struct spf_dns dns;
	struct spf_trace trace;
	struct spf_evidence finding;
	bool over;
	struct spf_frame frames[LOOKUPS_MAX + 1]; /* each but the first is a lookup */
	size_t frame_count;
	const char *hosts[MX_MAX]; /* of the mx at work; NULL: a bad name */
	size_t host_count;
	const char *near; /* what stands in the place of a record; NULL */
};

/* The first reason holds: what follows is only the library unwinding. */
static void
stop(struct spf_eval *e, enum spf_result result, const char *reason)
{
	if (e->over)
		return;
	e->over = true;
	e->finding.result = result;
	e->finding.reason = reason;
	spf_trace_stop(&e->trace, reason);
}

static void
stop_for_dns(struct spf_eval *e, const struct dns_answer *answer)
{
	const char *why = answer->reason != NULL ? answer->reason : "no answer";

	/* The sender would come again for ever (RFC 7208 section 4.4 means what passes).
	 */
	if (answer->too_large) {
		stop(e, SPF_PERMERROR, why);
		return;
	}
	stop(e, SPF_TEMPERROR, pool_printf(e->pool, "DNS failed: %s", why));
}

/* Errors and void lookups of a term's own question.  False: there is no record. */
static bool
has_records(struct spf_eval *e, const struct dns_answer *answer)
{
	if (answer->status == DNS_FOUND)
		return true;
	if (spf_dns_has_failed(answer))
		stop_for_dns(e, answer);
	else if (++e->finding.void_lookups > e->identity->void_lookups_max)
		stop(e, SPF_PERMERROR, "too many lookups that found nothing");
	return false;
}

struct spf_eval *
spf_eval_new(struct questions *q, const struct spf_identity *identity, struct pool *pool)
{
	struct spf_eval *e = pool_alloc(pool, sizeof *e);

	e->identity = identity;
	e->finding.void_lookups_max = identity->void_lookups_max;
	e->pool = pool;
	e->dns =
	    (struct spf_dns){ .questions = q, .client = identity->client, .pool = pool };
	e->trace = (struct spf_trace){ .client = identity->client, .pool = pool };
	return e;
}

void
spf_eval_give_up(struct spf_eval *e, const char *reason)
{
	stop(e, SPF_TEMPERROR, reason);
}

/*
 * The token's term begins: it counts and is told.  Returns the domain that it asks
 * for, as the macros gave it, and *name, the same to be asked for; NULL: all is over.
 */
static const char *
begin_term(struct spf_eval *e, const struct spf_token *token, const char **name)
{
	struct spf_frame *frame = &e->frames[token->frame];
	const struct spf_term *term = &frame->record.terms[token->term];
	const char *domain = frame->domain;

	/* Before the macros: %{p} asks DNS, too. */
	if (++e->finding.lookups > LOOKUPS_MAX) {
		spf_trace_term(&e->trace, frame, token->term, NULL, false);
		stop(e, SPF_PERMERROR, "more than 10 terms that ask DNS");
		return NULL;
	}
	if (term->domain != NULL)
		domain =
		    spf_expand_domain(&e->dns, e->identity, frame->domain, term->domain);
	*name = spf_dns_name(&e->dns, domain);
	spf_trace_term(&e->trace, frame, token->term,
	    spf_dns_told(&e->dns, *name, domain), spf_trace_holds_local(frame, term));
	return domain;
}

/* A token of ours, with its term there.  False: the library made it up. */
static bool
read_token(struct spf_eval *e, const char *text, struct spf_token *token)
{
	if (spf_canon_read(text, token) && token->frame < e->frame_count &&
	    token->term < e->frames[token->frame].record.count &&
	    spf_trace_is_open(&e->trace, &e->frames[token->frame]))
		return true;
	spf_eval_give_up(e, "libspf2 asked for a name of its own");
	return false;
}

/* Where there is no record: the first text that looks like one. */
static void
find_near(struct spf_eval *e, const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->count && e->near == NULL; i++) {
		size_t len;
		const char *text = rdata_txt(&answer->records[i], &len, e->pool);

		if (text != NULL && near_record_is_spf(text, len))
			e->near = near_record_quote(text, len, e->pool);
	}
}

/* The one SPF record among the TXT records (RFC 7208 section 4.5). */
static bool
select_record(
    struct spf_eval *e, const struct dns_answer *answer, struct spf_frame *frame)
{
	const char *found = NULL;
	size_t found_len = 0;

	for (size_t i = 0; i < answer->count; i++) {
		size_t len;
		const char *text = rdata_txt(&answer->records[i], &len, e->pool);

		if (text == NULL || !spf_record_is(text, len))
			continue;
		if (found != NULL) {
			stop(e, SPF_PERMERROR, "several SPF records");
			return false;
		}
		found = text;
		found_len = len;
	}
	if (found == NULL) {
		find_near(e, answer);
		return false;
	}
	frame->record = spf_record_parse(found, found_len, e->pool);
	return true;
}

/* Whose record, in a reason: that is logged and replied, and local parts are not. */
static const char *
whose(struct spf_eval *e, const struct spf_frame *frame)
{
	if (frame->holds_local)
		return "a name with the local part in it";
	return near_record_quote(frame->name, strlen(frame->name), e->pool);
}

/* RFC 7208 sections 5.2 and 6.1: none is an error where a record leads there. */
static void
stop_for_none(struct spf_eval *e, const struct spf_frame *frame)
{
	const char *which = whose(e, frame);

	if (e->near != NULL)
		which = pool_printf(
		    e->pool, "%s (but a TXT record that is not one: %s)", which, e->near);
	if (frame->via == NULL && e->near != NULL)
		stop(e, SPF_NONE,
		    pool_printf(e->pool,
			"no SPF record, but a TXT record that is not one: %s", e->near));
	else if (frame->via == NULL)
		stop(e, SPF_NONE, "no SPF record");
	else if (frame->via->kind == SPF_TERM_INCLUDE)
		stop(e, SPF_PERMERROR,
		    pool_printf(
			e->pool, "an included domain has no SPF record: %s", which));
	else
		stop(e, SPF_PERMERROR,
		    pool_printf(
			e->pool, "the redirect leads to no SPF record: %s", which));
}

/* RFC 7208 section 4.6: whose record, and which term of it, so that it can be mended. */
static void
stop_for_syntax(struct spf_eval *e, const struct spf_frame *frame)
{
	const char *error = frame->record.error, *bad = frame->record.bad;

	if (bad != NULL)
		spf_trace_bad(&e->trace, frame, bad);
	if (bad != NULL && strncmp(error, "bad syntax", 10) == 0)
		error = pool_printf(e->pool, "bad syntax in the record of %s: %s",
		    whose(e, frame), near_record_quote(bad, strlen(bad), e->pool));
	stop(e, SPF_PERMERROR, error);
}

/* Fetches and reads the record of ${frame}'s domain.  False: it is all over. */
static bool
fetch_record(struct spf_eval *e, struct spf_frame *frame, const char *name)
{
	const struct dns_answer *answer;

	e->near = NULL;
	/* RFC 7208 section 4.3: malformed, or a single label. */
	if (name == NULL || strchr(name, '.') == NULL) {
		stop_for_none(e, frame);
		return false;
	}
	answer = spf_dns_ask(&e->dns, name, DNS_TXT);
	/* That the first domain has none is no void lookup of a term. */
	if (frame->via != NULL || spf_dns_has_failed(answer))
		has_records(e, answer);
	if (e->over)
		return false;
	if (!select_record(e, answer, frame)) {
		stop_for_none(e, frame);
		return false;
	}
	if (frame->record.error != NULL) {
		stop_for_syntax(e, frame);
		return false;
	}
	return true;
}

/* Whose record a token leads to.  False: it is all over. */
static bool
begin_record(
    struct spf_eval *e, const char *text, struct spf_frame *frame, const char **name)
{
	struct spf_token token;

	if (e->over)
		return false;
	if (e->frame_count == 0) {
		frame->domain = e->identity->domain;
		*name = spf_dns_name(&e->dns, frame->domain);
	} else {
		if (!read_token(e, text, &token))
			return false;
		frame->via = &e->frames[token.frame].record.terms[token.term];
		frame->domain = begin_term(e, &token, name);
		if (frame->domain == NULL)
			return false;
		frame->holds_local =
		    spf_trace_holds_local(&e->frames[token.frame], frame->via);
	}
	frame->name = spf_dns_told(&e->dns, *name, frame->domain);
	return true;
}

const char *
spf_eval_record(struct spf_eval *e, const char *text)
{
	struct spf_frame frame = { 0 };
	size_t number = e->frame_count;
	const char *name;

	if (!begin_record(e, text, &frame, &name) || !fetch_record(e, &frame, name))
		return NULL;
	e->frames[number] = frame;
	e->frame_count++;
	spf_trace_open(&e->trace, &e->frames[number]);
	return spf_canon_record(&frame.record, number, &e->identity->client, e->pool);
}

static struct spf_reply
one_record(const struct dns_record *record)
{
	return (struct spf_reply){ .count = record != NULL, .records = record };
}

/* Our own octets as an answer. */
static const struct dns_record *
made_record(struct spf_eval *e, const void *data, size_t len)
{
	struct dns_record *record = pool_alloc(e->pool, sizeof *record);

	record->data = (const uint8_t *)pool_strndup(e->pool, data, len);
	record->len = len;
	return record;
}

/*
 * Of many addresses the library gets the one that matters: where one matches, that
 * one.  A prefix of 0, which it does not take, is the client's own address.
 */
static struct spf_reply
addresses(
    struct spf_eval *e, const struct dns_answer *answer, const struct spf_term *term)
{
	const struct ip *client = &e->identity->client;
	bool v4 = client->family == IP_V4, covers;
	unsigned prefix = v4 ? term->prefix4 : term->prefix6;
	const struct dns_record *record;

	record = spf_dns_address(&e->dns, answer, prefix, &covers);
	if (!covers)
		return one_record(record);
	spf_trace_match(&e->trace);
	if (prefix == 0)
		record = made_record(e, client->octets, v4 ? 4 : 16);
	return one_record(record);
}

static const struct dns_answer *
ask_address(struct spf_eval *e, const char *name)
{
	bool v4 = e->identity->client.family == IP_V4;

	return spf_dns_ask(&e->dns, name, v4 ? DNS_A : DNS_AAAA);
}

static struct spf_reply
look_up_a(struct spf_eval *e, const char *name, const struct spf_term *term)
{
	const struct dns_answer *answer = ask_address(e, name);

	if (!has_records(e, answer))
		return (struct spf_reply){ .over = e->over };
	return addresses(e, answer, term);
}

/* The hosts of an mx, as tokens that the library looks up next. */
static struct spf_reply
look_up_mx(struct spf_eval *e, const char *name, const struct spf_token *token)
{
	const struct dns_answer *answer = spf_dns_ask(&e->dns, name, DNS_MX);
	struct dns_record *records;

	e->host_count = 0;
	if (!has_records(e, answer))
		return (struct spf_reply){ .over = e->over };
	if (answer->count > MX_MAX) {
		stop(e, SPF_PERMERROR, "more than 10 MX records");
		return (struct spf_reply){ .over = true };
	}
	records = pool_alloc(e->pool, answer->count * sizeof *records);
	for (size_t i = 0; i < answer->count; i++) {
		const char *text = spf_canon_host(token, i, e->pool);
		const char *host = rdata_mx(&answer->records[i], NULL, e->pool);

		/* "." is no host (RFC 7505). */
		if (host != NULL && strcmp(host, ".") == 0)
			host = NULL;
		e->hosts[i] = host;
		records[i].data = (const uint8_t *)text;
		records[i].len = strlen(text) + 1;
	}
	e->host_count = answer->count;
	return (struct spf_reply){ .count = answer->count, .records = records };
}

/* One host of the mx at work; that it has no address is no void lookup of a term. */
static struct spf_reply
look_up_host(
    struct spf_eval *e, const struct spf_token *token, const struct spf_term *term)
{
	const struct dns_answer *answer;

	if (token->host >= e->host_count) {
		spf_eval_give_up(e, "libspf2 asked for a host of its own");
		return (struct spf_reply){ .over = true };
	}
	answer = ask_address(e, e->hosts[token->host]);
	if (spf_dns_has_failed(answer)) {
		stop_for_dns(e, answer);
		return (struct spf_reply){ .over = true };
	}
	return addresses(e, answer, term);
}

static struct spf_reply
matched(struct spf_eval *e)
{
	spf_trace_match(&e->trace);
	return one_record(made_record(e, "\177\0\0\2", 4));
}

static struct spf_reply
look_up_exists(struct spf_eval *e, const char *name)
{
	if (!has_records(e, spf_dns_ask(&e->dns, name, DNS_A)))
		return (struct spf_reply){ .over = e->over };
	return matched(e);
}

/* RFC 7208 section 5.5: a DNS error is no match. */
static struct spf_reply
look_up_ptr(struct spf_eval *e, const char *domain)
{
	const struct dns_answer *names = spf_dns_names(&e->dns);

	if (spf_dns_has_failed(names) || !has_records(e, names))
		return (struct spf_reply){ .over = e->over };
	if (!spf_dns_is_below(&e->dns, names, domain))
		return (struct spf_reply){ 0 };
	return matched(e);
}

struct spf_reply
spf_eval_lookup(struct spf_eval *e, const char *text)
{
	const struct spf_term *term;
	struct spf_token token;
	const char *domain, *name;

	if (e->over || !read_token(e, text, &token))
		return (struct spf_reply){ .over = true };
	term = &e->frames[token.frame].record.terms[token.term];
	if (token.is_host)
		return look_up_host(e, &token, term);
	domain = begin_term(e, &token, &name);
	if (domain == NULL)
		return (struct spf_reply){ .over = true };
	switch (term->kind) {
	case SPF_TERM_A:
		return look_up_a(e, name, term);
	case SPF_TERM_MX:
		return look_up_mx(e, name, &token);
	case SPF_TERM_PTR:
		return look_up_ptr(e, domain);
	default:
		return look_up_exists(e, name);
	}
}

/* What a qualifier means (RFC 7208 section 4.6.2). */
static void
conclude(struct spf_evidence *finding, char qualifier)
{
	switch (qualifier) {
	case '+':
		finding->result = SPF_PASS;
		return;
	case '-':
		finding->result = SPF_FAIL;
		finding->reason = "the domain does not permit this client";
		return;
	case '~':
		finding->result = SPF_SOFTFAIL;
		finding->reason = "the domain probably does not permit this client";
		return;
	default:
		finding->result = SPF_NEUTRAL;
		finding->reason = "the domain says nothing about this client";
		return;
	}
}

struct spf_evidence
spf_eval_end(struct spf_eval *e, char qualifier)
{
	char ours = spf_trace_end(&e->trace, e->frame_count > 0 ? &e->frames[0] : NULL);

	/* Never soften: our own steps and the library must come to the same. */
	if (!e->over && ours != qualifier)
		stop(e, SPF_TEMPERROR, "libspf2 and its steps differ");
	if (!e->over)
		conclude(&e->finding, qualifier);
	e->finding.scope = e->identity->scope;
	e->finding.domain = e->identity->domain;
	e->finding.dns_sec = e->dns.sec;
	e->finding.steps = e->trace.steps;
	e->finding.step_count = e->trace.count;
	if (e->finding.result == SPF_FAIL)
		e->finding.explanation = spf_expand_explanation(
		    &e->dns, e->identity, &e->frames[0], &e->finding.local_name);
	return e->finding;
}
