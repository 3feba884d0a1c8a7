/*
 * libmilter's callbacks, each turned into one call on the session.  Nothing is
 * decided here.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include <libmilter/mfapi.h>

#include "base/ip.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/threads.h"
#include "base/unconst.h"
#include "edge/milter.h"
#include "edge/workers.h"
#include "mail/reply_text.h"
#include "policy/actions.h"
#include "session.h"

/* Without these replies the filter costs half the CPU.  MAIL keeps its own: without
 * it Postfix would hold the whole envelope back until DATA, and no DNS question could
 * be asked early.  RCPT, DATA and the rest are not wanted at all. */
#define SILENT \
	(SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY)
#define UNWANTED (SMFIP_NORCPT | SMFIP_NODATA | SMFIP_NOUNKNOWN)
#define EDITS (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE)

#define BACKLOG 512
#define KEPT_FILES 4096ul   /* descriptors for DNS and ourselves, at most */
#define KEPT_FILES_MIN 32ul /* 21 are ours, with a history and metrics */
#define OLD_TOLD_SECONDS 60
#define DRAIN_STEP_MS 10
/* libmilter writes our answer after the callback returned, and tells nobody.  But a
 * thread that has still to write it does not sleep: so the last answer is out once all
 * threads are seen asleep, twice.  Other clients may keep them awake for ever. */
#define ANSWER_LOOKS 2
#define ANSWER_MS 1000

/* libmilter hands a new connection nothing of ours, hence these. */
static struct parts_store *milter_parts;
static struct listener_file milter_file;
static atomic_bool milter_draining, milter_ended;
static atomic_int milter_under_way;
static atomic_ulong milter_connections;
static atomic_bool milter_full;
static atomic_llong milter_old_told; /* seconds; 0: never */
static unsigned long milter_connections_max;

/* One connection of the MTA. */
struct connection {
	struct session *session;
	bool in_message; /* counted in milter_under_way */
	bool proof;      /* test messages of ours */
};

static bool
message_begin(struct connection *c)
{
	if (!c->in_message)
		atomic_fetch_add(&milter_under_way, 1);
	c->in_message = true;
	/* Counted first and asked then: milter_drain() does it the other way round, so
	 * that no message slips in between. */
	return !atomic_load(&milter_draining);
}

static void
message_finish(struct connection *c)
{
	if (c->in_message)
		atomic_fetch_sub(&milter_under_way, 1);
	c->in_message = false;
}

/* The connection if a message is under way on it: else its events are stray ones. */
static struct session *
message_session(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);

	return c != NULL && c->in_message ? c->session : NULL;
}

static const char *
macro(SMFICTX *ctx, const char *name)
{
	return smfi_getsymval(ctx, unconst(name));
}

/*
 * At the limit of descriptors libmilter would try to accept() without a pause, the MTA
 * would wait for an answer, and DNS would find no socket.  So some are kept back, and
 * connections beyond the others are ended at once: their mail is deferred.
 */
static unsigned long
connections_max(void)
{
	struct rlimit limit;
	unsigned long files = KEPT_FILES, kept;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		files = (unsigned long)limit.rlim_cur;
	kept = files / 4 < KEPT_FILES ? files / 4 : KEPT_FILES;
	if (kept < KEPT_FILES_MIN)
		kept = KEPT_FILES_MIN;
	return files > kept ? files - kept : 1;
}

static bool
is_full(void)
{
	bool full = atomic_load(&milter_connections) >= milter_connections_max;

	if (atomic_exchange(&milter_full, full) != full && full)
		log_warning("%lu connections of the MTA: no more are accepted",
		    milter_connections_max);
	return full;
}

/* libmilter ends the connection, and tells it in words of its own, to syslog alone. */
static void
note_old_protocol(void)
{
	struct timespec now;
	long long last = atomic_load(&milter_old_told);

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (last != 0 && now.tv_sec - last < OLD_TOLD_SECONDS)
		return;
	if (atomic_compare_exchange_strong(
		&milter_old_told, &last, (long long)now.tv_sec + (now.tv_sec == 0)))
		log_error("the MTA speaks too old a milter protocol, so its mail is not "
			  "checked; Postfix: postconf -e milter_protocol=6");
}

static sfsistat
/* NOLINTNEXTLINE(readability-function-size): libmilter's parameters */
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long protocol,
    unsigned long unused2, unsigned long unused3, unsigned long *want_actions,
    unsigned long *want_protocol, unsigned long *want2, unsigned long *want3)
{
	(void)ctx;
	(void)actions;
	(void)unused2;
	(void)unused3;
	if (is_full())
		return SMFIS_REJECT;
	if ((protocol & SMFIP_HDR_LEADSPC) == 0)
		note_old_protocol();
	/* Where an MTA lacks one of SILENT, libmilter answers for us.  Leading spaces
	 * are asked for in any case: without them DKIM's simple header form fails, so
	 * an MTA that cannot do it (none of the last fifteen years) is turned down. */
	*want_actions = EDITS;
	*want_protocol = SILENT | SMFIP_HDR_LEADSPC | (protocol & UNWANTED);
	*want2 = 0;
	*want3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *client)
{
	struct connection *c = mem_alloc(sizeof *c);

	atomic_fetch_add(&milter_connections, 1);
	c->session =
	    session_new(milter_parts, ip_from_sockaddr(client), name, macro(ctx, "j"));
	session_mta(c->session, macro(ctx, "v"));
	c->proof = session_service(c->session, macro(ctx, "{daemon_name}"));
	smfi_setpriv(ctx, c);
	return SMFIS_NOREPLY;
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c != NULL)
		session_helo(c->session, name);
	return SMFIS_NOREPLY;
}

/* No thread is free to wait for DNS: told now, the sender tries again. */
static sfsistat
put_off(SMFICTX *ctx, struct connection *c)
{
	const char *id = macro(ctx, "i");

	log_warning(
	    "%s: message deferred: all threads are busy and no more can be started",
	    id != NULL ? id : "NOQUEUE");
	session_abort(c->session);
	message_finish(c);
	return SMFIS_TEMPFAIL;
}

/* What a test message may start is no thread of libmilter's. */
static enum session_next
begin_message(struct connection *c, const char *mail_from, const char *queue_id)
{
	enum session_next next;

	if (!c->proof)
		return session_mail(c->session, mail_from, queue_id);
	workers_leave();
	next = session_mail(c->session, mail_from, queue_id);
	workers_return();
	return next;
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	struct connection *c = smfi_getpriv(ctx);
	const char *login = macro(ctx, "{auth_authen}");

	if (c == NULL)
		return SMFIS_TEMPFAIL;
	if (!message_begin(c)) {
		session_abort(c->session);
		message_finish(c);
		return SMFIS_TEMPFAIL;
	}
	if (workers_are_short())
		return put_off(ctx, c);
	session_authenticated(c->session, login != NULL && *login != '\0');
	if (begin_message(c, argv[0], macro(ctx, "i")) == SESSION_GO_ON)
		return SMFIS_CONTINUE;
	message_finish(c);
	return SMFIS_ACCEPT;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *s = message_session(ctx);

	if (s != NULL)
		session_header(s, name, value);
	return SMFIS_NOREPLY;
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	struct session *s = message_session(ctx);

	if (s != NULL)
		session_eoh(s, macro(ctx, "i"));
	return SMFIS_NOREPLY;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	struct session *s = message_session(ctx);

	if (s != NULL)
		session_body(s, data, len);
	return SMFIS_NOREPLY;
}

/* libmilter and the MTAs take % for a macro of theirs: %% is one %. */
static int
set_reply(SMFICTX *ctx, const struct reply *reply)
{
	char text[2 * REPLY_TEXT_MAX + 1];
	size_t len = 0;

	for (const char *p = reply->text; *p != '\0' && len + 2 < sizeof text; p++) {
		if (*p == '%')
			text[len++] = '%';
		text[len++] = *p;
	}
	text[len] = '\0';
	return smfi_setreply(ctx, unconst(reply->code), unconst(reply->enhanced), text);
}

/* Tell the MTA what to change.  False: it did not take all of it. */
static bool
apply(SMFICTX *ctx, const struct actions *a)
{
	for (size_t i = 0; i < a->remove_count; i++) {
		const struct header_removal *r = &a->remove[i];

		if (smfi_chgheader(ctx, unconst(r->name), r->nth, NULL) != MI_SUCCESS)
			return false;
	}
	for (size_t i = 0; i < a->insert_count; i++) {
		const struct header_insertion *in = &a->insert[i];

		if (smfi_insheader(ctx, in->index, unconst(in->name),
			unconst(in->value)) != MI_SUCCESS)
			return false;
	}
	if (a->hold != NULL && smfi_quarantine(ctx, unconst(a->hold)) != MI_SUCCESS)
		return false;
	return a->reply.code == NULL || set_reply(ctx, &a->reply) == MI_SUCCESS;
}

static sfsistat
answer(enum action action)
{
	switch (action) {
	case ACTION_ACCEPT:
	case ACTION_HEADER:
	case ACTION_HOLD:
		return SMFIS_CONTINUE;
	case ACTION_REJECT:
		return SMFIS_REJECT;
	case ACTION_TEMPFAIL:
		break;
	}
	return SMFIS_TEMPFAIL;
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);
	struct session *s = message_session(ctx);
	const struct actions *actions;
	sfsistat result;

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	if (!workers_wait_begin())
		return put_off(ctx, c);
	actions = session_end(s);
	workers_wait_end();
	result = answer(actions->action);
	if (!apply(ctx, actions)) {
		log_error("the MTA did not accept our changes: message deferred");
		result = SMFIS_TEMPFAIL;
	}
	session_done(s);
	message_finish(c);
	return result;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c != NULL) {
		session_abort(c->session);
		message_finish(c);
	}
	return SMFIS_CONTINUE;
}

/* libmilter calls this without on_connect() too: port scans, XCLIENT. */
static sfsistat
on_close(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c != NULL) {
		session_free(c->session);
		message_finish(c);
		atomic_fetch_sub(&milter_connections, 1);
		free(c);
	}
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

static int
open_socket(const struct listener *listener)
{
	static const struct smfiDesc callbacks = {
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = EDITS,
		.xxfi_negotiate = on_negotiate,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_header = on_header,
		.xxfi_eoh = on_eoh,
		.xxfi_body = on_body,
		.xxfi_eom = on_eom,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
	};
	const char *path = listener_path(listener->spec);
	struct smfiDesc registered = callbacks;
	char spec[512];

	registered.xxfi_name = unconst("beschermd");
	snprintf(spec, sizeof spec, "%s%s",
	    path == NULL ? "" : "unix:", path == NULL ? listener->spec : path);
	if (smfi_setconn(spec) != MI_SUCCESS || smfi_register(registered) != MI_SUCCESS ||
	    smfi_setbacklog(BACKLOG) != MI_SUCCESS)
		return -1;
	return smfi_opensocket(false) == MI_SUCCESS ? 0 : -1;
}

enum listener_error
milter_open(const struct listener *listener, char *why, size_t whysize)
{
	enum listener_error error = listener_prepare(listener, why, whysize);
	mode_t before;
	int rc;

	if (error != LISTENER_OK)
		return error;
	before = umask(~(mode_t)listener->mode & 0777);
	rc = open_socket(listener);
	umask(before);
	if (rc == -1) {
		snprintf(why, whysize,
		    "Socket %s: libmilter cannot open it (it says why in the mail log)",
		    listener->spec);
		return LISTENER_UNAVAILABLE;
	}
	return listener_finish(listener, &milter_file, why, whysize);
}

int
milter_run(struct parts_store *parts)
{
	int rc;

	milter_parts = parts;
	workers_enter();
	milter_connections_max = connections_max();
	rc = smfi_main();
	atomic_store(&milter_ended, true);
	return rc == MI_SUCCESS ? 0 : -1;
}

static void
sleep_ms(int ms)
{
	struct timespec pause = { ms / 1000, (ms % 1000) * 1000000L };

	nanosleep(&pause, NULL);
}

bool
milter_is_unreachable(void)
{
	return milter_file.path != NULL && !listener_is_there(&milter_file);
}

void
milter_close(void)
{
	listener_remove(&milter_file);
	milter_file = (struct listener_file){ 0 };
}

static void
await_answers(void)
{
	int asleep = 0;

	for (int waited = 0; waited < ANSWER_MS && asleep < ANSWER_LOOKS;
	     waited += DRAIN_STEP_MS) {
		sleep_ms(DRAIN_STEP_MS);
		asleep = threads_asleep() ? asleep + 1 : 0;
	}
}

int
milter_drain(int timeout_ms)
{
	milter_close();
	atomic_store(&milter_draining, true);
	for (int waited = 0; waited < timeout_ms && atomic_load(&milter_under_way) > 0 &&
			     !atomic_load(&milter_ended);
	     waited += DRAIN_STEP_MS)
		sleep_ms(DRAIN_STEP_MS);
	await_answers();
	return atomic_load(&milter_under_way);
}

void
milter_library_version(char *text, size_t size)
{
	unsigned major, minor, patch;

	(void)smfi_version(&major, &minor, &patch);
	snprintf(text, size, "%u.%u.%u", major, minor, patch);
}
