#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "mail/authres.h"
#include "mail/evidence.h"

/* A message that failed SPF. */
static const struct evidence softfail = {
	.client_name = "",
	.helo = "mail.example.nl",
	.host_name = "mx.school.nl",
	.mail_from = "<user@example.nl>",
	.spf = { .result = SPF_SOFTFAIL, .domain = "example.nl" },
};

static void
test_received_spf(void **state)
{
	struct pool *pool = pool_new();
	struct evidence ev = softfail;
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

	/* What a relay said of its client is no result of ours. */
	ev.spf.by_relay = true;
	ev.spf.result = SPF_PASS;
	ev.spf.own = SPF_FAIL;
	assert_string_equal(authres_received_spf("mx.school.nl", &ev, pool),
	    " fail identity=helo; client-ip=local; receiver=mx.school.nl;");
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
	struct evidence ev = softfail;

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
		cmocka_unit_test(test_received_spf),
		cmocka_unit_test(test_received_spf_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
