#ifndef CTL_REPORT_DESTINATION_H
#define CTL_REPORT_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>

struct config;
struct orgdomain_search;
struct parts;
struct pool;
struct questions;

/*
 * Where the reports of a policy domain go (RFC 9990 sections 3.5 and 4): its record as it
 * is now is asked for, and so are the hosts of others for their consent.
 */
#define DESTINATION_MAX 5 /* of one report */

struct destination {
	const char *address; /* or, where it is malformed, the URI as it stands */
	const char *word;    /* why it gets nothing, a constant; NULL: it gets it */
};

/* In the order of the record. */
struct destinations {
	const char *reason; /* withdrawn, public_suffix, waiting, no_destination; NULL */
	struct destination *list;
	size_t count;
	size_t to; /* of them get it */
};

/* Who asks. */
struct destination_asker {
	const struct parts *parts;
	const struct config *config;
	/* Did mail to ${address} come back? */
	bool (*is_suppressed)(const char *address, void *cookie);
	void *cookie;
	bool last_try; /* nobody waits any more for a consent */
};

/* All in ${pool}.  Blocks on DNS. */
struct destinations destination_find(
    const struct destination_asker *asker, const char *domain, struct pool *pool);

#endif
