/* What is read in a relay's own Authentication-Results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "mail/relay_field.h"

#define ID "gw.example"
#define DMARC ID "; dmarc=pass header.from=example.nl"

struct row {
	const char *value;
	const char *from, *mailfrom; /* NULL: none */
	const char *dkim;            /* "domain/selector domain/-" */
};

static const struct row read_rows[] = {
	{ " " DMARC, "example.nl", NULL, "" },
	{ "GW.Example;dmarc=pass header.from=EXAMPLE.nl.", "example.nl", NULL, "" },
	{ "\n " ID "\t1\n ;\n\tdmarc=pass header.from=example.nl", "example.nl", NULL,
	    "" },
	{ ID "; none", NULL, NULL, "" },
	{ ID ";none ", NULL, NULL, "" },
	{ DMARC "; spf=pass smtp.mailfrom=joe+x=y@b.example.nl", "example.nl",
	    "b.example.nl", "" },
	{ DMARC "; spf=PASS smtp.mailfrom=\"example.nl\"", "example.nl", "example.nl",
	    "" },
	{ DMARC "; spf/1=pass (\"a;b\" [x]) SMTP.MailFrom=b.nl", "example.nl", "b.nl",
	    "" },
	{ DMARC "; spf=fail smtp.mailfrom=b.nl", "example.nl", NULL, "" },
	{ DMARC "; spf=softfail smtp.mailfrom=b.nl", "example.nl", NULL, "" },
	{ DMARC "; spf=passed smtp.mailfrom=b.nl", "example.nl", NULL, "" },
	{ DMARC "; spf=pass smtp.helo=b.nl; spf=pass smtp.helo=c.nl", "example.nl", NULL,
	    "" },
	{ DMARC "; spf=pass smtp.helo=b.nl; spf=pass smtp.mailfrom=c.nl", "example.nl",
	    "c.nl", "" },
	{ DMARC "; spf=pass smtp.helo=b.nl smtp.mailfrom=c.nl", "example.nl", NULL, "" },
	{ DMARC "; spf=pass smtp.mailfrom=<>", "example.nl", NULL, "" },
	{ DMARC "; spf=pass smtp.mailfrom=\"\"", "example.nl", NULL, "" },
	{ DMARC "; spf=pass smtp.mailfrom=@b.nl", "example.nl", NULL, "" },
	{ DMARC "; spf=pass smtp.mailfrom=a@x@b.nl", "example.nl", NULL, "" },
	{ DMARC "; spf=pass smtp.mailfrom=<a@b.nl>", "example.nl", NULL, "" },
	{ DMARC "; spf=pass smtp.mailfrom=\"a b@b.nl\"", "example.nl", NULL, "" },
	{ DMARC "; spf=pass smtp.mailfrom=\"\\\"a\\\"@b.nl\"", "example.nl", NULL, "" },
	{ DMARC "; spf=pass smtp.mailfrom=[192.0.2.1]", "example.nl", NULL, "" },
	{ DMARC "; dkim=pass (2048-bit key; unprotected) header.d=b.nl header.i=@c.b.nl\n"
		" header.a=rsa-sha256 header.s=S1 header.b=Ab/c+D==",
	    "example.nl", NULL, "b.nl/s1" },
	{ DMARC "; dkim=pass header.d=b.nl; dkim=fail header.d=c.nl; dkim=pass "
		"header.d=c.nl header.s=x",
	    "example.nl", NULL, "b.nl/- c.nl/x" },
	{ DMARC "; dkim=pass header.i=@b.nl", "example.nl", NULL, "" },
	{ DMARC "; dkim=pass", "example.nl", NULL, "" },
	{ DMARC "; dkim=none", "example.nl", NULL, "" },
	{ DMARC "; dkim=fail reason=\"; dkim=pass header.d=b.nl\" header.d=c.nl",
	    "example.nl", NULL, "" },
	{ DMARC "; dkim=fail reason=\"a\\\" header.d=b.nl\\\\\" header.d=c.nl",
	    "example.nl", NULL, "" },
	{ DMARC " (; dkim=pass header.d=b.nl)", "example.nl", NULL, "" },
	{ DMARC "; iprev=pass policy.iprev=2001:db8::1 (mail.b.nl); arc=none (x);\n"
		" x-tls=pass x.y=\"(\"",
	    "example.nl", NULL, "" },
	{ ID "; spf=pass smtp.mailfrom=b.nl", NULL, "b.nl", "" },
	{ ID "; dmarc=pass; spf=pass smtp.mailfrom=b.nl", NULL, "b.nl", "" },
	{ ID "; dmarc=pass (p=none dis=none) header.from=xn--bcher-kva.nl",
	    "xn--bcher-kva.nl", NULL, "" },
	/* as this filter writes it */
	{ " " ID ";\n dmarc=fail reason=\"neither SPF nor DKIM passed\" "
	  "(p=quarantine\n dis=quarantine) header.from=example.nl "
	  "policy.dmarc=quarantine dns.sec=no;\n spf=softfail reason=\"the domain "
	  "probably does not permit this client\"\n smtp.mailfrom=example.nl "
	  "dns.sec=no;\n dkim=pass header.d=b.nl header.s=s1 header.a=rsa-sha256 "
	  "header.b=AbCdEfGh\n dns.sec=no (3 more signatures)",
	    "example.nl", NULL, "b.nl/s1" },
};

static const char *
dkim_text(const struct relay_field *f, struct pool *pool)
{
	const char *text = "";

	for (size_t i = 0; i < f->dkim_count; i++)
		text = pool_printf(pool, "%s%s%s/%s", text, i > 0 ? " " : "",
		    f->dkim[i].domain,
		    f->dkim[i].selector != NULL ? f->dkim[i].selector : "-");
	return text;
}

static void
assert_text(const char *is, const char *wanted)
{
	if (wanted == NULL)
		assert_null(is);
	else
		assert_string_equal(is != NULL ? is : "(none)", wanted);
}

static void
what_is_read(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof read_rows / sizeof *read_rows; i++) {
		const struct row *row = &read_rows[i];
		struct relay_field f = relay_field_read(row->value, ID, false, pool);

		if (f.fault != NULL)
			print_message("%s\n", row->value);
		assert_null(f.fault);
		assert_text(f.from, row->from);
		assert_text(f.mailfrom, row->mailfrom);
		assert_string_equal(dkim_text(&f, pool), row->dkim);
	}
	pool_free(pool);
}

static const char *const odd[] = {
	"",
	ID,
	ID "x; none",
	ID "/job; none",
	ID ".; none",
	"\"" ID "\"; none",
	"(c) " ID "; none",
	ID " (c); none",
	ID " 2; none",
	ID "1; none",
	ID " 11; none",
	ID " none",
	ID ";",
	DMARC ";",
	ID "; none; dkim=pass header.d=b.nl",
	DMARC "; dmarc=pass header.from=example.nl",
	DMARC " header.from=example.nl",
	DMARC "; spf=pass smtp.mailfrom=b.nl; spf=fail smtp.mailfrom=c.nl",
	DMARC "; spf=pass smtp.mailfrom=b.nl smtp.mailfrom=c.nl",
	DMARC "; dkim=pass header.d=b.nl header.d=c.nl",
	DMARC "; dkim=pass header.d=b.nl header.s=a header.s=b",
	DMARC "; dkim=pass header.d=@b.nl",
	DMARC "; dkim=pass header.d=\"b\\.nl\"",
	DMARC "; dkim=pass header.d=\"b\n .nl\"",
	DMARC "; dkim=pass header.d=b.nl header.s=a@b",
	DMARC "; dkim/2=pass header.d=b.nl",
	DMARC "; dkim/=pass header.d=b.nl",
	DMARC "; dkim/1 =pass header.d=b.nl",
	DMARC "; dkim =pass header.d=b.nl",
	DMARC "; dkim= pass header.d=b.nl",
	DMARC "; dkim(c)=pass header.d=b.nl",
	DMARC "; dkim=pass(c) header.d=b.nl",
	DMARC "; dkim=pass (c)header.d=b.nl",
	DMARC "; dkim=pass header.d =b.nl",
	DMARC "; dkim=pass header.d= b.nl",
	DMARC "; dkim=pass header.d=(c)b.nl",
	DMARC "; dkim=pass header.d=b.nl(c)",
	DMARC "; dkim=pass header.(c)d=b.nl",
	DMARC "; dkim=pass header .d=b.nl",
	DMARC "; dkim=pass header.d=",
	DMARC "; dkim=pass header.d=\"b.nl",
	DMARC "; dkim=pass header.d=\"b.nl\"x",
	DMARC "; dkim=pass header.d=b\"x\".nl",
	DMARC "; dkim=pass d=b.nl",
	DMARC "; dkim=pass .d=b.nl",
	DMARC "; dkim=pass header.=b.nl",
	DMARC "; dkim=pass header.d=b.nl reason=x",
	DMARC "; dkim=pass reason=x reason=y header.d=b.nl",
	DMARC "; dkim",
	DMARC "; =pass",
	DMARC "; dkim=",
	DMARC ";; dkim=pass header.d=b.nl",
	DMARC " (open",
	DMARC " (a (b) c)",
	DMARC " (a\\) c)",
	DMARC " )",
	DMARC " \xc3\xb6",
	DMARC "\x01",
	DMARC "\nX: y",
	DMARC "\r x",
	ID "; dmarc=pass header.from=joe@example.nl",
	ID "; dmarc=pass header.from=b\xc3\xbc"
	   "cher.nl",
};

static void
what_is_odd(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct relay_field f = relay_field_read(odd[i], ID, false, pool);

		if (f.fault == NULL)
			print_message("%s\n", odd[i]);
		assert_non_null(f.fault);
	}
	pool_free(pool);
}

/* Below the relay's Received field only what everybody who takes it away reads alike. */
static void
written_plainly(void **state)
{
	static const char *const no[] = { " " ID " 1; none", " " ID " ; none",
		"  " ID "; none", "\t" ID "; none", "\n " ID "; none" };
	struct pool *pool = pool_new();

	(void)state;
	assert_null(relay_field_read(" " ID "; none", ID, true, pool).fault);
	assert_null(relay_field_read(ID "; none", ID, true, pool).fault);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		assert_null(relay_field_read(no[i], ID, false, pool).fault);
		assert_non_null(relay_field_read(no[i], ID, true, pool).fault);
	}
	pool_free(pool);
}

static void
no_more_than_that(void **state)
{
	struct pool *pool = pool_new();
	const char *text = DMARC;
	char *longest;

	(void)state;
	for (int i = 0; i < RELAY_FIELD_PASSES_MAX; i++)
		text = pool_printf(pool, "%s;\n dkim=pass header.d=d%d.nl", text, i);
	assert_int_equal(
	    relay_field_read(text, ID, false, pool).dkim_count, RELAY_FIELD_PASSES_MAX);
	text = pool_printf(pool, "%s; dkim=pass header.d=b.nl", text);
	assert_non_null(relay_field_read(text, ID, false, pool).fault);

	longest = pool_printf(pool, "%s%*s", DMARC, RELAY_FIELD_MAX + 1, "");
	longest[RELAY_FIELD_MAX] = '\0';
	assert_null(relay_field_read(longest, ID, false, pool).fault);
	longest[RELAY_FIELD_MAX] = ' ';
	assert_non_null(relay_field_read(longest, ID, false, pool).fault);
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read),
		cmocka_unit_test(what_is_odd),
		cmocka_unit_test(written_plainly),
		cmocka_unit_test(no_more_than_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
