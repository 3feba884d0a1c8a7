#include <string.h>

#include "base/ip.h"
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

static struct sts_found
not_tried(const char *phrase)
{
	return (struct sts_found){ .end = STS_NOT_TRIED, .phrase = phrase };
}

static struct sts_found
fetch(const struct sts_all *all, const struct facts *f, struct pool *pool)
{
	const char *chosen[ADDRESSES_MAX], *reserved;
	struct sts_fetch how = { .domain = f->domain, .addresses = chosen };
	const struct probe_place *place = place_of(all->options, f->sts_web.a.name);
	char text[IP_TEXT_SIZE];

	if (place != NULL) {
		how.instead = ip_format(&place->ip, text);
		how.port = place->port != 0 ? place->port : HTTPS;
		return sts_fetch(&how, pool);
	}
	if (all->options->places_only)
		return not_tried(N_("what a file says is not connected to"));
	reserved = choose(&f->sts_web, chosen, &how.address_count);
	return reserved != NULL ? not_tried(reserved) : sts_fetch(&how, pool);
}

static bool
has_place(const struct sts_all *all, const struct facts *f)
{
	return f->sts_web.address_count > 0 ||
	       place_of(all->options, f->sts_web.a.name) != NULL;
}

static void
look_at(void *arg, size_t i)
{
	const struct sts_all *all = arg;
	struct facts *f = all->facts[i];
	struct sts_found *found;

	if (f->kind != PLAN_MAIL || f->sts_web.a.name == NULL)
		return;
	f->sts_web.is_wanted = true;
	if (!has_place(all, f))
		return;
	found = pool_alloc(all->pools[i], sizeof *found);
	*found = fetch(all, f, all->pools[i]);
	f->sts_web.policy = found;
}

void
sts_all(struct sts_all *all)
{
	sts_begin();
	crew_run(&(struct crew){
	    .count = all->count,
	    .threads = THREADS,
	    .progress = all->progress,
	    .work = look_at,
	    .arg = all,
	});
	sts_end();
}
