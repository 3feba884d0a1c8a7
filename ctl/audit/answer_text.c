#include <stdbool.h>
#include <string.h>

#include "base/ip.h"
#include "base/pool.h"
#include "ctl/audit/answer_text.h"
#include "dns/dname.h"
#include "dns/rdata.h"

#define SOA_NUMBERS 20 /* octets: five of 32 bits */

const char *
answer_text_hex(const unsigned char *data, size_t len, struct pool *pool)
{
	static const char digits[] = "0123456789abcdef";
	char *text = pool_alloc(pool, 2 * len + 1);

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[data[i] >> 4];
		text[2 * i + 1] = digits[data[i] & 15];
	}
	return text;
}

/* A Latin letter of two octets, U+00C0 to U+024F. */
static bool
is_letter(const unsigned char *p)
{
	return p[0] >= 0xc3 && p[0] <= 0xc9 && p[1] >= 0x80 && p[1] <= 0xbf;
}

static const char *
escape(const char *text, bool letters, struct pool *pool)
{
	static const char digits[] = "0123456789ABCDEF";
	char *plain = pool_alloc(pool, 4 * strlen(text) + 1), *to = plain;

	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		if (*p >= ' ' && *p <= '~') {
			*to++ = (char)*p;
			continue;
		}
		if (letters && is_letter(p)) {
			*to++ = (char)*p++;
			*to++ = (char)*p;
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[*p >> 4];
		*to++ = digits[*p & 15];
	}
	return plain;
}

const char *
answer_text_plain(const char *text, struct pool *pool)
{
	return escape(text, false, pool);
}

const char *
answer_text_safe(const char *text, struct pool *pool)
{
	return escape(text, true, pool);
}

static const char *
raw(const struct dns_record *record, struct pool *pool)
{
	return pool_printf(pool, "\\# %zu %s", record->len,
	    answer_text_hex(record->data, record->len, pool));
}

/* With its final dot, as names in a zone file have it. */
static const char *
absolute(const char *name, struct pool *pool)
{
	return strcmp(name, ".") == 0 ? name : pool_printf(pool, "%s.", name);
}

static const char *
address(const struct dns_record *record, size_t octets, struct pool *pool)
{
	struct ip ip = { .family = octets == 4 ? IP_V4 : IP_V6 };
	char text[IP_TEXT_SIZE];

	if (record->len != octets)
		return raw(record, pool);
	memcpy(ip.octets, record->data, octets);
	return pool_strdup(pool, ip_format(&ip, text));
}

static const char *
mx(const struct dns_record *record, struct pool *pool)
{
	uint16_t preference;
	const char *host = rdata_mx(record, &preference, pool);

	return host == NULL ? raw(record, pool)
			    : pool_printf(pool, "%u %s", (unsigned)preference,
				  absolute(host, pool));
}

static const char *
tlsa(const struct dns_record *record, struct pool *pool)
{
	struct rdata_tlsa t;

	if (!rdata_tlsa(record, &t))
		return raw(record, pool);
	return pool_printf(pool, "%u %u %u %s", t.usage, t.selector, t.matching,
	    answer_text_hex(t.data, t.len, pool));
}

/* The first server and the serial number: what people know a zone by. */
static const char *
soa(const struct dns_record *record, struct pool *pool)
{
	char server[DNAME_TEXT_SIZE], mailbox[DNAME_TEXT_SIZE];
	size_t at = dname_from_wire(record->data, record->len, server);
	size_t more =
	    at == 0 ? 0 : dname_from_wire(record->data + at, record->len - at, mailbox);
	const uint8_t *n = record->data + at + more;

	if (more == 0 || record->len - at - more != SOA_NUMBERS)
		return raw(record, pool);
	return pool_printf(pool, "%s %s %lu", absolute(server, pool),
	    absolute(mailbox, pool),
	    (unsigned long)n[0] << 24 | (unsigned long)n[1] << 16 |
		(unsigned long)n[2] << 8 | n[3]);
}

const char *
answer_text(const struct dns_record *record, enum dns_type type, struct pool *pool)
{
	const char *text = NULL;
	size_t len;

	switch (type) {
	case DNS_A:
		return address(record, 4, pool);
	case DNS_AAAA:
		return address(record, 16, pool);
	case DNS_MX:
		return mx(record, pool);
	case DNS_TLSA:
		return tlsa(record, pool);
	case DNS_SOA:
		return soa(record, pool);
	case DNS_TXT:
		text = rdata_txt(record, &len, pool);
		break;
	case DNS_CNAME:
	case DNS_PTR:
		text = rdata_name(record, pool);
		if (text != NULL)
			text = absolute(text, pool);
		break;
	}
	return text != NULL ? text : raw(record, pool);
}

const char *const *
answer_text_addresses(const struct dns_answer *v4, const struct dns_answer *v6,
    struct pool *pool, size_t *count)
{
	const char **list = pool_alloc(pool, (v4->count + v6->count + 1) * sizeof *list);

	*count = 0;
	for (size_t i = 0; i < v4->count; i++)
		list[(*count)++] = answer_text(&v4->records[i], DNS_A, pool);
	for (size_t i = 0; i < v6->count; i++)
		list[(*count)++] = answer_text(&v6->records[i], DNS_AAAA, pool);
	return list;
}
