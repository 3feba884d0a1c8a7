#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "mail/srs.h"

/* A local part, and the domain within. */
static const struct {
	const char *local, *domain;
} rows[] = {
	{ "SRS0=HHHH=TT=example.nl=joe", "example.nl" },
	{ "SRS0+HHHH=TT=example.nl=joe", "example.nl" },
	{ "SRS0-HHHH=TT=example.nl=joe", "example.nl" },
	{ "srs0=hhhh=tt=EXAMPLE.nl.=joe", "example.nl" },
	{ "SRS0=a+/9=2A=mail.example.nl=joe=smith", "mail.example.nl" },
	{ "SRS0=H=TT=xn--mller-kva.example=j", "xn--mller-kva.example" },
	/* SRS1 names the forwarder before */
	{ "SRS1=HHHH=fwd.example==HHHH=TT=example.nl=joe", NULL },
	{ "SRS1=HHHH=TT=example.nl=joe", NULL },
	{ "SRS2=HHHH=TT=example.nl=joe", NULL },
	/* no such shape */
	{ "", NULL },
	{ "SRS0", NULL },
	{ "SRS0=", NULL },
	{ "SRS0==", NULL },
	{ "SRS0HHHH=TT=example.nl=joe", NULL },
	{ "SRS0.HHHH=TT=example.nl=joe", NULL },
	{ "xSRS0=HHHH=TT=example.nl=joe", NULL },
	{ " SRS0=HHHH=TT=example.nl=joe", NULL },
	{ "\"SRS0=HHHH=TT=example.nl=joe\"", NULL },
	{ "bounce+SRS0=HHHH=TT=example.nl=joe", NULL },
	{ "SRS0==TT=example.nl=joe", NULL },
	{ "SRS0=HHHH==example.nl=joe", NULL },
	{ "SRS0=HHHH=T=example.nl=joe", NULL },
	{ "SRS0=HHHH=TTT=example.nl=joe", NULL },
	{ "SRS0=HH HH=TT=example.nl=joe", NULL },
	{ "SRS0=HH\xc3\xa9H=TT=example.nl=joe", NULL },
	{ "SRS0=HHHH=TT=example.nl=", NULL },
	{ "SRS0=HHHH=TT=example.nl", NULL },
	{ "SRS0=HHHH=TT==joe", NULL },
	{ "SRS0=HHHH=TT", NULL },
	/* no such domain */
	{ "SRS0=HHHH=TT=nl=joe", NULL },
	{ "SRS0=HHHH=TT=.nl=joe", NULL },
	{ "SRS0=HHHH=TT=nl.=joe", NULL },
	{ "SRS0=HHHH=TT=example..nl=joe", NULL },
	{ "SRS0=HHHH=TT=exam ple.nl=joe", NULL },
	{ "SRS0=HHHH=TT=m\xc3\xbcller.example=joe", NULL },
	{ "SRS0=HHHH=TT=[192.0.2.1]=joe", NULL },
	{ "SRS0=HHHH=TT=joe@example.nl=joe", NULL },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct pool *pool = pool_new();
		const char *domain = srs_inner_domain(rows[i].local, pool);

		if (domain == NULL
			? rows[i].domain != NULL
			: rows[i].domain == NULL || strcmp(domain, rows[i].domain) != 0)
			fail_msg(
			    "%s: %s", rows[i].local, domain != NULL ? domain : "none");
		pool_free(pool);
	}
}

/* 255 octets are read, and no more. */
static void
test_long(void **state)
{
	static char local[257] = "SRS0=HHHH=TT=example.nl=";
	struct pool *pool = pool_new();

	(void)state;
	memset(local + strlen(local), 'j', 255 - strlen(local));
	assert_int_equal(strlen(local), 255);
	assert_string_equal(srs_inner_domain(local, pool), "example.nl");
	local[255] = 'j';
	assert_null(srs_inner_domain(local, pool));
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
