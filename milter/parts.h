#ifndef PARTS_H
#define PARTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "check/dmarc.h"
#include "config/config.h"

struct dkim_lib;
struct history;
struct history_settings;
struct orgdomain_list;
struct outcome;
struct proof_zone;
struct resolver;
struct trouble;

/*
 * What a message works with.  Immutable and counted: a message takes the set in
 * force at MAIL and gives it back when it ends, a reload swaps in a new set, and an
 * old one is closed when its last message is done.
 */
struct parts {
	const struct config *config;
	struct resolver *resolver;
	struct dkim_lib *dkim;
	struct dmarc_options dmarc;
	const struct orgdomain_list *suffixes; /* the public suffix list */
	struct outcome *outcome;
	struct history *history;           /* NULL: nothing is remembered */
	struct history_settings *settings; /* ${config}, as it remembers it */
	const struct trouble *trouble;     /* of all resolvers so far */
	atomic_int *day; /* of the last message, for what a new day brings; shared */
	struct proof_zone *proof_zone;
};

/* Holds the set in force.  Any thread. */
struct parts_store;

/*
 * Opens a set of parts for ${config}, which it owns from here on, also on failure.
 * NULL with ${why}.
 */
struct parts_store *parts_open(struct config *config, char *why, size_t whysize);

/*
 * Swap in a set for ${config} (owned as above).  Resolver and key cache stay where
 * neither their settings nor resolv.conf and the trust anchor, if they go by these,
 * changed.  -1 with ${why}: the old set stays; also if it has settings of a file and the
 * new one none.
 */
int parts_reload(
    struct parts_store *store, struct config *config, char *why, size_t whysize);

/*
 * Remember what messages come to from now on, if the settings say so: before the first
 * one, after the last fork and the loss of privileges.  -1 with ${why}.
 */
int parts_remember(struct parts_store *store, char *why, size_t whysize);

/* After the last message: what is not yet remembered gets ${timeout_ms}. */
void parts_settle(struct parts_store *store, int timeout_ms);

/* Do the name servers come from RESOLVER_SERVERS_FILE, which may change at any time? */
bool parts_watch_servers(const struct config *config);

/*
 * Look at that file again, and go by it if it differs: 1.  0: it does not, is not gone
 * by, or names no server, of which there was a warning.  -1 with ${why}: the old set
 * stays.  The thread that reloads.
 */
int parts_refresh(struct parts_store *store, char *why, size_t whysize);

const struct parts *parts_get(struct parts_store *store); /* never NULL */
void parts_put(struct parts_store *store, const struct parts *parts);

/* May an Override name ${domain}: is there a list that says that it is no suffix? */
bool parts_takes_override(const struct parts *parts, const char *domain);

/* All sets must have been given back.  parts_close(NULL) does nothing. */
void parts_close(struct parts_store *store);

#endif
