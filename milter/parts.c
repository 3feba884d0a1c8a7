#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/wordlist.h"
#include "blame.h"
#include "check/dkim.h"
#include "check/orgdomain.h"
#include "config/config.h"
#include "config/config_override.h"
#include "dns/resolv_conf.h"
#include "dns/resolver.h"
#include "dns/trouble.h"
#include "history/history.h"
#include "outcome/outcome.h"
#include "parts.h"
#include "proof.h"
#include "remember.h"
#include "resolver_options.h"

#define HOST_FILE_MAX 65536

/* Resolver and cache, libopendkim and its keys, outlive a reload that does not concern
 * them: several sets of parts then share one. */
struct shared {
	atomic_uint users; /* sets; the last may go in any thread */
	struct resolver *resolver;
	char *servers, *anchor; /* files of its; NULL: none, or it cannot be read */
	struct dkim_lib *dkim;
	struct config *config;
};

/* One set of parts, made of one reading of the settings. */
struct parts_set {
	struct parts parts;    /* first: what parts_get() hands out */
	unsigned users;        /* messages, and the store while it is in force */
	struct config *config; /* that of ${settings} */
	struct shared *settings, *dns, *dkim;
	struct orgdomain_list *suffixes;
	struct parts_set *next; /* in the store */
};

struct parts_store {
	pthread_mutex_t lock; /* of the two below and of the users of sets */
	struct parts_set *current;
	struct trouble trouble;
	struct parts_set *sets;  /* all that are in use: few, one a reload */
	struct outcome *outcome; /* counts since the start: one for all sets */
	struct history *history; /* likewise; NULL: nothing is remembered */
	atomic_int day;
};

/* What a resolver for ${config} will read of the host's: it may differ at a reload. */
static void
read_host_files(struct shared *dns, const struct config *config)
{
	const char *anchor = *config->trust_anchor_file != '\0'
				 ? config->trust_anchor_file
				 : RESOLVER_ANCHOR_FILE;
	char why[200]; /* the resolver says it better */

	if (*config->zone_file != '\0')
		return;
	if (config->nameservers.count == 0)
		dns->servers = resolv_conf_read(RESOLVER_SERVERS_FILE);
	if (config->dnssec != CONFIG_DNSSEC_OFF)
		dns->anchor = file_read(anchor, HOST_FILE_MAX, NULL, why, sizeof why);
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A ZoneFile is read once by its resolver: a reload must see what it says now. */
static bool
same_dns(const struct parts_set *a, const struct parts_set *b)
{
	const struct config *x = a->config, *y = b->config;

	return *x->zone_file == '\0' && *y->zone_file == '\0' && x->dnssec == y->dnssec &&
	       strcmp(x->trust_anchor_file, y->trust_anchor_file) == 0 &&
	       wordlist_is_equal(&x->nameservers, &y->nameservers) &&
	       same_text(a->dns->servers, b->dns->servers) &&
	       same_text(a->dns->anchor, b->dns->anchor);
}

static void
shared_drop(struct shared *shared)
{
	if (shared == NULL || atomic_fetch_sub(&shared->users, 1) > 1)
		return;
	resolver_close(shared->resolver);
	free(shared->servers);
	free(shared->anchor);
	dkim_lib_close(shared->dkim);
	config_free(shared->config);
	free(shared);
}

/* Said and not refused: DHCP may bring the file later (parts_refresh()). */
static void
warn_servers(const struct parts_set *set)
{
	if (parts_watch_servers(set->config) &&
	    !resolv_conf_names_server(set->dns->servers))
		log_warning("%s %s: " RESOLV_CONF_DEFAULT " is asked until it names one",
		    RESOLVER_SERVERS_FILE,
		    set->dns->servers == NULL ? "is missing" : "names no name server");
}

static int
open_dns(struct parts_store *store, struct parts_set *set, struct parts_set *old,
    char *why, size_t whysize)
{
	struct resolver_options options = resolver_options_of(set->config);

	options.trouble = &store->trouble;
	set->dns = mem_alloc(sizeof *set->dns);
	set->dns->users = 1;
	/* Before it reads them itself: a change in between is seen at the next reload. */
	read_host_files(set->dns, set->config);
	if (old != NULL && same_dns(set, old)) {
		shared_drop(set->dns);
		set->dns = old->dns;
		set->dns->users++;
		return 0;
	}
	warn_servers(set);
	/* A start must not fail for good; a reload has a resolver that goes on. */
	options.wait_for_keys = old == NULL;
	set->dns->resolver = resolver_open(&options, why, whysize);
	if (set->dns->resolver != NULL)
		return 0;
	blame_dns(set->config, why, whysize);
	return -1;
}

static int
open_dkim(struct parts_set *set, struct parts_set *old, char *why, size_t whysize)
{
	struct dkim_lib_options options = {
		.minimum_key_bits = set->config->minimum_key_bits,
		.maximum_signatures = set->config->maximum_signatures,
	};

	if (old != NULL &&
	    old->config->minimum_key_bits == set->config->minimum_key_bits &&
	    old->config->maximum_signatures == set->config->maximum_signatures) {
		set->dkim = old->dkim;
		set->dkim->users++;
		return 0;
	}
	set->dkim = mem_alloc(sizeof *set->dkim);
	set->dkim->users = 1;
	set->dkim->dkim = dkim_lib_open(&options, why, whysize);
	return set->dkim->dkim != NULL ? 0 : -1;
}

/* One name for half the Internet would undo DMARC for all of it. */
static int
check_overrides(const struct parts_set *set, char *why, size_t whysize)
{
	char name[CONFIG_OVERRIDE_NAME_SIZE];
	size_t len = 0;

	for (size_t i = 0; i < set->config->override_count && len < whysize; i++) {
		const struct config_override *o = &set->config->overrides[i];

		if (orgdomain_is_public_suffix(set->suffixes, o->domain))
			len += (size_t)snprintf(why + len, whysize - len,
			    "%s%s: %s is a public suffix, under which anyone can "
			    "register",
			    len > 0 ? "\n" : "", config_override_name(o, name),
			    o->domain);
	}
	return len > 0 ? -1 : 0;
}

static int
open_suffixes(struct parts_set *set, char *why, size_t whysize)
{
	const struct config *config = set->config;
	const char *path =
	    *config->public_suffix_list != '\0' ? config->public_suffix_list : NULL;

	set->suffixes = orgdomain_list_open(path, why, whysize);
	if (set->suffixes != NULL)
		return check_overrides(set, why, whysize);
	if (path != NULL)
		blame_setting(config, "PublicSuffixList", why, whysize);
	else if (config->discovery == CONFIG_PSL)
		blame_setting(config, "Discovery", why, whysize);
	else if (config->override_count > 0)
		blame_setting(config, "Override", why, whysize);
	else /* it only helps to vouch for a malformed From: that can wait for a list */
		return 0;
	return -1;
}

static void
set_free(struct parts_set *set)
{
	if (set == NULL)
		return;
	shared_drop(set->dns);
	shared_drop(set->dkim);
	proof_zone_close(set->parts.proof_zone);
	orgdomain_list_close(set->suffixes);
	shared_drop(set->settings);
	free(set);
}

static struct shared *
settings_new(struct config *config)
{
	struct shared *settings = mem_alloc(sizeof *settings);

	settings->users = 1;
	settings->config = config;
	return settings;
}

static void
set_remember(struct parts_set *set, struct history *history)
{
	set->parts.history = history;
	if (history != NULL)
		set->parts.settings = remember_settings(history, set->config);
}

/* Owns ${settings}, also on failure.  ${old} gives what need not be opened anew. */
static struct parts_set *
set_open(struct parts_store *store, struct shared *settings, struct parts_set *old,
    char *why, size_t whysize)
{
	struct parts_set *set = mem_alloc(sizeof *set);
	struct config *config = settings->config;

	set->settings = settings;
	set->config = config;
	set->users = 1;
	if (open_suffixes(set, why, whysize) == -1 ||
	    open_dkim(set, old, why, whysize) == -1 ||
	    open_dns(store, set, old, why, whysize) == -1) {
		set_free(set);
		return NULL;
	}
	set->parts = (struct parts){
		.config = config,
		.resolver = set->dns->resolver,
		.dkim = set->dkim->dkim,
		.dmarc = { .discovery = config->discovery == CONFIG_PSL ? DMARC_PSL
									: DMARC_TREEWALK,
		    .psl = set->suffixes },
		.suffixes = set->suffixes,
		.outcome = store->outcome,
		.trouble = &store->trouble,
		.day = &store->day,
		.proof_zone = proof_zone_new(),
	};
	set_remember(set, store->history);
	return set;
}

/* Under the lock: puts a set in force. */
static void
enlist(struct parts_store *store, struct parts_set *set)
{
	set->next = store->sets;
	store->sets = set;
	store->current = set;
}

/* Under the lock: takes away one user.  The caller frees what is returned, outside. */
static struct parts_set *
release(struct parts_store *store, struct parts_set *set)
{
	struct parts_set **at = &store->sets;

	if (--set->users > 0)
		return NULL;
	while (*at != set)
		at = &(*at)->next;
	*at = set->next;
	return set;
}

struct parts_store *
parts_open(struct config *config, char *why, size_t whysize)
{
	struct parts_store *store = mem_alloc(sizeof *store);
	struct parts_set *set;

	pthread_mutex_init(&store->lock, NULL);
	store->outcome = outcome_new();
	store->day = day_local(time(NULL)); /* the settings were read today */
	set = set_open(store, settings_new(config), NULL, why, whysize);
	if (set == NULL) {
		parts_close(store);
		return NULL;
	}
	enlist(store, set);
	return store;
}

/* Only the signal thread replaces it, and closes what it shares, so it cannot go away
 * meanwhile: the store itself is one of its users. */
static struct parts_set *
current_set(struct parts_store *store)
{
	struct parts_set *set;

	pthread_mutex_lock(&store->lock);
	set = store->current;
	pthread_mutex_unlock(&store->lock);
	return set;
}

static int
replace(struct parts_store *store, struct shared *settings, char *why, size_t whysize)
{
	struct parts_set *old = current_set(store), *unused, *set;

	set = set_open(store, settings, old, why, whysize);
	if (set == NULL)
		return -1;
	pthread_mutex_lock(&store->lock);
	enlist(store, set);
	unused = release(store, old);
	pthread_mutex_unlock(&store->lock);
	set_free(unused);
	return 0;
}

/*
 * A conf file that is gone, or empty: all exceptions would go, and Mode monitor become
 * enforce.  Who means it restarts.
 */
int
parts_reload(struct parts_store *store, struct config *config, char *why, size_t whysize)
{
	if (config_is_from_file(current_set(store)->config) &&
	    !config_is_from_file(config)) {
		snprintf(why, whysize,
		    "no file has a setting any more, is one gone or empty?  A restart "
		    "would "
		    "use the defaults");
		config_free(config);
		return -1;
	}
	if (replace(store, settings_new(config), why, whysize) == -1)
		return -1;
	if (store->history != NULL)
		remember_change(store->history, config);
	return 0;
}

int
parts_remember(struct parts_store *store, char *why, size_t whysize)
{
	struct parts_set *set = current_set(store);

	store->history = remember_open(set->config, why, whysize);
	set_remember(set, store->history);
	return store->history != NULL || *why == '\0' ? 0 : -1;
}

void
parts_settle(struct parts_store *store, int timeout_ms)
{
	history_stop(store->history, timeout_ms);
}

bool
parts_watch_servers(const struct config *config)
{
	return *config->zone_file == '\0' && config->nameservers.count == 0;
}

int
parts_refresh(struct parts_store *store, char *why, size_t whysize)
{
	struct parts_set *old = current_set(store);
	char *servers;
	bool same;

	if (!parts_watch_servers(old->config))
		return 0;
	servers = resolv_conf_read(RESOLVER_SERVERS_FILE);
	same = same_text(servers, old->dns->servers);
	free(servers);
	if (same)
		return 0;
	atomic_fetch_add(&old->settings->users, 1);
	if (replace(store, old->settings, why, whysize) != 0)
		return -1;
	return resolv_conf_names_server(current_set(store)->dns->servers) ? 1 : 0;
}

const struct parts *
parts_get(struct parts_store *store)
{
	struct parts_set *set;

	pthread_mutex_lock(&store->lock);
	set = store->current;
	set->users++;
	pthread_mutex_unlock(&store->lock);
	return &set->parts;
}

void
parts_put(struct parts_store *store, const struct parts *parts)
{
	struct parts_set *set, *unused;

	pthread_mutex_lock(&store->lock);
	/* parts is the first member; only a set in force or in use is handed in. */
	for (set = store->sets; &set->parts != parts; set = set->next)
		continue;
	unused = release(store, set);
	pthread_mutex_unlock(&store->lock);
	set_free(unused);
}

bool
parts_takes_override(const struct parts *parts, const char *domain)
{
	return *domain != '\0' && parts->suffixes != NULL &&
	       !orgdomain_is_public_suffix(parts->suffixes, domain);
}

void
parts_close(struct parts_store *store)
{
	if (store == NULL)
		return;
	if (store->current != NULL)
		parts_put(store, &store->current->parts);
	history_stop(store->history, 0); /* where no start came to parts_settle() */
	history_free(store->history);
	outcome_free(store->outcome);
	pthread_mutex_destroy(&store->lock);
	free(store);
}
