#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/text.h"
#include "mail/evidence.h"
#include "outcome/outcome_json.h"
#include "outcome_fixture.h"
#include "policy/actions.h"
#include "policy/judged_json.h"
#include "policy/verdict.h"

static struct text
object_of(const struct outcome_fixture *f, size_t questions, const char *field)
{
	static struct question_fact asked[200];
	struct header_insertion insert = { .name = "X-Spam-Flag", .value = field };
	struct actions actions = { .insert = &insert, .insert_count = 1 };
	struct judged_json judged = { .ev = &f->ev,
		.verdict = &f->verdict,
		.actions = &actions,
		.reason = "no \"pass\"",
		.reply = { "550", "5.7.26", "No" },
		.questions = asked,
		.question_count = questions };
	struct text text = { 0 };

	for (size_t i = 0; i < questions; i++)
		asked[i] = (struct question_fact){
			.name = "x.example", .type = "TXT", .status = "found", .ms = 1.5
		};
	outcome_json(&text, &judged);
	assert_true(text.len <= LOG_OBJECT_MAX && text.len == strlen(text.data));
	return text;
}

static void
test_the_object(void **state)
{
	struct outcome_fixture f;
	struct text text;

	(void)state;
	outcome_fixture_begin(&f);
	text = object_of(&f, 1, " YES");
	assert_string_equal(text.data,
	    "{\"level\":\"info\",\"queue_id\":\"4XyZ1a\",\"client\":\"192.0.2.7\","
	    "\"action\":\"reject\",\"would\":\"reject\",\"rule\":\"policy_reject\","
	    "\"reply\":\"550 5.7.26 No\",\"reason\":\"no \\\"pass\\\"\","
	    "\"sealed\":null,\"forwarded\":null,\"client_confirmed\":null,"
	    "\"from\":{\"status\":\"ok\",\"domain\":\"example.nl\"},"
	    "\"dmarc\":{\"result\":\"fail\",\"policy\":\"reject\",\"published\":\"none\","
	    "\"test_mode\":false,\"pct_zero\":false,\"record_domain\":null,"
	    "\"org_domain\":null,\"spf_aligned\":false,\"dkim_aligned\":false,"
	    "\"dns_sec\":\"no\",\"reason\":null},"
	    "\"spf\":{\"result\":\"softfail\",\"domain\":\"example.nl\","
	    "\"identity\":\"mailfrom\",\"lookups\":0,\"void_lookups\":0,"
	    "\"void_lookups_max\":0,\"dns_sec\":null,\"reason\":null},"
	    "\"dkim\":[{\"result\":\"fail\",\"domain\":\"example.nl\",\"selector\":"
	    "\"s1\","
	    "\"algorithm\":null,\"key_bits\":0,\"dns_sec\":null,"
	    "\"reason\":\"body altered\"}],"
	    "\"headers\":{\"remove\":[],\"insert\":[{\"name\":\"X-Spam-Flag\","
	    "\"value\":\"YES\"}]},"
	    "\"dns\":[{\"name\":\"x.example\",\"type\":\"TXT\",\"status\":\"found\","
	    "\"dns_sec\":null,\"ms\":1.500}],"
	    "\"unanswered\":null,\"wait_ms\":14,\"left_out\":[]}");
	text_free(&text);
}

static void
expect_left_out(const struct outcome_fixture *f, size_t questions, const char *field,
    size_t signatures, const char *left_out)
{
	struct text text = object_of(f, questions, field);
	size_t count = 0;

	for (const char *p = text.data; (p = strstr(p, "\"selector\"")) != NULL; p++)
		count++;
	assert_int_equal(count, signatures);
	assert_string_equal(strstr(text.data, "\"left_out\":"), left_out);
	text_free(&text);
}

/* What has no room goes whole, in that order. */
static void
test_the_object_has_no_room(void **state)
{
	static char field[8000], reason[8000], long_reason[400];
	struct outcome_fixture f;

	(void)state;
	outcome_fixture_begin(&f);
	memset(field, 'x', sizeof field - 1);
	memset(reason, '\\', sizeof reason - 1);
	memset(long_reason, 'y', sizeof long_reason - 1);
	expect_left_out(&f, 200, " YES", 1, "\"left_out\":[\"dns\"]}");
	expect_left_out(&f, 200, field, 1, "\"left_out\":[\"headers\",\"dns\"]}");
	for (f.ev.dkim_count = 0; f.ev.dkim_count < 40; f.ev.dkim_count++)
		f.dkim[f.ev.dkim_count] = f.dkim[0];
	for (size_t i = 0; i < 40; i++)
		f.dkim[i].reason = long_reason;
	expect_left_out(&f, 0, " YES", 8, "\"left_out\":[\"dkim\",\"headers\",\"dns\"]}");
	f.dkim[3].reason = reason;
	expect_left_out(&f, 0, " YES", 2, "\"left_out\":[\"dkim\",\"headers\",\"dns\"]}");
	f.dkim[1].reason = reason;
	expect_left_out(&f, 0, " YES", 0, "\"left_out\":[\"dkim\",\"headers\",\"dns\"]}");
	f.ev.spf.reason = reason;
	expect_left_out(&f, 0, " YES", 0,
	    "\"left_out\":[\"reply\",\"reason\",\"from\",\"dmarc\",\"spf\",\"dkim\","
	    "\"headers\",\"dns\",\"unanswered\"]}");
}

/* What is said on standard error by ${say}; to be freed. */
static char *
said_by(void (*say)(void))
{
	FILE *saved = stderr;
	char *text = NULL;
	size_t len;

	stderr = open_memstream(&text, &len);
	say();
	fclose(stderr);
	stderr = saved;
	return text;
}

static void
say_some(void)
{
	log_warning("a \"quoted\" \\ and \033[1m%s", "");
	log_detail("4XyZ1a", "why");
	log_object("{}");
}

/* Both forms of lines that are no message. */
static void
test_forms(void **state)
{
	char *text;

	(void)state;
	log_set_level(LOG_LEVEL_DEBUG);
	text = said_by(say_some);
	assert_string_equal(
	    text, "warning: a \"quoted\" \\ and \\x1b[1m\ndebug: 4XyZ1a: why\n{}\n");
	free(text);
	log_set_format(LOG_AS_JSON);
	text = said_by(say_some);
	log_set_format(LOG_AS_TEXT);
	log_set_level(LOG_LEVEL_INFO);
	assert_string_equal(text,
	    "{\"level\":\"warning\",\"message\":\"a \\\"quoted\\\" \\\\ and "
	    "\\\\x1b[1m\"}\n"
	    "{\"level\":\"debug\",\"queue_id\":\"4XyZ1a\",\"message\":\"why\"}\n{}\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_object),
		cmocka_unit_test(test_the_object_has_no_room),
		cmocka_unit_test(test_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
