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

/* For `test`, to be kept, for the log: the last two hide the local part. */
enum kind { TO_SHOW, TO_KEEP, TO_LOG };

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
put_from(struct json_text *j, const struct from_evidence *from, enum kind kind)
{
	json_text_object(j, "from");
	json_text_string(j, "status", evidence_from_name(from->status));
	put_if_any(j, "domain", from->domain);
	if (kind == TO_KEEP) {
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
put_dmarc(struct json_text *j, const struct dmarc_evidence *d, enum kind kind)
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
	if (kind == TO_KEEP)
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
put_spf(
    struct json_text *j, const char *key, const struct spf_evidence *spf, enum kind kind)
{
	json_text_object(j, key);
	json_text_string(j, "result", evidence_spf_name(spf->result));
	put_if_any(j, "domain", spf->domain);
	json_text_string(j, "identity", spf->scope == SPF_HELO ? "helo" : "mailfrom");
	if (kind == TO_SHOW)
		json_text_string(j, "explanation", spf->explanation);
	json_text_number(j, "lookups", spf->lookups);
	json_text_number(j, "void_lookups", spf->void_lookups);
	json_text_number(j, "void_lookups_max", spf->void_lookups_max);
	put_sec(j, spf->dns_sec);
	json_text_string(j, "reason", spf->reason);
	if (spf->by_relay)
		json_text_string(j, "own", evidence_spf_name(spf->own));
	if (kind == TO_KEEP)
		put_spf_steps(j, spf);
	json_text_object_end(j);
}

static void
put_signatures(
    struct json_text *j, const struct evidence *ev, enum kind kind, size_t most)
{
	json_text_array(j, "dkim");
	for (size_t i = 0; i < ev->dkim_count && i < most; i++) {
		const struct dkim_evidence *d = &ev->dkim[i];

		json_text_object(j, NULL);
		json_text_string(j, "result", evidence_dkim_name(d->result));
		put_if_any(j, "domain", d->domain);
		put_if_any(j, "selector", d->selector);
		put_if_any(j, "algorithm", d->algorithm);
		json_text_number(j, "key_bits", d->key_bits);
		put_sec(j, d->dns_sec);
		json_text_string(j, "reason", d->reason);
		if (d->by_relay)
			json_text_string(j, "own", evidence_dkim_name(d->own));
		if (kind == TO_KEEP) {
			put_if_any(j, "b", d->b_start);
			json_text_bool(j, "testing", d->testing);
		}
		json_text_object_end(j);
	}
	json_text_array_end(j);
}

/* The value as it would stand behind the colon, its folds with it. */
static void
put_insertion(struct json_text *j, const struct header_insertion *field, enum kind kind)
{
	const char *value = field->value + (*field->value == ' ');

	/* RFC 7208 section 9.1: its envelope-from is the whole address. */
	if (kind != TO_SHOW && strcasecmp(field->name, "Received-SPF") == 0)
		value = HOLDS_LOCAL;
	json_text_object(j, NULL);
	json_text_string(j, "name", field->name);
	json_text_string(j, "value", value);
	json_text_object_end(j);
}

static void
put_headers(struct json_text *j, const struct actions *a, enum kind kind)
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
		put_insertion(j, &a->insert[i - 1], kind);
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
put_questions(struct json_text *j, const struct judged_json *judged, enum kind kind)
{
	const struct evidence *ev = judged->ev;

	json_text_array(j, "dns");
	for (size_t i = 0; i < judged->question_count; i++) {
		const struct question_fact *q = &judged->questions[i];
		bool hide = kind != TO_SHOW && (holds_local(&ev->spf, q->name) ||
						   holds_local(&ev->spf_helo, q->name));

		json_text_object(j, NULL);
		json_text_string(j, "name", hide ? HOLDS_LOCAL : q->name);
		json_text_string(j, "type", q->type);
		json_text_string(j, "status", q->status);
		put_sec(j, q->dns_sec);
		json_text_ms(j, "ms", q->ms);
		if (kind == TO_KEEP)
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
	json_text_string(j, "results", evidence_relay_results_name(relay->results));
	json_text_string(j, "results_reason", relay->results_reason);
	json_text_object_end(j);
}

void
judged_json_passed_on(struct json_text *j, const struct evidence *ev)
{
	json_text_string(j, "sealed", ev->sealed);
	json_text_string(j, "forwarded", evidence_forwarded_name(ev->forward.forwarded));
	put_if_any(j, "client_confirmed", ev->forward.client_confirmed);
}

/* What the checks found.  The log counts by it: of mail that was not checked it is null.
 */
static void
put_findings(struct json_text *j, const struct evidence *ev, enum kind kind)
{
	if (kind == TO_LOG && ev->exemption != EXEMPT_NO) {
		json_text_null(j, "from");
		json_text_null(j, "dmarc");
		json_text_null(j, "spf");
		return;
	}
	put_from(j, &ev->from, kind);
	put_dmarc(j, &ev->dmarc, kind);
	put_spf(j, "spf", &ev->spf, kind);
	if (kind == TO_KEEP && ev->has_spf_helo)
		put_spf(j, "spf_helo", &ev->spf_helo, kind);
}

static void
put_judged(struct json_text *j, const struct judged_json *judged, enum kind kind,
    const struct judged_json_room *room)
{
	const struct evidence *ev = judged->ev;
	const struct verdict *v = judged->verdict;

	json_text_string(j, "action", verdict_action_name(v->action));
	json_text_string(j, "would", verdict_action_name(v->would));
	json_text_string(j, "rule", rule_name(v->rule));
	put_reply(j, &judged->reply);
	json_text_string(j, "reason", v->reason != NULL ? v->reason : judged->reason);
	judged_json_passed_on(j, ev);
	put_findings(j, ev, kind);
	put_signatures(j, ev, kind, room->signatures);
	if (room->headers)
		put_headers(j, judged->actions, kind);
	else
		json_text_null(j, "headers");
	if (room->dns)
		put_questions(j, judged, kind);
	else
		json_text_null(j, "dns");
}

static void
write_object(struct text *out, const struct judged_json *judged, enum kind kind)
{
	static const struct judged_json_room all = { true, true, SIZE_MAX };
	struct json_text j = { .out = out };

	json_text_object(&j, NULL);
	if (kind == TO_KEEP)
		json_text_number(&j, "v", JUDGED_JSON_VERSION);
	else
		json_text_string(&j, "file", judged->file);
	put_judged(&j, judged, kind, &all);
	if (kind == TO_KEEP) {
		json_text_string(&j, "helo", judged->ev->helo);
		put_relay(&j, &judged->ev->relay);
	}
	json_text_object_end(&j);
}

void
judged_json_write(struct text *out, const struct judged_json *judged)
{
	write_object(out, judged, TO_SHOW);
}

void
judged_json_trace(struct text *out, const struct judged_json *judged)
{
	write_object(out, judged, TO_KEEP);
}

void
judged_json_log(struct json_text *j, const struct judged_json *judged,
    const struct judged_json_room *room)
{
	put_judged(j, judged, TO_LOG, room);
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
