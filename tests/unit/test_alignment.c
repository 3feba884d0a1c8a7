#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "dmarc_case.h"
#include "dmarc_row.h"

#define AT DMARC_AT
#define NL AT("example.nl", "p=reject")

static const struct dmarc_options by_walk = { .discovery = DMARC_TREEWALK };

static const struct dmarc_row rows[] = {
	/* names that look alike */
	{ "x.com is not evil.com", AT("x.com", "p=reject"), "x.com", "evil.com",
	    "pass evil.com", "fail x.com p=reject", NULL, NULL },
	{ "evil.com is not x.com, both with records",
	    AT("x.com", "p=reject") AT("evil.com", "p=none"), "x.com", NULL,
	    "pass evil.com", "fail x.com p=reject", NULL, NULL },
	{ "victim.com is not e.com", AT("victim.com", "p=reject"), "victim.com", "e.com",
	    "pass e.com", "fail victim.com p=reject", NULL, NULL },
	{ "d=com", AT("bank.com", "p=reject"), "bank.com", "com", "pass com",
	    "fail bank.com p=reject", NULL, "bank.com" },
	{ "a tail that is no label", NL, "example.nl", "badexample.nl",
	    "pass xexample.nl", "fail example.nl p=reject", NULL, NULL },
	{ "the name in front", NL, "example.nl", "example.nl.evil.nl",
	    "pass example.nl.nl", "fail example.nl p=reject", NULL, NULL },
	{ "no identifier at all", NL, "example.nl", "", "pass ",
	    "fail example.nl p=reject", "example.nl", NULL },

	/* strict, both ways */
	{ "strict: below", AT("example.nl", "p=reject; aspf=s; adkim=s"), "example.nl",
	    "mail.example.nl", "pass mail.example.nl", "fail example.nl p=reject",
	    "example.nl", "-" },
	{ "strict: above", AT("a.example.nl", "p=reject; aspf=s; adkim=s"),
	    "a.example.nl", "example.nl", "pass example.nl", "fail a.example.nl p=reject",
	    "a.example.nl", "-" },
	{ "strict: equal", AT("example.nl", "p=reject; aspf=s; adkim=s"), "example.nl",
	    "example.nl", "pass example.nl", "pass example.nl p=reject spf dkim",
	    "example.nl", NULL },
	{ "strict for SPF only", AT("example.nl", "p=reject; aspf=s"), "example.nl",
	    "a.example.nl", "pass a.example.nl", "pass example.nl p=reject dkim", NULL,
	    NULL },
	{ "strict for DKIM only", AT("example.nl", "p=reject; adkim=s"), "example.nl",
	    "a.example.nl", "pass a.example.nl", "pass example.nl p=reject spf", NULL,
	    NULL },
	{ "strictness is the policy record's, not the author's domain's",
	    AT("b.example.nl", "p=none; adkim=s") AT("example.nl", "p=reject"),
	    "a.b.example.nl", NULL, "pass example.nl", "pass example.nl p=reject dkim",
	    NULL, NULL },

	/* psd= */
	{ "psd=n cuts a branch off for its identifiers as well",
	    AT("example.nl", "p=reject") AT("branch.example.nl", "p=none; psd=n"),
	    "example.nl", "x.branch.example.nl", NULL, "fail example.nl p=reject",
	    "example.nl nl x.branch.example.nl branch.example.nl", "example.nl" },
	{ "psd=y below the organization cuts it off",
	    AT("example.nl", "p=reject") AT("hosting.example.nl", "p=none; psd=y"),
	    "example.nl", "x.hosting.example.nl", NULL, "fail example.nl p=reject", NULL,
	    "example.nl" },
	{ "psd=y at an identifier: its own organization",
	    AT("example.nl", "p=reject") AT("hosting.example.nl", "p=none; psd=y"),
	    "example.nl", "hosting.example.nl", NULL, "fail example.nl p=reject", NULL,
	    "example.nl" },
	{ "psd= of an unusable record counts", NL AT("branch.example.nl", "psd=n"),
	    "example.nl", "branch.example.nl", NULL, "fail example.nl p=reject", NULL,
	    NULL },
	{ "psd= of a record with a tag twice does not",
	    NL AT("branch.example.nl", "p=none; p=none; psd=n"), "example.nl",
	    "branch.example.nl", NULL, "pass example.nl p=reject spf", NULL, NULL },
	{ "a PSD record that is unusable", AT("bank.example", "psd=y"), "a.bank.example",
	    NULL, NULL, "none", NULL, "a.bank.example" },

	/* DNS errors */
	{ "SERVFAIL half-way up, own record, equal pass", NL "_dmarc.nl SERVFAIL",
	    "example.nl", NULL, "pass mail.example.nl, pass example.nl",
	    "pass example.nl p=reject dkim", "example.nl", NULL },
	{ "SERVFAIL half-way up, own record, pass that needs the walk",
	    NL "_dmarc.nl SERVFAIL", "example.nl", NULL, "pass mail.example.nl",
	    "temperror example.nl p=reject", "example.nl nl", "-" },
	{ "SERVFAIL half-way up, own record, nothing passed", NL "_dmarc.nl SERVFAIL",
	    "example.nl", "fail mail.example.nl", "fail example.nl",
	    "fail example.nl p=reject", "example.nl", NULL },
	{ "SERVFAIL half-way up, own record, foreign pass", NL "_dmarc.nl SERVFAIL",
	    "example.nl", NULL, "pass evil.example", "fail example.nl p=reject", NULL,
	    NULL },
	{ "SERVFAIL half-way up before a record, equal pass",
	    NL "_dmarc.b.example.nl SERVFAIL", "a.b.example.nl", "a.b.example.nl", NULL,
	    "temperror", "a.b.example.nl b.example.nl", NULL },
	{ "SERVFAIL half-way up before a record, no pass",
	    NL "_dmarc.b.example.nl SERVFAIL", "a.b.example.nl", NULL, NULL, "temperror",
	    NULL, NULL },
	{ "SERVFAIL on an identifier's walk", NL "_dmarc.mail.example.nl SERVFAIL",
	    "example.nl", "mail.example.nl", NULL, "temperror example.nl p=reject", NULL,
	    "example.nl" },
	{ "SERVFAIL on one signature's walk, another not aligned",
	    NL "_dmarc.mail.example.nl SERVFAIL", "example.nl", NULL,
	    "pass mail.example.nl, pass evil.nl", "temperror example.nl p=reject", NULL,
	    NULL },
	{ "SERVFAIL on one identifier's walk, another aligned",
	    NL "_dmarc.mail.example.nl SERVFAIL", "example.nl", "mail.example.nl",
	    "pass mail.example.nl, pass news.example.nl", "pass example.nl p=reject dkim",
	    NULL, NULL },
	{ "bogus is an error", "_dmarc.example.nl BOGUS", "example.nl", NULL, NULL,
	    "temperror", NULL, NULL },
	{ "no answer in time is an error", "_dmarc.example.nl TIMEOUT", "example.nl",
	    NULL, NULL, "temperror", NULL, NULL },
	{ "a temperror of SPF that would align", NL, "example.nl",
	    "temperror mail.example.nl", NULL, "temperror example.nl p=reject", NULL,
	    NULL },
	{ "a temperror of DKIM that would align", NL, "example.nl", NULL,
	    "fail evil.nl, temperror example.nl", "temperror example.nl p=reject", NULL,
	    NULL },
	{ "a temperror below the same top-level domain, not aligned", NL, "example.nl",
	    "temperror evil.nl", "temperror evil.nl", "fail example.nl p=reject", NULL,
	    NULL },
	{ "a temperror that would align beside a pass", NL, "example.nl", "example.nl",
	    "temperror example.nl", "pass example.nl p=reject spf", NULL, NULL },
	{ "strict: a temperror below cannot align", AT("example.nl", "p=reject; adkim=s"),
	    "example.nl", NULL, "temperror mail.example.nl", "fail example.nl p=reject",
	    NULL, NULL },
	{ "temperror with a policy known to be none", AT("example.nl", "p=none"),
	    "example.nl", "temperror example.nl", NULL, "temperror example.nl p=none",
	    NULL, NULL },

	/* what is no identifier */
	{ "neutral and softfail", NL, "example.nl", "softfail example.nl",
	    "neutral example.nl", "fail example.nl p=reject", "example.nl", NULL },
	{ "permerror and policy", NL, "example.nl", "permerror example.nl",
	    "policy example.nl, permerror example.nl", "fail example.nl p=reject",
	    "example.nl", NULL },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		dmarc_row_run(&rows[i], &by_walk);
}

/* Every order of some results of signatures: the answer is the same. */
static void
test_signatures_in_every_order(void **state)
{
	static const char *const results[] = { "pass example.nl", "fail example.nl",
		"temperror evil.example", "pass esp.com", "permerror mail.example.nl" };

	(void)state;
	for (int order = 0; order < 3125; order++) {
		int used = 0, rest = order;
		char text[300];
		struct buf b;

		buf_init(&b, text, sizeof text);
		for (int i = 0; i < 5; i++, rest /= 5) {
			buf_printf(&b, "%s%s", results[rest % 5], i < 4 ? ", " : "");
			used |= 1 << rest % 5;
		}
		struct dmarc_row row = { text, NL, "example.nl", NULL, text,
			used & 1 ? "pass example.nl p=reject dkim"
				 : "fail example.nl p=reject",
			used & 1 ? "example.nl" : NULL, NULL };

		dmarc_row_run(&row, &by_walk);
	}
}

/* RFC 9989 section 4.10 and a walk for each identifier: 8 + 1 + 7 x (1 + signatures),
 * whatever is published. */
static void
test_all_identifiers_keep_the_bound(void **state)
{
	char zone[2000], name[254];
	struct dmarc_case *c;
	struct dmarc_evidence d;
	struct buf b;

	(void)state;
	buf_init(&b, zone, sizeof zone);
	buf_puts(&b, AT("nl", "p=none; np=reject"));
	/* Each identifier walks its seven names, and the last tells it is not one of
	 * ours.
	 */
	for (int i = 0; i <= 10; i++)
		buf_printf(&b, AT("%d.nl", "p=none; psd=n"), i);
	c = dmarc_case_new(zone, dmarc_row_name(name, 40));
	dmarc_case_spf(c, "pass", "9.8.7.6.5.4.3.2.1.0.nl");
	for (int i = 1; i <= 10; i++) {
		snprintf(name, sizeof name, "9.8.7.6.5.4.3.2.1.%d.nl", i);
		dmarc_case_dkim(c, i % 2 == 0 ? "pass" : "temperror", name);
	}
	d = dmarc_case_check(c, &by_walk);
	assert_string_equal(dmarc_case_spell(c, &d), "fail nl np=reject");
	assert_true(dmarc_case_asked_existence(c));
	assert_int_equal(dmarc_case_asked(c), 8 + 1 + 7 * (1 + 10));
	dmarc_case_free(c);
}

/* Once the author's organization is known, all the rest is asked at one go. */
static void
test_walks_wait_together(void **state)
{
	static const struct {
		const char *zone, *dkim, *names;
		size_t early;
	} cases[] = {
		{ NL, "pass c.d.example.nl, pass evil.nl",
		    "example.nl nl a.b.example.nl b.example.nl c.d.example.nl "
		    "d.example.nl",
		    4 },
		{ NL, "pass c.example.nl, pass example.nl",
		    "example.nl nl a.b.example.nl b.example.nl", 2 },
		{ NL, "fail c.example.nl, temperror d.example.nl",
		    "example.nl nl a.b.example.nl b.example.nl", 2 },
		{ AT("example.nl", "p=reject; adkim=s"), "pass c.example.nl",
		    "example.nl nl a.b.example.nl b.example.nl", 2 },
		{ AT("example.nl", "p=reject; aspf=s"), "pass c.example.nl",
		    "example.nl nl c.example.nl", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct dmarc_case *c = dmarc_case_new_early(cases[i].zone, "example.nl");

		dmarc_case_spf(c, "pass", "a.b.example.nl");
		dmarc_case_signatures(c, cases[i].dkim);
		assert_int_equal(dmarc_case_check(c, &by_walk).result, DMARC_PASS);
		assert_string_equal(dmarc_case_names(c), cases[i].names);
		assert_int_equal(dmarc_case_prefetched(c), cases[i].early);
		dmarc_case_free(c);
	}
}

static void
test_helo_beside_the_reverse_path_never_counts(void **state)
{
	struct dmarc_case *c = dmarc_case_new(NL, "example.nl");
	struct dmarc_evidence d;

	(void)state;
	dmarc_case_spf(c, "fail", "example.nl");
	dmarc_case_spf_helo(c, "pass", "example.nl");
	d = dmarc_case_check(c, &by_walk);
	assert_string_equal(dmarc_case_spell(c, &d), "fail example.nl p=reject");
	dmarc_case_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_signatures_in_every_order),
		cmocka_unit_test(test_all_identifiers_keep_the_bound),
		cmocka_unit_test(test_walks_wait_together),
		cmocka_unit_test(test_helo_beside_the_reverse_path_never_counts),
	};

	return cmocka_run_group_tests_name("alignment", tests, NULL, NULL);
}
