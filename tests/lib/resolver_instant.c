#include "resolver_instant.h"

struct resolver_lookup *
resolver_start_waiting(struct resolver *r, const char *name, enum dns_type type,
    struct resolver_asker asker, int wait_ms)
{
	(void)wait_ms;
	return resolver_start(r, name, type, asker);
}

const struct dns_answer *
lookup_wait(struct resolver_lookup *lookup, const struct timespec *deadline)
{
	(void)deadline;
	return &lookup->answer;
}

bool
lookup_is_done(const struct resolver_lookup *lookup)
{
	(void)lookup;
	return true;
}

void
lookup_drop(struct resolver_lookup *lookup)
{
	(void)lookup;
}

struct resolver_lookup *
resolver_find(struct resolver *r, const char *name, enum dns_type type)
{
	/* There is no cache. */
	(void)r;
	(void)name;
	(void)type;
	return NULL;
}

bool
lookup_watch(struct resolver_lookup *lookup, struct resolver_watch *watch)
{
	(void)lookup;
	(void)watch;
	return false;
}

void
lookup_unwatch(struct resolver_lookup *lookup, struct resolver_watch *watch)
{
	(void)lookup;
	(void)watch;
}
