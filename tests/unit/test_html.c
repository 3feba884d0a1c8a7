/* What strangers say stays in its place on a page, and no tag stays open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "ctl/html.h"
#include "ctl/language.h"
#include "ctl/ulabel.h"

struct page {
	struct html html;
	FILE *out;
	char *text;
	size_t len;
};

static void
page_begin(struct page *p, const char *language)
{
	*p = (struct page){ 0 };
	p->out = open_memstream(&p->text, &p->len);
	assert_non_null(p->out);
	p->html = (struct html){ .out = p->out, .language = language };
}

static void
page_is(struct page *p, const char *wanted)
{
	fflush(p->out);
	assert_string_equal(p->text, wanted);
	fclose(p->out);
	free(p->text);
}

static void
test_text(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "plain", "plain" },
		{ "<script>&\"'", "&lt;script&gt;&amp;&quot;&#39;" },
		{ "\u00e9\u00eb \u2026", "\u00e9\u00eb \u2026" },
		{ "a\nb\tc", "a b c" },
		{ "\x1b[2J\x7f", "\\x1B[2J\\x7F" },
		{ "\xff\xc3(", "\\xFF\\xC3(" },
		{ "\xc0\xbc", "\\xC0\\xBC" },          /* "<", overlong */
		{ "\xed\xa0\x80", "\\xED\\xA0\\x80" }, /* a surrogate */
		/* NOLINTBEGIN(misc-misleading-bidirectional): it is what is told */
		{ "\u202egnp.exe", "\\xE2\\x80\\xAEgnp.exe" },
		{ "\u2066x\u200f", "\\xE2\\x81\\xA6x\\xE2\\x80\\x8F" },
		/* NOLINTEND(misc-misleading-bidirectional) */
		{ "\ufffe\U0001fffe", "\\xEF\\xBF\\xBE\\xF0\\x9F\\xBF\\xBE" },
		{ "\U000e0041", "\\xF3\\xA0\\x81\\x81" },
		{ "\xc2\x80", "\\xC2\\x80" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct page p;

		page_begin(&p, "en");
		html_text(&p.html, rows[i].text);
		page_is(&p, rows[i].wanted);
	}
}

static void
test_foreign(void **state)
{
	char text[HTML_FOREIGN_MAX + 50];
	struct page p;
	const char *end = "\u2026</bdi>";

	(void)state;
	page_begin(&p, "en");
	html_foreign(&p.html, "</bdi>\u00e9\n");
	page_is(&p, "<bdi class=\"foreign\">&lt;/bdi&gt;\\xC3\\xA9\\x0A</bdi>");
	memset(text, '&', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	page_begin(&p, "en");
	html_foreign(&p.html, text);
	fflush(p.out);
	assert_int_equal(p.len, strlen("<bdi class=\"foreign\">") + strlen(end) +
				    HTML_FOREIGN_MAX * strlen("&amp;"));
	assert_string_equal(p.text + p.len - strlen(end), end);
	fclose(p.out);
	free(p.text);
}

static void
test_domain(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "a.example", "a.<wbr/>example" },
		{ "xn--mnchen-3ya.example", "xn--mnchen-3ya.<wbr/>example" },
		{ "\"><b>.example", "&quot;&gt;&lt;b&gt;.<wbr/>example" },
	};
	static const char *const letters[] = { "", " (<bdi>m\u00fcnchen.example</bdi>)",
		"" };
	char name[300], wanted[400];
	struct page p;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		snprintf(wanted, sizeof wanted, "<bdi class=\"domain\">%s</bdi>%s",
		    rows[i].wanted, letters[i]);
		page_begin(&p, "nl");
		html_domain(&p.html, rows[i].text);
		page_is(&p, wanted);
	}
	/* Of a long one the end: it says whose it is. */
	memset(name, 'x', sizeof name);
	snprintf(name + 240, sizeof name - 240, ".example");
	snprintf(wanted, sizeof wanted,
	    "<bdi class=\"domain\">\u2026%.*s.<wbr/>example</bdi>", HTML_DOMAIN_MAX - 8,
	    name);
	page_begin(&p, "nl");
	html_domain(&p.html, name);
	page_is(&p, wanted);
}

static void
test_ulabel(void **state)
{
	static const struct {
		const char *domain, *wanted;
	} rows[] = {
		{ "a.example", NULL },
		{ "xn--mnchen-3ya.example", "m\u00fcnchen.example" },
		{ "www.xn--caf-24-dva.example", "www.caf\u00e9-24.example" },
		{ "xn--80aswg.xn--p1ai", "\u0441\u0430\u0439\u0442.\u0440\u0444" },
		{ "xn--80aswg.example", NULL }, /* two scripts */
		{ "xn--80ak6aa92e.com", NULL }, /* looks like apple.com */
		{ "xn--e1awd7f.xn--p1ai.xn--mnchen-3ya", NULL },
		{ "xn--4dbrk0ce", "\u05d9\u05e9\u05e8\u05d0\u05dc" },
		{ "xn--ls8h.example", NULL }, /* a symbol */
		{ "xn--a", NULL },
		{ "xn--", NULL },
		{ "xn--a-8sb.example", NULL }, /* two within a label */
		{ "\xff.xn--mnchen-3ya.example", NULL },
		{ "XN--MNCHEN-3YA.example", NULL }, /* not in normal form */
		{ "xn--mnchen-3ya.example.", NULL },
	};
	struct pool *pool = pool_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *found = ulabel_of(rows[i].domain, pool);

		if (rows[i].wanted == NULL)
			assert_null(found);
		else
			assert_string_equal(found != NULL ? found : "", rows[i].wanted);
	}
	pool_free(pool);
}

static void
test_elements(void **state)
{
	struct page p;

	(void)state;
	page_begin(&p, "en");
	html_open(&p.html, "section", NULL);
	html_open(&p.html, "p", "x");
	html_open(&p.html, "b", NULL);
	html_text(&p.html, "<");
	html_close(&p.html, "section");
	html_close(&p.html, "section"); /* there is none */
	page_is(&p, "<section><p class=\"x\"><b>&lt;</b></p>\n</section>\n");
	page_begin(&p, "en");
	/* NOLINTBEGIN(misc-misleading-bidirectional) */
	html_open_with(&p.html, "a",
	    (const struct html_attribute[]){
		{ "href", "\"><&'\n\u202e" }, { "", NULL } });
	/* NOLINTEND(misc-misleading-bidirectional) */
	html_end(&p.html);
	page_is(&p, "<a href=\"&quot;&gt;&lt;&amp;&#39; \\xE2\\x80\\xAE\"></a>");
}

static void
test_table(void **state)
{
	static const struct html_column columns[] = { { "<Name>", false },
		{ "\"N\"", true } };
	struct page p;

	(void)state;
	page_begin(&p, "en");
	html_table(&p.html, "A & B", columns, 2);
	html_row(&p.html);
	html_cell(&p.html);
	html_text(&p.html, "a");
	html_cell(&p.html);
	html_number(&p.html, 1234);
	html_row(&p.html); /* without one of its cells */
	html_cell(&p.html);
	html_open(&p.html, "b", NULL);
	html_table_end(&p.html);
	page_is(&p,
	    "<table role=\"table\"><caption>A &amp; B</caption>\n<thead>"
	    "<tr role=\"row\"><th scope=\"col\">&lt;Name&gt;</th>"
	    "<th scope=\"col\" class=\"number\">&quot;N&quot;</th></tr>\n</thead>\n"
	    "<tbody><tr role=\"row\">"
	    "<th scope=\"row\" role=\"rowheader\">a</th>"
	    "<td role=\"cell\" data-label=\"&quot;N&quot;\" "
	    "class=\"number\">1,234</td></tr>\n"
	    "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">"
	    "<b></b></th></tr>\n</tbody>\n</table>\n");
}

static void
test_numbers(void **state)
{
	struct page p;
	static const int widths[] = { 985, 0, 15 };

	(void)state;
	page_begin(&p, "nl");
	html_number(&p.html, 0);
	html_text(&p.html, " ");
	html_number(&p.html, 999);
	html_text(&p.html, " ");
	html_number(&p.html, -1234567);
	html_text(&p.html, " ");
	html_percent(&p.html, 1, 3);
	html_text(&p.html, " ");
	html_percent(&p.html, 999999, 1000000); /* not all */
	html_text(&p.html, " ");
	html_percent(&p.html, 5, 5);
	html_text(&p.html, " ");
	html_percent(&p.html, 0, 0);
	html_text(&p.html, " ");
	html_percent(&p.html, 1, 1000000); /* not none */
	html_text(&p.html, " ");
	html_percent(&p.html, 0, 7);
	page_is(&p, "0 999 -1.234.567 33,3\u00a0% 99,9\u00a0% 100\u00a0% \u2013 "
		    "0,1\u00a0% 0\u00a0%");
	page_begin(&p, "en");
	html_bar(&p.html, widths, 3);
	page_is(&p, "<span class=\"bar\" aria-hidden=\"true\">"
		    "<span class=\"part1\" style=\"width:98.5%\"></span>"
		    "<span class=\"part3\" style=\"width:1.5%\"></span></span>");
}

static void
test_whole(void **state)
{
	struct page p;

	(void)state;
	page_begin(&p, "en");
	html_begin(&p.html, p.out, "nl", "</title><script>");
	html_open(&p.html, "main", NULL);
	html_end(&p.html);
	fflush(p.out);
	assert_non_null(strstr(p.text, "lang=\"nl\""));
	assert_non_null(strstr(p.text, "<title>&lt;/title&gt;&lt;script&gt;</title>"));
	assert_non_null(strstr(p.text, "default-src 'none'; style-src 'unsafe-inline'"));
	assert_null(strstr(p.text, "<script"));
	assert_non_null(strstr(p.text, "</main>\n</body>\n</html>\n"));
	fclose(p.out);
	free(p.text);
}

/* Which of them there are, tests/ctl/test_languages.py sees. */
static void
test_language(void **state)
{
	(void)state;
	assert_false(language_choose("xx"));
	assert_false(language_choose("../nl"));
	assert_false(language_choose(""));
	assert_true(language_choose("en"));
	assert_string_equal(language_text("verbs"), "verbs");
	assert_string_equal(language_plural("one", "many", 1), "one");
	assert_string_equal(language_plural("one", "many", 0), "many");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_ulabel),
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
