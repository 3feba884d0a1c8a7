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
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "case.h"
#include "case_json.h"
#include "config/config.h"
#include "dns/question_name.h"
#include "dns/questions.h"
#include "invariants.h"
#include "mail/evidence.h"
#include "outcome/outcome_line.h"
#include "parts.h"
#include "session.h"
#include "signer.h"

#define QUEUE_ID "4TEST"
#define BODY_CHUNK 65535 /* as Postfix sends it */
#define LINE_SIZE 1024

/* One case under way. */
struct run {
	const char *path;
	const struct case_file *file;
	struct signer *signer; /* one for all cases: a key takes its time */
	struct pool *pool;
	struct parts_store *parts;
	struct session *session;
	int failures;
	/* of the message that is being judged */
	bool ignored; /* nothing more was wanted after MAIL */
	const struct actions *actions;
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

/* What an expectation is held against: a word for each key. */

static const struct evidence *
evidence(const struct run *r)
{
	return session_evidence(r->session);
}

static const char *
get_action(struct run *r)
{
	return r->ignored ? "accept" : verdict_action_name(r->actions->action);
}

static const char *
get_would(struct run *r)
{
	return verdict_action_name(session_verdict(r->session)->would);
}

static const char *
get_rule(struct run *r)
{
	return rule_name(
	    r->ignored ? RULE_IGNORED_CLIENT : session_verdict(r->session)->rule);
}

static const char *
get_reason(struct run *r)
{
	const char *reason = session_verdict(r->session)->reason;

	return reason != NULL ? reason : "";
}

static const char *
get_from(struct run *r)
{
	const struct from_evidence *from = &evidence(r)->from;

	return from->status == FROM_OK ? from->domain : evidence_from_name(from->status);
}

static const char *
get_dmarc(struct run *r)
{
	return evidence_dmarc_name(evidence(r)->dmarc.result);
}

static const char *
get_policy(struct run *r)
{
	return evidence_policy_name(evidence(r)->dmarc.policy);
}

static const char *
get_record(struct run *r)
{
	const char *domain = evidence(r)->dmarc.record_domain;

	return domain != NULL ? domain : "none";
}

/* What RelayResults came to: unasked, read, or why ours hold. */
static const char *
get_relay_results(struct run *r)
{
	const struct relay_evidence *relay = &evidence(r)->relay;
	const char *name = evidence_relay_results_name(relay->results);

	if (relay->results_reason != NULL)
		return relay->results_reason;
	return name != NULL ? name : "unasked";
}

static const char *
get_spf(struct run *r)
{
	return evidence_spf_name(evidence(r)->spf.result);
}

static const char *
get_spf_domain(struct run *r)
{
	return evidence(r)->spf.domain;
}

static const char *
get_spf_helo(struct run *r)
{
	return evidence(r)->has_spf_helo ? evidence_spf_name(evidence(r)->spf_helo.result)
					 : "unasked";
}

/* The result of each signature, in header order. */
static const char *
get_dkim(struct run *r)
{
	const struct evidence *ev = evidence(r);
	const char *list = "";

	for (size_t i = 0; i < ev->dkim_count; i++)
		list = pool_printf(r->pool, "%s%s%s", list, i > 0 ? "," : "",
		    evidence_dkim_name(ev->dkim[i].result));
	return ev->dkim_count > 0 ? list : "none";
}

static const char *
get_reply(struct run *r)
{
	const struct reply *reply = &r->actions->reply;

	return reply->code == NULL ? ""
				   : pool_printf(r->pool, "%s %s %s", reply->code,
					 reply->enhanced, reply->text);
}

static const char *
get_removed(struct run *r)
{
	const char *list = "";

	for (size_t i = 0; i < r->actions->remove_count; i++)
		list = pool_printf(r->pool, "%s%s%s:%d", list, i > 0 ? " " : "",
		    r->actions->remove[i].name, r->actions->remove[i].nth);
	return *list != '\0' ? list : "none";
}

/* All that is put in, unfolded, one a line. */
static const char *
get_insert(struct run *r)
{
	const char *list = "";
	char *text;

	for (size_t i = 0; i < r->actions->insert_count; i++) {
		const struct header_insertion *h = &r->actions->insert[i];

		text = pool_printf(r->pool, "%s:%s", h->name, h->value);
		for (char *p = text; (p = strchr(p, '\n')) != NULL;)
			memmove(p, p + 1, strlen(p));
		list = pool_printf(r->pool, "%s%s\n", list, text);
	}
	return list;
}

static const char *
get_log(struct run *r)
{
	char *line = pool_alloc(r->pool, LINE_SIZE);

	outcome_line(evidence(r), session_verdict(r->session), line, LINE_SIZE);
	return line;
}

static const char *
get_asked(struct run *r)
{
	size_t count;
	const struct question *all =
	    questions_list(session_questions(r->session), &count);
	const char *list = "";

	for (size_t i = 0; i < count; i++)
		list = pool_printf(r->pool, "%s%s %s\n", list, all[i].name,
		    question_name_of_type(all[i].type));
	return list;
}

/* ${wanted}: one word, or several of which one will do, "reject|hold". */
static bool
is_equal(const char *is, const char *wanted)
{
	size_t n = strlen(is);

	for (const char *p = wanted; p != NULL; p = strchr(p, '|')) {
		p += *p == '|';
		if (strncasecmp(p, is, n) == 0 && (p[n] == '\0' || p[n] == '|'))
			return true;
	}
	return false;
}

static bool
is_within(const char *is, const char *wanted)
{
	return *wanted == '\0' ? *is != '\0' : strstr(is, wanted) != NULL;
}

/* As many lines as wanted at most. */
static bool
is_at_most(const char *is, const char *wanted)
{
	long lines = 0;

	for (; *is != '\0'; is++)
		lines += *is == '\n';
	return lines <= strtol(wanted, NULL, 10);
}

static const struct expectation {
	const char *key;
	const char *(*get)(struct run *r);
	bool (*holds)(const char *is, const char *wanted);
	bool always; /* also for a message of an ignored client */
} expectations[] = {
	{ "action", get_action, is_equal, true },
	{ "asked", get_asked, is_within, false },
	{ "dkim", get_dkim, is_equal, false },
	{ "dmarc", get_dmarc, is_equal, false },
	{ "from", get_from, is_equal, false },
	{ "insert", get_insert, is_within, false },
	{ "log", get_log, is_within, false },
	{ "policy", get_policy, is_equal, false },
	{ "questions", get_asked, is_at_most, false },
	{ "reason", get_reason, is_within, false },
	{ "record", get_record, is_equal, false },
	{ "relay-results", get_relay_results, is_within, false },
	{ "removed", get_removed, is_equal, false },
	{ "reply", get_reply, is_within, false },
	{ "rule", get_rule, is_equal, true },
	{ "spf", get_spf, is_equal, false },
	{ "spf-domain", get_spf_domain, is_equal, false },
	{ "spf-helo", get_spf_helo, is_equal, false },
	{ "would", get_would, is_equal, false },
};

static void
check_expect(struct run *r, const struct case_expect *x)
{
	for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
		const struct expectation *known = &expectations[i];
		const char *is;

		if (strcmp(known->key, x->key) != 0)
			continue;
		if (r->ignored && !known->always) {
			complain(r, x->line, "%s: the message was not looked at", x->key);
			return;
		}
		is = known->get(r);
		if (known->holds(is, x->value) == x->negated)
			complain(r, x->line, "expected %s%s %s, is: %s",
			    x->negated ? "not " : "", x->key, x->value, is);
		return;
	}
	complain(r, x->line, "unknown expectation %s", x->key);
}

/* What holds whatever the message. */
static void
check_always(struct run *r, const struct case_event *e)
{
	const struct parts *parts = parts_get(r->parts);
	const char *broken =
	    invariants_broken(r->session, parts->config, r->actions, e->header, r->pool);

	parts_put(r->parts, parts);
	if (broken != NULL)
		complain(r, e->line, "%s: %s / %s", broken, get_reply(r), get_insert(r));
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
	struct pool *pool = pool_new();
	const char *rest = e->header, *name, *value;

	r->ignored = session_mail(r->session, e->text, NULL) == SESSION_ACCEPT;
	while (!r->ignored && case_next_field(&rest, pool, &name, &value))
		session_header(r->session, name, value);
	if (!r->ignored && e->kind == CASE_MESSAGE) {
		session_eoh(r->session, QUEUE_ID);
		send_body(r, e);
		r->actions = session_end(r->session);
		check_always(r, e);
	}
	for (size_t i = 0; i < e->expect_count; i++)
		check_expect(r, &e->expects[i]);
	if (e->kind == CASE_ABORT)
		session_abort(r->session);
	else if (!r->ignored)
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
