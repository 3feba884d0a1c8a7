#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "mail/authres.h"
#include "mail/evidence.h"

/* A failed message as in the manual; every test changes what it is about. */
static const struct dkim_evidence failed_signature = {
	.result = DKIM_FAIL,
	.domain = "example.nl",
	.selector = "s1",
	.algorithm = "rsa-sha256",
	.b_start = "AbCdEfGh",
};
static const struct evidence failed = {
	.client_name = "",
	.helo = "mail.example.nl",
	.host_name = "mx.school.nl",
	.mail_from = "<user@example.nl>",
	.queue_id = "NOQUEUE",
	.spf = { .result = SPF_SOFTFAIL, .domain = "example.nl" },
	.dkim = &failed_signature,
	.dkim_count = 1,
	.from = { .status = FROM_OK, .domain = "example.nl" },
	.dmarc = { .result = DMARC_FAIL,
	    .policy_known = true,
	    .policy = DMARC_P_REJECT,
	    .published = DMARC_P_REJECT },
};
static const struct authres_outcome quarantined = { .disposition = "quarantine" };

static void
expect(
    const struct evidence *ev, const struct authres_outcome *outcome, const char *wanted)
{
	struct pool *pool = pool_new();

	assert_string_equal(authres_format("mx.school.nl", ev, outcome, pool), wanted);
	pool_free(pool);
}

static void
test_failed_message(void **state)
{
	(void)state;
	expect(&failed, &quarantined,
	    " mx.school.nl;\n"
	    " dmarc=fail (p=reject dis=quarantine) header.from=example.nl\n"
	    " policy.dmarc=reject;\n"
	    " spf=softfail smtp.mailfrom=example.nl;\n"
	    " dkim=fail header.d=example.nl header.s=s1 header.a=rsa-sha256\n"
	    " header.b=AbCdEfGh");
}

static void
test_passed_message(void **state)
{
	struct dkim_evidence signatures[] = { failed_signature, failed_signature };
	struct evidence ev = failed;

	(void)state;
	signatures[0].result = DKIM_PASS;
	signatures[0].dns_sec = DNS_SEC_YES;
	signatures[0].reason = "not for the header";
	signatures[1].result = DKIM_TEMPERROR;
	signatures[1].reason = "no answer in time";
	ev.dkim = signatures;
	ev.dkim_count = 2;
	ev.spf.result = SPF_PASS;
	ev.spf.dns_sec = DNS_SEC_NO;
	ev.spf.reason = "not for the header";
	ev.has_spf_helo = true;
	ev.spf_helo = (struct spf_evidence){
		.result = SPF_NONE, .scope = SPF_HELO, .domain = "mail.example.nl"
	};
	ev.dmarc.result = DMARC_PASS;
	ev.dmarc.tag = DMARC_TAG_SP;
	ev.dmarc.dns_sec = DNS_SEC_YES;
	ev.dmarc.reason = "not for the header";
	expect(&ev, &(struct authres_outcome){ .disposition = "none" },
	    " mx.school.nl;\n"
	    " dmarc=pass (sp=reject dis=none) header.from=example.nl "
	    "policy.dmarc=reject\n"
	    " dns.sec=yes;\n"
	    " spf=pass smtp.mailfrom=example.nl dns.sec=no;\n"
	    " spf=none smtp.helo=mail.example.nl;\n"
	    " dkim=pass header.d=example.nl header.s=s1 header.a=rsa-sha256\n"
	    " header.b=AbCdEfGh dns.sec=yes;\n"
	    " dkim=temperror reason=\"no answer in time\" header.d=example.nl "
	    "header.s=s1\n"
	    " header.a=rsa-sha256 header.b=AbCdEfGh");
}

static void
test_nothing_known(void **state)
{
	struct evidence ev = failed;

	(void)state;
	ev.dkim_count = 0;
	ev.spf = (struct spf_evidence){ .result = SPF_NONE, .domain = "" };
	ev.dmarc = (struct dmarc_evidence){ .result = DMARC_NONE, .dns_sec = DNS_SEC_NO };
	expect(&ev, &(struct authres_outcome){ .disposition = "none" },
	    " mx.school.nl;\n"
	    " dmarc=none header.from=example.nl dns.sec=no;\n"
	    " spf=none;\n"
	    " dkim=none");
}

static void
test_null_reverse_path(void **state)
{
	struct evidence ev = failed;

	(void)state;
	ev.dkim_count = 0;
	ev.spf.scope = SPF_HELO;
	ev.spf.domain = "mail.example.nl";
	ev.spf.reason = "~all";
	expect(&ev, &quarantined,
	    " mx.school.nl;\n"
	    " dmarc=fail (p=reject dis=quarantine) header.from=example.nl\n"
	    " policy.dmarc=reject;\n"
	    " spf=softfail reason=\"~all\" smtp.helo=mail.example.nl;\n"
	    " dkim=none");
}

static void
test_bad_from(void **state)
{
	struct evidence ev = failed;

	(void)state;
	ev.dkim_count = 0;
	ev.from = (struct from_evidence){
		.status = FROM_REPEATED, .domain = "", .reason = "several From fields"
	};
	ev.dmarc = (struct dmarc_evidence){ .result = DMARC_PERMERROR };
	expect(&ev, &(struct authres_outcome){ .disposition = "none", .would = "reject" },
	    " mx.school.nl;\n"
	    " dmarc=permerror reason=\"several From fields\" (dis=none would=reject);\n"
	    " spf=softfail smtp.mailfrom=example.nl;\n"
	    " dkim=none");
}

static void
test_temperror_with_a_known_policy(void **state)
{
	struct evidence ev = failed;

	(void)state;
	ev.dkim_count = 0;
	ev.dmarc.result = DMARC_TEMPERROR;
	ev.dmarc.tag = DMARC_TAG_NP;
	ev.dmarc.published = DMARC_P_QUARANTINE;
	ev.dmarc.reason = "no key in time";
	expect(&ev, &(struct authres_outcome){ .disposition = "none" },
	    " mx.school.nl;\n"
	    " dmarc=temperror reason=\"no key in time\" (np=quarantine dis=none)\n"
	    " header.from=example.nl;\n"
	    " spf=softfail smtp.mailfrom=example.nl;\n"
	    " dkim=none");
}

static void
test_our_own_rules(void **state)
{
	struct evidence ev = failed;

	(void)state;
	ev.dkim_count = 0;
	ev.dmarc.published = DMARC_P_REJECT;
	ev.dmarc.policy = DMARC_P_QUARANTINE; /* t=y */
	ev.dmarc.reason = "nothing aligned";
	expect(&ev,
	    &(struct authres_outcome){ .disposition = "none",
		.rule = "override",
		.reason = "moving to \"new\"  mailer" },
	    " mx.school.nl;\n"
	    " dmarc=fail reason=\"nothing aligned; moving to \\\"new\\\" mailer\" "
	    "(p=reject\n"
	    " dis=none rule=override) header.from=example.nl policy.dmarc=quarantine;\n"
	    " spf=softfail smtp.mailfrom=example.nl;\n"
	    " dkim=none");
}

struct value_row {
	const char *selector, *shown; /* NULL: left out */
};

static const struct value_row value_rows[] = {
	{ "s1", "s1" },
	{ "a.b_c-d", "a.b_c-d" },
	{ "a b", "\"a b\"" },
	{ "a;b", "\"a;b\"" },
	{ "a=b", "\"a=b\"" },
	{ "a/b", "\"a/b\"" },
	{ "a(b", "\"a(b\"" },
	{ "a\"b\\", "\"a\\\"b\\\\\"" },
	{ "b\u00fccher", "xn--bcher-kva" },
	{ "b\u00fccher x", NULL },
	{ "a\rb", NULL },
	{ "a\nb: c", NULL },
	{ "a\tb", NULL },
	{ "a\x01", NULL },
	{ "a\x7f", NULL },
	{ "a\xff", NULL },
	{ "", NULL },
};

static void
test_values_from_outside(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof value_rows / sizeof *value_rows; i++) {
		struct pool *pool = pool_new();
		struct dkim_evidence signature = failed_signature;
		struct evidence ev = failed;
		const char *got, *found;

		signature.selector = value_rows[i].selector;
		ev.dkim = &signature;
		got = authres_format("mx.school.nl", &ev, &quarantined, pool);
		found = strstr(got, " header.s=");
		if (value_rows[i].shown == NULL) {
			assert_null(found);
		} else {
			const char *wanted = pool_printf(
			    pool, " header.s=%s header.a=", value_rows[i].shown);

			assert_non_null(found);
			assert_memory_equal(found, wanted, strlen(wanted));
		}
		pool_free(pool);
	}
}

static void
test_long_values(void **state)
{
	struct pool *pool = pool_new();
	struct dkim_evidence *signatures = pool_alloc(pool, 200 * sizeof *signatures);
	char *longest = pool_alloc(pool, 401), *longer = pool_alloc(pool, 402);
	struct evidence ev = failed;
	size_t entries = 0;
	const char *got;

	(void)state;
	memset(longest, '"', 400);
	memset(longer, 'x', 401);
	for (size_t i = 0; i < 200; i++)
		signatures[i] = (struct dkim_evidence){ .result = DKIM_FAIL,
			.domain = longest,
			.selector = longest,
			.algorithm = longest,
			.b_start = longer,
			.reason = longest };
	ev.dkim = signatures;
	ev.dkim_count = 200;
	got = authres_format("mx.school.nl", &ev, &quarantined, pool);
	assert_null(strstr(got, "header.b"));
	for (const char *p = got; (p = strstr(p, " dkim=fail")) != NULL; p++)
		entries++;
	assert_true(strlen(got) <= AUTHRES_MAX * 3 / 4 + AUTHRES_COUNT_MAX);
	assert_true(entries > 1);
	assert_non_null(
	    strstr(got, pool_printf(pool, "(%zu more signatures)", 200 - entries)));
	/* One that passes stands there, wherever it was. */
	signatures[99] = (struct dkim_evidence){ .result = DKIM_PASS,
		.domain = "last.example",
		.selector = "s",
		.algorithm = "rsa-sha256",
		.b_start = "abc" };
	got = authres_format("mx.school.nl", &ev, &quarantined, pool);
	assert_non_null(strstr(got, "dkim=pass header.d=last.example"));
	for (size_t i = 0; i < 200; i++)
		signatures[i].result = DKIM_PASS;
	got = authres_format("mx.school.nl", &ev, &quarantined, pool);
	assert_true(strlen(got) <= AUTHRES_MAX + AUTHRES_COUNT_MAX);
	for (const char *line = got; line != NULL; line = strchr(line + 1, '\n'))
		assert_true(strcspn(line + 1, "\n") <= 998);
	pool_free(pool);
}

/* Once a quarter is used, a signature says no more than who, what and the reason's start.
 */
static void
test_short_values(void **state)
{
	struct pool *pool = pool_new();
	struct dkim_evidence *signatures = pool_alloc(pool, 20 * sizeof *signatures);
	char *longer = pool_alloc(pool, 66), *shown = pool_alloc(pool, 65);
	struct evidence ev = failed;
	const char *got, *last;

	(void)state;
	memset(longer, 'x', 65);
	memset(shown, 'x', 64);
	for (size_t i = 0; i < 20; i++) {
		signatures[i] = failed_signature;
		signatures[i].selector = signatures[i].algorithm = longer;
		signatures[i].reason = longer;
	}
	signatures[19].algorithm = shown;
	ev.dkim = signatures;
	ev.dkim_count = 20;
	got = authres_format("mx.school.nl", &ev, &quarantined, pool);
	assert_non_null(
	    strstr(got, pool_printf(pool, "dkim=fail\n reason=\"%s\"", longer)));
	assert_non_null(strstr(got, pool_printf(pool, "header.s=%s", longer)));
	last = strstr(got + 2048, ";\n dkim=fail");
	last = strstr(last + 1, ";\n dkim=fail");
	assert_non_null(last);
	assert_null(strstr(last, longer));
	assert_null(strstr(last, "header.s"));
	assert_non_null(
	    strstr(last, pool_printf(pool, "reason=\"%s\"\n header.d", shown)));
	assert_non_null(strstr(last, pool_printf(pool, "header.a=%s", shown)));
	assert_null(strstr(got, "more signatures"));
	pool_free(pool);
}

/* All that the evidence may hold at its longest, in each order: the field has its bound.
 */
static void
test_longest_field(void **state)
{
	struct pool *pool = pool_new();
	char *longest = pool_alloc(pool, 401), *words = pool_alloc(pool, 401);
	struct dkim_evidence *signatures = pool_alloc(pool, 200 * sizeof *signatures);
	struct authres_outcome outcome;
	struct evidence ev = failed;

	(void)state;
	memset(longest, '"', 400);
	for (size_t i = 0; i < 400; i++)
		words[i] = i % 2 == 0 ? '\\' : ' ';
	outcome = (struct authres_outcome){ longest, longest, longest, longest };
	ev.spf = (struct spf_evidence){ .result = SPF_PERMERROR,
		.reason = words,
		.domain = longest,
		.dns_sec = DNS_SEC_YES };
	ev.spf_helo = ev.spf;
	ev.spf_helo.scope = SPF_HELO;
	ev.has_spf_helo = true;
	ev.from.domain = longest;
	ev.dmarc.reason = words;
	ev.dmarc.dns_sec = DNS_SEC_YES;
	ev.dkim = signatures;
	for (size_t passing = 0; passing <= 100; passing += 20)
		for (size_t count = 0; count <= 200; count += count < 8 ? 1 : 48) {
			const char *got;

			for (size_t i = 0; i < count; i++)
				signatures[i] =
				    (struct dkim_evidence){ i < count * passing / 100
								? DKIM_PASS
								: DKIM_PERMERROR,
					    .reason = i % 2 == 0 ? words : longest,
					    .domain = longest, .selector = longest,
					    .algorithm = longest, .b_start = longest,
					    .dns_sec = DNS_SEC_YES };
			ev.dkim_count = count;
			got = authres_format(longest, &ev, &outcome, pool);
			assert_true(strlen(got) <= AUTHRES_MAX + AUTHRES_COUNT_MAX);
		}
	pool_free(pool);
}

/* Nobody asks for such a thing; if it came, half a word must not stand there. */
static void
test_long_remarks(void **state)
{
	struct evidence ev = failed;
	char longer[402] = { 0 };

	(void)state;
	memset(longer, 'x', 401);
	ev.dkim_count = 0;
	expect(&ev, &(struct authres_outcome){ .disposition = "none", .rule = longer },
	    " mx.school.nl;\n"
	    " dmarc=fail (p=reject dis=none) header.from=example.nl "
	    "policy.dmarc=reject;\n"
	    " spf=softfail smtp.mailfrom=example.nl;\n"
	    " dkim=none");
}

static void
test_id_is_quoted_where_needed(void **state)
{
	struct pool *pool = pool_new();
	const char *got;

	(void)state;
	got = authres_format("my host", &failed, &quarantined, pool);
	assert_memory_equal(got, " \"my host\";\n", 12);
	got = authres_format("b\u00fccher.de", &failed, &quarantined, pool);
	assert_memory_equal(got, " xn--bcher-kva.de;\n", 19);
	got = authres_format("a\nb", &failed, &quarantined, pool);
	assert_memory_equal(got, " unknown;\n", 10);
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed_message),
		cmocka_unit_test(test_passed_message),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_null_reverse_path),
		cmocka_unit_test(test_bad_from),
		cmocka_unit_test(test_temperror_with_a_known_policy),
		cmocka_unit_test(test_our_own_rules),
		cmocka_unit_test(test_values_from_outside),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_short_values),
		cmocka_unit_test(test_longest_field),
		cmocka_unit_test(test_long_remarks),
		cmocka_unit_test(test_id_is_quoted_where_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
