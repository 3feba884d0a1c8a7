#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/orgdomain.h"
#include "dmarc_case.h"

/* A record at _dmarc.NAME. */
#define AT(name, tags) "_dmarc." name " TXT \"v=DMARC1; " tags "\"\n"

static const struct dmarc_options by_walk = { .discovery = DMARC_TREEWALK };
static struct dmarc_options by_list = { .discovery = DMARC_PSL };

struct row {
	const char *name, *zone, *from;
	const char *spf;   /* domain of a pass, or "result domain"; NULL: none */
	const char *dkim;  /* "pass a, fail b"; NULL: none */
	const char *found; /* dmarc_case_spell() */
	const char *names; /* asked, in order; NULL: not looked at */
	const char *org;   /* "-": not needed; NULL: not looked at */
};

static void
run_row(const struct row *row, const struct dmarc_options *options)
{
	struct dmarc_case *c = dmarc_case_new(row->zone, row->from);
	struct dmarc_evidence d;

	assert_non_null(c);
	if (row->spf != NULL) {
		char result[20] = "pass";
		const char *space = strchr(row->spf, ' ');

		if (space != NULL)
			snprintf(result, sizeof result, "%.*s", (int)(space - row->spf),
			    row->spf);
		dmarc_case_spf(c, result, space != NULL ? space + 1 : row->spf);
	}
	if (row->dkim != NULL)
		dmarc_case_signatures(c, row->dkim);
	d = dmarc_case_check(c, options);
	print_message("# %s\n", row->name);
	assert_string_equal(dmarc_case_spell(c, &d), row->found);
	if (row->names != NULL)
		assert_string_equal(dmarc_case_names(c), row->names);
	if (row->org != NULL)
		assert_string_equal(d.org_domain != NULL ? d.org_domain : "-", row->org);
	assert_true(d.reason != NULL || d.result == DMARC_PASS || d.result == DMARC_NONE);
	dmarc_case_free(c);
}

#define NL AT("example.nl", "p=reject")

static const struct row walk_rows[] = {
	/* the worked examples of the design, both halves */
	{ "own record, equal name, no walk", NL, "example.nl", "example.nl", NULL,
	    "pass example.nl p=reject spf", "example.nl", "-" },
	{ "another top-level domain, no walk", NL, "example.nl", "mail.esp.com",
	    "pass esp.com", "fail example.nl p=reject", "example.nl", "-" },
	{ "below the author", NL, "example.nl", "fail example.nl", "pass mail.example.nl",
	    "pass example.nl p=reject dkim", "example.nl nl mail.example.nl",
	    "example.nl" },
	{ "strict mode is inherited", AT("example.nl", "p=reject; adkim=s"),
	    "news.example.nl", NULL, "pass example.nl", "fail example.nl p=reject",
	    "news.example.nl example.nl nl", "example.nl" },
	{ "own policy, organization above", AT("a.example.nl", "p=quarantine") NL,
	    "a.example.nl", NULL, "pass example.nl",
	    "pass a.example.nl p=quarantine dkim", "a.example.nl example.nl nl",
	    "example.nl" },
	{ "psd=n stops at the author",
	    AT("mail.example.nl", "p=reject; psd=n") AT("example.nl", "p=none"),
	    "mail.example.nl", NULL, "pass example.nl", "fail mail.example.nl p=reject",
	    "mail.example.nl", "mail.example.nl" },
	{ "a record between is not used",
	    AT("b.example.nl", "p=reject") AT("example.nl", "p=none"), "a.b.example.nl",
	    NULL, NULL, "fail example.nl p=none",
	    "a.b.example.nl b.example.nl example.nl nl", "example.nl" },
	{ "np of a public suffix",
	    AT("bank.example", "p=none; sp=quarantine; np=reject; psd=y"),
	    "fake.bank.example", NULL, NULL, "fail bank.example np=reject",
	    "fake.bank.example bank.example", "fake.bank.example" },
	{ "sp of a public suffix, for a name that exists",
	    AT("bank.example",
		"p=none; sp=quarantine; np=reject; psd=y") "real.bank.example A "
							   "192.0.2.1",
	    "real.bank.example", NULL, NULL, "fail bank.example sp=quarantine", NULL,
	    "real.bank.example" },
	{ "a public suffix writes mail itself", AT("bank.example", "p=reject; psd=y"),
	    "bank.example", "evil.bank.example", NULL, "fail bank.example p=reject",
	    "bank.example evil.bank.example", "bank.example" },
	{ "below a public suffix the organization is one label more",
	    AT("c.giant.bank.example", "p=reject")
		AT("bank.example", "p=quarantine; psd=y"),
	    "x.c.giant.bank.example", NULL, NULL, "fail bank.example p=quarantine",
	    "x.c.giant.bank.example c.giant.bank.example giant.bank.example bank.example",
	    "giant.bank.example" },
	{ "two registrants of a public suffix",
	    AT("a.bank.example", "p=reject") AT("bank.example", "p=none; psd=y"),
	    "a.bank.example", "b.bank.example", "pass bank.example",
	    "fail a.bank.example p=reject", NULL, "a.bank.example" },
	{ "eight labels, then seven",
	    AT("b.c.d.e.f.example.nl", "p=reject; psd=n") AT("example.nl", "p=none"),
	    "a.b.c.d.e.f.example.nl", NULL, NULL, "fail b.c.d.e.f.example.nl p=reject",
	    "a.b.c.d.e.f.example.nl b.c.d.e.f.example.nl", "b.c.d.e.f.example.nl" },
	{ "two records at one level are none",
	    AT("news.example.nl", "p=none") AT("news.example.nl", "p=quarantine") NL,
	    "news.example.nl", NULL, NULL, "fail example.nl p=reject",
	    "news.example.nl example.nl nl", "example.nl" },
	{ "two records, one of them unusable, are none",
	    AT("example.nl", "p=none") AT("example.nl", "p=x"), "example.nl", NULL, NULL,
	    "none", "example.nl nl", "-" },
	{ "another TXT beside the record does not count",
	    NL "_dmarc.example.nl TXT \"v=spf1 -all\"\n", "example.nl", NULL, NULL,
	    "fail example.nl p=reject", NULL, NULL },
	{ "a wildcard TXT is no record, and its name exists",
	    "*.example.nl TXT \"v=spf1 -all\"\n" AT(
		"example.nl", "p=reject; np=quarantine"),
	    "x.example.nl", NULL, NULL, "fail example.nl p=reject", NULL, NULL },
	{ "a wildcard with a record is the record of the name",
	    "*.example.nl TXT \"v=DMARC1; p=none\"\n" NL, "x.example.nl", NULL, NULL,
	    "fail x.example.nl p=none", "x.example.nl", NULL },
	{ "unusable at the author: the search ends", AT("news.example.nl", "p=rejct") NL,
	    "news.example.nl", NULL, NULL, "none", "news.example.nl", "-" },
	{ "no p, but rua", AT("example.nl", "adkim=x; rua=mailto:d@example.nl!10m"),
	    "example.nl", NULL, NULL, "fail example.nl p=none", NULL, NULL },
	{ "t=y is one level down", AT("example.nl", "p=none; sp=reject; t=y"),
	    "news.example.nl", NULL, NULL, "fail example.nl sp=reject t=y", NULL, NULL },
	{ "t=y has nothing to lower", AT("example.nl", "p=none; t=y"), "example.nl", NULL,
	    NULL, "fail example.nl p=none", NULL, NULL },
	{ "no np: no existence question; pct is ignored",
	    AT("example.nl", "p=none; sp=quarantine; pct=0"), "ghost.example.nl", NULL,
	    NULL, "fail example.nl sp=quarantine", NULL, NULL },
	{ "no record known: an equal name does not help", "_dmarc.example.nl SERVFAIL",
	    "example.nl", NULL, "pass example.nl", "temperror", "example.nl", "-" },
	{ "the failing name is not needed", NL "_dmarc.nl SERVFAIL", "example.nl",
	    "example.nl", NULL, "pass example.nl p=reject spf", "example.nl", NULL },
	{ "a temperror that could not align", NL, "example.nl", "fail example.nl",
	    "temperror evil.example", "fail example.nl p=reject", "example.nl", NULL },
	{ "existence is not known",
	    AT("example.nl", "p=reject; sp=none; np=reject") "news.example.nl SERVFAIL",
	    "news.example.nl", NULL, "pass esp.com",
	    "temperror example.nl sp=none not known", "news.example.nl example.nl nl",
	    NULL },
	{ "existence is not known, but it passes",
	    AT("example.nl", "p=reject; sp=none; np=reject") "news.example.nl SERVFAIL",
	    "news.example.nl", "news.example.nl", NULL, "pass example.nl sp=none spf",
	    NULL, NULL },
	{ "a top-level record without psd is the organization of all",
	    AT("alice.example", "p=quarantine") AT("example", "p=reject"),
	    "alice.example", NULL, "pass bob.example",
	    "pass alice.example p=quarantine dkim", "alice.example example bob.example",
	    "example" },
	{ "list mail fails", NL, "example.nl", "lists.club.org", "pass club.org",
	    "fail example.nl p=reject", NULL, NULL },
	{ "no record anywhere", "", "a.example.nl", "a.example.nl", NULL, "none",
	    "a.example.nl example.nl nl", "-" },

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

	/* existence */
	{ "a dangling CNAME exists",
	    AT("example.nl",
		"p=quarantine; np=reject") "www.example.nl CNAME gone.example",
	    "www.example.nl", NULL, NULL, "fail example.nl p=quarantine", NULL, NULL },
	{ "an empty non-terminal exists",
	    AT("example.nl", "p=quarantine; np=reject") "a.b.example.nl A 192.0.2.1",
	    "b.example.nl", NULL, NULL, "fail example.nl p=quarantine", NULL, NULL },
	{ "np is np even of a deep name", AT("example.nl", "p=none; np=reject"),
	    "a.b.c.example.nl", NULL, NULL, "fail example.nl np=reject", NULL, NULL },
	{ "np says what sp says: nothing to ask",
	    AT("example.nl", "p=none; sp=reject; np=reject") "a.example.nl SERVFAIL",
	    "a.example.nl", NULL, NULL, "fail example.nl sp=reject", NULL, NULL },
	{ "np is not for the author's own record", AT("example.nl", "p=none; np=reject"),
	    "example.nl", NULL, NULL, "fail example.nl p=none", NULL, NULL },

	/* CNAMEs at _dmarc */
	{ "a CNAME is followed, the policy domain stays",
	    "_dmarc.example.nl CNAME policy.esp.com\n"
	    "policy.esp.com TXT \"v=DMARC1; p=reject\"",
	    "example.nl", NULL, NULL, "fail example.nl p=reject", NULL, NULL },
	{ "a CNAME to nothing is no record",
	    "_dmarc.a.example.nl CNAME gone.esp.com\n" NL, "a.example.nl", NULL, NULL,
	    "fail example.nl p=reject", NULL, NULL },
	{ "a CNAME loop is an error",
	    "_dmarc.example.nl CNAME a.example.nl\na.example.nl CNAME _dmarc.example.nl",
	    "example.nl", NULL, NULL, "temperror", NULL, NULL },
	{ "strings of one TXT are joined",
	    "_dmarc.example.nl TXT \"v=DMARC1; p=rej\" \"ect\"", "example.nl", NULL, NULL,
	    "fail example.nl p=reject", NULL, NULL },
	{ "a single label is a domain", AT("nl", "p=reject"), "nl", "nl", NULL,
	    "pass nl p=reject spf", "nl", NULL },
};

static void
test_by_walk(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof walk_rows / sizeof *walk_rows; i++)
		run_row(&walk_rows[i], &by_walk);
}

static const struct row list_rows[] = {
	{ "several at the author stop",
	    AT("news.example.nl", "p=quarantine") AT("news.example.nl", "p=quarantine")
		NL,
	    "news.example.nl", NULL, NULL, "none", "news.example.nl", NULL },
	{ "several at the organization stop", NL AT("example.nl", "p=none"),
	    "news.example.nl", NULL, NULL, "none", "news.example.nl example.nl", NULL },
	{ "two names at most", AT("example.nl", "p=reject; sp=quarantine"),
	    "a.b.example.nl", NULL, NULL, "fail example.nl sp=quarantine",
	    "a.b.example.nl example.nl", "example.nl" },
	{ "a registry's record does not apply", AT("nl", "p=reject; psd=y"), "example.nl",
	    NULL, NULL, "none", "example.nl", NULL },
	{ "np, t and psd are ignored", AT("example.nl", "p=reject; np=none; t=y; psd=n"),
	    "a.example.nl", "b.example.nl", NULL, "pass example.nl p=reject spf",
	    "a.example.nl example.nl", "example.nl" },
	{ "d=com", AT("bank.com", "p=reject"), "bank.com", "com", "pass com",
	    "fail bank.com p=reject", "bank.com", NULL },
	{ "x.com is not evil.com", AT("x.com", "p=reject"), "x.com", "evil.com",
	    "pass evil.com", "fail x.com p=reject", NULL, NULL },
	{ "a wildcard suffix: *.ck", AT("a.b.ck", "p=reject"), "a.b.ck", "c.b.ck",
	    "pass b.ck", "fail a.b.ck p=reject", NULL, "a.b.ck" },
	{ "an exception: !www.ck", AT("www.ck", "p=reject"), "www.ck", "a.www.ck", NULL,
	    "pass www.ck p=reject spf", NULL, "www.ck" },
	{ "the private section: github.io", AT("a.github.io", "p=reject"), "a.github.io",
	    "b.github.io", "pass x.a.github.io", "pass a.github.io p=reject dkim", NULL,
	    "a.github.io" },
	{ "strict holds", AT("example.nl", "p=reject; aspf=s; adkim=s"), "example.nl",
	    "mail.example.nl", "pass mail.example.nl", "fail example.nl p=reject", NULL,
	    NULL },
	{ "a DNS error at the organization", "_dmarc.example.nl SERVFAIL", "a.example.nl",
	    "a.example.nl", NULL, "temperror", NULL, NULL },
	{ "a top-level domain as author", AT("com", "p=reject"), "com", "com", NULL,
	    "pass com p=reject spf", "com", NULL },
	{ "pct=0 spares one level", AT("example.nl", "p=reject; pct=0"), "example.nl",
	    NULL, NULL, "fail example.nl p=reject spared", NULL, NULL },
	{ "pct=0 has no say in a pass", AT("example.nl", "p=reject; pct=0"), "example.nl",
	    "example.nl", NULL, "pass example.nl p=reject spf", NULL, NULL },
	{ "pct=100 spares nothing", AT("example.nl", "p=reject; pct=100"), "example.nl",
	    NULL, NULL, "fail example.nl p=reject", NULL, NULL },
	{ "pct has nothing to lower", AT("example.nl", "p=none; pct=0"), "example.nl",
	    NULL, NULL, "fail example.nl p=none", NULL, NULL },
};

static void
test_by_list(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof list_rows / sizeof *list_rows; i++)
		run_row(&list_rows[i], &by_list);
}

static void
test_a_draw_is_fair_and_the_same_again(void **state)
{
	int spared = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		enum dmarc_policy policy[2];
		char id[20];

		snprintf(id, sizeof id, "4XyZ%05d", i);
		for (int again = 0; again < 2; again++) {
			struct dmarc_case *c = dmarc_case_new(
			    AT("example.nl", "p=reject; pct=30"), "example.nl");

			dmarc_case_queue_id(c, id);
			policy[again] = dmarc_case_check(c, &by_list).policy;
			dmarc_case_free(c);
		}
		assert_int_equal(policy[0], policy[1]);
		spared += policy[0] == DMARC_P_QUARANTINE;
	}
	/* 700, and more than four standard deviations to each side */
	assert_in_range(spared, 640, 760);
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
		char text[300] = "";

		for (int i = 0; i < 5; i++, rest /= 5) {
			strcat(text, results[rest % 5]);
			strcat(text, i < 4 ? ", " : "");
			used |= 1 << rest % 5;
		}
		struct row row = { text, NL, "example.nl", NULL, text,
			used & 1 ? "pass example.nl p=reject dkim"
				 : "fail example.nl p=reject",
			used & 1 ? "example.nl" : NULL, NULL };

		run_row(&row, &by_walk);
	}
}

static const char *
name_of_labels(char name[254], int labels)
{
	*name = '\0';
	for (int i = 2; i < labels; i++)
		strcat(name, "a.");
	return strcat(name, "example.nl");
}

static void
test_at_most_eight_names(void **state)
{
	static const struct {
		int labels;
		size_t asked;
	} rows[] = { { 3, 3 }, { 7, 7 }, { 8, 8 }, { 9, 8 }, { 40, 8 }, { 120, 8 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char name[254];
		struct dmarc_case *c =
		    dmarc_case_new(NL, name_of_labels(name, rows[i].labels));
		struct dmarc_evidence d = dmarc_case_check(c, &by_walk);

		assert_string_equal(dmarc_case_spell(c, &d), "fail example.nl p=reject");
		assert_int_equal(dmarc_case_asked(c), rows[i].asked);
		dmarc_case_free(c);
	}
}

/* Section 4 of the design: 8 + 1 + 7 x (1 + signatures), whatever is published. */
static void
test_all_identifiers_keep_the_bound(void **state)
{
	char zone[2000] = AT("nl", "p=none; np=reject"), name[254];
	struct dmarc_case *c;
	struct dmarc_evidence d;

	(void)state;
	/* Each identifier walks its seven names, and the last tells it is none of ours.
	 */
	for (int i = 0; i <= 10; i++)
		sprintf(zone + strlen(zone), AT("%d.nl", "p=none; psd=n"), i);
	c = dmarc_case_new(zone, name_of_labels(name, 40));
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

static void
test_a_name_that_leaves_no_room_has_no_record(void **state)
{
	char name[254];
	struct dmarc_case *c;
	struct dmarc_evidence d;

	(void)state;
	/* 250 octets: "_dmarc." does not fit in front of it, but of the next it does. */
	memset(name, 'a', 250);
	for (int i = 60; i < 240; i += 60)
		name[i] = '.';
	memcpy(name + 240, "example.nl", 11);
	name[239] = '.';
	c = dmarc_case_new(NL, name);
	d = dmarc_case_check(c, &by_walk);
	assert_string_equal(dmarc_case_spell(c, &d), "fail example.nl p=reject");
	assert_null(strstr(dmarc_case_names(c), name));
	dmarc_case_free(c);
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

static const struct {
	const char *zone, *from;
	enum dns_sec sec;
} sec_rows[] = {
	{ NL, "example.nl", DNS_SEC_NO },
	{ NL "_dmarc.example.nl SECURE", "example.nl", DNS_SEC_YES },
	{ NL "_dmarc.example.nl SECURE", "a.example.nl", DNS_SEC_YES },
	{ NL "_dmarc.a.example.nl SECURE", "a.example.nl", DNS_SEC_NO },
	{ "_dmarc.example.nl CNAME x.esp.com\nx.esp.com TXT \"v=DMARC1; p=none\"\n"
	  "_dmarc.example.nl SECURE",
	    "example.nl", DNS_SEC_NO },
	{ "", "example.nl", DNS_SEC_NO },
	{ "_dmarc.example.nl SECURE\n_dmarc.nl SECURE", "example.nl", DNS_SEC_YES },
	{ "_dmarc.example.nl SECURE\n_dmarc.example.nl SERVFAIL", "example.nl",
	    DNS_SEC_NO },
};

static void
test_dnssec(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sec_rows / sizeof *sec_rows; i++) {
		struct dmarc_case *c = dmarc_case_new(sec_rows[i].zone, sec_rows[i].from);

		assert_int_equal(dmarc_case_check(c, &by_walk).dns_sec, sec_rows[i].sec);
		dmarc_case_free(c);
	}
}

static void
test_the_trace_tells_every_step(void **state)
{
	struct dmarc_case *c = dmarc_case_new(AT("b.example.nl", "p=x") AT("example.nl",
						  "p=reject; sp=none; np=quarantine"),
	    "a.b.example.nl");
	struct dmarc_evidence d;

	(void)state;
	dmarc_case_spf(c, "pass", "esp.com");
	dmarc_case_signatures(c, "pass evil.nl, pass x.example.nl");
	d = dmarc_case_check(c, &by_walk);
	assert_string_equal(dmarc_case_steps(c, &d),
	    "policy _dmarc.a.b.example.nl: no record\n"
	    "policy _dmarc.b.example.nl: bad p, sp or np in the record\n"
	    "policy _dmarc.example.nl: a record\n"
	    "policy _dmarc.nl: no record\n"
	    "author a.b.example.nl: the name does not exist\n"
	    "policy example.nl: this record applies: np\n"
	    "spf esp.com: not aligned: another top-level domain\n"
	    "dkim evil.nl: not aligned: another organization\n"
	    "dkim _dmarc.x.example.nl: no record\n"
	    "dkim x.example.nl: aligned: same organizational domain\n");
	assert_string_equal(d.record, "v=DMARC1; p=reject; sp=none; np=quarantine");
	dmarc_case_free(c);
}

/* In place of the library's own, which it calls unless it is told what to say. */
static int said; /* 0: what the library says */

int opendmarc_get_policy_to_enforce(void *context);
int __real_opendmarc_get_policy_to_enforce(void *context);
int __wrap_opendmarc_get_policy_to_enforce(void *context);

int
__wrap_opendmarc_get_policy_to_enforce(void *context)
{
	return said != 0 ? said : __real_opendmarc_get_policy_to_enforce(context);
}

static void
test_the_stricter_judge_holds(void **state)
{
	enum { ABSENT = 14, PASS, REJECT, QUARANTINE, NONE }; /* opendmarc/dmarc.h */
	static const struct {
		const char *policy, *spf;
		int said;
		enum dmarc_result result;
		enum dmarc_policy acted_on;
		bool differ;
	} rows[] = {
		{ "reject", "pass", PASS, DMARC_PASS, DMARC_P_REJECT, false },
		{ "reject", "pass", REJECT, DMARC_FAIL, DMARC_P_REJECT, true },
		{ "none", "pass", REJECT, DMARC_FAIL, DMARC_P_REJECT, true },
		{ "reject", "pass", NONE, DMARC_FAIL, DMARC_P_REJECT, true },
		{ "reject", "pass", ABSENT, DMARC_TEMPERROR, DMARC_P_REJECT, true },
		{ "reject", "fail", PASS, DMARC_FAIL, DMARC_P_REJECT, true },
		{ "reject", "fail", QUARANTINE, DMARC_FAIL, DMARC_P_REJECT, true },
		{ "none", "fail", QUARANTINE, DMARC_FAIL, DMARC_P_QUARANTINE, true },
		{ "none", "fail", NONE, DMARC_FAIL, DMARC_P_NONE, false },
		{ "none", "fail", -1, DMARC_TEMPERROR, DMARC_P_NONE, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char zone[100];
		struct dmarc_case *c;
		struct dmarc_evidence d;

		snprintf(zone, sizeof zone, AT("example.nl", "p=%s"), rows[i].policy);
		c = dmarc_case_new(zone, "example.nl");
		dmarc_case_spf(c, rows[i].spf, "example.nl");
		said = rows[i].said;
		d = dmarc_case_check(c, &by_walk);
		said = 0;
		assert_int_equal(d.result, rows[i].result);
		assert_int_equal(d.policy, rows[i].acted_on);
		assert_int_equal(d.judges_differ, rows[i].differ);
		if (d.result == DMARC_TEMPERROR)
			assert_false(d.policy_known);
		dmarc_case_free(c);
	}
}

static int
load_list(void **state)
{
	char why[200];

	(void)state;
	by_list.psl = orgdomain_list_open(NULL, why, sizeof why);
	return by_list.psl != NULL ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_walk),
		cmocka_unit_test(test_by_list),
		cmocka_unit_test(test_a_draw_is_fair_and_the_same_again),
		cmocka_unit_test(test_signatures_in_every_order),
		cmocka_unit_test(test_at_most_eight_names),
		cmocka_unit_test(test_all_identifiers_keep_the_bound),
		cmocka_unit_test(test_a_name_that_leaves_no_room_has_no_record),
		cmocka_unit_test(test_helo_beside_the_reverse_path_never_counts),
		cmocka_unit_test(test_dnssec),
		cmocka_unit_test(test_the_trace_tells_every_step),
		cmocka_unit_test(test_the_stricter_judge_holds),
	};

	return cmocka_run_group_tests_name("dmarc", tests, load_list, NULL);
}
