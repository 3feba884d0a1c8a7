#include <stdbool.h>
#include <string.h>

#include <jansson.h>

#include "base/pool.h"
#include "base/text.h"
#include "ctl/evidence.h"
#include "ctl/json.h"
#include "ctl/judge/judged.h"
#include "ctl/word.h"
#include "mail/evidence.h"
#include "policy/actions.h"
#include "policy/judged_json.h"
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

void
json_print(FILE *out, const struct judged *j)
{
	struct judged_json judged = {
		.file = j->file,
		.ev = j->ev,
		.verdict = j->verdict,
		.actions = j->actions,
		.reason = j->reason,
		.reply = j->reply,
		.questions = j->facts,
		.question_count = j->fact_count,
	};
	struct text text = { 0 };

	judged_json_write(&text, &judged);
	fwrite(text.data, 1, text.len, out);
	fputc('\n', out);
	text_free(&text);
}

/* The caller's to json_decref(); NULL: it is none, or more than a line of ASCII. */
static json_t *
load_line(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < ' ' || *p > '~')
			return NULL;
	}
	return json_loads(text, 0, NULL);
}

bool
json_holds_array(const char *text)
{
	json_t *value = load_line(text);
	bool yes = json_is_array(value);

	json_decref(value);
	return yes;
}

bool
json_holds_object(const char *text)
{
	json_t *value = load_line(text);
	bool yes = json_is_object(value);

	json_decref(value);
	return yes;
}

/* A copy in ${pool} of what may be text; NULL: it is none. */
static const char *
text_of(const json_t *value, struct pool *pool)
{
	const char *text = json_string_value(value);

	return text != NULL ? pool_strdup(pool, text) : NULL;
}

static const char *
text_at(const json_t *array, size_t index, struct pool *pool)
{
	const char *text = text_of(json_array_get(array, index), pool);

	return text != NULL ? text : "";
}

static const char *
text_in(const json_t *object, const char *key, struct pool *pool)
{
	return text_of(json_object_get(object, key), pool);
}

/* The same, "" where there is none. */
static const char *
some_text_in(const json_t *object, const char *key, struct pool *pool)
{
	const char *text = text_in(object, key, pool);

	return text != NULL ? text : "";
}

static int
number_in(const json_t *object, const char *key)
{
	return (int)json_integer_value(json_object_get(object, key));
}

static bool
is_true_in(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

static enum dns_sec
sec_in(const json_t *object)
{
	const char *word = json_string_value(json_object_get(object, "dns_sec"));

	if (word == NULL)
		return DNS_SEC_UNASKED;
	return strcmp(word, "yes") == 0 ? DNS_SEC_YES : DNS_SEC_NO;
}

/* The columns have it in the reason alone. */
static void
take_own(struct dkim_evidence *d)
{
	const char *own = word_of_own(d->reason);

	d->by_relay = own != NULL;
	if (own != NULL)
		d->own = word_dkim_result(own);
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
		if (!json_is_array(one))
			continue;
		list[(*count)++] = (struct dkim_evidence){
			.result = word_dkim_result(text_at(one, SIGNATURE_RESULT, pool)),
			.domain = text_at(one, SIGNATURE_DOMAIN, pool),
			.selector = text_at(one, SIGNATURE_SELECTOR, pool),
			.algorithm = text_at(one, SIGNATURE_ALGORITHM, pool),
			.b_start = "",
			.key_bits =
			    (int)json_integer_value(json_array_get(one, SIGNATURE_BITS)),
			.reason = text_of(json_array_get(one, SIGNATURE_REASON), pool),
		};
		take_own(&list[*count - 1]);
	}
	json_decref(array);
	return list;
}

static void
read_signatures(const json_t *array, struct evidence *ev, struct pool *pool)
{
	struct dkim_evidence *list =
	    pool_alloc(pool, (json_array_size(array) + 1) * sizeof *list);
	const json_t *one;
	size_t i;

	json_array_foreach(array, i, one)
	{
		list[i] = (struct dkim_evidence){
			.result = word_dkim_result(some_text_in(one, "result", pool)),
			.domain = some_text_in(one, "domain", pool),
			.selector = some_text_in(one, "selector", pool),
			.algorithm = some_text_in(one, "algorithm", pool),
			.b_start = some_text_in(one, "b", pool),
			.key_bits = number_in(one, "key_bits"),
			.testing = is_true_in(one, "testing"),
			.dns_sec = sec_in(one),
			.reason = text_in(one, "reason", pool),
			.by_relay = text_in(one, "own", pool) != NULL,
			.own = word_dkim_result(some_text_in(one, "own", pool)),
		};
	}
	ev->dkim = list;
	ev->dkim_count = json_array_size(array);
}

static void
read_spf(const json_t *o, struct spf_evidence *spf, struct pool *pool)
{
	const json_t *steps = json_object_get(o, "steps"), *one;
	struct spf_step *list =
	    pool_alloc(pool, (json_array_size(steps) + 1) * sizeof *list);
	size_t i;

	json_array_foreach(steps, i, one)
	{
		list[i] = (struct spf_step){
			.depth = (int)json_integer_value(json_array_get(one, 0)),
			.domain = text_at(one, 1, pool),
			.term = text_at(one, 2, pool),
			.target = text_of(json_array_get(one, 3), pool),
			.outcome = text_at(one, 4, pool),
		};
	}
	*spf = (struct spf_evidence){
		.result = word_spf_result(some_text_in(o, "result", pool)),
		.scope = strcmp(some_text_in(o, "identity", pool), "helo") == 0
			     ? SPF_HELO
			     : SPF_MAILFROM,
		.domain = some_text_in(o, "domain", pool),
		.lookups = number_in(o, "lookups"),
		.void_lookups = number_in(o, "void_lookups"),
		.void_lookups_max = number_in(o, "void_lookups_max"),
		.dns_sec = sec_in(o),
		.reason = text_in(o, "reason", pool),
		.steps = list,
		.step_count = json_array_size(steps),
		.by_relay = text_in(o, "own", pool) != NULL,
		.own = word_spf_result(some_text_in(o, "own", pool)),
	};
}

/* What the columns do not tell of it. */
static void
read_dmarc(const json_t *o, struct dmarc_evidence *d, struct pool *pool)
{
	const json_t *steps = json_object_get(o, "steps"), *one;
	struct dmarc_step *list =
	    pool_alloc(pool, (json_array_size(steps) + 1) * sizeof *list);
	size_t i;

	json_array_foreach(steps, i, one)
	{
		list[i] = (struct dmarc_step){
			.what = text_at(one, 0, pool),
			.name = text_at(one, 1, pool),
			.outcome = text_at(one, 2, pool),
		};
	}
	d->steps = list;
	d->step_count = json_array_size(steps);
	d->record_domain = text_in(o, "record_domain", pool);
	d->record = text_in(o, "record", pool);
	d->org_domain = text_in(o, "org_domain", pool);
	d->tag = word_dmarc_tag(some_text_in(o, "tag", pool));
	d->strict_spf = is_true_in(o, "strict_spf");
	d->strict_dkim = is_true_in(o, "strict_dkim");
	d->judges_differ = is_true_in(o, "judges_differ");
	d->dns_sec = sec_in(o);
	d->reason = text_in(o, "reason", pool);
}

static void
read_headers(const json_t *o, struct actions *a, struct pool *pool)
{
	const json_t *insert = json_object_get(o, "insert"), *one;
	const size_t count = json_array_size(insert);
	struct header_insertion *list = pool_alloc(pool, (count + 1) * sizeof *list);
	size_t i;

	/* Told from the top, kept as they are put there: the last one is on top. */
	json_array_foreach(insert, i, one)
	{
		list[count - 1 - i] = (struct header_insertion){
			.name = some_text_in(one, "name", pool),
			.value =
			    pool_printf(pool, " %s", some_text_in(one, "value", pool)),
		};
	}
	a->insert = list;
	a->insert_count = count;
}

static void
read_questions(const json_t *array, struct json_trace *t, struct pool *pool)
{
	struct question_fact *list =
	    pool_alloc(pool, (json_array_size(array) + 1) * sizeof *list);
	const json_t *one;
	size_t i;

	json_array_foreach(array, i, one)
	{
		list[i] = (struct question_fact){
			.name = some_text_in(one, "name", pool),
			.type = some_text_in(one, "type", pool),
			.status = text_in(one, "status", pool),
			.reason = text_in(one, "reason", pool),
			.dns_sec = sec_in(one),
			.ms = json_number_value(json_object_get(one, "ms")),
		};
	}
	t->questions = list;
	t->question_count = json_array_size(array);
}

static void
read_from(const json_t *o, struct from_evidence *from, struct pool *pool)
{
	from->reason = text_in(o, "reason", pool);
	from->wants_quotes = is_true_in(o, "wants_quotes");
}

/* "550 5.7.26 text" */
static void
read_reply(const json_t *value, struct reply *reply, struct pool *pool)
{
	char *text =
	    json_is_string(value) ? pool_strdup(pool, json_string_value(value)) : NULL;
	char *enhanced = text != NULL ? strchr(text, ' ') : NULL;
	char *words = enhanced != NULL ? strchr(enhanced + 1, ' ') : NULL;

	if (words == NULL)
		return;
	*enhanced++ = *words++ = '\0';
	*reply = (struct reply){ .code = text, .enhanced = enhanced, .text = words };
}

static void
read_relay(const json_t *o, struct relay_evidence *relay, struct pool *pool)
{
	const char *client = text_in(o, "client", pool);

	relay->is_relay = is_true_in(o, "is_relay");
	relay->found = client != NULL && ip_parse(client, &relay->client);
	relay->helo = some_text_in(o, "helo", pool);
	relay->reason = text_in(o, "reason", pool);
	relay->results = word_relay_results(some_text_in(o, "results", pool));
	relay->results_reason = text_in(o, "results_reason", pool);
}

bool
json_read_trace(const char *text, struct json_trace *t, struct pool *pool)
{
	json_t *o = json_loads(text, 0, NULL);
	const json_t *helo = json_object_get(o, "spf_helo");
	bool known = json_is_object(o) && number_in(o, "v") == JUDGED_JSON_VERSION;

	if (known) {
		struct evidence *ev = &t->ev;

		read_from(json_object_get(o, "from"), &ev->from, pool);
		ev->helo = some_text_in(o, "helo", pool);
		read_dmarc(json_object_get(o, "dmarc"), &ev->dmarc, pool);
		read_spf(json_object_get(o, "spf"), &ev->spf, pool);
		ev->has_spf_helo = helo != NULL;
		if (ev->has_spf_helo)
			read_spf(helo, &ev->spf_helo, pool);
		read_signatures(json_object_get(o, "dkim"), ev, pool);
		read_relay(json_object_get(o, "relay"), &ev->relay, pool);
		read_headers(json_object_get(o, "headers"), &t->actions, pool);
		read_questions(json_object_get(o, "dns"), t, pool);
		read_reply(json_object_get(o, "reply"), &t->reply, pool);
	}
	json_decref(o);
	return known;
}

/* Text that may be any, in ${copy} of ${size}; "" what has no room there. */
static void
copy_text(const json_t *value, char *copy, size_t size)
{
	const char *text = json_string_value(value);
	const size_t len = json_string_length(value);

	copy[0] = '\0';
	if (text != NULL && len < size && memchr(text, '\0', len) == NULL)
		memcpy(copy, text, len + 1);
}

bool
json_read_queued(char *line, size_t len, struct json_queued *q)
{
	const json_t *arrival, *size, *recipients;
	bool known;
	json_t *o;

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)line[i] > '~')
			line[i] = '?';
	}
	o = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	arrival = json_object_get(o, "arrival_time");
	size = json_object_get(o, "message_size");
	known = json_is_integer(arrival) && json_is_integer(size);
	*q = (struct json_queued){
		.arrival = json_integer_value(arrival),
		.size = json_integer_value(size),
	};
	copy_text(json_object_get(o, "queue_name"), q->queue, sizeof q->queue);
	copy_text(json_object_get(o, "queue_id"), q->id, sizeof q->id);
	recipients = json_object_get(o, "recipients");
	if (json_array_size(recipients) == 1)
		copy_text(json_object_get(json_array_get(recipients, 0), "address"),
		    q->recipient, sizeof q->recipient);
	json_decref(o);
	return known;
}

bool
json_read_proof(const char *text, size_t len, struct json_proof *proof)
{
	json_t *o = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
	const json_t *version = json_object_get(o, "prove");
	bool known =
	    json_is_integer(version) && json_integer_value(version) == EVIDENCE_VERSION;

	copy_text(json_object_get(o, "made"), proof->made, sizeof proof->made);
	copy_text(json_object_get(o, "verdict"), proof->verdict, sizeof proof->verdict);
	copy_text(json_object_get(o, "settings_sha256"), proof->settings_sha256,
	    sizeof proof->settings_sha256);
	json_decref(o);
	return known;
}
