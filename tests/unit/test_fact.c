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
#include "history/fact.h"
#include "mail/evidence.h"
#include "policy/verdict.h"

#define RECORD "v=DMARC1; p=reject; rua=mailto:r@example.nl"

/* A message of secret.person@example.nl, and what a row of a test changes of it. */
struct fixture {
	struct pool *pool;
	struct config *config;
	struct header_list *headers;
	struct evidence ev;
	struct dkim_evidence dkim[8];
	struct dmarc_step steps[8];
	struct verdict verdict;
	struct fact *fact;
	struct fact_value values[FACT_VALUES];
};

static void
begin(struct fixture *f)
{
	*f = (struct fixture){ .pool = pool_new(), .config = conf_good("") };
	f->headers = header_list_new(f->pool,
	    (struct header_limits){ .bytes = 65536, .fields = 100 }, "mx.example", NULL);
	f->ev = (struct evidence){
		.queue_id = "4XyZ1a",
		.mail_from = "<secret.person@Example.NL>",
		.helo = "MX.example.nl",
		.received = 1796025737,
		.wait_ms = 14,
		.headers = f->headers,
		.from = { .status = FROM_OK, .domain = "example.nl" },
		.spf = { .result = SPF_SOFTFAIL,
		    .domain = "example.nl",
		    .reason = "the domain does not permit this client" },
		.dkim = f->dkim,
		.dmarc = { .result = DMARC_FAIL,
		    .policy = DMARC_P_REJECT,
		    .published = DMARC_P_REJECT,
		    .record_domain = "example.nl",
		    .record = RECORD,
		    .org_domain = "example.nl",
		    .steps = f->steps },
	};
	ip_parse("192.0.2.7", &f->ev.client);
	f->verdict = (struct verdict){ .action = ACTION_REJECT,
		.would = ACTION_REJECT,
		.rule = RULE_POLICY_REJECT };
}

static const struct fact_value *
values_of(struct fixture *f)
{
	fact_free(f->fact);
	f->fact = fact_new(f->config, &f->ev, &f->verdict);
	assert_non_null(f->fact);
	fact_read(f->fact, f->values);
	return f->values;
}

static void
end(struct fixture *f)
{
	fact_free(f->fact);
	pool_free(f->pool);
	config_free(f->config);
}

static void
expect(struct fixture *f, enum fact_column column, const char *text)
{
	const struct fact_value *value = &values_of(f)[column];

	assert_false(value->is_number);
	if (text == NULL)
		assert_null(value->text);
	else
		assert_string_equal(value->text, text);
}

static void
expect_number(struct fixture *f, enum fact_column column, int64_t number)
{
	const struct fact_value *value = &values_of(f)[column];

	assert_true(value->is_number);
	assert_int_equal(value->number, number);
}

static void
test_each_column(void **state)
{
	static const struct {
		enum fact_column column;
		const char *text;
	} texts[] = { { FACT_QUEUE_ID, "4XyZ1a" }, { FACT_CLIENT, "192.0.2.7" },
		{ FACT_RELAY, NULL }, { FACT_HELO, "mx.example.nl" },
		{ FACT_MAIL_FROM, "example.nl" }, { FACT_FROM_STATUS, "ok" },
		{ FACT_HEADER_FROM, "example.nl" }, { FACT_ACTION, "reject" },
		{ FACT_WOULD, "reject" }, { FACT_RULE, "policy_reject" },
		{ FACT_DMARC, "fail" }, { FACT_POLICY, "reject" },
		{ FACT_PUBLISHED, "reject" }, { FACT_TAG, "p" },
		{ FACT_DISPOSITION, "reject" }, { FACT_DEPARTURES, NULL },
		{ FACT_SPF, "softfail" }, { FACT_SPF_DOMAIN, "example.nl" },
		{ FACT_SPF_SCOPE, "mfrom" },
		{ FACT_SPF_REASON, "the domain does not permit this client" },
		{ FACT_SIGNATURES, "[]" }, { FACT_LIST_ID, NULL },
		{ FACT_LIST_POST, NULL }, { FACT_DMARC_SEC, NULL },
		{ FACT_SPF_SEC, NULL }, { FACT_OVERRIDE, NULL },
		{ FACT_RECORD_DOMAIN, "example.nl" }, { FACT_RECORD, RECORD },
		{ FACT_METHOD, "treewalk" }, { FACT_ORG_DOMAIN, "example.nl" } };
	static const struct {
		enum fact_column column;
		int64_t number;
	} numbers[] = { { FACT_AT, 1796025737 }, { FACT_IS_RELAY, 0 },
		{ FACT_POLICY_KNOWN, 1 }, { FACT_TEST_MODE, 0 }, { FACT_SAMPLED_OUT, 0 },
		{ FACT_PCT_ZERO, 0 }, { FACT_SPF_ALIGNED, 0 }, { FACT_DKIM_ALIGNED, 0 },
		{ FACT_PASSIVE, 0 }, { FACT_WAIT_MS, 14 } };
	struct fixture f;

	(void)state;
	begin(&f);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		expect(&f, texts[i].column, texts[i].text);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		expect_number(&f, numbers[i].column, numbers[i].number);
	end(&f);
}

/* Who wrote it, as MAIL may say it, and what of it is kept. */
static void
test_of_addresses_only_the_domain_is_kept(void **state)
{
	static const struct {
		const char *mail_from, *kept;
	} rows[] = { { "<secret.person@example.nl>", "example.nl" }, { "<>", "" },
		{ "", "" }, { "<secret.person>", NULL },
		{ "<secret.person@[192.0.2.1]>", NULL },
		{ "<\"secret.person\"@m\xc3\xbcnchen.de>", "xn--mnchen-3ya.de" } };
	struct fixture f;

	(void)state;
	begin(&f);
	header_list_add(f.headers, "From", " Secret Person <secret.person@example.nl>");
	header_list_add(f.headers, "Subject", " secret.person is ill");
	header_list_add(f.headers, "To", " secret.person@school.example");
	f.ev.spf.explanation = "secret.person is not allowed";
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		f.ev.mail_from = rows[i].mail_from;
		expect(&f, FACT_MAIL_FROM, rows[i].kept);
		for (size_t c = 0; c < FACT_VALUES; c++) {
			if (f.values[c].text != NULL)
				assert_null(strstr(f.values[c].text, "secret"));
		}
	}
	end(&f);
}

static void
test_all_text_is_printable(void **state)
{
	static const char bad[] = "\x1b[2J\r\n\x80\xff<script>\xc3\xa9";
	struct fixture f;

	(void)state;
	begin(&f);
	f.ev.queue_id = f.ev.helo = f.ev.mail_from = bad;
	f.ev.from.domain = f.ev.spf.domain = f.ev.spf.reason = bad;
	f.ev.dmarc.record = f.ev.dmarc.record_domain = f.ev.dmarc.org_domain = bad;
	f.verdict.reason = bad;
	f.ev.dkim_count = 1;
	f.dkim[0] = (struct dkim_evidence){
		.domain = bad, .selector = bad, .algorithm = bad, .reason = bad
	};
	values_of(&f);
	for (size_t c = 0; c < FACT_VALUES; c++) {
		for (const char *p = f.values[c].text; p != NULL && *p != '\0'; p++)
			assert_in_range(*p, ' ', '~');
	}
	assert_string_equal(f.values[FACT_QUEUE_ID].text,
	    "\\x1B[2J\\x0D\\x0A\\x80\\xFF<script>\\xC3\\xA9");
	expect(&f, FACT_HELO, "");
	/* Within JSON the backslash itself is escaped: it stays JSON. */
	assert_non_null(strstr(f.values[FACT_SIGNATURES].text, "\"\\\\x1B[2J\\\\x0D"));
	end(&f);
}

static void
test_disposition(void **state)
{
	static const struct {
		enum dmarc_result result;
		bool known;
		enum dmarc_policy published;
		enum action action;
		const char *record_domain, *disposition;
	} rows[] = {
		{ DMARC_PASS, true, DMARC_P_REJECT, ACTION_ACCEPT, "a.nl", "pass" },
		{ DMARC_PASS, true, DMARC_P_QUARANTINE, ACTION_ACCEPT, "a.nl", "pass" },
		{ DMARC_PASS, true, DMARC_P_NONE, ACTION_ACCEPT, "a.nl", "none" },
		{ DMARC_FAIL, true, DMARC_P_REJECT, ACTION_REJECT, "a.nl", "reject" },
		{ DMARC_FAIL, true, DMARC_P_REJECT, ACTION_HOLD, "a.nl", "quarantine" },
		{ DMARC_FAIL, true, DMARC_P_REJECT, ACTION_HEADER, "a.nl", "quarantine" },
		{ DMARC_FAIL, true, DMARC_P_REJECT, ACTION_ACCEPT, "a.nl", "none" },
		{ DMARC_FAIL, true, DMARC_P_REJECT, ACTION_TEMPFAIL, "a.nl", NULL },
		{ DMARC_TEMPERROR, true, DMARC_P_NONE, ACTION_ACCEPT, "a.nl", "none" },
		{ DMARC_TEMPERROR, false, DMARC_P_NONE, ACTION_ACCEPT, "a.nl", NULL },
		{ DMARC_PERMERROR, false, DMARC_P_NONE, ACTION_REJECT, "a.nl", NULL },
		{ DMARC_NONE, false, DMARC_P_NONE, ACTION_ACCEPT, NULL, NULL },
		{ DMARC_PASS, true, DMARC_P_REJECT, ACTION_ACCEPT, NULL, NULL },
	};
	struct fixture f;

	(void)state;
	begin(&f);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		f.ev.dmarc.result = rows[i].result;
		f.ev.dmarc.policy_known = rows[i].known;
		f.ev.dmarc.published = rows[i].published;
		f.ev.dmarc.record_domain = rows[i].record_domain;
		f.verdict.action = rows[i].action;
		expect(&f, FACT_DISPOSITION, rows[i].disposition);
	}
	end(&f);
}

/* Those that could make two hosts report to each other for ever. */
static void
test_passive(void **state)
{
	static const struct {
		const char *mail_from, *name, *value;
		int passive;
	} rows[] = {
		{ "<a@b.nl>", "Subject", " Hello", 0 },
		{ "<>", "Subject", " Hello", 1 },
		{ "<a@b.nl>", "Subject", " Report Domain: x.nl Report-ID: 1", 1 },
		{ "<a@b.nl>", "SUBJECT", " Re: report domain: x.nl\n\treport-id: 1", 1 },
		{ "<a@b.nl>", "Subject", " Report\n Domain: x.nl Report-ID: 1", 1 },
		{ "<a@b.nl>", "Subject", " Report Domain: x.nl", 0 },
		{ "<a@b.nl>", "X-Subject", " Report Domain: x.nl Report-ID: 1", 0 },
		{ "<a@b.nl>", "Auto-Submitted", " auto-replied (vacation)", 1 },
		{ "<a@b.nl>", "Auto-Submitted", " no", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fixture f;

		begin(&f);
		f.ev.mail_from = rows[i].mail_from;
		header_list_add(f.headers, rows[i].name, rows[i].value);
		expect_number(&f, FACT_PASSIVE, rows[i].passive);
		end(&f);
	}
}

/* RFC 9990 section 3.1.3: passing and aligned ones first. */
static void
test_signatures(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	f.ev.dkim_count = 4;
	f.dkim[0] = (struct dkim_evidence){ .result = DKIM_FAIL,
		.domain = "example.nl",
		.selector = "s1",
		.algorithm = "rsa-sha256",
		.key_bits = 2048,
		.dns_sec = DNS_SEC_YES,
		.reason = "body altered" };
	f.dkim[1] = (struct dkim_evidence){ .result = DKIM_PASS,
		.domain = "list.example",
		.selector = "l",
		.algorithm = "rsa-sha256",
		.dns_sec = DNS_SEC_NO };
	f.dkim[2] = (struct dkim_evidence){ .result = DKIM_PASS,
		.domain = "mail.example.nl",
		.selector = "m",
		.algorithm = "ed25519-sha256" };
	f.dkim[3] = (struct dkim_evidence){ .result = DKIM_PASS,
		.domain = "example.nl",
		.selector = "s2",
		.algorithm = "rsa-sha256" };
	f.ev.dmarc.step_count = 2;
	f.steps[0] = (struct dmarc_step){ "dkim", "list.example", "not aligned" };
	f.steps[1] =
	    (struct dmarc_step){ "dkim", "mail.example.nl", "aligned (relaxed)" };
	expect(&f, FACT_SIGNATURES,
	    "[[\"pass\",\"example.nl\",\"s2\",\"rsa-sha256\",0,\"s\",null,null],"
	    "[\"pass\",\"mail.example.nl\",\"m\",\"ed25519-sha256\",0,\"r\",null,null],"
	    "[\"pass\",\"list.example\",\"l\",\"rsa-sha256\",0,\"n\",\"no\",null],"
	    "[\"fail\",\"example.nl\",\"s1\",\"rsa-sha256\",2048,\"s\",\"yes\","
	    "\"body altered\"]]");
	end(&f);
}

static void
test_lists_relays_and_overrides(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	header_list_add(f.headers, "List-Id", " Parents <ouders.school.example>");
	header_list_add(f.headers, "List-Post", " <mailto:ouders@school.example>");
	f.ev.relay.is_relay = f.ev.relay.found = true;
	ip_parse("2001:db8::7", &f.ev.relay.client);
	config_free(f.config);
	f.config =
	    conf_good("Override example.nl accept until=2999-01-31 reason=\"moving\"\n"
		      "Discovery psl\n");
	f.verdict.override = &f.config->overrides[0];
	expect(&f, FACT_LIST_ID, "ouders.school.example");
	expect(&f, FACT_LIST_POST, "school.example");
	expect(&f, FACT_LIST_SIGNED, NULL);
	f.ev.list.id = "ouders.school.example";
	expect(&f, FACT_LIST_SIGNED, "id");
	f.ev.list.post = "school.example";
	expect(&f, FACT_LIST_SIGNED, "both");
	f.ev.list.id = NULL;
	expect(&f, FACT_LIST_SIGNED, "post");
	expect_number(&f, FACT_IS_RELAY, 1);
	expect(&f, FACT_RELAY, "2001:db8::7");
	expect(&f, FACT_METHOD, "psl");
	expect(&f, FACT_OVERRIDE, "example.nl accept until=2999-01-31 reason=\"moving\"");
	end(&f);
}

static void
test_departures(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	f.verdict = (struct verdict){ .action = ACTION_ACCEPT,
		.would = ACTION_ACCEPT,
		.rule = RULE_TRUSTED_FORWARDER,
		.reason = "TrustedForwarders" };
	expect(&f, FACT_DISPOSITION, "none");
	assert_memory_equal(values_of(&f)[FACT_DEPARTURES].text, "[[\"", 3);
	assert_non_null(strstr(
	    f.values[FACT_DEPARTURES].text, rule_row(RULE_TRUSTED_FORWARDER)->departure));
	expect(&f, FACT_REASON, "TrustedForwarders");
	end(&f);
}

static void
test_nothing_is_kept_of_exempt_clients(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	f.ev.exemption = EXEMPT_AUTHENTICATED;
	assert_null(fact_new(f.config, &f.ev, &f.verdict));
	f.ev.exemption = EXEMPT_IGNORED_CLIENT;
	assert_null(fact_new(f.config, &f.ev, &f.verdict));
	end(&f);
}

/* The list counts by it: what it costs, and not less. */
static void
test_its_size(void **state)
{
	struct fixture f;
	size_t without;

	(void)state;
	begin(&f);
	values_of(&f);
	without = f.fact->size;
	assert_in_range(without, 300, 700);
	f.fact = fact_with_trace(f.fact, "{}", 2);
	assert_int_equal(f.fact->size, without + 2);
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_column),
		cmocka_unit_test(test_of_addresses_only_the_domain_is_kept),
		cmocka_unit_test(test_all_text_is_printable),
		cmocka_unit_test(test_disposition),
		cmocka_unit_test(test_passive),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_lists_relays_and_overrides),
		cmocka_unit_test(test_departures),
		cmocka_unit_test(test_nothing_is_kept_of_exempt_clients),
		cmocka_unit_test(test_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
