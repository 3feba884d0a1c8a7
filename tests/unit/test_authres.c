#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "base/wordlist.h"
#include "mail/authres.h"
#include "mail/authres_id.h"
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

struct claim_row {
	const char *value;
	bool ours;
};

/* The spellings of our id "mx.example.nl", and what only looks like it. */
static const struct claim_row claim_rows[] = {
	{ " mx.example.nl; dmarc=pass", true },
	{ "mx.example.nl;dmarc=pass", true },
	{ " MX.Example.NL; dmarc=pass", true },
	{ " \"mx.example.nl\"; dmarc=pass", true },
	{ " \"mx\\.exam\\ple.nl\"; dmarc=pass", true },
	{ " mx.example.nl.; dmarc=pass", true },
	{ " \"MX.example.nl.\" ; dmarc=pass", true },
	{ " (x (y) \\) \")\" mx.example.nl; dmarc=pass", true },
	{ " (x) mx.example.nl (y) 1 (z); dmarc=pass", true },
	{ "\n\tmx.example.nl\n ; dmarc=pass", true },
	{ "\r\n mx.example.nl\r\n ; dmarc=pass", true },
	{ " mx.example.nl 1; dmarc=pass", true },
	{ " mx.example.nl 99999; dmarc=pass", true },
	{ " mx.example.nl/4XyZ1a; dmarc=pass", true },
	{ " \"mx.example.nl/4XyZ1a\"; dmarc=pass", true },
	{ " mx.example.nl./4XyZ1a; dmarc=pass", true },
	{ " mx.example.nl; none", true },
	{ " mx.example.nl", true },
	{ " mx.example.nl; dmarc=pass; ((((", true },
	{ " mx.example.nl dmarc=pass", true },
	{ " mx.example.nl@x; dmarc=pass", true },
	{ " mx.example.nl=x; dmarc=pass", true },
	{ " mx.example.nl(; dmarc=pass", true },
	{ " mx.example.nl\"; dmarc=pass", true },
	{ " \"mx.example.nl; dmarc=pass", true },
	{ " \x01\x0b\rmx.example.nl; dmarc=pass", true },
	{ " mx.example.nl\x01; dmarc=pass", true },
	/* read on over comments, quotes and dots, as some do */
	{ " mx(c).example(d).nl; dmarc=pass", true },
	{ " mx . example . nl; dmarc=pass", true },
	{ " mx.\"example\".nl; dmarc=pass", true },
	{ " mx.example.nl.evil.example; dmarc=pass", false },
	{ " mx(c).example.nl.evil; dmarc=pass", false },
	/* no id at all */
	{ " ; dmarc=pass", true },
	{ "", true },
	{ " (c)", true },
	{ " (mx.example.nl; dmarc=pass", true },
	{ " \"\"; dmarc=pass", true },
	{ " =?utf-8?q?mx.example.nl?=; dmarc=pass", true },
	{ " <mx.example.nl>; dmarc=pass", true },
	{ " \"mx.example.nl\\", true },
	/* others */
	{ " mx.example.com; dmarc=pass", false },
	{ " sub.mx.example.nl; dmarc=pass", false },
	{ " example.nl; dmarc=pass", false },
	{ " mx.example.n; dmarc=pass", false },
	{ " my.example.nl; dmarc=pass", false },
	{ " other (mx.example.nl", false },
	{ " /5; dmarc=pass", false },
	{ " mx.example.nlx; dmarc=pass", false },
	{ " mx.example.nl..; dmarc=pass", true },
	{ " xmx.example.nl; dmarc=pass", false },
	{ " other (mx.example.nl); dmarc=pass", false },
	{ " other; mx.example.nl; dmarc=pass", false },
	{ " other mx.example.nl; dmarc=pass", false },
	{ " other/mx.example.nl; dmarc=pass", false },
	{ " i=1; mx.example.nl; dmarc=pass", false },
	{ " other; dkim=pass header.d=a.b\n\r\tmx.example.nl; dmarc=pass", false },
	{ " dmarc=pass header.from=example.nl", false },
	{ " m\u00fcx.example.nl; dmarc=pass", false },
	/* what cannot be classified: some reader drops what we see */
	{ " mx.exa\x01"
	  "mple.nl; dmarc=pass",
	    true },
	{ " mx.exa\x7f"
	  "mple.nl; dmarc=pass",
	    true },
	{ " \"mx.exa\x02"
	  "mple.nl\"; dmarc=pass",
	    true },
	{ " mx\\.example.nl; dmarc=pass", true },
	{ " other\x01; dmarc=pass", true },
	{ " mx.exa\xc2\x85"
	  "mple.nl; dmarc=pass",
	    true },
	{ " mx.example.nl\xc2\x85; dmarc=pass", true },
	{ " \u200emx.example.nl; dmarc=pass", true },
	{ " mx.example.nl\u200f; dmarc=pass", true },
	{ " mx.exa\u200bmple.nl; dmarc=pass", true },
	{ " \ufeffmx.example.nl; dmarc=pass", true },
	{ " mx.exa\u00admple.nl; dmarc=pass", true },
	{ " mx.example.nl\xa0; dmarc=pass", true },
	{ " mx.exa\xff"
	  "mple.nl; dmarc=pass",
	    true },
	{ " other\xff; dmarc=pass", true },
	{ " other=x; dmarc=pass", false },
	{ " \"mx.example.nl \"; dmarc=pass", true },
	{ " \" mx.example.nl\"; dmarc=pass", true },
	{ " \"mx.example.nl 1\"; dmarc=pass", true },
	{ " \"mx.example.nl;\"; dmarc=pass", true },
	{ " \"mx.example.nl(c)\"; dmarc=pass", true },
	{ " \"(c)mx.example.nl\"; dmarc=pass", true },
	{ " \"\\\"mx.example.nl\\\"\"; dmarc=pass", true },
	{ " \"<mx.example.nl>\"; dmarc=pass", true },
	{ " \"=?utf-8?q?mx.example.nl?=\"; dmarc=pass", true },
	{ " \"mx,example.nl\"; dmarc=pass", true },
	{ " mx%2eexample.nl; dmarc=pass", true },
	{ " 'mx.example.nl'; dmarc=pass", true },
	{ " `mx.example.nl`; dmarc=pass", true },
	{ " .mx.example.nl; dmarc=pass", true },
	{ " host.example.com/4XyZ1a; dmarc=pass", false },
	{ " i=1; dmarc=pass", false },
	{ " host_1-a.example; dmarc=pass", false },
};

static void
test_claims(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof claim_rows / sizeof *claim_rows; i++) {
		const struct claim_row *row = &claim_rows[i];

		if (authres_id_claims(row->value, "mx.example.nl", NULL) != row->ours)
			fail_msg("row %zu, \"%s\": want %d", i, row->value, row->ours);
		if (authres_id_claims(row->value, "MX.EXAMPLE.NL.", NULL) != row->ours)
			fail_msg("row %zu, \"%s\": want %d", i, row->value, row->ours);
	}
}

struct label_row {
	const char *value, *id;
	bool ours;
};

static const struct label_row label_rows[] = {
	{ " b\u00fccher.de; none", "xn--bcher-kva.de", true },
	{ " B\u00dcCHER.de.; none", "xn--bcher-kva.de", true },
	{ " \"b\u00fccher.de/x\"; none", "xn--bcher-kva.de", true },
	{ " bu\u0308cher\u3002de; none", "xn--bcher-kva.de", true },
	{ " xn--bcher-kva.de; none", "b\u00fccher.de", true },
	{ " XN--bcher-kva.de; none", "B\u00fccher.de.", true },
	{ " \uff45xample.nl; none", "example.nl", true },
	{ " b\u00fccher.nl; none", "xn--bcher-kva.de", false },
	{ " b\xff.de; none", "xn--bcher-kva.de", true },
	{ " my host; none", "my host", false },
	{ " b\u00fccher.de; none", "my host", false },
	{ " \u00a0mx.nl; none", "mx.nl", true },
	{ " \"mx.nl\r\"; none", "mx.nl", true },
	{ " \"mx\n.nl\"; none", "mx.nl", true },
	{ " \"mx.nl\r.evil.example\"; none", "mx.nl", false },
	{ "\u3000\u2003mx.nl\u00a01; none", "mx.nl", true },
	{ " mx\u00a0.nl; none", "mx.nl", true },
	{ " \u00a0mx.nl.evil.example; none", "mx.nl", false },
	{ " x\u00a0mx.nl; none", "mx.nl", false },
	{ " \"my host\"; none", "My Host", true },
	{ " a/b; none", "a/b", true },
	{ " a/b/c; none", "a/b", false }, /* the job of an "a" that is not ours */
	{ " \"a/b\"; none", "a/b", true },
};

static void
test_claims_in_other_alphabets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof label_rows / sizeof *label_rows; i++) {
		const struct label_row *row = &label_rows[i];

		if (authres_id_claims(row->value, row->id, NULL) != row->ours)
			fail_msg("row %zu, \"%s\": want %d", i, row->value, row->ours);
	}
}

static void
put(char *at, const char *text)
{
	while (*text != '\0')
		*at++ = *text++;
}

static void
test_claims_of_any_length(void **state)
{
	static char value[100000];

	(void)state;
	memset(value, '(', sizeof value - 1);
	assert_true(authres_id_claims(value, "mx.example.nl", NULL));
	/* More than we read of it may say anything. */
	memset(value, 'x', sizeof value - 1);
	assert_true(authres_id_claims(value, "mx.example.nl", NULL));
	value[511] = ';';
	assert_false(authres_id_claims(value, "mx.example.nl", NULL));
	value[511] = 'x';
	put(value, "mx.example.nl");
	assert_true(authres_id_claims(value, "mx.example.nl", NULL));
	for (size_t i = 0; i + 4 < sizeof value; i += 4)
		put(value + i, "x(y)");
	assert_true(authres_id_claims(value, "mx.example.nl", NULL));
}

struct trusted_row {
	const char *value;
	bool ours;
};

static const struct trusted_row trusted_rows[] = {
	{ " mx.example.nl/dkim; none", false },
	{ " \"MX.example.nl/DKIM\"; none", false },
	{ " mx.example.nl/dkim2; none", true },
	{ " mx.example.nl/dkim/x; none", true },
	{ " mx.example.nl./dkim; none", true },
	{ " mx.example.nl / dkim; none", true },
	/* our own id, whatever the list says */
	{ " mx.example.nl; none", true },
	{ " mx.example.nl.; none", true },
	{ " \"mx.example.nl\" 1; none", true },
	{ " other; none", false },
	{ " ; none", true },
	/* what cannot be classified is on no list */
	{ " mx.exa\x01"
	  "mple.nl; none",
	    true },
	{ " \"mx.example.nl (c)\"; none", true },
	{ " third\xff; none", true },
	{ " third; none", false },
};

static void
test_trusted_ids(void **state)
{
	struct wordlist trusted = { 0 };

	(void)state;
	wordlist_add(&trusted, "mx.example.nl/dkim");
	wordlist_add(&trusted, "mx.example.nl");
	wordlist_add(&trusted, "other");
	wordlist_add(&trusted, "");
	for (size_t i = 0; i < sizeof trusted_rows / sizeof *trusted_rows; i++) {
		const struct trusted_row *row = &trusted_rows[i];

		if (authres_id_claims(row->value, "mx.example.nl", &trusted) != row->ours)
			fail_msg("row %zu, \"%s\": want %d", i, row->value, row->ours);
	}
	wordlist_clear(&trusted);
}

/* What we write, we recognise. */
static void
test_claims_its_own(void **state)
{
	static const char *const ids[] = { "mx.school.nl", "MX", "my host", "a/b",
		"b\u00fccher.de", "a\"b", "x." };
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		assert_true(authres_id_claims(
		    authres_format(ids[i], &failed, &quarantined, pool), ids[i], NULL));
	pool_free(pool);
}

static void
test_received_spf(void **state)
{
	struct pool *pool = pool_new();
	struct evidence ev = failed;
	char longer[402] = { 0 };

	(void)state;
	assert_true(ip_parse("192.0.2.7", &ev.client));
	assert_string_equal(authres_received_spf("mx.school.nl", &ev, pool),
	    " softfail identity=mailfrom; client-ip=192.0.2.7;\n"
	    " helo=mail.example.nl; envelope-from=\"user@example.nl\";\n"
	    " receiver=mx.school.nl;");

	ev.mail_from = "<>";
	ev.helo = "a\" b; c=\\";
	ev.spf.result = SPF_PERMERROR;
	ev.spf.scope = SPF_HELO;
	ev.spf.reason = "too many lookups";
	assert_true(ip_parse("2001:db8::7", &ev.client));
	assert_string_equal(authres_received_spf("mx.school.nl", &ev, pool),
	    " permerror identity=helo; client-ip=\"2001:db8::7\";\n"
	    " helo=\"a\\\" b; c=\\\\\"; receiver=mx.school.nl; "
	    "problem=\"too many lookups\";");

	/* Left out: what is too long; and half a path is no path. */
	memset(longer, 'x', 401);
	ev.helo = longer;
	ev.mail_from = "<user@example.nl";
	ev.spf.result = SPF_TEMPERROR;
	ev.spf.reason = "no answer in time";
	assert_string_equal(authres_received_spf("mx.school.nl", &ev, pool),
	    " temperror identity=helo; client-ip=\"2001:db8::7\";\n"
	    " envelope-from=\"<user@example.nl\"; receiver=mx.school.nl;\n"
	    " problem=\"no answer in time\";");

	/* Left out: what could break the field. */
	ev.spf.result = SPF_PERMERROR;
	ev.helo = "a\r\nb";
	ev.mail_from = "us\u00e9r@example.nl";
	ev.spf.reason = NULL;
	ev.relay = (struct relay_evidence){ .is_relay = true,
		.found = true,
		.client = ev.client,
		.helo = "first.example" };
	ev.client = (struct ip){ .family = IP_LOCAL };
	assert_string_equal(authres_received_spf("mx.school.nl", &ev, pool),
	    " permerror identity=helo; client-ip=\"2001:db8::7\";\n"
	    " helo=first.example; receiver=mx.school.nl;");
	ev.relay.found = false;
	assert_string_equal(authres_received_spf("mx.school.nl", &ev, pool),
	    " permerror identity=helo; client-ip=local;\n"
	    " receiver=mx.school.nl;");
	pool_free(pool);
}

/* RFC 7208 section 9.1: a value is a dot-atom, bare, or a quoted-string. */
static void
test_received_spf_values(void **state)
{
	static const struct {
		const char *helo, *written;
	} rows[] = {
		{ "mail.example.nl", "helo=mail.example.nl;" },
		{ "!#$%&'*+-/=?^_`{|}~", "helo=!#$%&'*+-/=?^_`{|}~;" },
		{ "x", "helo=x;" },
		{ "[192.0.2.7]", "helo=\"[192.0.2.7]\";" },
		{ "mail.example.nl.", "helo=\"mail.example.nl.\";" },
		{ ".nl", "helo=\".nl\";" },
		{ ".", "helo=\".\";" },
		{ "a..b", "helo=\"a..b\";" },
		{ "a;receiver=b", "helo=\"a;receiver=b\";" },
		{ "a(b", "helo=\"a(b\";" },
		{ "a b", "helo=\"a b\";" },
		{ "a\tb", NULL },
		{ "m\u00e4il.example", NULL },
	};
	struct pool *pool = pool_new();
	struct evidence ev = failed;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *field;

		ev.helo = rows[i].helo;
		field = authres_received_spf("mx.school.nl", &ev, pool);
		if (rows[i].written == NULL)
			assert_null(strstr(field, "helo="));
		else
			assert_non_null(strstr(field, rows[i].written));
	}
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
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_claims_in_other_alphabets),
		cmocka_unit_test(test_claims_of_any_length),
		cmocka_unit_test(test_trusted_ids),
		cmocka_unit_test(test_claims_its_own),
		cmocka_unit_test(test_received_spf),
		cmocka_unit_test(test_received_spf_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
