#include <string.h>

#include "base/pool.h"
#include "base/utf8.h"
#include "ctl/audit/plan_word.h"
#include "mail/address.h"

#define TEXT_MAX 400 /* octets of a reason, a flow, the organisation */

bool
plan_word_is_phrase(const char *text)
{
	if (*text == '\0' || strlen(text) > TEXT_MAX ||
	    !utf8_is_valid(text, strlen(text)))
		return false;
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		/* C1 controls are 0xc2 0x80 to 0x9f */
		if (*p < ' ' || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
			return false;
	}
	return true;
}

bool
plan_word_is_selector(const char *text)
{
	struct pool *pool = pool_new();
	bool yes = address_domain(text, strlen(text), pool) != NULL;

	pool_free(pool);
	return yes && text[strlen(text) - 1] != '.';
}
