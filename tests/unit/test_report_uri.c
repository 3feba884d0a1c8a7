#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "mail/report_uri.h"

#define LOCAL_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
test_mailto(void **state)
{
	static const struct {
		const char *uri, *address; /* NULL: malformed */
	} rows[] = {
		{ "mailto:dmarc@example.nl", "dmarc@example.nl" },
		{ "MailTo:dmarc@EXAMPLE.nl", "dmarc@example.nl" },
		{ "mailto:Dmarc.Ag+x@example.nl.", "Dmarc.Ag+x@example.nl" },
		{ "mailto:a@example.nl!10m", "a@example.nl" },
		{ "mailto:a@example.nl?subject=x", "a@example.nl" },
		{ "mailto:a@example.nl!10m?subject=x!y", "a@example.nl" },
		{ "mailto:a@example.nl?subject=hi!10m", "a@example.nl" },
		{ "mailto:%61%40example.nl", "a@example.nl" },
		{ "mailto:a%2Bb@example.nl", "a+b@example.nl" },
		{ "mailto:a@m\xc3\xbcnchen.example", "a@xn--mnchen-3ya.example" },
		{ "mailto:" LOCAL_64 "@example.nl", LOCAL_64 "@example.nl" },
		{ "mailto:a" LOCAL_64 "@example.nl", NULL },
		{ "mailto:a@example.nl!", NULL },
		{ "mailto:a@example.nl!big", NULL },
		{ "mailto:a!b@example.nl", NULL },
		{ "mailto:a%21b@example.nl", NULL },
		{ "mailto:a%2541@example.nl", NULL },
		{ "mailto:a%00@example.nl", NULL },
		{ "mailto:a@example.nl%0ACc:b@example.nl", NULL },
		{ "mailto:a%2@example.nl", NULL },
		{ "mailto:a%zz@example.nl", NULL },
		{ "mailto:a@b@example.nl", NULL },
		{ "mailto:a@example.nl%2Cb@example.nl", NULL },
		{ "mailto:%22a%20b%22@example.nl", NULL },
		{ "mailto:a..b@example.nl", NULL },
		{ "mailto:.a@example.nl", NULL },
		{ "mailto:a.@example.nl", NULL },
		{ "mailto:-oQ@example.nl", NULL },
		{ "mailto:%2Dt@example.nl", NULL },
		{ "mailto://a@example.nl", NULL },
		{ "mailto:%7Ccat@example.nl", NULL },
		{ "mailto:a@localhost", NULL },
		{ "mailto:a@192.0.2.1", NULL },
		{ "mailto:a@[192.0.2.1]", NULL },
		{ "mailto:@example.nl", NULL },
		{ "mailto:a", NULL },
		{ "mailto:", NULL },
		{ "https://example.nl/", NULL },
		{ "dmarc@example.nl", NULL },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *address =
		    report_uri_address(rows[i].uri, strlen(rows[i].uri), pool);

		if ((address == NULL) != (rows[i].address == NULL) ||
		    (address != NULL && strcmp(address, rows[i].address) != 0))
			fail_msg(
			    "%s: %s", rows[i].uri, address != NULL ? address : "none");
	}
	pool_free(pool);
}

static void
test_list(void **state)
{
	const char *list = ", mailto:a@b.nl ,,\tx:y, ", *uri;
	size_t len;

	(void)state;
	assert_true(report_uri_next(&list, &uri, &len));
	assert_int_equal(len, 13);
	assert_memory_equal(uri, "mailto:a@b.nl", len);
	assert_true(report_uri_next(&list, &uri, &len));
	assert_int_equal(len, 3);
	assert_memory_equal(uri, "x:y", len);
	assert_false(report_uri_next(&list, &uri, &len));
	assert_false(report_uri_next(&list, &uri, &len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mailto),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
