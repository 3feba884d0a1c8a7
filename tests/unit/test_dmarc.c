#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/orgdomain.h"
#include "dmarc_case.h"
#include "dmarc_row.h"

#define AT DMARC_AT
#define NL AT("example.nl", "p=reject")

static const struct dmarc_options by_walk = { .discovery = DMARC_TREEWALK };
static struct dmarc_options by_list = { .discovery = DMARC_PSL };

static const struct dmarc_row walk_rows[] = {
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
	{ "no np: no existence question; pct=0 is told",
	    AT("example.nl", "p=none; sp=quarantine; pct=0"), "ghost.example.nl", NULL,
	    NULL, "fail example.nl sp=quarantine pct=0", NULL, NULL },
	{ "pct=0 of the tag that decides", AT("example.nl", "p=reject; sp=none; pct=0"),
	    "news.example.nl", NULL, NULL, "fail example.nl sp=none", NULL, NULL },
	{ "pct=0 has no say in a pass", AT("example.nl", "p=reject; pct=0"), "example.nl",
	    "example.nl", NULL, "pass example.nl p=reject pct=0 spf", NULL, NULL },
	{ "pct=0 beside t=n", AT("example.nl", "p=reject; pct=0; t=n"), "example.nl",
	    NULL, NULL, "fail example.nl p=reject", NULL, NULL },
	{ "pct=0 beside a bad t", AT("example.nl", "t=x; p=reject; pct=0"), "example.nl",
	    NULL, NULL, "fail example.nl p=reject", NULL, NULL },
	{ "pct=0 beside t=y: one level, not two",
	    AT("example.nl", "p=reject; pct=0; t=y"), "example.nl", NULL, NULL,
	    "fail example.nl p=reject t=y", NULL, NULL },
	{ "pct=1 is not 0", AT("example.nl", "p=reject; pct=1"), "example.nl", NULL, NULL,
	    "fail example.nl p=reject", NULL, NULL },
	{ "a bad pct is not 0", AT("example.nl", "p=reject; pct=0%"), "example.nl", NULL,
	    NULL, "fail example.nl p=reject", NULL, NULL },
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
	{ "an answer about _dmarc proves the name, no question",
	    AT("example.nl", "p=none; np=reject") "_dmarc.a.example.nl NODATA\n"
						  "a.example.nl SERVFAIL",
	    "a.example.nl", NULL, NULL, "fail example.nl p=none", NULL, NULL },
	{ "another TXT at _dmarc proves the name, no question",
	    AT("example.nl", "p=none; np=reject") "_dmarc.a.example.nl TXT x\n"
						  "a.example.nl SERVFAIL",
	    "a.example.nl", NULL, NULL, "fail example.nl p=none", NULL, NULL },
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
		dmarc_row_run(&walk_rows[i], &by_walk);
}

static const struct dmarc_row list_rows[] = {
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
		dmarc_row_run(&list_rows[i], &by_list);
}

/* Of a thousand failing messages, how many were spared?  ${name} tells them apart. */
static int
spared_of(const char *zone, void (*name)(struct dmarc_case *, const char *))
{
	int spared = 0;

	for (int i = 0; i < 1000; i++) {
		bool is_spared[2];
		char id[20];

		snprintf(id, sizeof id, "4XyZ%05d", i);
		for (int again = 0; again < 2; again++) {
			struct dmarc_case *c = dmarc_case_new(zone, "example.nl");

			name(c, id);
			is_spared[again] = dmarc_case_check(c, &by_list).sampled_out;
			dmarc_case_free(c);
		}
		assert_int_equal(is_spared[0], is_spared[1]);
		spared += is_spared[0];
	}
	return spared;
}

#define ZONE(pct) AT("example.nl", "p=reject; pct=" #pct)

static void
test_a_draw_is_fair_and_the_same_again(void **state)
{
	(void)state;
	assert_int_equal(spared_of(ZONE(0), dmarc_case_queue_id), 1000);
	assert_int_equal(spared_of(ZONE(100), dmarc_case_queue_id), 0);
	/* 700, and more than four standard deviations to each side */
	assert_in_range(spared_of(ZONE(30), dmarc_case_queue_id), 640, 760);
	assert_in_range(spared_of(ZONE(30), dmarc_case_message_id), 640, 760);
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
		    dmarc_case_new(NL, dmarc_row_name(name, rows[i].labels));
		struct dmarc_evidence d = dmarc_case_check(c, &by_walk);

		assert_string_equal(dmarc_case_spell(c, &d), "fail example.nl p=reject");
		assert_int_equal(dmarc_case_asked(c), rows[i].asked);
		dmarc_case_free(c);
	}
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

static void
test_whose_record_does_not_count(void **state)
{
	static const struct {
		const char *zone, *from, *owner;
	} rows[] = {
		{ AT("example.nl", "p=x"), "example.nl", "example.nl" },
		{ AT("example.nl", "p=x"), "a.example.nl", "example.nl" },
		{ AT("a.example.nl", "p=x") AT("example.nl", "p=none"), "a.example.nl",
		    "a.example.nl" },
		{ AT("example.nl", "p=none"), "a.example.nl", "example.nl" },
		{ "", "example.nl", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct dmarc_case *c = dmarc_case_new(rows[i].zone, rows[i].from);
		struct dmarc_evidence d = dmarc_case_check(c, &by_walk);
		const char *owner = evidence_record_owner(&d);

		assert_int_equal(owner == NULL, rows[i].owner == NULL);
		if (owner != NULL)
			assert_string_equal(owner, rows[i].owner);
		assert_int_equal(d.record_domain == NULL, d.result == DMARC_NONE);
		dmarc_case_free(c);
	}
}

/* RFC 9989 section 11.8: the text says it, the list says otherwise. */
static void
test_the_trace_warns_of_a_registry(void **state)
{
	const struct dmarc_options options = { .discovery = DMARC_TREEWALK,
		.psl = by_list.psl };
	static const struct {
		const char *zone;
		bool warns;
	} rows[] = {
		{ AT("com", "p=none"), true },
		{ AT("com", "p=none; psd=y"), false },
		{ AT("alice.com", "p=none"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct dmarc_case *c = dmarc_case_new(rows[i].zone, "a.alice.com");
		struct dmarc_evidence d = dmarc_case_check(c, &options);

		assert_int_equal(
		    strstr(dmarc_case_steps(c, &d),
			"the organizational domain is a public suffix") != NULL,
		    rows[i].warns);
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
		cmocka_unit_test(test_at_most_eight_names),
		cmocka_unit_test(test_a_name_that_leaves_no_room_has_no_record),
		cmocka_unit_test(test_dnssec),
		cmocka_unit_test(test_the_trace_tells_every_step),
		cmocka_unit_test(test_whose_record_does_not_count),
		cmocka_unit_test(test_the_trace_warns_of_a_registry),
	};

	return cmocka_run_group_tests_name("dmarc", tests, load_list, NULL);
}
