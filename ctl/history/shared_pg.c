#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/deadline.h"
#include "base/mem.h"
#include "base/oserror.h"
#include "ctl/history/shared.h"
#include "ctl/history/shared_schema.h"
#include "ctl/text.h"

#define ERROR_OCTETS 512
#define CELLS_MAX 64
#define ARGS_MAX 64
#define NUMBER_OCTETS 24
#define OPTIONS_MAX 100
/* Beyond what a statement may take there: then nobody is there. */
#define GRACE_MS 5000
#define OLDEST_SERVER 120000 /* the first with generated columns */

/* Numbers of types, which do not change (pg_type of PostgreSQL). */
enum { TYPE_BOOL = 16, TYPE_BYTEA = 17, TYPE_INT8 = 20, TYPE_INT2 = 21, TYPE_INT4 = 23 };

struct shared {
	PGconn *conn;
	int statement_ms;
	struct timespec deadline; /* of what is being asked */
	int64_t changes;
	char error[ERROR_OCTETS];
};

/* The first line of what libpq says, which has many. */
static void
set_error(struct shared *s, const char *text)
{
	size_t len = strcspn(text, "\n");

	snprintf(s->error, sizeof s->error, "%.*s", (int)len, text);
}

static enum store_status
fail(struct shared *s, enum store_status status, const char *text)
{
	set_error(s, text);
	return status;
}

/* Nothing came in time, or the connection broke. */
static enum store_status
away(struct shared *s)
{
	const char *text = PQerrorMessage(s->conn);

	return fail(s, STORE_BUSY,
	    *text != '\0' ? text : _("the server does not answer in time"));
}

/* The classes of SQLSTATE, PostgreSQL appendix A. */
static enum store_status
status_of(const char *state)
{
	static const struct {
		const char *prefix;
		enum store_status status;
	} states[] = {
		{ "08", STORE_BUSY },    /* connection */
		{ "57", STORE_BUSY },    /* shut down, or the statement's time is over */
		{ "40", STORE_BUSY },    /* deadlock */
		{ "53300", STORE_BUSY }, /* too many connections */
		{ "53", STORE_FULL },    /* disk, memory */
		{ "42P01", STORE_FOREIGN }, /* no such table, */
		{ "42703", STORE_FOREIGN }, /* column, */
		{ "3F000", STORE_FOREIGN }, /* schema */
	};

	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		if (strncmp(state, states[i].prefix, strlen(states[i].prefix)) == 0)
			return states[i].status;
	}
	return strncmp(state, "42", 2) == 0 ? STORE_REFUSED : STORE_IO;
}

static enum store_status
status_of_result(struct shared *s, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (state == NULL || text == NULL)
		return away(s);
	return fail(s, status_of(state), text);
}

/* Until the socket has something for us, or takes more; false: the time is over. */
static bool
wait_socket(struct shared *s, short events)
{
	struct pollfd fd = { .fd = PQsocket(s->conn), .events = events };
	const struct timespec now = deadline_in(0);
	double left = deadline_ms_between(&now, &s->deadline);

	return fd.fd != -1 && left > 0 && poll(&fd, 1, (int)left + 1) > 0;
}

/* What was asked goes out; meanwhile the server may want to be read. */
static bool
flush_all(struct shared *s)
{
	int left;

	while ((left = PQflush(s->conn)) == 1) {
		if (!wait_socket(s, POLLIN | POLLOUT) || PQconsumeInput(s->conn) == 0)
			return false;
	}
	return left == 0;
}

/* NULL: there is no more.  *lost: nor will there be. */
static PGresult *
next_result(struct shared *s, bool *lost)
{
	while (PQisBusy(s->conn) == 1) {
		if (!wait_socket(s, POLLIN) || PQconsumeInput(s->conn) == 0) {
			*lost = true;
			return NULL;
		}
	}
	return PQgetResult(s->conn);
}

/* A cell as the columns of fact.h are; ${octets}: of a bytea, free()d with PQfreemem().
 */
static struct fact_value
cell(const PGresult *result, int row, int column, unsigned char **octets)
{
	const char *text = PQgetvalue(result, row, column);
	size_t len = 0;

	if (PQgetisnull(result, row, column) == 1)
		return STORE_TEXT(NULL);
	switch (PQftype(result, column)) {
	case TYPE_BOOL:
		return STORE_NUMBER(*text == 't');
	case TYPE_INT8:
	case TYPE_INT4:
	case TYPE_INT2:
		return STORE_NUMBER(strtoll(text, NULL, 10));
	case TYPE_BYTEA:
		*octets = PQunescapeBytea((const unsigned char *)text, &len);
		return (struct fact_value){ .text = (const char *)*octets,
			.number = (int64_t)len };
	default:
		return (struct fact_value){ .text = text,
			.number = PQgetlength(result, row, column) };
	}
}

static bool
give_row(const PGresult *result, int row, store_row *each, void *cookie)
{
	struct fact_value cells[CELLS_MAX];
	unsigned char *octets[CELLS_MAX] = { NULL };
	int count = PQnfields(result);
	bool more;

	if (count > CELLS_MAX)
		count = CELLS_MAX;
	for (int i = 0; i < count; i++)
		cells[i] = cell(result, row, i, &octets[i]);
	more = each(cells, (size_t)count, cookie);
	for (int i = 0; i < count; i++)
		PQfreemem(octets[i]);
	return more;
}

struct asker {
	store_row *each; /* NULL: wants no more rows */
	void *cookie;
};

static enum store_status
take_result(struct shared *s, const PGresult *result, struct asker *asker)
{
	switch (PQresultStatus(result)) {
	case PGRES_SINGLE_TUPLE:
	case PGRES_TUPLES_OK:
		for (int i = 0; asker->each != NULL && i < PQntuples(result); i++) {
			if (!give_row(result, i, asker->each, asker->cookie))
				asker->each = NULL;
		}
		return STORE_OK;
	case PGRES_COMMAND_OK:
	case PGRES_COPY_IN:
	case PGRES_EMPTY_QUERY:
		return STORE_OK;
	default:
		return status_of_result(s, result);
	}
}

/* All that the server has to say to what was sent; the first error is the one. */
static enum store_status
take_all(struct shared *s, struct asker asker)
{
	enum store_status status = STORE_OK;
	bool lost = false;
	PGresult *result;

	if (!flush_all(s))
		return away(s);
	while ((result = next_result(s, &lost)) != NULL) {
		enum store_status one = take_result(s, result, &asker);
		bool copies = PQresultStatus(result) == PGRES_COPY_IN;

		if (status == STORE_OK)
			status = one;
		s->changes = strtoll(PQcmdTuples(result), NULL, 10);
		PQclear(result);
		if (copies)
			return status;
	}
	return lost ? away(s) : status;
}

static void
begin(struct shared *s)
{
	s->deadline = deadline_in(s->statement_ms + GRACE_MS);
}

enum store_status
shared_script(struct shared *s, const char *sql)
{
	begin(s);
	if (PQsendQuery(s->conn, sql) == 0)
		return away(s);
	return take_all(s, (struct asker){ 0 });
}

enum store_status
shared_run(struct shared *s, const char *sql, const struct fact_value *args,
    size_t arg_count, store_row *each, void *cookie)
{
	const char *values[ARGS_MAX];
	char numbers[ARGS_MAX][NUMBER_OCTETS];

	for (size_t i = 0; i < arg_count; i++) {
		values[i] = args[i].text;
		if (args[i].is_number) {
			snprintf(numbers[i], NUMBER_OCTETS, "%" PRId64, args[i].number);
			values[i] = numbers[i];
		}
	}
	begin(s);
	if (PQsendQueryParams(
		s->conn, sql, (int)arg_count, NULL, values, NULL, NULL, 0) == 0)
		return away(s);
	PQsetSingleRowMode(s->conn);
	return take_all(s, (struct asker){ .each = each, .cookie = cookie });
}

int64_t
shared_changes(const struct shared *s)
{
	return s->changes;
}

enum store_status
shared_copy(struct shared *s, const char *sql, const char *lines, size_t len)
{
	enum store_status status = shared_script(s, sql);

	if (status != STORE_OK)
		return status;
	if (len > INT_MAX || PQputCopyData(s->conn, lines, (int)len) != 1 ||
	    PQputCopyEnd(s->conn, NULL) != 1)
		return away(s);
	return take_all(s, (struct asker){ 0 });
}

const char *
shared_error(const struct shared *s)
{
	return s->error;
}

void
shared_close(struct shared *s)
{
	if (s == NULL)
		return;
	PQfinish(s->conn);
	free(s);
}

static void
say_nothing(void *cookie, const char *text)
{
	(void)cookie;
	(void)text;
}

/*
 * ${conninfo} over what we want where it says nothing, and under what must be so.  The
 * lists are NULL-terminated; texts are of ${parsed} or constants.
 */
struct options {
	const char *keys[OPTIONS_MAX], *values[OPTIONS_MAX];
	size_t count;
};

static void
add_option(struct options *o, const char *key, const char *value)
{
	if (o->count + 1 >= OPTIONS_MAX)
		return;
	o->keys[o->count] = key;
	o->values[o->count++] = value;
}

static PGconn *
connect_by(const char *conninfo, char *why, size_t whysize)
{
	struct options o = { .count = 0 };
	char *error = NULL;
	PQconninfoOption *parsed = PQconninfoParse(conninfo, &error);
	PGconn *conn;

	if (parsed == NULL) {
		snprintf(why, whysize, "%.*s",
		    (int)strcspn(error != NULL ? error : "", "\n"),
		    error != NULL ? error : "");
		PQfreemem(error);
		return NULL;
	}
	add_option(&o, "connect_timeout", "5");
	add_option(&o, "keepalives_idle", "10");
	add_option(&o, "keepalives_interval", "5");
	add_option(&o, "keepalives_count", "4");
	add_option(&o, "tcp_user_timeout", "30000");
	add_option(&o, "application_name", "beschermctl");
	for (const PQconninfoOption *p = parsed; p->keyword != NULL; p++) {
		if (p->val != NULL)
			add_option(&o, p->keyword, p->val);
	}
	add_option(&o, "client_encoding", "UTF8");
	conn = PQconnectdbParams(o.keys, o.values, 0);
	PQconninfoFree(parsed);
	return conn;
}

/* libpq passes over a file that it cannot use, and then says only that it has no
 * password. */
static void
explain_password(struct shared *s)
{
	PQconninfoOption *used = PQconninfo(s->conn);
	const char *path = NULL;

	for (const PQconninfoOption *p = used; p != NULL && p->keyword != NULL; p++) {
		if (strcmp(p->keyword, "passfile") == 0)
			path = p->val;
	}
	if (path == NULL)
		set_error(s, _("the server asks for a password: set passfile=FILE"));
	else if (access(path, R_OK) != 0)
		snprintf(s->error, sizeof s->error,
		    _("the server asks for a password, and %s cannot be read: %s"), path,
		    oserror_text(errno));
	else
		snprintf(s->error, sizeof s->error,
		    _("the server asks for a password, and %s has no line for this host, "
		      "port, database and user, or others than its owner may read it"),
		    path);
	PQconninfoFree(used);
}

static enum store_status
set_up(struct shared *s)
{
	char sql[200];
	const char *encoding = PQparameterStatus(s->conn, "server_encoding");

	if (PQserverVersion(s->conn) < OLDEST_SERVER)
		return fail(
		    s, STORE_FOREIGN, _("the server is older than PostgreSQL 12"));
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
		return fail(s, STORE_FOREIGN,
		    _("the database is not in UTF-8: createdb -E UTF8 -T template0"));
	snprintf(sql, sizeof sql,
	    "SET search_path=" SHARED_SCHEMA_NAME ",pg_temp;"
	    " SET statement_timeout=%d; SET standard_conforming_strings=on;"
	    " SET bytea_output=hex",
	    s->statement_ms);
	return shared_script(s, sql);
}

bool
shared_is_built(void)
{
	return true;
}

struct shared *
shared_open(const char *conninfo, int seconds, enum store_status *status, char *why,
    size_t whysize)
{
	struct shared *s;
	PGconn *conn;

	*status = STORE_REFUSED;
	conn = connect_by(conninfo, why, whysize);
	if (conn == NULL)
		return NULL;
	s = mem_alloc(sizeof *s);
	s->conn = conn;
	s->statement_ms = seconds * 1000;
	PQsetNoticeProcessor(conn, say_nothing, NULL);
	*status = STORE_OK;
	if (PQstatus(conn) != CONNECTION_OK || PQsetnonblocking(conn, 1) == -1)
		*status = away(s);
	if (PQconnectionNeedsPassword(conn))
		explain_password(s);
	if (*status == STORE_OK)
		*status = set_up(s);
	if (*status == STORE_OK)
		*status = shared_schema_check(s, s->error, sizeof s->error);
	if (*status == STORE_OK)
		return s;
	snprintf(why, whysize, "%s", s->error);
	shared_close(s);
	return NULL;
}

static enum store_status
run_source(void *self, const char *sql, const struct fact_value *args, size_t arg_count,
    store_row *each, void *cookie)
{
	return shared_run(self, sql, args, arg_count, each, cookie);
}

static const char *
error_of_source(const void *self)
{
	return shared_error(self);
}

static void
close_source(void *self)
{
	shared_close(self);
}

struct query_source
shared_source(struct shared *s)
{
	return (struct query_source){ .self = s,
		.run = run_source,
		.error = error_of_source,
		.close = close_source };
}
