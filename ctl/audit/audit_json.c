#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/pool.h"
#include "config.h"
#include "ctl/audit/audit_json.h"
#include "ctl/audit/audit_json_host.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/ncsc.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/result.h"
#include "ctl/audit/server.h"
#include "dns/question_name.h"

#define AUDIT_VERSION 1
#define DAY 86400
/* A key that is gone is remembered so long: it may come back. */
#define FORGET_DAYS 730

static void
put_time(struct json_text *j, const char *key, int64_t at)
{
	char text[EARLIER_TIME_SIZE];

	json_text_string(j, key, at != 0 ? earlier_time_text(at, text) : NULL);
}

static void
put_list(struct json_text *j, const char *key, const char *const *list, size_t count)
{
	json_text_array(j, key);
	for (size_t i = 0; i < count; i++)
		json_text_string(j, NULL, list[i]);
	json_text_array_end(j);
}

static void
put_check(struct json_text *j, const struct facts *f, const struct rules_check *c,
    struct pool *pool)
{
	json_text_object(j, NULL);
	json_text_string(j, "id", c->row->id);
	json_text_string(j, "level", rules_level_code(c->row->level));
	json_text_string(j, "text", result_text(c, pool));
	json_text_string(j, "mend", c->mend);
	json_text_array(j, "evidence");
	for (size_t i = 0; i < 2; i++) {
		size_t n = result_evidence(f, c->evidence[i]);

		if (n > 0)
			json_text_number(j, NULL, (int64_t)n);
	}
	json_text_array_end(j);
	json_text_object_end(j);
}

static void
put_explain(struct json_text *j, const struct rules_verdict *v)
{
	char until[16];

	if (v->explain == NULL) {
		json_text_null(j, "explain");
		return;
	}
	snprintf(until, sizeof until, "%04d-%02d-%02d", v->explain->until / 10000,
	    v->explain->until / 100 % 100, v->explain->until % 100);
	json_text_object(j, "explain");
	json_text_string(j, "reason", v->explain->reason);
	json_text_string(j, "until", until);
	json_text_bool(j, "expired", v->is_expired);
	json_text_object_end(j);
}

static void
put_changed(struct json_text *j, int from)
{
	if (from == -1) {
		json_text_null(j, "changed");
		return;
	}
	json_text_object(j, "changed");
	json_text_string(j, "from", rules_verdict_code((enum audit_verdict)from));
	json_text_object_end(j);
}

static void
put_verdict(struct json_text *j, const struct result *r, const struct facts *f,
    const struct rules_verdict *v, struct pool *pool)
{
	json_text_object(j, NULL);
	json_text_string(j, "rule", audit_rule_name(v->rule));
	json_text_string(j, "sort", audit_rule_sort_word(audit_rule_sort(v->rule)));
	json_text_string(j, "verdict", rules_verdict_code(v->verdict));
	json_text_string(
	    j, "phrase", v->phrase != NULL ? result_text(v->phrase, pool) : NULL);
	json_text_array(j, "checks");
	for (size_t i = 0; i < v->count; i++)
		put_check(j, f, &v->checks[i], pool);
	json_text_array_end(j);
	put_explain(j, v);
	put_changed(j, compare_before(r->earlier, f->domain, v));
	json_text_object_end(j);
}

static void
put_key(struct json_text *j, const struct facts_key *k)
{
	json_text_object(j, NULL);
	json_text_string(j, "selector", k->selector);
	json_text_string(j, "type", k->type == DKIM_RSA ? "rsa" : "ed25519");
	json_text_number(j, "bits", k->bits);
	json_text_string(j, "hash", k->hash);
	put_time(j, "first_seen", k->first_seen);
	put_time(j, "last_seen", k->last_seen);
	json_text_bool(j, "guessed", k->guessed);
	json_text_bool(j, "usable", k->usable);
	json_text_bool(j, "present", true);
	json_text_object_end(j);
}

static bool
is_here(const struct facts *f, const struct earlier_key *e)
{
	for (size_t i = 0; i < f->key_count; i++) {
		const struct facts_key *k = &f->keys[i];

		if (k->usable && strcmp(k->selector, e->selector) == 0 &&
		    strcmp(k->hash, e->hash) == 0)
			return true;
	}
	return false;
}

static void
put_gone_key(struct json_text *j, const struct earlier_key *k)
{
	json_text_object(j, NULL);
	json_text_string(j, "selector", k->selector);
	json_text_string(j, "type", k->type);
	json_text_number(j, "bits", k->bits);
	json_text_string(j, "hash", k->hash);
	put_time(j, "first_seen", k->first_seen);
	put_time(j, "last_seen", k->last_seen);
	json_text_bool(j, "guessed", false);
	json_text_bool(j, "usable", false);
	json_text_bool(j, "present", false);
	json_text_object_end(j);
}

/* What is there now, and what was once: it may only not have answered today. */
static void
put_keys(struct json_text *j, const struct result *r, const struct facts *f)
{
	const struct earlier_domain *before = earlier_find(r->earlier, f->domain);

	json_text_array(j, "keys");
	for (size_t i = 0; i < f->key_count; i++) {
		if (f->keys[i].found)
			put_key(j, &f->keys[i]);
	}
	for (size_t i = 0; before != NULL && i < before->key_count; i++) {
		const struct earlier_key *e = &before->keys[i];

		if (e->first_seen != 0 && !is_here(f, e) &&
		    (int64_t)r->made - e->last_seen < (int64_t)FORGET_DAYS * DAY)
			put_gone_key(j, e);
	}
	json_text_array_end(j);
}

static void
put_policy(struct json_text *j, const char *key, const struct facts_policy *p)
{
	json_text_string(j, key, evidence_policy_name(p->in_force));
}

static void
put_dmarc(struct json_text *j, const struct facts_dmarc *d)
{
	bool some = d->domain != NULL && d->is_usable;

	json_text_object(j, "dmarc");
	json_text_string(j, "record", d->text);
	json_text_string(j, "domain", d->domain);
	if (some) {
		put_policy(j, "p", &d->own);
		put_policy(j, "sp", &d->below);
		put_policy(j, "np", &d->none);
		json_text_bool(j, "t", d->record.test_mode);
	} else {
		json_text_null(j, "p");
		json_text_null(j, "sp");
		json_text_null(j, "np");
		json_text_null(j, "t");
	}
	json_text_object_end(j);
}

static void
put_facts(
    struct json_text *j, const struct result *r, const struct facts *f, struct pool *pool)
{
	size_t n, shown;
	const char *const *tlsa = result_tlsa(f, pool, &n);
	const char *const *certificates = result_certificates(f, pool, &shown);

	json_text_object(j, "facts");
	put_list(j, "mx", result_mx(f, pool), f->mx_count);
	json_text_string(j, "spf", f->spf.text);
	put_dmarc(j, &f->dmarc);
	put_keys(j, r, f);
	put_time(j, "keys_since", f->keys_since);
	put_list(j, "tlsa", tlsa, n);
	if (certificates != NULL)
		put_list(j, "certificates", certificates, shown);
	else
		json_text_null(j, "certificates");
	json_text_array(j, "tls");
	for (size_t i = 0; i < f->host_count; i++) {
		if (!f->hosts[i].is_null)
			json_text_string(j, NULL, f->hosts[i].name);
	}
	json_text_array_end(j);
	json_text_object_end(j);
}

static void
put_answer(struct json_text *j, const struct facts_answer *a, size_t n)
{
	json_text_object(j, NULL);
	json_text_number(j, "n", (int64_t)n);
	json_text_string(j, "name", a->lookup.name);
	json_text_string(j, "type", question_name_of_type(a->lookup.type));
	json_text_string(j, "status", question_name_of_status(a->lookup.status));
	json_text_string(j, "reason", a->lookup.reason);
	json_text_bool(j, "secure", a->lookup.secure);
	json_text_number(j, "ttl", a->lookup.ttl);
	put_list(j, "records", a->records, a->count);
	put_time(j, "at", (int64_t)a->at);
	json_text_object_end(j);
}

static void
put_domain(struct json_text *j, const struct result *r, const struct result_domain *d,
    struct pool *pool)
{
	const struct facts *f = d->facts;

	json_text_object(j, NULL);
	json_text_string(j, "domain", f->domain);
	json_text_string(j, "kind", plan_kind_word(f->kind));
	json_text_bool(j, "guessed", f->guessed);
	json_text_array(j, "rules");
	for (size_t i = 0; i < d->count; i++)
		put_verdict(j, r, f, &d->verdicts[i], pool);
	json_text_array_end(j);
	put_facts(j, r, f, pool);
	json_text_array(j, "answers");
	for (size_t i = 0; i < f->answer_count; i++)
		put_answer(j, &f->answers[i], i + 1);
	json_text_array_end(j);
	json_text_object_end(j);
}

static void
put_summary(struct json_text *j, const struct result *r)
{
	json_text_object(j, "summary");
	for (size_t i = 0; i < AUDIT_RULES; i++) {
		enum audit_verdict verdict;

		if (result_summary(r, (enum audit_rule)i, &verdict))
			json_text_string(j, audit_rule_name((enum audit_rule)i),
			    rules_verdict_code(verdict));
		else
			json_text_null(j, audit_rule_name((enum audit_rule)i));
	}
	json_text_object_end(j);
}

/* The newest evidence of `beschermctl prove`. */
static void
put_proof(struct json_text *j, const struct server_proof *p)
{
	static const char *const words[] = { [SERVER_PROVEN_NOT] = "untested",
		[SERVER_PROVEN_MET] = "met",
		[SERVER_PROVEN_NOT_MET] = "not_met" };

	if (p->day == NULL) {
		json_text_null(j, "proof");
		return;
	}
	json_text_object(j, "proof");
	json_text_string(j, "day", p->day);
	json_text_string(j, "verdict", words[p->verdict]);
	json_text_bool(j, "fresh", p->is_fresh);
	json_text_bool(j, "same_settings", p->same_settings);
	json_text_object_end(j);
}

static void
put_sending(struct json_text *j, const struct server *s)
{
	if (!s->has_postfix) {
		json_text_null(j, "outbound");
		return;
	}
	json_text_object(j, "outbound");
	json_text_string(j, "tls", s->sending.tls);
	json_text_string(j, "dns", s->sending.dns);
	json_text_string(j, "relay", s->sending.relay);
	json_text_string(j, "resolver", s->sending.resolver);
	json_text_object_end(j);
}

static void
put_server(struct json_text *j, const struct server *s)
{
	if (!s->is_known) {
		json_text_null(j, "server");
		return;
	}
	json_text_object(j, "server");
	json_text_array(j, "names");
	for (size_t i = 0; i < s->names.count; i++)
		json_text_string(j, NULL, s->names.words[i]);
	json_text_array_end(j);
	json_text_string(j, "settings_wrong", s->settings_wrong);
	json_text_bool(j, "monitor", s->monitor);
	json_text_bool(j, "postfix", s->has_postfix);
	json_text_number(j, "postfix_faults", (int64_t)s->postfix_faults);
	if (s->socket_is_known)
		json_text_bool(j, "socket_answers", s->socket_answers);
	else
		json_text_null(j, "socket_answers");
	if (s->has_history) {
		json_text_object(j, "history");
		json_text_number(j, "days", SERVER_HISTORY_DAYS);
		json_text_number(j, "messages", s->messages);
		json_text_number(j, "refused", s->refused);
		json_text_number(j, "marked", s->marked);
		json_text_object_end(j);
	} else {
		json_text_null(j, "history");
	}
	put_proof(j, &s->proof);
	put_sending(j, s);
	json_text_object_end(j);
}

void
audit_json_write(struct text *out, const struct result *r, struct pool *pool)
{
	struct json_text j = { .out = out };

	json_text_object(&j, NULL);
	json_text_number(&j, "audit", AUDIT_VERSION);
	put_time(&j, "made", (int64_t)r->made);
	json_text_string(&j, "by", "beschermctl " PACKAGE_VERSION);
	json_text_string(&j, "organisation", r->plan->organisation);
	json_text_string(&j, "host", r->host);
	json_text_object(&j, "resolver");
	json_text_bool(&j, "validates", r->validates);
	json_text_string(&j, "why", r->why);
	json_text_object_end(&j);
	/* Without a connection there is nothing to hold against one. */
	json_text_string(&j, "guideline", r->is_connected ? NCSC_GUIDELINE : NULL);
	json_text_string(&j, "rules_version", AUDIT_RULES_VERSION);
	json_text_string(
	    &j, "compared_with", r->earlier != NULL ? r->earlier->path : NULL);
	put_summary(&j, r);
	json_text_array(&j, "domains");
	for (size_t i = 0; i < r->count; i++)
		put_domain(&j, r, &r->domains[i], pool);
	json_text_array_end(&j);
	json_text_array(&j, "hosts");
	for (size_t i = 0; i < r->host_count; i++)
		audit_json_host_put(&j, r->hosts[i], pool);
	json_text_array_end(&j);
	put_server(&j, r->server);
	json_text_object_end(&j);
	text_putc(out, '\n');
}
