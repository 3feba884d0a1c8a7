#include <string.h>

#include "base/pool.h"
#include "dns/dname.h"
#include "dns/rdata.h"

/* RFC 1035 section 3.3.14: one or more character strings that fill the record. */
static bool
txt_is_good(const struct dns_record *record)
{
	size_t at = 0;

	while (at < record->len)
		at += 1 + (size_t)record->data[at];
	return record->len > 0 && at == record->len;
}

const char *
rdata_txt(const struct dns_record *record, size_t *len, struct pool *pool)
{
	size_t at = 0;
	char *text;

	*len = 0;
	if (!txt_is_good(record))
		return NULL;
	text = pool_alloc(pool, record->len + 1);
	while (at < record->len) {
		size_t n = record->data[at++];

		memcpy(text + *len, record->data + at, n);
		*len += n;
		at += n;
	}
	return text;
}

/* The name that fills the record from ${at} on. */
static const char *
name_at(const struct dns_record *record, size_t at, struct pool *pool)
{
	char text[DNAME_TEXT_SIZE];

	if (record->len <= at || dname_from_wire(record->data + at, record->len - at,
				     text) != record->len - at)
		return NULL;
	return pool_strdup(pool, text);
}

const char *
rdata_name(const struct dns_record *record, struct pool *pool)
{
	return name_at(record, 0, pool);
}

const char *
rdata_mx(const struct dns_record *record, uint16_t *preference, struct pool *pool)
{
	const char *name = name_at(record, 2, pool);

	if (name != NULL && preference != NULL)
		*preference = (uint16_t)(record->data[0] << 8 | record->data[1]);
	return name;
}

bool
rdata_tlsa(const struct dns_record *record, struct rdata_tlsa *tlsa)
{
	if (record->len < 4)
		return false;
	*tlsa = (struct rdata_tlsa){ record->data[0], record->data[1], record->data[2],
		record->data + 3, record->len - 3 };
	return true;
}
