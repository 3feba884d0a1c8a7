#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/mem.h"
#include "base/text.h"
#include "history/store.h"

/* A statement is prepared once: few are asked, the same ones for ever. */
#define STATEMENTS_MAX 64
#define CELLS_MAX 64

struct statement {
	const char *sql; /* compared by its address first: it is a constant */
	sqlite3_stmt *handle;
};

struct store {
	sqlite3 *db;
	struct statement statements[STATEMENTS_MAX];
	size_t statement_count;
};

static enum store_status
status_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return STORE_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return STORE_BUSY;
	case SQLITE_FULL:
		return STORE_FULL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return STORE_CORRUPT;
	case SQLITE_ERROR:
		return STORE_FOREIGN;
	case SQLITE_MISMATCH:
	case SQLITE_CONSTRAINT:
	case SQLITE_TOOBIG:
		return STORE_REFUSED;
	default:
		return STORE_IO;
	}
}

/* A file that another wrote must not make us run what stands in it. */
static void
distrust(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
}

/*
 * The path without links in its folder's name, for SQLite's NOFOLLOW means those too.
 * free()d by the caller.
 */
static char *
real_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder, *real;
	struct text whole = { 0 };

	if (slash == NULL || slash == path)
		return mem_strdup(path);
	folder = mem_strndup(path, (size_t)(slash - path));
	real = realpath(folder, NULL);
	text_printf(&whole, "%s%s", real != NULL ? real : folder, slash);
	free(real);
	free(folder);
	return whole.data;
}

/*
 * SQLite would make it for all to read.  Only where there is none: closing it would take
 * away the locks of who has it open.
 */
static void
make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

	if (fd != -1)
		close(fd);
}

struct store *
store_open(const struct store_options *options, enum store_status *status, char *why,
    size_t whysize)
{
	struct store *store = mem_alloc(sizeof *store);
	/* beschermctl has no threads: a lock for each cell of millions would be in vain.
	 */
	int flags = SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_READWRITE |
		    (options->read_only ? SQLITE_OPEN_NOMUTEX : SQLITE_OPEN_FULLMUTEX);
	char *path;
	int code;

	path = real_path(options->path);
	if (!options->read_only)
		make_file(path);
	code = sqlite3_open_v2(path, &store->db, flags, NULL);
	free(path);
	if (code == SQLITE_OK) {
		sqlite3_extended_result_codes(store->db, 1);
		sqlite3_busy_timeout(store->db, options->busy_ms);
		distrust(store->db);
		return store;
	}
	*status = status_of(code);
	snprintf(why, whysize, "%s: %s", options->path, store_error(store));
	store_close(store);
	return NULL;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	for (size_t i = 0; i < store->statement_count; i++)
		sqlite3_finalize(store->statements[i].handle);
	sqlite3_close(store->db);
	free(store);
}

const char *
store_error(const struct store *store)
{
	return sqlite3_errmsg(store->db);
}

enum store_status
store_script(struct store *store, const char *sql)
{
	return status_of(sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *
statement(struct store *store, const char *sql)
{
	struct statement *s;

	for (size_t i = 0; i < store->statement_count; i++) {
		s = &store->statements[i];
		if (s->sql == sql)
			return s->handle;
	}
	if (store->statement_count == STATEMENTS_MAX)
		sqlite3_finalize(store->statements[--store->statement_count].handle);
	s = &store->statements[store->statement_count];
	*s = (struct statement){ .sql = sql };
	if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->handle,
		NULL) != SQLITE_OK)
		return NULL;
	store->statement_count++;
	return s->handle;
}

static void
bind(sqlite3_stmt *s, const struct fact_value *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int at = (int)i + 1;

		if (args[i].is_number)
			sqlite3_bind_int64(s, at, args[i].number);
		else if (args[i].text != NULL)
			sqlite3_bind_text(s, at, args[i].text, -1, SQLITE_STATIC);
		else
			sqlite3_bind_null(s, at);
	}
}

/*
 * A blob is text here.  Of both the number is the length: a blob has no NUL behind it,
 * and what others wrote into the file may hold some.
 */
static struct fact_value
cell(sqlite3_stmt *s, int i)
{
	if (sqlite3_column_type(s, i) == SQLITE_INTEGER)
		return STORE_NUMBER(sqlite3_column_int64(s, i));
	if (sqlite3_column_type(s, i) == SQLITE_BLOB)
		return (struct fact_value){ .text = sqlite3_column_blob(s, i),
			.number = sqlite3_column_bytes(s, i) };
	return (struct fact_value){ .text = (const char *)sqlite3_column_text(s, i),
		.number = sqlite3_column_bytes(s, i) };
}

static enum store_status
step_all(sqlite3_stmt *s, store_row *each, void *cookie)
{
	struct fact_value cells[CELLS_MAX];
	int code, count = sqlite3_column_count(s);

	if (count > CELLS_MAX)
		count = CELLS_MAX;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if (each == NULL)
			continue;
		for (int i = 0; i < count; i++)
			cells[i] = cell(s, i);
		if (!each(cells, (size_t)count, cookie))
			return STORE_OK;
	}
	return status_of(code);
}

enum store_status
store_run(struct store *store, const char *sql, const struct fact_value *args,
    size_t arg_count, store_row *each, void *cookie)
{
	sqlite3_stmt *s = statement(store, sql);
	enum store_status status;

	if (s == NULL)
		return status_of(sqlite3_extended_errcode(store->db));
	bind(s, args, arg_count);
	status = step_all(s, each, cookie);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return status;
}

enum store_status
store_run_blob(struct store *store, const char *sql, const struct fact_value *args,
    size_t arg_count, const void *blob, size_t len)
{
	sqlite3_stmt *s = statement(store, sql);
	enum store_status status;

	if (s == NULL)
		return status_of(sqlite3_extended_errcode(store->db));
	bind(s, args, arg_count);
	sqlite3_bind_blob64(s, (int)arg_count + 1, blob, len, SQLITE_STATIC);
	status = step_all(s, NULL, NULL);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return status;
}

bool
store_take_number(const struct fact_value *cells, size_t count, void *cookie)
{
	int64_t *number = cookie;

	if (count > 0 && cells[0].is_number)
		*number = cells[0].number;
	return false;
}

enum store_status
store_ask(struct store *store, const char *sql, const struct fact_value *args,
    size_t arg_count, int64_t *number)
{
	return store_run(store, sql, args, arg_count, store_take_number, number);
}

int64_t
store_last_id(const struct store *store)
{
	return sqlite3_last_insert_rowid(store->db);
}

int64_t
store_changes(const struct store *store)
{
	return sqlite3_changes64(store->db);
}

void
store_limit_pages(struct store *store, int64_t pages)
{
	char sql[64];

	snprintf(sql, sizeof sql, "PRAGMA max_page_count=%lld", (long long)pages);
	store_script(store, sql);
}
