#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/netlist.h"
#include "base/pool.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/history/forget.h"
#include "ctl/history/ship_lock.h"
#include "ctl/history/ship_outbox.h"
#include "ctl/history/ship_tidy.h"
#include "ctl/history/told_row.h"
#include "ctl/text.h"
#include "history/erase.h"
#include "history/query.h"

const char forget_usage[] = "forget [OPTION]... SELECTION...";
const char forget_help[] =
    N_("Remove messages from the history, with everything that is kept about "
       "them; if\n"
       "HistoryShared is set, also what this host has shipped of them.\n"
       "\n"
       "SELECTION; if there are several, what matches all of them:\n"
       "  --client NETWORK   mail from an address or a network\n"
       "  --from DOMAIN      mail of that author domain, and its name in the "
       "daily counts;\n"
       "                     .DOMAIN: and of those below it\n"
       "  --queue-id ID      the messages of that queue id\n"
       "  --before TIME      older than that: 2026-11-30, 2026-11-30T14:00, 7d, "
       "24h\n"
       "  --all              everything\n"
       "\n"
       "  -c FILE            settings (the installed file)\n"
       "  -o KEY=VALUE       a setting that overrides the file; may be given "
       "several times\n"
       "  --shared           from the shared history only, for all hosts: the "
       "hosts' own\n"
       "                     files are not changed\n"
       "  --dry-run          only say how many messages\n"
       "  --yes              do not ask before --all\n");

enum {
	OPT_CLIENT = 256,
	OPT_FROM,
	OPT_QUEUE_ID,
	OPT_BEFORE,
	OPT_ALL,
	OPT_DRY_RUN,
	OPT_YES
};

static const struct option long_options[] = {
	{ "client", required_argument, NULL, OPT_CLIENT },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "queue-id", required_argument, NULL, OPT_QUEUE_ID },
	{ "before", required_argument, NULL, OPT_BEFORE },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "yes", no_argument, NULL, OPT_YES },
	ACCESS_LONG_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

struct options {
	struct access access;
	struct query_filter filter;
	struct netlist clients;
	bool selected, all, dry_run, yes;
};

static bool
take_client(struct options *o, const char *value)
{
	o->selected = true;
	return access_client("--client", value, &o->clients);
}

static bool
take_option(void *cookie, int option, char *value)
{
	struct options *o = cookie;

	switch (option) {
	case OPT_CLIENT:
		return take_client(o, value);
	case OPT_FROM:
		o->selected = true;
		return access_domain("--from", value, &o->filter.from);
	case OPT_QUEUE_ID:
		o->selected = true;
		o->filter.queue_id = value;
		return true;
	case OPT_BEFORE:
		o->selected = true;
		return access_time("--before", value, &o->filter.until);
	case OPT_ALL:
		o->selected = o->all = true;
		return true;
	case OPT_DRY_RUN:
		o->dry_run = true;
		return true;
	case OPT_YES:
		o->yes = true;
		return true;
	default:
		return access_option(&o->access, option, value);
	}
}

static bool
parse(struct options *o, int argc, char **argv)
{
	o->filter.until = INT64_MAX;
	o->filter.since = INT64_MIN;
	if (!access_options(argc, argv, long_options, take_option, o))
		return false;
	if (!o->selected)
		complaint_print("%s", _("say what is to be forgotten"));
	return o->selected && optind == argc;
}

/* Everything is asked about: a script says --yes. */
static bool
is_agreed(const struct options *o)
{
	char answer[20];

	if (!o->all || o->dry_run || o->yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		complaint_print(
		    "%s", _("--all requires --yes where nobody can be asked"));
		return false;
	}
	fputs(_("Forget the whole history? Type yes: "), stderr);
	return fgets(answer, sizeof answer, stdin) != NULL &&
	       (strcmp(answer, "yes\n") == 0 || strcmp(answer, _("yes\n")) == 0);
}

static bool
is_wanted(const struct options *o, const struct query_row *row)
{
	struct ip client;

	if (o->clients.count == 0)
		return true;
	return ip_parse(told_row_text(row, FACT_CLIENT), &client) &&
	       netlist_has(&o->clients, &client);
}

static enum store_status
erase_some(struct options *o, const struct ship_tidy_row *rows, size_t count)
{
	struct store *store = query_store(o->access.query);
	int64_t ids[ERASE_ROWS];

	if (o->dry_run)
		return STORE_OK;
	if (store == NULL)
		return ship_tidy_erase(o->access.server, rows, count);
	for (size_t i = 0; i < count; i++)
		ids[i] = rows[i].id;
	return erase_messages(store, ids, count);
}

/* Of one page, so many at a time. */
static enum store_status
erase_page(struct options *o, const struct query_page *page, int64_t *count)
{
	enum store_status status = STORE_OK;
	struct ship_tidy_row rows[ERASE_ROWS];
	size_t n = 0;

	for (size_t i = 0; i < page->count && status == STORE_OK; i++) {
		if (is_wanted(o, &page->rows[i]))
			rows[n++] = (struct ship_tidy_row){ page->rows[i].file,
				page->rows[i].id };
		if (n == 0 || (n < ERASE_ROWS && i + 1 < page->count))
			continue;
		status = erase_some(o, rows, n);
		if (status == STORE_OK)
			*count += (int64_t)n;
		n = 0;
	}
	return status;
}

static enum store_status
erase_rows(struct options *o, int64_t *count)
{
	struct query_page page = { .at = INT64_MAX, .id = INT64_MAX };
	enum store_status status;

	do {
		page.pool = pool_new();
		status = query_next(o->access.query, &o->filter, QUERY_PAGE_ROWS, &page);
		if (status == STORE_OK)
			status = erase_page(o, &page, count);
		pool_free(page.pool);
	} while (status == STORE_OK && page.count > 0);
	return status;
}

/* A name goes from the counts only where it alone was selected: they have no more. */
static bool
wants_counts(const struct options *o)
{
	return o->filter.from != NULL && o->clients.count == 0 &&
	       o->filter.queue_id == NULL && o->filter.until == INT64_MAX;
}

/* What was, or would be, taken away. */
struct gone {
	bool file, shared; /* from where; what was not reached has been said */
	int64_t messages, counts, shipped;
	bool done; /* nothing is left in the log of the file */
};

static void
tell_shared(const struct options *o, const struct gone *gone)
{
	if (o->dry_run)
		printf(ngettext("%" PRId64 " message of the shared history would be "
				"forgotten.\n",
			   "%" PRId64 " messages of the shared history would be "
			   "forgotten.\n",
			   (unsigned long)gone->shipped),
		    gone->shipped);
	else
		printf(
		    ngettext("%" PRId64 " message of the shared history is forgotten.\n",
			"%" PRId64 " messages of the shared history are forgotten.\n",
			(unsigned long)gone->shipped),
		    gone->shipped);
}

static void
tell_file(const struct options *o, const struct gone *gone)
{
	int64_t messages = gone->messages, counts = gone->counts;

	if (o->dry_run) {
		printf(ngettext("%" PRId64 " message would be forgotten.\n",
			   "%" PRId64 " messages would be forgotten.\n",
			   (unsigned long)messages),
		    messages);
		return;
	}
	printf(ngettext("%" PRId64 " message is forgotten.\n",
		   "%" PRId64 " messages are forgotten.\n", (unsigned long)messages),
	    messages);
	if (counts > 0)
		printf(ngettext("%" PRId64 " daily count is now under *.\n",
			   "%" PRId64 " daily counts are now under *.\n",
			   (unsigned long)counts),
		    counts);
	if (!gone->done)
		complaint_print("%s", _("the file was being read: run this once more, so "
					"that nothing remains in "
					"its log"));
}

static void
tell(const struct options *o, const struct gone *gone)
{
	if (gone->file)
		tell_file(o, gone);
	if (gone->shared)
		tell_shared(o, gone);
	if (o->dry_run)
		return;
	puts(_("Not affected: reports that were sent, backups, and the mail log."));
	if (gone->shared && !gone->file)
		puts(_("Nor the hosts' own files: run this on each host too, without "
		       "--shared."));
}

static int
forget_file(struct options *o, struct gone *gone)
{
	struct store *store = query_store(o->access.query);
	enum store_status status = erase_rows(o, &gone->messages);

	gone->file = true;
	if (status == STORE_OK && wants_counts(o) && !o->dry_run)
		status = erase_counted_name(store, o->filter.from, &gone->counts);
	if (status == STORE_OK && !o->dry_run)
		status = erase_finish(store, &gone->done);
	return status == STORE_OK ? EX_OK : access_failed(&o->access);
}

/* The server's rows, of one file or of all. */
static int
forget_shared(struct options *o, int64_t file, struct gone *gone)
{
	o->filter.file = file;
	if (erase_rows(o, &gone->shipped) != STORE_OK)
		return access_failed(&o->access);
	gone->shared = true;
	return EX_OK;
}

/* First here, then there: what is not here any more is not shipped again. */
static int
forget_both(struct options *o, struct gone *gone)
{
	struct pool *pool = pool_new();
	struct ship_outbox outbox;
	int code = EX_OK;

	if (ship_outbox_open(query_store(o->access.query), pool, &outbox) != STORE_OK)
		code = access_failed(&o->access);
	if (code == EX_OK)
		code = forget_file(o, gone);
	if (code == EX_OK) {
		code = access_turn_to_shared(&o->access);
		if (code == EX_OK)
			code = forget_shared(o, outbox.file_id, gone);
		if (code != EX_OK)
			complaint_print("%s", _("what this host has shipped is not "
						"forgotten: run this once more"));
	}
	pool_free(pool);
	return code;
}

static int
forget_alone(struct options *o, struct gone *gone)
{
	int code = EX_OK;
	int lock = ship_lock_take(o->access.config->history, true, &code);

	if (lock == -1)
		return code;
	code = forget_both(o, gone);
	close(lock);
	return code;
}

static int
forget(struct options *o)
{
	struct gone gone = { .done = true };
	int code;

	if (o->access.shared)
		code = forget_shared(o, 0, &gone);
	else if (*o->access.config->history_shared != '\0')
		code = forget_alone(o, &gone);
	else
		code = forget_file(o, &gone);
	if (code == EX_OK && gone.messages + gone.counts + gone.shipped == 0) {
		complaint_print("%s", _("nothing found"));
		return o->dry_run ? EX_OK : EX_DATAERR;
	}
	if (gone.file || gone.shared)
		tell(o, &gone);
	return code;
}

int
forget_run(int argc, char **argv)
{
	struct options o = { 0 };
	int code = EX_USAGE;

	if (parse(&o, argc, argv) && is_agreed(&o)) {
		code = access_open(&o.access);
		if (code == EX_OK)
			code = forget(&o);
	}
	access_close(&o.access);
	netlist_clear(&o.clients);
	return code;
}
