#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/pool.h"
#include "mail/address.h"
#include "mail/arc_seal.h"
#include "mail/header.h"
#include "mail/tag_list.h"

#define INSTANCE_MAX 50   /* RFC 8617 section 4.2.1 */
#define INSTANCE_DIGITS 2 /* section 4.2.1: instance = 1*2DIGIT */

struct seal {
	const char *domain; /* NULL: two that differ */
	uint64_t instance;  /* 0: none yet */
};

/*
 * The two tags that are told.  A list with a mistake names nobody: of two d=, readers
 * would take one each.
 */
static bool
read_seal(const char *value, struct seal *seal, struct pool *pool)
{
	const size_t len = strnlen(value, ARC_SEAL_OCTETS_MAX + 1);
	const struct tag *domain, *instance;
	struct tag_list list;

	if (len > ARC_SEAL_OCTETS_MAX)
		return false;
	tag_list_split(&list, value, len);
	domain = tag_list_find(&list, "d");
	instance = tag_list_find(&list, "i");
	if (list.error != NULL || domain == NULL || instance == NULL ||
	    instance->value_len > INSTANCE_DIGITS ||
	    !tag_list_number(instance, &seal->instance) || seal->instance == 0 ||
	    seal->instance > INSTANCE_MAX)
		return false;
	seal->domain = address_domain(domain->value, domain->value_len, pool);
	return seal->domain != NULL;
}

static void
take(struct seal *last, const struct seal *next)
{
	if (next->instance > last->instance)
		*last = *next;
	else if (next->instance == last->instance && last->domain != NULL &&
		 strcmp(next->domain, last->domain) != 0)
		last->domain = NULL;
}

const char *
arc_seal_last(const struct header_list *list, struct pool *pool)
{
	struct seal last = { 0 }, next;
	int seen = 0;

	for (size_t i = 0; i < list->count && seen < ARC_SEAL_FIELDS_MAX; i++) {
		const struct header_field *field = &list->fields[i];

		/* Of the many fields of a message few begin with this letter. */
		if ((*field->name != 'A' && *field->name != 'a') ||
		    !header_field_is(field, "ARC-Seal"))
			continue;
		seen++;
		if (read_seal(field->value, &next, pool))
			take(&last, &next);
	}
	if (last.domain == NULL)
		return NULL;
	return pool_printf(pool, "%s/%d", last.domain, (int)last.instance);
}
