/* Any TXT through the record grammar: what is accepted is printable and complete. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "mail/spf_macro.h"
#include "mail/spf_record.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_printable(const char *text, char first)
{
	for (; *text != '\0'; text++)
		must(*text >= first && *text <= '~');
}

static void
check_term(const struct spf_term *term)
{
	check_printable(term->text, '!');
	if (term->domain != NULL)
		must(spf_macro_check(
		    term->domain, strlen(term->domain), SPF_MACRO_DOMAIN));
	must(term->prefix4 <= 32 && term->prefix6 <= 128);
	if (term->kind == SPF_TERM_IP4)
		must(term->network.ip.family == IP_V4 && term->network.prefix <= 32);
	if (term->kind == SPF_TERM_IP6)
		must(term->network.ip.family == IP_V6 && term->network.prefix <= 128);
	if (term->kind == SPF_TERM_INCLUDE || term->kind == SPF_TERM_EXISTS)
		must(term->domain != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	char *text = pool_strndup(pool, (const char *)data, size);
	struct spf_record record;

	if (spf_record_is(text, size)) {
		record = spf_record_parse(text, size, pool);
		must(record.error != NULL || size <= SPF_RECORD_MAX);
		for (size_t i = 0; i < record.count; i++)
			check_term(&record.terms[i]);
		if (record.bad != NULL)
			check_printable(record.bad, ' ');
	}
	pool_free(pool);
	return 0;
}
