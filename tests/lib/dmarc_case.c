#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "dmarc_case.h"
#include "dns/questions.h"
#include "resolver_zone.h"

struct dmarc_case {
	struct pool *pool;
	struct resolver *resolver;
	struct questions *questions;
	struct evidence ev;
	struct dkim_evidence *dkim;
};

static struct dmarc_case *
case_new(const char *zone, const char *from, bool on_demand)
{
	const struct questions_options options = { .asked_max = 250,
		.on_demand = on_demand };
	struct dmarc_case *c = mem_alloc(sizeof *c);
	char why[200];

	c->resolver = resolver_zone_new(zone, why, sizeof why);
	if (c->resolver == NULL) {
		printf("# zone: %s\n", why);
		free(c);
		return NULL;
	}
	c->pool = pool_new();
	c->questions = questions_new(c->resolver, &options, c->pool);
	c->ev.queue_id = "4XyZ1a";
	c->ev.from.domain = pool_strdup(c->pool, from);
	c->ev.spf.domain = c->ev.spf_helo.domain = "";
	return c;
}

struct dmarc_case *
dmarc_case_new(const char *zone, const char *from)
{
	return case_new(zone, from, true);
}

struct dmarc_case *
dmarc_case_new_early(const char *zone, const char *from)
{
	return case_new(zone, from, false);
}

void
dmarc_case_free(struct dmarc_case *c)
{
	if (c == NULL)
		return;
	questions_free(c->questions);
	pool_free(c->pool);
	resolver_close(c->resolver);
	free(c->dkim);
	free(c);
}

void
dmarc_case_queue_id(struct dmarc_case *c, const char *queue_id)
{
	c->ev.queue_id = pool_strdup(c->pool, queue_id);
}

void
dmarc_case_message_id(struct dmarc_case *c, const char *message_id)
{
	struct header_list *headers = header_list_new(
	    c->pool, (struct header_limits){ 1000, 10 }, "mx.example", NULL);

	header_list_add(headers, "Message-ID", message_id);
	c->ev.headers = headers;
	c->ev.queue_id = EVIDENCE_NO_QUEUE;
}

static enum spf_result
spf_result_of(const char *name)
{
	for (int i = SPF_NONE; i <= SPF_PERMERROR; i++) {
		if (strcmp(evidence_spf_name((enum spf_result)i), name) == 0)
			return (enum spf_result)i;
	}
	abort();
}

static enum dkim_result
dkim_result_of(const char *name)
{
	for (int i = DKIM_NONE; i <= DKIM_PERMERROR; i++) {
		if (strcmp(evidence_dkim_name((enum dkim_result)i), name) == 0)
			return (enum dkim_result)i;
	}
	abort();
}

void
dmarc_case_spf(struct dmarc_case *c, const char *result, const char *domain)
{
	c->ev.spf.result = spf_result_of(result);
	c->ev.spf.domain = pool_strdup(c->pool, domain);
}

void
dmarc_case_spf_helo(struct dmarc_case *c, const char *result, const char *domain)
{
	c->ev.has_spf_helo = true;
	c->ev.spf_helo.scope = SPF_HELO;
	c->ev.spf_helo.result = spf_result_of(result);
	c->ev.spf_helo.domain = pool_strdup(c->pool, domain);
}

void
dmarc_case_dkim(struct dmarc_case *c, const char *result, const char *domain)
{
	c->dkim = mem_realloc(c->dkim, (c->ev.dkim_count + 1) * sizeof *c->dkim);
	c->dkim[c->ev.dkim_count++] = (struct dkim_evidence){
		.result = dkim_result_of(result),
		.domain = pool_strdup(c->pool, domain),
	};
	c->ev.dkim = c->dkim;
}

void
dmarc_case_signatures(struct dmarc_case *c, const char *text)
{
	char *copy = pool_strdup(c->pool, text), *rest, *result;

	while ((result = strtok_r(copy, " ", &rest)) != NULL) {
		char *domain = strtok_r(NULL, ", ", &rest);

		dmarc_case_dkim(c, result, domain != NULL ? domain : "");
		copy = NULL;
	}
}

struct dmarc_evidence
dmarc_case_check(struct dmarc_case *c, const struct dmarc_options *options)
{
	return dmarc_check_end(
	    dmarc_check_begin(c->questions, options, c->ev.from.domain, c->pool), &c->ev);
}

const struct evidence *
dmarc_case_evidence(const struct dmarc_case *c)
{
	return &c->ev;
}

const char *
dmarc_case_names(const struct dmarc_case *c)
{
	size_t count;
	const struct question *list = questions_list(c->questions, &count);
	const char *names = "";

	for (size_t i = 0; i < count; i++) {
		if (strncmp(list[i].name, "_dmarc.", 7) == 0)
			names = pool_printf(c->pool, "%s%s%s", names,
			    *names != '\0' ? " " : "", list[i].name + 7);
	}
	return names;
}

size_t
dmarc_case_asked(const struct dmarc_case *c)
{
	size_t count;

	questions_list(c->questions, &count);
	return count;
}

size_t
dmarc_case_prefetched(const struct dmarc_case *c)
{
	size_t count, prefetched = 0;
	const struct question *list = questions_list(c->questions, &count);

	for (size_t i = 0; i < count; i++)
		prefetched += list[i].prefetched;
	return prefetched;
}

bool
dmarc_case_asked_existence(const struct dmarc_case *c)
{
	size_t count;
	const struct question *list = questions_list(c->questions, &count);

	for (size_t i = 0; i < count; i++) {
		if (list[i].type == DNS_CNAME &&
		    strcmp(list[i].name, c->ev.from.domain) == 0)
			return true;
	}
	return false;
}

static const char *
or_dash(const char *s)
{
	return s != NULL ? s : "-";
}

const char *
dmarc_case_spell(struct dmarc_case *c, const struct dmarc_evidence *d)
{
	const char *s = evidence_dmarc_name(d->result);

	if (d->record_domain != NULL)
		s = pool_printf(c->pool, "%s %s %s=%s%s%s%s%s%s", s, d->record_domain,
		    evidence_tag_name(d->tag), evidence_policy_name(d->published),
		    d->test_mode ? " t=y" : "", d->sampled_out ? " spared" : "",
		    d->pct_zero ? " pct=0" : "", d->policy_known ? "" : " not known",
		    d->judges_differ ? " DIFFER" : "");
	return pool_printf(c->pool, "%s%s%s", s, d->spf_aligned ? " spf" : "",
	    d->dkim_aligned ? " dkim" : "");
}

const char *
dmarc_case_steps(struct dmarc_case *c, const struct dmarc_evidence *d)
{
	const char *s = "";

	for (size_t i = 0; i < d->step_count; i++)
		s = pool_printf(c->pool, "%s%s %s: %s\n", s, d->steps[i].what,
		    d->steps[i].name, or_dash(d->steps[i].outcome));
	return s;
}
