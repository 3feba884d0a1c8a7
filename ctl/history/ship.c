#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/pool.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/history/shared.h"
#include "ctl/history/shared_schema.h"
#include "ctl/history/ship.h"
#include "ctl/history/ship_batch.h"
#include "ctl/history/ship_lock.h"
#include "ctl/history/ship_outbox.h"
#include "ctl/history/ship_tidy.h"
#include "ctl/text.h"
#include "history/query.h"

#define STATEMENT_SECONDS 30
#define DAY ((int64_t)86400)
#define WARNING_DAYS ((int64_t)2)

const char ship_usage[] = "ship [-c FILE] [-o KEY=VALUE]... [--print-schema]";
const char ship_help[] =
    N_("Copy what is new in the history to the server of HistoryShared, which "
       "several mail\n"
       "servers share.  A timer does this every minute.\n"
       "\n"
       "  -c FILE            settings (the installed file)\n"
       "  -o KEY=VALUE       a setting that overrides the file; may be given "
       "several times\n"
       "  --print-schema     print the tables, for the owner of the database\n"
       "\n"
       "Exits with 0, 69 if there is nothing to share, 75 if the server is away "
       "or cannot\n"
       "take it: then nothing is lost, and the next run tries again.\n");

enum { OPT_PRINT_SCHEMA = 256 };

static const struct option long_options[] = {
	{ "print-schema", no_argument, NULL, OPT_PRINT_SCHEMA },
	{ NULL, 0, NULL, 0 },
};

struct options {
	struct access access;
	bool print_schema;
};

/* A way to the server, and what goes there. */
struct shipment {
	struct store *store;
	struct shared *shared;
	struct ship_outbox outbox;
	struct ship_batch batch;
	int64_t messages;
	bool prepared;
};

static bool
parse(struct options *o, int argc, char **argv)
{
	int option;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	while ((option = getopt_long(
		    argc, argv, ACCESS_SHORT_OPTIONS, long_options, NULL)) != -1) {
		if (option == OPT_PRINT_SCHEMA)
			o->print_schema = true;
		else if (!access_option(&o->access, option, optarg))
			return false;
	}
	return optind == argc;
}

static int
server_failed(const struct shipment *s)
{
	complaint_print("HistoryShared: %s", shared_error(s->shared));
	return EX_TEMPFAIL;
}

/*
 * The file was copied, with the rows that its like has shipped: a cloned machine, or a
 * backup that was put back.  What comes now is its own.
 */
static enum store_status
part_ways(struct shipment *s)
{
	complaint_print(
	    "%s", _("warning: the history is a copy of a file that was shipped too, or "
		    "an older "
		    "state of it; what is new in it is shipped as another file's"));
	return ship_outbox_rename(s->store, &s->outbox);
}

/* What is the same there as here, up to the first that is not, is no clash. */
static enum store_status
settle_clash(struct shipment *s)
{
	if (s->batch.clash > s->batch.after + 1) {
		s->batch.last = s->batch.clash - 1;
		return STORE_OK;
	}
	s->batch.last = INT64_MAX;
	return part_ways(s);
}

/* One batch; *more: there may be another.  An exit code. */
static int
ship_one(struct options *o, struct shipment *s, bool *more)
{
	struct ship_batch *b = &s->batch;
	int64_t last = b->last;

	b->file_id = s->outbox.file_id;
	b->after = s->outbox.shipped_id;
	if (ship_batch_read(s->store, b) != STORE_OK)
		return access_failed(&o->access);
	*more = b->count > 0 || last != INT64_MAX;
	if (b->count == 0) {
		/* What was the same is gone from here: the next is the one that is not.
		 */
		if (last != INT64_MAX)
			s->outbox.shipped_id = last;
		b->last = INT64_MAX;
		return EX_OK;
	}
	/* Most runs at night have nothing to send. */
	if (!s->prepared && ship_batch_prepare(s->shared) != STORE_OK)
		return server_failed(s);
	s->prepared = true;
	if (ship_batch_send(s->shared, b) != STORE_OK)
		return server_failed(s);
	if (b->clash != 0)
		return settle_clash(s) == STORE_OK ? EX_OK : access_failed(&o->access);
	s->messages += (int64_t)b->count;
	if (ship_outbox_shipped(s->store, &s->outbox, b->last) != STORE_OK)
		return access_failed(&o->access);
	b->last = INT64_MAX;
	return EX_OK;
}

static int
ship_messages(struct options *o, struct shipment *s)
{
	bool more = true;
	int code = EX_OK;

	s->batch.last = INT64_MAX;
	while (more && code == EX_OK)
		code = ship_one(o, s, &more);
	ship_batch_clear(&s->batch);
	return code;
}

static int
ship_all(struct options *o, struct shipment *s)
{
	struct ship_tidy_file file = { .id = s->outbox.file_id,
		.created = s->outbox.created,
		.host = s->outbox.host };
	int code;

	if (ship_tidy_host(s->shared, &file) != STORE_OK)
		return server_failed(s);
	code = ship_messages(o, s);
	if (code != EX_OK)
		return code;
	if (file.id != s->outbox.file_id) {
		file.id = s->outbox.file_id;
		if (ship_tidy_host(s->shared, &file) != STORE_OK)
			return server_failed(s);
	}
	switch (ship_outbox_gaps(s->store, &s->outbox, s->shared)) {
	case SHIP_OUTBOX_OK:
		break;
	case SHIP_OUTBOX_FILE:
		return access_failed(&o->access);
	case SHIP_OUTBOX_SERVER:
		return server_failed(s);
	}
	if (ship_tidy_complete(s->shared, &file) != STORE_OK ||
	    ship_tidy_old(s->shared, &file, o->access.config) != STORE_OK)
		return server_failed(s);
	return EX_OK;
}

/* What is not shipped goes with HistoryDays all the same. */
static void
warn_of_loss(const struct options *o, struct shipment *s)
{
	int64_t days = o->access.config->history_days, left;
	int64_t margin = days > 2 * WARNING_DAYS ? WARNING_DAYS * DAY : days * DAY / 2;
	int64_t oldest = 0;

	if (ship_outbox_oldest(s->store, &s->outbox, &oldest) != STORE_OK || oldest == 0)
		return;
	left = oldest + days * DAY - (int64_t)time(NULL);
	if (left > margin)
		return;
	complaint_print(_("warning: the oldest message that is not yet shipped will be "
			  "removed in %" PRId64 " hours (HistoryDays)"),
	    left > 0 ? left / 3600 : 0);
}

static int
ship(struct options *o, struct shipment *s, struct pool *pool)
{
	int code;

	if (ship_outbox_open(s->store, pool, &s->outbox) != STORE_OK)
		return access_failed(&o->access);
	code = access_connect(&o->access, STATEMENT_SECONDS, &s->shared);
	/* Also tables of another version: who sees to them does not hurry us. */
	if (code != EX_OK && code != EX_UNAVAILABLE)
		code = EX_TEMPFAIL;
	if (code == EX_OK)
		code = ship_all(o, s);
	shared_close(s->shared);
	if (code == EX_TEMPFAIL)
		warn_of_loss(o, s);
	else if (code == EX_OK)
		printf(ngettext("%" PRId64 " message is shipped.\n",
			   "%" PRId64 " messages are shipped.\n",
			   (unsigned long)s->messages),
		    s->messages);
	return code;
}

static int
ship_alone(struct options *o)
{
	struct shipment s = { .store = query_store(o->access.query) };
	struct pool *pool;
	int code = EX_OK;
	int lock;

	if (*o->access.config->history_shared == '\0') {
		complaint_print("%s", _("no history is shared: the setting HistoryShared "
					"names its server"));
		return EX_UNAVAILABLE;
	}
	lock = ship_lock_take(o->access.config->history, false, &code);
	if (lock == -1)
		return code;
	pool = pool_new();
	code = ship(o, &s, pool);
	pool_free(pool);
	close(lock);
	return code;
}

int
ship_run(int argc, char **argv)
{
	struct options o = { 0 };
	int code = EX_USAGE;

	if (parse(&o, argc, argv)) {
		code = EX_OK;
		if (o.print_schema)
			shared_schema_print(stdout);
		else
			code = access_open(&o.access);
		if (code == EX_OK && !o.print_schema)
			code = ship_alone(&o);
	}
	access_close(&o.access);
	return code;
}
