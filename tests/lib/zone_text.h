#ifndef ZONE_TEXT_H
#define ZONE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "dns/resolver.h"

/* The zone text of resolver_zone.h, read; read-only once made. */
struct zone_text;
struct zone_node;

/* The reason of an answer that is not given for its size. */
#define ZONE_TEXT_TOO_LARGE "an answer of more than 16 KiB or 1000 records"

/* What the zone says of one name and type. */
struct zone_answer {
	enum dns_status status;
	const char *reason;
	const char *cname; /* look there instead; NULL */
	bool secure;
	uint32_t ttl;
	const struct zone_node *node; /* whose records of ${type} it is; NULL: none */
	enum dns_type type;
};

struct zone_text *zone_text_new(const char *text, char *why, size_t whysize);
void zone_text_free(struct zone_text *zone);

/* ${name}: in normal form. */
struct zone_answer zone_text_find(
    const struct zone_text *zone, const char *name, enum dns_type type);

/* The records of an answer: an array to free(), its data the zone's. */
struct dns_record *zone_text_records(
    const struct zone_text *zone, const struct zone_answer *answer, size_t *count);

#endif
