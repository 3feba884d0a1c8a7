#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "authres_reader.h"
#include "base/ascii.h"
#include "base/pool.h"
#include "case.h"
#include "config/config.h"
#include "dns/questions.h"
#include "invariants.h"
#include "invariants_forward.h"
#include "invariants_relay.h"
#include "mail/address.h"
#include "mail/authres.h"
#include "mail/evidence.h"
#include "mail/from_guard.h"
#include "mail/header.h"
#include "mail/lexeme.h"
#include "mail/reply_text.h"
#include "outcome/outcome_line.h"
#include "policy/actions.h"
#include "session.h"

#define LOG_OCTETS 900
#define LINE_OCTETS 998   /* RFC 5322 section 2.1.1 */
#define RECORDS_MAX 11    /* RFC 7208 section 4.6.4: the first and ten terms */
#define QUESTIONS_MAX 250 /* of one message */
#define SIGNATURES_TOLD 100

/* One message under scrutiny. */
struct subject {
	const struct config *config;
	const struct evidence *ev;
	const struct verdict *verdict;
	const struct actions *actions;
	const char *header;
	const char *id; /* our authserv-id */
	struct pool *pool;
};

static bool
is_printable(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			return false;
	}
	return true;
}

const char *
invariants_broken_line(const char *line)
{
	if (strlen(line) > LOG_OCTETS)
		return "the log line is too long";
	return is_printable(line) ? NULL : "the log line is not printable";
}

static bool
is_refused(const struct subject *s)
{
	return s->actions->action == ACTION_REJECT ||
	       s->actions->action == ACTION_TEMPFAIL;
}

/* How many signatures pass, and is one the author's own? */
static size_t
count_passes(const struct evidence *ev, bool *own)
{
	size_t passes = 0;

	*own = false;
	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (ev->dkim[i].result != DKIM_PASS)
			continue;
		passes++;
		*own = *own || strcmp(ev->dkim[i].domain, ev->from.domain) == 0;
	}
	return passes;
}

static const char *
check_verdict(const struct subject *s)
{
	const struct verdict *v = s->verdict;
	bool monitor = s->config->mode == CONFIG_MONITOR;

	if (v->action > ACTION_TEMPFAIL || v->would > ACTION_TEMPFAIL)
		return "an action that there is not";
	if (s->actions->action != v->action)
		return "done is something else than decided";
	if (monitor ? v->action != ACTION_ACCEPT : v->action != v->would)
		return "the action does not fit the mode";
	if (v->would == ACTION_REJECT && s->ev->relay.is_relay)
		return "a relay is refused";
	if (v->rule >= RULE_COUNT)
		return "a rule that there is not";
	if (!v->relay_spared && (rule_row(v->rule)->may & RULE_ACTION(v->would)) == 0)
		return "an action that its rule does not lead to";
	return NULL;
}

static const char *
check_reply(const struct subject *s)
{
	const struct actions *a = s->actions;
	const struct reply *reply = &a->reply;
	char wanted = a->action == ACTION_REJECT ? '5' : '4';

	if (!is_refused(s))
		return reply->code == NULL ? NULL : "accepted with a reply";
	if (reply->code == NULL || reply->enhanced == NULL || reply->text == NULL)
		return "refused without a reply";
	if (reply->code[0] != wanted || reply->enhanced[0] != wanted)
		return "refused with a reply of another class";
	if (*reply->text == '\0' || strlen(reply->text) > REPLY_TEXT_MAX ||
	    !is_printable(reply->text))
		return "the reply's text is not one line of text";
	if (a->insert_count > 0 || a->remove_count > 0 || a->hold != NULL)
		return "a refused message is edited";
	return NULL;
}

/* A value that is put in: every LF is a fold with something behind it. */
static bool
is_field_value(const char *value)
{
	const char *line = value;

	if (*value != ' ')
		return false;
	for (const char *p = value; *p != '\0'; p++) {
		if ((*p < ' ' || *p > '~') && *p != '\n')
			return false;
		if (*p != '\n')
			continue;
		if (p[1] != ' ' || p[2] <= ' ' || p - line > LINE_OCTETS)
			return false;
		line = p + 1;
	}
	return strlen(line) <= LINE_OCTETS;
}

static bool
is_same_id(const struct subject *s, const char *id)
{
	const char *domain, *ours;

	if (strcasecmp(id, s->id) == 0)
		return true;
	domain = address_domain(id, strlen(id), s->pool);
	ours = address_domain(s->id, strlen(s->id), s->pool);
	return domain != NULL && ours != NULL && strcmp(domain, ours) == 0;
}

static bool
ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* Our results, read by a reader that shares nothing with their writer. */
static const char *
check_results(const struct subject *s, const char *value)
{
	const struct authres_reading *r = authres_reader_read(value, s->pool);
	const struct evidence *ev = s->ev;
	size_t methods = 2 + ev->has_spf_helo + (ev->dkim_count > 0 ? ev->dkim_count : 1);
	const char *from;

	if (r == NULL)
		return "our results cannot be read";
	if (strcmp(r->id, "unknown") != 0 && !is_same_id(s, r->id))
		return "our results have another id";
	/* Signatures that do not fit are counted, and those that pass come first. */
	if (ends_in(value, "signatures)")) /* a fold may stand before it */
		return r->count < methods ? NULL : "nothing was left out of our results";
	if (r->count != methods || strcmp(r->methods[0].method, "dmarc") != 0 ||
	    strcmp(r->methods[1].method, "spf") != 0)
		return "our results are not those that there are";
	if (strcmp(r->methods[0].result, evidence_dmarc_name(ev->dmarc.result)) != 0 ||
	    strcmp(r->methods[1].result, evidence_spf_name(ev->spf.result)) != 0)
		return "our results say something else";
	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (strcmp(r->methods[2 + ev->has_spf_helo + i].result,
			evidence_dkim_name(ev->dkim[i].result)) != 0)
			return "a signature's result says something else";
	}
	from = authres_reader_property(&r->methods[0], "header.from");
	if (evidence_has_author(ev) &&
	    (from == NULL || strcmp(from, ev->from.domain) != 0))
		return "our results name another author";
	return NULL;
}

static const char *
check_insertions(const struct subject *s)
{
	const struct actions *a = s->actions;

	if ((a->action == ACTION_HOLD) != (a->hold != NULL))
		return "hold and action do not agree";
	if (a->hold != NULL && !is_printable(a->hold))
		return "the reason of the hold is not printable";
	for (size_t i = 0; i < a->insert_count; i++) {
		if (!is_field_value(a->insert[i].value))
			return "what is put in is no field";
		if (a->insert[i].index != 0)
			return "a field is not put on top";
	}
	if (is_refused(s) || s->ev->exemption != EXEMPT_NO)
		return a->insert_count == 0 ? NULL : "a field is put in";
	if (a->insert_count == 0 ||
	    strcmp(a->insert[a->insert_count - 1].name, "Authentication-Results") != 0)
		return "our results are not on top";
	if (strlen(a->insert[a->insert_count - 1].value) >
	    AUTHRES_MAX + AUTHRES_COUNT_MAX)
		return "our results are too long";
	return check_results(s, a->insert[a->insert_count - 1].value);
}

static bool
is_removed(const struct subject *s, int nth)
{
	for (size_t i = 0; i < s->actions->remove_count; i++) {
		if (s->actions->remove[i].nth == nth)
			return true;
	}
	return false;
}

static bool
is_domain(const struct subject *s, const char *id)
{
	return address_domain(id, strlen(id), s->pool) != NULL;
}

/* A name that every reader reads as it stands: what has other octets, as "'a.example"
 * has, may be read as ours by some reader and may go. */
static bool
is_plain_name(const char *id)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	return ascii_is_alpha(*id) && id[strspn(id, plain)] == '\0';
}

/* Must one that says so go, must it stay, or is it one of those that may? */
static const char *
check_claim(const struct subject *s, const char *name, const char *value, int nth)
{
	const struct authres_reading *r = authres_reader_read(value, s->pool);
	bool ours, removed = is_removed(s, nth);

	if (r == NULL)
		return NULL;
	ours = is_same_id(s, r->id);
	/* Of a flood that is let in, Mode monitor, only so many can be removed. */
	if (ours && !removed && !s->ev->headers->flood)
		return "a forged result stays";
	/* A line that an MTA breaks may begin with any id then. */
	if (from_guard_is_long(name, value))
		return NULL;
	if (ours || !removed)
		return NULL;
	if (lexeme_is_ascii(value, strlen(value))
		? is_plain_name(r->id)
		: nth <= HEADER_COMPARED_MAX && is_domain(s, r->id) &&
		      strpbrk(r->id, "/<>()%,;\"\\ \t") == NULL)
		return "a result of somebody else is removed";
	return NULL;
}

static bool
is_results_field(const char *name)
{
	static const char results[] = "Authentication-Results";
	size_t len = strlen(results);

	return strncasecmp(name, results, len) == 0 &&
	       name[len + strspn(name + len, " \t")] == '\0';
}

/* Nobody knows what a signature says of fields that were not kept. */
static const char *
check_kept(const struct subject *s)
{
	const char *rest = s->header, *name, *value;
	size_t count = 0;
	bool own;

	while (case_next_field(&rest, s->pool, &name, &value))
		count++;
	if (count > s->ev->headers->count && count_passes(s->ev, &own) > 0)
		return "a signature passes over a header that was not kept";
	return NULL;
}

static const char *
check_removals(const struct subject *s)
{
	const char *rest = s->header, *name, *value, *broken = NULL;
	int count = 0;

	if (is_refused(s)) /* check_reply(): not edited */
		return NULL;
	while (broken == NULL && case_next_field(&rest, s->pool, &name, &value)) {
		if (is_results_field(name)) {
			count++;
			broken = check_claim(s, name, value, count);
		}
	}
	for (size_t i = 0; i < s->actions->remove_count; i++) {
		const struct header_removal *r = &s->actions->remove[i];

		if (!is_results_field(r->name) || r->nth < 1 || r->nth > count)
			return "a field that is not there is removed";
		if (i > 0 && r->nth >= s->actions->remove[i - 1].nth)
			return "removals are not from the highest down";
	}
	if (s->ev->headers->flood && s->actions->remove_count != HEADER_FORGED_MAX)
		return "not all is removed that can be";
	return broken;
}

static bool
is_aligned(const struct subject *s, const char *domain, bool strict)
{
	const char *author = s->ev->from.domain, *org = s->ev->dmarc.org_domain;

	if (strcmp(domain, author) == 0)
		return true;
	return !strict && org != NULL && address_is_within(domain, org) &&
	       address_is_within(author, org);
}

/* Whether something passed for the author, by the findings alone. */
static bool
may_pass(const struct subject *s)
{
	const struct evidence *ev = s->ev;

	if (ev->spf.result == SPF_PASS &&
	    is_aligned(s, ev->spf.domain, ev->dmarc.strict_spf))
		return true;
	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (ev->dkim[i].result == DKIM_PASS &&
		    is_aligned(s, ev->dkim[i].domain, ev->dmarc.strict_dkim))
			return true;
	}
	return false;
}

static bool
passes_by_name(const struct evidence *ev)
{
	bool own;

	(void)count_passes(ev, &own);
	return own || (ev->spf.result == SPF_PASS &&
			  strcmp(ev->spf.domain, ev->from.domain) == 0);
}

/* By the names alone; and is it one that may be trusted? */
static bool
is_list_signed(const struct subject *s, const char *list)
{
	const struct wordlist *trusted = &s->config->trusted_lists;
	bool counts = trusted->count == 0;

	if (list == NULL)
		return false;
	for (size_t i = 0; i < trusted->count; i++)
		counts = counts || address_is_within(list, trusted->words[i]);
	for (size_t i = 0; counts && i < s->ev->dkim_count; i++) {
		const struct dkim_evidence *d = &s->ev->dkim[i];

		if (d->result == DKIM_PASS && strchr(list, '.') != NULL &&
		    strchr(d->domain, '.') != NULL &&
		    (address_is_within(list, d->domain) ||
			address_is_within(d->domain, list)))
			return true;
	}
	return false;
}

static const char *
check_list_mail(const struct subject *s)
{
	const struct list_evidence *list = &s->ev->list;

	if (s->verdict->rule != RULE_MAILING_LIST)
		return NULL;
	if (!is_list_signed(s, list->id) && !is_list_signed(s, list->post))
		return "mail of a list that did not sign it";
	if (s->verdict->would == ACTION_ACCEPT && s->config->trusted_lists.count == 0)
		return "mail of a list that nobody named is not even marked";
	return NULL;
}

static const char *
check_forwarders(const struct subject *s)
{
	return invariants_forward_broken(s->config, s->ev, s->verdict);
}

static const char *
check_findings(const struct subject *s)
{
	const struct evidence *ev = s->ev;

	if (ev->exemption != EXEMPT_NO)
		return NULL;
	if (evidence_has_author(ev) != (*ev->from.domain != '\0'))
		return "an author without a domain, or none with one";
	if (ev->from.status == FROM_MALFORMED_ONE_DOMAIN &&
	    ev->dmarc.result == DMARC_FAIL)
		return "a malformed From counts without a pass";
	if (ev->from.status == FROM_NO_AUTHOR
		? ev->dmarc.result != DMARC_NONE
		: !evidence_has_author(ev) != (ev->dmarc.result == DMARC_PERMERROR))
		return "permerror means a bad From and nothing else";
	if (ev->dmarc.result == DMARC_PASS && !may_pass(s))
		return "DMARC passes, and nothing that passed is aligned";
	if (ev->dmarc.result == DMARC_FAIL && passes_by_name(ev))
		return "DMARC fails, although the author's own domain passed";
	if (ev->dmarc.judges_differ)
		return "libopendmarc is of another opinion";
	if (s->verdict->rule == RULE_DMARC_PASS && ev->dmarc.result != DMARC_PASS)
		return "accepted for a pass that is none";
	if (ev->spf.lookups > RECORDS_MAX ||
	    ev->spf.void_lookups > s->config->spf_void_lookups + 1)
		return "SPF asked too much";
	return NULL;
}

static const char *
check_bounds(const struct subject *s, const struct session *session)
{
	const struct header_list *headers = s->ev->headers;
	char line[LOG_OCTETS + 100];
	size_t asked;
	bool own;

	(void)questions_list(session_questions(session), &asked);
	if (asked > QUESTIONS_MAX)
		return "more questions than the budget has";
	if (headers->count > (size_t)s->config->maximum_headers ||
	    headers->bytes > (size_t)s->config->maximum_header_bytes)
		return "more of the header is kept than is allowed";
	if (s->ev->dkim_count > SIGNATURES_TOLD ||
	    count_passes(s->ev, &own) > (size_t)s->config->maximum_signatures)
		return "more signatures than are allowed";
	outcome_line(s->ev, s->verdict, line, sizeof line);
	return invariants_broken_line(line);
}

const char *
invariants_broken(const struct session *session, const struct config *config,
    const struct actions *actions, const char *header, struct pool *pool)
{
	static const char *(*const checks[])(const struct subject *) = {
		check_verdict,
		check_reply,
		check_insertions,
		check_removals,
		check_findings,
		check_list_mail,
		check_forwarders,
		check_kept,
	};
	const struct subject s = {
		.config = config,
		.ev = session_evidence(session),
		.verdict = session_verdict(session),
		.actions = actions,
		.header = header,
		.id = *config->authserv_id != '\0' ? config->authserv_id
						   : session_evidence(session)->host_name,
		.pool = pool,
	};
	const char *broken = check_bounds(&s, session);

	if (broken == NULL)
		broken = invariants_relay_broken(config, s.ev);

	for (size_t i = 0; broken == NULL && i < sizeof checks / sizeof *checks; i++)
		broken = checks[i](&s);
	return broken;
}
