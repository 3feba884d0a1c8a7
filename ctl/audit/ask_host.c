#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/pool.h"
#include "ctl/audit/answer_text.h"
#include "ctl/audit/ask.h"
#include "ctl/audit/ask_host.h"
#include "ctl/audit/facts.h"
#include "dns/questions.h"
#include "dns/rdata.h"

#define SHA256_OCTETS 32
#define SHA512_OCTETS 64

/*
 * RFC 7672 section 3.1: usages 0 and 1 are not for SMTP; what nobody can match is
 * unusable.
 */
static bool
is_usable(const struct rdata_tlsa *t)
{
	if (t->usage != 2 && t->usage != 3)
		return false;
	if (t->selector > 1)
		return false;
	if (t->matching == 0)
		return true;
	return (t->matching == 1 && t->len == SHA256_OCTETS) ||
	       (t->matching == 2 && t->len == SHA512_OCTETS);
}

static void
take_tlsa(struct ask *a, struct facts_host *h, const struct dns_answer *answer)
{
	struct facts_tlsa *list = pool_alloc(a->pool, (answer->count + 1) * sizeof *list);

	for (size_t i = 0; i < answer->count; i++) {
		struct rdata_tlsa t = { 0 };
		bool whole = rdata_tlsa(&answer->records[i], &t);
		/* The answer goes with its questions. */
		unsigned char *data = pool_alloc(a->pool, t.len + 1);

		if (t.len > 0)
			memcpy(data, t.data, t.len);
		list[i] = (struct facts_tlsa){
			.text = answer_text(&answer->records[i], DNS_TLSA, a->pool),
			.usage = t.usage,
			.selector = t.selector,
			.matching = t.matching,
			.data = data,
			.len = t.len,
			.usable = whole && is_usable(&t),
			.certificate = whole && t.usage == 3 && t.selector == 0,
			.ttl = answer->ttl,
		};
	}
	h->records = list;
	h->record_count = answer->count;
}

static void
ask_host(struct ask *a, struct facts_host *h)
{
	const char *tlsa = pool_printf(a->pool, "_25._tcp.%s", h->name);
	const struct dns_answer *v4, *v6;
	struct ip ip;

	h->is_null = strcmp(h->name, ".") == 0;
	h->is_literal = ip_parse(h->name, &ip);
	if (h->is_null || h->is_literal)
		return;
	questions_begin(a->q, h->name, DNS_AAAA);
	questions_begin(a->q, h->name, DNS_CNAME);
	questions_begin(a->q, tlsa, DNS_TLSA);
	v4 = ask_lookup(a, h->name, DNS_A, &h->a);
	v6 = ask_lookup(a, h->name, DNS_AAAA, &h->aaaa);
	h->addresses = answer_text_addresses(v4, v6, a->pool, &h->address_count);
	ask_lookup(a, h->name, DNS_CNAME, &h->alias);
	take_tlsa(a, h, ask_lookup(a, tlsa, DNS_TLSA, &h->tlsa));
}

static int
by_preference(const void *a, const void *b)
{
	const struct facts_host *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return strcmp(x->name, y->name);
}

void
ask_host_all(struct ask *a)
{
	struct facts *f = a->facts;
	const struct dns_answer *answer = ask_lookup(a, f->domain, DNS_MX, &f->mx);
	struct facts_host *list = pool_alloc(a->pool, (answer->count + 1) * sizeof *list);

	for (size_t i = 0; i < answer->count; i++) {
		struct facts_host *h = &list[f->mx_count];

		h->name = rdata_mx(&answer->records[i], &h->preference, a->pool);
		f->mx_count += h->name != NULL;
	}
	if (f->mx_count > 1)
		qsort(list, f->mx_count, sizeof *list, by_preference);
	f->hosts = list;
	f->host_count = f->mx_count < FACTS_HOSTS_MAX ? f->mx_count : FACTS_HOSTS_MAX;
	for (size_t i = 0; i < f->host_count; i++)
		ask_host(a, &list[i]);
}
