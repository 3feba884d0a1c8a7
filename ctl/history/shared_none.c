#include <stdio.h>

#include "ctl/history/shared.h"

/* A build without libpq: nothing can be opened, so that nothing else is ever called. */

bool
shared_is_built(void)
{
	return false;
}

struct shared *
shared_open(const char *conninfo, int seconds, enum store_status *status, char *why,
    size_t whysize)
{
	(void)conninfo;
	(void)seconds;
	*status = STORE_REFUSED;
	snprintf(why, whysize, "%s", "");
	return NULL;
}

void
shared_close(struct shared *shared)
{
	(void)shared;
}

const char *
shared_error(const struct shared *shared)
{
	(void)shared;
	return "";
}

enum store_status
shared_script(struct shared *shared, const char *sql)
{
	(void)shared;
	(void)sql;
	return STORE_REFUSED;
}

enum store_status
shared_run(struct shared *shared, const char *sql, const struct fact_value *args,
    size_t arg_count, store_row *each, void *cookie)
{
	(void)shared;
	(void)sql;
	(void)args;
	(void)arg_count;
	(void)each;
	(void)cookie;
	return STORE_REFUSED;
}

int64_t
shared_changes(const struct shared *shared)
{
	(void)shared;
	return 0;
}

enum store_status
shared_copy(struct shared *shared, const char *sql, const char *lines, size_t len)
{
	(void)shared;
	(void)sql;
	(void)lines;
	(void)len;
	return STORE_REFUSED;
}

struct query_source
shared_source(struct shared *shared)
{
	return (struct query_source){ .self = shared };
}
