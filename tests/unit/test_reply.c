#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "conf.h"
#include "config/config.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "mail/reply_text.h"
#include "policy/reply.h"
#include "policy/verdict.h"

struct fixture {
	struct pool *pool;
	struct config *config;
	struct evidence ev;
	struct dkim_evidence dkim[5];
	struct verdict verdict;
};

static void
begin(struct fixture *f, const char *conf)
{
	*f = (struct fixture){ .pool = pool_new(), .config = conf_good(conf) };
	f->ev.queue_id = "4XyZ1a";
	f->ev.from = (struct from_evidence){ .status = FROM_OK, .domain = "example.nl" };
	f->ev.spf = (struct spf_evidence){ .result = SPF_SOFTFAIL,
		.domain = "bounce.example.nl" };
	f->ev.dmarc.result = DMARC_FAIL;
	f->ev.dmarc.policy = DMARC_P_REJECT;
	f->ev.dkim = f->dkim;
	f->verdict = (struct verdict){ .action = ACTION_REJECT,
		.would = ACTION_REJECT,
		.rule = RULE_POLICY_REJECT };
}

static void
end(struct fixture *f)
{
	config_free(f->config);
	pool_free(f->pool);
}

static const char *
text_of(const struct fixture *f)
{
	return reply_make(f->config, &f->ev, &f->verdict, f->pool).text;
}

static void
add_signature(
    struct fixture *f, enum dkim_result result, const char *domain, const char *reason)
{
	f->dkim[f->ev.dkim_count++] = (struct dkim_evidence){
		.result = result, .domain = domain, .selector = "s1", .reason = reason
	};
}

static void
test_default_text(void **state)
{
	struct reply reply;
	struct fixture f;

	(void)state;
	begin(&f, "");
	reply = reply_make(f.config, &f.ev, &f.verdict, f.pool);
	assert_string_equal(reply.code, "550");
	assert_string_equal(reply.enhanced, "5.7.26");
	assert_string_equal(reply.text,
	    "Refused by the DMARC policy of example.nl (p=reject): SPF softfail for "
	    "bounce.example.nl; no DKIM signature");
	add_signature(&f, DKIM_PASS, "esp.example", NULL);
	add_signature(&f, DKIM_FAIL, "example.nl", "body altered");
	f.ev.spf.result = SPF_NONE;
	f.ev.spf.domain = "";
	f.ev.dmarc.policy = DMARC_P_QUARANTINE;
	assert_string_equal(text_of(&f),
	    "Refused by the DMARC policy of example.nl (p=quarantine): SPF none; DKIM "
	    "passes for esp.example, which is not aligned with example.nl; "
	    "DKIM fail for example.nl (body altered)");
	end(&f);
}

static void
test_few_signatures_are_told(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "RejectText %{reason}");
	f.ev.spf.result = SPF_PASS;
	f.ev.spf.domain = "esp.example";
	for (int i = 0; i < 5; i++)
		add_signature(&f, DKIM_POLICY, "a.example", NULL);
	assert_string_equal(text_of(&f),
	    "SPF passes for esp.example, which is not aligned with example.nl; "
	    "DKIM policy for a.example; DKIM policy for a.example; "
	    "DKIM policy for a.example");
	end(&f);
}

struct word_row {
	const char *template, *text;
};

static const struct word_row word_rows[] = {
	{ "%{from}", "example.nl" },
	{ "%{policy}", "reject" },
	{ "%{spf}", "softfail" },
	{ "%{dkim}", "temperror" },
	{ "%{queueid}", "4XyZ1a" },
	{ "%{spf_explanation}", "see http://example.nl/why" },
	{ "100%%: %{from}%%%{spf}", "100%: example.nl%softfail" },
	{ "%%{from}", "%{from}" },
	{ "no words", "no words" },
};

static void
test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof word_rows / sizeof word_rows[0]; i++) {
		char conf[200];
		struct fixture f;

		snprintf(conf, sizeof conf, "RejectText %s", word_rows[i].template);
		begin(&f, conf);
		f.ev.spf.explanation = "see http://example.nl/why";
		add_signature(&f, DKIM_TEMPERROR, "a.example", NULL);
		add_signature(&f, DKIM_FAIL, "b.example", NULL);
		if (strcmp(text_of(&f), word_rows[i].text) != 0)
			fail_msg("%s: %s", word_rows[i].template, text_of(&f));
		end(&f);
	}
}

static void
test_dkim_in_one_word(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "RejectText %{dkim}");
	assert_string_equal(text_of(&f), "none");
	add_signature(&f, DKIM_FAIL, "a.example", NULL);
	assert_string_equal(text_of(&f), "fail");
	add_signature(&f, DKIM_PASS, "b.example", NULL);
	assert_string_equal(text_of(&f), "pass");
	add_signature(&f, DKIM_FAIL, "c.example", NULL);
	assert_string_equal(text_of(&f), "pass");
	end(&f);
}

struct from_row {
	struct from_evidence from;
	const char *text;
};

#define MUST "The From field must name one author domain: "

static const struct from_row from_rows[] = {
	{ { .status = FROM_MISSING, .domain = "" }, MUST "there is no From field" },
	{ { .status = FROM_REPEATED, .domain = "" },
	    MUST "there are several From fields" },
	{ { .status = FROM_SEVERAL_DOMAINS, .domain = "" },
	    MUST "it names several domains" },
	{ { .status = FROM_MALFORMED, .domain = "" }, MUST "it names no valid domain" },
	{ { .status = FROM_HEADER_FLOOD, .domain = "" },
	    MUST "the header is flooded with results" },
	{ { .status = FROM_MALFORMED, .domain = "", .reason = "a domain literal" },
	    MUST "a domain literal" },
	{ { .status = FROM_OK, .domain = "example.nl" }, MUST "it cannot be judged" },
};

static void
test_bad_from(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "");
	f.ev.dmarc = (struct dmarc_evidence){ .result = DMARC_PERMERROR };
	f.verdict.rule = RULE_BAD_FROM;
	for (size_t i = 0; i < sizeof from_rows / sizeof from_rows[0]; i++) {
		f.ev.from = from_rows[i].from;
		assert_string_equal(text_of(&f), from_rows[i].text);
	}
	end(&f);
	begin(&f, "RejectText %{from} %{policy}");
	f.ev.from = (struct from_evidence){ .status = FROM_MISSING, .domain = "" };
	f.ev.dmarc = (struct dmarc_evidence){ .result = DMARC_PERMERROR };
	assert_string_equal(text_of(&f), "unknown none");
	end(&f);
}

/* What the sender of a real field is told: what to do, in words for who writes mail. */
static void
test_advice(void **state)
{
	static const struct {
		const char *from; /* NULL: no field */
		const char *text;
	} rows[] = {
		{ NULL, "no From field; add one with the address of the author" },
		{ "Foo, Inc. <a@b.nl>",
		    "name without an address; put the name before the address in quotes: "
		    "\"Foo, Inc.\" <a@example.nl>" },
		{ "Sales: Joe <a@b.nl>", "put the name before the address in quotes" },
		{ "joe <a@b.nl> at work",
		    "text after an address; leave out what follows the address" },
		{ "\"x\" <a@bank.example> foo", "; leave out what follows the address" },
		{ "c@d.nl <a@b.nl>", "put the name before the address in quotes" },
		{ "Joe [work] <a@b.nl>", "put the name before the address in quotes" },
		{ ".Joe <a@b.nl>", "put the name before the address in quotes" },
		{ "joe",
		    "name without an address; name the address of the author, as in" },
		{ "Joe (sales <a@b.nl>",
		    "comment without end; close the ( of the comment, or leave it out" },
		{ "Joe <a@b.nl>;", "; write it as in Joe <joe@example.nl>" },
		{ "John Doe@b.nl", "; write it as in Joe <joe@example.nl>" },
		{ ".a@b.nl", "; write it as in Joe <joe@example.nl>" },
		{ "Team: a@b.nl", "; end the group with a semicolon, as in Team: " },
		{ "Team: a@b.nl; x", "; leave out what follows the semicolon" },
		{ "Jos\xe9 <a@b.nl>", "; write the name in UTF-8, or encode it" },
		{ "\"Joe <a@b.nl>", "; close the quotes" },
		{ "Joe <a@b.nl", "; close the <" },
		{ "Joe <a>", "; write a whole address between < and >" },
		{ "a@[192.0.2.1]", "; write a domain after the @, not the number" },
		{ "a@b.nl, c@d.nl",
		    "several domains in From; name authors of one domain" },
		{ "Joe <a@localhost>", "; write the whole domain" },
		{ "Joe <@c.nl:a@b.nl>", "; write the address alone between < and >" },
		{ "J\xe9 <a@b.nl> x", "; write the name in UTF-8, or encode it" },
		{ "a\x01@b.nl", "; leave out whatever is not a visible character" },
	};
	struct fixture f;

	(void)state;
	begin(&f, "");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct header_list *list = header_list_new(f.pool,
		    (struct header_limits){ .bytes = 4096, .fields = 10 }, "mx", NULL);

		if (rows[i].from != NULL)
			header_list_add(list, "From", rows[i].from);
		f.ev.from = header_author(list, f.pool);
		if (f.ev.from.status == FROM_MALFORMED_ONE_DOMAIN)
			f.ev.from.status = FROM_MALFORMED; /* nothing proves it */
		if (strncmp(text_of(&f), MUST, strlen(MUST)) != 0 ||
		    strstr(text_of(&f), rows[i].text) == NULL)
			fail_msg("%s: %s", rows[i].from, text_of(&f));
		/* For the log it is what is wrong that counts. */
		assert_null(strchr(reply_text_reason(&f.ev, f.pool), ';'));
	}
	end(&f);
}

static void
test_tempfail(void **state)
{
	struct reply reply;
	struct fixture f;

	(void)state;
	begin(&f, "RejectText go away\nRejectCode 554 5.7.1");
	f.ev.dmarc = (struct dmarc_evidence){ .result = DMARC_TEMPERROR,
		.reason = "_dmarc.example.nl: no answer in time" };
	f.verdict = (struct verdict){ .action = ACTION_TEMPFAIL,
		.would = ACTION_TEMPFAIL,
		.rule = RULE_DMARC_TEMPERROR };
	reply = reply_make(f.config, &f.ev, &f.verdict, f.pool);
	assert_string_equal(reply.code, "451");
	assert_string_equal(reply.enhanced, "4.7.0");
	assert_string_equal(reply.text,
	    "The DMARC policy of example.nl cannot be looked up now "
	    "(_dmarc.example.nl: no answer in time), please try again later");
	f.ev.dmarc.reason = NULL;
	assert_non_null(strstr(text_of(&f), "(no answer from DNS)"));
	end(&f);
}

static void
test_override_and_own_code(void **state)
{
	struct reply reply;
	struct fixture f;

	(void)state;
	begin(&f, "RejectCode 554 5.7.1\nOverride example.nl reject");
	f.verdict.override = &f.config->overrides[0];
	reply = reply_make(f.config, &f.ev, &f.verdict, f.pool);
	assert_string_equal(reply.code, "554");
	assert_string_equal(reply.enhanced, "5.7.1");
	assert_non_null(strstr(reply.text, "Mail from example.nl is refused here"));
	end(&f);
}

static void
test_no_reply_for_what_passes(void **state)
{
	static const enum action passing[] = { ACTION_ACCEPT, ACTION_HEADER,
		ACTION_HOLD };
	struct fixture f;

	(void)state;
	begin(&f, "");
	for (size_t i = 0; i < 3; i++) {
		f.verdict.action = f.verdict.would = passing[i];
		assert_null(reply_make(f.config, &f.ev, &f.verdict, f.pool).code);
	}
	/* In monitor mode it is the reply that would be given. */
	f.verdict.would = ACTION_REJECT;
	assert_non_null(reply_make(f.config, &f.ev, &f.verdict, f.pool).code);
	end(&f);
}

static void
test_an_empty_text_gets_the_default(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "RejectText \"%{spf_explanation} \"");
	assert_non_null(strstr(text_of(&f), "Refused by the DMARC policy"));
	f.ev.spf.explanation = "why";
	assert_string_equal(text_of(&f), "why ");
	end(&f);
}

static void
test_long_and_unprintable(void **state)
{
	char longer[600];
	struct fixture f;

	(void)state;
	begin(&f, "RejectText x %{spf_explanation}");
	f.ev.spf.explanation = "a\r\n250 ok\tb\177\303\251";
	assert_string_equal(text_of(&f), "x a??250 ok?b???");
	memset(longer, 'y', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	f.ev.spf.explanation = longer;
	assert_int_equal(strlen(text_of(&f)), REPLY_TEXT_MAX);
	end(&f);
}

static void
test_templates(void **state)
{
	static const char *const good[] = { "", "x", "%%",
		"%{from}%{policy}%{spf}%{dkim}",
		"%{reason} %{queueid} %{spf_explanation}", "~ !" };
	static const char *const bad[] = { "%", "a % b", "%s", "%{}", "%{from", "%{From}",
		"%{fromm}", "%{ from}", "a\nb", "\t", "\177", "\303\251", "%%%" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		if (reply_text_check(good[i]) != NULL)
			fail_msg("%s: %s", good[i], reply_text_check(good[i]));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (reply_text_check(bad[i]) == NULL)
			fail_msg("took %s", bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_text),
		cmocka_unit_test(test_few_signatures_are_told),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_dkim_in_one_word),
		cmocka_unit_test(test_bad_from),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_tempfail),
		cmocka_unit_test(test_override_and_own_code),
		cmocka_unit_test(test_no_reply_for_what_passes),
		cmocka_unit_test(test_an_empty_text_gets_the_default),
		cmocka_unit_test(test_long_and_unprintable),
		cmocka_unit_test(test_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
