#include <string.h>
#include <strings.h>

#include "base/json_text.h"
#include "base/pool.h"
#include "mail/address.h"
#include "mail/evidence.h"
#include "mail/reply_text.h"
#include "policy/actions.h"
#include "policy/judged_json.h"
#include "policy/verdict.h"

/* What is written, and whether it is for the history. */
struct writer {
	struct json_text json;
	const struct judged_json *judged;
	bool trace;
};

const char *
judged_json_reason(const struct evidence *ev, struct pool *pool)
{
	if (ev->exemption != EXEMPT_NO)
		return NULL;
	if (ev->dmarc.result != DMARC_PASS && ev->dmarc.result != DMARC_NONE)
		return reply_text_reason(ev, pool);
	return ev->from.status != FROM_OK ? ev->from.reason : NULL;
}

static void
put(struct writer *w, const char *key, const char *text)
{
	json_text_string(&w->json, key, text);
}

/* "" is nothing too. */
static void
put_if_any(struct writer *w, const char *key, const char *text)
{
	put(w, key, text != NULL && *text != '\0' ? text : NULL);
}

static void
put_number(struct writer *w, const char *key, int64_t number)
{
	json_text_number(&w->json, key, number);
}

static void
put_bool(struct writer *w, const char *key, bool yes)
{
	json_text_bool(&w->json, key, yes);
}

static bool
is_in(const struct spf_evidence *spf, const char *name)
{
	for (size_t i = 0; i < spf->personal_count; i++) {
		if (strcasecmp(spf->personal[i], name) == 0)
			return true;
	}
	return false;
}

/* A name that DNS was asked for, unless it holds the local part and is to be kept. */
static const char *
bare_name(const struct writer *w, const char *name)
{
	const struct evidence *ev = w->judged->ev;

	if (w->trace && name != NULL &&
	    (is_in(&ev->spf, name) || (ev->has_spf_helo && is_in(&ev->spf_helo, name))))
		return JUDGED_JSON_REDACTED;
	return name;
}

static void
put_from(struct writer *w, const struct from_evidence *from)
{
	json_text_object(&w->json, "from");
	put(w, "status", evidence_from_name(from->status));
	put_if_any(w, "domain", from->domain);
	if (w->trace)
		put(w, "reason", from->reason);
	json_text_object_end(&w->json);
}

static void
put_dmarc_steps(struct writer *w, const struct dmarc_evidence *d)
{
	json_text_array(&w->json, "steps");
	for (size_t i = 0; i < d->step_count; i++) {
		json_text_array(&w->json, NULL);
		put(w, NULL, d->steps[i].what);
		put(w, NULL, d->steps[i].name);
		put(w, NULL, d->steps[i].outcome);
		json_text_array_end(&w->json);
	}
	json_text_array_end(&w->json);
}

/* What explains the result to people, and no program reads from `test --json`. */
static void
put_dmarc_more(struct writer *w, const struct dmarc_evidence *d)
{
	put(w, "record", d->record);
	put(w, "tag", evidence_tag_name(d->tag));
	put_bool(w, "policy_known", d->policy_known);
	put_bool(w, "test_mode", d->test_mode);
	put_bool(w, "sampled_out", d->sampled_out);
	put_bool(w, "strict_spf", d->strict_spf);
	put_bool(w, "strict_dkim", d->strict_dkim);
	put_bool(w, "judges_differ", d->judges_differ);
	put_dmarc_steps(w, d);
}

static void
put_dmarc(struct writer *w, const struct dmarc_evidence *d)
{
	bool judged = d->result == DMARC_PASS || d->result == DMARC_FAIL;
	bool known = judged || d->policy_known;

	json_text_object(&w->json, "dmarc");
	put(w, "result", evidence_dmarc_name(d->result));
	put(w, "policy", known ? evidence_policy_name(d->policy) : NULL);
	put(w, "published", known ? evidence_policy_name(d->published) : NULL);
	put(w, "record_domain", d->record_domain);
	put(w, "org_domain", d->org_domain);
	put_bool(w, "spf_aligned", d->spf_aligned);
	put_bool(w, "dkim_aligned", d->dkim_aligned);
	put(w, "dns_sec", evidence_dns_sec_name(d->dns_sec));
	put(w, "reason", d->reason);
	if (w->trace)
		put_dmarc_more(w, d);
	json_text_object_end(&w->json);
}

static void
put_spf_steps(struct writer *w, const struct spf_evidence *spf)
{
	json_text_array(&w->json, "steps");
	for (size_t i = 0; i < spf->step_count; i++) {
		const struct spf_step *step = &spf->steps[i];

		json_text_array(&w->json, NULL);
		put_number(w, NULL, step->depth);
		put(w, NULL, bare_name(w, step->domain));
		put(w, NULL, step->term);
		put(w, NULL, bare_name(w, step->target));
		put(w, NULL, step->outcome);
		json_text_array_end(&w->json);
	}
	json_text_array_end(&w->json);
}

static void
put_spf(struct writer *w, const char *key, const struct spf_evidence *spf)
{
	json_text_object(&w->json, key);
	put(w, "result", evidence_spf_name(spf->result));
	put_if_any(w, "domain", spf->domain);
	put(w, "identity", spf->scope == SPF_HELO ? "helo" : "mailfrom");
	if (!w->trace)
		put(w, "explanation", spf->explanation);
	put_number(w, "lookups", spf->lookups);
	put_number(w, "void_lookups", spf->void_lookups);
	if (w->trace)
		put_number(w, "void_lookups_max", spf->void_lookups_max);
	put(w, "dns_sec", evidence_dns_sec_name(spf->dns_sec));
	put(w, "reason", spf->reason);
	if (w->trace)
		put_spf_steps(w, spf);
	json_text_object_end(&w->json);
}

static void
put_signatures(struct writer *w, const struct evidence *ev)
{
	json_text_array(&w->json, "dkim");
	for (size_t i = 0; i < ev->dkim_count; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		json_text_object(&w->json, NULL);
		put(w, "result", evidence_dkim_name(d->result));
		put_if_any(w, "domain", d->domain);
		put_if_any(w, "selector", d->selector);
		put_if_any(w, "algorithm", d->algorithm);
		put_number(w, "key_bits", d->key_bits);
		put(w, "dns_sec", evidence_dns_sec_name(d->dns_sec));
		put(w, "reason", d->reason);
		if (w->trace) {
			put_if_any(w, "b", d->b_start);
			put_bool(w, "testing", d->testing);
		}
		json_text_object_end(&w->json);
	}
	json_text_array_end(&w->json);
}

/* The value as it would stand behind the colon, its folds with it. */
static void
put_headers(struct writer *w, const struct actions *a)
{
	json_text_object(&w->json, "headers");
	json_text_array(&w->json, "remove");
	for (size_t i = 0; i < a->remove_count; i++) {
		json_text_object(&w->json, NULL);
		put(w, "name", a->remove[i].name);
		put_number(w, "index", a->remove[i].nth);
		json_text_object_end(&w->json);
	}
	json_text_array_end(&w->json);
	json_text_array(&w->json, "insert");
	/* Of those put at 0 the last is on top. */
	for (size_t i = a->insert_count; i > 0; i--) {
		const char *value = a->insert[i - 1].value;

		json_text_object(&w->json, NULL);
		put(w, "name", a->insert[i - 1].name);
		put(w, "value", value + (*value == ' '));
		json_text_object_end(&w->json);
	}
	json_text_array_end(&w->json);
	json_text_object_end(&w->json);
}

static void
put_questions(struct writer *w)
{
	json_text_array(&w->json, "dns");
	for (size_t i = 0; i < w->judged->question_count; i++) {
		const struct question_fact *q = &w->judged->questions[i];

		json_text_object(&w->json, NULL);
		put(w, "name", bare_name(w, q->name));
		put(w, "type", q->type);
		put(w, "status", q->status);
		put(w, "dns_sec", evidence_dns_sec_name(q->sec));
		json_text_ms(&w->json, "ms", q->ms);
		if (w->trace)
			put(w, "reason", q->reason);
		json_text_object_end(&w->json);
	}
	json_text_array_end(&w->json);
}

static void
put_reply(struct writer *w, const struct reply *reply)
{
	struct text text = { 0 };

	if (reply->code == NULL) {
		json_text_null(&w->json, "reply");
		return;
	}
	text_printf(&text, "%s %s %s", reply->code, reply->enhanced, reply->text);
	put(w, "reply", text.data);
	text_free(&text);
}

static void
put_relay(struct writer *w, const struct relay_evidence *relay)
{
	char client[IP_TEXT_SIZE];

	json_text_object(&w->json, "relay");
	put_bool(w, "is_relay", relay->is_relay);
	put(w, "client", relay->found ? ip_format(&relay->client, client) : NULL);
	put(w, "helo", relay->found ? relay->helo : NULL);
	put(w, "reason", relay->reason);
	json_text_object_end(&w->json);
}

static void
put_all(struct writer *w)
{
	const struct judged_json *j = w->judged;
	const struct evidence *ev = j->ev;

	json_text_object(&w->json, NULL);
	if (w->trace)
		put_number(w, "v", JUDGED_JSON_VERSION);
	else
		put(w, "file", j->file);
	put(w, "action", verdict_action_name(j->verdict->action));
	put(w, "would", verdict_action_name(j->verdict->would));
	put(w, "rule", rule_name(j->verdict->rule));
	put_reply(w, &j->reply);
	put(w, "reason", j->verdict->reason != NULL ? j->verdict->reason : j->reason);
	put_from(w, &ev->from);
	put_dmarc(w, &ev->dmarc);
	put_spf(w, "spf", &ev->spf);
	if (w->trace && ev->has_spf_helo)
		put_spf(w, "spf_helo", &ev->spf_helo);
	put_signatures(w, ev);
	put_headers(w, j->actions);
	put_questions(w);
	if (w->trace) {
		put(w, "helo", ev->helo);
		put_relay(w, &ev->relay);
	}
	json_text_object_end(&w->json);
}

void
judged_json_write(struct text *out, const struct judged_json *judged)
{
	struct writer w = { .json = { .out = out }, .judged = judged };

	put_all(&w);
}

/* ${reason}, unless a name that holds the local part stands in it. */
static const char *
bare_reason(const struct spf_evidence *spf)
{
	for (size_t i = 0; spf->reason != NULL && i < spf->personal_count; i++) {
		if (*spf->personal[i] != '\0' &&
		    strcasestr(spf->reason, spf->personal[i]) != NULL)
			return JUDGED_JSON_REDACTED;
	}
	return spf->reason;
}

void
judged_json_trace(struct text *out, const struct judged_json *judged, struct pool *pool)
{
	struct address sender = address_reverse_path(judged->ev->mail_from, pool);
	struct judged_json bare = *judged;
	struct evidence ev = *judged->ev;
	struct actions actions;
	struct writer w = { .json = { .out = out }, .judged = &bare, .trace = true };

	ev.mail_from = sender.null || sender.domain == NULL ? "<>" : sender.domain;
	ev.spf.explanation = ev.spf_helo.explanation = NULL;
	ev.spf.reason = bare_reason(&ev.spf);
	ev.spf_helo.reason = bare_reason(&ev.spf_helo);
	actions = actions_plan(judged->config, &ev, judged->verdict, pool);
	bare.ev = &ev;
	bare.actions = &actions;
	bare.reply = reply_make(judged->config, &ev, judged->verdict, pool);
	bare.reason = judged_json_reason(&ev, pool);
	put_all(&w);
}
