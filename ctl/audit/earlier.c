#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "base/file.h"
#include "base/pool.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/rules.h"
#include "ctl/text.h"

#define FILE_OCTETS_MAX ((size_t)64 << 20)
#define VERSION 1

const char *
earlier_time_text(int64_t at, char text[EARLIER_TIME_SIZE])
{
	time_t seconds = (time_t)at;
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(text, EARLIER_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(text, EARLIER_TIME_SIZE, "?");
	return text;
}

int64_t
earlier_time_read(const char *text)
{
	struct tm tm = { 0 };
	const char *end = text != NULL ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;

	return end != NULL && *end == '\0' ? (int64_t)timegm(&tm) : 0;
}

static const char *
text_in(const json_t *object, const char *key, struct pool *pool)
{
	const char *text = json_string_value(json_object_get(object, key));

	return pool_strdup(pool, text != NULL ? text : "");
}

static int64_t
time_in(const json_t *object, const char *key)
{
	return earlier_time_read(json_string_value(json_object_get(object, key)));
}

/* The texts of an array, a line each. */
static const char *
lines_in(const json_t *object, const char *key, struct pool *pool)
{
	const json_t *one;
	size_t i, len = 0;
	char *lines, *to;

	json_array_foreach(json_object_get(object, key), i, one)
	{
		len += json_string_length(one) + 1;
	}
	lines = to = pool_alloc(pool, len + 1);
	json_array_foreach(json_object_get(object, key), i, one)
	{
		if (!json_is_string(one))
			continue;
		if (to > lines)
			*to++ = '\n';
		to = mempcpy(to, json_string_value(one), json_string_length(one));
	}
	return lines;
}

static int
verdict_of(const char *code)
{
	for (int v = 0; v < AUDIT_VERDICTS; v++) {
		if (strcmp(rules_verdict_code((enum audit_verdict)v), code) == 0)
			return v;
	}
	return -1;
}

static void
read_rules(const json_t *rules, struct earlier_domain *d)
{
	const json_t *one;
	size_t i;

	for (i = 0; i < AUDIT_RULES; i++)
		d->verdicts[i] = -1;
	json_array_foreach(rules, i, one)
	{
		const char *name = json_string_value(json_object_get(one, "rule"));
		const char *code = json_string_value(json_object_get(one, "verdict"));
		size_t rule = name != NULL ? audit_rule_find(name) : AUDIT_RULES;

		if (rule < AUDIT_RULES && code != NULL)
			d->verdicts[rule] = verdict_of(code);
	}
}

static void
read_keys(const json_t *keys, struct earlier_domain *d, struct pool *pool)
{
	struct earlier_key *list =
	    pool_alloc(pool, (json_array_size(keys) + 1) * sizeof *list);
	const json_t *one;
	size_t i;

	json_array_foreach(keys, i, one)
	{
		struct earlier_key *k = &list[d->key_count++];

		*k = (struct earlier_key){
			.selector = text_in(one, "selector", pool),
			.hash = text_in(one, "hash", pool),
			.type = text_in(one, "type", pool),
			.bits = (int)json_integer_value(json_object_get(one, "bits")),
			.first_seen = time_in(one, "first_seen"),
			.last_seen = time_in(one, "last_seen"),
			.present = json_is_true(json_object_get(one, "present")),
		};
		if (k->present && *k->selector != '\0' && strcmp(k->selector, "*") != 0)
			wordlist_add(&d->selectors, k->selector);
	}
	d->keys = list;
}

static void
read_domain(const json_t *o, struct earlier_domain *d, struct pool *pool)
{
	const json_t *facts = json_object_get(o, "facts");

	d->name = text_in(o, "domain", pool);
	read_rules(json_object_get(o, "rules"), d);
	read_keys(json_object_get(facts, "keys"), d, pool);
	d->keys_since = time_in(facts, "keys_since");
	d->mx = lines_in(facts, "mx", pool);
	d->tlsa = lines_in(facts, "tlsa", pool);
	d->certificates = lines_in(facts, "certificates", pool);
	d->spf = text_in(facts, "spf", pool);
	d->dmarc = text_in(json_object_get(facts, "dmarc"), "record", pool);
}

static void
read_domains(const json_t *domains, struct earlier *e)
{
	struct earlier_domain *list =
	    pool_alloc(e->pool, (json_array_size(domains) + 1) * sizeof *list);
	const json_t *one;
	size_t i;

	json_array_foreach(domains, i, one)
	{
		read_domain(one, &list[e->count++], e->pool);
	}
	e->domains = list;
}

struct earlier *
earlier_read(const char *path, char *why, size_t whysize)
{
	size_t len;
	char *text = file_read(path, FILE_OCTETS_MAX, &len, why, whysize);
	struct pool *pool;
	struct earlier *e;
	json_t *o;

	if (text == NULL)
		return NULL;
	o = json_loadb(text, len, 0, NULL);
	free(text);
	if (json_integer_value(json_object_get(o, "audit")) != VERSION) {
		snprintf(why, whysize, _("%s: is not the JSON of an audit"), path);
		json_decref(o);
		return NULL;
	}
	pool = pool_new();
	e = pool_alloc(pool, sizeof *e);
	e->pool = pool;
	e->path = pool_strdup(pool, path);
	e->made = text_in(o, "made", pool);
	read_domains(json_object_get(o, "domains"), e);
	json_decref(o);
	return e;
}

void
earlier_free(struct earlier *e)
{
	struct pool *pool;

	if (e == NULL)
		return;
	for (size_t i = 0; i < e->count; i++) {
		struct wordlist selectors = e->domains[i].selectors;

		wordlist_clear(&selectors);
	}
	pool = e->pool;
	pool_free(pool);
}

const struct earlier_domain *
earlier_find(const struct earlier *e, const char *domain)
{
	for (size_t i = 0; e != NULL && i < e->count; i++) {
		if (strcmp(e->domains[i].name, domain) == 0)
			return &e->domains[i];
	}
	return NULL;
}
