#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "config.h"
#include "edge/reload.h"
#include "edge/service_notify.h"
#include "guards.h"
#include "options.h"
#include "settings.h"

#define WHY_OCTETS 1024

static void
usage(FILE *out)
{
	fputs("usage: beschermd [-flnv] [-c file] [-p socket] [-P pidfile] [-u user]\n"
	      "       beschermd -r pid\n"
	      "       beschermd -h | -V\n"
	      "  -c file     settings (" SETTINGS_FILE ")\n"
	      "  -f          stay in the foreground and log to standard error\n"
	      "  -l          log to syslog, also with -f\n"
	      "  -n          check settings and everything a start needs, and end\n"
	      "  -p socket   Socket, for instance unix:/path or inet:8891@localhost\n"
	      "  -P pidfile  PidFile\n"
	      "  -r pid      have that beschermd reload, and wait for the outcome\n"
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

static int
ask_reload(const char *pid)
{
	char why[WHY_OCTETS] = "-r takes the number of a process", *end;
	long number = strtol(pid, &end, 10);

	if (number > 0 && number <= INT_MAX && *end == '\0') {
		if (reload_ask((pid_t)number, why, sizeof why) == 0)
			return EX_OK;
	}
	fprintf(stderr, "beschermd: %s\n", why);
	return EX_TEMPFAIL;
}

int
options_parse(struct options *o, int argc, char **argv)
{
	int flag;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	while ((flag = getopt(argc, argv, "c:fhlnp:P:r:u:vV")) != -1) {
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
		case 'r':
			return ask_reload(optarg);
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

void
options_clear(struct options *o)
{
	free(o->conf);
	wordlist_clear(&o->settings);
}
