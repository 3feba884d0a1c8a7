#include <errno.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/day.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/text.h"
#include "config/config.h"
#include "config/config_override.h"
#include "ctl/aside.h"
#include "ctl/audit/audit_postfix.h"
#include "ctl/audit/audit_server.h"
#include "ctl/audit/plan.h"
#include "ctl/digest.h"
#include "ctl/history/access.h"
#include "ctl/text.h"
#include "ctl/wide.h"
#include "edge/listener.h"
#include "history/query.h"
#include "history/query_period.h"
#include "settings.h"

#define WHY_OCTETS 1024
#define DAY 86400
#define HUGE_PREFIX 8     /* a network as short, or shorter */
#define OPEN_V4_PREFIX 16 /* shorter ones of strangers are told */
#define OPEN_V6_PREFIX 32
#define DOORS_MAX 50

/* The history: in a child, as who reads it becomes its owner. */

static bool
tell_history(void *arg)
{
	struct access a = { .conf = arg };
	struct pool *pool = pool_new();
	struct query_senders found;
	struct query_period period = { .until = (int64_t)time(NULL) + 1 };
	bool good;

	period.since = period.until - (int64_t)SERVER_HISTORY_DAYS * DAY;
	good = access_open(&a) == EX_OK &&
	       query_period_senders(a.query, &period, 1, pool, &found) == STORE_OK;
	if (good)
		printf("%" PRId64 " %" PRId64 " %" PRId64 "\n", found.totals.messages,
		    found.totals.reject, found.totals.header + found.totals.hold);
	access_close(&a);
	pool_free(pool);
	return good;
}

static void
look_at_history(struct server *s, const char *conf)
{
	union {
		const char *in;
		void *out;
	} arg = { .in = conf };
	struct text said = { 0 };
	char *at;

	if (aside_run(tell_history, arg.out, &said) && said.data != NULL) {
		s->messages = strtoll(said.data, &at, 10);
		s->refused = strtoll(at, &at, 10);
		s->marked = strtoll(at, &at, 10);
		s->has_history = true;
	}
	text_free(&said);
}

/* Does the filter answer?  Who may not ask does not know. */
static void
look_at_socket(struct server *s, const struct config *config)
{
	const char *path = listener_path(config->socket);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (path == NULL || strlen(path) >= sizeof address.sun_path)
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	memcpy(address.sun_path, path, strlen(path));
	s->socket_answers =
	    connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
	s->socket_is_known =
	    s->socket_answers || errno == ENOENT || errno == ECONNREFUSED;
	close(fd);
}

static void
look_at_interfaces(struct server *s)
{
	struct ifaddrs *all, *one;

	if (getifaddrs(&all) == -1)
		return;
	for (one = all; one != NULL; one = one->ifa_next) {
		struct ip ip = ip_from_sockaddr(one->ifa_addr);
		char text[IP_TEXT_SIZE];

		if ((ip.family == IP_V4 || ip.family == IP_V6) && !ip_is_loopback(&ip))
			netlist_add(&s->addresses, ip_format(&ip, text));
	}
	freeifaddrs(all);
}

/* Doors */

struct doors {
	struct server_door list[DOORS_MAX];
	size_t count;
};

static void
add_door(struct doors *d, const char *what, const char *until, bool is_huge)
{
	if (d->count < DOORS_MAX)
		d->list[d->count++] = (struct server_door){ what, until, is_huge };
}

static void
add_network(
    struct doors *d, const char *setting, const struct network *n, struct pool *pool)
{
	unsigned open = n->ip.family == IP_V4 ? OPEN_V4_PREFIX : OPEN_V6_PREFIX;
	char text[NETWORK_TEXT_SIZE];

	if (n->prefix < open && wide_holds_strangers(n))
		add_door(d, pool_printf(pool, "%s %s", setting, netlist_format(n, text)),
		    NULL, n->prefix <= HUGE_PREFIX);
}

static void
add_networks(
    struct doors *d, const char *setting, const struct netlist *list, struct pool *pool)
{
	for (size_t i = 0; i < list->count; i++)
		add_network(d, setting, &list->networks[i], pool);
}

/* A domain of one label is anybody's; a wide network is too, whatever is asked of it. */
static void
add_forwarders(struct doors *d, const struct config *config, struct pool *pool)
{
	for (size_t i = 0; i < config->forwarder_count; i++) {
		const struct config_forwarder *f = &config->forwarders[i];

		if (f->domain == NULL)
			add_network(d, "TrustedForwarders", &f->network, pool);
		else if (strchr(f->domain, '.') == NULL)
			add_door(d, pool_printf(pool, "TrustedForwarders .%s", f->domain),
			    NULL, true);
	}
}

static void
add_overrides(struct doors *d, const struct config *config, int today, struct pool *pool)
{
	for (size_t i = 0; i < config->override_count; i++) {
		const struct config_override *o = &config->overrides[i];

		if (o->action != CONFIG_ACCEPT || o->has_client ||
		    config_override_is_over(o, today))
			continue;
		add_door(d,
		    pool_printf(
			pool, "Override %s%s accept", o->below ? "." : "", o->domain),
		    o->until == 0 ? NULL
				  : pool_printf(pool, "%04d-%02d-%02d", o->until / 10000,
					o->until / 100 % 100, o->until % 100),
		    false);
	}
}

static void
look_at_settings(struct server *s, const struct config *config, struct pool *pool)
{
	struct doors *d = pool_alloc(pool, sizeof *d);

	s->monitor = config->mode == CONFIG_MONITOR;
	s->settings_sha256 = digest_settings(config, pool);
	s->reject_accepts = config->on_reject == CONFIG_ACCEPT;
	s->quarantine_accepts = config->on_quarantine == CONFIG_ACCEPT;
	add_networks(d, "IgnoreHosts", &config->ignore_hosts, pool);
	add_forwarders(d, config, pool);
	add_overrides(d, config, day_local(time(NULL)), pool);
	s->doors = d->list;
	s->door_count = d->count;
}

void
audit_server_look(
    struct server *s, const char *conf, const struct plan *plan, struct pool *pool)
{
	char why[WHY_OCTETS];
	struct config *config = settings_load(conf, NULL, 0, why, sizeof why);

	*s = (struct server){ .is_known = true };
	for (size_t i = 0; i < plan->servers.count; i++)
		wordlist_add(&s->names, plan->servers.words[i]);
	look_at_interfaces(s);
	if (config == NULL) {
		s->settings_wrong = pool_strdup(pool, why);
		return;
	}
	look_at_settings(s, config, pool);
	look_at_socket(s, config);
	audit_postfix_look(s, config, pool);
	if (*config->history != '\0')
		look_at_history(s, conf);
	config_free(config);
}

void
audit_server_clear(struct server *s)
{
	wordlist_clear(&s->names);
	netlist_clear(&s->addresses);
}
