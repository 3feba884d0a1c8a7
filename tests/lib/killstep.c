/*
 * Preloaded into beschermctl: it is killed (SIGKILL) after the step whose number stands
 * in $KILLSTEP, 0 for none, and each step that was done is a line of the file $KILLSTEPS.
 * A step is what others can see: a statement that writes, of the file or of the server,
 * each call that hands mail over, a file that gets its name.  What happens between two of
 * them leaves no trace, so these are all places where a run can be killed.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct sqlite3_stmt;
struct PGconn;
struct PGresult;

static void *
real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static void
step(const char *what, const char *detail)
{
	static int done;
	const char *path = getenv("KILLSTEPS"), *number = getenv("KILLSTEP");
	int fd = path == NULL ? -1 : open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd == -1)
		return;
	dprintf(fd, "%s %.60s\n", what, detail);
	close(fd);
	if (++done == atoi(number != NULL ? number : "0"))
		kill(getpid(), SIGKILL);
}

static int
writes(const char *sql)
{
	return strncmp(sql, "INSERT", 6) == 0 || strncmp(sql, "UPDATE", 6) == 0 ||
	       strncmp(sql, "COMMIT", 6) == 0 || strstr(sql, "advisory_lock") != NULL;
}

int
sqlite3_step(struct sqlite3_stmt *s)
{
	int (*call)(struct sqlite3_stmt *) = real("sqlite3_step");
	const char *(*text)(struct sqlite3_stmt *) = real("sqlite3_sql");
	int code = call(s);
	const char *sql = text(s);

	if (code == 101 /* SQLITE_DONE */ && sql != NULL && writes(sql))
		step("file", sql);
	return code;
}

static const char *asked = "";

int
PQsendQuery(struct PGconn *conn, const char *sql)
{
	int (*call)(struct PGconn *, const char *) = real("PQsendQuery");

	asked = sql;
	return call(conn, sql);
}

int
/* NOLINTNEXTLINE(readability-function-size): of libpq */
PQsendQueryParams(struct PGconn *conn, const char *sql, int count, const unsigned *types,
    const char *const *values, const int *lengths, const int *formats, int format)
{
	int (*call)(struct PGconn *, const char *, int, const unsigned *,
	    const char *const *, const int *, const int *, int) =
	    real("PQsendQueryParams");

	asked = sql;
	return call(conn, sql, count, types, values, lengths, formats, format);
}

struct PGresult *
PQgetResult(struct PGconn *conn)
{
	struct PGresult *(*call)(struct PGconn *) = real("PQgetResult");
	struct PGresult *result = call(conn);

	if (result == NULL && writes(asked))
		step("server", asked);
	return result;
}

int
memfd_create(const char *name, unsigned flags)
{
	int (*call)(const char *, unsigned) = real("memfd_create");
	int fd = call(name, flags);

	step("memfd_create", name);
	return fd;
}

pid_t
fork(void)
{
	pid_t (*call)(void) = real("fork");
	pid_t child = call();

	if (child > 0)
		step("fork", "");
	return child;
}

pid_t
waitpid(pid_t child, int *status, int options)
{
	pid_t (*call)(pid_t, int *, int) = real("waitpid");
	pid_t done = call(child, status, options);

	if (done > 0)
		step("waitpid", "");
	return done;
}

int
rename(const char *from, const char *to)
{
	int (*call)(const char *, const char *) = real("rename");
	int code = call(from, to);

	step("rename", to);
	return code;
}

/* That mails go out one a second is no matter here. */
int
nanosleep(const struct timespec *time, struct timespec *left)
{
	int (*call)(const struct timespec *, struct timespec *) = real("nanosleep");
	const struct timespec soon = { 0, 5000000 };

	return call(
	    time->tv_sec > 0 || time->tv_nsec > soon.tv_nsec ? &soon : time, left);
}
