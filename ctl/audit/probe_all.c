#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "ctl/audit/crew.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/probe.h"
#include "ctl/audit/probe_all.h"

#define THREADS 8

/* A host as a domain names it. */
struct use {
	struct facts_host *host;
	const char *domain;
};

/* Those of one name, next to each other in the list. */
struct work {
	struct probe_all *all;
	struct use *uses;
	size_t count;
	size_t *first; /* of each host, and behind the last the end */
};

static int
by_name(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int order = strcmp(x->host->name, y->host->name);

	return order != 0 ? order : strcmp(x->domain, y->domain);
}

static bool
is_wanted(const struct facts *f, const struct facts_host *h)
{
	return f->kind == PLAN_MAIL && !h->is_null && !h->is_literal;
}

static void
gather(struct work *w)
{
	struct probe_all *all = w->all;

	w->uses = mem_alloc((all->count * FACTS_HOSTS_MAX + 1) * sizeof *w->uses);
	for (size_t i = 0; i < all->count; i++) {
		struct facts *f = all->facts[i];

		for (size_t j = 0; j < f->host_count; j++) {
			if (is_wanted(f, &f->hosts[j]))
				w->uses[w->count++] =
				    (struct use){ &f->hosts[j], f->domain };
		}
	}
	qsort(w->uses, w->count, sizeof *w->uses, by_name);
	w->first = mem_alloc((w->count + 1) * sizeof *w->first);
	for (size_t i = 0; i < w->count; i++) {
		if (i == 0 ||
		    strcmp(w->uses[i].host->name, w->uses[i - 1].host->name) != 0)
			w->first[all->host_count++] = i;
	}
	w->first[all->host_count] = w->count;
}

/* The domains that use it, each once: one may name a host twice. */
static const char *const *
domains_of(const struct work *w, size_t i, size_t *count, struct pool *pool)
{
	size_t from = w->first[i], to = w->first[i + 1];
	const char **list = pool_alloc(pool, (to - from) * sizeof *list);

	*count = 0;
	for (size_t u = from; u < to; u++) {
		const char *domain = w->uses[u].domain;

		if (*count == 0 || strcmp(list[*count - 1], domain) != 0)
			list[(*count)++] = domain;
	}
	return list;
}

static void
look_at(void *arg, size_t i)
{
	struct work *w = arg;
	struct probe_all *all = w->all;
	struct pool *pool = pool_new();
	size_t count;
	const char *const *domains = domains_of(w, i, &count, pool);

	all->pools[i] = pool;
	all->hosts[i] =
	    probe_host(all->options, w->uses[w->first[i]].host, domains, count, pool);
	for (size_t u = w->first[i]; u < w->first[i + 1]; u++)
		w->uses[u].host->probed = all->hosts[i];
}

void
probe_all(struct probe_all *all)
{
	struct work w = { .all = all };

	gather(&w);
	all->hosts = mem_alloc((all->host_count + 1) * sizeof(struct probed_host *));
	all->pools = mem_alloc((all->host_count + 1) * sizeof(struct pool *));
	crew_run(&(struct crew){
	    .count = all->host_count,
	    .threads = THREADS,
	    .progress = all->progress,
	    .work = look_at,
	    .arg = &w,
	});
	free(w.first);
	free(w.uses);
}

void
probe_all_clear(struct probe_all *all)
{
	for (size_t i = 0; i < all->host_count; i++)
		pool_free(all->pools[i]);
	free(all->pools);
	free(all->hosts);
	*all = (struct probe_all){ 0 };
}
