#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/ip.h"
#include "base/oserror.h"
#include "config/config.h"
#include "ctl/complaint.h"
#include "ctl/figures.h"
#include "ctl/history/access.h"
#include "ctl/history/exporter.h"
#include "ctl/history/verb_metrics.h"
#include "ctl/owner.h"
#include "ctl/text.h"

#define WHY_OCTETS 1024
#define LOOPBACK "127.0.0.1"
#define BACKLOG 64
#define NAME_OCTETS 64

const char verb_metrics_usage[] = "metrics [-c FILE] [-o KEY=VALUE]... [--listen "
				  "[ADDRESS:]PORT]";
const char verb_metrics_help[] =
    N_("  -c FILE            a file other than the installed one\n"
       "  -o KEY=VALUE       a setting that overrides the file\n"
       "  --listen [ADDRESS:]PORT\n"
       "                     serve /metrics and /health over HTTP, for Prometheus;\n"
       "                     without an address on 127.0.0.1\n"
       "\n"
       "Prints the file that the setting Metrics names.  The exit code is 0, or 64\n"
       "(usage), 69 (the file is older than a minute, or missing; the address is\n"
       "taken), 77 (no right to the address), 78 (a mistake in the settings).\n");

struct options {
	struct access access;
	const char *listen;
};

static bool
take(void *cookie, int option, char *value)
{
	struct options *o = cookie;

	if (option != 'l')
		return access_option(&o->access, option, value);
	o->listen = value;
	return true;
}

static bool
parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};

	return access_options(argc, argv, names, take, o) && optind == argc;
}

static int
print(const char *path)
{
	struct figures figures;
	char why[WHY_OCTETS];
	int code = EX_OK;

	figures_read(path, &figures, why, sizeof why);
	if (figures.fresh) {
		fwrite(figures.text, 1, figures.len, stdout);
	} else {
		complaint_print("%s", why);
		code = EX_UNAVAILABLE;
	}
	figures_free(&figures);
	return code;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static void
set_address(union address *address, const struct ip *ip, unsigned port)
{
	memset(address, 0, sizeof *address);
	if (ip->family == IP_V4) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = htons((uint16_t)port);
		memcpy(&address->v4.sin_addr, ip->octets, 4);
	} else {
		address->v6.sin6_family = AF_INET6;
		address->v6.sin6_port = htons((uint16_t)port);
		memcpy(&address->v6.sin6_addr, ip->octets, 16);
	}
}

/* "9893", "192.0.2.1:9893", "[2001:db8::1]:9893"; 0 is any free port. */
static bool
read_address(const char *text, union address *address)
{
	const char *colon = strrchr(text, ':');
	const char *port = colon == NULL ? text : colon + 1;
	size_t len = colon == NULL ? 0 : (size_t)(colon - text);
	char host[NAME_OCTETS], *end;
	unsigned long number = strtoul(port, &end, 10);
	struct ip ip;

	if (*port < '0' || *port > '9' || *end != '\0' || number > 65535 ||
	    len >= sizeof host)
		return false;
	if (len >= 2 && *text == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len) != NULL) {
		return false;
	}
	snprintf(host, sizeof host, "%.*s", (int)len, text);
	if (len == 0 || strcmp(host, "localhost") == 0)
		snprintf(host, sizeof host, LOOPBACK);
	if (!ip_parse(host, &ip) || (ip.family != IP_V4 && ip.family != IP_V6))
		return false;
	set_address(address, &ip, (unsigned)number);
	return true;
}

/* A socket that listens, *port: on which one; -1. */
static int
open_listener(const union address *address, unsigned *port)
{
	int fd =
	    socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len =
	    address->any.sa_family == AF_INET ? sizeof address->v4 : sizeof address->v6;
	const int yes = 1;
	union address bound = { .v6 = { 0 } };
	int error;

	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
	    bind(fd, &address->any, len) == 0 && listen(fd, BACKLOG) == 0 &&
	    getsockname(fd, &bound.any, &len) == 0) {
		/* at the same place in both families */
		*port = ntohs(bound.v4.sin_port);
		return fd;
	}
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Who meets strangers is not root; the port may have needed that. */
static bool
drop_root(const char *user)
{
	uid_t id;
	gid_t group;

	if (geteuid() != 0 || (owner_find(user, &id, &group) && owner_become(id, group)))
		return true;
	complaint_print(_("cannot become the user %s (UserID)"), user);
	return false;
}

/* By itself a signal does not end the first process of a container. */
static void
end(int signal)
{
	(void)signal;
	_exit(EX_OK);
}

static int
serve(const struct options *o)
{
	const struct config *config = o->access.config;
	union address address;
	unsigned port;
	int fd, code;

	if (!exporter_is_built())
		return EX_UNAVAILABLE;
	if (!read_address(o->listen, &address)) {
		complaint_print(_("--listen: %s is not [ADDRESS:]PORT"), o->listen);
		return EX_USAGE;
	}
	fd = open_listener(&address, &port);
	if (fd == -1) {
		code = errno == EACCES || errno == EPERM ? EX_NOPERM : EX_UNAVAILABLE;
		complaint_print("--listen %s: %s", o->listen, oserror_text(errno));
		return code;
	}
	if (!drop_root(config->user_id)) {
		close(fd);
		return EX_NOPERM;
	}
	printf(_("%s is served on port %u\n"), config->metrics, port);
	fflush(stdout);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, end);
	signal(SIGINT, end);
	if (!exporter_serve(config->metrics, fd))
		complaint_print(_("cannot serve over HTTP"));
	return EX_OSERR;
}

int
verb_metrics_run(int argc, char **argv)
{
	struct options o = { 0 };
	int code = EX_USAGE;

	if (parse(&o, argc, argv))
		code = access_settings(&o.access);
	if (code == EX_OK && *o.access.config->metrics == '\0') {
		complaint_print(
		    "%s", _("no metrics are written: the setting Metrics names "
			    "their file"));
		code = EX_UNAVAILABLE;
	} else if (code == EX_OK) {
		code = o.listen != NULL ? serve(&o) : print(o.access.config->metrics);
	}
	access_close(&o.access);
	return code;
}
