#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/oserror.h"
#include "base/text.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/history/shared.h"
#include "ctl/page.h"
#include "ctl/report/sole_sender.h"
#include "ctl/text.h"

#define HOUR ((int64_t)3600)
#define PATIENCE_HOURS 12
#define LOOK_SECONDS 5

/* An advisory lock of the server has a number: the first 64 bits of SHA-256. */
#define LOCK_ID \
	"('x'||substr(encode(sha256('beschermd report'),'hex'),1,16))::bit(64)::bigint"

static int
lock_file(const struct config *config, int *fd)
{
	struct text path = { 0 };

	text_printf(&path, "%s.report.lock", config->history);
	*fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd == -1)
		complaint_print("%s: %s", path.data, oserror_text(errno));
	text_free(&path);
	if (*fd == -1)
		return EX_UNAVAILABLE;
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return EX_OK;
	complaint_print("%s", _("another run is in progress"));
	return EX_TEMPFAIL;
}

static bool
take_truth(const struct fact_value *cells, size_t count, void *cookie)
{
	bool *truth = cookie;

	*truth = count > 0 && cells[0].number != 0;
	return false;
}

struct words {
	char text[PAGE_QUOTE_SIZE];
	int64_t now;
};

static bool
take_words(const struct fact_value *cells, size_t count, void *cookie)
{
	struct words *words = cookie;

	if (count > 0 && cells[0].text != NULL)
		page_quote(cells[0].text, words->text);
	if (count > 1)
		words->now = cells[1].number;
	return false;
}

/* The user of the database is the host's own (shared_schema.c). */
static int
say_who_has_it(const struct access *access)
{
	static const char sql[] =
	    "SELECT a.usename::text FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
	    " WHERE l.locktype='advisory' AND l.granted AND l.objsubid=1"
	    " AND l.database=(SELECT oid FROM pg_database WHERE datname="
	    "current_database()) AND (l.classid::bigint<<32|l.objid::bigint)=" LOCK_ID;
	struct words who = { "?", 0 };

	if (shared_run(access->server, sql, NULL, 0, take_words, &who) != STORE_OK)
		return access_failed(access);
	complaint_print(
	    _("another host sends the reports now: role %s of HistoryShared"), who.text);
	return EX_TEMPFAIL;
}

/*
 * A host that fell over holds the lock until the server looks whether it is still there.
 * What the server said it has written must be there after a crash of its own.
 */
static int
lock_server(const struct access *access)
{
	static const char careful[] =
	    "SET tcp_keepalives_idle=30; SET tcp_keepalives_interval=10;"
	    " SET tcp_keepalives_count=3; SELECT set_config('synchronous_commit','local',"
	    "false) WHERE current_setting('synchronous_commit')='off'";
	bool ours = false;

	if (shared_script(access->server, careful) != STORE_OK ||
	    shared_run(access->server, "SELECT pg_try_advisory_lock(" LOCK_ID ")", NULL,
		0, take_truth, &ours) != STORE_OK)
		return access_failed(access);
	return ours ? EX_OK : say_who_has_it(access);
}

int
sole_sender_begin(const struct access *access, int *fd)
{
	*fd = -1;
	return access->server != NULL ? lock_server(access)
				      : lock_file(access->config, fd);
}

/*
 * complete_at is when the last ship() began that came to its end.  A file that another of
 * the same host took the place of ships no more: it fell silent before that began.
 */
static int
look(const struct access *access, int64_t end, struct words *behind)
{
	static const char sql[] = "SELECT string_agg(name, ' '), " QUERY_SHARED_SECONDS(
	    "clock_timestamp()") " FROM (SELECT DISTINCT h.name FROM host h WHERE"
				 " h.shipped_at>now()-interval '3 days' AND"
				 " coalesce(h.complete_at,'-infinity')"
				 "<" QUERY_SHARED_TIME(
				     "$1") " AND NOT EXISTS (SELECT 1 FROM host n"
					   " WHERE n.name=h.name AND n.created>"
					   "h.created AND n.created>"
					   "h.shipped_at-interval '10 minutes')"
					   " ORDER BY h.name LIMIT 20) AS behind";
	const struct fact_value arg = STORE_NUMBER(end);

	*behind = (struct words){ .now = end };
	if (shared_run(access->server, sql, &arg, 1, take_words, behind) != STORE_OK)
		return access_failed(access);
	return EX_OK;
}

int
sole_sender_look(const struct access *access, int64_t end)
{
	struct words behind = { "", 0 };
	int code = access->server != NULL ? look(access, end, &behind) : EX_OK;

	if (*behind.text != '\0')
		complaint_print(
		    _("not all of yesterday is here yet, of: %s"), behind.text);
	return code;
}

int
sole_sender_wait(const struct access *access, int64_t end, int64_t *waited)
{
	const struct timespec pause = { .tv_sec = LOOK_SECONDS };
	const int64_t last = end + PATIENCE_HOURS * HOUR;
	struct words behind = { "", 0 };
	int code = EX_OK;

	*waited = 0;
	while (access->server != NULL) {
		code = look(access, end, &behind);
		if (code != EX_OK || *behind.text == '\0' || behind.now >= last)
			break;
		if (*waited == 0)
			complaint_print(_("waits for what other hosts have not shipped "
					  "yet, until 12:00 UTC at most: %s"),
			    behind.text);
		nanosleep(&pause, NULL);
		*waited += LOOK_SECONDS;
	}
	if (code == EX_OK && *behind.text != '\0')
		complaint_print(_("warning: no longer waiting for %s: what is shipped "
				  "from there later goes "
				  "into the next reports"),
		    behind.text);
	return code;
}
