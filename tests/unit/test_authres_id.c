#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "base/wordlist.h"
#include "mail/authres.h"
#include "mail/authres_id.h"
#include "mail/evidence.h"

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
	const struct evidence ev = {
		.client_name = "",
		.helo = "mail.example.nl",
		.mail_from = "<>",
		.queue_id = "NOQUEUE",
		.spf = { .domain = "" },
		.from = { .status = FROM_OK, .domain = "example.nl" },
	};
	const struct authres_outcome outcome = { .disposition = "none" };
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		assert_true(authres_id_claims(
		    authres_format(ids[i], &ev, &outcome, pool), ids[i], NULL));
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_claims_in_other_alphabets),
		cmocka_unit_test(test_claims_of_any_length),
		cmocka_unit_test(test_trusted_ids),
		cmocka_unit_test(test_claims_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
