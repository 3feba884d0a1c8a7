#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/oserror.h"
#include "base/pool.h"
#include "base/text.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/history/held.h"
#include "ctl/history/held_match.h"
#include "ctl/history/told_row.h"
#include "ctl/page.h"
#include "ctl/postfix/program.h"
#include "ctl/postfix/queue.h"
#include "ctl/postfix/queue_change.h"
#include "ctl/text.h"
#include "ctl/when.h"
#include "history/query.h"

#define WHY_OCTETS 2048

const char held_usage[] = "held [OPTION]... [--release ID... | --delete ID...]";
const char held_help[] =
    N_("Mail that Postfix holds because the filter said so, newest first: when it "
       "came, its\n"
       "queue id, author domain, client, octets and why.\n"
       "\n"
       "  --release ID...    let these messages go on to their recipients\n"
       "  --delete ID...     delete these messages, for good\n"
       "\n"
       "  -c FILE            settings (the installed file)\n"
       "  -o KEY=VALUE       a setting that overrides the file; may be given "
       "several times\n"
       "  --config-dir DIR   another instance of Postfix, as postconf -c DIR; "
       "also -C\n"
       "  --any              mail that is held for other reasons, too\n"
       "  --yes              do not ask before --delete\n"
       "  --json             one line of JSON per message\n"
       "\n"
       "--release and --delete require root.  With Sendmail: mailq -qQ lists what "
       "is held,\n"
       "sendmail -qQ -qIID -Q releases a message, and sendmail -q delivers it; to "
       "delete it,\n"
       "remove its files hfID and dfID from the folder of the queue.\n");

enum { OPT_RELEASE = 256, OPT_DELETE, OPT_ANY, OPT_YES, OPT_JSON };

static const struct option long_options[] = {
	{ "release", no_argument, NULL, OPT_RELEASE },
	{ "delete", no_argument, NULL, OPT_DELETE },
	{ "any", no_argument, NULL, OPT_ANY },
	{ "yes", no_argument, NULL, OPT_YES },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "config-dir", required_argument, NULL, 'C' },
	{ NULL, 0, NULL, 0 },
};

struct options {
	struct access access;
	const char *dir; /* of Postfix's settings; NULL: the default */
	bool release, delete, any, yes, json;
	char **ids;
	size_t id_count;
};

static bool
take_option(struct options *o, int option, const char *value)
{
	switch (option) {
	case OPT_RELEASE:
		o->release = true;
		return true;
	case OPT_DELETE:
		o->delete = true;
		return true;
	case OPT_ANY:
		o->any = true;
		return true;
	case OPT_YES:
		o->yes = true;
		return true;
	case OPT_JSON:
		o->json = true;
		return true;
	case 'C':
		o->dir = value;
		return true;
	default:
		return access_option(&o->access, option, value);
	}
}

/* False: said. */
static bool
are_ids(const struct options *o)
{
	char quoted[PAGE_QUOTE_SIZE];

	for (size_t i = 0; i < o->id_count; i++) {
		if (queue_is_id(o->ids[i]))
			continue;
		complaint_print(
		    _("%s is not a queue id of Postfix"), page_quote(o->ids[i], quoted));
		return false;
	}
	return true;
}

/* Each once; what is kept moves up in argv. */
static void
take_id(struct options *o, char *id)
{
	for (size_t i = 0; i < o->id_count; i++) {
		if (strcmp(o->ids[i], id) == 0)
			return;
	}
	o->ids[o->id_count++] = id;
}

static bool
parse(struct options *o, int argc, char **argv)
{
	int option;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	while ((option = getopt_long(
		    argc, argv, ACCESS_SHORT_OPTIONS "C:", long_options, NULL)) != -1) {
		if (!take_option(o, option, optarg))
			return false;
	}
	o->ids = argv + optind;
	for (char **id = o->ids; *id != NULL; id++)
		take_id(o, *id);
	if (o->release && o->delete) {
		complaint_print("%s", _("--release or --delete, not both"));
		return false;
	}
	if ((o->release || o->delete) != (o->id_count > 0)) {
		complaint_print("%s", _("give --release or --delete, and queue ids"));
		return false;
	}
	return are_ids(o);
}

/* What stands behind one line. */
struct message {
	const struct queue_item *item;
	const struct query_row *row; /* NULL: others hold it */
};

static const char *
author_of(const struct query_row *row)
{
	const char *from = told_row_text(row, FACT_HEADER_FROM);

	return *from != '\0' ? from : told_row_text(row, FACT_FROM_STATUS);
}

static void
tell_line(const struct message *m)
{
	char when[WHEN_TEXT_SIZE], from[PAGE_QUOTE_SIZE], client[PAGE_QUOTE_SIZE];
	char reason[PAGE_QUOTE_SIZE];

	if (m->row == NULL) {
		printf("%s  %-12s  %-28s  %-15s  %9" PRId64 "  %s\n",
		    when_format(m->item->arrival, when), m->item->id, "-", "-",
		    m->item->size, _("not held by the filter"));
		return;
	}
	printf("%s  %-12s  %-28s  %-15s  %9" PRId64 "  %s\n",
	    when_format(m->item->arrival, when), m->item->id,
	    page_quote(author_of(m->row), from),
	    page_quote(told_row_text(m->row, FACT_CLIENT), client), m->item->size,
	    page_quote(told_row_text(m->row, FACT_REASON), reason));
}

static void
tell_json(const struct message *m)
{
	static const enum fact_column columns[] = { FACT_HEADER_FROM, FACT_MAIL_FROM,
		FACT_CLIENT, FACT_HELO, FACT_RULE, FACT_REASON };
	struct text text = { 0 };
	struct json_text j = { .out = &text };

	json_text_object(&j, NULL);
	json_text_string(&j, "queue_id", m->item->id);
	json_text_number(&j, "arrival_time", m->item->arrival);
	json_text_number(&j, "message_size", m->item->size);
	json_text_bool(&j, "ours", m->row != NULL);
	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
		told_row_put(&j, fact_column_name(columns[i]),
		    m->row != NULL ? m->row->columns[columns[i]].text : NULL);
	json_text_object_end(&j);
	fwrite(text.data, 1, text.len, stdout);
	putchar('\n');
	text_free(&text);
}

static void
tell(const struct options *o, const struct message *m)
{
	if (o->json)
		tell_json(m);
	else
		tell_line(m);
}

static void
say_others(const struct queue *queue, size_t others)
{
	if (queue->unread > 0)
		complaint_print(
		    ngettext("%zu held message cannot be read: see mailq",
			"%zu held messages cannot be read: see mailq", queue->unread),
		    queue->unread);
	if (others > 0)
		complaint_print(
		    ngettext("%zu message is held for other reasons: see --any",
			"%zu messages are held for other reasons: see --any", others),
		    others);
}

/* One after the other, so that a large queue takes no memory for its rows. */
static int
list(const struct options *o, const struct queue *queue)
{
	enum store_status status = STORE_OK;
	size_t told = 0, others = 0;

	for (size_t i = 0; i < queue->count && status == STORE_OK; i++) {
		struct pool *pool = pool_new();
		struct message m = { .item = &queue->items[i] };

		status = held_match_find(o->access.query, m.item, pool, &m.row);
		if (status == STORE_OK && m.row == NULL && !o->any) {
			others++;
		} else if (status == STORE_OK) {
			tell(o, &m);
			told++;
		}
		pool_free(pool);
	}
	if (status != STORE_OK)
		return access_failed(&o->access);
	say_others(queue, others);
	if (told > 0)
		return EX_OK;
	complaint_print("%s", _("nothing found"));
	return EX_DATAERR;
}

/* May it be released, or deleted?  What is to be deleted is shown. */
static int
check_one(const struct options *o, const struct queue *queue, const char *id)
{
	struct message m = { .item = queue_find(queue, id) };
	struct pool *pool;
	int code = EX_OK;

	if (m.item == NULL) {
		complaint_print(_("%s: Postfix does not hold it"), id);
		return EX_DATAERR;
	}
	pool = pool_new();
	if (held_match_find(o->access.query, m.item, pool, &m.row) != STORE_OK) {
		code = access_failed(&o->access);
	} else if (m.row == NULL && !o->any) {
		complaint_print(_("%s: is not held because of the filter, or that is not "
				  "remembered (--any "
				  "includes it all the same)"),
		    id);
		code = EX_DATAERR;
	} else if (o->delete &&!o->yes) {
		tell_line(&m);
	}
	pool_free(pool);
	return code;
}

static int
check(const struct options *o, const struct queue *queue)
{
	int code = EX_OK;

	for (size_t i = 0; i < o->id_count; i++) {
		int one = check_one(o, queue, o->ids[i]);

		if (one != EX_OK)
			code = one;
	}
	return code;
}

/*
 * Read Postfix's queue, as who we are, and the history, as its owner, who also reads what
 * strangers wrote into that queue.
 */
static int
look(struct options *o)
{
	struct program program;
	struct queue queue;
	char why[WHY_OCTETS];
	int code;

	if (queue_begin(&program, o->dir, why, sizeof why) == -1) {
		complaint_print("%s", why);
		complaint_print("%s", _("with Sendmail: mailq -qQ lists, sendmail -qQ "
					"-qIID -Q releases a message"));
		return EX_UNAVAILABLE;
	}
	code = access_open(&o->access);
	if (code != EX_OK) {
		program_end(&program);
		return code;
	}
	queue_read(&queue, program.output);
	if (!program_end(&program)) {
		complaint_print(_("%s failed"), "postqueue");
		code = EX_UNAVAILABLE;
	} else if (o->id_count > 0) {
		code = check(o, &queue);
	} else {
		code = list(o, &queue);
	}
	queue_free(&queue);
	return code;
}

/* look() by a child, as postsuper(1) wants root, and who opened the history is its owner.
 */
static int
look_apart(struct options *o)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int code;

		/* As its owner it cannot type at root's terminal, as in apart.c. */
		setsid();
		code = look(o);

		_exit(fflush(stdout) == 0 ? code : EX_IOERR);
	}
	if (pid == -1) {
		complaint_print("%s", oserror_text(errno));
		return EX_OSERR;
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

static bool
is_agreed(const struct options *o)
{
	char answer[20];

	if (!o->delete || o->yes)
		return true;
	fputs(_("Delete for good? Type yes: "), stderr);
	return fgets(answer, sizeof answer, stdin) != NULL &&
	       (strcmp(answer, "yes\n") == 0 || strcmp(answer, _("yes\n")) == 0);
}

static int
say_change(const struct options *o, const char *id, enum queue_change done, char *why)
{
	switch (done) {
	case QUEUE_CHANGE_DONE:
		printf(o->delete ? _("%s is deleted.\n") : _("%s is released.\n"), id);
		return EX_OK;
	case QUEUE_CHANGE_GONE:
		complaint_print(_("%s: Postfix does not hold it"), id);
		return EX_DATAERR;
	default:
		complaint_print("%s: %s", id, why);
		return EX_UNAVAILABLE;
	}
}

static int
change_one(const struct options *o, const char *id)
{
	char why[WHY_OCTETS];
	enum queue_change done = o->delete
				     ? queue_change_delete(o->dir, id, why, sizeof why)
				     : queue_change_release(o->dir, id, why, sizeof why);
	int code = say_change(o, id, done, why);

	if (code == EX_OK &&
	    !o->delete &&queue_change_deliver(o->dir, id, why, sizeof why) == -1)
		complaint_print(_("%s: Postfix will try it later (%s)"), id, why);
	return code;
}

/* All or none: whoever gave a wrong id may have meant another. */
static int
change(struct options *o)
{
	int code;

	if (geteuid() != 0) {
		complaint_print("%s", _("--release and --delete require root"));
		return EX_NOPERM;
	}
	if (o->delete &&!o->yes && !isatty(STDIN_FILENO)) {
		complaint_print(
		    "%s", _("--delete requires --yes where nobody can be asked"));
		return EX_USAGE;
	}
	code = look_apart(o);
	if (code != EX_OK)
		return code;
	if (!is_agreed(o))
		return EX_USAGE;
	for (size_t i = 0; i < o->id_count; i++) {
		int one = change_one(o, o->ids[i]);

		if (one != EX_OK)
			code = one;
	}
	return code;
}

int
held_run(int argc, char **argv)
{
	struct options o = { 0 };
	int code = EX_USAGE;

	if (parse(&o, argc, argv))
		code = o.id_count > 0 ? change(&o) : look(&o);
	access_close(&o.access);
	return code;
}
