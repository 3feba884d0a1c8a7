#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/pool.h"
#include "ctl/audit/answer_text.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/result.h"
#include "ctl/text.h"

#define SOMETHING_TO_MEND 1

bool
result_summary(const struct result *r, enum audit_rule rule, enum audit_verdict *verdict)
{
	bool found = false;

	for (size_t i = 0; i < r->count; i++) {
		for (size_t j = 0; j < r->domains[i].count; j++) {
			const struct rules_verdict *v = &r->domains[i].verdicts[j];

			if (v->rule != rule)
				continue;
			*verdict = found ? rules_worse(*verdict, v->verdict) : v->verdict;
			found = true;
		}
	}
	return found;
}

size_t
result_evidence(const struct facts *f, const struct facts_lookup *lookup)
{
	if (lookup == NULL || lookup->name == NULL)
		return 0;
	for (size_t i = 0; i < f->answer_count; i++) {
		const struct facts_lookup *one = &f->answers[i].lookup;

		if (one->type == lookup->type && strcmp(one->name, lookup->name) == 0)
			return i + 1;
	}
	return 0;
}

/* A phrase of ours among the words has a translation, what is from outside has none. */
static const char *
word(const struct rules_check *check, size_t n, struct pool *pool)
{
	const char *text = n < RULES_WORDS ? check->words[n] : NULL;

	if (text == NULL || *text == '\0')
		return "";
	/* Words of the protocols, such as none, stay as they are. */
	return answer_text_safe(strchr(text, ' ') != NULL ? _(text) : text, pool);
}

const char *
result_text(const struct rules_check *check, struct pool *pool)
{
	const char *text = _(check->row->text), *words[RULES_WORDS];
	size_t len = strlen(text), n = 0;
	char *filled, *to;

	for (size_t i = 0; i < RULES_WORDS; i++) {
		words[i] = word(check, i, pool);
		len += strlen(words[i]);
	}
	filled = to = pool_alloc(pool, len + 1);
	while (*text != '\0') {
		if (text[0] == '%' && text[1] == 's') {
			to = stpcpy(to, n < RULES_WORDS ? words[n++] : "");
			text += 2;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
	return filled;
}

const char *
result_verdict(enum audit_verdict verdict)
{
	const char *text = _(rules_verdict_word(verdict));
	const char *bar = strchr(text, '|');

	return bar != NULL ? bar + 1 : text;
}

const char *
result_kind(const struct facts *f)
{
	static const char *const words[] = {
		[PLAN_MAIL] = N_("receives mail, and may send it"),
		[PLAN_SEND] = N_("sends mail only"),
		[PLAN_NONE] = N_("is not used for mail"),
	};

	return _(words[f->kind]);
}

const char *
result_unknown_name(const struct facts *f)
{
	return f->soa.name != NULL && f->soa.status == DNS_NXDOMAIN
		   ? _("DNS knows no such name; is it spelled right?")
		   : NULL;
}

const char *
result_hosts(const struct facts *f, struct pool *pool)
{
	const char *names = "";

	for (size_t i = 0; i < f->host_count; i++) {
		if (!f->hosts[i].is_null)
			names = pool_printf(pool, "%s%s%s", names,
			    *names != '\0' ? " " : "", f->hosts[i].name);
	}
	return names;
}

const char *const *
result_mx(const struct facts *f, struct pool *pool)
{
	const char **list = pool_alloc(pool, (f->mx_count + 1) * sizeof *list);

	/* They are in the order of their preference and name already. */
	for (size_t i = 0; i < f->mx_count; i++)
		list[i] = pool_printf(
		    pool, "%u %s", (unsigned)f->hosts[i].preference, f->hosts[i].name);
	return list;
}

static int
by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

const char *const *
result_tlsa(const struct facts *f, struct pool *pool, size_t *count)
{
	size_t n = 0;
	const char **list;

	for (size_t i = 0; i < f->host_count; i++)
		n += f->hosts[i].record_count;
	list = pool_alloc(pool, (n + 1) * sizeof *list);
	*count = 0;
	for (size_t i = 0; i < f->host_count; i++) {
		const struct facts_host *h = &f->hosts[i];

		for (size_t j = 0; j < h->record_count; j++)
			list[(*count)++] =
			    pool_printf(pool, "%s %s", h->name, h->records[j].text);
	}
	if (n > 1)
		qsort(list, n, sizeof *list, by_text);
	return list;
}

/* As it is known by; "" where there is none. */
static const char *
certificate(
    const struct facts_host *h, const struct probed_handshake *shake, struct pool *pool)
{
	const struct probed_certificate *k = shake->chain;
	char until[EARLIER_TIME_SIZE];

	if (shake->chain_count == 0)
		return "";
	return pool_printf(pool, "%s %s until %.10s, SHA-256 %s", h->name, k->key,
	    earlier_time_text(k->not_after, until), k->sha256);
}

static void
add_once(const char **list, size_t *count, const char *text)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(list[i], text) == 0)
			return;
	}
	if (*text != '\0')
		list[(*count)++] = text;
}

const char *const *
result_certificates(const struct facts *f, struct pool *pool, size_t *count)
{
	const char **list = pool_alloc(
	    pool, (2 * f->host_count * PROBED_ADDRESSES_MAX + 1) * sizeof *list);
	bool some = false;

	*count = 0;
	for (size_t i = 0; i < f->host_count; i++) {
		const struct facts_host *h = &f->hosts[i];

		for (size_t j = 0; h->probed != NULL && j < h->probed->address_count &&
				   j < PROBED_ADDRESSES_MAX;
		     j++) {
			const struct probed_address *a = &h->probed->addresses[j];

			if (a->plain.end != PROBED_HANDSHAKE_DONE || a->stopped != NULL)
				return NULL;
			add_once(list, count, certificate(h, &a->plain, pool));
			add_once(list, count, certificate(h, &a->other, pool));
			some = true;
		}
	}
	if (*count > 1)
		qsort(list, *count, sizeof *list, by_text);
	return some ? list : NULL;
}

int
result_code(const struct result *r, bool strict)
{
	bool open = false;

	for (size_t i = 0; i < r->count; i++) {
		for (size_t j = 0; j < r->domains[i].count; j++) {
			const struct rules_verdict *v = &r->domains[i].verdicts[j];

			if (rules_is_failing(v, strict))
				return SOMETHING_TO_MEND;
			open = open || rules_is_open(v, strict);
		}
	}
	return open ? EX_TEMPFAIL : EX_OK;
}
