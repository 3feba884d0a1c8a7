/*
 * Any octets as a TXT record that is nearly one.  Each real record is near, whatever
 * stands around it is seen too, and a quote of it is one word of a reason: printable,
 * bounded, telling all that it begins with, and never a field of our log.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/pool.h"
#include "mail/dmarc_record.h"
#include "mail/near_record.h"
#include "mail/spf_record.h"
#include "must.h"

#define QUOTED_MAX 80
#define LOOKED_AT 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The fields of a line (outcome_line.c), and what such a field could be called. */
static const char *const fields[] = { "action", "would", "rule", "dmarc", "policy",
	"from_status", "from", "spf", "dkim", "client", "dnssec", "sealed", "reason",
	"time" };

static bool
has_field(const char *quote)
{
	for (const char *p = strchr(quote, '='); p != NULL; p = strchr(p + 1, '=')) {
		const char *begin = p;

		while (begin > quote &&
		       (isalnum((unsigned char)begin[-1]) || begin[-1] == '_'))
			begin--;
		for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
			if ((size_t)(p - begin) == strlen(fields[i]) &&
			    strncasecmp(begin, fields[i], strlen(fields[i])) == 0)
				return true;
		}
	}
	return false;
}

/* What ${quote} stands for, octet by octet: the beginning of the text. */
static void
check_told(const char *quote, const uint8_t *data, size_t size)
{
	size_t i = 0;

	for (; i < size && i < QUOTED_MAX; i++) {
		char hex[5];

		snprintf(hex, sizeof hex, "\\x%02x", data[i]);
		if (data[i] >= ' ' && data[i] <= '~' &&
		    (*quote == (char)data[i] || (data[i] != '=' && data[i] != ' '))) {
			must(*quote == (char)data[i]);
			quote++;
		} else {
			must(strncmp(quote, hex, 4) == 0);
			quote += 4;
		}
	}
	must(strcmp(quote, i < size ? "..." : "") == 0);
}

static void
check_quote(const uint8_t *data, size_t size, struct pool *pool)
{
	const char *quote = near_record_quote((const char *)data, size, pool);

	for (const char *p = quote; *p != '\0'; p++)
		must(*p >= ' ' && *p <= '~');
	must(strlen(quote) <= 4ul * QUOTED_MAX + strlen("..."));
	must(!has_field(quote));
	check_told(quote, data, size);
}

/* Case and what stands before it hide nothing, as far as is looked. */
static void
check_neighbours(const char *text, size_t size, struct pool *pool)
{
	char *other = pool_alloc(pool, size + 2);
	bool dmarc = near_record_is_dmarc(text, size);
	bool spf = near_record_is_spf(text, size);

	for (size_t i = 0; i < size; i++)
		other[i + 1] = (char)toupper((unsigned char)text[i]);
	must(near_record_is_dmarc(other + 1, size) == dmarc);
	must(near_record_is_spf(other + 1, size) == spf);
	other[0] = ' ';
	if (size < LOOKED_AT) {
		must(!dmarc || near_record_is_dmarc(other, size + 1));
		must(!spf || near_record_is_spf(other, size + 1));
	}
	must(!dmarc_record_is(text, size) || dmarc);
	must(!spf_record_is(text, size) || spf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();

	check_quote(data, size, pool);
	check_neighbours((const char *)data, size, pool);
	pool_free(pool);
	return 0;
}
