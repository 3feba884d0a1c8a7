#include "ctl/audit/ask_all.h"
#include "base/pool.h"
#include "ctl/audit/ask.h"
#include "ctl/audit/crew.h"
#include "ctl/audit/earlier.h"
#include "ctl/audit/plan.h"

static void
ask_one(void *arg, size_t i)
{
	const struct ask_all *all = arg;
	const struct plan_domain *d = &all->options->plan->domains[i];
	const struct earlier_domain *before = earlier_find(all->earlier, d->name);

	all->pools[i] = pool_new();
	all->facts[i] = ask_domain(
	    all->options, d, before != NULL ? &before->selectors : NULL, all->pools[i]);
}

void
ask_all(struct ask_all *all)
{
	crew_run(&(struct crew){
	    .count = all->options->plan->domain_count,
	    .threads = all->threads,
	    .progress = all->progress,
	    .work = ask_one,
	    .arg = all,
	});
}
