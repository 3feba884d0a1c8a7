#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "check/spf_eval.h"
#include "resolver_zone.h"
#include "spf_run.h"

struct row {
	const char *zone, *client;
	enum spf_result result;
	int lookups, void_lookups;
	const char *explanation;
};

/* The domain is d.test everywhere. */
static const struct row rows[] = {
	/* which record */
	{ "", "192.0.2.1", SPF_NONE, 0, 0, NULL },
	{ "d.test TXT \"v=spf2.0/pra -all\"", "192.0.2.1", SPF_NONE, 0, 0, NULL },
	{ "d.test TXT \"v=spf1 +all\"\nd.test TXT \"V=SPF1 -all\"", "192.0.2.1",
	    SPF_PERMERROR, 0, 0, NULL },
	{ "d.test TXT \"v=spf1 +a\" \"ll\"\nd.test TXT \"v=spf10 -all\"", "192.0.2.1",
	    SPF_PASS, 0, 0, NULL },
	{ "d.test TXT \"v=spf1 a:x\\000.test +all\"", "192.0.2.1", SPF_PERMERROR, 0, 0,
	    NULL },
	{ "d.test TXT \"v=spf1 a:\\195\\169.test +all\"", "192.0.2.1", SPF_PERMERROR, 0,
	    0, NULL },
	{ "d.test SERVFAIL", "192.0.2.1", SPF_TEMPERROR, 0, 0, NULL },
	{ "d.test TIMEOUT", "192.0.2.1", SPF_TEMPERROR, 0, 0, NULL },
	{ "d.test BOGUS", "192.0.2.1", SPF_TEMPERROR, 0, 0, NULL },
	{ "d.test CNAME e.test\ne.test CNAME d.test", "192.0.2.1", SPF_TEMPERROR, 0, 0,
	    NULL },

	/* addresses and prefix lengths */
	{ "d.test TXT \"v=spf1 -all\"", "127.0.0.1", SPF_FAIL, 0, 0, NULL },
	{ "d.test TXT \"v=spf1 ?all\"", "::1", SPF_NEUTRAL, 0, 0, NULL },
	{ "d.test TXT \"v=spf1\"", "192.0.2.1", SPF_NEUTRAL, 0, 0, NULL },
	{ "d.test TXT \"v=spf1 ip4:192.0.2.0/24 -all\"", "192.0.2.255", SPF_PASS, 0, 0,
	    NULL },
	{ "d.test TXT \"v=spf1 ip4:192.0.2.0/25 ~all\"", "192.0.2.255", SPF_SOFTFAIL, 0,
	    0, NULL },
	{ "d.test TXT \"v=spf1 ?ip4:0.0.0.0/0 -all\"", "192.0.2.1", SPF_NEUTRAL, 0, 0,
	    NULL },
	{ "d.test TXT \"v=spf1 ?ip4:0.0.0.0/0 -all\"", "2001:db8::1", SPF_FAIL, 0, 0,
	    NULL },
	{ "d.test TXT \"v=spf1 ip6:::/0 -all\"", "2001:db8::1", SPF_PASS, 0, 0, NULL },
	{ "d.test TXT \"v=spf1 ip6:2001:db8::/33 -all\"", "2001:db8:8000::1", SPF_FAIL, 0,
	    0, NULL },
	{ "d.test TXT \"v=spf1 ip4:192.0.2.1 -all\"", "::ffff:192.0.2.1", SPF_PASS, 0, 0,
	    NULL },
	{ "d.test TXT \"v=spf1 ip6:::ffff:192.0.2.1 -all\"", "::ffff:192.0.2.1", SPF_FAIL,
	    0, 0, NULL },

	/* a and mx */
	{ "d.test TXT \"v=spf1 a -all\"\nd.test A 198.51.100.1\nd.test A 192.0.2.1",
	    "192.0.2.1", SPF_PASS, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 a:h.test/24//64 -all\"\nh.test A 192.0.2.7", "192.0.2.1",
	    SPF_PASS, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 a:h.test/24//64 -all\"\nh.test AAAA 2001:db8::7",
	    "2001:db8::1", SPF_PASS, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 a:h.test/24//65 -all\"\nh.test AAAA 2001:db8:0:0:8000::7",
	    "2001:db8::1", SPF_FAIL, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 a:h.test/0 -all\"\nh.test A 198.51.100.1", "192.0.2.1",
	    SPF_PASS, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 a:h.test/0 -all\"\nh.test NODATA", "192.0.2.1", SPF_FAIL,
	    1, 1, NULL },
	{ "d.test TXT \"v=spf1 a:l.test -all\"\nl.test CNAME l.test", "192.0.2.1",
	    SPF_TEMPERROR, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 mx -all\"\nd.test MX 10 h.test\nh.test A 192.0.2.1",
	    "192.0.2.1", SPF_PASS, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 mx//32 -all\"\nd.test MX 10 no.test\nd.test MX 20 h.test\n"
	  "h.test AAAA 2001:db8::7",
	    "2001:db8::1", SPF_PASS, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 mx -all\"\nd.test MX 0 .", "192.0.2.1", SPF_FAIL, 1, 0,
	    NULL },
	{ "d.test TXT \"v=spf1 mx -all\"\nd.test MX 0 h.test\nh.test SERVFAIL",
	    "192.0.2.1", SPF_TEMPERROR, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 mx +all\"\nd.test SERVFAIL MX", "192.0.2.1", SPF_TEMPERROR,
	    1, 0, NULL },

	/* exists, ptr and macros */
	{ "d.test TXT \"v=spf1 exists:%{ir}.x.test -all\"\n1.2.0.192.x.test A 127.0.0.2",
	    "192.0.2.1", SPF_PASS, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 exists:%{l}.%{o}.x.test -all\"\n"
	  "user.d.test.x.test A 127.0.0.2",
	    "2001:db8::1", SPF_PASS, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 exists:a..test -all\"", "192.0.2.1", SPF_FAIL, 1, 1,
	    NULL },
	{ "d.test TXT \"v=spf1 ptr -all\"\n1.2.0.192.in-addr.arpa PTR h.D.test\n"
	  "h.d.test A 192.0.2.1",
	    "192.0.2.1", SPF_PASS, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 ptr -all\"\n1.2.0.192.in-addr.arpa PTR h.xd.test\n"
	  "h.xd.test A 192.0.2.1",
	    "192.0.2.1", SPF_FAIL, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 ptr -all\"\n1.2.0.192.in-addr.arpa PTR h.d.test\n"
	  "h.d.test A 192.0.2.2",
	    "192.0.2.1", SPF_FAIL, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 ptr -all\"\n1.2.0.192.in-addr.arpa SERVFAIL", "192.0.2.1",
	    SPF_FAIL, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 exists:%{p}.x.test -all\"\n"
	  "1.2.0.192.in-addr.arpa PTR other.test\n1.2.0.192.in-addr.arpa PTR h.d.test\n"
	  "other.test A 192.0.2.1\nh.d.test A 192.0.2.1\nh.d.test.x.test A 127.0.0.2",
	    "192.0.2.1", SPF_PASS, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 exists:%{p}.x.test -all\"\nunknown.x.test A 127.0.0.2",
	    "192.0.2.1", SPF_PASS, 1, 0, NULL },

	/* include and redirect */
	{ "d.test TXT \"v=spf1 include:e.test -all\"\ne.test TXT \"v=spf1 -all\"",
	    "192.0.2.1", SPF_FAIL, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 ?include:e.test -all\"\ne.test TXT \"v=spf1 +all\"",
	    "192.0.2.1", SPF_NEUTRAL, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 include:e.test +all\"", "192.0.2.1", SPF_PERMERROR, 1, 1,
	    NULL },
	{ "d.test TXT \"v=spf1 include:e.test +all\"\ne.test TXT \"v=spf1 foo\"",
	    "192.0.2.1", SPF_PERMERROR, 1, 0, NULL },
	{ "d.test TXT \"v=spf1 include:d.test +all\"", "192.0.2.1", SPF_PERMERROR, 11, 0,
	    NULL },
	{ "d.test TXT \"v=spf1 redirect=e.test\"\ne.test TXT \"v=spf1 a:%{d} ~all\"\n"
	  "e.test A 192.0.2.1",
	    "192.0.2.1", SPF_PASS, 2, 0, NULL },
	{ "d.test TXT \"v=spf1 redirect=e.test ip4:192.0.2.1\"", "192.0.2.1", SPF_PASS, 0,
	    0, NULL },
	{ "d.test TXT \"v=spf1 redirect=e.test ?all\"", "192.0.2.1", SPF_NEUTRAL, 0, 0,
	    NULL },
	{ "d.test TXT \"v=spf1 redirect=e.test\"\ne.test NODATA", "192.0.2.1",
	    SPF_PERMERROR, 1, 1, NULL },
	{ "d.test TXT \"v=spf1 redirect=d.test\"", "192.0.2.1", SPF_PERMERROR, 11, 0,
	    NULL },
	{ "d.test TXT \"v=spf1 include:%{h} +all\"", "192.0.2.1", SPF_PERMERROR, 1, 1,
	    NULL },

	/* limits */
	{ "d.test TXT \"v=spf1 a:1.test a:2.test +all\"", "192.0.2.1", SPF_PASS, 2, 2,
	    NULL },
	{ "d.test TXT \"v=spf1 a:1.test a:2.test a:3.test +all\"", "192.0.2.1",
	    SPF_PERMERROR, 3, 3, NULL },

	/* explanations */
	{ "d.test TXT \"v=spf1 -all exp=x.test\"\n"
	  "x.test TXT \"%{i} is\" \" not one of %{o}'s\"",
	    "192.0.2.1", SPF_FAIL, 0, 0, "192.0.2.1 is not one of d.test's" },
	{ "d.test TXT \"v=spf1 ~all exp=x.test\"\nx.test TXT \"no\"", "192.0.2.1",
	    SPF_SOFTFAIL, 0, 0, NULL },
	{ "d.test TXT \"v=spf1 -all exp=x.test\"\nx.test TXT \"a\"\nx.test TXT \"b\"",
	    "192.0.2.1", SPF_FAIL, 0, 0, NULL },
	{ "d.test TXT \"v=spf1 -all exp=x.test\"\nx.test TXT \"100 %\"", "192.0.2.1",
	    SPF_FAIL, 0, 0, NULL },
	{ "d.test TXT \"v=spf1 -all exp=x.test\"\nx.test TXT \"a\\013\\010b\"",
	    "192.0.2.1", SPF_FAIL, 0, 0, NULL },
	{ "d.test TXT \"v=spf1 -all exp=x.test\"\nx.test TXT \"a\\000b\"", "192.0.2.1",
	    SPF_FAIL, 0, 0, NULL },
	{ "d.test TXT \"v=spf1 -all exp=x.test\"\nx.test SERVFAIL", "192.0.2.1", SPF_FAIL,
	    0, 0, NULL },
	{ "d.test TXT \"v=spf1 include:e.test -all exp=x.test\"\n"
	  "e.test TXT \"v=spf1 -all exp=y.test\"\nx.test TXT \"mine\"\n"
	  "y.test TXT \"theirs\"",
	    "192.0.2.1", SPF_FAIL, 1, 0, "mine" },
	{ "d.test TXT \"v=spf1 redirect=e.test exp=x.test\"\n"
	  "e.test TXT \"v=spf1 -all exp=y.test\"\nx.test TXT \"mine\"\n"
	  "y.test TXT \"theirs\"",
	    "192.0.2.1", SPF_FAIL, 1, 0, "theirs" },
	{ "d.test TXT \"v=spf1 redirect=e.test exp=x.test\"\ne.test TXT \"v=spf1 -all\"\n"
	  "x.test TXT \"mine\"",
	    "192.0.2.1", SPF_FAIL, 1, 0, NULL },

	/* loops of exp: it is text, whatever it looks like, and read once */
	{ "d.test TXT \"v=spf1 -all exp=d.test\"", "192.0.2.1", SPF_FAIL, 0, 0,
	    "v=spf1 -all exp=d.test" },
	{ "d.test TXT \"v=spf1 -all exp=%{d}.d.test\"\nd.test.d.test CNAME d.test.d.test",
	    "192.0.2.1", SPF_FAIL, 0, 0, NULL },
	{ "d.test TXT \"v=spf1 -all exp=x.test\"\n"
	  "x.test TXT \"v=spf1 include:x.test redirect=x.test exp=x.test\"",
	    "192.0.2.1", SPF_FAIL, 0, 0,
	    "v=spf1 include:x.test redirect=x.test exp=x.test" },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];
		struct spf_run c = spf_run(row->zone, row->client, "d.test");

		if (c.found.result != row->result || c.found.lookups != row->lookups ||
		    c.found.void_lookups != row->void_lookups)
			fail_msg("%s: %s (%s) %d %d", row->zone,
			    evidence_spf_name(c.found.result),
			    c.found.reason ? c.found.reason : "-", c.found.lookups,
			    c.found.void_lookups);
		assert_string_equal(c.found.domain, "d.test");
		assert_int_equal(c.found.reason == NULL, row->result == SPF_PASS);
		if (row->explanation == NULL)
			assert_null(c.found.explanation);
		else
			assert_string_equal(c.found.explanation, row->explanation);
		spf_run_end(&c);
	}
}

static void
test_nothing_to_check(void **state)
{
	struct spf_run c = spf_run_begin("d.test TXT \"v=spf1 +all\"", "192.0.2.1", NULL);

	(void)state;
	c.identity.scope = SPF_HELO;
	spf_run_again(&c);
	assert_int_equal(c.found.result, SPF_NONE);
	assert_int_equal(c.found.scope, SPF_HELO);
	assert_string_equal(c.found.domain, "");
	assert_int_equal(c.found.dns_sec, DNS_SEC_UNASKED);
	c.identity.domain = "test"; /* RFC 7208 section 4.3: a single label */
	spf_run_again(&c);
	assert_int_equal(c.found.result, SPF_NONE);
	c.identity.domain = "d.test";
	c.identity.client.family = IP_LOCAL;
	spf_run_again(&c);
	assert_int_equal(c.found.result, SPF_NONE);
	assert_int_equal(resolver_zone_asked_all(c.resolver), 0);
	c.identity.client.family = IP_V4;
	spf_run_again(&c);
	assert_int_equal(c.found.result, SPF_PASS);
	assert_int_equal(c.found.scope, SPF_HELO);
	spf_run_end(&c);
}

/* The null reverse-path: its local part is postmaster (RFC 7208 section 4.3). */
static void
test_local_parts(void **state)
{
	static const char zone[] = "d.test TXT \"v=spf1 exists:%{l}.x.test -all\"\n"
				   "postmaster.x.test A 127.0.0.2\n"
				   "a\\092b.x.test A 127.0.0.2\n"
				   "\\195\\169\\032\\034c.x.test A 127.0.0.2\n"
				   "dot.ted.x.test A 127.0.0.2";
	static const char *const good[] = { "", "POSTMASTER", "a\\b", "\303\251 \"c",
		"dot.ted" };
	static const char *const bad[] = { "a", "a\\092b", "dot..ted", "dot\\.ted",
		"a012345678901234567890123456789012345678901234567890123456789012" };
	struct spf_run c = spf_run_begin(zone, "192.0.2.1", "d.test");

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		c.identity.local = good[i];
		spf_run_again(&c);
		assert_int_equal(c.found.result, SPF_PASS);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		c.identity.local = bad[i];
		spf_run_again(&c);
		assert_int_equal(c.found.result, SPF_FAIL);
	}
	spf_run_end(&c);
}

static void
test_a_label_domains(void **state)
{
	struct spf_run c = spf_run("xn--caf-dma.test TXT \"v=spf1 a:mx.%{d} -all\"\n"
				   "mx.xn--caf-dma.test A 192.0.2.1",
	    "192.0.2.1", "xn--caf-dma.test");

	(void)state;
	assert_int_equal(c.found.result, SPF_PASS);
	spf_run_end(&c);
}

static void
test_dns_sec(void **state)
{
	static const char zone[] = "d.test TXT \"v=spf1 a:h.test -all\"\nd.test SECURE\n"
				   "h.test A 192.0.2.1\n";
	char secure[200];
	struct spf_run c = spf_run(zone, "192.0.2.1", "d.test");

	(void)state;
	assert_int_equal(c.found.dns_sec, DNS_SEC_NO);
	spf_run_end(&c);
	snprintf(secure, sizeof secure, "%sh.test SECURE", zone);
	c = spf_run(secure, "192.0.2.1", "d.test");
	assert_int_equal(c.found.dns_sec, DNS_SEC_YES);
	spf_run_end(&c);
}

/* All steps as lines: depth, domain, term, target, outcome. */
static void
assert_steps(const struct spf_run *c, const char *wanted)
{
	char text[4096];
	struct buf b;

	buf_init(&b, text, sizeof text);
	for (size_t i = 0; i < c->found.step_count; i++) {
		const struct spf_step *step = &c->found.steps[i];

		buf_printf(&b, "%d %s %s", step->depth, step->domain, step->term);
		if (step->target != NULL)
			buf_printf(&b, " (%s)", step->target);
		buf_printf(&b, " %s\n", step->outcome);
	}
	assert_string_equal(text, wanted);
}

static void
test_steps(void **state)
{
	static const char zone[] =
	    "d.test TXT \"v=spf1 ip4:198.51.100.0/24 -exists:%{L}.x.test x=y mx "
	    "include:e.test "
	    "a:late.test ?all exp=x.test\"\n"
	    "d.test MX 10 m.d.test\nm.d.test A 198.51.100.7\n"
	    "e.test TXT \"v=spf1 ip6:2001:db8::/32 include:f.test redirect=g.test\"\n"
	    "f.test TXT \"v=spf1 ~all ip4:0.0.0.0/0\"\n"
	    "g.test TXT \"v=spf1 ip4:192.0.2.1 -all\"\n";
	struct spf_run c = spf_run_begin(zone, "192.0.2.1", "d.test");

	(void)state;
	c.identity.local = "a b";
	spf_run_again(&c);
	assert_int_equal(c.found.result, SPF_PASS);
	assert_steps(&c, "0 d.test ip4:198.51.100.0/24 no match\n"
			 "0 d.test -exists:%{L}.x.test (a\\03720b.x.test) no match\n"
			 "0 d.test x=y modifier\n"
			 "0 d.test mx (d.test) no match\n"
			 "0 d.test include:e.test (e.test) match\n"
			 "1 e.test ip6:2001:db8::/32 no match\n"
			 "1 e.test include:f.test (f.test) no match\n"
			 "2 f.test ~all match\n"
			 "2 f.test ip4:0.0.0.0/0 not evaluated\n"
			 "1 e.test redirect=g.test (g.test) followed\n"
			 "2 g.test ip4:192.0.2.1 match\n"
			 "2 g.test -all not evaluated\n"
			 "0 d.test a:late.test not evaluated\n"
			 "0 d.test ?all not evaluated\n"
			 "0 d.test exp=x.test modifier\n");
	spf_run_end(&c);
}

static void
test_steps_to_an_error(void **state)
{
	struct spf_run c = spf_run("d.test TXT \"v=spf1 include:e.test -all\"\n"
				   "e.test TXT \"v=spf1 a ip4:1.2.3\\\"4 -all\"",
	    "192.0.2.1", "d.test");

	(void)state;
	assert_int_equal(c.found.result, SPF_PERMERROR);
	assert_string_equal(
	    c.found.reason, "bad syntax in the record of e.test: ip4:1.2.3\\x224");
	assert_steps(&c, "0 d.test include:e.test (e.test) bad syntax in the record of "
			 "e.test: ip4:1.2.3\\x224\n"
			 "1 e.test ip4:1.2.3\\x224 bad syntax\n"
			 "0 d.test -all not evaluated\n");
	spf_run_end(&c);

	c = spf_run("d.test TXT \"v=spf1 include:e.test -all\"\n"
		    "e.test TXT \"v=spf1 a:%{l}..x.test a:h.test ?all\"\nh.test SERVFAIL",
	    "192.0.2.1", "d.test");
	assert_int_equal(c.found.result, SPF_TEMPERROR);
	assert_int_equal(c.found.step_count, 5);
	assert_string_equal(c.found.steps[0].outcome, c.found.reason);
	assert_string_equal(c.found.steps[1].target, "user..x.test");
	assert_string_equal(c.found.steps[1].outcome, "no match");
	assert_string_equal(c.found.steps[2].outcome, c.found.reason);
	assert_string_equal(c.found.steps[3].outcome, "not evaluated");
	spf_run_end(&c);
}

/* What if libspf2 erred: another result than our own steps, a name of its own? */
static void
test_library_is_not_believed(void **state)
{
	static const char zone[] = "d.test TXT \"v=spf1 mx include:e.test -all\"\n"
				   "d.test MX 0 h.test\ne.test TXT \"v=spf1 a ?all\"";
	static const char *const tokens[] = { "evil.test", "", "0.0", "0.3.spf",
		"1.0.spf", "0.0.1.spf", "-1.0.spf", "99999999999999999999.0.spf" };
	static const char results[] = { '+', '~', '?', '\0' };
	struct spf_run c = spf_run_begin(zone, "192.0.2.1", "d.test");
	struct spf_eval *e;

	(void)state;
	for (size_t i = 0; i < sizeof results; i++) {
		e = spf_eval_new(c.questions, &c.identity, c.pool);
		assert_non_null(spf_eval_record(e, "nobody"));
		assert_int_equal(spf_eval_end(e, results[i]).result, SPF_TEMPERROR);
	}
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
		e = spf_eval_new(c.questions, &c.identity, c.pool);
		assert_non_null(spf_eval_record(e, "nobody"));
		assert_int_equal(spf_eval_lookup(e, "0.0.spf").count, 1);
		assert_true(spf_eval_lookup(e, tokens[i]).over);
		assert_int_equal(spf_eval_end(e, '+').result, SPF_TEMPERROR);
	}
	/* A record that is over already. */
	e = spf_eval_new(c.questions, &c.identity, c.pool);
	assert_string_equal(
	    spf_eval_record(e, "nobody"), "v=spf1 +mx:0.0.spf +include:0.1.spf -all");
	assert_string_equal(spf_eval_record(e, "0.1.spf"), "v=spf1 +a:1.0.spf ?all");
	assert_false(spf_eval_lookup(e, "0.0.spf").over);
	assert_true(spf_eval_lookup(e, "1.0.spf").over);
	assert_int_equal(spf_eval_end(e, '-').result, SPF_TEMPERROR);
	spf_run_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nothing_to_check),
		cmocka_unit_test(test_local_parts),
		cmocka_unit_test(test_a_label_domains),
		cmocka_unit_test(test_dns_sec),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_steps_to_an_error),
		cmocka_unit_test(test_library_is_not_believed),
	};

	return cmocka_run_group_tests_name("spf", tests, NULL, NULL);
}
