#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unbound.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "dns/dname.h"
#include "dns/resolv_conf.h"
#include "dns/unbound.h"

#define OCTETS_MAX 16384 /* of one answer: more is no mail's DNS */
#define RECORDS_MAX 1000 /* or small ones would take five times that */
#define CLASS_IN 1
#define RCODE_NOERROR 0
#define RCODE_NXDOMAIN 3

/* One question under way. */
struct ask {
	struct ask *next, **prev;
	struct unbound *u;
	unbound_done *done;
	void *arg;
};

struct unbound {
	struct ub_ctx *ctx;
	pthread_t dispatcher;
	bool has_dispatcher;
	int quit; /* an eventfd */
	int zone; /* memory as a file, until the context has read it */
	pthread_mutex_t lock;
	struct ask *asks;
};

/*
 * Measured, with the reasons, in tests/bench/README.md.  Some are globals of the library:
 * the same for all contexts, or one would change them under another.
 */
static const char *const settings[][2] = {
	{ "infra-cache-min-rtt:", "400" }, /* else slow names fail after 0.7 s */
	{ "infra-host-ttl:", "5" },        /* a server that comes back is seen soon */
	{ "infra-keep-probing:", "yes" },  /* also if it was gone for minutes */
	{ "outbound-msg-retry:", "3" }, /* a dead name ends after 5 s, not 10 or more */
	{ "outgoing-num-tcp:", "64" },
	{ "max-reuse-tcp-queries:", "1" }, /* one that fails takes no other with it */
	{ "cache-max-ttl:", "3600" },
	{ "msg-cache-size:", "8m" },
	{ "rrset-cache-size:", "16m" },
	{ "identity:", "" },
	{ "module-config:", "validator iterator" },
};

static struct ask *
ask_begin(struct unbound *u, unbound_done *done, void *arg)
{
	struct ask *ask = mem_alloc(sizeof *ask);

	ask->u = u;
	ask->done = done;
	ask->arg = arg;
	pthread_mutex_lock(&u->lock);
	ask->next = u->asks;
	ask->prev = &u->asks;
	if (u->asks != NULL)
		u->asks->prev = &ask->next;
	u->asks = ask;
	pthread_mutex_unlock(&u->lock);
	return ask;
}

static void
ask_end(struct ask *ask)
{
	pthread_mutex_lock(&ask->u->lock);
	*ask->prev = ask->next;
	if (ask->next != NULL)
		ask->next->prev = ask->prev;
	pthread_mutex_unlock(&ask->u->lock);
	free(ask);
}

static struct dns_answer *
answer_new(enum dns_status status, const char *reason)
{
	struct dns_answer *answer = mem_alloc(sizeof *answer);

	answer->status = status;
	answer->reason = reason;
	return answer;
}

/* Answer, records and their data in one block. */
static struct dns_answer *
answer_found(const struct ub_result *result)
{
	size_t count = 0, octets = 0;
	struct dns_answer *answer;
	struct dns_record *records;
	uint8_t *data;

	for (; result->data[count] != NULL; count++)
		octets += (size_t)result->len[count];
	if (octets > OCTETS_MAX || count > RECORDS_MAX) {
		answer = answer_new(
		    DNS_TEMPFAIL, "an answer of more than 16 KiB or 1000 records");
		answer->too_large = true;
		return answer;
	}
	answer = mem_alloc(sizeof *answer + count * sizeof *records + octets);
	records = (struct dns_record *)(answer + 1);
	data = (uint8_t *)(records + count);
	for (size_t i = 0; i < count; i++) {
		records[i] = (struct dns_record){ data, (size_t)result->len[i] };
		memcpy(data, result->data[i], records[i].len);
		data += records[i].len;
	}
	answer->status = DNS_FOUND;
	answer->count = count;
	answer->records = records;
	return answer;
}

/* Forged first, whatever it brings; then the code, whatever data came with it. */
static struct dns_answer *
answer_make(int error, const struct ub_result *result)
{
	struct dns_answer *answer;

	if (error != 0 || result == NULL)
		return answer_new(DNS_TEMPFAIL, "the resolver failed");
	if (result->bogus) {
		log_debug("%s: bogus: %s", result->qname,
		    result->why_bogus != NULL ? result->why_bogus : "");
		return answer_new(DNS_BOGUS, "DNSSEC validation failed");
	}
	if (result->rcode == RCODE_NXDOMAIN)
		answer = answer_new(DNS_NXDOMAIN, NULL);
	else if (result->rcode != RCODE_NOERROR)
		answer = answer_new(DNS_TEMPFAIL, "the DNS servers failed");
	else if (result->havedata)
		answer = answer_found(result);
	else
		answer = answer_new(DNS_NODATA, NULL);
	answer->secure = result->secure && answer->status != DNS_TEMPFAIL;
	answer->ttl = result->ttl > 0 ? (uint32_t)result->ttl : 0;
	return answer;
}

static void
on_result(void *arg, int error, struct ub_result *result)
{
	struct ask *ask = arg;
	unbound_done *done = ask->done;
	void *done_arg = ask->arg;

	ask_end(ask);
	done(done_arg, answer_make(error, result));
	ub_resolve_free(result);
}

int
unbound_ask(struct unbound *u, const char *name, int type, unbound_done *done, void *arg)
{
	char absolute[DNAME_TEXT_SIZE + 1];
	struct ask *ask = ask_begin(u, done, arg);
	int error;

	snprintf(
	    absolute, sizeof absolute, "%s%s", name, strcmp(name, ".") == 0 ? "" : ".");
	error = ub_resolve_async(u->ctx, absolute, type, CLASS_IN, ask, on_result, NULL);
	if (error != 0) {
		ask_end(ask);
		log_warning("libunbound: %s", ub_strerror(error));
	}
	return error == 0 ? 0 : -1;
}

static void *
dispatch(void *arg)
{
	struct unbound *u = arg;
	struct pollfd fds[] = { { .fd = ub_fd(u->ctx), .events = POLLIN },
		{ .fd = u->quit, .events = POLLIN } };

	for (;;) {
		if (poll(fds, 2, -1) == -1 && errno != EINTR)
			break;
		if (fds[1].revents != 0)
			break;
		if (fds[0].revents != 0)
			ub_process(u->ctx);
	}
	return NULL;
}

/* An option that this libunbound does not know is not worth failing for. */
static void
set(struct unbound *u, const char *option, const char *value)
{
	if (ub_ctx_set_option(u->ctx, option, value) != 0)
		log_debug("libunbound does not accept %s %s", option, value);
}

static void
set_number(struct unbound *u, const char *option, int number)
{
	char value[16];

	snprintf(value, sizeof value, "%d", number);
	set(u, option, value);
}

/* Text as a file that libunbound can open by name. */
static int
memory_file(const char *text, char *path, size_t pathsize)
{
	size_t len = strlen(text);
	int fd = memfd_create("beschermd", MFD_CLOEXEC);

	if (fd != -1 && write(fd, text, len) != (ssize_t)len) {
		close(fd);
		fd = -1;
	}
	snprintf(path, pathsize, "/proc/self/fd/%d", fd);
	return fd;
}

static int
configure(struct unbound *u, const char *text, char *why, size_t whysize)
{
	char path[64];
	int fd = memory_file(text, path, sizeof path);
	int error = fd == -1 ? UB_READFILE : ub_ctx_config(u->ctx, path);

	if (fd != -1)
		close(fd);
	if (error != 0)
		snprintf(why, whysize, "libunbound: %s", ub_strerror(error));
	return error == 0 ? 0 : -1;
}

/* One zone of the root that answers for every name; and no address to send to. */
static int
use_zone(struct unbound *u, const char *zone, char *why, size_t whysize)
{
	char path[64], config[512];

	u->zone = memory_file(zone, path, sizeof path);
	if (u->zone == -1) {
		snprintf(why, whysize, "no memory for the zone as a file");
		return -1;
	}
	snprintf(config, sizeof config,
	    "server:\n"
	    " unblock-lan-zones: yes\n"
	    " local-zone: \"test.\" transparent\n"
	    " do-not-query-address: 0.0.0.0/0\n"
	    " do-not-query-address: ::/0\n"
	    "auth-zone:\n"
	    " name: \".\"\n"
	    " for-downstream: no\n"
	    " for-upstream: yes\n"
	    " fallback-enabled: no\n"
	    " zonefile: \"%s\"\n",
	    path);
	return configure(u, config, why, whysize);
}

/* What is not there yet, or empty, comes later: whoever opened us looks at it again. */
static int
use_resolv_conf(struct unbound *u, char *why, size_t whysize)
{
	char *text = resolv_conf_read(RESOLVER_SERVERS_FILE);
	bool named = resolv_conf_names_server(text);
	int error = named ? ub_ctx_resolvconf(u->ctx, RESOLVER_SERVERS_FILE)
			  : ub_ctx_set_fwd(u->ctx, RESOLV_CONF_DEFAULT);

	free(text);
	if (error != 0 && named) /* it went between the two looks at it */
		error = ub_ctx_set_fwd(u->ctx, RESOLV_CONF_DEFAULT);
	if (error != 0)
		snprintf(why, whysize, "libunbound: %s", ub_strerror(error));
	return error == 0 ? 0 : -1;
}

/* A server of one's own may know what is private or only for tests. */
static int
use_forwarders(
    struct unbound *u, const struct unbound_options *options, char *why, size_t whysize)
{
	static const char config[] = "server:\n"
				     " unblock-lan-zones: yes\n"
				     " local-zone: \"test.\" transparent\n";

	if (configure(u, config, why, whysize) == -1)
		return -1;
	if (options->nameserver_count == 0)
		return use_resolv_conf(u, why, whysize);
	for (size_t i = 0; i < options->nameserver_count; i++) {
		if (ub_ctx_set_fwd(u->ctx, options->nameservers[i]) != 0) {
			snprintf(why, whysize, "name server \"%s\" is not an address",
			    options->nameservers[i]);
			return -1;
		}
	}
	return 0;
}

static bool
is_recursive(const struct unbound_options *options)
{
	return options->nameserver_count == 1 &&
	       strcasecmp(options->nameservers[0], "recursive") == 0;
}

static int
context_make(
    struct unbound *u, const struct unbound_options *options, char *why, size_t whysize)
{
	u->ctx = ub_ctx_create();
	if (u->ctx == NULL) {
		snprintf(why, whysize, "libunbound: no context");
		return -1;
	}
	ub_ctx_debugout(u->ctx, NULL);
	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
		set(u, settings[i][0], settings[i][1]);
	set_number(u, "outgoing-range:", options->outgoing);
	/* More than sockets: validation asks questions of its own, and what finds no
	 * socket waits for one, first come, first served.  Nothing is dropped for being
	 * too many. */
	set_number(u, "num-queries-per-thread:", options->outgoing / 3 * 4);
	if (options->zone != NULL) {
		if (use_zone(u, options->zone, why, whysize) == -1)
			return -1;
	} else if (!is_recursive(options) &&
		   use_forwarders(u, options, why, whysize) == -1) {
		return -1;
	}
	if (options->anchor_file != NULL &&
	    ub_ctx_add_ta_file(u->ctx, options->anchor_file) != 0) {
		snprintf(why, whysize, "%s: cannot be read", options->anchor_file);
		return -1;
	}
	if (ub_ctx_async(u->ctx, 1) != 0) {
		snprintf(why, whysize, "libunbound: no thread");
		return -1;
	}
	return 0;
}

/*
 * Contexts share more than they seem to.  The parser of libunbound's settings and its
 * log are global; the first question of a context makes locks that all of them use,
 * and the end of any takes those away.  So none of the three may be under way twice.
 */
static pthread_mutex_t library_lock = PTHREAD_MUTEX_INITIALIZER;

static void
on_first(void *arg, struct dns_answer *answer)
{
	(void)arg;
	free(answer);
}

static void *
do_nothing(void *arg)
{
	return arg;
}

/* libunbound would wait for ever for an answer of the thread that it did not get. */
static bool
can_start_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, do_nothing, NULL) == 0 &&
	       pthread_join(thread, NULL) == 0;
}

/* The first question makes libunbound read its files and start its thread. */
static int
context_finish(struct unbound *u, char *why, size_t whysize)
{
	int asked;

	if (!can_start_thread()) {
		snprintf(why, whysize, "no thread can be started for DNS");
		return -1;
	}
	pthread_mutex_lock(&library_lock);
	asked = unbound_ask(u, "localhost", DNS_A, on_first, NULL);
	pthread_mutex_unlock(&library_lock);
	if (asked == -1) {
		snprintf(why, whysize,
		    "libunbound does not start: see its settings and trust anchor");
		return -1;
	}
	if (pthread_create(&u->dispatcher, NULL, dispatch, u) != 0) {
		snprintf(why, whysize, "no thread for DNS answers");
		return -1;
	}
	u->has_dispatcher = true;
	return 0;
}

struct unbound *
unbound_open(const struct unbound_options *options, char *why, size_t whysize)
{
	struct unbound *u = mem_alloc(sizeof *u);
	int made;

	pthread_mutex_init(&u->lock, NULL);
	u->zone = -1;
	u->quit = eventfd(0, EFD_CLOEXEC);
	if (u->quit == -1) {
		snprintf(why, whysize, "no eventfd: too many open files?");
		goto fail;
	}
	pthread_mutex_lock(&library_lock);
	made = context_make(u, options, why, whysize);
	pthread_mutex_unlock(&library_lock);
	if (made == -1 || context_finish(u, why, whysize) == -1)
		goto fail;
	return u;
fail:
	unbound_close(u);
	return NULL;
}

void
unbound_close(struct unbound *u)
{
	static const uint64_t one = 1;
	struct ask *ask, *next;

	if (u == NULL)
		return;
	if (u->has_dispatcher && write(u->quit, &one, sizeof one) == sizeof one)
		pthread_join(u->dispatcher, NULL);
	pthread_mutex_lock(&library_lock);
	if (u->ctx != NULL)
		ub_ctx_delete(u->ctx);
	pthread_mutex_unlock(&library_lock);
	for (ask = u->asks; ask != NULL; ask = next) {
		next = ask->next;
		ask->done(ask->arg, NULL);
		free(ask);
	}
	if (u->zone != -1)
		close(u->zone);
	if (u->quit != -1)
		close(u->quit);
	pthread_mutex_destroy(&u->lock);
	free(u);
}

void
unbound_library_version(char *text, size_t size)
{
	snprintf(text, size, "%s", ub_version());
}
