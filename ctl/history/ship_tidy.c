#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "config/config.h"
#include "ctl/history/shared.h"
#include "ctl/history/ship_tidy.h"

#define DAY ((int64_t)86400)

/* $1: this file; $2: days.  A file that another took the place of, or of a host that is
 * gone, is silent: all that it holds is as old. */
/* A host that keeps little must not take a month's work from one that is being mended. */
#define SILENT_DAYS "30"
#define FILES                                                              \
	"file_id IN (SELECT file_id FROM host WHERE file_id=$1::bigint OR" \
	" shipped_at<now()-make_interval(days=>greatest($2::int," SILENT_DAYS ")))"
#define BEFORE(column) column "<now()-make_interval(days=>$2::int)"
#define AT_ONCE "1000"
#define OLDEST_DAY                                       \
	"floor(extract(epoch FROM now())/86400)::bigint" \
	"-greatest($2::int," SILENT_DAYS ")"
#define REPORT_DAYS 4     /* that a report is tried for, and one */
#define SUPPRESS_DAYS 365 /* that an address which failed before is known */

enum store_status
ship_tidy_host(struct shared *shared, const struct ship_tidy_file *file)
{
	const struct fact_value args[] = { STORE_NUMBER(file->id), STORE_TEXT(file->host),
		STORE_NUMBER(file->created) };

	return shared_run(shared,
	    "INSERT INTO host(file_id,name,created,shipped_at)"
	    " VALUES($1::bigint,$2," QUERY_SHARED_TIME(
		"$3") ",now())"
		      " ON CONFLICT (file_id) DO UPDATE SET name=excluded.name, "
		      "shipped_at=now()",
	    args, 3, NULL, NULL);
}

enum store_status
ship_tidy_complete(struct shared *shared, const struct ship_tidy_file *file)
{
	const struct fact_value id = STORE_NUMBER(file->id);

	return shared_run(shared,
	    "UPDATE host SET complete_at=shipped_at WHERE file_id=$1::bigint", &id, 1,
	    NULL, NULL);
}

/* ${sql} until it takes nothing any more. */
static enum store_status
repeat(struct shared *shared, const char *sql, int64_t file, int64_t days)
{
	const struct fact_value args[] = { STORE_NUMBER(file), STORE_NUMBER(days) };
	enum store_status status;

	do
		status = shared_run(shared, sql, args, 2, NULL, NULL);
	while (status == STORE_OK && shared_changes(shared) > 0);
	return status;
}

/* Steps first: with their message away they could not be found by it. */
static enum store_status
erase_old(struct shared *shared, int64_t file, const struct config *config)
{
	int counts = config->history_count_days, days = config->history_days;
	const int longer = counts > days ? counts : days;
	const struct {
		const char *sql;
		int64_t days;
	} olds[] = {
		{ "DELETE FROM trace WHERE ctid=ANY(ARRAY(SELECT ctid FROM trace "
		  "WHERE " BEFORE("at") " AND " FILES " ORDER BY at LIMIT " AT_ONCE "))",
		    config->history_trace_days < days ? config->history_trace_days
						      : days },
		{ "DELETE FROM message WHERE ctid=ANY(ARRAY(SELECT ctid FROM message"
		  " WHERE " BEFORE("at") " AND " FILES " ORDER BY at LIMIT " AT_ONCE "))",
		    days },
		{ "DELETE FROM gap WHERE " BEFORE("end_at") " AND " FILES, longer },
		{ "DELETE FROM policy WHERE " BEFORE("last_at") " AND " FILES,
		    longer + 2 },
		{ "DELETE FROM conf WHERE " BEFORE("at") " AND " FILES, longer + 2 },
		/* What belongs to all, whoever asks: $1 says nothing here.  Of a day
		 * whose rows another host still keeps it is known what was sent. */
		{ "DELETE FROM report WHERE day<" OLDEST_DAY
		  " AND $1::bigint IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message"
		  " WHERE day=report.day AND disposition IS NOT NULL)",
		    longer + REPORT_DAYS },
		{ "DELETE FROM suppress WHERE until/86400<" OLDEST_DAY
		  " AND $1::bigint IS NOT NULL",
		    SUPPRESS_DAYS },
		/* All is gone of it. */
		{ "DELETE FROM host WHERE file_id<>$1::bigint AND " BEFORE("shipped_at"),
		    longer + 4 },
	};
	enum store_status status = STORE_OK;

	for (size_t i = 0; i < sizeof olds / sizeof olds[0] && status == STORE_OK; i++)
		status = repeat(shared, olds[i].sql, file, olds[i].days);
	return status;
}

enum store_status
ship_tidy_old(
    struct shared *shared, const struct ship_tidy_file *file, const struct config *config)
{
	static const char due[] =
	    "UPDATE host SET tidied_at=now() WHERE file_id=$1::bigint AND"
	    " (tidied_at IS NULL OR tidied_at NOT BETWEEN now()-interval '1 hour'"
	    " AND now())";
	const struct fact_value id = STORE_NUMBER(file->id);
	enum store_status status = shared_run(shared, due, &id, 1, NULL, NULL);

	if (status != STORE_OK || shared_changes(shared) == 0)
		return status;
	return erase_old(shared, file->id, config);
}

enum store_status
ship_tidy_erase(struct shared *shared, const struct ship_tidy_row *rows, size_t count)
{
	static const char sql[] =
	    "WITH named AS (SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS n(f, i)),"
	    " steps AS (DELETE FROM trace USING named WHERE file_id=f AND message_id=i)"
	    " DELETE FROM message USING named WHERE file_id=f AND id=i";
	struct text files = { 0 }, ids = { 0 };
	struct fact_value args[2];
	enum store_status status;

	for (size_t i = 0; i < count; i++) {
		text_printf(&files, "%c%" PRId64, i == 0 ? '{' : ',', rows[i].file);
		text_printf(&ids, "%c%" PRId64, i == 0 ? '{' : ',', rows[i].id);
	}
	text_putc(&files, '}');
	text_putc(&ids, '}');
	args[0] = STORE_TEXT(files.data);
	args[1] = STORE_TEXT(ids.data);
	status = shared_run(shared, sql, args, 2, NULL, NULL);
	text_free(&files);
	text_free(&ids);
	return status;
}
