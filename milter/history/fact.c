#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "history/fact.h"
#include "history/fact_fill.h"
#include "mail/evidence.h"

static const char *const names[FACT_COLUMNS] = {
	[FACT_AT] = "at",
	[FACT_QUEUE_ID] = "queue_id",
	[FACT_CLIENT] = "client",
	[FACT_RELAY] = "relay",
	[FACT_IS_RELAY] = "is_relay",
	[FACT_HELO] = "helo",
	[FACT_MAIL_FROM] = "mail_from",
	[FACT_FROM_STATUS] = "from_status",
	[FACT_BOUNCE] = "bounce",
	[FACT_HEADER_FROM] = "header_from",
	[FACT_ACTION] = "action",
	[FACT_WOULD] = "would",
	[FACT_RULE] = "rule",
	[FACT_REASON] = "reason",
	[FACT_DMARC] = "dmarc",
	[FACT_POLICY_KNOWN] = "policy_known",
	[FACT_POLICY] = "policy",
	[FACT_PUBLISHED] = "published",
	[FACT_TAG] = "tag",
	[FACT_TEST_MODE] = "test_mode",
	[FACT_SAMPLED_OUT] = "sampled_out",
	[FACT_PCT_ZERO] = "pct_zero",
	[FACT_DISPOSITION] = "disposition",
	[FACT_DEPARTURES] = "departures",
	[FACT_SPF] = "spf",
	[FACT_SPF_DOMAIN] = "spf_domain",
	[FACT_SPF_SCOPE] = "spf_scope",
	[FACT_SPF_ALIGNED] = "spf_aligned",
	[FACT_SPF_REASON] = "spf_reason",
	[FACT_DKIM_ALIGNED] = "dkim_aligned",
	[FACT_SIGNATURES] = "signatures",
	[FACT_LIST_ID] = "list_id",
	[FACT_LIST_POST] = "list_post",
	[FACT_LIST_SIGNED] = "list_signed",
	[FACT_DMARC_SEC] = "dmarc_sec",
	[FACT_SPF_SEC] = "spf_sec",
	[FACT_PASSIVE] = "passive",
	[FACT_OVERRIDE] = "override",
	[FACT_WAIT_MS] = "wait_ms",
	[FACT_SEALED] = "sealed",
	[FACT_FORWARDED] = "forwarded",
	[FACT_CLIENT_CONFIRMED] = "client_confirmed",
};

const char *
fact_column_name(enum fact_column column)
{
	return names[column];
}

/* How a value is packed: what it is, then a number's octets or a text with its NUL. */
enum kind { KIND_NULL = 'n', KIND_NUMBER = 'i', KIND_TEXT = 't' };

/* Octets behind the kind. */
static size_t
packed_length(const struct fact_value *value)
{
	if (value->is_number)
		return sizeof value->number;
	return value->text != NULL ? strlen(value->text) + 1 : 0;
}

/* Returns what is behind it. */
static char *
pack(char *p, const struct fact_value *value, size_t len)
{
	if (value->is_number) {
		*p++ = KIND_NUMBER;
		memcpy(p, &value->number, len);
	} else if (value->text != NULL) {
		*p++ = KIND_TEXT;
		memcpy(p, value->text, len);
	} else {
		*p++ = KIND_NULL;
	}
	return p + len;
}

static const char *
unpack(const char *p, struct fact_value *value)
{
	*value = (struct fact_value){ 0 };
	switch (*p++) {
	case KIND_NUMBER:
		value->is_number = true;
		memcpy(&value->number, p, sizeof value->number);
		return p + sizeof value->number;
	case KIND_TEXT:
		value->text = p;
		return p + strlen(p) + 1;
	default:
		return p;
	}
}

static struct fact *
pack_all(const struct fact_value values[FACT_VALUES])
{
	size_t size = sizeof(struct fact) + FACT_VALUES, lengths[FACT_VALUES];
	struct fact *fact;
	char *p;

	for (size_t i = 0; i < FACT_VALUES; i++) {
		lengths[i] = packed_length(&values[i]);
		size += lengths[i];
	}
	fact = mem_alloc(size);
	fact->size = size;
	p = fact->packed;
	for (size_t i = 0; i < FACT_VALUES; i++)
		p = pack(p, &values[i], lengths[i]);
	return fact;
}

struct fact *
fact_new(
    const struct config *config, const struct evidence *ev, const struct verdict *verdict)
{
	struct fact_value values[FACT_VALUES] = { 0 };
	struct fact *fact;
	struct pool *pool;

	if (ev->exemption != EXEMPT_NO)
		return NULL;
	pool = pool_new();
	fact_fill(values, config, ev, verdict, pool);
	fact = pack_all(values);
	pool_free(pool);
	return fact;
}

void
fact_read(const struct fact *fact, struct fact_value values[FACT_VALUES])
{
	const char *p = fact->packed;

	for (size_t i = 0; i < FACT_VALUES; i++)
		p = unpack(p, &values[i]);
}

void
fact_free(struct fact *fact)
{
	free(fact);
}

struct fact *
fact_with_trace(struct fact *fact, const char *trace, size_t len)
{
	size_t before = fact->size;

	fact = mem_realloc(fact, before + len);
	memcpy((char *)fact + before, trace, len);
	fact->trace = (char *)fact + before;
	fact->trace_len = len;
	fact->size = before + len;
	return fact;
}
