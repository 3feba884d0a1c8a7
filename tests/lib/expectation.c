#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/pool.h"
#include "case.h"
#include "dns/question_name.h"
#include "dns/questions.h"
#include "expectation.h"
#include "mail/evidence.h"
#include "outcome/outcome_line.h"
#include "policy/actions.h"
#include "policy/rule.h"
#include "policy/verdict.h"
#include "session.h"

#define LINE_SIZE 1024

/* What an expectation is held against: a word for each key. */

static const struct evidence *
evidence(const struct expectation_message *m)
{
	return session_evidence(m->session);
}

static const char *
get_action(const struct expectation_message *m)
{
	return m->ignored ? "accept" : verdict_action_name(m->actions->action);
}

static const char *
get_would(const struct expectation_message *m)
{
	return verdict_action_name(session_verdict(m->session)->would);
}

static const char *
get_rule(const struct expectation_message *m)
{
	return rule_name(
	    m->ignored ? RULE_IGNORED_CLIENT : session_verdict(m->session)->rule);
}

static const char *
get_reason(const struct expectation_message *m)
{
	const char *reason = session_verdict(m->session)->reason;

	return reason != NULL ? reason : "";
}

static const char *
get_from(const struct expectation_message *m)
{
	const struct from_evidence *from = &evidence(m)->from;

	return from->status == FROM_OK ? from->domain : evidence_from_name(from->status);
}

static const char *
get_dmarc(const struct expectation_message *m)
{
	return evidence_dmarc_name(evidence(m)->dmarc.result);
}

static const char *
get_policy(const struct expectation_message *m)
{
	return evidence_policy_name(evidence(m)->dmarc.policy);
}

static const char *
get_record(const struct expectation_message *m)
{
	const char *domain = evidence(m)->dmarc.record_domain;

	return domain != NULL ? domain : "none";
}

/* What RelayResults came to: unasked, read, or why ours hold. */
static const char *
get_relay_results(const struct expectation_message *m)
{
	const struct relay_evidence *relay = &evidence(m)->relay;
	const char *name = evidence_relay_results_name(relay->results);

	if (relay->results_reason != NULL)
		return relay->results_reason;
	return name != NULL ? name : "unasked";
}

static const char *
get_spf(const struct expectation_message *m)
{
	return evidence_spf_name(evidence(m)->spf.result);
}

static const char *
get_spf_domain(const struct expectation_message *m)
{
	return evidence(m)->spf.domain;
}

static const char *
get_spf_helo(const struct expectation_message *m)
{
	return evidence(m)->has_spf_helo ? evidence_spf_name(evidence(m)->spf_helo.result)
					 : "unasked";
}

/* The result of each signature, in header order. */
static const char *
get_dkim(const struct expectation_message *m)
{
	const struct evidence *ev = evidence(m);
	const char *list = "";

	for (size_t i = 0; i < ev->dkim_count; i++)
		list = pool_printf(m->pool, "%s%s%s", list, i > 0 ? "," : "",
		    evidence_dkim_name(ev->dkim[i].result));
	return ev->dkim_count > 0 ? list : "none";
}

const char *
expectation_reply(const struct expectation_message *m)
{
	const struct reply *reply = &m->actions->reply;

	return reply->code == NULL ? ""
				   : pool_printf(m->pool, "%s %s %s", reply->code,
					 reply->enhanced, reply->text);
}

static const char *
get_removed(const struct expectation_message *m)
{
	const char *list = "";

	for (size_t i = 0; i < m->actions->remove_count; i++)
		list = pool_printf(m->pool, "%s%s%s:%d", list, i > 0 ? " " : "",
		    m->actions->remove[i].name, m->actions->remove[i].nth);
	return *list != '\0' ? list : "none";
}

/* All that is put in, unfolded, one a line. */
const char *
expectation_insert(const struct expectation_message *m)
{
	const char *list = "";
	char *text;

	for (size_t i = 0; i < m->actions->insert_count; i++) {
		const struct header_insertion *h = &m->actions->insert[i];

		text = pool_printf(m->pool, "%s:%s", h->name, h->value);
		for (char *p = text; (p = strchr(p, '\n')) != NULL;)
			memmove(p, p + 1, strlen(p));
		list = pool_printf(m->pool, "%s%s\n", list, text);
	}
	return list;
}

static const char *
get_log(const struct expectation_message *m)
{
	char *line = pool_alloc(m->pool, LINE_SIZE);

	outcome_line(evidence(m), session_verdict(m->session), line, LINE_SIZE);
	return line;
}

static const char *
get_asked(const struct expectation_message *m)
{
	size_t count;
	const struct question *all =
	    questions_list(session_questions(m->session), &count);
	const char *list = "";

	for (size_t i = 0; i < count; i++)
		list = pool_printf(m->pool, "%s%s %s\n", list, all[i].name,
		    question_name_of_type(all[i].type));
	return list;
}

/* ${wanted}: one word, or several of which one will do, "reject|hold". */
static bool
is_equal(const char *is, const char *wanted)
{
	size_t n = strlen(is);

	for (const char *p = wanted; p != NULL; p = strchr(p, '|')) {
		p += *p == '|';
		if (strncasecmp(p, is, n) == 0 && (p[n] == '\0' || p[n] == '|'))
			return true;
	}
	return false;
}

static bool
is_within(const char *is, const char *wanted)
{
	return *wanted == '\0' ? *is != '\0' : strstr(is, wanted) != NULL;
}

/* As many lines as wanted at most. */
static bool
is_at_most(const char *is, const char *wanted)
{
	long lines = 0;

	for (; *is != '\0'; is++)
		lines += *is == '\n';
	return lines <= strtol(wanted, NULL, 10);
}

static const struct known {
	const char *key;
	const char *(*get)(const struct expectation_message *m);
	bool (*holds)(const char *is, const char *wanted);
	bool always; /* also for a message of an ignored client */
} all_known[] = {
	{ "action", get_action, is_equal, true },
	{ "asked", get_asked, is_within, false },
	{ "dkim", get_dkim, is_equal, false },
	{ "dmarc", get_dmarc, is_equal, false },
	{ "from", get_from, is_equal, false },
	{ "insert", expectation_insert, is_within, false },
	{ "log", get_log, is_within, false },
	{ "policy", get_policy, is_equal, false },
	{ "questions", get_asked, is_at_most, false },
	{ "reason", get_reason, is_within, false },
	{ "record", get_record, is_equal, false },
	{ "relay-results", get_relay_results, is_within, false },
	{ "removed", get_removed, is_equal, false },
	{ "reply", expectation_reply, is_within, false },
	{ "rule", get_rule, is_equal, true },
	{ "spf", get_spf, is_equal, false },
	{ "spf-domain", get_spf_domain, is_equal, false },
	{ "spf-helo", get_spf_helo, is_equal, false },
	{ "would", get_would, is_equal, false },
};

const char *
expectation_broken(const struct expectation_message *m, const struct case_expect *x)
{
	for (size_t i = 0; i < sizeof all_known / sizeof *all_known; i++) {
		const struct known *known = &all_known[i];
		const char *is;

		if (strcmp(known->key, x->key) != 0)
			continue;
		if (m->ignored && !known->always)
			return pool_printf(
			    m->pool, "%s: the message was not looked at", x->key);
		is = known->get(m);
		if (known->holds(is, x->value) != x->negated)
			return NULL;
		return pool_printf(m->pool, "expected %s%s %s, is: %s",
		    x->negated ? "not " : "", x->key, x->value, is);
	}
	return pool_printf(m->pool, "unknown expectation %s", x->key);
}
