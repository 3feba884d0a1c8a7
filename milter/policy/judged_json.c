#include <string.h>
#include <strings.h>

#include "base/json_text.h"
#include "base/text.h"
#include "mail/address.h"
#include "mail/evidence.h"
#include "mail/reply_text.h"
#include "policy/actions.h"
#include "policy/judged_json.h"
#include "policy/verdict.h"

#define HOLDS_LOCAL "(holds the local part)"

/* "" is nothing too. */
static void
put_if_any(struct json_text *j, const char *key, const char *text)
{
	json_text_string(j, key, text != NULL && *text != '\0' ? text : NULL);
}

static void
put_sec(struct json_text *j, enum dns_sec sec)
{
	json_text_string(j, "dns_sec", evidence_dns_sec_name(sec));
}

static void
put_reply(struct json_text *j, const struct reply *reply)
{
	struct text text = { 0 };

	if (reply->code == NULL) {
		json_text_null(j, "reply");
		return;
	}
	text_puts(&text, reply->code);
	text_putc(&text, ' ');
	text_puts(&text, reply->enhanced);
	text_putc(&text, ' ');
	text_puts(&text, reply->text);
	json_text_string(j, "reply", text.data);
	text_free(&text);
}

static void
put_from(struct json_text *j, const struct from_evidence *from, bool trace)
{
	json_text_object(j, "from");
	json_text_string(j, "status", evidence_from_name(from->status));
	put_if_any(j, "domain", from->domain);
	if (trace) {
		json_text_string(j, "reason", from->reason);
		json_text_bool(j, "wants_quotes", from->wants_quotes);
	}
	json_text_object_end(j);
}

static void
put_dmarc_steps(struct json_text *j, const struct dmarc_evidence *d)
{
	json_text_array(j, "steps");
	for (size_t i = 0; i < d->step_count; i++) {
		json_text_array(j, NULL);
		json_text_string(j, NULL, d->steps[i].what);
		json_text_string(j, NULL, d->steps[i].name);
		json_text_string(j, NULL, d->steps[i].outcome);
		json_text_array_end(j);
	}
	json_text_array_end(j);
}

/* What explains the result to people, and no program reads from `test --json`. */
static void
put_dmarc_more(struct json_text *j, const struct dmarc_evidence *d)
{
	json_text_string(j, "record", d->record);
	json_text_string(j, "tag", evidence_tag_name(d->tag));
	json_text_bool(j, "strict_spf", d->strict_spf);
	json_text_bool(j, "strict_dkim", d->strict_dkim);
	json_text_bool(j, "judges_differ", d->judges_differ);
	put_dmarc_steps(j, d);
}

static void
put_dmarc(struct json_text *j, const struct dmarc_evidence *d, bool trace)
{
	bool judged = d->result == DMARC_PASS || d->result == DMARC_FAIL;
	bool known = judged || d->policy_known;

	json_text_object(j, "dmarc");
	json_text_string(j, "result", evidence_dmarc_name(d->result));
	json_text_string(j, "policy", known ? evidence_policy_name(d->policy) : NULL);
	json_text_string(
	    j, "published", known ? evidence_policy_name(d->published) : NULL);
	json_text_bool(j, "test_mode", d->test_mode);
	json_text_bool(j, "pct_zero", d->pct_zero);
	json_text_string(j, "record_domain", d->record_domain);
	json_text_string(j, "org_domain", d->org_domain);
	json_text_bool(j, "spf_aligned", d->spf_aligned);
	json_text_bool(j, "dkim_aligned", d->dkim_aligned);
	put_sec(j, d->dns_sec);
	json_text_string(j, "reason", d->reason);
	if (trace)
		put_dmarc_more(j, d);
	json_text_object_end(j);
}

static void
put_spf_steps(struct json_text *j, const struct spf_evidence *spf)
{
	json_text_array(j, "steps");
	for (size_t i = 0; i < spf->step_count; i++) {
		const struct spf_step *s = &spf->steps[i];

		json_text_array(j, NULL);
		json_text_number(j, NULL, s->depth);
		json_text_string(
		    j, NULL, s->domain_holds_local ? HOLDS_LOCAL : s->domain);
		json_text_string(j, NULL, s->term);
		json_text_string(
		    j, NULL, s->target_holds_local ? HOLDS_LOCAL : s->target);
		json_text_string(j, NULL, s->outcome);
		json_text_array_end(j);
	}
	json_text_array_end(j);
}

static void
put_spf(struct json_text *j, const char *key, const struct spf_evidence *spf, bool trace)
{
	json_text_object(j, key);
	json_text_string(j, "result", evidence_spf_name(spf->result));
	put_if_any(j, "domain", spf->domain);
	json_text_string(j, "identity", spf->scope == SPF_HELO ? "helo" : "mailfrom");
	if (!trace)
		json_text_string(j, "explanation", spf->explanation);
	json_text_number(j, "lookups", spf->lookups);
	json_text_number(j, "void_lookups", spf->void_lookups);
	json_text_number(j, "void_lookups_max", spf->void_lookups_max);
	put_sec(j, spf->dns_sec);
	json_text_string(j, "reason", spf->reason);
	if (trace)
		put_spf_steps(j, spf);
	json_text_object_end(j);
}

static void
put_signatures(struct json_text *j, const struct evidence *ev, bool trace)
{
	json_text_array(j, "dkim");
	for (size_t i = 0; i < ev->dkim_count; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		json_text_object(j, NULL);
		json_text_string(j, "result", evidence_dkim_name(d->result));
		put_if_any(j, "domain", d->domain);
		put_if_any(j, "selector", d->selector);
		put_if_any(j, "algorithm", d->algorithm);
		json_text_number(j, "key_bits", d->key_bits);
		put_sec(j, d->dns_sec);
		json_text_string(j, "reason", d->reason);
		if (trace) {
			put_if_any(j, "b", d->b_start);
			json_text_bool(j, "testing", d->testing);
		}
		json_text_object_end(j);
	}
	json_text_array_end(j);
}

/* The value as it would stand behind the colon, its folds with it. */
static void
put_insertion(struct json_text *j, const struct header_insertion *field, bool trace)
{
	const char *value = field->value + (*field->value == ' ');

	/* RFC 7208 section 9.1: its envelope-from is the whole address. */
	if (trace && strcasecmp(field->name, "Received-SPF") == 0)
		value = HOLDS_LOCAL;
	json_text_object(j, NULL);
	json_text_string(j, "name", field->name);
	json_text_string(j, "value", value);
	json_text_object_end(j);
}

static void
put_headers(struct json_text *j, const struct actions *a, bool trace)
{
	json_text_object(j, "headers");
	json_text_array(j, "remove");
	for (size_t i = 0; i < a->remove_count; i++) {
		json_text_object(j, NULL);
		json_text_string(j, "name", a->remove[i].name);
		json_text_number(j, "index", a->remove[i].nth);
		json_text_object_end(j);
	}
	json_text_array_end(j);
	json_text_array(j, "insert");
	/* Of those put at 0 the last is on top. */
	for (size_t i = a->insert_count; i > 0; i--)
		put_insertion(j, &a->insert[i - 1], trace);
	json_text_array_end(j);
	json_text_object_end(j);
}

/* Is ${name} one that SPF's macros made of the local part, or below one? */
static bool
holds_local(const struct spf_evidence *spf, const char *name)
{
	if (spf->local_name != NULL && address_is_within(name, spf->local_name))
		return true;
	for (size_t i = 0; i < spf->step_count; i++) {
		const struct spf_step *s = &spf->steps[i];

		if (s->target_holds_local && s->target != NULL &&
		    address_is_within(name, s->target))
			return true;
	}
	return false;
}

static void
put_questions(struct json_text *j, const struct judged_json *judged, bool trace)
{
	const struct evidence *ev = judged->ev;

	json_text_array(j, "dns");
	for (size_t i = 0; i < judged->question_count; i++) {
		const struct question_fact *q = &judged->questions[i];
		bool hide = trace && (holds_local(&ev->spf, q->name) ||
					 holds_local(&ev->spf_helo, q->name));

		json_text_object(j, NULL);
		json_text_string(j, "name", hide ? HOLDS_LOCAL : q->name);
		json_text_string(j, "type", q->type);
		json_text_string(j, "status", q->status);
		put_sec(j, q->dns_sec);
		json_text_ms(j, "ms", q->ms);
		if (trace)
			json_text_string(j, "reason", q->reason);
		json_text_object_end(j);
	}
	json_text_array_end(j);
}

static void
put_relay(struct json_text *j, const struct relay_evidence *relay)
{
	char client[IP_TEXT_SIZE];

	json_text_object(j, "relay");
	json_text_bool(j, "is_relay", relay->is_relay);
	json_text_string(
	    j, "client", relay->found ? ip_format(&relay->client, client) : NULL);
	json_text_string(j, "helo", relay->found ? relay->helo : NULL);
	json_text_string(j, "reason", relay->reason);
	json_text_object_end(j);
}

static void
write_object(struct text *out, const struct judged_json *judged, bool trace)
{
	const struct verdict *v = judged->verdict;
	struct json_text j = { .out = out };

	json_text_object(&j, NULL);
	if (trace)
		json_text_number(&j, "v", JUDGED_JSON_VERSION);
	else
		json_text_string(&j, "file", judged->file);
	json_text_string(&j, "action", verdict_action_name(v->action));
	json_text_string(&j, "would", verdict_action_name(v->would));
	json_text_string(&j, "rule", rule_name(v->rule));
	put_reply(&j, &judged->reply);
	json_text_string(&j, "reason", v->reason != NULL ? v->reason : judged->reason);
	put_from(&j, &judged->ev->from, trace);
	put_dmarc(&j, &judged->ev->dmarc, trace);
	put_spf(&j, "spf", &judged->ev->spf, trace);
	if (trace && judged->ev->has_spf_helo)
		put_spf(&j, "spf_helo", &judged->ev->spf_helo, trace);
	put_signatures(&j, judged->ev, trace);
	put_headers(&j, judged->actions, trace);
	put_questions(&j, judged, trace);
	if (trace) {
		json_text_string(&j, "helo", judged->ev->helo);
		put_relay(&j, &judged->ev->relay);
	}
	json_text_object_end(&j);
}

void
judged_json_write(struct text *out, const struct judged_json *judged)
{
	write_object(out, judged, false);
}

void
judged_json_trace(struct text *out, const struct judged_json *judged)
{
	write_object(out, judged, true);
}

const char *
judged_json_reason(const struct evidence *ev, struct pool *pool)
{
	if (ev->exemption != EXEMPT_NO)
		return NULL;
	if (ev->dmarc.result != DMARC_PASS && ev->dmarc.result != DMARC_NONE)
		return reply_text_reason(ev, pool);
	return ev->from.status != FROM_OK ? ev->from.reason : NULL;
}
