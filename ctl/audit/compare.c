#include <stdbool.h>
#include <string.h>

#include "base/pool.h"
#include "ctl/audit/compare.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/result.h"

struct changes {
	struct pool *pool;
	struct compare_change *list;
	size_t count, size;
};

static void
add(struct changes *c, struct compare_change change)
{
	if (c->count == c->size) {
		size_t size = c->size == 0 ? 64 : 2 * c->size;
		struct compare_change *list = pool_alloc(c->pool, size * sizeof *list);

		if (c->count > 0)
			memcpy(list, c->list, c->count * sizeof *list);
		c->list = list;
		c->size = size;
	}
	c->list[c->count++] = change;
}

int
compare_before(
    const struct earlier *earlier, const char *domain, const struct rules_verdict *v)
{
	const struct earlier_domain *d = earlier_find(earlier, domain);

	if (d == NULL || d->verdicts[v->rule] == (int)v->verdict)
		return -1;
	return d->verdicts[v->rule];
}

/* What could not be tested is neither worse nor better than what was. */
static enum compare_kind
kind_of(enum audit_verdict from, enum audit_verdict to)
{
	if (to == AUDIT_UNTESTED)
		return COMPARE_UNTESTED;
	if (from == AUDIT_UNTESTED || from == AUDIT_NOT_APPLICABLE ||
	    to == AUDIT_NOT_APPLICABLE)
		return COMPARE_OTHER;
	return rules_worse(from, to) == to ? COMPARE_WORSE : COMPARE_BETTER;
}

static void
compare_verdicts(
    struct changes *c, const struct result *now, const struct result_domain *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct rules_verdict *v = &d->verdicts[i];
		int from = compare_before(now->earlier, d->facts->domain, v);

		if (from != -1)
			add(c, (struct compare_change){
				   .kind = kind_of((enum audit_verdict)from, v->verdict),
				   .domain = d->facts->domain,
				   .rule = v->rule,
				   .from = (enum audit_verdict)from,
				   .to = v->verdict });
	}
}

static void
compare_fact(struct changes *c, enum compare_kind kind, const char *domain,
    const char *before, const char *after)
{
	if (strcmp(before, after) != 0)
		add(c, (struct compare_change){ .kind = kind,
			   .domain = domain,
			   .before = before,
			   .after = after });
}

static const char *
lines(const char *const *list, size_t count, struct pool *pool)
{
	const char *text = "";

	for (size_t i = 0; i < count; i++)
		text = i == 0 ? list[0] : pool_printf(pool, "%s\n%s", text, list[i]);
	return text;
}

/* What was no answer today has not changed. */
static void
compare_facts(struct changes *c, const struct facts *f, const struct earlier_domain *d)
{
	size_t n;
	const char *const *tlsa = result_tlsa(f, c->pool, &n);
	bool tlsa_known = !rules_row_failed(&f->mx);

	for (size_t i = 0; i < f->host_count; i++)
		tlsa_known = tlsa_known && !rules_row_failed(&f->hosts[i].tlsa);
	if (!rules_row_failed(&f->mx))
		compare_fact(c, COMPARE_MX, f->domain, d->mx,
		    lines(result_mx(f, c->pool), f->mx_count, c->pool));
	if (f->spf.state != SPF_TREE_UNKNOWN)
		compare_fact(c, COMPARE_SPF, f->domain, d->spf,
		    f->spf.text != NULL ? f->spf.text : "");
	if (!f->dmarc.unknown)
		compare_fact(c, COMPARE_DMARC, f->domain, d->dmarc,
		    f->dmarc.text != NULL ? f->dmarc.text : "");
	if (tlsa_known)
		compare_fact(
		    c, COMPARE_TLSA, f->domain, d->tlsa, lines(tlsa, n, c->pool));
}

/* What was not seen, then or today, has not changed. */
static void
compare_certificates(
    struct changes *c, const struct facts *f, const struct earlier_domain *d)
{
	size_t n;
	const char *const *now = result_certificates(f, c->pool, &n);

	if (now != NULL && *d->certificates != '\0')
		compare_fact(c, COMPARE_CERTIFICATE, f->domain, d->certificates,
		    lines(now, n, c->pool));
}

static bool
is_same_key(const struct facts_key *a, const struct earlier_key *b)
{
	return a->usable && strcmp(a->selector, b->selector) == 0 &&
	       strcmp(a->hash, b->hash) == 0;
}

static bool
is_asked(const struct facts *f, const char *selector)
{
	for (size_t i = 0; i < f->key_count; i++) {
		if (strcmp(f->keys[i].selector, selector) == 0)
			return !rules_row_failed(&f->keys[i].lookup);
	}
	return !rules_row_failed(&f->domainkey);
}

static void
compare_key_lists(
    struct changes *c, const struct facts *f, const struct earlier_domain *d)
{
	for (size_t i = 0; i < f->key_count; i++) {
		const struct facts_key *k = &f->keys[i];
		bool known = !k->usable;

		for (size_t j = 0; j < d->key_count; j++)
			known =
			    known || (d->keys[j].present && is_same_key(k, &d->keys[j]));
		if (!known)
			add(c, (struct compare_change){ .kind = COMPARE_KEY_NEW,
				   .domain = f->domain,
				   .before = "",
				   .after = k->selector });
	}
	for (size_t i = 0; i < d->key_count; i++) {
		const struct earlier_key *k = &d->keys[i];
		bool there = !k->present || !is_asked(f, k->selector);

		for (size_t j = 0; j < f->key_count; j++)
			there = there || is_same_key(&f->keys[j], k);
		if (!there)
			add(c, (struct compare_change){ .kind = COMPARE_KEY_GONE,
				   .domain = f->domain,
				   .before = k->selector,
				   .after = "" });
	}
}

static void
compare_domain(struct changes *c, const struct result *now, const struct result_domain *d)
{
	const struct earlier_domain *before =
	    earlier_find(now->earlier, d->facts->domain);

	if (before == NULL) {
		add(c, (struct compare_change){
			   .kind = COMPARE_DOMAIN_NEW, .domain = d->facts->domain });
		return;
	}
	compare_verdicts(c, now, d);
	compare_facts(c, d->facts, before);
	compare_certificates(c, d->facts, before);
	compare_key_lists(c, d->facts, before);
}

static bool
is_there(const struct result *now, const char *domain)
{
	for (size_t i = 0; i < now->count; i++) {
		if (strcmp(now->domains[i].facts->domain, domain) == 0)
			return true;
	}
	return false;
}

const struct compare_change *
compare_all(const struct result *now, struct pool *pool, size_t *count)
{
	struct changes c = { .pool = pool };

	*count = 0;
	if (now->earlier == NULL)
		return NULL;
	for (size_t i = 0; i < now->count; i++)
		compare_domain(&c, now, &now->domains[i]);
	for (size_t i = 0; i < now->earlier->count; i++) {
		const char *name = now->earlier->domains[i].name;

		if (!is_there(now, name))
			add(&c, (struct compare_change){
				    .kind = COMPARE_DOMAIN_GONE, .domain = name });
	}
	*count = c.count;
	return c.list;
}

void
compare_keys(struct facts *f, const struct earlier_domain *before)
{
	f->keys_since = before != NULL && before->keys_since != 0 ? before->keys_since
								  : (int64_t)f->now;
	for (size_t i = 0; i < f->key_count; i++) {
		struct facts_key *k = &f->keys[i];

		if (!k->usable)
			continue;
		k->first_seen = k->last_seen = (int64_t)f->now;
		for (size_t j = 0; before != NULL && j < before->key_count; j++) {
			const struct earlier_key *e = &before->keys[j];

			if (is_same_key(k, e) && e->first_seen != 0 &&
			    e->first_seen < k->first_seen)
				k->first_seen = e->first_seen;
		}
	}
}
