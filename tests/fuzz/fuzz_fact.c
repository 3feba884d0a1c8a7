/*
 * What is remembered of a message: each text of a stranger's, with an octet 1 between one
 * and the next.  Columns are printable, what is JSON is JSON, and what was deflated comes
 * back; whatever it holds, damaged octets inflate to nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/deflate.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"
#include "config/config.h"
#include "history/fact.h"
#include "mail/evidence.h"
#include "must.h"
#include "policy/actions.h"
#include "policy/judged_json.h"
#include "policy/verdict.h"

#define TRACE_MAX ((size_t)1 << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next text of the input; "" behind its end. */
static char *
next(char **rest)
{
	char *text = strsep(rest, "\1");
	static char none[1];

	return text != NULL ? text : none;
}

static void
check_json(const char *text, size_t len)
{
	json_t *value = json_loadb(text, len, 0, NULL);

	must(value != NULL);
	json_decref(value);
}

static void
check_fact(const struct fact *fact)
{
	struct fact_value values[FACT_VALUES];

	fact_read(fact, values);
	for (size_t i = 0; i < FACT_VALUES; i++) {
		for (const char *p = values[i].text; p != NULL && *p != '\0'; p++)
			must(*p >= ' ' && *p <= '~');
	}
	check_json(values[FACT_SIGNATURES].text, strlen(values[FACT_SIGNATURES].text));
}

static void
check_trace(const struct judged_json *judged)
{
	struct text text = { 0 };
	size_t packed_len, len;
	char *packed, *again;

	judged_json_trace(&text, judged);
	check_json(text.data, text.len);
	packed = deflate_pack(text.data, text.len, &packed_len);
	again = deflate_unpack(packed, packed_len, TRACE_MAX, &len);
	must(again != NULL && len == text.len && memcmp(again, text.data, len) == 0);
	free(again);
	free(packed);
	text_free(&text);
}

static void
remember(char *rest, struct pool *pool)
{
	struct config config = { 0 };
	struct header_list *headers = header_list_new(
	    pool, (struct header_limits){ .bytes = 65536, .fields = 10 }, "mx", NULL);
	struct evidence ev = { .queue_id = next(&rest), .headers = headers };
	struct dkim_evidence dkim = { .result = DKIM_FAIL };
	struct spf_step step = { 0 };
	struct question_fact question = { .type = "TXT" };
	struct verdict verdict = { .action = ACTION_REJECT,
		.would = ACTION_REJECT,
		.rule = RULE_POLICY_REJECT };
	struct actions actions = { 0 };
	struct judged_json judged = { .ev = &ev,
		.verdict = &verdict,
		.actions = &actions,
		.questions = &question,
		.question_count = 1 };
	struct fact *fact;

	ev.helo = next(&rest);
	ev.mail_from = next(&rest);
	header_list_add(headers, "Subject", next(&rest));
	header_list_add(headers, "List-Id", next(&rest));
	dkim.domain = next(&rest);
	dkim.selector = next(&rest);
	dkim.algorithm = next(&rest);
	dkim.reason = ev.from.domain = ev.spf.domain = next(&rest);
	step.domain = step.term = step.target = step.outcome = next(&rest);
	ev.dmarc.record = ev.dmarc.record_domain = next(&rest);
	question.name = ev.spf.reason = next(&rest);
	ev.dkim = &dkim;
	ev.dkim_count = ev.spf.step_count = 1;
	ev.spf.steps = &step;
	ev.dmarc.result = DMARC_FAIL;
	fact = fact_new(&config, &ev, &verdict);
	check_fact(fact);
	fact_free(fact);
	judged.reason = judged_json_reason(&ev, pool);
	check_trace(&judged);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	char *text = mem_strndup((const char *)data, size);
	size_t len;

	remember(text, pool);
	free(deflate_unpack(data, size, 65536, &len));
	free(text);
	pool_free(pool);
	return 0;
}
