#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/pool.h"
#include "ctl/json.h"
#include "ctl/judge/judged.h"
#include "dns/question_name.h"
#include "dns/questions.h"
#include "mail/evidence.h"
#include "policy/actions.h"
#include "policy/reply.h"
#include "policy/verdict.h"

/* What stands where in a signature of the history (FACT_SIGNATURES). */
enum {
	SIGNATURE_RESULT,
	SIGNATURE_DOMAIN,
	SIGNATURE_SELECTOR,
	SIGNATURE_ALGORITHM,
	SIGNATURE_BITS,
	SIGNATURE_ALIGNED,
	SIGNATURE_SEC,
	SIGNATURE_REASON
};

/* Octets that are no UTF-8, told as \xNN. */
static json_t *
told_octets(const char *text)
{
	char *told = mem_alloc(4 * strlen(text) + 1);
	size_t len = 0;
	json_t *value;

	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x80)
			told[len++] = *p;
		else
			len +=
			    (size_t)snprintf(told + len, 5, "\\x%02X", (unsigned char)*p);
	}
	value = json_string(told);
	free(told);
	return value;
}

static json_t *
string(const char *text)
{
	json_t *value;

	if (text == NULL)
		return json_null();
	value = json_string(text); /* NULL: no UTF-8 */
	return value != NULL ? value : told_octets(text);
}

/* "" is nothing too. */
static json_t *
string_if_any(const char *text)
{
	return string(text != NULL && *text != '\0' ? text : NULL);
}

static json_t *
dns_sec(enum dns_sec sec)
{
	return string(evidence_dns_sec_name(sec));
}

static void
set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *
from_object(const struct from_evidence *from)
{
	json_t *o = json_object();

	set(o, "status", string(evidence_from_name(from->status)));
	set(o, "domain", string_if_any(from->domain));
	return o;
}

static json_t *
dmarc_object(const struct evidence *ev)
{
	const struct dmarc_evidence *d = &ev->dmarc;
	bool judged = d->result == DMARC_PASS || d->result == DMARC_FAIL;
	bool known = judged || d->policy_known;
	json_t *o = json_object();

	set(o, "result", string(evidence_dmarc_name(d->result)));
	set(o, "policy", string(known ? evidence_policy_name(d->policy) : NULL));
	set(o, "published", string(known ? evidence_policy_name(d->published) : NULL));
	set(o, "record_domain", string(d->record_domain));
	set(o, "org_domain", string(d->org_domain));
	set(o, "spf_aligned", json_boolean(d->spf_aligned));
	set(o, "dkim_aligned", json_boolean(d->dkim_aligned));
	set(o, "dns_sec", dns_sec(d->dns_sec));
	set(o, "reason", string(d->reason));
	return o;
}

static json_t *
spf_object(const struct spf_evidence *spf)
{
	json_t *o = json_object();

	set(o, "result", string(evidence_spf_name(spf->result)));
	set(o, "domain", string_if_any(spf->domain));
	set(o, "identity", string(spf->scope == SPF_HELO ? "helo" : "mailfrom"));
	set(o, "explanation", string(spf->explanation));
	set(o, "lookups", json_integer(spf->lookups));
	set(o, "void_lookups", json_integer(spf->void_lookups));
	set(o, "dns_sec", dns_sec(spf->dns_sec));
	set(o, "reason", string(spf->reason));
	return o;
}

static json_t *
signature_object(const struct dkim_evidence *d)
{
	json_t *o = json_object();

	set(o, "result", string(evidence_dkim_name(d->result)));
	set(o, "domain", string_if_any(d->domain));
	set(o, "selector", string_if_any(d->selector));
	set(o, "algorithm", string_if_any(d->algorithm));
	set(o, "key_bits", json_integer(d->key_bits));
	set(o, "dns_sec", dns_sec(d->dns_sec));
	set(o, "reason", string(d->reason));
	return o;
}

static json_t *
signatures(const struct evidence *ev)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ev->dkim_count; i++)
		json_array_append_new(list, signature_object(&ev->dkim[i]));
	return list;
}

/* The value as it would stand behind the colon, its folds with it. */
static json_t *
headers_object(const struct actions *a)
{
	json_t *o = json_object(), *remove = json_array(), *insert = json_array(), *field;

	for (size_t i = 0; i < a->remove_count; i++) {
		field = json_object();
		set(field, "name", string(a->remove[i].name));
		set(field, "index", json_integer(a->remove[i].nth));
		json_array_append_new(remove, field);
	}
	/* Of those put at 0 the last is on top. */
	for (size_t i = a->insert_count; i > 0; i--) {
		const char *value = a->insert[i - 1].value;

		field = json_object();
		set(field, "name", string(a->insert[i - 1].name));
		set(field, "value", string(value + (*value == ' ')));
		json_array_append_new(insert, field);
	}
	set(o, "remove", remove);
	set(o, "insert", insert);
	return o;
}

static json_t *
questions(const struct judged *j)
{
	json_t *list = json_array();

	for (size_t i = 0; i < j->question_count; i++) {
		const struct question *q = &j->questions[i];
		const struct dns_answer *answer = q->answer;
		json_t *o = json_object();

		set(o, "name", string(q->name));
		set(o, "type", string(question_name_of_type(q->type)));
		set(o, "status",
		    string(
			answer != NULL ? question_name_of_status(answer->status) : NULL));
		set(o, "dns_sec",
		    answer != NULL ? string(answer->secure ? "yes" : "no") : json_null());
		set(o, "ms", json_real((double)(long)(judged_took_ms(q) * 1000) / 1000));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
reply_string(const struct judged *j)
{
	const struct reply *reply = &j->reply;

	if (reply->code == NULL)
		return json_null();
	return json_sprintf("%s %s %s", reply->code, reply->enhanced, reply->text);
}

void
json_print(FILE *out, const struct judged *j)
{
	const struct evidence *ev = j->ev;
	json_t *o = json_object();

	set(o, "file", string(j->file));
	set(o, "action", string(verdict_action_name(j->verdict->action)));
	set(o, "would", string(verdict_action_name(j->verdict->would)));
	set(o, "rule", string(rule_name(j->verdict->rule)));
	set(o, "reply", reply_string(j));
	set(o, "reason",
	    string(j->verdict->reason != NULL ? j->verdict->reason : j->reason));
	set(o, "from", from_object(&ev->from));
	set(o, "dmarc", dmarc_object(ev));
	set(o, "spf", spf_object(&ev->spf));
	set(o, "dkim", signatures(ev));
	set(o, "headers", headers_object(j->actions));
	set(o, "dns", questions(j));
	/* times in ms: six digits, and not what a double makes of them */
	json_dumpf(o, out, JSON_COMPACT | JSON_REAL_PRECISION(6));
	fputc('\n', out);
	json_decref(o);
}

bool
json_holds_array(const char *text)
{
	json_t *value;
	bool yes;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p < ' ' || *p > '~')
			return false;
	}
	value = json_loads(text, 0, NULL);
	yes = json_is_array(value);
	json_decref(value);
	return yes;
}

static const char *
text_at(const json_t *array, size_t index, struct pool *pool)
{
	const char *text = json_string_value(json_array_get(array, index));

	return text != NULL ? pool_strdup(pool, text) : "";
}

static enum dkim_result
dkim_result(const char *word)
{
	for (enum dkim_result r = DKIM_NONE; r <= DKIM_PERMERROR; r++) {
		if (strcmp(evidence_dkim_name(r), word) == 0)
			return r;
	}
	return DKIM_NEUTRAL;
}

struct dkim_evidence *
json_read_signatures(const char *text, struct pool *pool, size_t *count)
{
	json_t *array = json_loads(text, 0, NULL), *one;
	struct dkim_evidence *list =
	    pool_alloc(pool, (json_array_size(array) + 1) * sizeof *list);
	size_t i;

	*count = 0;
	json_array_foreach(array, i, one)
	{
		const char *reason = text_at(one, SIGNATURE_REASON, pool);

		if (!json_is_array(one))
			continue;
		list[(*count)++] = (struct dkim_evidence){
			.result = dkim_result(text_at(one, SIGNATURE_RESULT, pool)),
			.domain = text_at(one, SIGNATURE_DOMAIN, pool),
			.selector = text_at(one, SIGNATURE_SELECTOR, pool),
			.algorithm = text_at(one, SIGNATURE_ALGORITHM, pool),
			.b_start = "",
			.key_bits =
			    (int)json_integer_value(json_array_get(one, SIGNATURE_BITS)),
			.reason = *reason != '\0' ? reason : NULL,
		};
	}
	json_decref(array);
	return list;
}
