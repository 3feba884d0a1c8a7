/*
 * A whole connection through session.c and the libraries behind it: the input is a
 * .case file (tests/cases/README.md; expectations count for nothing here), so a finding
 * can go to tests/cases as it is.  What no case can say stands in its first line:
 *
 *	#! piece=7	octets of the body at a time
 *	   restart=2	behind two fields MAIL comes again, and all fields anew
 *	   abort=2	behind two fields the message is dropped, and stray events follow
 *	   eoh=0	the header has no end; 2: it ends twice
 *	   late=1	one more From behind the body
 *	   keep=1	no end of the message: the next one or the close drops it
 *	   queue=1	there is no queue id
 *	   clock=N	the time
 *
 * Held against it is what tests/lib/invariants.h says, that a signature passes only if
 * we made it, one line in the log a message, and memory.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "case.h"
#include "case_mutate.h"
#include "conf.h"
#include "invariants.h"
#include "mail/evidence.h"
#include "must.h"
#include "parts.h"
#include "resolver_zone.h"
#include "session.h"
#include "signer.h"

#define PARTS_KEPT 8
#define REPEATED_MAX 100000L /* octets that \*COUNT{...} may make */
#define HELO_MAX 50
#define BODY_CHUNK 65535
/* What one message may take for itself, and for each octet of its header.  Its body
 * takes none. */
#define MEMORY_BASE ((size_t)4 << 20)
#define MEMORY_FACTOR 64

/* No header has these. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
/* NOLINTNEXTLINE(readability-function-size): libFuzzer's parameters */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b,
    size_t b_size, uint8_t *out, size_t max, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak));
/* NOLINTBEGIN: the names are the linker's (--wrap) */
void *__real_mem_alloc(size_t size);
void *__wrap_mem_alloc(size_t size);
void __wrap_syslog(int priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void __wrap___syslog_chk(int priority, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* NOLINTEND */

/* Lines about messages so far; octets asked for since the message began. */
static size_t info_lines, allocated;

void *
__wrap_mem_alloc(size_t size)
{
	allocated += size;
	return __real_mem_alloc(size);
}

static void take_line(int priority, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void
take_line(int priority, const char *format, va_list args)
{
	char line[2000];

	vsnprintf(line, sizeof line, format, args);
	must(invariants_broken_line(line) == NULL);
	must(priority != LOG_ERR); /* nothing that an operator would have to mend */
	if (priority == LOG_INFO)
		info_lines++;
}

void
__wrap_syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	take_line(priority, format, args);
	va_end(args);
}

/* The same where _FORTIFY_SOURCE is on. */
void
__wrap___syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	take_line(priority, format, args);
	va_end(args);
}

/* The oddities of the first line. */
struct play {
	long piece, restart, abort, eoh, late, keep, queue, clock;
};

struct run {
	const struct case_file *file;
	struct play play;
	struct pool *pool;
	struct parts_store *parts;
	const struct config *config;
	struct session *session;
	size_t signatures; /* that we made, in all messages, and can pass */
	size_t passes;     /* that did, so far */
};

static long
word(const char *line, const char *name, long otherwise)
{
	const char *found = strstr(line, name);

	return found != NULL ? strtol(found + strlen(name), NULL, 10) : otherwise;
}

static struct play
read_play(const char *text, struct pool *pool)
{
	const char *line = "";

	if (strncmp(text, "#!", 2) == 0)
		line = pool_strndup(pool, text, strcspn(text, "\n"));
	return (struct play){
		.piece = word(line, " piece=", BODY_CHUNK),
		.restart = word(line, " restart=", -1),
		.abort = word(line, " abort=", -1),
		.eoh = word(line, " eoh=", 1),
		.late = word(line, " late=", 0),
		.keep = word(line, " keep=", 0),
		.queue = word(line, " queue=", 0),
		.clock = word(line, " clock=", 0),
	};
}

/* Neither minutes of work nor keys of sizes that take them. */
static bool
is_cheap(const char *text)
{
	long repeated = 0;

	for (const char *p = text; (p = strstr(p, "\\*")) != NULL; p += 2) {
		long times = strtol(p + 2, NULL, 10), len = (long)strcspn(p, "\n");

		if (times < 0 || times > REPEATED_MAX)
			return false;
		repeated += times * len;
		if (repeated > REPEATED_MAX)
			return false;
	}
	for (const char *p = text; (p = strstr(p, "rsa")) != NULL; p += 3) {
		long bits = strtol(p + 3, NULL, 10);

		if (bits != 0 && bits != 512 && bits != 1024 && bits != 2048)
			return false;
	}
	return true;
}

/* Is this what the first broken= of the line says? */
static bool
is_broken(const char *line, const char *end, const char *what)
{
	const char *found = memmem(line, (size_t)(end - line), " broken=", 8);
	size_t len = strlen(what);

	return found != NULL && (size_t)(end - found) >= 8 + len &&
	       strncmp(found + 8, what, len) == 0 &&
	       (found[8 + len] == ' ' || found[8 + len] == '\n' ||
		   found[8 + len] == '\0');
}

/* How many signatures there are that can pass.  One that was made broken by its header
 * can where h= leaves out what differs, and one by its body where l= does. */
static size_t
count_signatures(const char *text)
{
	static const char word[] = "@sign ";
	size_t count = 0;

	for (; (text = strstr(text, word)) != NULL; text += strlen(word)) {
		const char *end = text + strcspn(text, "\n");

		count += !is_broken(text, end, "signature") &&
			 (!is_broken(text, end, "body") ||
			     memmem(text, (size_t)(end - text), " l=", 3) != NULL);
	}
	return count;
}

/*
 * Parts of these settings: a few are kept, as opening libopendkim and the suffix list
 * takes longer than a message.  NULL: no settings, or with files of their own.
 */
static struct parts_store *
parts_for(const char *conf)
{
	static struct {
		char *conf;
		struct parts_store *parts;
	} kept[PARTS_KEPT];
	static size_t next;
	struct config *config;
	char why[500];

	for (size_t i = 0; i < PARTS_KEPT; i++) {
		if (kept[i].conf != NULL && strcmp(kept[i].conf, conf) == 0)
			return kept[i].parts;
	}
	config = conf_load(conf);
	if (config == NULL)
		return NULL;
	if (*config->zone_file != '\0' || *config->public_suffix_list != '\0') {
		config_free(config);
		return NULL;
	}
	next = (next + 1) % PARTS_KEPT;
	parts_close(kept[next].parts);
	free(kept[next].conf);
	kept[next].conf = NULL;
	kept[next].parts = parts_open(config, why, sizeof why);
	if (kept[next].parts != NULL)
		kept[next].conf = mem_strdup(conf);
	return kept[next].parts;
}

static void
play_client(struct run *r, const struct case_event *e)
{
	struct ip client = { .family = IP_UNKNOWN };

	if (strcmp(e->text, "local") == 0)
		client.family = IP_LOCAL;
	else
		(void)ip_parse(e->text, &client);
	session_free(r->session);
	r->session = session_new(
	    r->parts, client, *e->extra != '\0' ? e->extra : NULL, r->file->host);
	session_mta(r->session, r->file->mta);
	session_clock(r->session, r->play.clock);
}

/* Hands over the fields from ${from} on, up to ${count} of them; returns what is left. */
static const char *
send_fields(struct run *r, const char *from, long count)
{
	const char *name, *value;

	while (count-- != 0 && case_next_field(&from, r->pool, &name, &value))
		session_header(r->session, name, value);
	return from;
}

/* In pieces of their own exact size, so that ASan sees a read past the end. */
static void
send_body(struct run *r, const struct case_event *e)
{
	size_t piece = r->play.piece > 0 ? (size_t)r->play.piece : 1;

	for (size_t at = 0; at < e->body_len; at += piece) {
		size_t left = e->body_len - at, len = left < piece ? left : piece;
		unsigned char *exact = malloc(len);

		memcpy(exact, e->body + at, len);
		session_body(r->session, exact, len);
		free(exact);
	}
}

static void
check_message(struct run *r, const struct actions *actions, const char *header)
{
	const struct evidence *ev = session_evidence(r->session);
	const char *broken =
	    invariants_broken(r->session, r->config, actions, header, r->pool);

	if (broken != NULL)
		fprintf(stderr, "%s\n", broken);
	must(broken == NULL);
	for (size_t i = 0; i < ev->dkim_count; i++)
		r->passes += ev->dkim[i].result == DKIM_PASS && !ev->dkim[i].by_relay;
	must(r->passes <= r->signatures);
}

/* No message is under way: none of this does anything. */
static void
send_stray(struct run *r, const struct case_event *e)
{
	send_fields(r, e->header, -1);
	session_eoh(r->session, NULL);
	send_body(r, e);
	session_done(r->session);
	must(session_evidence(r->session) == NULL);
}

/* All behind MAIL; returns the fields that were handed over. */
static const char *
send_message(struct run *r, const struct case_event *e)
{
	const char *rest = e->header;
	long eoh = r->play.eoh;

	if (r->play.restart >= 0) {
		send_fields(r, rest, r->play.restart);
		session_mail(r->session, e->text, NULL);
	}
	send_fields(r, rest, -1);
	for (eoh = eoh > 2 ? 2 : eoh; eoh > 0; eoh--)
		session_eoh(r->session, r->play.queue != 0 ? NULL : "4TEST");
	send_body(r, e);
	if (r->play.late == 0)
		return e->header;
	session_header(r->session, "From", " late@example.nl");
	return pool_printf(r->pool, "%sFrom: late@example.nl\n", e->header);
}

static void
play_message(struct run *r, const struct case_event *e)
{
	const size_t lines = info_lines, bound = MEMORY_BASE +
						 MEMORY_FACTOR * strlen(e->header) +
						 MEMORY_FACTOR * strlen(e->text);
	const struct actions *actions;
	const char *header;

	allocated = 0;
	if (session_mail(r->session, e->text, NULL) == SESSION_ACCEPT) {
		must(info_lines == lines + 1);
		send_stray(r, e);
		return;
	}
	if (e->kind == CASE_ABORT || r->play.abort >= 0) {
		send_fields(r, e->header, r->play.abort);
		session_abort(r->session);
		send_stray(r, e);
		must(info_lines == lines);
		return;
	}
	header = send_message(r, e);
	actions = session_end(r->session);
	must(allocated <= bound);
	check_message(r, actions, header);
	if (r->play.keep != 0)
		return;
	session_done(r->session);
	must(info_lines == lines + 1);
	must(session_evidence(r->session) == NULL);
}

static void
play(struct run *r, const struct case_event *e)
{
	if (e->kind == CASE_CLIENT)
		play_client(r, e);
	if (r->session == NULL)
		return;
	switch (e->kind) {
	case CASE_CLIENT:
		break;
	case CASE_HELO:
		for (long i = 0; i < e->count && i < HELO_MAX; i++)
			session_helo(r->session, e->text);
		break;
	case CASE_AUTH:
		session_authenticated(r->session, *e->text != '\0');
		break;
	case CASE_MESSAGE:
	case CASE_ABORT:
		play_message(r, e);
	}
}

static bool
play_all(struct run *r)
{
	const struct parts *parts;
	char why[200];
	bool ok;

	r->parts = parts_for(r->file->conf);
	if (r->parts == NULL)
		return false;
	parts = parts_get(r->parts);
	r->config = parts->config;
	ok = resolver_zone_change(parts->resolver, r->file->zone, why, sizeof why);
	for (size_t i = 0; ok && i < r->file->event_count; i++)
		play(r, &r->file->events[i]);
	session_free(r->session);
	parts_put(r->parts, parts);
	return ok;
}

/* Made once a process: its keys take their time. */
static struct signer *
the_signer(struct pool *pool)
{
	static struct signer *signer;

	if (signer == NULL) {
		log_open("fuzz_session", LOG_TO_SYSLOG, LOG_USER);
		log_set_level(LOG_LEVEL_DEBUG);
		signer = signer_new(pool);
	}
	signer_use_pool(signer, pool);
	return signer;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	char *text = pool_strndup(pool, (const char *)data, size), why[300];
	struct run r = {
		.pool = pool,
		.play = read_play(text, pool),
		.signatures = count_signatures(text),
	};
	bool played = false;

	if (is_cheap(text))
		r.file = case_parse(text, the_signer(pool), pool, why, sizeof why);
	if (r.file != NULL)
		played = play_all(&r);
	pool_free(pool);
	return played ? 0 : -1;
}

/* Octet by octet now and then, else by lines. */
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	return seed % 20 == 0 ? LLVMFuzzerMutate(data, size, max)
			      : case_mutate(data, size, max, seed, LLVMFuzzerMutate);
}

size_t
/* NOLINTNEXTLINE(readability-function-size): libFuzzer's parameters */
LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b,
    size_t b_size, uint8_t *out, size_t max, unsigned int seed)
{
	return case_mutate_cross((const uint8_t *const[]){ a, b },
	    (const size_t[]){ a_size, b_size }, out, max, seed);
}
