#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "mail/dmarc_record.h"

/* A text that may hold a NUL. */
struct octets {
	const char *at;
	size_t len;
};
#define TEXT(s)                  \
	{                        \
		s, sizeof(s) - 1 \
	}

static const struct {
	struct octets text;
	bool is;
} version_rows[] = {
	{ TEXT("v=DMARC1"), true },
	{ TEXT("v=DMARC1;"), true },
	{ TEXT("v=DMARC1; p=none"), true },
	{ TEXT("V\t= DMARC1\t ;p=none"), true },
	{ TEXT("v=DMARC1 ;"), true },
	{ TEXT("v=DMARC1;\0"), true },
	{ TEXT(""), false },
	{ TEXT(";"), false },
	{ TEXT("="), false },
	{ TEXT("v"), false },
	{ TEXT("v="), false },
	{ TEXT(" v=DMARC1"), false },
	{ TEXT("\tv=DMARC1"), false },
	{ TEXT(";v=DMARC1"), false },
	{ TEXT("p=none; v=DMARC1"), false },
	{ TEXT("v=dmarc1"), false },
	{ TEXT("v=DMARC10"), false },
	{ TEXT("v=DMARC"), false },
	{ TEXT("v=DMARC1 p=none"), false },
	{ TEXT("v=DMARC1, p=none"), false },
	{ TEXT("v=DMARC1\n;"), false },
	{ TEXT("v=DMARC1\0;"), false },
	{ TEXT("v=spf1 -all"), false },
	{ TEXT("vv=DMARC1"), false },
	{ TEXT("v==DMARC1"), false },
	{ TEXT("\"v=DMARC1\""), false },
};

static void
test_what_is_a_record(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof version_rows / sizeof *version_rows; i++) {
		print_message("# %s\n", version_rows[i].text.at);
		assert_int_equal(
		    dmarc_record_is(version_rows[i].text.at, version_rows[i].text.len),
		    version_rows[i].is);
	}
}

/* What was read, in one line: tags that are not as by default, in a fixed order. */
static const char *
spell(const struct dmarc_record *r, struct pool *pool)
{
	static const char letters[] = "nqr";
	const char *s =
	    pool_printf(pool, "%s p=%c", r->usable ? "+" : "-", letters[r->p]);

	if (r->has_sp)
		s = pool_printf(pool, "%s sp=%c", s, letters[r->sp]);
	if (r->has_np)
		s = pool_printf(pool, "%s np=%c", s, letters[r->np]);
	if (r->strict_spf)
		s = pool_printf(pool, "%s aspf=s", s);
	if (r->strict_dkim)
		s = pool_printf(pool, "%s adkim=s", s);
	if (r->has_t)
		s = pool_printf(pool, "%s t=%c", s, r->test_mode ? 'y' : 'n');
	if (r->psd != DMARC_PSD_UNKNOWN)
		s = pool_printf(
		    pool, "%s psd=%c", s, r->psd == DMARC_PSD_YES ? 'y' : 'n');
	if (r->pct != 100)
		s = pool_printf(pool, "%s pct=%d", s, r->pct);
	s = pool_printf(pool, "%s fo=%s%s%s%s", s, r->failure_options[0] ? "0" : "",
	    r->failure_options[1] ? "1" : "", r->failure_options[2] ? "d" : "",
	    r->failure_options[3] ? "s" : "");
	if (r->rua != NULL)
		s = pool_printf(pool, "%s rua=%s", s, r->rua);
	if (r->ruf != NULL)
		s = pool_printf(pool, "%s ruf=%s", s, r->ruf);
	return s;
}

static const struct {
	struct octets rest; /* behind "v=DMARC1;" */
	const char *read;
} tag_rows[] = {
	/* policies */
	{ TEXT("p=none"), "+ p=n fo=0" },
	{ TEXT("p=quarantine"), "+ p=q fo=0" },
	{ TEXT(" P = Reject "), "+ p=r fo=0" },
	{ TEXT("sp=quarantine;np=reject;p=none;"), "+ p=n sp=q np=r fo=0" },
	{ TEXT(";;p=reject;;"), "+ p=r fo=0" },
	{ TEXT("p=r"), "- p=n fo=0" },
	{ TEXT("p=reject\0"), "- p=n fo=0" },
	{ TEXT("p=re ject"), "- p=n fo=0" },
	{ TEXT("p="), "- p=n fo=0" },
	{ TEXT(""), "- p=n fo=0" },
	/* RFC 9989 section 4.10.1 */
	{ TEXT("rua=mailto:a@b"), "+ p=n fo=0 rua=mailto:a@b" },
	{ TEXT("p=x;sp=reject;np=reject;rua=x:y"), "+ p=n fo=0 rua=x:y" },
	{ TEXT("p=reject;sp=x;rua=mailto:a@b"), "+ p=n fo=0 rua=mailto:a@b" },
	{ TEXT("p=reject;np=x;rua=mailto:a@b"), "+ p=n fo=0 rua=mailto:a@b" },
	{ TEXT("p=reject;sp=x;rua=mailto:a"), "- p=n fo=0" },
	{ TEXT("p=reject;np=;ruf=mailto:a@b"), "- p=n fo=0 ruf=mailto:a@b" },
	{ TEXT("psd=y;t=y"), "- p=n t=y psd=y fo=0" },
	/* optional tags, good and bad */
	{ TEXT("p=none;adkim=s;aspf=S;t=Y;psd=Y"),
	    "+ p=n aspf=s adkim=s t=y psd=y fo=0" },
	{ TEXT("p=none;adkim=r;aspf=r;t=n;psd=n"), "+ p=n t=n psd=n fo=0" },
	{ TEXT("p=none;adkim=ss;aspf=strict;t=yes;psd=maybe"), "+ p=n t=n fo=0" },
	{ TEXT("p=none;psd=u"), "+ p=n fo=0" },
	{ TEXT("p=none;fo=1:d:s"), "+ p=n fo=1ds" },
	{ TEXT("p=none;fo=D : S"), "+ p=n fo=ds" },
	{ TEXT("p=none;fo=1:x"), "+ p=n fo=0" },
	{ TEXT("p=none;fo=1:"), "+ p=n fo=0" },
	{ TEXT("p=none;fo=11"), "+ p=n fo=0" },
	{ TEXT("p=none;fo=\x11"), "+ p=n fo=0" },
	{ TEXT("p=none;pct=0"), "+ p=n pct=0 fo=0" },
	{ TEXT("p=none; PCT = 000 "), "+ p=n pct=0 fo=0" },
	{ TEXT("p=none;pct=0;t="), "+ p=n t=n pct=0 fo=0" },
	{ TEXT("p=none;pct=0000"), "+ p=n fo=0" },
	{ TEXT("p=none;pct=007"), "+ p=n pct=7 fo=0" },
	{ TEXT("p=none;pct=101"), "+ p=n fo=0" },
	{ TEXT("p=none;pct=-1"), "+ p=n fo=0" },
	{ TEXT("p=none;pct=5%"), "+ p=n fo=0" },
	{ TEXT("p=none;pct=4294967297"), "+ p=n fo=0" },
	/* what is no tag, or not ours */
	{ TEXT("p=none;x;=y;p1=reject;sp reject;a b=c;ri=1;rf=x"), "+ p=n fo=0" },
	{ TEXT("p=none;\xff=\xff;\0=1"), "+ p=n fo=0" },
	/* a name twice */
	{ TEXT("p=none;p=none"), "- p=n fo=0" },
	{ TEXT("p=none;P=reject;psd=y"), "- p=n fo=0" },
	{ TEXT("p=none;x=1;y=2;x=1"), "- p=n fo=0" },
	{ TEXT("p=none;v=DMARC1"), "- p=n fo=0" },
	{ TEXT("p=none;sp=;sp=none"), "- p=n fo=0" },
	{ TEXT("p=none;a=1;ab=1;abc=1;b=1"), "+ p=n fo=0" },
	/* URIs */
	{ TEXT("p=none;rua=mailto:a@b , mailto:c@d!10m,https://x/?y=1"),
	    "+ p=n fo=0 rua=mailto:a@b,mailto:c@d!10m,https://x/?y=1" },
	{ TEXT("p=none;rua=mailto:a@b!,mailto:c@d!10p,mailto:e@f!1!2,mailto:g@h!k"),
	    "+ p=n fo=0" },
	{ TEXT("p=none;rua=MAILTO:a@b!99999999999999999999"),
	    "+ p=n fo=0 rua=MAILTO:a@b!99999999999999999999" },
	{ TEXT("p=none;rua=mailto:@b,mailto:a@,mailto:a,mailto:?@b,mailto:,:x,x:"),
	    "+ p=n fo=0" },
	{ TEXT("p=none;rua=1x:y,x_:y,a b:c,x:y\x7f,x:y\xe9,,mailto:a@b?subject=c"),
	    "+ p=n fo=0 rua=mailto:a@b?subject=c" },
	{ TEXT("p=none;ruf=mailto:a@b;rua=a@b"), "+ p=n fo=0 ruf=mailto:a@b" },
};

static void
test_reading_tags(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof tag_rows / sizeof *tag_rows; i++) {
		size_t len = 9 + tag_rows[i].rest.len; /* no NUL behind it */
		char *text = malloc(len);
		struct dmarc_record r;

		memcpy(text, "v=DMARC1;", 9); /* NOLINT: no NUL is meant */
		memcpy(text + 9, tag_rows[i].rest.at, tag_rows[i].rest.len);
		print_message("# %s\n", tag_rows[i].rest.at);
		r = dmarc_record_parse(text, len, pool);
		free(text);
		assert_string_equal(spell(&r, pool), tag_rows[i].read);
		assert_true(r.usable == (r.reason == NULL));
	}
	pool_free(pool);
}

static void
test_a_text_that_is_too_long_is_no_record(void **state)
{
	static const char head[] = "v=DMARC1; p=reject; x=";
	char *text = malloc(DMARC_RECORD_MAX + 1);

	(void)state;
	memset(text, 'y', DMARC_RECORD_MAX + 1);
	memcpy(text, head, sizeof head - 1); /* NOLINT: no NUL is meant */
	assert_true(dmarc_record_is(text, DMARC_RECORD_MAX));
	assert_false(dmarc_record_is(text, DMARC_RECORD_MAX + 1));
	free(text);
}

static void
test_thousands_of_tags(void **state)
{
	struct pool *pool = pool_new();
	char *text = malloc(DMARC_RECORD_MAX);
	size_t len = (size_t)sprintf(text, "v=DMARC1;p=reject");
	struct dmarc_record r;

	(void)state;
	/* All of three letters, each once: "aaa=" ... */
	for (int i = 0; len + 6 < DMARC_RECORD_MAX; i++)
		len += (size_t)sprintf(text + len, ";%c%c%c=", 'a' + i / 676,
		    'a' + i / 26 % 26, 'a' + i % 26);
	/* ... but "fo", "pct", "psd", "rua", "ruf" are beyond reach or harmless */
	r = dmarc_record_parse(text, len, pool);
	assert_true(r.usable);
	memcpy(text + len - 4, "aaa=", 4); /* NOLINT: no NUL is meant */
	r = dmarc_record_parse(text, len, pool);
	assert_false(r.usable);
	free(text);
	pool_free(pool);
}

static const struct {
	const char *domain;
	const char *names; /* joined by a space */
} walk_rows[] = {
	{ "nl", "nl" },
	{ "example.nl", "example.nl nl" },
	{ "a.b.c", "a.b.c b.c c" },
	{ "a.b.c.d.e.f.g", "a.b.c.d.e.f.g b.c.d.e.f.g c.d.e.f.g d.e.f.g e.f.g f.g g" },
	{ "a.b.c.d.e.f.g.h",
	    "a.b.c.d.e.f.g.h b.c.d.e.f.g.h c.d.e.f.g.h d.e.f.g.h e.f.g.h f.g.h g.h h" },
	{ "a.b.c.d.e.f.g.h.i",
	    "a.b.c.d.e.f.g.h.i c.d.e.f.g.h.i d.e.f.g.h.i e.f.g.h.i f.g.h.i g.h.i h.i i" },
	/* RFC 9989 section 4.10.1's own example */
	{ "a.b.c.d.e.f.g.h.i.j.mail.example.com",
	    "a.b.c.d.e.f.g.h.i.j.mail.example.com g.h.i.j.mail.example.com "
	    "h.i.j.mail.example.com i.j.mail.example.com j.mail.example.com "
	    "mail.example.com example.com com" },
};

static void
test_names_of_a_walk(void **state)
{
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof walk_rows / sizeof *walk_rows; i++) {
		const char *names[DMARC_WALK_MAX];
		size_t count = dmarc_record_walk(walk_rows[i].domain, names);
		const char *joined = "";

		for (size_t j = 0; j < count; j++)
			joined = pool_printf(
			    pool, "%s%s%s", joined, j > 0 ? " " : "", names[j]);
		assert_string_equal(joined, walk_rows[i].names);
	}
	pool_free(pool);
}

static void
test_the_longest_name_has_eight_steps(void **state)
{
	const char *names[DMARC_WALK_MAX];
	char name[254];

	(void)state;
	for (size_t i = 0; i < 253; i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	name[253] = '\0';
	assert_int_equal(dmarc_record_walk(name, names), 8);
	assert_string_equal(names[1], "a.a.a.a.a.a.a");
	assert_string_equal(names[7], "a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_a_record),
		cmocka_unit_test(test_reading_tags),
		cmocka_unit_test(test_a_text_that_is_too_long_is_no_record),
		cmocka_unit_test(test_thousands_of_tags),
		cmocka_unit_test(test_names_of_a_walk),
		cmocka_unit_test(test_the_longest_name_has_eight_steps),
	};

	return cmocka_run_group_tests_name("dmarc_record", tests, NULL, NULL);
}
