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
#include "base/mem.h"
#include "base/oserror.h"
#include "base/wordlist.h"
#include "config.h"
#include "config/config.h"
#include "config/config_print.h"
#include "config/config_table.h"
#include "dns/resolver.h"
#include "edge/listener.h"
#include "edge/milter.h"
#include "edge/service.h"
#include "edge/service_notify.h"
#include "guards.h"
#include "parts.h"
#include "settings.h"

#define DRAIN_MS 10000
#define WHY_OCTETS 1024

struct options {
	char *conf; /* absolute; NULL: the default one, if it is there */
	bool foreground, to_syslog, check_only;
	struct wordlist settings; /* "Key=Value", on top of what the file says */
};

struct daemon {
	struct options options;
	struct config *boot; /* what the start goes by: socket, user, pid file, log */
	struct listener listener;
	struct parts_store *store;
	int parent;           /* waits for service_ready(); -1: nobody does */
	const char *pid_file; /* that we made; "" */
	atomic_bool gave_up;
	char why[WHY_OCTETS];
};

static void
usage(FILE *out)
{
	fputs("usage: beschermd [-flnv] [-c file] [-p socket] [-P pidfile] [-u user]\n"
	      "       beschermd -h | -V\n"
	      "  -c file     settings (" SETTINGS_FILE ")\n"
	      "  -f          stay in the foreground and log to standard error\n"
	      "  -l          log to syslog, also with -f\n"
	      "  -n          check settings and everything a start needs, and end\n"
	      "  -p socket   Socket, for instance unix:/path or inet:8891@localhost\n"
	      "  -P pidfile  PidFile\n"
	      "  -u user     UserID\n"
	      "  -v          LogLevel debug\n",
	    out);
}

static void
print_version(void)
{
	printf("beschermd %s\nservice manager: %s\nsettings: %s\n", PACKAGE_VERSION,
	    service_notify_kind(), SETTINGS_FILE);
	guards_print(stdout);
}

static void
set(struct options *o, const char *key, const char *value)
{
	size_t size = strlen(key) + strlen(value) + 2;
	char *setting = mem_alloc(size);

	snprintf(setting, size, "%s=%s", key, value);
	wordlist_add(&o->settings, setting);
	free(setting);
}

/* Absolute, as a reload comes when the working directory is / already. */
static void
set_conf(struct options *o, const char *path)
{
	free(o->conf);
	o->conf = realpath(path, NULL);
	if (o->conf == NULL) /* let config_load() say what is wrong with it */
		o->conf = mem_strdup(path);
}

/* -1: go on; else the code to exit with. */
static int
parse_options(struct options *o, int argc, char **argv)
{
	int flag;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	while ((flag = getopt(argc, argv, "c:fhlnp:P:u:vV")) != -1) {
		switch (flag) {
		case 'c':
			set_conf(o, optarg);
			break;
		case 'f':
			o->foreground = true;
			break;
		case 'l':
			o->to_syslog = true;
			break;
		case 'n':
			o->check_only = true;
			break;
		case 'p':
			set(o, "Socket", optarg);
			break;
		case 'P':
			set(o, "PidFile", optarg);
			break;
		case 'u':
			set(o, "UserID", optarg);
			break;
		case 'v':
			set(o, "LogLevel", "debug");
			break;
		case 'V':
			print_version();
			return EX_OK;
		case 'h':
			usage(stdout);
			return EX_OK;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	usage(stderr);
	return EX_USAGE;
}

static void
options_clear(struct options *o)
{
	free(o->conf);
	wordlist_clear(&o->settings);
}

static struct config *
load_config(struct daemon *d)
{
	const struct options *o = &d->options;

	return settings_load(o->conf, (const char *const *)o->settings.words,
	    o->settings.count, d->why, sizeof d->why);
}

static void
log_warnings(const struct config *config)
{
	for (size_t i = 0; i < config->warnings.count; i++)
		log_warning("%s", config->warnings.words[i]);
}

static void
open_log(const struct daemon *d)
{
	const struct options *o = &d->options;
	enum log_target target = d->boot->syslog ? LOG_TO_SYSLOG : LOG_TO_NOWHERE;

	if (o->to_syslog)
		target = LOG_TO_SYSLOG;
	else if (o->foreground)
		target = LOG_TO_STDERR;
	if (o->check_only)
		target = LOG_TO_STDERR;
	log_open("beschermd", target, d->boot->syslog_facility);
	log_set_level((enum log_level)d->boot->log_level);
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
dnssec_mode(const struct parts *parts, const char **why)
{
	return resolver_validates(parts->resolver, why) ? "validating" : "off";
}

static int
open_parts(struct daemon *d)
{
	struct config *config = reread_as_user(d);

	if (config == NULL)
		return EX_NOPERM;
	d->store = parts_open(config, d->why, sizeof d->why);
	return d->store != NULL ? EX_OK : EX_CONFIG;
}

/* Root may make the socket anywhere; a start without root, such as the unit's, may not.
 */
static void
warn_unit(const struct daemon *d)
{
	char why[WHY_OCTETS];

	if (listener_check(&d->listener, why, sizeof why) != LISTENER_OK)
		log_warning("systemd starts it as user %s, and that would fail: %s",
		    d->boot->user_id, why);
}

/* -n: what a start would look at, by the user it would be, and nothing taken. */
static int
check(struct daemon *d)
{
	const struct parts *parts;
	const char *why = "";

	if (service_check_user(d->boot->user_id, d->why, sizeof d->why) == -1 ||
	    listener_check(&d->listener, d->why, sizeof d->why) != LISTENER_OK ||
	    service_check_pid_file(d->boot->pid_file, d->why, sizeof d->why) == -1 ||
	    service_drop_privileges(d->boot->user_id, d->why, sizeof d->why) == -1 ||
	    open_parts(d) != EX_OK)
		return EX_CONFIG;
	warn_unit(d);
	parts = parts_get(d->store);
	log_warnings(parts->config);
	config_print(parts->config, stdout);
	printf("enforcing: %s\n", parts->config->mode == CONFIG_ENFORCE ? "yes" : "no");
	printf("dnssec: %s", dnssec_mode(parts, &why));
	printf(" (%s)\n", why);
	parts_put(d->store, parts);
	return EX_OK;
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
		return EX_CONFIG;
	error = milter_open(&d->listener, d->why, sizeof d->why);
	if (error != LISTENER_OK)
		return exit_code(error);
	if (!d->options.foreground) {
		d->parent = service_daemonize(d->why, sizeof d->why);
		if (d->parent == -1)
			return EX_OSERR;
	}
	if (service_pid_file(boot->pid_file, d->why, sizeof d->why) == -1)
		return errno == EACCES || errno == EPERM ? EX_NOPERM : EX_OSERR;
	d->pid_file = boot->pid_file;
	if (service_drop_privileges(boot->user_id, d->why, sizeof d->why) == -1)
		return EX_OSERR;
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
	pthread_t thread;

	if (code == EX_OK)
		code = open_parts(d);
	if (code != EX_OK)
		return code;
	parts = parts_get(d->store);
	log_warnings(parts->config);
	dnssec = dnssec_mode(parts, &why);
	log_info("beschermd %s started, enforcing: %s, dnssec: %s (%s)", PACKAGE_VERSION,
	    parts->config->mode == CONFIG_ENFORCE ? "yes" : "no", dnssec, why);
	parts_put(d->store, parts);
	error = pthread_create(&thread, NULL, serve, d);
	if (error != 0) {
		snprintf(d->why, sizeof d->why, "cannot start a thread: %s",
		    oserror_text(error));
		return EX_OSERR;
	}
	pthread_detach(thread);
	service_ready(d->parent);
	return EX_OK;
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
	enum log_level level;

	service_reloading();
	config = load_config(d);
	if (config != NULL) {
		level = (enum log_level)config->log_level;
		log_warnings(config);
		warn_fixed(d->boot, config);
		if (parts_reload(d->store, config, d->why, sizeof d->why) == 0) {
			log_set_level(level);
			log_info("settings reloaded");
			service_reloaded();
			return;
		}
	}
	log_error("reload: %s; the old settings stay", d->why);
	service_reloaded();
}

static int
run(struct daemon *d)
{
	int left;

	while (service_wait() == SERVICE_RELOAD)
		reload(d);
	service_stopping();
	left = milter_drain(DRAIN_MS);
	if (left > 0)
		log_warning("stopped with %d messages under way: deferred", left);
	else
		log_info("stopped");
	if (atomic_load(&d->gave_up)) {
		snprintf(d->why, sizeof d->why, "libmilter gave up");
		return EX_SOFTWARE;
	}
	if (left > 0) {
		/* Their threads still use what would be freed. */
		service_pid_file_remove(d->pid_file);
		_exit(EX_OK);
	}
	return EX_OK;
}

static int
run_or_check(struct daemon *d)
{
	int code;

	d->boot = load_config(d);
	if (d->boot == NULL)
		return EX_CONFIG;
	d->listener = (struct listener){ d->boot->socket, d->boot->socket_mode,
		d->boot->socket_group, d->boot->user_id };
	open_log(d);
	if (d->options.check_only)
		return check(d);
	code = start(d);
	return code == EX_OK ? run(d) : code;
}

static void
say_why(const struct daemon *d)
{
	fprintf(stderr, "beschermd: %s\n", d->why);
	if (!d->options.check_only && (d->options.to_syslog || !d->options.foreground))
		log_error("%s", d->why);
}

int
main(int argc, char **argv)
{
	struct daemon d = { .parent = -1, .pid_file = "" };
	int code;

	service_block_signals();
	code = parse_options(&d.options, argc, argv);
	if (code == -1) {
		code = run_or_check(&d);
		if (code != EX_OK)
			say_why(&d);
		milter_close();
		service_pid_file_remove(d.pid_file);
	}
	if (code == EX_SOFTWARE)
		_exit(code); /* libmilter's threads may still use what would be freed */
	parts_close(d.store);
	config_free(d.boot);
	options_clear(&d.options);
	return code;
}
