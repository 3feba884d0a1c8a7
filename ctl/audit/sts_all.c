#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ctl/audit/crew.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/probe.h"
#include "ctl/audit/reserved.h"
#include "ctl/audit/sts.h"
#include "ctl/audit/sts_all.h"
#include "ctl/text.h"

#define THREADS 8
#define HTTPS 443
#define ADDRESSES_MAX 8

static const struct probe_place *
place_of(const struct probe_options *options, const char *host)
{
	for (size_t i = 0; i < options->place_count; i++) {
		if (strcmp(options->places[i].host, host) == 0)
			return &options->places[i];
	}
	return NULL;
}

/* Those of the internet; NULL, or why there are none. */
static const char *
choose(const struct facts_web *w, const char **chosen, size_t *count)
{
	const char *reserved = NULL;

	for (size_t i = 0; i < w->address_count && *count < ADDRESSES_MAX; i++) {
		struct ip ip;

		if (!ip_parse(w->addresses[i], &ip))
			continue;
		reserved = reserved_phrase(&ip);
		if (reserved == NULL)
			chosen[(*count)++] = w->addresses[i];
	}
	return *count > 0 ? NULL : reserved;
}

/* A policy that is to be fetched, and from where. */
struct errand {
	size_t domain;   /* which */
	const char *key; /* errands of one key go to one server */
	struct sts_fetch fetch;
};

/* Those to one server are next to each other in the list. */
struct work {
	const struct sts_all *all;
	struct errand *errands;
	size_t count;
	size_t *first; /* of each server, and behind the last the end */
	size_t servers;
};

static void
note(const struct sts_all *all, size_t domain, struct sts_found found)
{
	struct sts_found *kept = pool_alloc(all->pools[domain], sizeof *kept);

	*kept = found;
	all->facts[domain]->sts_web.policy = kept;
}

static void
leave(const struct sts_all *all, size_t domain, const char *phrase)
{
	note(all, domain, (struct sts_found){ .end = STS_NOT_TRIED, .phrase = phrase });
}

/* Where the policy is to be had.  False: nowhere, which is noted. */
static bool
set_out(const struct sts_all *all, size_t domain, struct errand *errand)
{
	const struct facts_web *w = &all->facts[domain]->sts_web;
	const struct probe_place *place = place_of(all->options, w->a.name);
	struct pool *pool = all->pools[domain];
	const char **chosen = pool_alloc(pool, ADDRESSES_MAX * sizeof *chosen);
	struct sts_fetch *f = &errand->fetch;
	const char *reserved;
	char text[IP_TEXT_SIZE];

	*errand = (struct errand){ .domain = domain };
	*f = (struct sts_fetch){ .domain = all->facts[domain]->domain,
		.addresses = chosen };
	if (place != NULL) {
		f->instead = pool_strdup(pool, ip_format(&place->ip, text));
		f->port = place->port != 0 ? place->port : HTTPS;
		errand->key = pool_printf(pool, "%s@%u", f->instead, f->port);
		return true;
	}
	if (all->options->places_only) {
		leave(all, domain, N_("addresses from a file are not connected to"));
		return false;
	}
	reserved = choose(w, chosen, &f->address_count);
	if (reserved != NULL)
		leave(all, domain, reserved);
	errand->key = chosen[0];
	return reserved == NULL && f->address_count > 0;
}

static int
by_key(const void *a, const void *b)
{
	const struct errand *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	return x->domain < y->domain ? -1 : x->domain > y->domain;
}

static void
gather(struct work *w)
{
	w->errands = mem_alloc((w->all->count + 1) * sizeof *w->errands);
	w->first = mem_alloc((w->all->count + 1) * sizeof *w->first);
	for (size_t i = 0; i < w->all->count; i++) {
		struct facts *f = w->all->facts[i];

		if (f->kind != PLAN_MAIL || f->sts_web.a.name == NULL)
			continue;
		f->sts_web.is_wanted = true;
		w->count += set_out(w->all, i, &w->errands[w->count]);
	}
	qsort(w->errands, w->count, sizeof *w->errands, by_key);
	for (size_t i = 0; i < w->count; i++) {
		if (i == 0 || strcmp(w->errands[i].key, w->errands[i - 1].key) != 0)
			w->first[w->servers++] = i;
	}
	w->first[w->servers] = w->count;
}

/* One after the other; a server that is silent is not asked for each of its domains. */
static void
ask_server(void *arg, size_t server)
{
	const struct work *w = arg;
	bool silent = false;

	for (size_t i = w->first[server]; i < w->first[server + 1]; i++) {
		const struct errand *e = &w->errands[i];

		if (silent) {
			leave(w->all, e->domain,
			    N_("its web server did not answer for another domain"));
			continue;
		}
		note(w->all, e->domain, sts_fetch(&e->fetch, w->all->pools[e->domain]));
		silent = w->all->facts[e->domain]->sts_web.policy->end == STS_UNREACHED;
	}
}

void
sts_all(const struct sts_all *all)
{
	struct work w = { .all = all };

	gather(&w);
	sts_begin();
	crew_run(&(struct crew){
	    .count = w.servers,
	    .threads = THREADS,
	    .progress = all->progress,
	    .work = ask_server,
	    .arg = &w,
	});
	sts_end();
	free(w.first);
	free(w.errands);
}
