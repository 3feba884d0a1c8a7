/*
 * The steps of a remembered message as beschermctl reads them again: JSON from a file
 * that a daemon wrote which may have been taken over.  Whatever it holds, the page that
 * is made of it can do nothing to a terminal.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "conf.h"
#include "config/config.h"
#include "ctl/json.h"
#include "ctl/judge/explain.h"
#include "ctl/judge/judged.h"
#include "mail/evidence.h"
#include "must.h"
#include "policy/judged_json.h"
#include "policy/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No control character but the ends of lines, in one octet or as UTF-8 (U+0080 on). */
static void
check_page(const char *text, size_t len)
{
	must(utf8_is_valid(text, len));
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		must((c >= ' ' && c != 0x7f) || c == '\n');
		must(c != 0xc2 || (unsigned char)text[i + 1] >= 0xa0);
	}
}

static void
print(const struct json_trace *trace, const struct config *config, struct pool *pool)
{
	struct verdict verdict = verdict_decide(config, &trace->ev);
	struct judged judged = {
		.file = "queue-id",
		.config = config,
		.ev = &trace->ev,
		.verdict = &verdict,
		.actions = &trace->actions,
		.reason = judged_json_reason(&trace->ev, pool),
		.reply = trace->reply,
		.facts = trace->questions,
		.fact_count = trace->question_count,
		.client_source = JUDGED_MTA,
		.helo_source = JUDGED_MTA,
		.mail_from_source = JUDGED_MTA,
	};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	explain_print(out, &judged, false);
	fclose(out);
	check_page(text, len);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config *config;
	struct pool *pool = pool_new();
	char *text = mem_strndup((const char *)data, size);
	struct header_list headers = { .pool = pool };
	/* What the columns of its row tell. */
	struct json_trace trace = { .ev = { .queue_id = "4X1",
					.client_name = "",
					.helo = "",
					.host_name = "",
					.mail_from = "",
					.headers = &headers,
					.from = { .domain = "example.nl" },
					.spf = { .domain = "" },
					.dmarc = { .result = DMARC_FAIL } } };
	size_t count;

	if (config == NULL)
		config = conf_good("");
	json_read_signatures(text, pool, &count);
	if (json_read_trace(text, &trace, pool))
		print(&trace, config, pool);
	free(text);
	pool_free(pool);
	return 0;
}
