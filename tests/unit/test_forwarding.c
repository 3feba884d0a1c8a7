/* What shows that a message was forwarded, of one message and of a client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/history/sender_cause.h"
#include "ctl/judge/forwarding.h"
#include "history/query_period.h"
#include "mail/evidence.h"

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
struct row {
	const char *org, *author;
	enum dkim_result dkim;
	const char *signer, *reason;
	enum spf_result spf;
	enum spf_scope scope;
	const char *spf_domain, *mail_from;
	enum forwarding sign;
};

#define NO_DKIM DKIM_NONE, "", NULL
#define NO_SPF SPF_FAIL, SPF_MAILFROM, "a.nl", "<joe@a.nl>"
#define CHANGED EVIDENCE_BODY_CHANGED
#define SRS "<SRS0=4Xyz=5A=a.nl=joe@f.nl>"

static const struct row rows[] = {
	{ "a.nl", "a.nl", NO_DKIM, NO_SPF, FORWARDING_NONE },
	{ "a.nl", "a.nl", DKIM_FAIL, "a.nl", CHANGED, NO_SPF, FORWARDING_BODY },
	{ "a.nl", "m.a.nl", DKIM_FAIL, "a.nl", CHANGED, NO_SPF, FORWARDING_BODY },
	{ "a.nl", "a.nl", DKIM_FAIL, "m.a.nl", CHANGED, NO_SPF, FORWARDING_BODY },
	{ NULL, "a.nl", DKIM_FAIL, "a.nl", CHANGED, NO_SPF, FORWARDING_BODY },
	{ NULL, "m.a.nl", DKIM_FAIL, "a.nl", CHANGED, NO_SPF, FORWARDING_NONE },
	/* somebody else's, or not only the body, or it holds */
	{ "a.nl", "a.nl", DKIM_FAIL, "b.nl", CHANGED, NO_SPF, FORWARDING_NONE },
	{ "a.nl", "a.nl", DKIM_FAIL, "ba.nl", CHANGED, NO_SPF, FORWARDING_NONE },
	{ "a.nl", "a.nl", DKIM_FAIL, "", CHANGED, NO_SPF, FORWARDING_NONE },
	{ "a.nl", "a.nl", DKIM_FAIL, "a.nl", "the body and more", NO_SPF,
	    FORWARDING_NONE },
	{ "a.nl", "a.nl", DKIM_FAIL, "a.nl", NULL, NO_SPF, FORWARDING_NONE },
	{ "a.nl", "a.nl", DKIM_PERMERROR, "a.nl", CHANGED, NO_SPF, FORWARDING_NONE },
	/* rewritten, by who may use that name */
	{ "a.nl", "a.nl", NO_DKIM, SPF_PASS, SPF_MAILFROM, "f.nl", SRS, FORWARDING_SRS },
	{ "a.nl", "a.nl", NO_DKIM, SPF_PASS, SPF_MAILFROM, "f.nl", "srs1+a=b@f.nl",
	    FORWARDING_SRS },
	{ "a.nl", "a.nl", NO_DKIM, SPF_FAIL, SPF_MAILFROM, "f.nl", SRS, FORWARDING_NONE },
	{ "a.nl", "a.nl", NO_DKIM, SPF_PASS, SPF_HELO, "f.nl", SRS, FORWARDING_NONE },
	{ "a.nl", "a.nl", NO_DKIM, SPF_PASS, SPF_MAILFROM, "a.nl", "<SRS0=x@a.nl>",
	    FORWARDING_NONE },
	{ "a.nl", "a.nl", NO_DKIM, SPF_PASS, SPF_MAILFROM, "f.nl", "<srs@f.nl>",
	    FORWARDING_NONE },
	{ "a.nl", "a.nl", NO_DKIM, SPF_PASS, SPF_MAILFROM, "f.nl", "<SRS0@f.nl>",
	    FORWARDING_NONE },
	{ "a.nl", "a.nl", NO_DKIM, SPF_PASS, SPF_MAILFROM, "f.nl", "<>",
	    FORWARDING_NONE },
};

static void
test_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		const struct dkim_evidence dkim[] = {
			{ .result = DKIM_NONE, .domain = "x.nl" },
			{ .result = r->dkim, .domain = r->signer, .reason = r->reason },
		};
		const struct evidence ev = {
			.mail_from = r->mail_from,
			.spf = { .result = r->spf,
			    .scope = r->scope,
			    .domain = r->spf_domain },
			.dkim = dkim,
			.dkim_count = 2,
			.from = { .domain = r->author },
			.dmarc = { .org_domain = r->org },
		};

		if (forwarding_of(&ev) != r->sign)
			fail_msg("row %zu: %d", i, (int)forwarding_of(&ev));
	}
}

#define PAIRS 4
static const struct {
	int64_t broken;
	const char *domains[PAIRS]; /* that pass; NULL: no more */
	enum sender_sign sign;
} clients[] = {
	{ 0, { NULL }, SIGN_NONE },
	{ 1, { NULL }, SIGN_BODY_CHANGED },
	{ 0, { "b.nl", "c.nl", "d.nl" }, SIGN_OTHERS_PASS },
	{ 0, { "b.nl", "c.nl" }, SIGN_NONE },
	{ 0, { "a.nl", "b.nl", "c.nl" }, SIGN_NONE },
	{ 0, { "m.a.nl", "b.nl", "c.nl" }, SIGN_NONE },
	/* one owner's, who can have as many as he likes */
	{ 0, { "1.b.nl", "2.b.nl", "3.b.nl", "b.nl" }, SIGN_NONE },
	{ 0, { "1.b.nl", "2.c.nl", "3.d.nl", "b.nl" }, SIGN_OTHERS_PASS },
};

static void
test_client(void **state)
{
	const char *client = "192.0.2.1";

	(void)state;
	for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
		const struct sender_top top = {
			.clients = &client, .client_count = 1, .broken = clients[i].broken
		};
		struct query_pair pairs[2 * PAIRS];
		size_t n = 0;

		for (size_t p = 0; p < PAIRS && clients[i].domains[p] != NULL; p++) {
			pairs[n++] = (struct query_pair){ client, clients[i].domains[p] };
			pairs[n++] = (struct query_pair){ "192.0.2.9", "other.nl" };
		}
		if (sender_cause_sign(&top, pairs, n, "a.nl") != clients[i].sign)
			fail_msg("row %zu", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_client),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
