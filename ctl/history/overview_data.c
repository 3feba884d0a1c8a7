#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/pool.h"
#include "config/config.h"
#include "ctl/history/access.h"
#include "ctl/history/overview_data.h"
#include "ctl/history/overview_seen.h"

#define DAY 86400

void
overview_data_add(struct query_day *sum, const struct query_day *d)
{
	sum->mail += d->mail;
	sum->pass += d->pass;
	sum->fail += d->fail;
	sum->none += d->none;
	sum->undecided += d->undecided;
	sum->authorless += d->authorless;
	sum->refused += d->refused;
	sum->marked += d->marked;
	sum->held += d->held;
	sum->deferred += d->deferred;
	sum->let_in += d->let_in;
	sum->asked += d->asked;
	sum->followed += d->followed;
	sum->excepted += d->excepted;
}

static enum store_status
find_days(const struct access *a, struct pool *pool, struct overview *o)
{
	struct query_day *days;
	enum store_status status = query_overview_days(
	    a->query, o->first_day, o->day_count, o->monitor, pool, &days);

	o->days = days;
	for (size_t i = 0; i < o->day_count; i++)
		overview_data_add(&o->total, &days[i]);
	return status;
}

static enum store_status
find_gaps(const struct access *a, struct pool *pool, struct overview *o)
{
	struct query_gap *gaps;
	enum store_status status = query_gaps(a->query, o->first_day * DAY,
	    (o->last_day + 1) * DAY, pool, &gaps, &o->gap_count);

	o->gaps = gaps;
	for (size_t i = 0; status == STORE_OK && i < o->gap_count; i++) {
		if (gaps[i].lost < 0 || o->lost < 0)
			o->lost = -1;
		else
			o->lost += gaps[i].lost;
	}
	return status;
}

/* What the filter itself had last goes before the conf file, which it may not have read
 * yet. */
static enum store_status
find_state(const struct access *a, struct pool *pool, struct overview *o)
{
	enum store_status status = query_overview_state(a->query, pool, &o->state);
	bool file_says = a->config->mode == CONFIG_MONITOR;

	o->monitor = o->state.settings.text != NULL ? o->state.monitor : file_says;
	o->is_reloading = o->monitor != file_says;
	return status;
}

int
overview_data_gather(
    const struct access *a, int days, struct pool *pool, struct overview *o)
{
	enum store_status status;

	*o = (struct overview){ .config = a->config,
		.made_at = time(NULL),
		.is_shared = a->shared,
		.pool = pool };
	o->last_day = o->made_at / DAY;
	o->first_day = o->last_day - days + 1;
	o->day_count = (size_t)days;
	status = query_size(a->query, pool, &o->size);
	if (status == STORE_OK)
		status = find_state(a, pool, o);
	if (status == STORE_OK)
		status = find_days(a, pool, o);
	if (status == STORE_OK)
		status = query_overview_senders(
		    a->query, o->first_day, OVERVIEW_ROWS, o->monitor, pool, o->senders);
	if (status == STORE_OK)
		status = overview_seen_gather(a->query, pool, o);
	if (status == STORE_OK)
		status = find_gaps(a, pool, o);
	return status == STORE_OK ? EX_OK : access_failed(a);
}
