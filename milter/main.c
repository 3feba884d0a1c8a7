#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/oserror.h"
#include "config.h"
#include "config/config.h"
#include "config/config_place.h"
#include "config/config_print.h"
#include "config/config_table.h"
#include "dns/resolver.h"
#include "edge/listener.h"
#include "edge/milter.h"
#include "edge/service.h"
#include "edge/unit.h"
#include "edge/watch.h"
#include "edge/workers.h"
#include "log_settings.h"
#include "metrics_file.h"
#include "options.h"
#include "parts.h"
#include "remember.h"
#include "settings.h"
#include "status.h"
#include "unit_check.h"

#define DRAIN_MS 10000
#define SETTLE_MS 5000 /* for the history; both are within the unit's TimeoutStopSec */
#define WHY_OCTETS 4096
#define LOOK_MS 10000 /* where nothing tells when to look again, or to be heard */

struct daemon {
	struct options options;
	struct config *boot; /* what the start goes by: socket, user, pid file, log */
	struct listener listener;
	struct parts_store *store;
	struct metrics_file *metrics;
	int parent;           /* waits for service_ready(); -1: nobody does */
	const char *pid_file; /* that we made; "" */
	atomic_bool gave_up;
	bool unreachable; /* the socket is gone */
	bool refused;     /* the last reload was */
	bool placed;      /* ${why} has lines that each begin with file and line */
	char why[WHY_OCTETS];
};

static struct config *
load_config(struct daemon *d)
{
	const struct options *o = &d->options;

	return settings_load(o->conf, (const char *const *)o->settings.words,
	    o->settings.count, d->why, sizeof d->why);
}

static void
log_words(const struct wordlist *list)
{
	for (size_t i = 0; i < list->count; i++)
		log_warning("%s", list->words[i]);
}

/* Privileges are gone: a reload will see no more than this. */
static struct config *
reread_as_user(struct daemon *d)
{
	struct config *config = load_config(d);
	size_t len = strlen(d->why);
	const char *user = d->boot->user_id, *colon = strchr(user, ':');

	if (config == NULL)
		snprintf(d->why + len, sizeof d->why - len,
		    "; a reload reads it as UserID %s, so give that user the right: "
		    "chgrp %s FILE && chmod g+r FILE",
		    user, colon == NULL ? user : colon + 1);
	return config;
}

static const char *
enforcing(const struct config *config)
{
	return config->mode == CONFIG_ENFORCE ? "yes" : "no";
}

static const char *
dnssec_mode(const struct parts *parts, const char **why)
{
	return resolver_validates(parts->resolver, why) ? "validating" : "off";
}

static int
open_parts(struct daemon *d)
{
	struct config *config = reread_as_user(d);

	if (config == NULL) {
		d->placed = true;
		return EX_NOPERM;
	}
	d->store = parts_open(config, d->why, sizeof d->why);
	if (d->store != NULL)
		return EX_OK;
	/* It names the place itself, where there is one. */
	d->placed = *d->why == '/';
	return EX_CONFIG;
}

/* What was wrong with a setting of the start: where it stands goes before. */
static int
blame(struct daemon *d, int code)
{
	d->placed = config_place_put(d->boot, d->why, sizeof d->why) || d->placed;
	return code;
}

static void
check_as_unit(struct daemon *d, struct unit_check *unit)
{
	if (unit_check_is_unprivileged(unit))
		unit_check_unprivileged(unit, d->boot, &d->listener);
	unit_check_paths(unit, d->boot);
	for (size_t i = 0; i < unit->doubts.count; i++)
		log_warning("systemd starts it as user %s, and that would fail: %s",
		    unit_check_user(unit, d->boot), unit->doubts.words[i]);
}

static void
print_settings(struct daemon *d)
{
	const struct parts *parts = parts_get(d->store);
	const char *why = "", *dnssec = dnssec_mode(parts, &why);

	log_words(&parts->config->warnings);
	config_print(parts->config, stdout);
	printf("enforcing: %s\n", enforcing(parts->config));
	printf("dnssec: %s (%s)\n", dnssec, why);
	parts_put(d->store, parts);
}

/*
 * What a start would look at, by the user it would be, and nothing taken.  All that is
 * wrong is told, as far as one mistake does not hide another.
 */
static int
check_start(struct daemon *d, struct unit_check *unit)
{
	const struct config *boot = d->boot;
	const char *user = unit_check_user(unit, boot);
	char *why = d->why;
	bool known = service_check_user(boot->user_id, why, WHY_OCTETS) == 0;
	bool is_served = listener_is_served(&d->listener);

	if (!known)
		unit_check_mistake(unit, boot, why);
	if (listener_check(&d->listener, why, WHY_OCTETS) != LISTENER_OK ||
	    listener_check_free(&d->listener, why, WHY_OCTETS) != LISTENER_OK)
		unit_check_mistake(unit, boot, why);
	if (service_check_pid_file(boot->pid_file, why, WHY_OCTETS) == -1)
		unit_check_mistake(unit, boot, why);
	if (known &&
	    (service_drop_privileges(user, why, WHY_OCTETS) == -1 ||
		workers_prepare(why, WHY_OCTETS) == -1 || open_parts(d) != EX_OK))
		unit_check_mistake(unit, boot, why);
	if (known && !remember_check(boot, is_served, why, WHY_OCTETS))
		unit_check_mistake(unit, boot, why);
	if (known && !metrics_file_check(boot, why, WHY_OCTETS))
		unit_check_mistake(unit, boot, why);
	if (unit->mistakes.count == 0)
		check_as_unit(d, unit);
	d->placed = true;
	return unit_check_tell(unit, why, WHY_OCTETS) ? EX_CONFIG : EX_OK;
}

/* -n */
static int
check(struct daemon *d)
{
	struct unit *unit = unit_open();
	struct unit_check as_unit;
	int code;

	unit_check_begin(&as_unit, unit, d->options.conf);
	code = check_start(d, &as_unit);
	if (code == EX_OK)
		print_settings(d);
	unit_check_end(&as_unit);
	unit_close(unit);
	return code;
}

static int
exit_code(enum listener_error error)
{
	switch (error) {
	case LISTENER_OK:
		return EX_OK;
	case LISTENER_BAD_SPEC:
		return EX_CONFIG;
	case LISTENER_NO_RIGHTS:
		return EX_NOPERM;
	case LISTENER_UNAVAILABLE:
		break;
	}
	return EX_UNAVAILABLE;
}

/* What needs the rights that we were started with. */
static int
start_privileged(struct daemon *d)
{
	const struct config *boot = d->boot;
	enum listener_error error;

	service_raise_limits();
	if (service_check_user(boot->user_id, d->why, sizeof d->why) == -1)
		return blame(d, EX_CONFIG);
	error = milter_open(&d->listener, d->why, sizeof d->why);
	if (error != LISTENER_OK)
		return blame(d, exit_code(error));
	if (!d->options.foreground) {
		d->parent = service_daemonize(d->why, sizeof d->why);
		if (d->parent == -1)
			return EX_OSERR;
	}
	if (service_pid_file(boot->pid_file, d->why, sizeof d->why) == -1)
		return blame(d, errno == EACCES || errno == EPERM ? EX_NOPERM : EX_OSERR);
	d->pid_file = boot->pid_file;
	if (service_drop_privileges(boot->user_id, d->why, sizeof d->why) == -1)
		return blame(d, EX_OSERR);
	return EX_OK;
}

static void *
serve(void *cookie)
{
	struct daemon *d = cookie;

	/* Nobody asks it to end: if it does, so do we. */
	if (milter_run(d->store) == -1)
		atomic_store(&d->gave_up, true);
	service_stop();
	return NULL;
}

static int
start(struct daemon *d)
{
	const struct parts *parts;
	const char *why = "", *dnssec;
	int code = start_privileged(d), error;
	pthread_attr_t detached;
	pthread_t thread;

	if (code == EX_OK && workers_prepare(d->why, sizeof d->why) == -1)
		code = EX_OSERR;
	if (code == EX_OK)
		code = open_parts(d);
	if (code != EX_OK)
		return code;
	if (parts_remember(d->store, d->why, sizeof d->why) == -1)
		return EX_OSERR;
	d->metrics = metrics_file_open(d->store, d->why, sizeof d->why);
	if (d->metrics == NULL)
		return EX_OSERR;
	parts = parts_get(d->store);
	log_words(&parts->config->warnings);
	dnssec = dnssec_mode(parts, &why);
	log_info("beschermd %s started, enforcing: %s, dnssec: %s (%s)", PACKAGE_VERSION,
	    enforcing(parts->config), dnssec, why);
	parts_put(d->store, parts);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &detached, serve, d);
	pthread_attr_destroy(&detached);
	if (error != 0) {
		snprintf(d->why, sizeof d->why, "cannot start a thread: %s",
		    oserror_text(error));
		return EX_OSERR;
	}
	service_ready(d->parent);
	return EX_OK;
}

/* A line each of ${text}, which is not ours any more afterwards. */
static void
log_lines(const char *before, char *text, const char *behind)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		log_error("%s%s%s", before, line, rest == NULL ? behind : "");
}

/* What cannot be done again without the rights of the start. */
static void
warn_fixed(const struct config *was, const struct config *is)
{
	size_t count;
	const struct config_row *rows = config_table_rows(&count);

	for (size_t i = 0; i < count; i++) {
		if (rows[i].restart && !config_print_is_equal(was, is, &rows[i]))
			log_warning(
			    "reload: the new %s waits for a restart", rows[i].name);
	}
}

static void
reload(struct daemon *d)
{
	struct config *config;

	service_reloading();
	config = load_config(d);
	if (config != NULL) {
		if (parts_reload(d->store, config, d->why, sizeof d->why) == 0) {
			/* Of settings that were refused they would mislead. */
			log_words(&config->warnings);
			warn_fixed(d->boot, config);
			log_settings_change(config);
			log_info("settings reloaded, enforcing: %s", enforcing(config));
			d->refused = false;
			metrics_file_reloaded(d->metrics, true);
			service_reloaded();
			service_answer_reload(true);
			return;
		}
	}
	log_lines("reload: ", d->why, "; the old settings stay");
	d->refused = true;
	metrics_file_reloaded(d->metrics, false);
	service_reloaded();
	service_answer_reload(false);
}

/* resolv.conf came, went or changed.  False: it has to be tried again. */
static bool
refresh(struct daemon *d)
{
	int changed = parts_refresh(d->store, d->why, sizeof d->why);

	if (changed == 1)
		log_info("%s has changed: it is used from now on", RESOLVER_SERVERS_FILE);
	if (changed == -1)
		log_error("%s has changed: %s; the old name servers stay",
		    RESOLVER_SERVERS_FILE, d->why);
	return changed != -1;
}

static void
tell_status(struct daemon *d)
{
	const struct parts *parts = parts_get(d->store);
	char text[STATUS_SIZE];

	service_status(status_text(parts, d->refused, text));
	parts_put(d->store, parts);
}

/*
 * Until we are to end.  Watched anew at each turn, before it is looked: what happens in
 * between wakes us again.
 */
static void
attend(struct daemon *d)
{
	const char *path = listener_path(d->boot->socket);
	enum service_event event = SERVICE_LOOK;
	struct watch watch;
	bool settled;

	watch_open(&watch);
	while (event != SERVICE_STOP) {
		if (event == SERVICE_RELOAD)
			reload(d);
		watch_reset(&watch);
		if (path != NULL)
			watch_add(&watch, path);
		watch_add(&watch, RESOLVER_SERVERS_FILE);
		settled = refresh(d) && watch.complete;
		d->unreachable = milter_is_unreachable();
		if (d->unreachable)
			break;
		tell_status(d);
		event =
		    service_wait(watch.fd, settled && !service_is_heard() ? -1 : LOOK_MS);
	}
	watch_close(&watch);
}

static int
run(struct daemon *d)
{
	int left;

	attend(d);
	if (d->unreachable) /* libmilter cannot listen anew: who starts us again can */
		log_error("Socket %s: somebody removed it; ending, to be started again",
		    d->boot->socket);
	service_stopping();
	left = milter_drain(DRAIN_MS);
	parts_settle(d->store, SETTLE_MS);
	metrics_file_close(d->metrics);
	d->metrics = NULL;
	if (left > 0)
		log_warning("stopped with %d %s in progress: deferred", left,
		    left == 1 ? "message" : "messages");
	else
		log_info("stopped");
	if (atomic_load(&d->gave_up)) {
		snprintf(d->why, sizeof d->why, "libmilter gave up");
		return EX_SOFTWARE;
	}
	if (left > 0) {
		/* Their threads still use what would be freed. */
		service_pid_file_remove(d->pid_file);
		_exit(d->unreachable ? EX_TEMPFAIL : EX_OK);
	}
	return d->unreachable ? EX_TEMPFAIL : EX_OK;
}

static int
run_or_check(struct daemon *d)
{
	int code;

	d->boot = load_config(d);
	d->placed = d->boot == NULL;
	log_settings_open(&d->options, d->boot);
	if (d->placed)
		return EX_CONFIG;
	d->listener = (struct listener){ d->boot->socket, d->boot->socket_mode,
		d->boot->socket_group, d->boot->user_id };
	if (d->options.check_only)
		return check(d);
	code = start(d);
	return code == EX_OK ? run(d) : code;
}

/*
 * Once in the journal, to which standard error may lead as well (systemd.exec(5)), and
 * as an object where all lines are.
 */
static void
say_why(struct daemon *d)
{
	bool to_stderr = d->options.foreground && !d->options.to_syslog;
	bool logs = !d->options.check_only && (!to_stderr || log_is_json());

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it here */
	if (!logs || (!to_stderr && getenv("JOURNAL_STREAM") == NULL))
		fprintf(stderr, "%s%s\n", d->placed ? "" : "beschermd: ", d->why);
	if (logs)
		log_lines("", d->why, "");
}

int
main(int argc, char **argv)
{
	struct daemon d = { .parent = -1, .pid_file = "" };
	int code;

	service_block_signals();
	code = options_parse(&d.options, argc, argv);
	if (code == -1) {
		code = run_or_check(&d);
		if (code != EX_OK && !d.unreachable)
			say_why(&d);
		milter_close();
		service_pid_file_remove(d.pid_file);
	}
	if (code == EX_SOFTWARE)
		_exit(code); /* libmilter's threads may still use what would be freed */
	metrics_file_close(d.metrics);
	parts_close(d.store);
	config_free(d.boot);
	options_clear(&d.options);
	return code;
}
