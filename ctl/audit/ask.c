#include <stdio.h>
#include <string.h>

#include "base/deadline.h"
#include "base/pool.h"
#include "check/orgdomain.h"
#include "ctl/audit/answer_text.h"
#include "ctl/audit/ask.h"
#include "ctl/audit/ask_dmarc.h"
#include "ctl/audit/ask_host.h"
#include "ctl/audit/ask_key.h"
#include "ctl/audit/ask_single.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/plan.h"
#include "dns/questions.h"
#include "dns/resolver.h"

#define ASKED_MAX 400
#define IN_FLIGHT_MAX 16
#define DEADLINE_MS 60000

bool
ask_has_failed(const struct facts_lookup *lookup)
{
	return lookup->status == DNS_TEMPFAIL || lookup->status == DNS_BOGUS;
}

const struct dns_answer *
ask_lookup(
    struct ask *a, const char *name, enum dns_type type, struct facts_lookup *lookup)
{
	const struct dns_answer *answer = questions_ask(a->q, name, type);

	*lookup = (struct facts_lookup){
		.name = pool_strdup(a->pool, name),
		.type = type,
		.status = answer->status,
		.secure = answer->secure,
		.ttl = answer->ttl,
		.reason = answer->reason,
	};
	return answer;
}

static void
begin(struct ask *a, const char *name, enum dns_type type)
{
	questions_begin(a->q, name, type);
}

/* What every domain is asked for goes out at once. */
static void
begin_all(struct ask *a)
{
	static const char *const below[] = { "_dmarc", "_domainkey", "_mta-sts",
		"_smtp._tls" };
	static const enum dns_type types[] = { DNS_SOA, DNS_MX, DNS_TXT, DNS_A,
		DNS_AAAA };

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		begin(a, a->facts->domain, types[i]);
	for (size_t i = 0; i < sizeof below / sizeof below[0]; i++)
		begin(a, pool_printf(a->pool, "%s.%s", below[i], a->facts->domain),
		    DNS_TXT);
}

static void
ask_spf(struct ask *a)
{
	struct facts *f = a->facts;

	f->spf = spf_tree_walk(a->q, f->domain, a->pool);
	if (f->spf.text != NULL)
		f->spf.text = answer_text_plain(f->spf.text, a->pool);
	for (size_t i = 0; i < f->spf.include_count; i++) {
		const char *name = f->spf.includes[i];

		if (a->options->suffixes != NULL &&
		    !orgdomain_are_related(a->options->suffixes, f->domain, name))
			f->foreign_senders++;
	}
}

/* What a domain is for, by what it says. */
static enum plan_kind
guess(const struct facts *f)
{
	if (f->mx_count == 1 && f->hosts[0].is_null)
		return PLAN_NONE;
	if (f->mx_count > 0 || ask_has_failed(&f->mx))
		return PLAN_MAIL;
	return f->spf.is_only_fail ? PLAN_NONE : PLAN_SEND;
}

/* ${at} is of the clock that answers go by. */
static time_t
moment(const struct ask *a, const struct timespec *at)
{
	struct timespec now = deadline_in(0);

	return a->options->now - (time_t)(deadline_ms_between(at, &now) / 1000);
}

static void
keep_answer(struct ask *a, const struct question *q, struct facts_answer *kept)
{
	const char **records =
	    pool_alloc(a->pool, (q->answer->count + 1) * sizeof *records);

	for (size_t i = 0; i < q->answer->count; i++)
		records[i] = answer_text(&q->answer->records[i], q->type, a->pool);
	*kept = (struct facts_answer){
		.lookup = { .name = pool_strdup(a->pool, q->name),
		    .type = q->type,
		    .status = q->answer->status,
		    .secure = q->answer->secure,
		    .ttl = q->answer->ttl,
		    .reason = q->answer->reason },
		.records = records,
		.count = q->answer->count,
		.at = moment(a, &q->answer->at),
	};
}

/* As evidence.  What was begun and nobody waited for tells nothing. */
static void
keep_answers(struct ask *a)
{
	size_t count;
	const struct question *list = questions_list(a->q, &count);
	struct facts_answer *kept = pool_alloc(a->pool, (count + 1) * sizeof *kept);

	a->facts->answers = kept;
	for (size_t i = 0; i < count; i++) {
		if (list[i].answer != NULL)
			keep_answer(a, &list[i], &kept[a->facts->answer_count++]);
	}
}

static bool
sends(const struct plan_domain *d)
{
	return d->kind != PLAN_NONE && d->kind != PLAN_GUESS;
}

static bool
shares_flow(const struct plan_domain *a, const struct plan_domain *b)
{
	for (size_t i = 0; i < a->flows.count; i++) {
		if (wordlist_has(&b->flows, a->flows.words[i]))
			return true;
	}
	return false;
}

/* Which flows there are is not in DNS: the plan tells. */
static void
take_flows(struct ask *a, const struct plan_domain *domain)
{
	const struct plan *plan = a->options->plan;
	struct facts *f = a->facts;

	f->flows = domain->flows;
	f->flows_are_told = true;
	for (size_t i = 0; i < plan->domain_count; i++) {
		const struct plan_domain *other = &plan->domains[i];

		if (sends(other) && other->flows.count == 0)
			f->flows_are_told = false;
		if (strcmp(other->name, domain->name) != 0 && shares_flow(domain, other))
			f->flow_is_shared = true;
	}
}

struct facts *
ask_domain(const struct ask_options *options, const struct plan_domain *domain,
    const struct wordlist *earlier, struct pool *pool)
{
	static const struct questions_options how = {
		.asked_max = ASKED_MAX,
		.in_flight_max = IN_FLIGHT_MAX,
		.trace = true,
	};
	struct facts *f = pool_alloc(pool, sizeof *f);
	struct ask a = { options, questions_new(options->resolver, &how, pool), pool, f };

	*f = (struct facts){
		.domain = pool_strdup(pool, domain->name),
		.kind = domain->kind,
		.guessed = domain->kind == PLAN_GUESS,
		.selectors_named = domain->selectors.count > 0,
		.is_zone = options->is_zone,
		.now = options->now,
	};
	f->validates = resolver_validates(options->resolver, &f->why_not);
	questions_deadline(a.q, DEADLINE_MS);
	begin_all(&a);
	ask_key_begin(&a, domain, earlier);
	ask_lookup(&a, f->domain, DNS_SOA, &f->soa);
	ask_lookup(&a, f->domain, DNS_A, &f->a);
	ask_lookup(&a, f->domain, DNS_AAAA, &f->aaaa);
	ask_lookup(&a, f->domain, DNS_TXT, &f->txt);
	ask_host_all(&a);
	ask_spf(&a);
	ask_dmarc(&a);
	ask_key_all(&a, domain, earlier);
	ask_single_all(&a);
	take_flows(&a, domain);
	if (f->guessed)
		f->kind = guess(f);
	keep_answers(&a);
	questions_free(a.q);
	return f;
}
