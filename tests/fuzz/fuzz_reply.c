/* A RejectText, and behind an octet 1 what comes from outside into its words. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "config/config.h"
#include "mail/evidence.h"
#include "mail/reply_text.h"
#include "policy/reply.h"
#include "policy/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const char *text)
{
	if (strlen(text) > REPLY_TEXT_MAX || text[strspn(text, " ")] == '\0')
		abort();
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *mark = size > 0 ? memchr(data, 1, size) : NULL;
	size_t len = mark != NULL ? (size_t)(mark - data) : size;
	char code[] = "550", enhanced[] = "5.7.26", none[] = "";
	struct config config = { .reject_code = code, .reject_enhanced = enhanced };
	struct pool *pool = pool_new();
	char *template = mem_strndup((const char *)data, len);
	char *outside = mark != NULL ? mem_strndup((const char *)mark + 1, size - len - 1)
				     : mem_strdup("");
	struct dkim_evidence dkim = {
		.result = DKIM_FAIL, .domain = outside, .reason = outside
	};
	struct evidence ev = { .queue_id = outside,
		.dkim = &dkim,
		.dkim_count = 1,
		.spf = { .domain = outside, .explanation = outside, .reason = outside },
		.from = { .status = FROM_OK, .domain = outside },
		.dmarc = { .result = DMARC_FAIL } };
	struct verdict verdict = { .action = ACTION_REJECT,
		.would = ACTION_REJECT,
		.rule = RULE_POLICY_REJECT };

	/* What the check refuses must do no harm either. */
	(void)reply_text_check(template);
	config.reject_text = template;
	check(reply_make(&config, &ev, &verdict, pool).text);
	config.reject_text = none;
	check(reply_make(&config, &ev, &verdict, pool).text);
	verdict.would = ACTION_TEMPFAIL;
	check(reply_make(&config, &ev, &verdict, pool).text);
	free(template);
	free(outside);
	pool_free(pool);
	return 0;
}
