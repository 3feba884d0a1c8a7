#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "base/text.h"
#include "conf.h"
#include "config/config.h"
#include "ctl/report/destination.h"
#include "ctl/report/exclusion.h"
#include "parts.h"
#include "resolver_zone.h"

#define RUA(uris) "_dmarc.example.nl TXT \"v=DMARC1; p=reject; rua=" uris "\"\n"
#define ASKED "example.nl._report._dmarc."
#define LABEL_60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
#define LONG_HOST LABEL_60 LABEL_60 LABEL_60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example"

/* Who gets reports about example.nl; for the others a word. */
static const struct {
	const char *zone, *told;
} rows[] = {
	/* the record itself */
	{ "", "withdrawn:" },
	{ "_dmarc.example.nl TXT \"v=DMARC1; p=none\"", "withdrawn:" },
	{ "_dmarc.example.nl TXT \"v=DMARC1; p=none; rua=\"", "withdrawn:" },
	{ RUA("mailto:a@example.nl") RUA("mailto:b@example.nl"), "withdrawn:" },
	{ "_dmarc.example.nl SERVFAIL", "waiting:" },
	{ "_dmarc.example.nl BOGUS", "waiting:" },
	{ "_dmarc.example.nl TXT \"v=DMARC1; psd=y; rua=mailto:a@example.nl\"",
	    "public_suffix:" },
	{ "_dmarc.example.nl TXT \"v=DMARC1; rua=mailto:a@example.nl\"", "a@example.nl" },
	/* one organization */
	{ RUA("mailto:a@example.nl"), "a@example.nl" },
	{ RUA("mailto:a@mail.example.nl"), "a@mail.example.nl" },
	{ RUA("mailto:a@EXAMPLE.nl,mailto:a@example.nl, mailto:A@example.nl"),
	    "a@example.nl,A@example.nl" },
	{ RUA("https://example.nl/r, dmarc@example.nl, mailto:b@example.nl!10m"),
	    "b@example.nl https://example.nl/r=malformed dmarc@example.nl=malformed" },
	{ RUA("https://example.nl/r"), "no_destination: https://example.nl/r=malformed" },
	{ RUA("mailto:a@mail.example.nl") "_dmarc.mail.example.nl SERVFAIL",
	    "waiting: a@mail.example.nl=waiting" },
	{ RUA("mailto:a@mail.example.nl,mailto:b@example.nl") "_dmarc.mail.example.nl "
							      "SERVFAIL",
	    "b@example.nl a@mail.example.nl=waiting" },
	/* a sibling that is its own organization */
	{ RUA("mailto:a@mail.example.nl") "_dmarc.mail.example.nl TXT \"v=DMARC1; "
					  "p=none; psd=n\"",
	    "no_destination: a@mail.example.nl=no_consent" },
	/* consent of others */
	{ RUA("mailto:a@rua.example"), "no_destination: a@rua.example=no_consent" },
	{ RUA("mailto:a@rua.example") ASKED "rua.example NODATA",
	    "no_destination: a@rua.example=no_consent" },
	{ RUA("mailto:a@rua.example") ASKED "rua.example TXT \"v=DMARC1\"",
	    "a@rua.example" },
	{ RUA("mailto:a@rua.example") ASKED "rua.example TXT \"v=DMARC1; \"",
	    "a@rua.example" },
	{ RUA("mailto:a@rua.example") ASKED "rua.example TXT \"v=DMARC2\"",
	    "no_destination: a@rua.example=no_consent" },
	{ RUA("mailto:a@rua.example") ASKED "rua.example TXT \"ok\"\n" ASKED
					    "rua.example TXT \"v=DMARC1\"\n" ASKED
					    "rua.example TXT \"v=DMARC1;\"",
	    "a@rua.example" },
	{ RUA("mailto:a@rua.example") "*._report._dmarc.rua.example TXT \"v=DMARC1\"",
	    "a@rua.example" },
	{ RUA("mailto:a@rua.example") ASKED "rua.example CNAME y.rua.example\n"
					    "y.rua.example TXT \"v=DMARC1\"",
	    "a@rua.example" },
	{ RUA("mailto:a@rua.example") ASKED "rua.example SERVFAIL",
	    "waiting: a@rua.example=waiting" },
	{ RUA("mailto:a@rua.example") ASKED "rua.example BOGUS",
	    "waiting: a@rua.example=waiting" },
	{ RUA("mailto:a@" LONG_HOST), "no_destination: a@" LONG_HOST "=no_consent" },
	/* which other address of that host */
	{ RUA("mailto:a@rua.example") ASKED
	    "rua.example TXT \"v=DMARC1; rua=mailto:b@rua.example\"",
	    "b@rua.example" },
	{ RUA("mailto:a@rua.example,mailto:b@rua.example") ASKED
	    "rua.example TXT \"v=DMARC1; rua=mailto:b@rua.example,x:y\"",
	    "b@rua.example" },
	{ RUA("mailto:a@rua.example") ASKED
	    "rua.example TXT \"v=DMARC1; rua=mailto:b@other.example\"",
	    "no_destination: a@rua.example=foreign_override" },
	{ RUA("mailto:a@rua.example") ASKED
	    "rua.example TXT \"v=DMARC1; "
	    "rua=mailto:b@rua.example,mailto:c@x.rua.example\"",
	    "no_destination: a@rua.example=foreign_override" },
	{ RUA("mailto:a@rua.example") ASKED
	    "rua.example TXT \"v=DMARC1; rua=b@rua.example\"",
	    "no_destination: a@rua.example=malformed" },
	/* barred */
	{ RUA("mailto:dead@example.nl,mailto:a@example.nl"),
	    "a@example.nl dead@example.nl=suppressed" },
	{ RUA("mailto:no@example.nl,mailto:a@never.example,mailto:a@x.below.example"),
	    "no_destination: no@example.nl=suppressed a@never.example=suppressed "
	    "a@x.below.example=suppressed" },
	{ RUA("mailto:a@rua.example") ASKED
	    "rua.example TXT \"v=DMARC1; rua=mailto:dead@rua.example\"",
	    "no_destination: dead@rua.example=suppressed" },
	/* five at most */
	{ RUA("mailto:1@example.nl,mailto:x@no.example,mailto:2@example.nl,"
	      "mailto:3@example.nl,mailto:4@example.nl,mailto:5@example.nl,"
	      "mailto:6@example.nl,mailto:7@example.nl"),
	    "1@example.nl,2@example.nl,3@example.nl,4@example.nl,5@example.nl "
	    "x@no.example=no_consent 6@example.nl=cap 7@example.nl=cap" },
};

static bool
is_suppressed(const char *address, void *cookie)
{
	(void)cookie;
	return strncmp(address, "dead@", 5) == 0;
}

/* "reason: address,address other=word" */
static char *
tell(const struct destinations *d)
{
	struct text out = { 0 };
	const char *separator = "";

	if (d->reason != NULL)
		text_printf(&out, "%s:", d->reason);
	for (size_t i = 0; i < d->count; i++) {
		if (d->list[i].word != NULL)
			continue;
		text_printf(&out, "%s%s", separator, d->list[i].address);
		separator = ",";
	}
	for (size_t i = 0; i < d->count; i++) {
		if (d->list[i].word != NULL)
			text_printf(&out, " %s=%s", d->list[i].address, d->list[i].word);
	}
	return out.data;
}

/* Where reports about example.nl go by ${zone}; free()d by the caller. */
static char *
find(const char *zone, bool last_try)
{
	char why[200] = "";
	struct config *config =
	    conf_good("ReportExclude no@example.nl, never.example, .below.example\n");
	struct parts parts = { .config = config,
		.resolver = resolver_zone_new(zone, why, sizeof why) };
	const struct destination_asker asker = { .parts = &parts,
		.config = config,
		.is_suppressed = is_suppressed,
		.last_try = last_try };
	struct pool *pool = pool_new();
	struct destinations found;
	char *told;

	if (parts.resolver == NULL)
		fail_msg("%s", why);
	found = destination_find(&asker, "example.nl", pool);
	told = tell(&found);
	pool_free(pool);
	resolver_close(parts.resolver);
	config_free(config);
	return told;
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *told = find(rows[i].zone, false);

		if (strcmp(told, rows[i].told) != 0)
			fail_msg(
			    "%s\ngives  %s\nwanted %s", rows[i].zone, told, rows[i].told);
		free(told);
	}
}

static void
test_the_last_try_waits_for_no_consent(void **state)
{
	char *told = find(RUA("mailto:a@rua.example") ASKED "rua.example SERVFAIL", true);

	(void)state;
	assert_string_equal(told, "no_destination: a@rua.example=no_consent");
	free(told);
}

static void
test_exclusion(void **state)
{
	struct config *config = conf_good("ReportExclude a.nl, .b.nl, x@c.nl\n"
					  "ReportDomains d.nl\n");

	(void)state;
	assert_true(exclusion_has_domain(config, "a.nl"));
	assert_true(exclusion_has_domain(config, "x.a.nl"));
	assert_false(exclusion_has_domain(config, "xa.nl"));
	assert_false(exclusion_has_domain(config, "b.nl"));
	assert_true(exclusion_has_domain(config, "x.b.nl"));
	assert_false(exclusion_has_domain(config, "c.nl"));
	assert_true(exclusion_has_address(config, "x@c.nl"));
	assert_false(exclusion_has_address(config, "y@c.nl"));
	assert_true(exclusion_is_listed(config, "x.d.nl"));
	assert_false(exclusion_is_named(config, "x.d.nl"));
	assert_true(exclusion_is_named(config, "d.nl"));
	config_free(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_the_last_try_waits_for_no_consent),
		cmocka_unit_test(test_exclusion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
