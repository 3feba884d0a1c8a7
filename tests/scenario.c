/*
 * Runs .case files (tests/cases/README.md) through session.c with the real check
 * libraries and a zone in place of the DNS; no socket.  Without arguments: all of
 * ${srcdir}/tests/cases.  --json FILE... prints what the cases make, for other runners.
 */
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "case.h"
#include "case_json.h"
#include "config/config.h"
#include "expectation.h"
#include "invariants.h"
#include "parts.h"
#include "session.h"
#include "signer.h"

#define QUEUE_ID "4TEST"
#define BODY_CHUNK 65535 /* as Postfix sends it */

/* One case under way. */
struct run {
	const char *path;
	const struct case_file *file;
	struct signer *signer; /* one for all cases: a key takes its time */
	struct pool *pool;
	struct parts_store *parts;
	struct session *session;
	int failures;
};

static void __attribute__((format(printf, 3, 4)))
complain(struct run *r, int line, const char *fmt, ...)
{
	va_list args;

	r->failures++;
	printf("# %s:%d: ", r->path, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

/* What holds whatever the message. */
static void
check_always(
    struct run *r, const struct case_event *e, const struct expectation_message *m)
{
	const struct parts *parts = parts_get(r->parts);
	const char *broken =
	    invariants_broken(m->session, parts->config, m->actions, e->header, r->pool);

	parts_put(r->parts, parts);
	if (broken != NULL)
		complain(r, e->line, "%s: %s / %s", broken, expectation_reply(m),
		    expectation_insert(m));
}

/* Postfix hands over at most 65535 octets a time. */
static void
send_body(struct run *r, const struct case_event *e)
{
	for (size_t at = 0; at < e->body_len; at += BODY_CHUNK) {
		size_t left = e->body_len - at;

		session_body(r->session, (const unsigned char *)e->body + at,
		    left < BODY_CHUNK ? left : BODY_CHUNK);
	}
}

static void
play_message(struct run *r, const struct case_event *e)
{
	struct expectation_message m = { .session = r->session, .pool = r->pool };
	struct pool *pool = pool_new();
	const char *rest = e->header, *name, *value;

	m.ignored = session_mail(r->session, e->text, NULL) == SESSION_ACCEPT;
	while (!m.ignored && case_next_field(&rest, pool, &name, &value))
		session_header(r->session, name, value);
	if (!m.ignored && e->kind == CASE_MESSAGE) {
		session_eoh(r->session, QUEUE_ID);
		send_body(r, e);
		m.actions = session_end(r->session);
		check_always(r, e, &m);
	}
	for (size_t i = 0; i < e->expect_count; i++) {
		const char *broken = expectation_broken(&m, &e->expects[i]);

		if (broken != NULL)
			complain(r, e->expects[i].line, "%s", broken);
	}
	if (e->kind == CASE_ABORT)
		session_abort(r->session);
	else if (!m.ignored)
		session_done(r->session);
	pool_free(pool);
}

static void
play_client(struct run *r, const struct case_event *e)
{
	struct ip client = { .family = IP_UNKNOWN };

	if (strcmp(e->text, "local") == 0)
		client.family = IP_LOCAL;
	else if (strcmp(e->text, "unknown") != 0 && !ip_parse(e->text, &client))
		complain(r, e->line, "not an address: %s", e->text);
	session_free(r->session);
	r->session = session_new(
	    r->parts, client, *e->extra != '\0' ? e->extra : NULL, r->file->host);
	session_mta(r->session, r->file->mta);
}

static void
play(struct run *r, const struct case_event *e)
{
	if (e->kind == CASE_CLIENT) {
		play_client(r, e);
		return;
	}
	if (r->session == NULL) {
		complain(r, e->line, "no client yet");
		return;
	}
	switch (e->kind) {
	case CASE_HELO:
		for (long i = 0; i < e->count; i++)
			session_helo(r->session, e->text);
		break;
	case CASE_AUTH:
		session_authenticated(r->session, *e->text != '\0');
		break;
	default:
		play_message(r, e);
	}
}

/* The configuration is read from the case; config_load() hands no closure on. */
static const char *conf_text;

static char *
read_conf(const char *path, size_t *len, char *why, size_t whysize)
{
	(void)path;
	snprintf(why, whysize, "nothing");
	*len = strlen(conf_text);
	return mem_strdup(conf_text);
}

static bool
list_conf(const char *pattern, struct wordlist *paths, char *why, size_t whysize)
{
	(void)pattern;
	(void)paths;
	snprintf(why, whysize, "a case has no files");
	return false;
}

static const struct config_reader reader = { read_conf, list_conf };

static struct parts_store *
open_parts(const struct case_file *file, const char *zone_file, char *why, size_t size)
{
	char setting[PATH_MAX + 16];
	const char *settings[] = { setting };
	struct config *config;

	conf_text = file->conf;
	snprintf(setting, sizeof setting, "ZoneFile=%s", zone_file);
	config = config_load("case.conf", &reader, settings, 1, why, size);
	return config != NULL ? parts_open(config, why, size) : NULL;
}

static bool
write_zone(const char *text, char *path, char *why, size_t size)
{
	int fd = mkstemp(path);
	size_t len = strlen(text);
	bool ok = fd != -1 && write(fd, text, len) == (ssize_t)len;

	if (fd != -1)
		close(fd);
	if (!ok)
		snprintf(why, size, "%s cannot be written", path);
	return ok;
}

static void
run_case(struct run *r)
{
	char why[512] = "", zone[] = "/tmp/scenario.XXXXXX";

	r->file = case_read(r->path, r->signer, r->pool, why, sizeof why);
	if (r->file != NULL && write_zone(r->file->zone, zone, why, sizeof why)) {
		r->parts = open_parts(r->file, zone, why, sizeof why);
		unlink(zone);
	}
	if (r->parts == NULL) {
		complain(r, 0, "%s", why);
		return;
	}
	for (size_t i = 0; i < r->file->event_count; i++)
		play(r, &r->file->events[i]);
	session_free(r->session);
	parts_close(r->parts);
}

/* One line a file. */
static int
print_json(char **paths, int count)
{
	char why[512];
	struct pool *pool = pool_new();
	struct signer *signer = signer_new(pool);
	int failed = 0;

	for (int i = 0; i < count; i++) {
		const struct case_file *file =
		    case_read(paths[i], signer, pool, why, sizeof why);

		if (file != NULL)
			case_json_print(file, stdout);
		else
			fprintf(stderr, "%s\n", why);
		failed += file == NULL;
	}
	signer_free(signer);
	pool_free(pool);
	return failed > 0 ? 65 : 0;
}

static int
run_all(char **paths, size_t count)
{
	struct pool *pool = pool_new();
	struct signer *signer = signer_new(pool);
	int failed = 0;

	for (size_t i = 0; i < count; i++) {
		const char *slash = strrchr(paths[i], '/');
		struct run r = { .path = paths[i], .signer = signer, .pool = pool_new() };

		run_case(&r);
		failed += r.failures > 0;
		printf("%sok %zu - %s\n", r.failures > 0 ? "not " : "", i + 1,
		    slash != NULL ? slash + 1 : paths[i]);
		fflush(stdout);
		pool_free(r.pool);
	}
	signer_free(signer);
	pool_free(pool);
	printf("1..%zu\n", count);
	return failed > 0 || count == 0;
}

int
main(int argc, char **argv)
{
	/* NOLINTBEGIN(concurrency-mt-unsafe): the only threads are the resolver's */
	const char *srcdir = getenv("srcdir");
	char pattern[PATH_MAX];
	glob_t found;
	int status;

	log_open("scenario", LOG_TO_NOWHERE, 0);
	if (argc > 1 && strcmp(argv[1], "--json") == 0)
		return print_json(argv + 2, argc - 2);
	if (argc > 1)
		return run_all(argv + 1, (size_t)argc - 1);
	snprintf(pattern, sizeof pattern, "%s/tests/cases/*.case",
	    srcdir != NULL ? srcdir : ".");
	if (glob(pattern, 0, NULL, &found) != 0)
		found = (glob_t){ .gl_pathc = 0 };
	/* NOLINTEND(concurrency-mt-unsafe) */
	status = run_all(found.gl_pathv, found.gl_pathc);
	globfree(&found);
	return status;
}
